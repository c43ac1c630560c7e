package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ intake.RecordStore = (*Store)(nil)

// selectEntries begins every query for entries.
const selectEntries = `SELECT e.complaint, e.kind, e.id, e.cycle, e.actor, e.create_time, e.update_time, e.code, e.customer, k.wrapped_key, e.body
	FROM entries e LEFT JOIN customers k ON k.name = e.customer `

// putEntry adds an entry, or replaces its body where it is there already.
const putEntry = `INSERT INTO entries (complaint, kind, id, cycle, actor, create_time, update_time, code, customer, body)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (complaint, kind, id) DO UPDATE SET update_time = excluded.update_time, code = excluded.code,
	customer = excluded.customer, body = excluded.body`

func entryArgs(e *intake.Entry) []any {
	return []any{
		e.Complaint, int32(e.Kind), e.ID, e.Cycle, e.Actor, sqldb.Micros(e.CreateTime), sqldb.Micros(e.UpdateTime), e.Code, e.Customer,
		e.Body,
	}
}

// Amend implements intake.RecordStore.
func (s *Store) Amend(ctx context.Context, a intake.Amendment) (amended intake.Amended, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		amended = intake.Amended{}
		var last eventlog.Place
		record, entries := &amended.Record, []intake.Entry(nil)
		repeated, result, err := s.log.Begin(ctx, tx, eventlog.Cause{Event: a.Event, Command: a.Command, Result: a.Result}, func() error {
			return errors.Join(ask(ctx, tx, record, a.Complaint, lockComplaint(tx)), askEntries(ctx, tx, &entries, a.Complaint, a.Kinds),
				s.log.AskLast(ctx, tx, "complaints/"+a.Complaint, &last))
		})
		if err != nil {
			return err
		}
		if record.ID == "" {
			return intake.ErrNotFound
		}
		amended.Entries, amended.Result, amended.Repeated = entries, result, repeated
		if repeated {
			return nil
		}
		before := record.Version
		effects, err := a.Decide(record, entries)
		if err != nil || record.Version == before {
			return err
		}
		amended.Entries = replaced(entries, effects.Entries, a.Kinds)
		return s.update(ctx, tx, record, effects, &last)
	})
	return amended, err
}

// replaced is the entries of the kinds after some were put.
func replaced(entries, put []intake.Entry, kinds []intake.EntryKind) []intake.Entry {
	out := append([]intake.Entry(nil), entries...)
	for _, entry := range put {
		at := -1
		for i := range out {
			if out[i].Kind == entry.Kind && out[i].ID == entry.ID {
				at = i
			}
		}
		switch {
		case at >= 0:
			out[at] = entry
		case contains(kinds, entry.Kind):
			out = append(out, entry)
		}
	}
	return out
}

func contains(kinds []intake.EntryKind, kind intake.EntryKind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// Entries implements intake.RecordStore.
func (s *Store) Entries(ctx context.Context, complaint string, kinds ...intake.EntryKind) (record intake.Record, entries []intake.Entry, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if err := errors.Join(ask(ctx, tx, &record, complaint, ""), askEntries(ctx, tx, &entries, complaint, kinds), tx.Flush(ctx)); err != nil {
			return err
		}
		if record.ID == "" {
			return intake.ErrNotFound
		}
		return nil
	})
	return record, entries, err
}

// askEntries asks for the entries of these kinds; nothing is asked without kinds.
func askEntries(ctx context.Context, tx *sqldb.Tx, entries *[]intake.Entry, complaint string, kinds []intake.EntryKind) error {
	*entries = nil
	if len(kinds) == 0 {
		return nil
	}
	args := []any{complaint}
	for _, kind := range kinds {
		args = append(args, int32(kind))
	}
	query := selectEntries + "WHERE complaint = ? AND kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ") ORDER BY kind, id"
	return tx.Ask(ctx, func(scan func(...any) error) error {
		entry, err := scanEntry(scan)
		*entries = append(*entries, entry)
		return err
	}, query, args...)
}

// scanEntry reads a row of selectEntries.
func scanEntry(scan func(...any) error) (intake.Entry, error) {
	var e intake.Entry
	var created, changed int64
	err := scan(&e.Complaint, &e.Kind, &e.ID, &e.Cycle, &e.Actor, &created, &changed, &e.Code, &e.Customer, &e.WrappedKey, &e.Body)
	e.CreateTime, e.UpdateTime = sqldb.Time(created), sqldb.Time(changed)
	return e, err
}
