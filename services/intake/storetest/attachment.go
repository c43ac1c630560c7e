package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// AttachmentSubject is a store of attachments under test, with the complaints that it lies beside.
type AttachmentSubject struct {
	attachment.Store
	// Complaints is the store of the same database.
	Complaints Subject
}

// RunAttachments runs the suite for attachment.Store; open gives an empty store.
func RunAttachments(t *testing.T, open func(t *testing.T) AttachmentSubject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, AttachmentSubject){
		"an attachment is read back whole":     attached,
		"the same content once":                sameContent,
		"the same content with a message":      cameAgain,
		"a repeated upload":                    uploadedAgain,
		"the same content at once":             attachedAtOnce,
		"as many as are allowed":               attachedTooOften,
		"a list of attachments":                attachments,
		"objects that are known":               knownObjects,
		"attachments of merged complaints":     attachmentsOfMerged,
		"an attachment that fails is not kept": notAttached,
		"attachments of what does not exist":   attachedToNothing,
		"attachments that are to be scanned":   unscanned,
		"attachments of a message":             attachedToMessages,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// attaching is what the service would hand to Add for the n-th attachment of a complaint.
func attaching(record intake.Record, n int, content string) attachment.NewAttachment {
	id := fmt.Sprintf("%026d", n)
	return attachment.NewAttachment{
		Complaint: record.ID, ID: id, Mark: []byte(content), Limit: 5,
		Build: func(c attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
			a := attachment.Attachment{
				Complaint: record.ID, ID: id, State: 1, Cycle: c.Cycle, DeclaredType: "text/plain", MediaType: "text/csv", Size: 5 << 30,
				Actor: "agents/lin", CreateTime: start(), Mark: []byte(content), Object: "p/00/" + record.ID + id, Details: []byte("sealed"),
			}
			return a, draft(record.ID, attachmentAdded(), false), nil
		},
	}
}

func attachmentAdded() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_AttachmentAdded{AttachmentAdded: &eventv1.AttachmentAdded{}}}
}

// mustAttach adds an attachment that is a new one.
func mustAttach(t *testing.T, s AttachmentSubject, n attachment.NewAttachment) attachment.Attachment {
	t.Helper()
	a, added, err := s.Add(t.Context(), n)
	require.NoError(t, err)
	require.True(t, added)
	return a
}

func attached(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "REC-1")
	record := mustFile(t, s.Complaints, 1, []string{"phone"})
	of, err := s.Case(t.Context(), record.ID, attachment.Message{})
	require.NoError(t, err)
	require.Equal(t, attachment.Case{Customer: record.Customer, WrappedKey: record.WrappedKey, Cycle: 1}, of)
	n := attaching(record, 7, "content")
	want, _, err := n.Build(of)
	require.NoError(t, err)
	require.Equal(t, want, mustAttach(t, s, n))
	got, c, err := s.Get(t.Context(), record.ID, n.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, of, c)
	require.Equal(t, []string{"complaint_received", "attachment_added"}, s.Complaints.Events(t, record.Name()))

	s.Complaints.Erase(t, record.Customer)
	_, c, err = s.Get(t.Context(), record.ID, n.ID)
	require.NoError(t, err)
	require.Empty(t, c.WrappedKey)
}

func sameContent(t *testing.T, s AttachmentSubject) {
	t.Helper()
	one, other := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"})
	first := mustAttach(t, s, attaching(one, 1, "content"))
	again := attaching(one, 2, "content")
	again.Build = func(attachment.Case) (attachment.Attachment, eventlog.Draft, error) { panic("not called") }
	got, added, err := s.Add(t.Context(), again)
	require.NoError(t, err)
	require.False(t, added)
	require.Equal(t, first, got)
	mustAttach(t, s, attaching(other, 3, "content"))
	require.Equal(t, []string{"complaint_received", "attachment_added"}, s.Complaints.Events(t, one.Name()))
}

func uploadedAgain(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	n := attaching(record, 1, "content")
	n.Command = command("key-1")
	first := mustAttach(t, s, n)
	again := attaching(record, 2, "content")
	again.Command = n.Command
	got, added, err := s.Add(t.Context(), again)
	require.NoError(t, err)
	require.False(t, added)
	require.Equal(t, first, got)

	// A key that came with known content stands for the attachment that there was.
	known := attaching(record, 3, "content")
	known.Command = command("key-2")
	for range 2 {
		got, added, err = s.Add(t.Context(), known)
		require.NoError(t, err)
		require.False(t, added)
		require.Equal(t, first, got)
	}
	other := attaching(record, 4, "other content")
	other.Command = command("key-2")
	other.Command.Fingerprint = []byte("another")
	_, _, err = s.Add(t.Context(), other)
	require.Equal(t, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String(), errs.Reason(err))
	require.Equal(t, []string{"complaint_received", "attachment_added"}, s.Complaints.Events(t, record.Name()))
}

func attachedAtOnce(t *testing.T, s AttachmentSubject) {
	t.Helper()
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	const n = 8
	var all [n]attachment.Attachment
	var addeds [n]bool
	var failures [n]error
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			all[i], addeds[i], failures[i] = s.Add(context.WithoutCancel(t.Context()), attaching(record, i+1, fmt.Sprint("content ", i%2)))
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(failures[:]...))
	count := 0
	for i := range n {
		require.Equal(t, all[i%2], all[i])
		if addeds[i] {
			count++
		}
	}
	require.Equal(t, 2, count)
	require.Len(t, s.Complaints.Events(t, record.Name()), 3)
}

func attachedTooOften(t *testing.T, s AttachmentSubject) {
	t.Helper()
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	for i := range 5 {
		mustAttach(t, s, attaching(record, i+1, fmt.Sprint("content ", i)))
	}
	one := attaching(record, 6, "one more")
	one.Command = command("key-1")
	_, _, err := s.Add(t.Context(), one)
	require.ErrorIs(t, err, attachment.ErrFull)
	_, added, err := s.Add(t.Context(), attaching(record, 6, "content 3"))
	require.NoError(t, err, "what is there can be sent again")
	require.False(t, added)
	one.Limit = 6
	mustAttach(t, s, one)
}

func attachments(t *testing.T, s AttachmentSubject) {
	t.Helper()
	record, other := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"})
	var want []attachment.Attachment
	for i := range 3 {
		want = append(want, mustAttach(t, s, attaching(record, i+1, fmt.Sprint(i))))
		mustAttach(t, s, attaching(other, i+1, fmt.Sprint(i)))
	}
	of := attachment.Case{Customer: record.Customer, WrappedKey: record.WrappedKey, Cycle: 1}
	got, err := s.List(t.Context(), record.ID, "", 2)
	require.NoError(t, err)
	require.Equal(t, []attachment.Owned{{Attachment: want[0], Case: of}, {Attachment: want[1], Case: of}}, got)
	got, err = s.List(t.Context(), record.ID, want[1].ID, 2)
	require.NoError(t, err)
	require.Equal(t, []attachment.Owned{{Attachment: want[2], Case: of}}, got)
	got, err = s.List(t.Context(), record.ID, want[2].ID, 2)
	require.NoError(t, err)
	require.Empty(t, got)
}

// attachmentsOfMerged: they are found where the complaint goes on, whose they stay; no more are added.
func attachmentsOfMerged(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "REC-6")
	ctx := t.Context()
	a, b, c := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"}), mustFile(t, s.Complaints, 3, []string{"b"})
	before := attaching(a, 1, "content")
	before.Command = command("key-1")
	want := []attachment.Attachment{mustAttach(t, s, before), mustAttach(t, s, attaching(b, 2, "content")), mustAttach(t, s, attaching(c, 3, "x"))}
	for _, pair := range [][2]string{{a.ID, b.ID}, {b.ID, c.ID}} {
		_, err := s.Complaints.Pair(ctx, intake.Pair{From: pair[0], To: pair[1], Decide: merge})
		require.NoError(t, err)
	}
	all, err := s.List(ctx, c.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, all, len(want))
	for i, customer := range []string{a.Customer, b.Customer, b.Customer} {
		require.Equal(t, want[i], all[i].Attachment)
		require.Equal(t, customer, all[i].Case.Customer)
	}
	got, of, err := s.Get(ctx, c.ID, want[0].ID)
	require.NoError(t, err)
	require.Equal(t, want[0], got)
	require.Equal(t, a.Customer, of.Customer)
	all, err = s.List(ctx, a.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, all, 1, "the other way round nothing is found")
	_, _, err = s.Get(ctx, a.ID, want[2].ID)
	require.ErrorIs(t, err, attachment.ErrNotFound)

	known, err := s.Case(ctx, a.ID, attachment.Message{})
	require.NoError(t, err)
	require.Equal(t, c.ID, known.Survivor, "the last one")
	_, _, err = s.Add(ctx, attaching(a, 4, "more"))
	var merged *attachment.MergedError
	require.ErrorAs(t, err, &merged)
	require.Equal(t, c.ID, merged.Survivor)
	got, added, err := s.Add(ctx, before)
	require.NoError(t, err, "what was carried out before the merger is answered again")
	require.False(t, added)
	require.Equal(t, want[0], got)
}

func knownObjects(t *testing.T, s AttachmentSubject) {
	t.Helper()
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	a := mustAttach(t, s, attaching(record, 1, "content"))
	found, err := s.Known(t.Context(), []string{"p/00/other", a.Object})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{a.Object: true}, found)
	found, err = s.Known(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
}

func notAttached(t *testing.T, s AttachmentSubject) {
	t.Helper()
	covers.Requirement(t, "API-1")
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	failure := errors.New("no")
	n := attaching(record, 1, "content")
	n.Command = command("key-1")
	build := n.Build
	n.Build = func(attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
		return attachment.Attachment{}, eventlog.Draft{}, failure
	}
	_, added, err := s.Add(t.Context(), n)
	require.ErrorIs(t, err, failure)
	require.False(t, added)
	_, _, err = s.Get(t.Context(), record.ID, n.ID)
	require.ErrorIs(t, err, attachment.ErrNotFound)
	require.Equal(t, []string{"complaint_received"}, s.Complaints.Events(t, record.Name()))
	n.Build = build
	mustAttach(t, s, n)
}

func attachedToNothing(t *testing.T, s AttachmentSubject) {
	t.Helper()
	record := mustFile(t, s.Complaints, 1, []string{"a"})
	nobody := intake.Record{Complaint: complaint(9)}
	_, err := s.Case(t.Context(), nobody.ID, attachment.Message{})
	require.ErrorIs(t, err, attachment.ErrNotFound)
	_, _, err = s.Add(t.Context(), attaching(nobody, 1, "content"))
	require.ErrorIs(t, err, attachment.ErrNotFound)
	_, _, err = s.Get(t.Context(), nobody.ID, complaint(1).ID)
	require.ErrorIs(t, err, attachment.ErrNotFound)
	_, _, err = s.Get(t.Context(), record.ID, complaint(1).ID)
	require.ErrorIs(t, err, attachment.ErrNotFound)
	_, err = s.List(t.Context(), nobody.ID, "", 1)
	require.ErrorIs(t, err, attachment.ErrNotFound)
	n := attaching(record, 1, "content")
	n.Message = attachment.Message{Complaint: record.ID, ID: complaint(3).ID}
	_, err = s.Case(t.Context(), record.ID, n.Message)
	require.ErrorIs(t, err, attachment.ErrNoMessage)
	_, _, err = s.Add(t.Context(), n)
	require.ErrorIs(t, err, attachment.ErrNoMessage)
	for _, other := range []intake.Record{nobody, mustFile(t, s.Complaints, 2, []string{"a"})} {
		n.Message.Complaint = other.ID
		_, err = s.Case(t.Context(), record.ID, n.Message)
		require.ErrorIs(t, err, attachment.ErrElsewhere)
		_, _, err = s.Add(t.Context(), n)
		require.ErrorIs(t, err, attachment.ErrElsewhere)
	}
}
