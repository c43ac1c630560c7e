package remedy

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestTheScoreExplainsItself: each part says what counts and where, and being wronged takes points off (APPR-2).
func TestTheScoreExplainsItself(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2")
	said := &policyv1.RepeatScore{Complaint: 10, NotEstablished: 15, Granted: 10, Responsible: 20}
	past := func(established policyv1.Establishment, responsibility policyv1.Responsibility, given int64) Past {
		return Past{
			Complaint: Complaint{ID: "x", Facts: Facts{Established: established, Responsibility: responsibility}}, Given: given,
		}
	}
	require.Empty(t, score(said, nil).GetParts())
	got := score(said, []Past{
		past(policyv1.Establishment_NOT_ESTABLISHED, policyv1.Responsibility_NOT_RESPONSIBLE, 0),
		past(policyv1.Establishment_ESTABLISHED, policyv1.Responsibility_RESPONSIBLE, 500),
	})
	require.EqualValues(t, 20+15+10-20, got.GetPoints())
	var sum int32
	for _, part := range got.GetParts() {
		sum += part.GetPoints()
		require.EqualValues(t, len(part.GetComplaints()), part.GetCount())
	}
	require.Equal(t, got.GetPoints(), sum, "the parts are all there is")
	wronged := score(said, []Past{past(policyv1.Establishment_ESTABLISHED, policyv1.Responsibility_RESPONSIBLE, 0)})
	require.Zero(t, wronged.GetPoints(), "never below nothing")
	many := make([]Past, 100)
	require.Len(t, score(said, many).GetParts()[0].GetComplaints(), mostNamed)
}
