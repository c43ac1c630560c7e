package complaint_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// callbacks is the part of followup that sends notices.
type callbacks struct {
	followupv1.CallbackServiceClient
	*world
}

func (s callbacks) SendCallbackNotice(
	_ context.Context, r *followupv1.SendCallbackNoticeRequest, _ ...grpc.CallOption,
) (*followupv1.Settlement, error) {
	leave, err := s.enterCall("SendCallbackNotice")
	defer leave()
	if err != nil {
		return nil, err
	}
	d := s.duty(dutyName(callback))
	if d.GetState() == followupv1.Duty_OPEN {
		d.State, d.Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET_BY_NOTICE
		s.note("wrote %s in %s", r.GetReference(), r.GetRecipient().GetLanguageCode())
	}
	return followup{world: s.world}.settlement(d.GetName()), nil
}

// unreached tells the workflow that a notice is to stand in for the call.
func (w *world) unreached() {
	w.mu.Lock()
	w.duty(dutyName(callback)).NoticeTime = timestamppb.New(w.env.Now())
	w.mu.Unlock()
	w.signal(&workflowv1.ComplaintSignal{Type: "notice_decided", Fact: &workflowv1.ComplaintSignal_Notice{
		Notice: &workflowv1.NoticeFact{Duty: dutyName(callback)},
	}})
}

func TestNoticeStandsInForTheCall(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(10*time.Hour, w.unreached)
	w.at(10*time.Hour, w.unreached) // The relay delivers twice.
	w.at(11*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "| met by notice |")
		require.Empty(t, w.timers, "no timer is left behind")
	})
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"10h0m0s wrote " + reference + " in zh-Hans"}, w.lines("wrote"))
	require.Empty(t, w.lines("escalated", "warned"))
	require.Empty(t, w.changesOf("RedressBreach"))
}

// A channel that is away delays the notice and stops no clock: what is sent after the due time follows the breach, and ends the climbing.
func TestNoticeThatIsSentLateFollowsTheBreach(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3", "CALL-2")
	w := onlyCallback()
	w.enter(t, 0)
	w.during("SendCallbackNotice", 30*time.Hour, down())
	w.at(22*time.Hour, w.unreached)
	w.at(23*time.Hour+time.Minute, func() { require.Contains(t, w.currentDetails(t), "owed, a written notice is being sent") })
	w.at(25*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "**missed, still owed**, a written notice is being sent")
	})
	w.at(100*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Len(t, w.lines("warned"), 2, "no warning is lost meanwhile")
	require.Len(t, w.lines("wrote"), 1)
}

// While there is no way to write by, somebody may find one; then it is sent.
func TestNoticeWaitsForAWay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-3")
	w := onlyCallback()
	w.enter(t, 0)
	none, err := status.New(codes.FailedPrecondition, "Find another way.").WithDetails(
		&errdetails.ErrorInfo{Reason: followupv1.ErrorReason_NO_WAY_ON_RECORD.String()})
	require.NoError(t, err)
	w.during("SendCallbackNotice", 15*time.Hour, none.Err())
	w.at(10*time.Hour, w.unreached)
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("wrote"), 1)
	require.Empty(t, w.lines("escalated"))
}

func TestNoticeOfBeforeTheWorkflowBeganIsSent(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	w := onlyCallback()
	w.duty(dutyName(callback)).NoticeTime = timestamppb.New(received.Add(time.Hour))
	w.enter(t, 2*time.Hour)
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("wrote"), 1)
	require.Empty(t, w.lines("escalated"))
}

func TestNextRunSendsTheNotice(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	w := onlyCallback()
	w.enter(t, 0)
	w.during("SendCallbackNotice", 12*time.Hour, down())
	w.at(10*time.Hour, w.unreached)
	w.at(11*time.Hour, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.signal(attended(policyv1.Severity_HIGH)) // The run looks at its length.
	})
	w.env.ExecuteWorkflow(complaint.WorkflowName, input())
	next := w.continued(t)
	require.True(t, next.GetState().GetDuties()[0].GetNotice())
	w.enter(t, w.elapsed())
	w.at(48*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Len(t, w.lines("wrote"), 1)
	require.Empty(t, w.lines("escalated"))
}

func TestCustomerWhoIsReachedIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	w := onlyCallback()
	w.enter(t, 0)
	w.during("SendCallbackNotice", 12*time.Hour, down())
	w.at(10*time.Hour, w.unreached)
	w.at(11*time.Hour, func() { w.met(callback) })
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Empty(t, w.lines("wrote", "escalated"))
}

// What the customer wishes moves the clock to a later time; what anything else says is later is old.
func TestCustomersWishMovesTheClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CLK-4")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(10*time.Hour, func() {
		wished := w.reschedule(callback, 72*time.Hour, 68*time.Hour, 71*time.Hour)
		wished.GetReschedule().Wished = true
		w.signal(wished)
	})
	w.at(100*time.Hour, func() { w.met(callback) })
	w.at(120*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"68h0m0s warned callback of 68h0m0s", "71h0m0s warned callback of 71h0m0s",
		"72h0m0s settled callback MISSED", "72h0m0s escalated callback 1 CALLBACK_MISSED",
	}, w.lines("warned", "settled", "escalated")[:4])
}

// A wish of which the signal is late costs nothing: followup is asked, and answers when to ask again.
func TestCustomersWishThatArrivesLateBreaksNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(23*time.Hour+30*time.Minute, func() {
		wished := w.reschedule(callback, 72*time.Hour)
		wished.GetReschedule().Wished = true
		w.at(26*time.Hour, func() { w.signal(wished) })
	})
	w.at(71*time.Hour, func() { w.met(callback) })
	w.at(120*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s settled callback NOT_DUE"}, w.lines("settled", "escalated"))
}
