package followup_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestAnotherCustomersWordEndsNobodysSurveys: a complaint of another customer may have gone on in this one; what that customer said is no wish of this
// one's, unless a supervisor says so. What this customer said about another complaint of theirs is.
func TestAnotherCustomersWordEndsNobodysSurveys(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3", "REC-6")
	a := newAsking(t)
	into, own, others := a.receive(t), a.receive(t), "complaints/"+a.ids.ID()
	p := a.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().Customer = "customers/0198c1b00000700080000000cd"
	a.happens(t, others, 1, p)
	foreign, mine := a.wished(t, others), a.wished(t, own)
	a.merge(t, others, into)
	a.merge(t, own, into)
	stop := func(evidence string, client followupv1.NotificationServiceClient) error {
		_, err := client.StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: into, Evidence: evidence})
		return err
	}
	rpctest.RequireReason(t, stop(foreign, a.messages(t)), codes.FailedPrecondition, followupv1.ErrorReason_WISH_NOT_PROVEN.String())
	require.Empty(t, a.payloads(t, into, "surveys_stopped"))
	require.NoError(t, stop(foreign, followupv1.NewNotificationServiceClient(a.harness.Conn("agents/gao", authv1.Role_SUPERVISOR))))
	require.NoError(t, stop(mine, a.messages(t)))
}
