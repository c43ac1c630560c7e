package sqlstore

import (
	"context"
	"fmt"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

// kept is what is on record of an improvement's subject.
type kept struct {
	id, key, opener string
	state           reviewv1.Improvement_State
	subject         review.Subject
}

// foldSubjects writes the subjects of improvements as they are compared now: before, "Jam" and "jam" were two. It is done in Go since SQLite folds no
// letters but English ones, at each start, since a program of before may run beside this one until then, and does nothing where nothing is to be
// done. Of two that are open for what is one now, the later keeps its own until it is over.
func foldSubjects(ctx context.Context, db *sqldb.DB) error {
	if db.Frozen() {
		return nil
	}
	err := db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		all, err := keptSubjects(ctx, tx)
		if err != nil {
			return err
		}
		open, opened := map[string]bool{}, map[[2]string]bool{}
		for _, k := range all {
			if k.key == k.subject.Key() {
				open[k.key], opened[[2]string{k.opener, k.key}] = open[k.key] || !k.over(), true
			}
		}
		for _, k := range all {
			key := k.subject.Key()
			if k.key == key || !k.over() && open[key] {
				continue
			}
			opener := k.opener
			if opened[[2]string{opener, key}] {
				opener = "" // As of what a review opened a second time before there was a bound.
			}
			err := tx.Queue(ctx, nil, `UPDATE improvements SET subject = ?, review = ? WHERE improvement_id = ?`, key, opener, k.id)
			if err != nil {
				return err
			}
			open[key], opened[[2]string{k.opener, key}] = open[key] || !k.over(), true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sqlstore: fold the subjects of improvements: %w", err)
	}
	return nil
}

// over is true when nothing is to come.
func (k *kept) over() bool { return (&review.Improvement{State: k.state}).Over() }

// keptSubjects are those of faults, the earliest first, locked.
func keptSubjects(ctx context.Context, tx *sqldb.Tx) (all []kept, err error) {
	err = tx.Ask(ctx, func(scan func(...any) error) error {
		var k kept
		err := scan(&k.id, &k.key, &k.state, &k.subject.Product, &k.subject.Fault, &k.opener)
		all = append(all, k)
		return err
	}, `SELECT improvement_id, subject, state, product, fault_code, review FROM improvements WHERE product <> ''
		ORDER BY create_time, improvement_id`+tx.Dialect().ForUpdate())
	if err == nil {
		err = tx.Flush(ctx)
	}
	return all, err
}
