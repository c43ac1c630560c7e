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
	waiting, err := s.waiting(ctx)
	if err != nil {
		return s.db.Failure(err)
	}
	for _, recipient := range waiting {
		id, err := s.begin(ctx, recipient, now, since)
		for more := id != ""; err == nil && more; {
			more, err = s.collect(ctx, id, recipient)
		}
		if err != nil {
			return s.db.Failure(fmt.Errorf("gather notices: %w", err))
		}
	}
	return nil
}

// waiting are those for whom notices wait.
func (s *Store) waiting(ctx context.Context) (recipients []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		recipients = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var recipient string
			err := scan(&recipient)
			recipients = append(recipients, recipient)
			return err
		}, "SELECT DISTINCT recipient FROM notices WHERE send_time = 0 AND gathered = '' ORDER BY recipient")
	})
	return recipients, err
}

// begin makes a gathered notice for a person, unless it is too soon for one; the id is empty then. One that was begun and not told
// goes on being filled.
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
		n, err := tx.Exec(ctx, `INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time) VALUES (?, ?, 0, ?, 0)
			ON CONFLICT DO NOTHING`, id, recipient, sqldb.Micros(now))
		if err == nil && n == 0 {
			id = "" // Another process is faster.
		}
		return err
	})
	return id, err
}

// collect puts a slice of the notices that wait for a person into the gathered one. More says that others may wait.
func (s *Store) collect(ctx context.Context, id, recipient string) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE notices SET gathered = ? WHERE (complaint_id, notice_id) IN (
			SELECT complaint_id, notice_id FROM notices WHERE recipient = ? AND send_time = 0 AND gathered = '' LIMIT ?)`,
			id, recipient, slice)
		if err != nil {
			return err
		}
		more = n == slice
		_, err = tx.Exec(ctx, "UPDATE gathered_notices SET notice_count = notice_count + ? WHERE id = ?", n, id)
		return err
	})
	return more, err
}

// Untold implements routing.GatherStore.
func (s *Store) Untold(ctx context.Context) (untold []routing.Gathered, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		untold = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var g routing.Gathered
			var created int64
			err := scan(&g.ID, &g.Recipient, &g.Count, &created)
			g.CreateTime = sqldb.Time(created)
			untold = append(untold, g)
			return err
		}, "SELECT id, recipient, notice_count, create_time FROM gathered_notices WHERE send_time = 0 AND notice_count > 0 ORDER BY id")
	})
	return untold, s.db.Failure(err)
}

// Tell implements routing.GatherStore.
func (s *Store) Tell(ctx context.Context, id string, at time.Time) error {
	return s.db.Failure(s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE gathered_notices SET send_time = ? WHERE id = ? AND send_time = 0", sqldb.Micros(at), id)
		return err
	}))
}
