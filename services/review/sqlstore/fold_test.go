package sqlstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/sqlstore"
)

// TestWhatWasOnRecordIsFoldedToo: subjects that a program of before told apart are one after the next start, but two that are open go on until one
// is over.
func TestWhatWasOnRecordIsFoldedToo(t *testing.T) {
	t.Parallel()
	sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate).Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		t.Parallel()
		db := open(t)
		store := newEnv(t, db).Improvements
		written := []string{"Jäm", "JÄM", "jäm", "JäM", "jÄm"}
		for n, fault := range written {
			before(t, store, db, n, review.Subject{Product: "Lock", Fault: fault})
		}
		keys := func() (keys []string) {
			require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				keys = nil
				return tx.Ask(ctx, func(scan func(...any) error) error {
					var key, opener string
					err := scan(&key, &opener)
					keys = append(keys, key+" "+opener)
					return err
				}, `SELECT subject, review FROM improvements ORDER BY create_time`)
			}))
			return keys
		}
		folded := `fault "lock" "jäm"`
		for range 2 { // A further start finds nothing to be done.
			require.NoError(t, sqlstore.Migrate(t.Context(), db))
			require.Equal(t, []string{
				folded + " reviews/a", folded + " ", folded + " reviews/b", `fault "Lock" "JäM" reviews/c`, folded + " ",
			}, keys(), "the fourth is open beside the third")
		}
		_, err := store.ChangeImprovement(t.Context(), review.Change{Improvement: "i2", Actor: "a"}, over)
		require.NoError(t, err)
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		require.Equal(t, folded+" reviews/c", keys()[3])
	})
}

// before writes an improvement as a program of before did, of which every one but the third and the fourth is over.
func before(t *testing.T, store review.ImprovementStore, db *sqldb.DB, n int, subject review.Subject) {
	t.Helper()
	opener := []string{"reviews/a", "reviews/a", "reviews/b", "reviews/c", ""}[n]
	i := review.Improvement{
		ID: fmt.Sprintf("i%d", n), State: reviewv1.Improvement_OPEN, Subject: review.Subject{Product: "Lock", Fault: fmt.Sprint(n)}, Opener: opener,
		CreateTime: time.UnixMicro(int64(n)).UTC(), DueTime: time.UnixMicro(9).UTC(), Version: 1,
	}
	_, _, err := store.OpenImprovement(t.Context(), review.Change{}, i)
	require.NoError(t, err)
	if n != 2 && n != 3 {
		_, err = store.ChangeImprovement(t.Context(), review.Change{Improvement: i.ID, Actor: "a"}, over)
		require.NoError(t, err)
	}
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		key := fmt.Sprintf("fault %q %q", subject.Product, subject.Fault)
		return tx.Queue(ctx, nil, `UPDATE improvements SET subject = ?, fault_code = ? WHERE improvement_id = ?`, key, subject.Fault, i.ID)
	}))
}

// over abandons one.
func over(i *review.Improvement) ([]*eventv1.Payload, error) {
	i.State = reviewv1.Improvement_ABANDONED
	return []*eventv1.Payload{{Kind: &eventv1.Payload_ImprovementAbandoned{ImprovementAbandoned: &eventv1.ImprovementAbandoned{Improvement: i.Name()}}}}, nil
}
