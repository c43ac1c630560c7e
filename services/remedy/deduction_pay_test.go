package remedy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestOnePayOfAMonth: what was told of somebody's month limits all that is suggested for it; another pay is a correction, which says why.
func TestOnePayOfAMonth(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	d := w.suggest(suggestion(complaint, ruling, 1000, 1000, "agents/chen", "agents/lin"))[0]
	require.EqualValues(t, 200, d.GetAmount().GetUnits())

	other, otherRuling := w.blamed()
	again := suggestion(other, otherRuling, 1000, 9000, "agents/chen")
	_, err := w.supervisor().SuggestDeductions(t.Context(), again)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_PAY_TOLD_DIFFERENTLY.String())
	require.Equal(t, map[string]string{"agent": "agents/chen", "month": "2026-11"}, metadataOf(t, err), "without the pay")
	again.Pays[0].Correction = " \u3000"
	_, err = w.supervisor().SuggestDeductions(t.Context(), again)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	for _, free := range []*remedyv1.SuggestDeductionsRequest{
		suggestion(other, otherRuling, 1000, 1000, "agents/chen"), suggestion(other, otherRuling, 1000, 5, "agents/zhou", "agents/lin"),
	} {
		require.Empty(t, w.suggest(free), "the same again leaves nothing; who is not concerned is not compared, and tells nobody what others told")
	}

	again.Pays[0].Correction = "the bonus was left out"
	corrected := w.suggest(again)[0]
	require.EqualValues(t, 300, corrected.GetAmount().GetUnits())
	require.Contains(t, corrected.GetComputation(),
		"Limit of the month: 20 % of the performance pay of 2026-11, CNY 9000.00 = CNY 1800.00; CNY 200.00 of it is taken already, CNY 1600.00 is left.")
	got, err := w.hr().GetDeduction(t.Context(), &remedyv1.GetDeductionRequest{Name: d.GetName()})
	require.NoError(t, err)
	require.Len(t, got.GetPays(), 2)
	require.EqualValues(t, 1000, got.GetPays()[0].GetPay().GetUnits())
	require.Empty(t, got.GetPays()[0].GetCorrection())
	last := got.GetPays()[1]
	require.EqualValues(t, 9000, last.GetPay().GetUnits())
	require.Equal(t, []any{"agents/sun", "the bonus was left out", w.now}, []any{last.GetTeller(), last.GetCorrection(), last.GetTellTime().AsTime()})
	next := suggestion(other, otherRuling, 1000, 7, "agents/chen")
	next.Month = "2026-12"
	w.suggest(next) // Another month has another pay.
}

// TestACorrectedPayLimitsWhatIsConfirmed: it may leave less than was suggested, of which HR confirms no more; but not less than is confirmed.
func TestACorrectedPayLimitsWhatIsConfirmed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	first := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0]
	require.EqualValues(t, 300, first.GetAmount().GetUnits())
	other, otherRuling := w.blamed()
	second := w.suggest(suggestion(other, otherRuling, 1000, 100_000, "agents/chen"))[0]
	w.now = w.now.Add(240 * time.Hour)
	_, err := w.confirm(first.GetName())
	require.NoError(t, err)

	lower := suggestion(other, otherRuling, 1000, 1499, "agents/chen")
	lower.Pays[0].Correction = "the second half of the month was unpaid leave"
	_, err = w.supervisor().SuggestDeductions(t.Context(), lower)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_PAY_BELOW_CONFIRMED.String())
	require.Equal(t, map[string]string{"agent": "agents/chen", "month": "2026-11", "least": "1500"}, metadataOf(t, err))
	lower.Pays[0].Pay = cny(1600)
	require.Empty(t, w.suggest(lower), "all was suggested before; the pay is corrected all the same")

	_, err = w.confirm(second.GetName())
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_DEDUCTION_TOO_HIGH.String())
	require.Equal(t, "20", metadataOf(t, err)["most"], "320 is the limit, 300 is confirmed")
	confirmed, err := w.hr().ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: second.GetName(), Reason: "x", Amount: cny(20)})
	require.NoError(t, err)
	require.EqualValues(t, 20, confirmed.GetAmount().GetUnits())
	require.Len(t, confirmed.GetPays(), 2, "HR sees what it goes by")
}

// TestComputationIsToldInALanguage: that of the complaint, or the one that is asked for, whatever the policy falls back on.
func TestComputationIsToldInALanguage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), strings.Replace(published, "fallback: en", "fallback: zh-Hans", 1))
	for _, c := range []struct{ spoken, asked, want string }{
		{"en", "", "Loss: "}, {"", "", "损失："}, {"zh-Hant", "", "損失："}, {"en", "zh-Hans", "损失："}, {"zh-Hans", "zh-Hant", "損失："},
	} {
		complaint := "complaints/" + w.ids.ID()
		begun := received()
		begun.GetComplaintReceived().LanguageCode = c.spoken
		w.happens(complaint, 1, begun)
		ruling := complaint + "/rulings/r"
		w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "agents/chen"))
		req := suggestion(complaint, ruling, 10, 100_000, "agents/chen")
		req.LanguageCode = c.asked
		got := w.suggest(req)
		require.Len(t, got, 1)
		require.Contains(t, got[0].GetComputation()[0], c.want)
		require.Len(t, got[0].GetComputation(), 7)
	}
}

// TestWhoReadsADeduction are those whom it is listed to; others are not told that there is one.
func TestWhoReadsADeduction(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	d := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/zhao"))[0]
	read := func(name, who string, role authv1.Role) (*remedyv1.Deduction, error) {
		return w.deducing(who, role).GetDeduction(t.Context(), &remedyv1.GetDeductionRequest{Name: name})
	}
	for who, role := range map[string]authv1.Role{
		"agents/hu": authv1.Role_HR, "agents/he": authv1.Role_AUDITOR, "agents/sun": authv1.Role_SUPERVISOR, "agents/chen": authv1.Role_AGENT,
	} {
		got, err := read(d.GetName(), who, role)
		require.NoError(t, err, who)
		require.Equal(t, d.GetComputation(), got.GetComputation())
		require.Len(t, got.GetPays(), 1)
	}
	for who, role := range map[string]authv1.Role{"agents/zhao": authv1.Role_MANAGER, "agents/boss": authv1.Role_EXECUTIVE} {
		_, err := read(d.GetName(), who, role)
		rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	}
	_, err := read(complaint+"/deductions/none", "agents/hu", authv1.Role_HR)
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}
