package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
)

// adding is a message to a complaint, which an edit may shape.
func adding(record intake.Record, n int, edit func(*intake.Message)) intake.NewMessage {
	id := fmt.Sprintf("%026d", n)
	return intake.NewMessage{
		Complaint: record.ID, ID: id,
		Build: func(r *intake.Record, _ []intake.Entry) (intake.Message, intake.Effects, error) {
			message := intake.Message{
				Complaint: r.ID, ID: id, Author: 1, Language: "en", CreateTime: start().Add(time.Duration(n) * time.Second), Text: []byte("x"),
			}
			edit(&message)
			return message, effects(draft(r.ID, said(), false)), nil
		},
	}
}

// owners: entries and messages know whose key sealed them, and whether it is still there.
func owners(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-4", "REC-6")
	ctx := t.Context()
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"b"})
	item := entry(b.ID, intake.ItemEntry, 1, "item")
	item.Code, item.Customer, item.WrappedKey = 3, a.Customer, a.WrappedKey
	amended, err := s.Amend(ctx, intake.Amendment{Complaint: b.ID, Kinds: []intake.EntryKind{intake.ItemEntry}, Decide: put(item)})
	require.NoError(t, err)
	require.Equal(t, []intake.Entry{item}, amended.Entries)
	message, err := s.AddMessage(ctx, adding(b, 1, func(m *intake.Message) { m.Customer, m.WrappedKey = a.Customer, a.WrappedKey }))
	require.NoError(t, err)
	place := intake.Place{Complaint: b.ID, Message: message.ID}
	_, err = s.Index(ctx, []intake.Text{text(b.ID, "", start(), 1), text(b.ID, message.ID, start(), 1)})
	require.NoError(t, err)
	for _, erased := range []bool{false, true} {
		if erased {
			s.Erase(t, a.Customer)
			item.WrappedKey, message.WrappedKey = nil, nil
		}
		_, all, err := s.Entries(ctx, b.ID, intake.ItemEntry)
		require.NoError(t, err)
		require.Equal(t, []intake.Entry{item}, all)
		messages, _, err := s.Messages(ctx, b.ID, "", 10)
		require.NoError(t, err)
		require.Equal(t, []intake.Message{message}, messages)
		messages, err = s.Said(ctx, []intake.Place{place})
		require.NoError(t, err)
		require.Equal(t, []intake.Message{message}, messages)
	}
	_, err = s.Forget(ctx)
	require.NoError(t, err)
	state, err := s.Shelf(ctx, 0)
	require.NoError(t, err)
	require.Len(t, state.Fresh, 1, "what the erased one said is forgotten, on whosever complaint")

	item.Code, item.Customer, item.Body = 2, "", []byte("dropped")
	_, err = s.Amend(ctx, intake.Amendment{Complaint: b.ID, Kinds: []intake.EntryKind{intake.ItemEntry}, Decide: put(item)})
	require.NoError(t, err)
	_, all, err := s.Entries(ctx, b.ID, intake.ItemEntry)
	require.NoError(t, err)
	require.Equal(t, []intake.Entry{item}, all, "it has another owner now")
}

// reclassifiedInAFamily: what counts are the requests for progress of all that go on in one complaint, since the last answer to
// each, or since one where they go on by then.
func reclassifiedInAFamily(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "RISK-3", "REC-6")
	ctx := t.Context()
	const customer, agent, chase = 1, 2, 2
	a, b := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"a"})
	add := func(record intake.Record, n int, author, kind int32) {
		_, err := s.AddMessage(ctx, adding(record, n, func(m *intake.Message) { m.Author, m.Kind = author, kind }))
		require.NoError(t, err)
	}
	counted := func(record intake.Record, n int) (count int32, counts bool) {
		decide := func(r *intake.Record, _ []intake.Entry, m *intake.Message, chases int32, open bool) (intake.Effects, error) {
			require.Equal(t, b.ID, r.ID)
			require.Equal(t, record.ID, m.Complaint)
			count, counts = chases, open
			return intake.Effects{}, nil
		}
		place := intake.Place{Complaint: record.ID, Message: fmt.Sprintf("%026d", n)}
		_, _, err := s.Reclassify(ctx, intake.Reclassification{Complaint: b.ID, Place: place, Decide: decide})
		require.NoError(t, err)
		return count, counts
	}
	add(a, 1, customer, chase)
	add(a, 2, agent, 0)
	add(a, 3, customer, chase)
	add(b, 4, customer, chase)
	add(b, 5, agent, 0) // Before the merger: it answers nobody there.
	_, err := s.Pair(ctx, intake.Pair{From: a.ID, To: b.ID, Decide: func(from, to *intake.Side) error {
		if err := merge(from, to); err != nil {
			return err
		}
		from.Record.CloseTime = start().Add(6 * time.Second)
		return nil
	}})
	require.NoError(t, err)
	add(b, 7, customer, chase)
	for _, want := range []struct {
		of    intake.Record
		n     int
		count int32
		open  bool
	}{{a, 1, 2, false}, {a, 3, 1, true}, {b, 4, 2, false}, {b, 7, 1, true}} {
		count, open := counted(want.of, want.n)
		require.Equal(t, want.count, count, "message %d", want.n)
		require.Equal(t, want.open, open, "message %d", want.n)
	}
	add(b, 8, agent, 0)
	count, open := counted(a, 3)
	require.Zero(t, count)
	require.False(t, open, "answered where it goes on")
}
