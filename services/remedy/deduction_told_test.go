package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestSilenceIsNoHearingBeforeAnybodyWasTold: the times count from when the person was told.
func TestSilenceIsNoHearingBeforeAnybodyWasTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	name := w.untold(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0].GetName()
	addressed := w.last(name, "deduction_addressed").GetDeductionAddressed()
	require.Equal(t, []string{name, "agents/chen", "SUGGESTED"}, []string{addressed.GetDeduction(), addressed.GetAgent(), addressed.GetState()})
	require.Zero(t, w.count(complaint, "deduction_addressed"), "who reads the complaint does not read whom it concerns")

	w.now = w.now.Add(1000 * time.Hour)
	require.Empty(t, w.deductions(w.hr(), `state = "HEARD"`))
	require.Len(t, w.deductions(w.hr(), `state = "SUGGESTED"`), 1)
	_, err := w.confirm(name)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_DEDUCTION_NOT_TOLD.String())

	w.notified(name)
	d := w.deductions(w.hr(), "")[0]
	require.Equal(t, w.now, d.GetToldTime().AsTime())
	require.Equal(t, w.now.Add(72*time.Hour), d.GetHearTime().AsTime())
	require.Equal(t, w.now.Add(240*time.Hour), d.GetAppealTime().AsTime())
	_, err = w.confirm(name)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	w.now = w.now.Add(time.Hour)
	w.notified(name)
	require.Equal(t, d.GetToldTime().AsTime(), w.deductions(w.hr(), "")[0].GetToldTime().AsTime(), "what was told first counts")
	w.now = w.now.Add(239 * time.Hour)
	require.Len(t, w.deductions(w.hr(), `state = "HEARD"`), 1)
	_, err = w.confirm(name)
	require.NoError(t, err)
	require.Equal(t, "CONFIRMED", w.last(name, "deduction_addressed").GetDeductionAddressed().GetState(), "and is told what was decided")
	require.Equal(t, 2, w.count(name, "deduction_addressed"))
}

// TestToldOtherwise: whom no notice reaches HR tells, and says how; the times count from then on.
func TestToldOtherwise(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	name := w.untold(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0].GetName()
	suggested := w.now
	w.now = w.now.Add(1000 * time.Hour)
	told := func(at time.Time) error {
		_, err := w.hr().ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{
			Name: name, Reason: "as published", ToldOtherwise: &remedyv1.ToldOtherwise{Time: timestamppb.New(at), Evidence: "letter, signed by Chen"},
		})
		return err
	}
	for _, wrong := range []time.Time{suggested.Add(-time.Second), w.now.Add(time.Second)} {
		rpctest.RequireReason(t, told(wrong), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	rpctest.RequireReason(t, told(w.now.Add(-239*time.Hour)), codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	require.NoError(t, told(w.now.Add(-240*time.Hour)))
	d := w.deductions(w.hr(), "")[0]
	require.Equal(t, remedyv1.Deduction_CONFIRMED, d.GetState())
	require.Equal(t, "letter, signed by Chen", d.GetToldEvidence())

	other, otherRuling := w.blamed()
	name = w.suggest(suggestion(other, otherRuling, 1000, 100_000, "agents/chen"))[0].GetName()
	rpctest.RequireReason(t, told(w.now), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// TestWhoSpeaksNeedsNoNotice: what somebody answers shows that they know, however late the notice is.
func TestWhoSpeaksNeedsNoNotice(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	name := w.untold(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0].GetName()
	w.now = w.now.Add(1000 * time.Hour)
	chen := w.deducing("agents/chen", authv1.Role_AGENT)
	d, err := chen.AnswerDeduction(t.Context(), &remedyv1.AnswerDeductionRequest{Name: name, Answer: "I have just seen it"})
	require.NoError(t, err)
	require.Equal(t, w.now.Add(168*time.Hour), d.GetAppealTime().AsTime(), "the time to appeal is not over before it began")
	w.notified(name)
	_, err = w.confirm(name)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	w.now = w.now.Add(168 * time.Hour)
	_, err = w.confirm(name)
	require.NoError(t, err)
}
