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
		askCandidates(ctx, tx, &list, department, c.Complaint),
		tx.Flush(ctx))
	if err != nil {
		return nil, fmt.Errorf("read candidates: %w", err)
	}
	c.Directory, err = s.within(ctx, tx, version)
	return list, err
}

// within is the directory of a version that a transaction has read, or a newer one.
func (s *Store) within(ctx context.Context, tx *sqldb.Tx, version int64) (*routing.Directory, error) {
	if d := s.newest.Load(); d != nil && d.Version == version {
		return d, nil
	}
	d, err := s.load(ctx, tx)
	if err == nil {
		tx.OnCommit(func() { s.newest.Store(d) })
	}
	return d, err
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
		d, err = s.load(ctx, tx)
		return err
	})
	if err == nil {
		s.newest.Store(d)
	}
	return d, err
}

// load reads the directory. The version comes first: rows that are newer than it are read again by the next one who sees theirs.
func (s *Store) load(ctx context.Context, tx *sqldb.Tx) (*routing.Directory, error) {
	var version int64
	var rules *routingv1.RuleSet
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
		askRuleSets(ctx, tx, func(set *routingv1.RuleSet) { rules = set }, `WHERE r.number = d.rule_set`),
		tx.Flush(ctx))
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	d, err := routing.NewDirectory(version, resources)
	if err != nil || rules == nil {
		return d, err
	}
	compiled, err := s.compiled(rules)
	return d.WithRules(compiled), err
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
