package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestWhatADecisionIsMadeBy is shown with it, and stays as it was then (APPR-2). Words are for those who handle complaints (API-4).
func TestWhatADecisionIsMadeBy(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "PROM-2", "API-4")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	said := compensation(cny(30))
	said.ScoreObjection = "She complained for her mother twice."
	said.Options[0].FulfilTime = timestamppb.New(w.now.Add(time.Minute))
	r, err := w.create(t.Context(), complaint, said)
	require.NoError(t, err)
	evidence := func(role authv1.Role) *remedyv1.Evidence {
		a, err := w.approvals("agents/he", role).GetApproval(t.Context(), &remedyv1.GetApprovalRequest{Name: r.GetApproval()})
		require.NoError(t, err)
		return a.GetEvidence()
	}
	shown := evidence(authv1.Role_SUPERVISOR)
	require.Equal(t, "She complained for her mother twice.", shown.GetScoreObjection())
	require.Equal(t, remedyv1.Warning_TOO_SOON, shown.GetWarnings()[0].GetKind())
	require.NotEmpty(t, shown.GetCaps())
	require.NotNil(t, shown.GetBudgetLeft())
	require.Empty(t, evidence(authv1.Role_AUDITOR).GetScoreObjection())

	w.names(r.GetApproval(), 1, 1, "agents/wu")
	_, err = w.approvals("agents/wu", authv1.Role_SUPERVISOR).ReturnRemedy(t.Context(), &remedyv1.ReturnRemedyRequest{
		Name: r.GetApproval(), Comment: "Nobody can do that in a minute.",
	})
	require.NoError(t, err)
	_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: compensation(cny(31)).GetOptions(), HistorySeen: true})
	require.NoError(t, err)
	kept := evidence(authv1.Role_SUPERVISOR)
	require.Equal(t, shown.GetScoreObjection(), kept.GetScoreObjection(), "also when something else is proposed by now")
	require.Equal(t, remedyv1.Warning_TOO_SOON, kept.GetWarnings()[0].GetKind())
	plain := evidence(authv1.Role_AUDITOR)
	require.NotEmpty(t, plain.GetCaps())
	require.Empty(t, plain.GetScoreObjection())
	require.Empty(t, plain.GetWarnings())
}
