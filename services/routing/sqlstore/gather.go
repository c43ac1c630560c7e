package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var _ routing.GatherStore = (*Store)(nil)

// slice bounds the notices that one transaction gathers, so that escalations do not wait long behind it.
const slice = 2000

// Gather implements routing.GatherStore.
func (s *Store) Gather(ctx context.Context, now, since time.Time) error {
	waiting, err := s.waiting(ctx, now)
	if err != nil {
		return s.db.Failure(err)
	}
	for _, recipient := range waiting {
		id, err := s.begin(ctx, recipient, now, since)
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

// begin makes a gathered notice for a person, unless it is too soon for one; the id is empty then. One that was begun and not told
// is answered, whoever began it.
func (s *Store) begin(ctx context.Context, recipient string, now, since time.Time) (id string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var last, sent int64
		id = ""
		err := errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&id, &last, &sent) },
			"SELECT id, create_time, send_time FROM gathered_notices WHERE recipient = ? ORDER BY create_time DESC LIMIT 1", recipient),
			tx.Flush(ctx))
		switch {
		case err != nil:
			return err
		case id != "" && sent == 0:
			return nil
		case id != "" && last > sqldb.Micros(since):
			id = ""
			return nil
		}
		id = fmt.Sprintf("gathered/%s@%d", recipient, sqldb.Micros(now))
		n, err := tx.Exec(ctx, `INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time, attempts, try_time)
			VALUES (?, ?, 0, ?, 0, 0, 0) ON CONFLICT DO NOTHING`, id, recipient, sqldb.Micros(now))
		if err != nil || n > 0 {
			return err
		}
		id = "" // Another process is faster. What it began is filled here as well, so that it is not told half.
		return errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&id) },
			"SELECT id FROM gathered_notices WHERE recipient = ? AND send_time = 0", recipient), tx.Flush(ctx))
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

// lockGathered reads a gathered notice that was not told, to change it. Open says that it is there and was never tried.
func lockGathered(ctx context.Context, tx *sqldb.Tx, id string) (g routing.Gathered, open bool, err error) {
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) (err error) {
		g, err = scanGathered(scan)
		return err
	}, selectGathered+"WHERE id = ? AND send_time = 0"+tx.Dialect().ForUpdate(), id), tx.Flush(ctx))
	return g, g.ID != "" && g.Attempts == 0, err
}

const selectGathered = "SELECT id, recipient, notice_count, create_time, attempts FROM gathered_notices "

func scanGathered(scan func(dest ...any) error) (g routing.Gathered, err error) {
	var created int64
	err = scan(&g.ID, &g.Recipient, &g.Count, &created, &g.Attempts)
	g.CreateTime = sqldb.Time(created)
	return g, err
}

// Due implements routing.GatherStore.
func (s *Store) Due(ctx context.Context, now time.Time) (due []routing.Gathered, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		due = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			g, err := scanGathered(scan)
			due = append(due, g)
			return err
		}, selectGathered+"WHERE send_time = 0 AND notice_count > 0 AND try_time <= ? ORDER BY id", sqldb.Micros(now))
	})
	return due, s.db.Failure(err)
}

// Claim implements routing.GatherStore.
func (s *Store) Claim(ctx context.Context, due routing.Gathered, again time.Time) (mine routing.Gathered, ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		ok = false
		var err error
		mine, _, err = lockGathered(ctx, tx, due.ID)
		if err != nil || mine.ID == "" || mine.Attempts != due.Attempts {
			return err
		}
		ok = true
		mine.Attempts++
		_, err = tx.Exec(ctx, "UPDATE gathered_notices SET attempts = ?, try_time = ? WHERE id = ?", mine.Attempts, sqldb.Micros(again), mine.ID)
		return err
	})
	return mine, ok && err == nil, s.db.Failure(err)
}

// Tell implements routing.GatherStore.
func (s *Store) Tell(ctx context.Context, id string, at time.Time) error {
	return s.db.Failure(s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE gathered_notices SET send_time = ? WHERE id = ? AND send_time = 0", sqldb.Micros(at), id)
		return err
	}))
}
