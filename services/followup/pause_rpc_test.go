package followup_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// clocks is somebody's client of the clocks.
func (d *desk) clocks(subject string, roles ...authv1.Role) followupv1.ClockServiceClient {
	return followupv1.NewClockServiceClient(d.harness.Conn(subject, roles...))
}

// pause has an agent pause clocks of a complaint now.
func (d *desk) pause(t *testing.T, complaint string, duties ...string) (*followupv1.PauseClocksResponse, error) {
	t.Helper()
	return d.clocks("agents/lin", authv1.Role_AGENT).PauseClocks(t.Context(), &followupv1.PauseClocksRequest{
		Name: complaint, Reason: followupv1.Pause_DOCUMENT, Duties: named(complaint, duties),
	})
}

// resume has an agent let them go on now.
func (d *desk) resume(t *testing.T, complaint string, duties ...string) (*followupv1.ResumeClocksResponse, error) {
	t.Helper()
	return d.clocks("agents/lin", authv1.Role_AGENT).ResumeClocks(t.Context(), &followupv1.ResumeClocksRequest{
		Name: complaint, Duties: named(complaint, duties),
	})
}

func named(complaint string, duties []string) []string {
	var names []string
	for _, duty := range duties {
		names = append(names, complaint+"/duties/"+duty)
	}
	return names
}

func since(hours float64) time.Time { return start().Add(time.Duration(hours * float64(time.Hour))) }

func customerWrote(kind policyv1.MessageKind) *eventv1.Payload {
	p := wrote(eventv1.MessageRecorded_CUSTOMER)
	p.GetMessageRecorded().Kind = kind
	return p
}

// TestAPauseStopsTheClockUntilItIsResumed: nothing is due in it, the warnings move with the due time, and the timeline tells of it.
func TestAPauseStopsTheClockUntilItIsResumed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CALL-2")
	d := newDesk(t)
	complaint := d.receive(t)
	before := d.duties(t, complaint)
	d.clock.Set(since(59)) // Due at 72, warned of at 60 and 70.
	res, err := d.pause(t, complaint)
	require.NoError(t, err)
	require.Len(t, res.GetDuties(), 1, "by the policy nothing but the resolution")
	paused := d.duties(t, complaint)["1-resolution"]
	require.Equal(t, since(59+72), paused.GetPausedUntil().AsTime(), "the policy's limit")
	require.Equal(t, since(72+72), paused.GetDueTime().AsTime())
	require.Equal(t, before["1-callback"].GetDueTime(), d.duties(t, complaint)["1-callback"].GetDueTime())
	require.Contains(t, paused.GetWhy(), "stands still")

	d.clock.Set(since(75))
	answer := d.settle(t, complaint, "1-resolution")
	require.Equal(t, followupv1.Settlement_NOT_DUE, answer.GetAnswer())
	require.Equal(t, since(144), answer.GetRetryTime().AsTime(), "when to ask again")
	require.Equal(t, 59*time.Hour, d.duties(t, complaint)["1-resolution"].GetBudgetUsed().AsDuration())
	require.False(t, d.duties(t, complaint)["1-resolution"].GetOverdue())
	_, err = d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: complaint + "/duties/1-resolution", WarnTime: timestamppb.New(since(60))})
	require.NoError(t, err, "a timer that was set before the pause does no harm")

	d.clock.Set(since(79))
	_, err = d.resume(t, complaint)
	require.NoError(t, err)
	resumed := d.duties(t, complaint)["1-resolution"]
	require.Equal(t, since(92), resumed.GetDueTime().AsTime(), "20 hours later")
	require.Equal(t, []time.Time{since(80), since(90)}, times(resumed.GetWarnTimes()))
	require.Equal(t, 72*time.Hour, resumed.GetBudget().AsDuration())
	require.Nil(t, resumed.GetPausedUntil())
	require.Len(t, resumed.GetPauses(), 1)
	require.Equal(t, followupv1.Pause_RESUMED, resumed.GetPauses()[0].GetEnd())
	require.Equal(t, 20*time.Hour, resumed.GetPauses()[0].GetMeasured().AsDuration())
	require.Contains(t, resumed.GetWhy(), "stood still")
	require.Equal(t, []string{"duty_paused", "duty_rescheduled", "duty_resumed", "duty_rescheduled"}, lastOf(d.types(t, complaint), 4))

	d.clock.Set(since(92))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-resolution").GetAnswer())
}

// TestAPauseEndsAtItsLimit by itself: nobody and nothing has to be there.
func TestAPauseEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	d := newDesk(t)
	complaint := d.receive(t)
	_, err := d.clocks("agents/lin", authv1.Role_AGENT).PauseClocks(t.Context(), &followupv1.PauseClocksRequest{
		Name: complaint, Reason: followupv1.Pause_ITEM, UntilTime: timestamppb.New(since(10)),
	})
	require.NoError(t, err)
	d.clock.Set(since(11))
	duty := d.duties(t, complaint)["1-resolution"]
	require.Nil(t, duty.GetPausedUntil())
	require.Equal(t, followupv1.Pause_LIMIT, duty.GetPauses()[0].GetEnd())
	require.Equal(t, since(82), duty.GetDueTime().AsTime())
	_, err = d.resume(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CLOCKS_NOT_PAUSED.String())
	_, err = d.pause(t, complaint)
	require.NoError(t, err, "it may be paused again")
}

// TestTheCustomersMessageEndsAPause since it was recorded, however late followup hears of it; a thank you does not, nor does what came before.
func TestTheCustomersMessageEndsAPause(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-5", "CLK-1")
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(since(1))
	early := d.intake.record(t, complaint, 1, customerWrote(policyv1.MessageKind_NEW_INFORMATION))
	d.clock.Set(since(2))
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	d.deliver(t, early)
	d.clock.Set(since(3))
	d.happens(t, complaint, 1, customerWrote(policyv1.MessageKind_THANKS))
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	require.NotNil(t, d.duties(t, complaint)["1-resolution"].GetPausedUntil())

	d.clock.Set(since(4))
	late := d.intake.record(t, complaint, 1, customerWrote(policyv1.MessageKind_NEW_INFORMATION))
	d.clock.Set(since(30))
	_, err = d.resume(t, complaint)
	require.NoError(t, err)
	d.deliver(t, late)
	duty := d.duties(t, complaint)["1-resolution"]
	require.Equal(t, since(74), duty.GetDueTime().AsTime())
	require.Equal(t, followupv1.Pause_CUSTOMER_WROTE, duty.GetPauses()[0].GetEnd())
	require.Equal(t, "complaints/x/messages/m", duty.GetPauses()[0].GetEvidence())
}

// TestWhatEndsTheDutyEndsItsPause: there is nothing to wait for any more, and the verdict stands.
func TestWhatEndsTheDutyEndsItsPause(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-4")
	d := newDesk(t)
	complaint := d.receive(t)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	d.clock.Set(since(70))
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	d.clock.Set(since(75))
	d.happens(t, complaint, 1, resolved(since(74)))
	duty := d.duties(t, complaint)["1-resolution"]
	require.Equal(t, met, duty.GetVerdict())
	require.Equal(t, since(76), duty.GetDueTime().AsTime())
	require.Equal(t, 70*time.Hour, duty.GetBudgetUsed().AsDuration())
	require.Equal(t, followupv1.Pause_SETTLED, duty.GetPauses()[0].GetEnd())
	_, err = d.pause(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CYCLE_ENDED.String())
}

// TestAWithdrawalEndsAPause: nobody is waited for any more, and what was not due then is no breach.
func TestAWithdrawalEndsAPause(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-4")
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(since(70))
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	d.clock.Set(since(75))
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	duty := d.duties(t, complaint)["1-resolution"]
	require.Equal(t, followupv1.Duty_RELEASED, duty.GetState())
	require.Equal(t, none, duty.GetVerdict())
	require.Equal(t, since(77), duty.GetDueTime().AsTime())
	require.Equal(t, followupv1.Pause_SETTLED, duty.GetPauses()[0].GetEnd())
	require.Nil(t, duty.GetBudgetUsed())
}

// TestASeverityThatRisesEndsAPause: whoever needs more attention is waited for no more, and the shorter clock holds.
func TestASeverityThatRisesEndsAPause(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "RISK-5")
	d := newDesk(t)
	complaint := d.receive(t)
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	d.clock.Set(since(2))
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT))
	duty := d.duties(t, complaint)["1-resolution"]
	require.Nil(t, duty.GetPausedUntil())
	require.Equal(t, since(26), duty.GetDueTime().AsTime())
	require.Equal(t, followupv1.Pause_SEVERITY_RAISED, duty.GetPauses()[0].GetEnd())
}

// TestRefusedPauses: after a breach it is refused, what is refused changes nothing, and no pause gives more than it measured.
func TestRefusedPauses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CALL-2", "CLK-4")
	d := newDeskBy(t, "timekeeping: {pauses: {most: 1}}")
	complaint, broken := d.forwarded(t), d.receive(t)
	pausable := followupv1.ErrorReason_CLOCK_NOT_PAUSABLE
	refused := func(complaint, duty string, reason followupv1.ErrorReason, cause string) {
		t.Helper()
		var duties []string
		if duty != "" {
			duties = []string{duty}
		}
		before := d.duties(t, complaint)
		_, err := d.pause(t, complaint, duties...)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, reason.String())
		if cause != "" {
			rpctest.RequireMetadata(t, err, "cause", cause)
		}
		require.Equal(t, before["1-resolution"], d.duties(t, complaint)["1-resolution"])
	}
	refused(complaint, "1-authority-reply", followupv1.ErrorReason_STATUTORY_CLOCK, "")
	refused(complaint, "1-callback", pausable, "POLICY")
	_, err := d.pause(t, complaint, "1-nothing")
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String())
	_, err = d.resume(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CLOCKS_NOT_PAUSED.String())
	_, err = d.resume(t, complaint, "1-resolution")
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CLOCKS_NOT_PAUSED.String())

	_, err = d.pause(t, complaint)
	require.NoError(t, err)
	refused(complaint, "", followupv1.ErrorReason_CLOCKS_PAUSED, "")
	refused(complaint, "1-resolution", followupv1.ErrorReason_CLOCKS_PAUSED, "")
	_, err = d.resume(t, complaint)
	require.NoError(t, err)
	refused(complaint, "1-resolution", pausable, "TOO_OFTEN")

	d.clock.Set(since(72)) // Due at this moment, whether or not a timer has said so.
	refused(broken, "", pausable, "PAST_DUE")
	d.settle(t, broken, "1-resolution")
	refused(broken, "1-resolution", pausable, "PAST_DUE")
	for _, until := range []time.Time{since(72), since(72 + 73)} {
		_, err = d.clocks("agents/lin", authv1.Role_AGENT).PauseClocks(t.Context(), &followupv1.PauseClocksRequest{
			Name: complaint, Reason: followupv1.Pause_ITEM, UntilTime: timestamppb.New(until),
		})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	none := newDeskBy(t, "timekeeping: {pauses: {kinds: []}}")
	_, err = none.pause(t, none.receive(t))
	rpctest.RequireMetadata(t, err, "cause", "NOTHING")
}

// TestTheCallbackIsPausedIfThePolicySaysSo, by the calendar of its clock: what lies outside of it is no time that was paused.
func TestTheCallbackIsPausedIfThePolicySaysSo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-2")
	d := newDeskBy(t, byOffice()+"timekeeping: {pauses: {kinds: [CALLBACK, RESOLUTION], longest: 240h}}\n")
	complaint := d.receive(t) // On Monday at ten; due on Saturday at ten, which makes up for Tuesday.
	d.clock.Set(since(6))     // At four; an hour is left of the day, which has eight.
	_, err := d.pause(t, complaint, "1-callback")
	require.NoError(t, err)
	d.clock.Set(since(45)) // On Wednesday at seven in the morning: Tuesday is a holiday.
	_, err = d.resume(t, complaint)
	require.NoError(t, err)
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, 3*time.Hour, duty.GetPauses()[0].GetMeasured().AsDuration(), "an eighth of a business day")
	require.Equal(t, since(5*24+1), duty.GetDueTime().AsTime(), "an hour later")
	require.Equal(t, 4*24*time.Hour, duty.GetBudget().AsDuration())
}

// TestTwoPausesAtOnce: one of them is first, and the other is told so.
func TestTwoPausesAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "API-1")
	d := newDesk(t)
	complaint := d.receive(t)
	var all sync.WaitGroup
	failed := make([]error, 8)
	for i := range failed {
		all.Go(func() { _, failed[i] = d.pause(t, complaint) })
	}
	all.Wait()
	succeeded := 0
	for _, err := range failed {
		if err == nil {
			succeeded++
			continue
		}
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CLOCKS_PAUSED.String())
	}
	require.Equal(t, 1, succeeded)
	require.Len(t, d.duties(t, complaint)["1-resolution"].GetPauses(), 1)
}

// lastOf are the last entries of a list.
func lastOf(all []string, n int) []string { return all[len(all)-n:] }

func times(all []*timestamppb.Timestamp) []time.Time {
	var list []time.Time
	for _, at := range all {
		list = append(list, at.AsTime())
	}
	return list
}

// TestAWishInAPauseStands: whoever says when to call is waited for no more, and what is heard of the pause afterwards moves that time no more.
func TestAWishInAPauseStands(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CALL-1")
	d := newDeskBy(t, "timekeeping: {pauses: {kinds: [CALLBACK]}}")
	complaint := d.receive(t)
	d.clock.Set(since(2))
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	written := customerWrote(policyv1.MessageKind_NEW_INFORMATION)
	d.clock.Set(since(3))
	late := d.intake.record(t, complaint, 1, written)
	d.clock.Set(since(4))
	c := d.ask(t, complaint, since(60), "后天晚上再打")
	require.Equal(t, since(60), c.GetDueTime().AsTime())
	require.Equal(t, since(26), c.GetWishedFromTime().AsTime(), "two hours were paused")
	moves := d.moves(t, complaint)
	require.Equal(t, []int32{1, 2, 3}, []int32{moves[0].GetMoves(), moves[1].GetMoves(), moves[2].GetMoves()}, "a wish is one of them")
	require.True(t, moves[2].GetWished())
	require.True(t, d.deliver(t, late))
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, since(60), duty.GetDueTime().AsTime())
	require.Equal(t, time.Hour, duty.GetPauses()[0].GetMeasured().AsDuration())
	require.Nil(t, duty.GetPausedUntil())
}
