package sqlstore

import (
	"context"
	"errors"
	"slices"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ intake.MatterStore = (*Store)(nil)

// selectAllEntries reads a complaint's record.
const selectAllEntries = selectEntries + "WHERE complaint = ? ORDER BY kind, id"

// Pair implements intake.MatterStore.
func (s *Store) Pair(ctx context.Context, p intake.Pair) (record intake.Record, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		sides := map[string]*intake.Side{p.From: {}, p.To: {}}
		last := map[string]*eventlog.Place{p.From: {}, p.To: {}}
		repeated, _, err := s.log.Begin(ctx, tx, eventlog.Cause{Command: p.Command, Result: "complaints/" + p.From}, func() error {
			// Everybody locks in the same order, so that nobody waits for somebody who waits.
			for _, id := range slices.Sorted(slices.Values([]string{p.From, p.To})) {
				if err := s.askSide(ctx, tx, id, sides[id], last[id]); err != nil {
					return err
				}
			}
			return nil
		})
		record = sides[p.From].Record
		if err != nil || repeated {
			return err
		}
		for _, side := range sides {
			if side.Record.ID == "" {
				return intake.ErrNotFound
			}
			if side.Survivor, err = survivor(ctx, tx, side.Record.ID); err != nil {
				return err
			}
		}
		before := map[string]int64{p.From: sides[p.From].Record.Version, p.To: sides[p.To].Record.Version}
		if err := p.Decide(sides[p.From], sides[p.To]); err != nil {
			return err
		}
		record = sides[p.From].Record
		for id, side := range sides {
			if side.Record.Version == before[id] {
				continue
			}
			if err := s.update(ctx, tx, &side.Record, side.Effects, last[id]); err != nil {
				return err
			}
		}
		return nil
	})
	return record, err
}

// askSide asks for all of one complaint, and locks it.
func (s *Store) askSide(ctx context.Context, tx *sqldb.Tx, id string, side *intake.Side, last *eventlog.Place) error {
	return errors.Join(ask(ctx, tx, &side.Record, id, lockComplaint(tx)),
		tx.Ask(ctx, func(scan func(...any) error) error {
			entry, err := scanEntry(scan)
			side.Entries = append(side.Entries, entry)
			return err
		}, selectAllEntries, id),
		s.log.AskLast(ctx, tx, "complaints/"+id, last))
}

// Survivor implements intake.MatterStore.
func (s *Store) Survivor(ctx context.Context, id string) (last string, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		last, err = survivor(ctx, tx, id)
		return err
	})
	return last, err
}

// survivor follows where complaints went on. It ends, because a merged complaint
// is never merged into.
func survivor(ctx context.Context, tx *sqldb.Tx, id string) (string, error) {
	for {
		into := ""
		if err := tx.QueryRow(ctx, "SELECT merged_into FROM complaints WHERE id = ?", id).Scan(&into); err != nil {
			return "", notFound(err)
		}
		if into == "" {
			return id, nil
		}
		id = into[len("complaints/"):]
	}
}
