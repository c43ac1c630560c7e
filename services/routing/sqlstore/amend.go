package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// told is the first version of which others were told.
const told = 2

// Amend implements routing.DirectoryStore. The directory's row is the lock that one amendment holds; then rows are locked in the order
// department, agent, complaints. A transaction that holds a complaint and waits for one of its agent may be given up for it, and is repeated.
func (s *Store) Amend(ctx context.Context, cause eventlog.Cause, decide func(*routing.Amendment) error) (result string, repeated bool, err error) {
	var version int64
	var ruleSets int32
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		repeated, result, err = s.log.Begin(ctx, tx, cause, func() error {
			version, ruleSets = 0, 0
			return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&version, &ruleSets) },
				`SELECT version, rule_sets FROM directory`+tx.Dialect().ForUpdate())
		})
		if err != nil || repeated {
			return err
		}
		result = cause.Result
		before := s.newest.Load()
		if before == nil || before.Version != version { // Behind the lock there is one of a version.
			if before, err = s.load(ctx, tx); err != nil {
				return err
			}
		}
		a := &routing.Amendment{
			Directory: before, RuleSets: ruleSets,
			Open: func(agent string) ([]routing.Complaint, bool, error) { return open(ctx, tx, agent) },
			Busy: func(department string) (bool, error) { return busy(ctx, tx, department) },
		}
		if err := decide(a); err != nil || len(a.Put)+len(a.Removed) == 0 && a.Rules == nil {
			return err
		}
		return s.amend(ctx, tx, a)
	})
	return result, repeated, s.db.Failure(err)
}

// amend writes an amendment.
func (s *Store) amend(ctx context.Context, tx *sqldb.Tx, a *routing.Amendment) error {
	if err := lockDepartments(ctx, tx, a); err != nil {
		return err
	}
	for _, r := range a.Put {
		if err := putResource(ctx, tx, r); err != nil {
			return err
		}
	}
	for _, r := range a.Removed {
		if err := removeResource(ctx, tx, r); err != nil {
			return err
		}
	}
	for _, c := range a.Released {
		if err := putComplaint(ctx, tx, c); err != nil {
			return err
		}
	}
	next, err := a.Directory.After(max(a.Directory.Version+1, told), a.Put, a.Removed)
	if err != nil {
		return err
	}
	if a.Rules != nil {
		if err := putRules(ctx, tx, a); err != nil {
			return err
		}
		next = next.WithRules(a.Rules)
	}
	if err := tx.Queue(ctx, nil, `UPDATE directory SET version = ?`, next.Version); err != nil {
		return fmt.Errorf("amend: %w", err)
	}
	tx.OnCommit(func() { s.newest.Store(next) })
	return s.log.Record(ctx, tx, a.Drafts...)
}

// lockDepartments locks those whose people change, so that nobody is given a complaint by what was the case before.
func lockDepartments(ctx context.Context, tx *sqldb.Tx, a *routing.Amendment) error {
	names := map[string]bool{}
	for _, r := range slices.Concat(a.Put, a.Removed) {
		if agent, ok := r.(*routingv1.Agent); ok {
			names[agent.GetDepartment()], names[a.Directory.DepartmentOf(agent.GetName())] = true, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := lockDepartment(ctx, tx, name); err != nil {
			return err
		}
	}
	return tx.Flush(ctx)
}

func lockDepartment(ctx context.Context, tx *sqldb.Tx, name string) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(new(string)) },
		`SELECT department_id FROM departments WHERE department_id = ?`+tx.Dialect().ForUpdate(), idOf(name))
}

// open locks somebody, and then what is the person's: a complaint that is opened again meanwhile changes the load first, and waits.
func open(ctx context.Context, tx *sqldb.Tx, agent string) (list []routing.Complaint, ever bool, err error) {
	var department string
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&department) },
		`SELECT department FROM agents WHERE agent_id = ?`, agent), tx.Flush(ctx))
	if err != nil {
		return nil, false, fmt.Errorf("read agent: %w", err)
	}
	var last int64
	var ids []string
	err = errors.Join(lockDepartment(ctx, tx, department), tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&last) },
		`SELECT last_assigned FROM agents WHERE agent_id = ?`+tx.Dialect().ForUpdate(), agent),
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT complaint_id FROM complaints WHERE assignee = ? AND ended = 0 ORDER BY complaint_id`+tx.Dialect().ForUpdate(), agent),
		tx.Flush(ctx))
	if err != nil {
		return nil, false, fmt.Errorf("read complaints: %w", err)
	}
	cases := make([]routing.Case, len(ids))
	for i, id := range ids {
		err = errors.Join(err, askComplaint(ctx, tx, &cases[i], id, ""))
	}
	if err = errors.Join(err, tx.Flush(ctx)); err != nil {
		return nil, false, fmt.Errorf("read complaints: %w", err)
	}
	for _, c := range cases {
		list = append(list, c.Complaint)
	}
	return list, last != 0 || len(list) > 0, nil
}

// busy tells whether a department, which it locks, has open complaints.
func busy(ctx context.Context, tx *sqldb.Tx, department string) (found bool, err error) {
	err = errors.Join(lockDepartment(ctx, tx, department), tx.Ask(ctx, func(scan func(dest ...any) error) error {
		found = true
		return scan(new(string))
	}, `SELECT complaint_id FROM complaints WHERE department = ? AND ended = 0 LIMIT 1`, department), tx.Flush(ctx))
	if err != nil {
		return false, fmt.Errorf("read complaints: %w", err)
	}
	return found, nil
}

// putResource writes a resource over the one of its name. Last assignment and load of an agent stay, but
// whoever leaves has no complaint any more: what was open is released. What is opened again afterwards counts until it is assigned anew.
func putResource(ctx context.Context, tx *sqldb.Tx, r routing.Resource) error {
	text, err := content(r)
	if err != nil {
		return fmt.Errorf("put %s: %w", r.GetName(), err)
	}
	switch r := r.(type) {
	case *routingv1.Department:
		err = tx.Queue(ctx, nil, `INSERT INTO departments (department_id, content) VALUES (?, ?)
			ON CONFLICT (department_id) DO UPDATE SET content = excluded.content`, idOf(r.GetName()), text)
	case *routingv1.Team:
		err = tx.Queue(ctx, nil, `INSERT INTO teams (team_name, content) VALUES (?, ?)
			ON CONFLICT (team_name) DO UPDATE SET content = excluded.content`, r.GetName(), text)
	case *routingv1.Agent:
		active := r.Active == nil || r.GetActive()
		err = tx.Queue(ctx, nil, `INSERT INTO agents (agent_id, department, active, open_count, last_assigned, content)
			VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (agent_id) DO UPDATE SET department = excluded.department, active = excluded.active,
			content = excluded.content, open_count = CASE WHEN excluded.active = 0 AND agents.active <> 0 THEN 0 ELSE agents.open_count END`, idOf(r.GetName()), idOf(r.GetDepartment()), flag(active), text)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", r.GetName(), err)
	}
	return nil
}

func removeResource(ctx context.Context, tx *sqldb.Tx, r routing.Resource) (err error) {
	switch r.(type) {
	case *routingv1.Department:
		err = tx.Queue(ctx, nil, `DELETE FROM departments WHERE department_id = ?`, idOf(r.GetName()))
	case *routingv1.Team:
		err = tx.Queue(ctx, nil, `DELETE FROM teams WHERE team_name = ?`, r.GetName())
	case *routingv1.Agent:
		err = tx.Queue(ctx, nil, `DELETE FROM agents WHERE agent_id = ?`, idOf(r.GetName()))
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", r.GetName(), err)
	}
	return nil
}

// idOf takes the last part out of a name.
func idOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
