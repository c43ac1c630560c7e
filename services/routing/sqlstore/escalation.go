package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var _ routing.LadderStore = (*Store)(nil)

const selectEscalation = `SELECT ` + escalationColumns + ` FROM escalations e `

const escalationColumns = `duty_id, e.cycle, kind, e.reason, notice_number, level, recipient, passed, urgent, create_time, notify_time, climb_time,
	acknowledge_time, acknowledger, resolve_time, resolver, resolution, adrift, peak`

func scanEscalation(scan func(dest ...any) error, more ...any) (routing.Escalation, error) {
	var e routing.Escalation
	var kind, reason, resolution int32
	var created, notified, climbs, acknowledged, resolved, urgent, adrift int64
	var passed string
	err := scan(append([]any{
		&e.ID, &e.Cycle, &kind, &reason, &e.NoticeNumber, &e.Level, &e.Recipient, &passed, &urgent, &created, &notified, &climbs,
		&acknowledged, &e.Acknowledger, &resolved, &e.Resolver, &resolution, &adrift, &e.Peak,
	}, more...)...)
	e.Kind, e.Reason = policyv1.DutyKind(kind), routingv1.Escalation_Reason(reason)
	e.CreateTime, e.NotifyTime, e.ClimbTime = sqldb.Time(created), sqldb.Time(notified), sqldb.Time(climbs)
	e.AcknowledgeTime, e.ResolveTime = sqldb.Time(acknowledged), sqldb.Time(resolved)
	e.Resolution, e.Urgent, e.Adrift = routingv1.Escalation_Resolution(resolution), urgent != 0, adrift != 0
	if err == nil && passed != "" {
		err = json.Unmarshal([]byte(passed), &e.Passed)
	}
	return e, err
}

func askEscalations(ctx context.Context, tx *sqldb.Tx, c *routing.Case, complaint string) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		e, err := scanEscalation(scan)
		c.Escalations = append(c.Escalations, e)
		return err
	}, selectEscalation+`WHERE complaint_id = ? ORDER BY create_time, duty_id`, complaint)
}

func putEscalation(ctx context.Context, tx *sqldb.Tx, complaint string, e routing.Escalation) error {
	passed := ""
	if len(e.Passed) > 0 {
		text, err := json.Marshal(e.Passed)
		if err != nil {
			return fmt.Errorf("put escalation: %w", err)
		}
		passed = string(text)
	}
	err := tx.Queue(ctx, nil, `INSERT INTO escalations (complaint_id, duty_id, cycle, kind, reason, notice_number, level, recipient, passed, urgent,
		create_time, notify_time, climb_time, acknowledge_time, acknowledger, resolve_time, resolver, resolution, adrift, peak)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, duty_id) DO UPDATE SET reason = excluded.reason, notice_number = excluded.notice_number,
		level = excluded.level, recipient = excluded.recipient, passed = excluded.passed, urgent = excluded.urgent,
		create_time = excluded.create_time, notify_time = excluded.notify_time, climb_time = excluded.climb_time,
		acknowledge_time = excluded.acknowledge_time, acknowledger = excluded.acknowledger, resolve_time = excluded.resolve_time,
		resolver = excluded.resolver, resolution = excluded.resolution, adrift = excluded.adrift, peak = excluded.peak`,
		complaint, e.ID, e.Cycle, int32(e.Kind), int32(e.Reason), e.NoticeNumber, e.Level, e.Recipient, passed, flag(e.Urgent),
		sqldb.Micros(e.CreateTime), sqldb.Micros(e.NotifyTime), sqldb.Micros(e.ClimbTime), sqldb.Micros(e.AcknowledgeTime), e.Acknowledger,
		sqldb.Micros(e.ResolveTime), e.Resolver, int32(e.Resolution), flag(e.Adrift), e.Peak)
	if err != nil {
		return fmt.Errorf("put escalation: %w", err)
	}
	return nil
}

// endEscalations resolves what was before the ladder in a cycle that has ended; what came after its end is routing's own to have climb,
// also when the cycle ends once more: what was resolved is closed later.
func endEscalations(ctx context.Context, tx *sqldb.Tx, complaint string, over routing.Over) error {
	at := sqldb.Micros(over.Time)
	err := tx.Queue(ctx, nil, `UPDATE escalations SET adrift = CASE WHEN create_time > ? AND kind = 0 THEN 1 ELSE 0 END,
		climb_time = CASE WHEN create_time > ? AND kind = 0 THEN climb_time ELSE 0 END,
		resolution = CASE WHEN create_time > ? AND kind = 0 THEN resolution ELSE ? END,
		resolve_time = CASE WHEN create_time > ? AND kind = 0 THEN resolve_time ELSE ? END
		WHERE complaint_id = ? AND cycle = ? AND resolve_time = 0 AND adrift = 0 AND kind NOT IN (?, ?)`,
		at, at, at, int32(routingv1.Escalation_CYCLE_ENDED), at, at, complaint, over.Cycle, int32(policyv1.DutyKind_AUTHORITY_REPLY),
		int32(policyv1.DutyKind_FOLLOW_UP))
	if err != nil {
		return fmt.Errorf("end escalations: %w", err)
	}
	return nil
}

// endUnassigned resolves that nobody is in charge of a complaint of which somebody is.
func endUnassigned(ctx context.Context, tx *sqldb.Tx, c routing.Complaint) error {
	if c.Assignee == "" {
		return nil
	}
	err := tx.Queue(ctx, nil, `UPDATE escalations SET climb_time = 0, adrift = 0, resolution = ?, resolve_time = ?
		WHERE complaint_id = ? AND cycle = ? AND reason = ? AND resolve_time = 0`,
		int32(routingv1.Escalation_ASSIGNED), sqldb.Micros(c.AssignTime), c.ID, c.Cycle, int32(routingv1.Escalation_UNASSIGNED))
	if err != nil {
		return fmt.Errorf("end unassigned: %w", err)
	}
	return nil
}

// endDropped resolves that nobody answered a hand-off, of a complaint whose later one was accepted.
func endDropped(ctx context.Context, tx *sqldb.Tx, h routing.HandOff) error {
	if h.State != routingv1.HandOff_ACCEPTED {
		return nil
	}
	err := tx.Queue(ctx, nil, `UPDATE escalations SET climb_time = 0, adrift = 0, resolution = ?, resolve_time = ?
		WHERE complaint_id = ? AND cycle = ? AND reason = ? AND resolve_time = 0`,
		int32(routingv1.Escalation_DUTY_DONE), sqldb.Micros(h.SettleTime), h.Complaint, h.Cycle, int32(routingv1.Escalation_HAND_OFF_OVERDUE))
	if err != nil {
		return fmt.Errorf("end dropped: %w", err)
	}
	return nil
}

// Command implements routing.LadderStore.
func (s *Store) Command(
	ctx context.Context, complaint string, cause eventlog.Cause, decide func(*routing.Case) error,
) (result string, repeated bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c := &routing.Case{}
		last := &eventlog.Place{}
		var err error
		repeated, result, err = s.log.Begin(ctx, tx, cause, func() error {
			return errors.Join(askComplaint(ctx, tx, c, complaint, tx.Dialect().ForUpdate()), askEscalations(ctx, tx, c, complaint),
				s.log.AskLast(ctx, tx, "complaints/"+complaint, last))
		})
		if err != nil || repeated {
			return err
		}
		if err := decide(c); err != nil {
			return err
		}
		result = cause.Result
		return s.write(ctx, tx, complaint, c.Changes, last)
	})
	return result, repeated, s.db.Failure(err)
}

// Adrift implements routing.LadderStore. What is taken is nobody else's until again.
func (s *Store) Adrift(ctx context.Context, now, again time.Time, most int) (taken []routing.Drifting, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		taken = nil
		err := errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var d routing.Drifting
			err := scan(&d.Complaint, &d.ID, &d.NoticeNumber)
			taken = append(taken, d)
			return err
		}, `SELECT complaint_id, duty_id, notice_number FROM escalations WHERE adrift = 1 AND climb_time > 0 AND climb_time <= ?
			ORDER BY climb_time, complaint_id LIMIT ?`+tx.Dialect().ForUpdate(), sqldb.Micros(now), most), tx.Flush(ctx))
		if err != nil {
			return err
		}
		for _, d := range taken {
			if err := tx.Queue(ctx, nil, `UPDATE escalations SET climb_time = ? WHERE complaint_id = ? AND duty_id = ?`,
				sqldb.Micros(again), d.Complaint, d.ID); err != nil {
				return err
			}
		}
		return tx.Flush(ctx)
	})
	return taken, s.db.Failure(err)
}

// OpenEscalations implements routing.LadderStore. That nobody is in charge is resolved by somebody being in charge, written or not.
func (s *Store) OpenEscalations(ctx context.Context, query routing.OpenQuery) (list []routing.OpenEscalation, err error) {
	where, err := filter.Parse(openFields(), query.Filter)
	if err != nil {
		return nil, err
	}
	conditions := []string{`resolve_time = 0`, `NOT (e.reason = ? AND assignee <> '')`}
	args := []any{int32(routingv1.Escalation_UNASSIGNED)}
	add := func(condition string, with ...any) {
		conditions, args = append(conditions, condition), append(args, with...)
	}
	if query.Recipient != "" {
		add(`recipient = ?`, query.Recipient)
	}
	if where.SQL != "" {
		add(where.SQL, where.Args...)
	}
	if at := query.After; at != nil {
		add(`(create_time, e.complaint_id, duty_id) > (?, ?, ?)`, sqldb.Micros(at.CreateTime), at.Complaint, at.ID)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var of routing.OpenEscalation
			var assigned int64
			var err error
			of.Escalation, err = scanEscalation(scan, &of.Complaint.ID, &of.Complaint.Assignee, &assigned)
			of.Complaint.AssignTime = sqldb.Time(assigned)
			list = append(list, of)
			return err
		}, `SELECT `+escalationColumns+`, e.complaint_id, assignee, assign_time FROM escalations e JOIN complaints c ON c.complaint_id = e.complaint_id
			WHERE `+strings.Join(conditions, ` AND `)+` ORDER BY create_time, e.complaint_id, duty_id LIMIT ?`, append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// openFields are the fields that escalations can be filtered by.
func openFields() map[string]filter.Field {
	return map[string]filter.Field{
		"recipient":    {Column: "('agents/' || recipient)", Kind: filter.String},
		"acknowledged": {Column: "(acknowledge_time > 0)", Kind: filter.Bool},
		"urgent":       {Column: "(urgent = 1)", Kind: filter.Bool},
		"level":        {Column: "level", Kind: filter.Int},
		"reason":       {Column: "e.reason", Kind: filter.Enum, Names: routingv1.Escalation_Reason_value},
		"create_time":  {Column: "create_time", Kind: filter.Time},
	}
}
