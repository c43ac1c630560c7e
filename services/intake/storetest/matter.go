package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
)

// merge is a Decide that merges.
func merge(from, to *intake.Side) error {
	if from.Survivor != from.Record.ID || to.Survivor != to.Record.ID {
		return errors.New("merged already")
	}
	if err := from.Record.Merge(&to.Record.Complaint, start()); err != nil {
		return err
	}
	from.Effects, to.Effects = effects(draft(from.Record.ID, changed(), false)), effects(draft(to.Record.ID, changed(), false))
	for _, e := range from.Entries {
		e.Complaint = to.Record.ID
		to.Effects.Entries = append(to.Effects.Entries, e)
	}
	return nil
}

func pairs(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	ctx := t.Context()
	a, b, c := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"a"}), mustFile(t, s, 3, []string{"b"})
	item := entry(a.ID, intake.ItemEntry, 1, "item")
	_, err := s.Amend(ctx, intake.Amendment{Complaint: a.ID, Kinds: []intake.EntryKind{intake.ItemEntry}, Decide: put(item)})
	require.NoError(t, err)
	for range 2 { // The second time it is a repeated command.
		record, err := s.Pair(ctx, intake.Pair{Command: command("p1"), From: a.ID, To: b.ID, Decide: merge})
		require.NoError(t, err)
		require.Equal(t, intake.Closed, record.State)
		require.Equal(t, b.Name(), record.MergedInto)
	}
	got, all, err := s.Entries(ctx, b.ID, intake.ItemEntry)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, int32(3), got.OpenItems)
	require.Equal(t, []string{"complaint_received", "record_changed"}, s.Events(t, b.Name()))

	failure := errors.New("no")
	_, err = s.Pair(ctx, intake.Pair{From: b.ID, To: c.ID, Decide: func(from, to *intake.Side) error {
		from.Record.Version++
		return failure
	}})
	require.ErrorIs(t, err, failure)
	unchanged, err := s.Get(ctx, b.ID)
	require.NoError(t, err)
	require.Equal(t, got, unchanged)
	_, err = s.Pair(ctx, intake.Pair{From: b.ID, To: complaint(9).ID, Decide: merge})
	require.ErrorIs(t, err, intake.ErrNotFound)

	_, err = s.Pair(ctx, intake.Pair{From: b.ID, To: c.ID, Decide: merge})
	require.NoError(t, err)
	for _, id := range []string{a.ID, b.ID, c.ID} {
		survivor, err := s.Survivor(ctx, id)
		require.NoError(t, err)
		require.Equal(t, c.ID, survivor)
	}
	_, err = s.Survivor(ctx, complaint(9).ID)
	require.ErrorIs(t, err, intake.ErrNotFound)
	for i, id := range []string{a.ID, b.ID, c.ID} {
		_, err := s.AddMessage(ctx, intake.NewMessage{
			Complaint: id, ID: fmt.Sprintf("%026d", i+1),
			Build: func(r *intake.Record, _ []intake.Entry) (intake.Message, intake.Effects, error) {
				return intake.Message{Complaint: r.ID, ID: fmt.Sprintf("%026d", i+1), Author: 1, CreateTime: start(), Text: []byte("x")},
					effects(draft(r.ID, said(), false)), nil
			},
		})
		require.NoError(t, err)
	}
	messages, customers, err := s.Messages(ctx, c.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, messages, 3, "those of all that went on here")
	require.Equal(t, a.Customer, customers[a.ID].Name)
	require.Equal(t, c.Customer, customers[c.ID].Name)
	said, err := s.Said(ctx, []intake.Place{{Complaint: b.ID, Message: messages[1].ID}, {Complaint: b.ID, Message: "none"}})
	require.NoError(t, err)
	require.Equal(t, messages[1:2], said)
	records, err := s.Records(ctx, []string{a.ID, complaint(9).ID})
	require.NoError(t, err)
	require.Len(t, records, 1)
}

// pairsAtOnce: of mergers against each other one wins, and nobody waits for ever.
func pairsAtOnce(t *testing.T, s Subject) {
	t.Helper()
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"a"})
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		from, to := a.ID, b.ID
		if i%2 == 1 {
			from, to = to, from
		}
		all.Go(func() { _, errs[i] = s.Pair(t.Context(), intake.Pair{From: from, To: to, Decide: merge}) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	require.Equal(t, 1, won)
}

func history(t *testing.T, s Subject) {
	t.Helper()
	ctx := t.Context()
	first, second := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"a"})
	mustFile(t, s, 3, []string{"b"})
	link := entry(first.ID, intake.LinkEntry, 1, "link")
	_, err := s.Amend(ctx, intake.Amendment{Complaint: first.ID, Decide: func(r *intake.Record, _ []intake.Entry) (intake.Effects, error) {
		r.Version++
		r.State, r.RepeatCount = intake.Closed, 2
		out := effects(draft(r.ID, changed(), false))
		out.Entries = []intake.Entry{link}
		return out, nil
	}})
	require.NoError(t, err)
	h, err := s.History(ctx, first.Customer, intake.Position{}, 1)
	require.NoError(t, err)
	require.Equal(t, []int32{2, 1, 1}, []int32{h.Count, h.Open, h.Repeats})
	require.Len(t, h.Records, 1)
	require.Equal(t, second.ID, h.Records[0].ID, "the latest first")
	require.Empty(t, h.Links)
	h, err = s.History(ctx, first.Customer, intake.Order{}.PositionOf(&h.Records[0].Complaint), 5)
	require.NoError(t, err)
	require.Len(t, h.Records, 1)
	require.Equal(t, int32(2), h.Records[0].RepeatCount)
	require.Equal(t, []intake.Entry{link}, h.Links)
	returning, err := s.Returning(ctx, []string{first.Customer, customerName(3), customerName(9)})
	require.NoError(t, err)
	require.Equal(t, []string{first.Customer}, returning, "the others have none that has ended")
	_, err = s.History(ctx, customerName(9), intake.Position{}, 1)
	require.ErrorIs(t, err, intake.ErrNotFound)
	customer, err := s.FindCustomer(ctx, []byte("a"))
	require.NoError(t, err)
	require.Equal(t, first.Customer, customer.Name)
	_, err = s.FindCustomer(ctx, []byte("z"))
	require.ErrorIs(t, err, intake.ErrNotFound)
	s.Erase(t, first.Customer)
	_, err = s.FindCustomer(ctx, []byte("a"))
	require.ErrorIs(t, err, intake.ErrNotFound)
}
