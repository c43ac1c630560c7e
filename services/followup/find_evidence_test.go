package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhatIsOnRecordIsFound for other services, which learn whether it is the customer's word and of when.
func TestWhatIsOnRecordIsFound(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	d := newDesk(t)
	complaint, other := d.receive(t), d.receive(t)
	client := followupv1.NewFollowupServiceClient(d.harness.Conn("services/remedy", authv1.Role_SERVICE))
	find := func(name string) (*followupv1.FindEvidenceResponse, error) {
		return client.FindEvidence(t.Context(), &followupv1.FindEvidenceRequest{Complaint: complaint, Evidence: name})
	}
	for name, word := range map[string]bool{
		d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER):         true,
		d.tries(t, complaint, followupv1.Attempt_REACHED, time.Time{}):   true,
		d.writes(t, complaint, eventv1.MessageRecorded_AGENT):            false,
		d.tries(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}): false,
		d.attaches(t, complaint):                                         false,
	} {
		got, err := find(name)
		require.NoError(t, err, name)
		require.Equal(t, word, got.GetCustomersWord(), name)
		require.Equal(t, word, got.GetTime() != nil, name)
		require.Equal(t, word && strings.Contains(name, "/messages/"), got.GetMessage(), name)
	}
	for _, name := range []string{"words", complaint, complaint + "/messages/none", d.writes(t, other, eventv1.MessageRecorded_CUSTOMER)} {
		_, err := find(name)
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	}
	_, missing := find(complaint + "/messages/none")
	require.NotContains(t, missing.Error(), "promise", "nobody has asked for one")
	_, err := find(complaint + "/messages/" + d.ids.ID())
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	_, err = followupv1.NewFollowupServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT)).FindEvidence(t.Context(),
		&followupv1.FindEvidenceRequest{Complaint: complaint, Evidence: complaint})
	require.Error(t, err, "it is between services")
}
