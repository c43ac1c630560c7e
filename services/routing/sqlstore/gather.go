package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var (
	_ routing.GatherStore = (*Store)(nil)
	_ routing.NoticeStore = (*Store)(nil)
)

// slice bounds the notices that one transaction gathers, so that escalations do not wait long behind it.
const slice = 2000

// Gather implements routing.GatherStore.
func (s *Store) Gather(ctx context.Context, now, since, giveUp time.Time) error {
	waiting, err := s.waiting(ctx, now)
	if err != nil {
		return s.db.Failure(err)
	}
	for _, recipient := range waiting {
		id, err := s.begin(ctx, recipient, now, since, giveUp)
		for more := id != ""; err == nil && more; {
			more, err = s.collect(ctx, id, recipient, now)
		}
		if err != nil {
			return s.db.Failure(fmt.Errorf("gather notices: %w", err))
		}
	}
	return nil
}

// waiting are those for whom notices wait that nothing holds back.
func (s *Store) waiting(ctx context.Context, now time.Time) (recipients []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		recipients = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var recipient string
			err := scan(&recipient)
			recipients = append(recipients, recipient)
			return err
		}, "SELECT DISTINCT recipient FROM notices WHERE send_time = 0 AND gathered = '' AND hold_time <= ? ORDER BY recipient", sqldb.Micros(now))
	})
	return recipients, err
}

// begin makes a telling of many for a person, unless it is too soon for one; the id is empty then. One that was begun and waits
// is answered, whoever began it.
func (s *Store) begin(ctx context.Context, recipient string, now, since, giveUp time.Time) (id string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var last, state int64
		id = ""
		err := errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&id, &last, &state) },
			`SELECT id, create_time, state FROM gathered_notices WHERE recipient = ? AND complaint_id = ''
				ORDER BY create_time DESC LIMIT 1`, recipient),
			tx.Flush(ctx))
		switch {
		case err != nil:
			return err
		case id != "" && state == waits:
			return nil
		case id != "" && last > sqldb.Micros(since):
			id = ""
			return nil
		}
		id = fmt.Sprintf("gathered-%s-%d", recipient, sqldb.Micros(now))
		n, err := tx.Exec(ctx, `INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time, attempts, try_time, state,
			give_up_time) VALUES (?, ?, 0, ?, 0, 0, 0, 1, ?) ON CONFLICT DO NOTHING`, id, recipient, sqldb.Micros(now), sqldb.Micros(giveUp))
		if err != nil || n > 0 {
			return err
		}
		id = "" // Another process is faster. What it began is filled here as well, so that it is not told half.
		return errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&id) },
			"SELECT id FROM gathered_notices WHERE recipient = ? AND state = 1 AND attempts = 0 AND complaint_id = ''", recipient), tx.Flush(ctx))
	})
	return id, err
}

// collect puts a slice of the notices that wait for a person into the gathered one, unless somebody began to tell it. More says that
// others may wait. The lock on the gathered notice has processes that collect for one person do so one after the other.
func (s *Store) collect(ctx context.Context, id, recipient string, now time.Time) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		more = false
		_, open, err := lockGathered(ctx, tx, id)
		if err != nil || !open {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE notices SET gathered = ? WHERE send_time = 0 AND gathered = '' AND (complaint_id, notice_id) IN (
			SELECT complaint_id, notice_id FROM notices WHERE recipient = ? AND send_time = 0 AND gathered = '' AND hold_time <= ? LIMIT ?)`,
			id, recipient, sqldb.Micros(now), slice)
		if err != nil {
			return err
		}
		more = n == slice
		_, err = tx.Exec(ctx, "UPDATE gathered_notices SET notice_count = notice_count + ? WHERE id = ?", n, id)
		return err
	})
	return more, err
}

// lockGathered reads a telling that waits, to change it. Open says that it is there and was never tried.
func lockGathered(ctx context.Context, tx *sqldb.Tx, id string) (t routing.Telling, open bool, err error) {
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) (err error) {
		t, err = scanTelling(scan)
		return err
	}, "SELECT "+tellingColumns+" FROM gathered_notices g WHERE g.id = ? AND g.state = 1"+tx.Dialect().ForUpdate(), id), tx.Flush(ctx))
	return t, t.ID != "" && t.Attempts == 0, err
}

// waits is the state of a telling that may be tried.
const waits = int64(routingv1.Notice_WAITING)

const tellingColumns = `g.id, g.recipient, g.notice_count, g.create_time, g.attempts, g.try_time, g.state, g.channel, g.problem,
	g.give_up_time, g.send_time`

// scanTelling reads the columns of a telling, and into more what follows.
func scanTelling(scan func(dest ...any) error, more ...any) (t routing.Telling, err error) {
	var created, try, giveUp, sent int64
	var state, channel int32
	err = scan(append([]any{
		&t.ID, &t.Recipient, &t.Count, &created, &t.Attempts, &try, &state, &channel, &t.Problem, &giveUp, &sent,
	}, more...)...)
	t.CreateTime, t.TryTime, t.GiveUpTime, t.SendTime = sqldb.Time(created), sqldb.Time(try), sqldb.Time(giveUp), sqldb.Time(sent)
	t.State, t.Channel = routingv1.Notice_State(state), policyv1.NoticeChannel(channel)
	return t, err
}

// noticeColumns are those of the notice that a telling tells by itself; of many there is none.
const noticeColumns = `COALESCE(n.complaint_id, ''), COALESCE(n.notice_id, ''), COALESCE(n.duty_id, ''), COALESCE(n.kind, 0),
	COALESCE(n.recipient, ''), COALESCE(n.level, 0), COALESCE(n.due_time, 0), COALESCE(n.about, 0), COALESCE(n.reason, 0)`

// noticeRow is where those are scanned.
type noticeRow struct {
	n                   routing.Notice
	kind, about, reason int32
	due                 int64
}

func (r *noticeRow) into() []any {
	return []any{&r.n.Complaint, &r.n.ID, &r.n.Duty, &r.kind, &r.n.Recipient, &r.n.Level, &r.due, &r.about, &r.reason}
}

func (r *noticeRow) notice() routing.Notice {
	r.n.Kind, r.n.About, r.n.Reason = policyv1.DutyKind(r.kind), routingv1.Notice_About(r.about), routingv1.Escalation_Reason(r.reason)
	r.n.DueTime = sqldb.Time(r.due)
	return r.n
}

// askTellings asks for tellings with what they tell.
func askTellings(ctx context.Context, tx *sqldb.Tx, list *[]routing.Telling, rest string, args ...any) error {
	*list = nil
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var row noticeRow
		t, err := scanTelling(scan, row.into()...)
		if n := row.notice(); n.Complaint != "" {
			t.Notice = &n
		}
		*list = append(*list, t)
		return err
	}, "SELECT "+tellingColumns+", "+noticeColumns+` FROM gathered_notices g
		LEFT JOIN notices n ON n.complaint_id = g.complaint_id AND n.notice_id = g.notice_id `+rest, args...)
}

// dueSlice bounds the tellings that one pass tries.
const dueSlice = 1000

// Due implements routing.GatherStore.
func (s *Store) Due(ctx context.Context, now time.Time) (due []routing.Telling, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askTellings(ctx, tx, &due, "WHERE g.state = 1 AND g.notice_count > 0 AND g.try_time <= ? ORDER BY g.attempts, g.id LIMIT ?",
			sqldb.Micros(now), dueSlice)
	})
	return due, s.db.Failure(err)
}

// Claim implements routing.GatherStore.
func (s *Store) Claim(ctx context.Context, due routing.Telling, again time.Time) (mine routing.Telling, ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		ok = false
		var err error
		mine, _, err = lockGathered(ctx, tx, due.ID)
		if err != nil || mine.ID == "" || mine.Attempts != due.Attempts {
			return err
		}
		ok = true
		mine.Attempts++
		mine.Notice, mine.TryTime = due.Notice, again
		_, err = tx.Exec(ctx, "UPDATE gathered_notices SET attempts = ?, try_time = ? WHERE id = ?", mine.Attempts, sqldb.Micros(again), mine.ID)
		return err
	})
	return mine, ok && err == nil, s.db.Failure(err)
}
