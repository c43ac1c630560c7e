package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// reindex makes the index anew; tell may end it.
func (f *fixture) reindex(ctx context.Context, tell func(intake.Rebuilt, int64)) error {
	f.t.Helper()
	return intake.Reindex(ctx, f.reindexDeps(), tell)
}

func (f *fixture) reindexDeps() intake.ReindexDeps {
	f.t.Helper()
	store := sqlstore.New(f.db, nil)
	return intake.ReindexDeps{
		Rebuild: store, Matters: store, Texts: store, Sketches: store, Words: splitter(f.t), Policy: f.policy, Keyring: f.keyring,
		Now: f.now, Logger: slog.New(slog.DiscardHandler),
	}
}

// destroy empties the tables of the index behind everybody's back.
func (f *fixture) destroy() {
	f.t.Helper()
	require.NoError(f.t, f.db.Write(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for _, table := range []string{"index_texts", "index_fresh", "index_slices", "index_sketches", "index_shelves"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	}))
}

// duplicates are those of a complaint.
func (f *fixture) duplicates(name string) (names []string) {
	f.t.Helper()
	list, err := f.matters.ListDuplicates(f.t.Context(), &intakev1.ListDuplicatesRequest{Parent: name})
	require.NoError(f.t, err)
	for _, candidate := range list.GetCandidates() {
		names = append(names, candidate.GetComplaint().GetName())
	}
	return names
}

// The index can be made again from what is on record: everything is found again but what is of customers who were erased, and
// nothing else happens.
func TestReindex(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "REC-6", "API-4")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		f := newFixtureOn(t, open(t), func(*intake.Deps) {})
		a, b := f.complain("13900000001", parcel), f.complain("13900000002", parcel)
		gone := f.complain("13900000003", "这台冰箱坏了，没有人来修，快递也丢了")
		m, err := say(t, f.agent, b.GetName(), intakev1.Message_CUSTOMER, "我要求全额退款，refund please")
		require.NoError(t, err)
		f.indexed(a.GetName(), b.GetName(), gone.GetName())
		require.Equal(t, []string{gone.GetName()}, f.search("冰箱", 30))
		f.erase(gone.GetCustomer())
		events := map[string][]string{}
		for _, c := range []*intakev1.Complaint{a, b, gone} {
			events[c.GetName()] = f.types(c.GetName())
		}

		for _, lose := range []func(){f.destroy, func() {}} {
			lose()
			var last intake.Rebuilt
			require.NoError(t, f.reindex(t.Context(), func(at intake.Rebuilt, of int64) {
				require.EqualValues(t, 4, of)
				last = at
			}))
			require.EqualValues(t, 4, last.Texts)
			require.Equal(t, []string{b.GetName()}, f.search("退款", 30))
			require.ElementsMatch(t, []string{a.GetName(), b.GetName()}, f.search("包裹", 30))
			require.Equal(t, []string{b.GetName()}, f.duplicates(a.GetName()))
			require.Equal(t, 3, f.rows("index_texts"), "one who was erased does not come back")
			require.Equal(t, 2, f.rows("index_sketches"))
			require.Equal(t, 3, f.rows("index_fresh"))
			require.Zero(t, f.rows("index_rebuild"))
		}
		require.NotEmpty(t, m.GetName())
		for name, types := range events {
			require.Equal(t, types, f.types(name), "nobody is told anything")
		}
	})
}

// interrupt leaves a reindexing behind that ended after its first batch.
func (f *fixture) interrupt() {
	f.t.Helper()
	ctx, stop := context.WithCancel(f.t.Context())
	require.Error(f.t, f.reindex(ctx, func(at intake.Rebuilt, _ int64) {
		if at.Texts > 0 {
			stop()
		}
	}))
	require.Equal(f.t, 1, f.rows("index_rebuild"))
}

// One that was interrupted is not gone on with when the index that it began is gone, when the policy makes another one now, and when
// that is not wanted: what it had done would be missing, or of another kind.
func TestReindexBeginsAnew(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		f := newFixtureOn(t, open(t), func(*intake.Deps) {})
		const many = 600 // More than a batch.
		c := f.complain(phone, parcel)
		var texts errgroup.Group
		texts.SetLimit(8)
		for i := range many - 1 {
			texts.Go(func() error {
				_, err := say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, fmt.Sprintf("发票 number%d", i))
				return err
			})
		}
		require.NoError(t, texts.Wait())
		var other intake.Deps // With other bounds of what is indexed.
		reopening(t)(&other)
		for name, change := range map[string]func(*intake.ReindexDeps){
			"the index is gone": func(*intake.ReindexDeps) { f.destroy() },
			"another policy":    func(deps *intake.ReindexDeps) { deps.Policy = other.Policy },
			"it is told to":     func(deps *intake.ReindexDeps) { deps.Restart = true },
			"nothing changed":   nil,
		} {
			f.interrupt()
			deps := f.reindexDeps()
			begun := int64(-1)
			if change != nil {
				change(&deps)
			}
			require.NoError(t, intake.Reindex(t.Context(), deps, func(at intake.Rebuilt, _ int64) {
				if begun < 0 {
					begun = at.Texts
				}
			}))
			if change == nil {
				require.EqualValues(t, 512, begun, name)
			} else {
				require.Zero(t, begun, name)
			}
			require.Equal(t, many, f.rows("index_texts"), name)
			require.Zero(t, f.rows("index_rebuild"))
		}
	})
}

// One that was interrupted is gone on with, and services that index at the same time do no harm.
func TestReindexGoesOn(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		f := newFixtureOn(t, open(t), func(*intake.Deps) {})
		const many = 1300 // More than two batches, and more than is sliced at once.
		c := f.complain(phone, parcel)
		var texts errgroup.Group
		texts.SetLimit(8)
		for i := range many {
			texts.Go(func() error {
				_, err := say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, fmt.Sprintf("发票 number%d", i))
				return err
			})
		}
		require.NoError(t, texts.Wait())
		f.interrupt()
		early := f.rows("index_texts")
		require.Positive(t, early)

		later := f.complain("13900000009", "The invoice was charged twice")
		var all errgroup.Group
		all.Go(func() error {
			first := true
			return f.reindex(t.Context(), func(at intake.Rebuilt, _ int64) {
				if first && at.Texts != 512 {
					t.Errorf("it begins at %d", at.Texts)
				}
				first = false
			})
		})
		all.Go(func() error { return f.reindex(t.Context(), func(intake.Rebuilt, int64) {}) })
		all.Go(func() error {
			for _, event := range append(f.log(c.GetName()), f.log(later.GetName())...) {
				if f.indexer.Wants(event.GetType()) {
					if err := f.indexer.Deliver(t.Context(), event); err != nil {
						return err
					}
				}
			}
			return nil
		})
		require.NoError(t, all.Wait())
		require.Equal(t, many+2, f.rows("index_texts"))
		require.Zero(t, f.rows("index_rebuild"))
		require.Equal(t, []string{later.GetName()}, f.search("invoice", 10))
		for _, i := range []int{0, 1, 500, 1023, 1024, 1299} {
			require.Equal(t, []string{c.GetName()}, f.search(fmt.Sprintf("number%d", i), 10), i)
		}
		require.Positive(t, f.rows("index_slices"))
	})
}
