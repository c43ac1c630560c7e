package sqlstore

import (
	"context"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.PeopleStore = (*Store)(nil)

// Unlisted implements remedy.PeopleStore.
func (s *Store) Unlisted(ctx context.Context, names ...string) (unlisted []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		unlisted = nil
		var anybody bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM people WHERE name LIKE 'agents/%')`).Scan(&anybody); err != nil || !anybody {
			return err
		}
		for _, name := range names {
			var listed bool
			if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM people WHERE name = ?)`, name).Scan(&listed); err != nil {
				return err
			}
			if !listed {
				unlisted = append(unlisted, name)
			}
		}
		return nil
	})
	return unlisted, s.db.Failure(err)
}
