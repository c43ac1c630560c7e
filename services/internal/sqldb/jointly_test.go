package sqldb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// joint is a database with what its members did, in order.
type joint struct {
	*sqldb.DB

	steps []string
}

// extend is a member that adds to what it reads under a key, and fails with end.
func (j *joint) extend(key, by string, end error) sqldb.Member {
	return sqldb.Member{Subject: key, Change: func(ctx context.Context) error {
		return j.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			var before string
			err := tx.Ask(ctx, func(scan func(...any) error) error { return scan(&before) },
				"SELECT v FROM pairs WHERE k = ?"+tx.Dialect().ForUpdate(), key)
			j.steps = append(j.steps, "ask "+key)
			if err := errors.Join(err, tx.Flush(ctx)); err != nil {
				return err
			}
			j.steps = append(j.steps, "act "+key+by)
			tx.OnCommit(func() { j.steps = append(j.steps, "committed "+key+by) })
			return errors.Join(tx.Queue(ctx, nil, "UPDATE pairs SET v = ? WHERE k = ?", before+by, key), end)
		})
	}}
}

func newJoint(t *testing.T, db *sqldb.DB) *joint {
	t.Helper()
	for _, key := range []string{"a", "b", "c"} {
		insert(t, db, key, key)
	}
	return &joint{DB: db}
}

func (j *joint) values(t *testing.T) []string {
	t.Helper()
	return []string{get(t, j.DB, "a"), get(t, j.DB, "b"), get(t, j.DB, "c")}
}

// TestJointChangesTakeTurns: their questions go together where that saves anything, and those of one subject see each other.
func TestJointChangesTakeTurns(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		j := newJoint(t, open(t))
		require.NoError(t, j.Jointly(t.Context(), j.extend("a", "1", nil), j.extend("b", "1", nil), j.extend("a", "2", nil), j.extend("a", "3", nil)))
		require.Equal(t, []string{"a123", "b1", "c"}, j.values(t))
		wanted := []string{"ask a", "act a1", "ask b", "act b1"}
		if j.Dialect() == sqldb.Postgres {
			wanted = []string{"ask a", "ask b", "act a1", "act b1"}
		}
		require.Equal(t, append(wanted, "ask a", "act a2", "ask a", "act a3", "committed a1", "committed b1", "committed a2", "committed a3"), j.steps)
		require.NoError(t, j.Jointly(t.Context()))
	})
}

// TestJointChangesAreMadeAllOrNone: whichever fails, by itself, by a statement or by a panic.
func TestJointChangesAreMadeAllOrNone(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for name, bad := range map[string]func(j *joint) sqldb.Member{
		"refused": func(j *joint) sqldb.Member { return j.extend("c", "1", refused) },
		"before it asks": func(*joint) sqldb.Member {
			return sqldb.Member{Subject: "c", Change: func(context.Context) error { return refused }}
		},
		"statement": func(j *joint) sqldb.Member {
			return sqldb.Member{Subject: "c", Change: func(ctx context.Context) error {
				return j.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
					fault := func(error) error { return refused }
					return errors.Join(tx.Queue(ctx, fault, insertPair, "a", "again"), tx.Flush(ctx))
				})
			}}
		},
		"panic": func(*joint) sqldb.Member {
			return sqldb.Member{Subject: "c", Change: func(context.Context) error { panic("refused") }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
				j := newJoint(t, open(t))
				try := func() error {
					return j.Jointly(t.Context(), j.extend("a", "1", nil), bad(j), j.extend("b", "1", nil))
				}
				if name == "panic" {
					require.Panics(t, func() { _ = try() })
				} else {
					require.ErrorIs(t, try(), refused)
				}
				require.Equal(t, []string{"a", "b", "c"}, j.values(t))
				for _, step := range j.steps {
					require.NotContains(t, step, "committed")
				}
				require.NoError(t, j.Jointly(t.Context(), j.extend("a", "1", nil)), "the connection is usable")
			})
		})
	}
}

// TestJointChangesReadWhatTheyChanged: a member that reads after it has written sees its own change, as it would alone; who stands outside does not.
func TestJointChangesReadWhatTheyChanged(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		j := newJoint(t, open(t))
		read := func(ctx context.Context, key string) (value string, err error) {
			err = j.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&value) }, "SELECT v FROM pairs WHERE k = ?", key)
			})
			return value, err
		}
		seen := map[string]string{}
		reading := func(key string) sqldb.Member {
			change := j.extend(key, "1", nil)
			return sqldb.Member{Subject: key, Change: func(ctx context.Context) (err error) {
				if err := change.Change(ctx); err != nil {
					return err
				}
				seen[key], err = read(ctx, key)
				return err
			}}
		}
		require.NoError(t, j.Jointly(t.Context(), reading("a"), reading("b")))
		require.Equal(t, map[string]string{"a": "a1", "b": "b1"}, seen)
	})
}
