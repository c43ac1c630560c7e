package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// relative is a complaint of a family.
type relative struct {
	customer intake.Customer
	cycle    int32
	// into is the id of the complaint that it was merged into, empty unless it was; closed is when that was, or when it ended.
	into   string
	closed int64
}

// selectRelatives begins every query for relatives.
const selectRelatives = `SELECT c.id, c.cycle, c.merged_into, c.close_time, k.name, k.wrapped_key, k.create_time
	FROM complaints c JOIN customers k ON k.name = c.customer `

// family is a complaint with all that were merged into it, directly or not, by their ids. It is intake.ErrNotFound when there is no
// such complaint.
func family(ctx context.Context, tx *sqldb.Tx, id string) (map[string]relative, error) {
	all := map[string]relative{}
	next := []string{id}
	where, args := "WHERE c.id = ?", []any{id}
	for len(next) > 0 {
		next = nil
		err := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
			var one relative
			var complaint string
			var created int64
			err := scan(&complaint, &one.cycle, &one.into, &one.closed, &one.customer.Name, &one.customer.WrappedKey, &created)
			one.into = strings.TrimPrefix(one.into, "complaints/")
			one.customer.CreateTime = sqldb.Time(created)
			if _, known := all[complaint]; !known {
				all[complaint] = one
				next = append(next, complaint)
			}
			return err
		}, selectRelatives+where, args...), tx.Flush(ctx))
		if err != nil {
			return nil, err
		}
		args = nil
		for _, parent := range next {
			args = append(args, "complaints/"+parent)
		}
		where = "WHERE c.merged_into <> '' AND c.merged_into IN (" + marks(len(args), "?") + ")"
	}
	if len(all) == 0 {
		return nil, intake.ErrNotFound
	}
	return all, nil
}
