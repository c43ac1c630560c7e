package idem_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, run func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		db := open(t)
		require.NoError(t, eventlog.Migrate(t.Context(), db))
		run(t, db)
	})
}

func command(key string) idem.Command {
	return idem.Command{Caller: "agents/lin", Method: "/x.Y/Z", Key: key, Fingerprint: []byte("body"), Now: start, Retention: 24 * time.Hour}
}

// claim runs one command in a transaction of its own.
func claim(t *testing.T, db *sqldb.DB, cmd idem.Command, result string) (earlier string, replay bool, err error) {
	t.Helper()
	err = db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		earlier, replay, err = idem.Claim(ctx, tx, cmd, result)
		return err
	})
	return earlier, replay, err
}

func requireFresh(t *testing.T, db *sqldb.DB, cmd idem.Command, result string) {
	t.Helper()
	earlier, replay, err := claim(t, db, cmd, result)
	require.NoError(t, err)
	require.False(t, replay)
	require.Empty(t, earlier)
}

func requireReplay(t *testing.T, db *sqldb.DB, cmd idem.Command, want string) {
	t.Helper()
	earlier, replay, err := claim(t, db, cmd, "complaints/another")
	require.NoError(t, err)
	require.True(t, replay)
	require.Equal(t, want, earlier)
}

func TestAKeyIsClaimedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		requireFresh(t, db, command("k"), "complaints/1")
		requireReplay(t, db, command("k"), "complaints/1")
		requireReplay(t, db, command("k"), "complaints/1")
		requireFresh(t, db, command("l"), "complaints/2")
		other := command("k")
		other.Caller = "agents/wang"
		requireFresh(t, db, other, "complaints/3")
		other = command("k")
		other.Method = "/x.Y/A"
		requireFresh(t, db, other, "complaints/4")
	})
}

func TestNoKeyIsNotRemembered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		requireFresh(t, db, command(""), "complaints/1")
		requireFresh(t, db, command(""), "complaints/2")
	})
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		requireFresh(t, db, command("k"), "complaints/1")
		other := command("k")
		other.Fingerprint = []byte("another body")
		_, _, err := claim(t, db, other, "complaints/2")
		require.Equal(t, codes.InvalidArgument, errs.Status(err).Code())
		require.Equal(t, "IDEMPOTENCY_KEY_REUSED", errs.Reason(err))
		e, _ := errors.AsType[*errs.Error](err)
		require.Equal(t, "k", e.Metadata["key"])
		requireReplay(t, db, command("k"), "complaints/1")
	})
}

func TestAnExpiredKeyIsFree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		requireFresh(t, db, command("k"), "complaints/1")
		late := command("k")
		late.Now, late.Fingerprint = start.Add(24*time.Hour-time.Microsecond), []byte("body")
		requireReplay(t, db, late, "complaints/1")
		late.Now, late.Fingerprint = start.Add(24*time.Hour), []byte("another body")
		requireFresh(t, db, late, "complaints/2")
		requireReplay(t, db, late, "complaints/2")
	})
}

func TestACommandThatFailedFreesItsKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		stop := errors.New("stop")
		require.ErrorIs(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, _, err := idem.Claim(ctx, tx, command("k"), "complaints/1")
			require.NoError(t, err)
			return stop
		}), stop)
		requireFresh(t, db, command("k"), "complaints/2")
	})
}

func TestOfTwoClaimsAtTheSameTimeOneIsAReplay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		for round := range 10 {
			cmd := command(fmt.Sprint(round))
			type outcome struct {
				own, earlier string
				replay       bool
				err          error
			}
			outcomes := make(chan outcome, 2)
			for i := range 2 {
				go func() {
					o := outcome{own: fmt.Sprintf("complaints/%d-%d", round, i)}
					o.err = db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
						var err error
						o.earlier, o.replay, err = idem.Claim(ctx, tx, cmd, o.own)
						time.Sleep(5 * time.Millisecond) // The other one arrives meanwhile.
						return err
					})
					outcomes <- o
				}()
			}
			a, b := <-outcomes, <-outcomes
			require.NoError(t, errors.Join(a.err, b.err))
			require.NotEqual(t, a.replay, b.replay)
			if a.replay {
				a, b = b, a
			}
			require.Equal(t, a.own, b.earlier)
		}
	})
}

// TestSharedTransactionsKeepKeysToo: what Take claimed is a replay for Claim,
// what Claim claimed is taken for Ask, and of two that did not know of each
// other one is sent away.
func TestSharedTransactionsKeepKeysToo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		share := func(cmd idem.Command, result string, look bool) (taken bool, err error) {
			err = db.Together(t.Context(), sqldb.Part{
				Ask: func(ctx context.Context, tx *sqldb.Tx) error {
					if !look {
						return nil
					}
					return idem.Ask(ctx, tx, cmd, &taken)
				},
				Act: func(ctx context.Context, tx *sqldb.Tx) error {
					if taken {
						return sqldb.ErrAlone
					}
					return idem.Take(ctx, tx, cmd, result)
				},
			})
			return taken, err
		}
		taken, err := share(command("k"), "complaints/1", true)
		require.NoError(t, err)
		require.False(t, taken)
		requireReplay(t, db, command("k"), "complaints/1")
		taken, err = share(command("k"), "complaints/2", true)
		require.ErrorIs(t, err, sqldb.ErrAlone)
		require.True(t, taken)
		_, err = share(command("k"), "complaints/2", false)
		require.ErrorIs(t, err, sqldb.ErrAlone, "it came in between")
		requireReplay(t, db, command("k"), "complaints/1")

		requireFresh(t, db, command("l"), "complaints/3")
		taken, err = share(command("l"), "complaints/4", true)
		require.ErrorIs(t, err, sqldb.ErrAlone)
		require.True(t, taken)
		for range 2 {
			taken, err = share(command(""), "complaints/5", true)
			require.NoError(t, err)
			require.False(t, taken, "a command without a key is not remembered")
		}
	})
}

func TestSweepDeletesWhatHasExpired(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		requireFresh(t, db, command("early"), "complaints/1")
		late := command("late")
		late.Now = start.Add(time.Hour)
		requireFresh(t, db, late, "complaints/2")
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for i := range 2500 {
				if _, _, err := idem.Claim(ctx, tx, command(fmt.Sprint(i)), "complaints/x"); err != nil {
					return err
				}
			}
			return nil
		}))
		n, err := idem.Sweep(t.Context(), db, start.Add(24*time.Hour-time.Microsecond))
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = idem.Sweep(t.Context(), db, start.Add(24*time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 2501, n)
		requireReplay(t, db, late, "complaints/2")
	})
}

func TestContext(t *testing.T) {
	t.Parallel()
	_, ok := idem.FromContext(t.Context())
	require.False(t, ok)
	cmd, ok := idem.FromContext(idem.NewContext(t.Context(), command("k")))
	require.True(t, ok)
	require.Equal(t, command("k"), cmd)
}
