package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// attachedToMessages: a file is its speaker's, whether the message was said on this complaint or on one that was merged into it, and
// wherever it is read it is known whose it is.
func attachedToMessages(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "REC-6", "API-4")
	ctx := t.Context()
	a, b := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"})
	before, err := s.Complaints.AddMessage(ctx, adding(a, 1, func(*intake.Message) {}))
	require.NoError(t, err)
	_, err = s.Complaints.Pair(ctx, intake.Pair{From: a.ID, To: b.ID, Decide: merge})
	require.NoError(t, err)
	after, err := s.Complaints.AddMessage(ctx, adding(b, 2, func(m *intake.Message) { m.Customer, m.WrappedKey = a.Customer, a.WrappedKey }))
	require.NoError(t, err)
	own, err := s.Complaints.AddMessage(ctx, adding(b, 3, func(*intake.Message) {}))
	require.NoError(t, err)

	var want []attachment.Owned
	for i, said := range []intake.Message{before, after, own} {
		n := attaching(b, i+1, said.ID)
		n.Message = attachment.Message{Complaint: said.Complaint, ID: said.ID}
		of := attachment.Case{Customer: a.Customer, WrappedKey: a.WrappedKey, Cycle: 1}
		if i == 2 {
			of.Customer, of.WrappedKey = b.Customer, b.WrappedKey
		}
		known, err := s.Case(ctx, b.ID, n.Message)
		require.NoError(t, err)
		require.Equal(t, of, known)
		build := n.Build
		n.Build = func(c attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
			require.Equal(t, of, c)
			made, draft, err := build(c)
			made.Message, made.State = n.Message, 3
			return made, draft, err
		}
		want = append(want, attachment.Owned{Attachment: mustAttach(t, s, n), Case: of})
	}
	for _, erased := range []bool{false, true} {
		left := want
		if erased {
			s.Complaints.Erase(t, a.Customer)
			want[0].Case.WrappedKey, want[1].Case.WrappedKey, left = nil, nil, want[2:]
		}
		for _, one := range want {
			got, of, err := s.Get(ctx, b.ID, one.Attachment.ID)
			require.NoError(t, err)
			require.Equal(t, one.Attachment, got)
			require.Equal(t, one.Case, of)
		}
		all, err := s.List(ctx, b.ID, "", 10)
		require.NoError(t, err)
		require.Equal(t, want, all)
		all, err = s.Unscanned(ctx, "", "", 10)
		require.NoError(t, err)
		require.Equal(t, left, all)
	}
	require.NoError(t, s.Scanned(ctx, b.ID, want[2].Attachment.ID, func(a attachment.Attachment, of attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
		require.Equal(t, want[2].Case, of)
		return quarantine(a, of)
	}))
}

// cameAgain: content that belongs to no message belongs to that which it comes again with, unless that is another customer's.
func cameAgain(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "REC-6", "API-4")
	ctx := t.Context()
	a, b := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"})
	before, err := s.Complaints.AddMessage(ctx, adding(a, 1, func(*intake.Message) {}))
	require.NoError(t, err)
	_, err = s.Complaints.Pair(ctx, intake.Pair{From: a.ID, To: b.ID, Decide: merge})
	require.NoError(t, err)
	own, err := s.Complaints.AddMessage(ctx, adding(b, 3, func(*intake.Message) {}))
	require.NoError(t, err)
	another, err := s.Complaints.AddMessage(ctx, adding(b, 4, func(*intake.Message) {}))
	require.NoError(t, err)
	first := mustAttach(t, s, attaching(b, 1, "content"))
	again := func(said intake.Message) (attachment.Attachment, error) {
		n := attaching(b, 2, "content")
		n.Message = attachment.Message{Complaint: said.Complaint, ID: said.ID}
		n.Join = func(attachment.Attachment) eventlog.Draft { return draft(b.ID, changed(), false) }
		got, added, err := s.Add(ctx, n)
		require.False(t, added)
		return got, err
	}
	_, err = again(before)
	require.ErrorIs(t, err, attachment.ErrOtherMessage, "it is the other customer's")
	first.Message = attachment.Message{Complaint: b.ID, ID: own.ID}
	events := s.Complaints.Events(t, b.Name())
	for range 2 {
		got, err := again(own)
		require.NoError(t, err)
		require.Equal(t, first, got)
	}
	require.Equal(t, append(events, "record_changed"), s.Complaints.Events(t, b.Name()), "once")
	_, err = again(another)
	require.ErrorIs(t, err, attachment.ErrOtherMessage)
	got, of, err := s.Get(ctx, b.ID, first.ID)
	require.NoError(t, err)
	require.Equal(t, first, got)
	require.Equal(t, b.Customer, of.Customer)
}
