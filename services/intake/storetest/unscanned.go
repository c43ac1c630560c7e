package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// unscanned: what is to be scanned is found, page by page, and gets its verdict once.
func unscanned(t *testing.T, s AttachmentSubject) {
	t.Helper()
	one, other, erased := mustFile(t, s.Complaints, 1, []string{"a"}), mustFile(t, s.Complaints, 2, []string{"b"}), mustFile(t, s.Complaints, 3, []string{"c"})
	var want []string
	for i, n := range []attachment.NewAttachment{
		attaching(one, 1, "1"), attaching(one, 2, "2"), attaching(one, 3, "stored"), attaching(other, 4, "4"), attaching(erased, 5, "5"),
	} {
		build := n.Build
		n.Build = func(c attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
			a, draft, err := build(c)
			if i != 2 {
				a.State = int32(intakev1.Attachment_UNSCANNED)
			}
			return a, draft, err
		}
		if a := mustAttach(t, s, n); i != 2 && i != 4 {
			want = append(want, a.Complaint+"/"+a.ID)
		}
	}
	s.Complaints.Erase(t, erased.Customer)
	for _, size := range []int{1, 2, 10} {
		var found []string
		for after := (attachment.Attachment{}); ; {
			batch, err := s.Unscanned(t.Context(), after.Complaint, after.ID, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(batch), size)
			if len(batch) == 0 {
				break
			}
			for _, waiting := range batch {
				after = waiting.Attachment
				found = append(found, after.Complaint+"/"+after.ID)
				require.NotEmpty(t, waiting.Case.WrappedKey)
				require.EqualValues(t, 1, waiting.Case.Cycle)
			}
		}
		require.Equal(t, want, found)
	}

	var verdicts errgroup.Group
	for range 3 {
		verdicts.Go(func() error { return s.Scanned(t.Context(), one.ID, attaching(one, 1, "").ID, quarantine) })
	}
	require.NoError(t, verdicts.Wait())
	require.NoError(t, s.Scanned(t.Context(), one.ID, attaching(one, 3, "").ID, quarantine))
	a, _, err := s.Get(t.Context(), one.ID, attaching(one, 1, "").ID)
	require.NoError(t, err)
	require.EqualValues(t, intakev1.Attachment_QUARANTINED, a.State)
	require.Equal(t, "changed", string(a.Details))
	a, _, err = s.Get(t.Context(), one.ID, attaching(one, 3, "").ID)
	require.NoError(t, err)
	require.EqualValues(t, intakev1.Attachment_STORED, a.State, "it has a verdict")
	require.Equal(t, []string{"complaint_received", "attachment_added", "attachment_added", "attachment_added", "attachment_scanned"},
		s.Complaints.Events(t, one.Name()), "the first verdict stays")
	require.ErrorIs(t, s.Scanned(t.Context(), one.ID, "none", quarantine), attachment.ErrNotFound)
}

// quarantine is the verdict on malware.
func quarantine(a attachment.Attachment, _ attachment.Case) (attachment.Attachment, eventlog.Draft, error) {
	a.State, a.Details = int32(intakev1.Attachment_QUARANTINED), []byte("changed")
	return a, draft(a.Complaint, &eventv1.Payload{Kind: &eventv1.Payload_AttachmentScanned{AttachmentScanned: &eventv1.AttachmentScanned{}}}, false), nil
}
