package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// insertNotice puts a new notice on record, with its telling when it is told by itself.
func insertNotice(ctx context.Context, tx *sqldb.Tx, n routing.Notice) error {
	telling := ""
	if n.Telling != nil {
		telling = n.Telling.ID
	}
	err := tx.Queue(ctx, nil, `INSERT INTO notices (complaint_id, notice_id, duty_id, recipient, level, due_time, send_time, kind, gathered,
		about, reason, hold_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		n.Complaint, n.ID, n.Duty, n.Recipient, n.Level, sqldb.Micros(n.DueTime), sqldb.Micros(n.SendTime), int32(n.Kind), telling,
		int32(n.About), int32(n.Reason), sqldb.Micros(n.HoldTime))
	if err == nil && n.Telling != nil {
		t := n.Telling
		err = tx.Queue(ctx, nil, `INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time, attempts, try_time,
			complaint_id, notice_id, state, give_up_time) VALUES (?, ?, 1, ?, 0, ?, ?, ?, ?, 1, ?)`,
			t.ID, t.Recipient, sqldb.Micros(t.CreateTime), t.Attempts, sqldb.Micros(t.TryTime), n.Complaint, n.ID, sqldb.Micros(t.GiveUpTime))
	}
	if err != nil {
		return fmt.Errorf("insert notice: %w", err)
	}
	return nil
}

// recallNotice takes back what was not begun to be told.
func recallNotice(ctx context.Context, tx *sqldb.Tx, complaint, id string) error {
	err := tx.Queue(ctx, nil, `DELETE FROM notices WHERE complaint_id = ? AND notice_id = ? AND send_time = 0 AND gathered = ''`, complaint, id)
	if err != nil {
		return fmt.Errorf("recall notice: %w", err)
	}
	return nil
}

// recipient is whom a notice is for.
func recipient(ctx context.Context, tx *sqldb.Tx, complaint, notice string) (who string, err error) {
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&who) },
		`SELECT recipient FROM notices WHERE complaint_id = ? AND notice_id = ?`, complaint, notice), tx.Flush(ctx))
	if err != nil {
		return "", fmt.Errorf("read notice: %w", err)
	}
	return who, nil
}

func putReference(ctx context.Context, tx *sqldb.Tx, complaint, reference string) error {
	err := tx.Queue(ctx, nil, `UPDATE complaints SET reference = ? WHERE complaint_id = ?`, reference, complaint)
	if err != nil {
		return fmt.Errorf("put reference: %w", err)
	}
	return nil
}

// Reference implements routing.GatherStore.
func (s *Store) Reference(ctx context.Context, complaint string) (reference string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		reference = ""
		return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&reference) },
			`SELECT reference FROM complaints WHERE complaint_id = ?`, complaint)
	})
	return reference, s.db.Failure(err)
}

// filters are what notices are listed by.
func filters() map[string]filter.Field {
	return map[string]filter.Field{
		"state":         {Column: "g.state", Kind: filter.Enum, Names: routingv1.Notice_State_value},
		"recipient":     {Column: "('agents/' || g.recipient)", Kind: filter.String},
		"attempt_count": {Column: "g.attempts", Kind: filter.Int},
		"create_time":   {Column: "g.create_time", Kind: filter.Time},
	}
}

// Notices implements routing.NoticeStore.
func (s *Store) Notices(ctx context.Context, text, after string, limit int) (list []routing.Telling, err error) {
	where, err := filter.Parse(filters(), text)
	if err != nil {
		return nil, err
	}
	rest, args := "WHERE g.notice_count > 0 AND g.id > ?", []any{after}
	if where.SQL != "" {
		rest, args = rest+" AND "+where.SQL, append(args, where.Args...)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askTellings(ctx, tx, &list, rest+" ORDER BY g.id LIMIT ?", append(args, limit)...)
	})
	return list, s.db.Failure(err)
}

// CountNotices implements routing.NoticeStore.
func (s *Store) CountNotices(ctx context.Context) (waiting, dead int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return errors.Join(
			tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&waiting) },
				`SELECT COUNT(*) FROM gathered_notices WHERE state = 1 AND notice_count > 0`),
			tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&dead) }, `SELECT COUNT(*) FROM gathered_notices WHERE state = 3`))
	})
	return waiting, dead, s.db.Failure(err)
}

// Redrive implements routing.NoticeStore.
func (s *Store) Redrive(ctx context.Context, id string, giveUp time.Time, draft func(n routing.Notice, cycle int32) eventlog.Draft) (t routing.Telling, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var list []routing.Telling
		if err := errors.Join(askTellings(ctx, tx, &list, "WHERE g.id = ?", id), tx.Flush(ctx)); err != nil {
			return err
		}
		if len(list) == 0 {
			return routing.ErrUnknown
		}
		t = list[0]
		var alone []routing.Notice
		if t.Notice != nil {
			alone = append(alone, *t.Notice)
		}
		cycles, err := lockCycles(ctx, tx, alone)
		if err != nil {
			return err
		}
		// What was tried is whole: nothing is added to it.
		n, err := tx.Exec(ctx, "UPDATE gathered_notices SET state = 1, attempts = 1, try_time = 0, problem = '', unrecorded = 0, give_up_time = ? WHERE id = ? AND state = 3",
			sqldb.Micros(giveUp), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return routing.ErrNotDead
		}
		t.State, t.Attempts, t.Problem, t.TryTime, t.GiveUpTime = routingv1.Notice_WAITING, 1, "", time.Time{}, giveUp
		if _, err := tx.Exec(ctx, "UPDATE notices SET recorded = 1 WHERE gathered = ? AND send_time = 0 AND recorded > 1", id); err != nil || t.Notice == nil {
			return err
		}
		alone[0].Telling = &t
		return s.log.Record(ctx, tx, draft(alone[0], cycles[t.Notice.Complaint]))
	})
	return t, s.db.Failure(err)
}
