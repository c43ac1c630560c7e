package eventlog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// bulk takes several events at once, all or none, and remembers how many each time.
type bulk struct {
	*receiver

	sizes []int
}

func (g *bulk) DeliverAll(ctx context.Context, events []*eventv1.Event) error {
	g.mu.Lock()
	fail := g.fail
	g.mu.Unlock()
	for _, e := range events {
		if fail != nil && fail(ctx, e) != nil {
			return fail(ctx, e)
		}
	}
	g.mu.Lock()
	g.sizes = append(g.sizes, len(events))
	g.mu.Unlock()
	for _, e := range events {
		if err := g.Deliver(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// addTogether appends all drafts in one transaction.
func addTogether(t *testing.T, db *sqldb.DB, log *eventlog.Log, drafts ...eventlog.Draft) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return log.Record(ctx, tx, drafts...)
	}))
}

func TestWhatOneChangeRecordedIsGathered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		g, single := &bulk{receiver: newReceiver("temporal")}, newReceiver("routing")
		addTogether(t, db, log, messages("complaints/a", 3)...)
		addTogether(t, db, log, messages("complaints/b", 1)...)
		addTogether(t, db, log, messages("complaints/c", 20)...)
		run(t, log, g, single)
		for _, taken := range [][]*eventv1.Event{g.await(t, 24), single.await(t, 24)} {
			next := map[string]int64{}
			for _, e := range taken {
				next[e.GetSubject()]++
				require.Equal(t, next[e.GetSubject()], e.GetPosition(), e.GetSubject())
			}
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		require.ElementsMatch(t, []int{3, 16, 4}, g.sizes, "those of one subject, in their order, and no more than the bound")
		awaitLag(t, log, "temporal", 0, 0)
	})
}

func TestAPoisonEventAmongOthersIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		g := &bulk{receiver: newReceiver("temporal")}
		g.fail = func(_ context.Context, e *eventv1.Event) error {
			if e.GetPosition() == 3 {
				return eventlog.Permanent(errors.New("cannot be"))
			}
			return nil
		}
		addTogether(t, db, log, messages("complaints/bad", 4)...)
		addTogether(t, db, log, messages("complaints/good", 2)...)
		run(t, log, g)
		taken := g.await(t, 4)
		awaitLag(t, log, "temporal", 2, 2)
		require.Len(t, taken, 4, "the two before the poison, and the other subject's")
	})
}
