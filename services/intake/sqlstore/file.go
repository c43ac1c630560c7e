package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// File implements intake.Store. Nearly all complaints have nothing to do with
// those that are filed at the same moment, so they share a transaction. What is
// special is found out there and done alone: a repeated command, a customer whom
// somebody else makes just now, one who was erased, a reference that is taken.
func (s *Store) File(ctx context.Context, n intake.NewComplaint) (intake.Record, bool, error) {
	record, err := s.fileTogether(ctx, n)
	switch {
	case errors.Is(err, sqldb.ErrAlone):
		return s.fileAlone(ctx, n)
	case errors.Is(err, errImported):
		record, err = s.Imported(ctx, n.Import)
		return record, true, err
	}
	return record, false, s.db.Failure(err)
}

// fileTogether files a complaint with others. What it asks for is guarded by the
// keys of the tables: if it has changed, its statements fail.
func (s *Store) fileTogether(ctx context.Context, n intake.NewComplaint) (record intake.Record, err error) {
	var taken bool
	var imported string
	var found customers
	err = s.db.Together(ctx, sqldb.Part{
		Keys: keysOf(n),
		Ask: func(ctx context.Context, tx *sqldb.Tx) error {
			if err := idem.Ask(ctx, tx, n.Command, &taken); err != nil {
				return err
			}
			if err := askImported(ctx, tx, n.Import, &imported); err != nil {
				return err
			}
			return tx.Ask(ctx, found.scan, selectLookups(len(n.Lookups)), hashArgs(n.Lookups)...)
		},
		Act: func(ctx context.Context, tx *sqldb.Tx) error {
			if imported != "" {
				return errImported
			}
			if taken || len(found.erased) > 0 {
				return sqldb.ErrAlone
			}
			customer, known := found.first(n.Lookups)
			if !known {
				customer = n.Customer
			}
			built, effects, err := n.Build(customer)
			if err != nil {
				return err
			}
			record = built
			if err := idem.Take(ctx, tx, n.Command, n.Name); err != nil {
				return err
			}
			if err := queueImport(ctx, tx, n.Import, built.ID); err != nil {
				return err
			}
			if err := queueCustomer(ctx, tx, customer, !known, found.missing(n.Lookups)); err != nil {
				return err
			}
			if err := tx.Queue(ctx, nil, insertRecord, recordArgs(&built)...); err != nil {
				return err
			}
			return s.effect(ctx, tx, &built, effects)
		},
	})
	return record, err
}

// keysOf names the rows that two filings at the same moment would both make: those of the command and of its customer.
func keysOf(n intake.NewComplaint) []string {
	var keys []string
	if n.Command.Key != "" {
		keys = append(keys, "command "+n.Command.Caller+" "+n.Command.Method+" "+n.Command.Key)
	}
	if len(n.Import) > 0 {
		keys = append(keys, "import "+string(n.Import))
	}
	for _, hash := range n.Lookups {
		keys = append(keys, "customer "+string(hash))
	}
	return keys
}

// fileAlone files a complaint in a transaction of its own.
func (s *Store) fileAlone(ctx context.Context, n intake.NewComplaint) (record intake.Record, replay bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var earlier string
		if earlier, replay, err = idem.Claim(ctx, tx, n.Command, n.Name); err != nil {
			return err
		}
		if replay {
			record, err = get(ctx, tx, strings.TrimPrefix(earlier, "complaints/"))
			return err
		}
		if earlier, err = claimImport(ctx, tx, n.Import, strings.TrimPrefix(n.Name, "complaints/")); err != nil {
			return err
		}
		if replay = earlier != ""; replay {
			record, err = get(ctx, tx, earlier)
			return err
		}
		customer, err := findOrMake(ctx, tx, n.Lookups, n.Customer)
		if err != nil {
			return err
		}
		built, effects, err := n.Build(customer)
		if err != nil {
			return err
		}
		inserted, err := tx.Exec(ctx, insertRecord+" ON CONFLICT (reference) DO NOTHING", recordArgs(&built)...)
		if err != nil {
			return err
		}
		if inserted == 0 {
			return intake.ErrReferenceTaken
		}
		record = built
		return s.effect(ctx, tx, &built, effects)
	})
	return record, replay, err
}
