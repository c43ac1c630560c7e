package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// plan asks whether the customer is asked again after a cycle, who has a telephone.
func (a *asking) plan(t *testing.T, complaint string, cycle int32, way policyv1.ContactWay) bool {
	t.Helper()
	client := followupv1.NewFollowupServiceClient(a.harness.Conn("services/worker", authv1.Role_SERVICE))
	plan, err := client.GetFollowUpPlan(t.Context(), &followupv1.GetFollowUpPlanRequest{
		Complaint: complaint, Cycle: cycle, PreferredWay: way, HasPhone: true,
	})
	require.NoError(t, err)
	return plan.GetAskedAgain()
}

// TestWhetherTheCustomerIsAskedAgain is known before the resolution is heard of and after it, and is what then comes.
func TestWhetherTheCustomerIsAskedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "REM-6")
	a := newAskingBy(t, `
messages: {sending_hours: []}
followups:
  plans:
    - {severity: NORMAL, touches: [{within: 24h, lead: 4h, share: 0.3}, {within: 72h, lead: 12h, share: 0.2}]}
    - {severity: LOW, touches: []}
`)
	again := map[bool]int{}
	for range 40 { // Whom the sample has and whom it has not.
		complaint := a.receive(t)
		a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
		before := a.plan(t, complaint, 1, policyv1.ContactWay_EMAIL)
		a.happens(t, complaint, 1, resolved(a.clock.Now()))
		planned := len(a.touches(t, complaint, "")) > 0
		require.Equal(t, planned, before)
		require.Equal(t, planned, a.plan(t, complaint, 1, policyv1.ContactWay_EMAIL))
		again[before]++
	}
	require.NotZero(t, again[true])
	require.NotZero(t, again[false])
	quiet := a.received(t, policyv1.Severity_LOW)
	complaint := "complaints/" + a.ids.ID()
	a.happens(t, complaint, 1, quiet)
	require.False(t, a.plan(t, complaint, 1, policyv1.ContactWay_EMAIL), "the policy asks after none of that severity")
	_, err := followupv1.NewFollowupServiceClient(a.harness.Conn("services/worker", authv1.Role_SERVICE)).GetFollowUpPlan(t.Context(),
		&followupv1.GetFollowUpPlanRequest{Complaint: "complaints/" + a.ids.ID(), Cycle: 1})
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
}

// TestWhoWantsNoneIsNotAskedAgain: who wants no surveys is called all the same, if calls are what they prefer; who wishes not to be asked is asked by
// nobody, after this resolution and the next.
func TestWhoWantsNoneIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3", "REM-6")
	a := newAsking(t)
	complaint := a.resolve(t)
	require.True(t, a.plan(t, complaint, 1, policyv1.ContactWay_EMAIL))
	said := a.wished(t, complaint)
	_, err := a.messages(t).StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: complaint, Evidence: said})
	require.NoError(t, err)
	require.False(t, a.plan(t, complaint, 1, policyv1.ContactWay_EMAIL))
	require.True(t, a.plan(t, complaint, 1, policyv1.ContactWay_PHONE))
	_, err = a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{
		Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: said,
	})
	require.NoError(t, err)
	require.False(t, a.plan(t, complaint, 1, policyv1.ContactWay_PHONE))
	a.happens(t, complaint, 2, a.reopened(t))
	require.False(t, a.plan(t, complaint, 1, policyv1.ContactWay_PHONE), "of a cycle that is over for good")
	require.False(t, a.plan(t, complaint, 2, policyv1.ContactWay_PHONE), "the wish outlives the cycle")
}
