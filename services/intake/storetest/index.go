package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sketch"
)

// text is one of the index.
func text(complaint, message string, at time.Time, hashes ...uint64) intake.Text {
	t := intake.Text{
		Place: intake.Place{Complaint: complaint, Message: message}, Signature: sketch.Shelf(0).Signature(hashes), ReceiveTime: at,
	}
	if message == "" {
		drawn := sketch.Of(hashes)
		t.Sketch = drawn.Bytes()
	}
	return t
}

func index(t *testing.T, s Subject) {
	t.Helper()
	ctx := t.Context()
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"b"})
	all := []intake.Text{text(a.ID, "", start(), 1, 2), text(a.ID, "m", start(), 3), text(b.ID, "", start().Add(time.Hour), 1)}
	for range 2 { // What is there already is left.
		full, err := s.Index(ctx, all)
		require.NoError(t, err)
		require.Empty(t, full)
	}
	state, err := s.Shelf(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, intake.ShelfState{Next: 3, Fresh: []intake.Fresh{
		{Number: 0, Signature: all[0].Signature}, {Number: 1, Signature: all[1].Signature}, {Number: 2, Signature: all[2].Signature},
	}}, state)
	empty, err := s.Shelf(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, intake.ShelfState{}, empty)
	places, err := s.Places(ctx, []intake.Slot{{Number: 1}, {Number: 2}, {Number: 7}, {Shelf: 1, Number: 1}})
	require.NoError(t, err)
	require.Equal(t, map[intake.Slot]intake.Place{{Number: 1}: all[1].Place, {Number: 2}: all[2].Place}, places)

	sketches, deletions, err := s.Sketches(ctx, 0, start().Add(-time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, sketches, 2)
	require.Equal(t, all[0].Sketch, sketches[0].Sketch)
	require.Equal(t, start(), sketches[0].ReceiveTime)
	owners, err := s.Owners(ctx, []int64{sketches[0].Number, sketches[1].Number, 99})
	require.NoError(t, err)
	require.Equal(t, map[int64]string{sketches[0].Number: a.ID, sketches[1].Number: b.ID}, owners)
	later, _, err := s.Sketches(ctx, 0, start(), 10)
	require.NoError(t, err)
	require.Equal(t, sketches[1:], later, "those that were received later")
	later, _, err = s.Sketches(ctx, sketches[0].Number, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, sketches[1:], later, "those with higher numbers")

	require.NoError(t, s.Reset(ctx))
	state, err = s.Shelf(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, intake.ShelfState{}, state)
	none, after, err := s.Sketches(ctx, 0, time.Time{}, 10)
	require.NoError(t, err)
	require.Empty(t, none)
	require.Greater(t, after, deletions, "who has them in memory notices")
	_, err = s.Index(ctx, all[2:])
	require.NoError(t, err)
	again, _, err := s.Sketches(ctx, 0, time.Time{}, 10)
	require.NoError(t, err)
	require.Greater(t, again[0].Number, sketches[1].Number, "numbers go on")
}

// forgottenWhileFolding: what was forgotten after slices were begun does not come back with those that are added to them.
func forgottenWhileFolding(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-4")
	ctx := t.Context()
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"b"})
	bits := sketch.Shelf(0).Probe([]uint64{1}, 8)
	columns := make([]intake.Slice, len(bits))
	for i, bit := range bits {
		columns[i] = intake.Slice{Bit: bit, Bits: []byte{255}}
	}
	for i, record := range []intake.Record{a, b} {
		var texts []intake.Text
		for n := range 8 {
			texts = append(texts, text(record.ID, fmt.Sprint(n), start(), 1))
		}
		_, err := s.Index(ctx, texts)
		require.NoError(t, err)
		f := intake.Folding{From: int64(8 * i), Below: int64(8*i + 8), Texts: 8}
		done, err := s.PutSlices(ctx, f, columns[:4])
		require.NoError(t, err)
		require.True(t, done)
		if i == 1 {
			s.Erase(t, a.Customer)
			_, err = s.Forget(ctx)
			require.NoError(t, err)
		}
		done, err = s.PutSlices(ctx, f, columns[4:])
		require.NoError(t, err)
		require.True(t, done)
		done, err = s.Folded(ctx, f)
		require.NoError(t, err)
		require.True(t, done)
	}
	found, err := s.Slices(ctx, 0, []int64{0}, bits)
	require.NoError(t, err)
	require.Len(t, found, len(bits))
	for _, slice := range found {
		require.Equal(t, []byte{0, 255}, slice.Bits, "bit %d", slice.Bit)
	}
}

// slices: what was put into slices is found there, and what is forgotten nowhere.
func slicing(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-4")
	ctx := t.Context()
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"b"})
	_, err := s.Index(ctx, []intake.Text{text(a.ID, "", start(), 1), text(b.ID, "", start(), 1), text(a.ID, "m", start(), 2)})
	require.NoError(t, err)
	bits := sketch.Shelf(0).Probe([]uint64{1}, 8)
	var columns []intake.Slice
	for _, bit := range bits {
		columns = append(columns, intake.Slice{Block: 0, Bit: bit, Bits: []byte{3}}, intake.Slice{Block: 1, Bit: bit, Bits: []byte{9}})
	}
	for _, fold := range []func(intake.Folding) (bool, error){
		func(f intake.Folding) (bool, error) { return s.PutSlices(ctx, f, columns) },
		func(f intake.Folding) (bool, error) { return s.Folded(ctx, f) },
	} {
		done, err := fold(intake.Folding{Below: 2, Texts: 1})
		require.NoError(t, err)
		require.False(t, done, "one more text is there than is sliced")
		done, err = fold(intake.Folding{From: 8, Below: 10})
		require.NoError(t, err)
		require.False(t, done, "it is not folded that far")
		done, err = fold(intake.Folding{Below: 2, Texts: 2})
		require.NoError(t, err)
		require.True(t, done)
	}
	done, err := s.PutSlices(ctx, intake.Folding{Below: 2, Texts: 2}, columns)
	require.NoError(t, err)
	require.False(t, done, "somebody else has done it")
	state, err := s.Shelf(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, int64(2), state.Folded)
	require.Len(t, state.Fresh, 1)
	found, err := s.Slices(ctx, 0, []int64{0, 1, 2}, bits)
	require.NoError(t, err)
	require.ElementsMatch(t, columns, found)

	more, err := s.Forget(ctx)
	require.NoError(t, err)
	require.False(t, more)
	s.Erase(t, a.Customer)
	more, err = s.Forget(ctx)
	require.NoError(t, err)
	require.False(t, more)
	state, err = s.Shelf(ctx, 0)
	require.NoError(t, err)
	require.Empty(t, state.Fresh, "the message")
	places, err := s.Places(ctx, []intake.Slot{{Number: 0}, {Number: 1}, {Number: 2}})
	require.NoError(t, err)
	require.Equal(t, map[intake.Slot]intake.Place{{Number: 1}: {Complaint: b.ID}}, places)
	found, err = s.Slices(ctx, 0, []int64{0}, bits)
	require.NoError(t, err)
	for _, slice := range found {
		require.Equal(t, []byte{2}, slice.Bits, "its bit is gone, the others' stay")
	}
	sketches, deletions, err := s.Sketches(ctx, 0, time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, sketches, 1)
	require.Equal(t, int64(1), deletions)
}
