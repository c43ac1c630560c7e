package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// Custodies implements routing.Store.
func (s *Store) Custodies(ctx context.Context, complaints []string) (all map[string]routing.Custody, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		all = make(map[string]routing.Custody, len(complaints))
		for _, id := range complaints {
			if err := askCustody(ctx, tx, id, all); err != nil {
				return err
			}
		}
		return tx.Flush(ctx)
	})
	return all, s.db.Failure(err)
}

// askCustody asks for what is known of one complaint. The row of the complaint comes first: without it there is nothing.
func askCustody(ctx context.Context, tx *sqldb.Tx, id string, all map[string]routing.Custody) error {
	err := errors.Join(
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var c routing.Custody
			err := scan(&c.Department, &c.Assignee)
			all[id] = c
			return err
		}, `SELECT department, assignee FROM complaints WHERE complaint_id = ?`, id),
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			c := all[id]
			err := scan(&c.Offered)
			all[id] = c
			return err
		}, `SELECT to_department FROM hand_offs WHERE complaint_id = ? AND state = 1`, id),
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			c, told := all[id], ""
			err := scan(&told)
			c.Told = append(c.Told, told)
			all[id] = c
			return err
		}, `SELECT DISTINCT recipient FROM notices WHERE complaint_id = ?`, id))
	if err != nil {
		return fmt.Errorf("read custody: %w", err)
	}
	return nil
}
