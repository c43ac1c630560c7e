package sqlstore

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Known implements intake.RecordStore.
func (s *Store) Known(ctx context.Context, resources []intake.Resource) (known []bool, err error) {
	if len(resources) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		known = make([]bool, len(resources))
		failures := make([]error, 0, len(resources)+1)
		for i, r := range resources {
			query, args := selectKnown(r)
			failures = append(failures, tx.Ask(ctx, func(scan func(...any) error) error {
				var id string
				known[i] = true
				return scan(&id)
			}, query, args...))
		}
		return errors.Join(append(failures, tx.Flush(ctx))...)
	})
	return known, err
}

// selectKnown asks for the id of a resource.
func selectKnown(r intake.Resource) (query string, args []any) {
	switch {
	case r.Kind != 0:
		return "SELECT id FROM entries WHERE complaint = ? AND kind = ? AND id = ?", []any{r.Complaint, int32(r.Kind), r.ID}
	case r.Collection == "messages":
		return "SELECT id FROM messages WHERE complaint = ? AND id = ?", []any{r.Complaint, r.ID}
	case r.Collection == "attachments":
		return "SELECT id FROM attachments WHERE complaint = ? AND id = ?", []any{r.Complaint, r.ID}
	default:
		return "SELECT id FROM complaints WHERE id = ?", []any{r.Complaint}
	}
}
