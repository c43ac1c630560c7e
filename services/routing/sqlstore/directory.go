package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// candidates locks the department and lists its active people with what complaints tell of them. An assignment waits here for the
// one before it to be committed, and so sees its load, and for a change of the department's people: on PostgreSQL each statement sees
// what was committed before it began, so the version is read behind the lock.
func (s *Store) candidates(ctx context.Context, tx *sqldb.Tx, c *routing.Case, department string) ([]routing.Candidate, error) {
	list, version := []routing.Candidate(nil), int64(0)
	err := errors.Join(
		tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(new(string)) },
			`SELECT department_id FROM departments WHERE department_id = ?`+tx.Dialect().ForUpdate(), department),
		askVersion(ctx, tx, &version),
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var k routing.Candidate
			var last, knows int64
			err := scan(&k.Agent, &k.OpenCount, &last, &knows)
			k.LastAssigned, k.KnowsCustomer = sqldb.Time(last), knows != 0
			list = append(list, k)
			return err
		}, `SELECT agent_id, open_count, last_assigned, CASE WHEN EXISTS
			(SELECT 1 FROM complaints WHERE customer = ? AND assignee = agent_id AND ended = 0) THEN 1 ELSE 0 END
			FROM agents WHERE department = ? AND active = 1 ORDER BY agent_id`, c.Complaint.Customer, department),
		tx.Flush(ctx))
	if err != nil {
		return nil, fmt.Errorf("read candidates: %w", err)
	}
	if c.Directory = s.newest.Load(); c.Directory == nil || c.Directory.Version != version {
		if c.Directory, err = load(ctx, tx); err != nil {
			return nil, err
		}
		newest := c.Directory
		tx.OnCommit(func() { s.newest.Store(newest) })
	}
	return list, nil
}

// askVersion asks for the directory's version.
func askVersion(ctx context.Context, tx *sqldb.Tx, version *int64) error {
	*version = 0
	return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(version) }, `SELECT version FROM directory`)
}

// Directory implements routing.DirectoryStore.
func (s *Store) Directory(ctx context.Context) (*routing.Directory, error) {
	var version int64
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return askVersion(ctx, tx, &version) })
	if err != nil {
		return nil, s.db.Failure(err)
	}
	d, err := s.directory(ctx, version)
	return d, s.db.Failure(err)
}

// directory is the directory of a version that was just read, or a newer one.
func (s *Store) directory(ctx context.Context, version int64) (d *routing.Directory, err error) {
	if d = s.newest.Load(); d != nil && d.Version == version {
		return d, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		d, err = load(ctx, tx)
		return err
	})
	if err == nil {
		s.newest.Store(d)
	}
	return d, err
}

// load reads the directory. The version comes first: rows that are newer than it are read again by the next one who sees theirs.
func load(ctx context.Context, tx *sqldb.Tx) (*routing.Directory, error) {
	var version int64
	var resources []routing.Resource
	rows := func(empty func() routing.Resource, query string) error {
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var content string
			if err := scan(&content); err != nil {
				return err
			}
			r := empty()
			resources = append(resources, r)
			return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal([]byte(content), r)
		}, query)
	}
	err := errors.Join(askVersion(ctx, tx, &version),
		rows(func() routing.Resource { return &routingv1.Department{} }, `SELECT content FROM departments`),
		rows(func() routing.Resource { return &routingv1.Team{} }, `SELECT content FROM teams`),
		rows(func() routing.Resource { return &routingv1.Agent{} }, `SELECT content FROM agents`),
		tx.Flush(ctx))
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	return routing.NewDirectory(version, resources)
}

// Loads implements routing.DirectoryStore.
func (s *Store) Loads(ctx context.Context, agents []string) (loads map[string]int32, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		loads = make(map[string]int32, len(agents))
		for _, agent := range agents {
			err := tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var count int32
				err := scan(&count)
				loads[agent] = count
				return err
			}, `SELECT open_count FROM agents WHERE agent_id = ?`, agent)
			if err != nil {
				return fmt.Errorf("read loads: %w", err)
			}
		}
		return nil
	})
	return loads, s.db.Failure(err)
}

// content is a resource as its JSON.
func content(r proto.Message) (string, error) {
	text, err := protojson.Marshal(r)
	return string(text), err
}
