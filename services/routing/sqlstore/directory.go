package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// candidates locks the department and lists who can take a complaint of the customer there. An assignment waits here for the
// one before it to be committed, and so sees its load: on PostgreSQL each statement sees what was committed before it began.
func candidates(ctx context.Context, tx *sqldb.Tx, department, customer string) ([]routing.Candidate, error) {
	known, list := false, []routing.Candidate(nil)
	err := errors.Join(
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			known = true
			return scan(new(string))
		}, `SELECT department_id FROM departments WHERE department_id = ?`+tx.Dialect().ForUpdate(), department),
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var c routing.Candidate
			var last, knows int64
			err := scan(&c.Agent, &c.OpenCount, &last, &knows)
			c.LastAssigned, c.KnowsCustomer = sqldb.Time(last), knows != 0
			list = append(list, c)
			return err
		}, `SELECT agent_id, open_count, last_assigned, CASE WHEN EXISTS
			(SELECT 1 FROM complaints WHERE customer = ? AND assignee = agent_id AND ended = 0) THEN 1 ELSE 0 END
			FROM agents WHERE department = ? AND active = 1 AND takes_complaints = 1 ORDER BY agent_id`, customer, department),
		tx.Flush(ctx))
	if err != nil {
		return nil, fmt.Errorf("read candidates: %w", err)
	}
	if !known {
		return nil, nil // The directory was not synchronised yet: the complaint waits in the department's queue.
	}
	return list, nil
}

// SyncDirectory implements routing.Store.
func (s *Store) SyncDirectory(ctx context.Context, departments []routing.Department, agents []routing.Agent) error {
	return s.db.Failure(s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for _, table := range []string{"departments", "agents"} {
			if err := tx.Queue(ctx, nil, `UPDATE `+table+` SET active = 0 WHERE active = 1`); err != nil {
				return fmt.Errorf("sync %s: %w", table, err)
			}
		}
		for _, d := range departments {
			if err := putDepartment(ctx, tx, d); err != nil {
				return err
			}
		}
		for _, a := range agents {
			if err := putAgent(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	}))
}

func putDepartment(ctx context.Context, tx *sqldb.Tx, d routing.Department) error {
	alias, err := json.Marshal(d.Alias)
	if err != nil {
		return fmt.Errorf("put department: %w", err)
	}
	err = tx.Queue(ctx, nil, `INSERT INTO departments (department_id, display_name, manager, supervisor, alias, active)
		VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (department_id) DO UPDATE SET display_name = excluded.display_name,
		manager = excluded.manager, supervisor = excluded.supervisor, alias = excluded.alias, active = 1`,
		d.ID, d.DisplayName, d.Manager, d.Supervisor, string(alias))
	if err != nil {
		return fmt.Errorf("put department: %w", err)
	}
	return nil
}

// putAgent leaves load and last assignment as they are.
func putAgent(ctx context.Context, tx *sqldb.Tx, a routing.Agent) error {
	err := tx.Queue(ctx, nil, `INSERT INTO agents (agent_id, display_name, department, supervisor, takes_complaints, active, open_count,
		last_assigned) VALUES (?, ?, ?, ?, ?, 1, 0, 0) ON CONFLICT (agent_id) DO UPDATE SET display_name = excluded.display_name,
		department = excluded.department, supervisor = excluded.supervisor, takes_complaints = excluded.takes_complaints, active = 1`,
		a.ID, a.DisplayName, a.Department, a.Supervisor, flag(a.TakesComplaints))
	if err != nil {
		return fmt.Errorf("put agent: %w", err)
	}
	return nil
}

// Departments implements routing.Store.
func (s *Store) Departments(ctx context.Context, after string, limit int) ([]routing.Department, error) {
	var list []routing.Department
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, `SELECT department_id, display_name, manager, supervisor, alias FROM departments
			WHERE active = 1 AND department_id > ? ORDER BY department_id LIMIT ?`, after, limit)
		if err != nil {
			return fmt.Errorf("read departments: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var d routing.Department
			var alias string
			if err := rows.Scan(&d.ID, &d.DisplayName, &d.Manager, &d.Supervisor, &alias); err != nil {
				return fmt.Errorf("read departments: %w", err)
			}
			if err := json.Unmarshal([]byte(alias), &d.Alias); err != nil {
				return fmt.Errorf("read departments: %w", err)
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, s.db.Failure(err)
}

// Agents implements routing.Store.
func (s *Store) Agents(ctx context.Context, after string, limit int) ([]routing.Agent, error) {
	var list []routing.Agent
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, `SELECT agent_id, display_name, department, supervisor, takes_complaints, open_count FROM agents
			WHERE active = 1 AND agent_id > ? ORDER BY agent_id LIMIT ?`, after, limit)
		if err != nil {
			return fmt.Errorf("read agents: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a routing.Agent
			var takes int64
			if err := rows.Scan(&a.ID, &a.DisplayName, &a.Department, &a.Supervisor, &takes, &a.OpenCount); err != nil {
				return fmt.Errorf("read agents: %w", err)
			}
			a.TakesComplaints = takes != 0
			list = append(list, a)
		}
		return rows.Err()
	})
	return list, s.db.Failure(err)
}
