package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhoIsConcernedSuggestsNothing: neither who erred nor who answers for it as the manager sets the pay by which it is limited.
func TestWhoIsConcernedSuggestsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	for _, concerned := range []string{"agents/chen", "agents/zhao"} {
		for _, pays := range [][]string{{"agents/chen"}, {"agents/zhao"}, {"agents/chen", "agents/zhao"}} {
			_, err := w.deducing(concerned, authv1.Role_SUPERVISOR).SuggestDeductions(t.Context(), suggestion(complaint, ruling, 1000, 1, pays...))
			rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_DECIDER_NOT_INDEPENDENT.String())
			require.ErrorContains(t, err, "It would be suggested for you")
		}
	}
	require.Len(t, w.suggest(suggestion(complaint, ruling, 1000, 9000, "agents/chen", "agents/zhao")), 2, "what was refused set no pay")
}

// TestWhatHRDismissedIsSuggestedAnew, with its own hearing; what somebody has appealed against is not.
func TestWhatHRDismissedIsSuggestedAnew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	again := func() []*remedyv1.Deduction {
		return w.suggest(suggestion(complaint, ruling, 1000, 9000, "agents/chen"))
	}
	first := again()
	require.Len(t, first, 1)
	require.Empty(t, again())
	_, err := w.hr().ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: first[0].GetName(), Dismiss: true, Reason: "another loss"})
	require.NoError(t, err)
	second := again()
	require.Len(t, second, 1)
	require.Equal(t, remedyv1.Deduction_SUGGESTED, second[0].GetState())

	name := second[0].GetName()
	_, err = w.deducing("agents/chen", authv1.Role_AGENT).AppealDeduction(t.Context(), &remedyv1.AppealDeductionRequest{Name: name, Grounds: "not I"})
	require.NoError(t, err)
	_, err = w.hr().DecideDeductionAppeal(t.Context(), &remedyv1.DecideDeductionAppealRequest{Name: name, Upheld: true, Reason: "indeed"})
	require.NoError(t, err)
	require.Empty(t, again())
}

// TestTheMonthIsNear: not further ahead than the policy says.
func TestTheMonthIsNear(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	req := suggestion(complaint, ruling, 1000, 9000, "agents/chen")
	for ahead, ok := range map[int]bool{0: true, 1: true, 2: false, 60: false} {
		req.Month = time.Date(w.now.Year(), w.now.Month()+time.Month(ahead), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
		_, err := w.supervisor().SuggestDeductions(t.Context(), req)
		if ok {
			require.NoError(t, err)
			continue
		}
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
}

// TestNoMoreIsConfirmedThanIsLostByNow: what a third party gave back since the suggestion is lost no more.
func TestNoMoreIsConfirmedThanIsLostByNow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "REM-7")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	got := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/zhao"))
	require.Len(t, got, 2)
	require.EqualValues(t, 300, got[0].GetAmount().GetUnits())
	w.now = w.now.Add(240 * time.Hour)
	claim := w.claim(complaint, &remedyv1.Claim{
		Amount: cny(1000), Owner: "agents/chen",
	})
	_, err := w.claiming("agents/lin", authv1.Role_AGENT).SettleClaim(t.Context(), &remedyv1.SettleClaimRequest{
		Name: claim.GetName(), State: remedyv1.Claim_RECOVERED, Recovered: cny(650), Note: "transfer 4711",
	})
	require.NoError(t, err)

	_, err = w.confirm(got[1].GetName()) // 100 of the 350 that are left.
	require.NoError(t, err)
	_, err = w.confirm(got[0].GetName())
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_DEDUCTION_TOO_HIGH.String())
	require.ErrorContains(t, err, "250")
	lower, err := w.hr().ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: got[0].GetName(), Amount: cny(250), Reason: "by the rule"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_CONFIRMED, lower.GetState())
}
