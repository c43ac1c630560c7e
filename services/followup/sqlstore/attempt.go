package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// isHeld lets the engine use the partial index.
const isHeld = `a.flag_reason <> '' AND a.judgement = 0`

// askAttempts asks for the attempts that the condition selects, the earliest first.
func askAttempts(ctx context.Context, tx *sqldb.Tx, each func(followup.Attempt), condition string, args ...any) error {
	return askOrdered(ctx, tx, each, condition+` ORDER BY a.attempt_time, a.attempt_id`, args...)
}

// askOrdered asks for the attempts that the rest of the statement selects and orders.
func askOrdered(ctx context.Context, tx *sqldb.Tx, each func(followup.Attempt), rest string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var a followup.Attempt
		var made, recorded, agreed, judged, corrected int64
		var suited string
		err := scan(&a.Complaint, &a.Cycle, &a.ID, &a.Outcome, &a.Way, &made, &recorded, &a.Agent, &a.Note, &a.FlagReason,
			&agreed, &a.Wish, &a.Judgement, &a.Judge, &judged, &a.Evidence, &a.Customer, &corrected, &a.Date, &a.Hours, &suited)
		a.AttemptTime, a.RecordTime, a.AgreedTime = sqldb.Time(made), sqldb.Time(recorded), sqldb.Time(agreed)
		a.JudgeTime, a.PhoneTime = sqldb.Time(judged), sqldb.Time(corrected)
		if len(a.Wish) == 0 { // The engines differ in how they read what is empty.
			a.Wish = nil
		}
		if suited != "" {
			a.Suited = strings.Fields(suited)
		}
		each(a)
		return err
	}, `SELECT a.complaint_id, a.cycle, a.attempt_id, a.outcome, a.way, a.attempt_time, a.record_time,
		a.agent, a.note, a.flag_reason, a.agreed_time, a.wish, a.judgement, a.judge, a.judge_time, a.evidence, c.customer, c.phone_time,
		a.local_date, a.hours, a.suited
		FROM attempts a JOIN complaints c ON c.complaint_id = a.complaint_id
		WHERE `+rest, args...)
}

// Held implements followup.RecordStore.
func (s *Store) Held(ctx context.Context, after *followup.HeldPosition, limit int) ([]followup.Attempt, error) {
	where, args := isHeld, []any{}
	if after != nil {
		where += ` AND (a.record_time, a.complaint_id, a.cycle, a.attempt_id) > (?, ?, ?, ?)`
		args = append(args, sqldb.Micros(after.RecordTime), after.Complaint, after.Cycle, after.ID)
	}
	var list []followup.Attempt
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return errors.Join(askOrdered(ctx, tx, func(a followup.Attempt) { list = append(list, a) },
			where+` ORDER BY a.record_time, a.complaint_id, a.cycle, a.attempt_id LIMIT ?`, append(args, limit)...), tx.Flush(ctx))
	})
	return list, s.db.Failure(err)
}

func insertAttempt(ctx context.Context, tx *sqldb.Tx, a followup.Attempt) error {
	err := tx.Queue(ctx, nil, `INSERT INTO attempts
		(complaint_id, cycle, attempt_id, outcome, way, attempt_time, record_time, agent, note, flag_reason, agreed_time, wish, local_date, hours, suited)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Complaint, a.Cycle, a.ID, int32(a.Outcome), int32(a.Way), sqldb.Micros(a.AttemptTime), sqldb.Micros(a.RecordTime),
		a.Agent, sealed(a.Note), a.FlagReason, sqldb.Micros(a.AgreedTime), sealed(a.Wish), a.Date,
		int32(a.Hours), strings.Join(a.Suited, " "))
	if err != nil {
		return fmt.Errorf("write attempt: %w", err)
	}
	return nil
}

// sealed is something sealed as it is written; nothing is not NULL.
func sealed(text []byte) []byte {
	if text == nil {
		return []byte{}
	}
	return text
}

// judgeAttempt writes what was made of an attempt, once; nil for none.
func judgeAttempt(ctx context.Context, tx *sqldb.Tx, a *followup.Attempt) error {
	if a == nil {
		return nil
	}
	err := tx.Queue(ctx, nil, `UPDATE attempts SET judgement = ?, judge = ?, judge_time = ?, evidence = ?
		WHERE complaint_id = ? AND cycle = ? AND attempt_id = ? AND judgement = 0`,
		int32(a.Judgement), a.Judge, sqldb.Micros(a.JudgeTime), a.Evidence, a.Complaint, a.Cycle, a.ID)
	if err != nil {
		return fmt.Errorf("judge attempt: %w", err)
	}
	return nil
}

// putCallback writes by when a callback is due by the customer's wish, and that a notice is to stand in for it; nil for none. No other due time
// moves to a later one, but for what moveDuties writes.
func putCallback(ctx context.Context, tx *sqldb.Tx, d *followup.Duty) error {
	if d == nil {
		return nil
	}
	wished := sqldb.Micros(d.WishedFrom)
	err := tx.Queue(ctx, nil, `UPDATE duties SET due_time = CASE WHEN CAST(? AS BIGINT) = 0 THEN due_time ELSE ? END,
		warn_times = ?, wished_from = ?, notice_time = ? WHERE duty_id = ? AND complaint_id = ? AND `+isCallback,
		wished, sqldb.Micros(d.DueTime), joinTimes(d.WarnTimes), wished, sqldb.Micros(d.NoticeTime), d.ID, d.Complaint)
	if err != nil {
		return fmt.Errorf("write callback: %w", err)
	}
	return nil
}
