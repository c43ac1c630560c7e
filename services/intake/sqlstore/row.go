package sqlstore

import (
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// selectRecord begins every query for records.
const selectRecord = `SELECT c.id, c.reference, c.customer, c.state, c.outcome, c.cycle, c.version, c.severity, c.channel, c.target_kind,
	c.department, c.assignee, c.language, c.policy_version, c.receive_time, c.cycle_time, c.create_time, c.update_time,
	c.resolve_time, c.close_time, c.due_acknowledge, c.due_contact, c.due_first_response, c.due_callback, c.due_resolution,
	c.request_id, c.request_outcome, c.request_time, c.request_phase, c.demanded_currency, c.demanded_units, c.demanded_nanos,
	c.demand_count, c.chase_count, c.open_items, c.due_authority, c.authority_answer_time, c.merged_into, c.repeat_count,
	c.scenario, c.established, c.ruling, c.filing, c.details, k.wrapped_key
	FROM complaints c JOIN customers k ON k.name = c.customer `

const insertRecord = `INSERT INTO complaints (id, reference, customer, state, outcome, cycle, version, severity, channel, target_kind,
	department, assignee, language, policy_version, receive_time, cycle_time, create_time, update_time,
	resolve_time, close_time, due_acknowledge, due_contact, due_first_response, due_callback, due_resolution,
	request_id, request_outcome, request_time, request_phase, demanded_currency, demanded_units, demanded_nanos,
	demand_count, chase_count, open_items, due_authority, authority_answer_time, filing, details)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// updateRecord writes what may change. The rest never does.
const updateRecord = `UPDATE complaints SET state = ?, outcome = ?, cycle = ?, version = ?, department = ?, assignee = ?, language = ?,
	cycle_time = ?, update_time = ?, resolve_time = ?, close_time = ?,
	due_acknowledge = ?, due_contact = ?, due_first_response = ?, due_callback = ?, due_resolution = ?,
	request_id = ?, request_outcome = ?, request_time = ?, request_phase = ?, severity = ?,
	demanded_currency = ?, demanded_units = ?, demanded_nanos = ?, demand_count = ?,
	chase_count = ?, open_items = ?, authority_answer_time = ?, merged_into = ?, repeat_count = ?, scenario = ?, established = ?,
	ruling = ?, details = ?
	WHERE id = ?`

// scanRecord reads a row of selectRecord.
func scanRecord(scan func(...any) error) (intake.Record, error) {
	var r intake.Record
	var times [9]int64
	var due [5]int64
	err := scan(&r.ID, &r.Reference, &r.Customer, &r.State, &r.Outcome, &r.Cycle, &r.Version, &r.Severity, &r.Channel, &r.TargetKind,
		&r.Department, &r.Assignee, &r.Language, &r.PolicyVersion, &times[0], &times[1], &times[2], &times[3],
		&times[4], &times[5], &due[0], &due[1], &due[2], &due[3], &due[4],
		&r.Request.ID, &r.Request.Outcome, &times[6], &r.Request.Phase, &r.Demanded.Currency, &r.Demanded.Units, &r.Demanded.Nanos,
		&r.DemandCount, &r.ChaseCount, &r.OpenItems, &times[7], &times[8], &r.MergedInto, &r.RepeatCount,
		&r.Scenario, &r.Established, &r.Ruling, &r.Filing, &r.Details, &r.WrappedKey)
	r.ReceiveTime, r.CycleTime, r.CreateTime = sqldb.Time(times[0]), sqldb.Time(times[1]), sqldb.Time(times[2])
	r.UpdateTime, r.ResolveTime, r.CloseTime = sqldb.Time(times[3]), sqldb.Time(times[4]), sqldb.Time(times[5])
	r.Request.Time, r.AuthorityDueTime, r.AuthorityAnswerTime = sqldb.Time(times[6]), sqldb.Time(times[7]), sqldb.Time(times[8])
	r.Targets.Acknowledge, r.Targets.Contact, r.Targets.FirstResponse = sqldb.Time(due[0]), sqldb.Time(due[1]), sqldb.Time(due[2])
	r.Targets.Callback, r.Targets.Resolution = sqldb.Time(due[3]), sqldb.Time(due[4])
	return r, err
}

// recordArgs are the arguments of insertRecord.
func recordArgs(r *intake.Record) []any {
	t := &r.Targets
	return []any{
		r.ID, r.Reference, r.Customer, int32(r.State), int32(r.Outcome), r.Cycle, r.Version, r.Severity, r.Channel, r.TargetKind,
		r.Department, r.Assignee, r.Language, r.PolicyVersion, sqldb.Micros(r.ReceiveTime), sqldb.Micros(r.CycleTime),
		sqldb.Micros(r.CreateTime), sqldb.Micros(r.UpdateTime), sqldb.Micros(r.ResolveTime), sqldb.Micros(r.CloseTime),
		sqldb.Micros(t.Acknowledge), sqldb.Micros(t.Contact), sqldb.Micros(t.FirstResponse), sqldb.Micros(t.Callback),
		sqldb.Micros(t.Resolution), r.Request.ID, int32(r.Request.Outcome), sqldb.Micros(r.Request.Time), int32(r.Request.Phase),
		r.Demanded.Currency, r.Demanded.Units, r.Demanded.Nanos, r.DemandCount, r.ChaseCount, r.OpenItems,
		sqldb.Micros(r.AuthorityDueTime), sqldb.Micros(r.AuthorityAnswerTime), r.Filing, r.Details,
	}
}

// updateArgs are the arguments of updateRecord.
func updateArgs(r *intake.Record) []any {
	t := &r.Targets
	return []any{
		int32(r.State), int32(r.Outcome), r.Cycle, r.Version, r.Department, r.Assignee, r.Language,
		sqldb.Micros(r.CycleTime), sqldb.Micros(r.UpdateTime), sqldb.Micros(r.ResolveTime), sqldb.Micros(r.CloseTime),
		sqldb.Micros(t.Acknowledge), sqldb.Micros(t.Contact), sqldb.Micros(t.FirstResponse), sqldb.Micros(t.Callback),
		sqldb.Micros(t.Resolution), r.Request.ID, int32(r.Request.Outcome), sqldb.Micros(r.Request.Time), int32(r.Request.Phase), r.Severity,
		r.Demanded.Currency, r.Demanded.Units, r.Demanded.Nanos, r.DemandCount,
		r.ChaseCount, r.OpenItems, sqldb.Micros(r.AuthorityAnswerTime), r.MergedInto, r.RepeatCount,
		r.Scenario, r.Established, r.Ruling, r.Details, r.ID,
	}
}
