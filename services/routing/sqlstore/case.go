package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// askComplaint asks for a complaint alone; lock is the dialect's row lock or empty. The case stays empty when it is not known.
func askComplaint(ctx context.Context, tx *sqldb.Tx, c *routing.Case, complaint, lock string) error {
	*c = routing.Case{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var kind, severity int32
		var ended, assigned, since, received int64
		var facts, needs, about string
		err := scan(&c.Complaint.ID, &c.Complaint.Customer, &kind, &severity, &c.Complaint.Cycle, &ended, &c.Complaint.Department,
			&c.Complaint.Assignee, &c.Complaint.Reason, &c.Complaint.AssignedCycle, &assigned, &c.Complaint.Language, &c.Complaint.TargetAgent,
			&facts, &c.Complaint.RuleSet, &c.Complaint.Rule, &needs, &since, &c.Complaint.TakenFrom, &received, &about)
		c.Complaint.TargetKind, c.Complaint.Severity = policyv1.TargetKind(kind), policyv1.Severity(severity)
		c.Complaint.Ended, c.Complaint.AssignTime, c.Complaint.UnassignedSince = ended != 0, sqldb.Time(assigned), sqldb.Time(since)
		c.Complaint.ReceiveTime, c.Complaint.AlsoAbout = sqldb.Time(received), words(about)
		return errors.Join(err, unpack(facts, &c.Complaint.Facts), unpack(needs, &c.Complaint.Needs))
	}, `SELECT complaint_id, customer, target_kind, severity, cycle, ended, department, assignee, reason,
		assigned_cycle, assign_time, language, target_agent, facts, rule_set, rule_id, needs,
		unassigned_since, taken_from, receive_time, also_about FROM complaints WHERE complaint_id = ?`+lock, complaint)
}

func askNotices(ctx context.Context, tx *sqldb.Tx, c *routing.Case, complaint string) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var id string
		var waits int64
		err := scan(&id, &waits)
		c.Notices = append(c.Notices, id)
		if waits != 0 {
			c.Waiting = append(c.Waiting, id)
		}
		return err
	}, `SELECT n.notice_id, CASE WHEN n.send_time = 0 AND (g.id IS NULL OR g.complaint_id = '' OR g.problem <> '') THEN 1 ELSE 0 END
		FROM notices n LEFT JOIN gathered_notices g ON g.id = n.gathered WHERE n.complaint_id = ? ORDER BY n.send_time, n.notice_id`, complaint)
}

func putComplaint(ctx context.Context, tx *sqldb.Tx, c routing.Complaint) error {
	facts, failed := pack(c.Facts)
	needs, err := pack(c.Needs)
	if err = errors.Join(failed, err); err != nil {
		return fmt.Errorf("put complaint: %w", err)
	}
	err = tx.Queue(ctx, nil, `INSERT INTO complaints (complaint_id, customer, target_kind, severity, cycle, ended, department, assignee,
		reason, assigned_cycle, assign_time, language, target_agent, facts, rule_set, rule_id, needs, unassigned_since,
		taken_from, receive_time, parts_told, also_about)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id) DO UPDATE SET customer = excluded.customer, target_kind = excluded.target_kind,
		severity = excluded.severity, cycle = excluded.cycle, ended = excluded.ended, department = excluded.department,
		assignee = excluded.assignee, reason = excluded.reason, assigned_cycle = excluded.assigned_cycle, assign_time = excluded.assign_time,
		language = excluded.language, target_agent = excluded.target_agent,
		facts = excluded.facts, rule_set = excluded.rule_set, rule_id = excluded.rule_id, needs = excluded.needs,
		unassigned_since = excluded.unassigned_since, taken_from = excluded.taken_from,
		receive_time = excluded.receive_time, also_about = excluded.also_about`,
		c.ID, c.Customer, int32(c.TargetKind), int32(c.Severity), c.Cycle, flag(c.Ended), c.Department, c.Assignee,
		c.Reason, c.AssignedCycle, sqldb.Micros(c.AssignTime), c.Language, c.TargetAgent, facts, c.RuleSet, c.Rule, needs,
		sqldb.Micros(c.UnassignedSince), c.TakenFrom, sqldb.Micros(c.ReceiveTime),
		flag(c.Cycle == 1 && !c.Facts.GetImported()), // Of history nobody tells the parts.
		strings.Join(c.AlsoAbout, " "))
	if err != nil {
		return fmt.Errorf("put complaint: %w", err)
	}
	return putQueued(ctx, tx, c)
}

// putLoads changes the loads in the order of the agents' ids, so that two transactions cannot wait for each other.
func putLoads(ctx context.Context, tx *sqldb.Tx, changes routing.Changes) error {
	loads, taken := map[string]int32{}, changes.Taken != "" && changes.Complaint != nil
	maps.Copy(loads, changes.Loads)
	if taken {
		loads[changes.Taken] += 0 // A complaint that has ended is given to somebody and adds no load.
	}
	for _, agent := range slices.Sorted(maps.Keys(loads)) {
		set, args := `open_count = open_count + ?`, []any{loads[agent]}
		if taken && agent == changes.Taken {
			set, args = set+`, last_assigned = ?`, append(args, sqldb.Micros(changes.Complaint.AssignTime))
		}
		if err := tx.Queue(ctx, nil, `UPDATE agents SET `+set+` WHERE agent_id = ?`, append(args, agent)...); err != nil {
			return fmt.Errorf("put load: %w", err)
		}
	}
	return nil
}

// words is a list that is stored as words; nil for none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
