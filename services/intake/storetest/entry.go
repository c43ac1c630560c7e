package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake"
)

// entry is the n-th entry of a kind on a complaint.
func entry(complaint string, kind intake.EntryKind, n int, body string) intake.Entry {
	at := start().Add(time.Duration(n) * time.Second)
	return intake.Entry{
		Complaint: complaint, Kind: kind, ID: fmt.Sprintf("%026d", n), Cycle: 1, Actor: "agents/lin", CreateTime: at, UpdateTime: at,
		Body: []byte(body),
	}
}

func changed() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_RecordChanged{RecordChanged: &eventv1.RecordChanged{}}}
}

// put is a Decide that puts entries.
func put(entries ...intake.Entry) func(*intake.Record, []intake.Entry) (intake.Effects, error) {
	return func(r *intake.Record, _ []intake.Entry) (intake.Effects, error) {
		r.Version++
		r.OpenItems, r.ChaseCount, r.Severity = 3, 2, 4
		r.Demanded = intake.Money{Currency: "CNY", Units: 500}
		out := effects(draft(r.ID, changed(), false))
		out.Entries = entries
		return out, nil
	}
}

func entries(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	ctx := t.Context()
	record, other := mustFile(t, s, 1, []string{"a"}), mustFile(t, s, 2, []string{"b"})
	item, note := entry(record.ID, intake.ItemEntry, 1, "item"), entry(record.ID, intake.NoteEntry, 1, "note")
	amended, err := s.Amend(ctx, intake.Amendment{
		Command: command("e1"), Complaint: record.ID, Result: item.Name(), Kinds: []intake.EntryKind{intake.ItemEntry}, Decide: put(item, note),
	})
	require.NoError(t, err)
	require.Equal(t, []intake.Entry{item}, amended.Entries, "those of the kinds that were asked for")
	require.Equal(t, item.Name(), amended.Result)

	got, all, err := s.Entries(ctx, record.ID, intake.NoteEntry, intake.ItemEntry, intake.FlagEntry)
	require.NoError(t, err)
	require.Equal(t, amended.Record, got, "what a command changes is kept")
	require.Equal(t, int32(3), got.OpenItems)
	require.Equal(t, int32(2), got.ChaseCount)
	require.Equal(t, int32(4), got.Severity)
	require.Equal(t, int64(500), got.Demanded.Units)
	require.Equal(t, []intake.Entry{item, note}, all, "by kind")
	_, all, err = s.Entries(ctx, other.ID, intake.ItemEntry)
	require.NoError(t, err)
	require.Empty(t, all, "another complaint has its own")

	// The same command again changes nothing and answers the entry of the first time.
	again, err := s.Amend(ctx, intake.Amendment{
		Command: command("e1"), Complaint: record.ID, Result: "complaints/x/items/y", Kinds: []intake.EntryKind{intake.ItemEntry},
		Decide: func(*intake.Record, []intake.Entry) (intake.Effects, error) { panic("decided twice") },
	})
	require.NoError(t, err)
	require.True(t, again.Repeated)
	again.Repeated = false
	require.Equal(t, amended, again)

	// Another service's fact is applied once.
	fact, applied := &eventv1.Event{EventId: "0198c1b0-0000-7000-8000-000000000001", Source: "remedy"}, 0
	for i := range 2 {
		heard, err := s.Amend(ctx, intake.Amendment{
			Event: fact, Complaint: record.ID, Kinds: []intake.EntryKind{intake.ItemEntry},
			Decide: func(*intake.Record, []intake.Entry) (intake.Effects, error) { applied++; return intake.Effects{}, nil },
		})
		require.NoError(t, err)
		require.Equal(t, i > 0, heard.Repeated)
	}
	require.Equal(t, 1, applied)

	// A second entry with the name of the first replaces its body and nothing else.
	later := entry(record.ID, intake.ItemEntry, 1, "done")
	later.Actor, later.CreateTime, later.UpdateTime, later.Cycle = "agents/chen", start().Add(time.Hour), start().Add(time.Hour), 2
	_, err = s.Amend(ctx, intake.Amendment{Complaint: record.ID, Kinds: []intake.EntryKind{intake.ItemEntry}, Decide: put(later)})
	require.NoError(t, err)
	item.Body, item.UpdateTime = later.Body, later.UpdateTime
	_, all, err = s.Entries(ctx, record.ID, intake.ItemEntry)
	require.NoError(t, err)
	require.Equal(t, []intake.Entry{item}, all)
	require.Equal(t, []string{"complaint_received", "record_changed", "record_changed"}, s.Events(t, record.Name()))
}

func entriesFail(t *testing.T, s Subject) {
	t.Helper()
	ctx := t.Context()
	record := mustFile(t, s, 1, []string{"a"})
	failure := errors.New("no")
	_, err := s.Amend(ctx, intake.Amendment{
		Command: command("e1"), Complaint: record.ID,
		Decide: func(r *intake.Record, _ []intake.Entry) (intake.Effects, error) {
			r.Version++
			return intake.Effects{Entries: []intake.Entry{entry(r.ID, intake.ItemEntry, 1, "x")}}, failure
		},
	})
	require.ErrorIs(t, err, failure)
	got, all, err := s.Entries(ctx, record.ID, intake.ItemEntry)
	require.NoError(t, err)
	require.Equal(t, record, got)
	require.Empty(t, all)
	_, err = s.Amend(ctx, intake.Amendment{Complaint: complaint(9).ID, Decide: put()})
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, _, err = s.Entries(ctx, complaint(9).ID, intake.ItemEntry)
	require.ErrorIs(t, err, intake.ErrNotFound)
	_, _, err = s.Reclassify(ctx, intake.Reclassification{
		Complaint: record.ID, Place: intake.Place{Complaint: record.ID, Message: complaint(9).ID},
	})
	require.ErrorIs(t, err, intake.ErrNotFound)
}

// reclassified: what counts are the requests for progress after the last
// substantive answer (RISK-3).
func reclassified(t *testing.T, s Subject) {
	t.Helper()
	ctx := t.Context()
	record := mustFile(t, s, 1, []string{"a"})
	add := func(n int, author, kind int32, holding bool) {
		_, err := s.AddMessage(ctx, intake.NewMessage{
			Complaint: record.ID, ID: fmt.Sprintf("%026d", n),
			Build: func(r *intake.Record, _ []intake.Entry) (intake.Message, intake.Effects, error) {
				return intake.Message{
					Complaint: r.ID, ID: fmt.Sprintf("%026d", n), Author: author, Kind: kind, ProposedKind: kind, Holding: holding,
					Language: "en", CreateTime: start(), Text: []byte("x"),
				}, effects(draft(r.ID, said(), false)), nil
			},
		})
		require.NoError(t, err)
	}
	at := func(n int) intake.Place { return intake.Place{Complaint: record.ID, Message: fmt.Sprintf("%026d", n)} }
	const customer, agent, chase, thanks = 1, 2, 2, 7
	add(1, customer, chase, false)
	add(2, agent, 0, false) // A substantive answer.
	add(3, customer, chase, false)
	add(4, agent, 0, true) // Only says that the work goes on.
	add(5, customer, chase, false)
	add(6, customer, thanks, false)
	for _, want := range []struct {
		id     int
		chases int32
		open   bool
	}{{1, 2, false}, {3, 1, true}, {5, 1, true}, {6, 2, true}} {
		decided := false
		decide := func(r *intake.Record, _ []intake.Entry, m *intake.Message, chases int32, open bool) (intake.Effects, error) {
			require.Equal(t, want.chases, chases, "message %d", want.id)
			require.Equal(t, want.open, open, "message %d", want.id)
			decided = true
			return intake.Effects{}, nil
		}
		_, _, err := s.Reclassify(ctx, intake.Reclassification{Complaint: record.ID, Place: at(want.id), Decide: decide})
		require.NoError(t, err)
		require.True(t, decided)
	}
	correct := func(r *intake.Record, _ []intake.Entry, m *intake.Message, _ int32, _ bool) (intake.Effects, error) {
		r.Version++
		m.Kind, m.KindActor = chase, "agents/lin"
		return effects(draft(r.ID, changed(), false)), nil
	}
	for range 2 {
		message, _, err := s.Reclassify(ctx, intake.Reclassification{
			Command: command("r1"), Complaint: record.ID, Place: at(6), Decide: correct,
		})
		require.NoError(t, err)
		require.Equal(t, int32(chase), message.Kind)
		require.Equal(t, int32(thanks), message.ProposedKind, "what was proposed stays")
		require.Equal(t, "agents/lin", message.KindActor)
	}
	messages, _, err := s.Messages(ctx, record.ID, fmt.Sprintf("%026d", 5), 1)
	require.NoError(t, err)
	require.Equal(t, int32(chase), messages[0].Kind)
	require.Equal(t, "en", messages[0].Language)
}
