package intake_test

import (
	"context"
	"fmt"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
)

// meddler has something happen just before slices are written.
type meddler struct {
	intake.TextIndex
	before func()
}

// PutSlices does that, and then what it should.
func (m *meddler) PutSlices(ctx context.Context, f intake.Folding, slices []intake.Slice) (bool, error) {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	return m.TextIndex.PutSlices(ctx, f, slices)
}

// What is forgotten while further texts are put into the same slices stays forgotten, and so does what was about to be put there.
func TestForgottenWhileFolding(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	m := &meddler{}
	f := newFixtureWith(t, func(deps *intake.Deps) {
		m.TextIndex = deps.Texts
		deps.Texts = m
	})
	gone, kept, mixed := f.complain("13900000001", parcel), f.complain("13900000002", parcel), f.complain("13900000003", parcel)
	// put indexes messages and tells how many bits they have.
	put := func(name string, from, below int) (set int) {
		var texts []intake.Text
		for i := from; i < below; i++ {
			texts = append(texts, f.served.TextOf(intake.Place{Complaint: id(name), Message: fmt.Sprint("m", i)}, "发票 "+fmt.Sprint(i)))
			for _, b := range texts[len(texts)-1].Signature {
				set += bits.OnesCount8(b)
			}
		}
		require.NoError(t, f.served.PutTexts(t.Context(), texts))
		return set
	}
	before := put(gone.GetName(), 0, 16)
	stays := put(kept.GetName(), 0, 1008)
	require.Equal(t, before+stays, f.bitsSet(), "the first ones are in slices")
	put(mixed.GetName(), 0, 8)
	m.before = func() {
		f.erase(gone.GetCustomer())
		f.erase(mixed.GetCustomer())
		require.NoError(t, f.indexer.Tidy(t.Context()))
		require.Equal(t, stays, f.bitsSet())
	}
	stays += put(kept.GetName(), 1008, 2024)
	require.Nil(t, m.before)
	require.Zero(t, f.rows("index_fresh"))
	require.Equal(t, stays, f.bitsSet(), "no bit of those who are gone")
}
