package remedy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestSimilarCases: what is most alike comes first, and of the same what was accepted last; with the main part of what was chosen, and what
// all of it cost (REM-3).
func TestSimilarCases(t *testing.T) {
	covers.Requirement(t, "REM-2", "REM-3")
	t.Parallel()
	s, err := ready()
	require.NoError(t, err)
	cny := func(units int64) Money { return Money{Currency: "CNY", Units: units} }
	solved := func(id string, f Facts, option int32, days int) Solved {
		return Solved{Complaint: Complaint{ID: id, Facts: f}, Remedy: Remedy{
			Options: []Option{
				{Parts: []Part{{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL}}},
				{Parts: []Part{
					{Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Amount: cny(199)},
					{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Amount: cny(10)},
				}},
			},
			Answer: Answer{State: remedyv1.Remedy_ACCEPTED, Option: option, Time: moment().Add(time.Duration(days) * 24 * time.Hour)},
		}}
	}
	lock := Facts{Product: "door-lock", Fault: "no-power", Scenario: policyv1.Scenario_QUALITY, Causes: []policyv1.Cause{policyv1.Cause_QUALITY_BELOW_STANDARD}}
	other := Facts{Product: "kettle", Fault: "no-power", Scenario: policyv1.Scenario_QUALITY}
	got := s.rules.similar(lock, []Solved{
		solved("old", other, 2, 1), solved("new", other, 1, 2), solved("same", lock, 2, 0), solved("none", Facts{}, 2, 9),
		solved("fallback", lock, 0, 9),
	}, 5)
	require.Len(t, got, 3)
	require.Equal(t, []string{"product", "fault", "scenario", "cause"}, got[0].GetAlike())
	require.Equal(t, "complaints/same", got[0].GetComplaint())
	require.Equal(t, remedyv1.Option_REFUND, got[0].GetKind())
	require.Equal(t, remedyv1.Option_ENTITLEMENT, got[0].GetBasis())
	require.EqualValues(t, 209, got[0].GetCost().GetUnits(), "all of what was chosen")
	require.Equal(t, []string{"scenario"}, got[1].GetAlike(), "a fault is one of a product")
	require.Equal(t, "complaints/new", got[1].GetComplaint())
	require.Nil(t, got[1].GetCost(), "it cost no money")
	require.Equal(t, "complaints/old", got[2].GetComplaint())
	require.Len(t, s.rules.similar(lock, []Solved{solved("a", lock, 1, 0), solved("b", lock, 1, 0)}, 1), 1)
	require.Empty(t, s.rules.similar(Facts{}, []Solved{solved("a", lock, 1, 0)}, 5))
}
