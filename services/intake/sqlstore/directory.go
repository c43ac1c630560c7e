package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ intake.DirectoryStore = (*Store)(nil)

// Directory implements intake.DirectoryStore.
func (s *Store) Directory(ctx context.Context, names ...string) (entries []intake.DirectoryEntry, err error) {
	const columns = `SELECT name, manager, supervisor, alias, active FROM directory`
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		entries = nil
		add := func(scan func(dest ...any) error) error {
			var entry intake.DirectoryEntry
			var alias string
			var active int64
			if err := scan(&entry.Name, &entry.Manager, &entry.Supervisor, &alias, &active); err != nil {
				return err
			}
			entry.Active = active != 0
			entries = append(entries, entry)
			return json.Unmarshal([]byte(alias), &entries[len(entries)-1].Alias)
		}
		if len(names) == 0 {
			return tx.Ask(ctx, add, columns+` ORDER BY name`)
		}
		for _, name := range names {
			if err := tx.Ask(ctx, add, columns+` WHERE name = ?`, name); err != nil {
				return err
			}
		}
		return nil
	})
	return entries, err
}

// NoteDirectory implements intake.DirectoryStore. What is no more keeps who led it.
func (s *Store) NoteDirectory(ctx context.Context, event *eventv1.Event, entry intake.DirectoryEntry) (first bool, err error) {
	alias, err := json.Marshal(entry.Alias)
	if err != nil {
		return false, fmt.Errorf("note directory: %w", err)
	}
	active, keep := 1, `manager = excluded.manager, supervisor = excluded.supervisor, alias = excluded.alias, active = excluded.active`
	if !entry.Active {
		active = 0
		if entry.Manager == "" && entry.Supervisor == "" {
			keep = `active = excluded.active`
		}
	}
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		if first, err = s.log.Accept(ctx, tx, event); err != nil || !first {
			return err
		}
		return tx.Queue(ctx, nil, `INSERT INTO directory (name, manager, supervisor, alias, active) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET `+keep, entry.Name, entry.Manager, entry.Supervisor, string(alias), active)
	})
	return first && err == nil, err
}
