package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const (
	finalResponse = "1-final-response"
	banking       = "timekeeping: {statutory: {profile: banking}}"
)

// bank is a desk at which the law of banks holds, with a complaint that an authority forwarded.
func bank(t *testing.T) (*desk, string) {
	t.Helper()
	d := newDeskBy(t, banking)
	return d, d.forwarded(t)
}

func days(n float64) time.Time { return since(24 * n) }

// extend has an agent ask for more time now.
func (d *desk) extend(t *testing.T, complaint, duty string) (*followupv1.Duty, error) {
	t.Helper()
	return d.clocks("agents/lin", authv1.Role_AGENT).ExtendDuty(t.Context(), &followupv1.ExtendDutyRequest{
		Name: complaint + "/duties/" + duty, Reason: "The merchant's bank has not answered.",
	})
}

// decide has somebody decide on it now.
func (d *desk) decide(t *testing.T, who, complaint string, decision followupv1.DecideExtensionRequest_Decision) (*followupv1.Duty, error) {
	t.Helper()
	return d.clocks(who, authv1.Role_SUPERVISOR).DecideExtension(t.Context(), &followupv1.DecideExtensionRequest{
		Name: complaint + "/duties/" + finalResponse, Decision: decision,
	})
}

const (
	grant  = followupv1.DecideExtensionRequest_GRANT
	refuse = followupv1.DecideExtensionRequest_REFUSE
)

// TestTheLawOwesAFinalResponse where the profile holds, counted in the days of the law, and no clock of it ever stands still.
func TestTheLawOwesAFinalResponse(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	d, complaint := bank(t)
	duty := d.duties(t, complaint)[finalResponse]
	require.Equal(t, days(15), duty.GetDueTime().AsTime())
	require.Equal(t, policyv1.Clock_CALENDAR_DAYS, duty.GetMeasure())
	require.Equal(t, []time.Time{days(10), days(13), days(14)}, times(duty.GetWarnTimes()))
	require.True(t, duty.GetStatutory())
	require.Equal(t, 15*24*time.Hour, duty.GetBudget().AsDuration())
	_, err := d.pause(t, complaint, finalResponse)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_STATUTORY_CLOCK.String())
	_, err = d.pause(t, complaint)
	require.NoError(t, err, "the others may")
	require.Equal(t, duty.GetDueTime(), d.duties(t, complaint)[finalResponse].GetDueTime())
	d.clock.Set(days(15))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, finalResponse).GetAnswer())

	require.NotContains(t, d.duties(t, d.receive(t)), finalResponse, "nobody forwarded this one")
	built := newDesk(t)
	require.NotContains(t, built.duties(t, built.forwarded(t)), finalResponse, "the built-in policy names no profile")
	every := newDeskBy(t, `timekeeping: {statutory: {profile: ours, profiles: [
		{id: ours, target_kinds: [BILLING], days: [5, 10], business_days: true, contents: [FINDING]}]}}`)
	p := every.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().TargetKind = policyv1.TargetKind_BILLING
	bill := "complaints/" + every.ids.ID()
	every.happens(t, bill, 1, p)
	require.Equal(t, policyv1.Clock_BUSINESS_DAYS, every.duties(t, bill)[finalResponse].GetMeasure())
	require.NotContains(t, every.duties(t, every.receive(t)), finalResponse)
}

// TestAnExtensionTakesTwoPeople: one asks, another grants, as often as the law has steps; until then it is due as before.
func TestAnExtensionTakesTwoPeople(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "APPR-2")
	d, complaint := bank(t)
	d.clock.Set(days(11))
	asked, err := d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	require.Equal(t, days(15), asked.GetDueTime().AsTime())
	require.Equal(t, days(30), asked.GetExtensions()[0].GetDueTime().AsTime())
	require.Contains(t, asked.GetWhy(), "More time is asked for")
	_, err = d.extend(t, complaint, finalResponse)
	rpctest.RequireMetadata(t, err, "cause", "REQUESTED")
	_, err = d.decide(t, "agents/lin", complaint, grant)
	rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_OWN_EXTENSION.String())
	require.Equal(t, days(15), d.duties(t, complaint)[finalResponse].GetDueTime().AsTime())

	granted, err := d.decide(t, "agents/zhao", complaint, grant)
	require.NoError(t, err)
	require.Equal(t, days(30), granted.GetDueTime().AsTime())
	require.Equal(t, []time.Time{days(10), days(25), days(28), days(29)}, times(granted.GetWarnTimes()), "what was given stays on record")
	require.Equal(t, followupv1.Extension_GRANTED, granted.GetExtensions()[0].GetState())
	require.Equal(t, "agents/zhao", granted.GetExtensions()[0].GetDecider())
	require.Equal(t, []string{"extension_requested", "extension_reminded", "extension_decided", "duty_rescheduled"}, lastOf(d.types(t, complaint), 4))

	d.clock.Set(days(26))
	_, err = d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	refused, err := d.decide(t, "agents/zhao", complaint, refuse)
	require.NoError(t, err)
	require.Equal(t, days(30), refused.GetDueTime().AsTime())
	_, err = d.decide(t, "agents/zhao", complaint, grant)
	rpctest.RequireMetadata(t, err, "cause", "NOT_REQUESTED")
	_, err = d.extend(t, complaint, finalResponse)
	require.NoError(t, err, "it may be asked again")
	last, err := d.decide(t, "agents/sun", complaint, grant)
	require.NoError(t, err)
	require.Equal(t, days(60), last.GetDueTime().AsTime())
	require.Equal(t, 60*24*time.Hour, last.GetBudget().AsDuration())
	_, err = d.extend(t, complaint, finalResponse)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_EXTENSION_NOT_POSSIBLE.String())
	rpctest.RequireMetadata(t, err, "cause", "NO_STEP_LEFT")
	d.clock.Set(days(59.9))
	require.Equal(t, followupv1.Settlement_NOT_DUE, d.settle(t, complaint, finalResponse).GetAnswer())
}

// TestABreachIsNotExtendedAway: neither asked for nor granted afterwards.
func TestABreachIsNotExtendedAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-4")
	d, complaint := bank(t)
	_, err := d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	_, err = d.extend(t, complaint, "1-resolution")
	rpctest.RequireMetadata(t, err, "cause", "NOT_STATUTORY")
	d.clock.Set(days(15))
	_, err = d.decide(t, "agents/zhao", complaint, grant)
	rpctest.RequireMetadata(t, err, "cause", "PAST_DUE")
	_, err = d.decide(t, "agents/zhao", complaint, refuse)
	require.NoError(t, err)
	_, err = d.extend(t, complaint, finalResponse)
	rpctest.RequireMetadata(t, err, "cause", "PAST_DUE")
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	_, err = d.extend(t, complaint, finalResponse)
	rpctest.RequireMetadata(t, err, "cause", "NOT_OWED")
}

// TestAFinalResponseHasWhatItMustContain: what is missing is named, and only what was sent to the customer proves it.
func TestAFinalResponseHasWhatItMustContain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	d, complaint := bank(t)
	client := d.clocks("agents/lin", authv1.Role_AGENT)
	give := func(duty, evidence string, contents ...policyv1.FinalContent) (*followupv1.Duty, error) {
		return client.GiveFinalResponse(t.Context(), &followupv1.GiveFinalResponseRequest{
			Name: complaint + "/duties/" + duty, Contents: contents, Evidence: evidence,
		})
	}
	whole := []policyv1.FinalContent{
		policyv1.FinalContent_FINDING, policyv1.FinalContent_REASONS, policyv1.FinalContent_REDRESS, policyv1.FinalContent_FURTHER_CHANNELS,
	}
	said := func(id string, author eventv1.MessageRecorded_Author) string {
		p := wrote(author)
		p.GetMessageRecorded().Message = complaint + "/messages/" + id
		d.happens(t, complaint, 1, p)
		return complaint + "/messages/" + id
	}
	answer, question := said("answer", eventv1.MessageRecorded_AGENT), said("question", eventv1.MessageRecorded_CUSTOMER)
	objects := func() []string {
		check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
		require.NoError(t, err)
		return check.GetObjections()
	}
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Len(t, objects(), 1, "nothing is resolved with a final response owed")
	_, err := give(finalResponse, answer, policyv1.FinalContent_FINDING, policyv1.FinalContent_REASONS)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_FINAL_RESPONSE_INCOMPLETE.String())
	rpctest.RequireMetadata(t, err, "missing", "REDRESS,FURTHER_CHANNELS")
	_, err = give(finalResponse, question, whole...)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_FINAL_RESPONSE_NOT_PROVEN.String())
	for _, evidence := range []string{complaint + "/messages/none", complaint + "/notifications/none", d.receive(t) + "/messages/answer"} {
		_, err = give(finalResponse, evidence, whole...)
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	}
	_, err = give("1-resolution", answer, whole...)
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String())

	d.happens(t, complaint, 1, resolved(start()))
	require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)[finalResponse].GetState(), "resolving does not end it")
	d.happens(t, complaint, 2, d.reopened(t))
	require.NotContains(t, d.duties(t, complaint), "2-final-response", "reopening does not begin it anew")
	d.clock.Set(days(14))
	given, err := give(finalResponse, answer, whole...)
	require.NoError(t, err)
	require.Equal(t, met, given.GetVerdict())
	require.Equal(t, answer, given.GetEvidence())
	require.Equal(t, 14*24*time.Hour, given.GetBudgetUsed().AsDuration())
	require.Equal(t, []string{"final_response_given", "duty_settled"}, lastOf(d.types(t, complaint), 2))
	d.happens(t, complaint, 3, d.reopened(t))
	require.Equal(t, days(29), d.duties(t, complaint)["3-final-response"].GetDueTime().AsTime(), "there is to be another")
}

// TestTheCustomerIsToldOfMoreTime by one letter for each extension, with the time until which there is more.
func TestTheCustomerIsToldOfMoreTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REM-6")
	d, complaint := bank(t)
	req := &followupv1.TellExtensionRequest{
		Name: complaint + "/duties/" + finalResponse, Number: 1, Team: "暖阳组",
		Recipient: &followupv1.Recipient{Customer: customer, LanguageCode: "zh-Hans", DisplayName: "李先生"},
	}
	_, err := d.worker.TellExtension(t.Context(), req)
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String())
	_, err = d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	_, err = d.decide(t, "agents/zhao", complaint, grant)
	require.NoError(t, err)
	for range 2 {
		sent, err := d.worker.TellExtension(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, complaint+"/notifications/letter-1-extended-1", sent.GetNotification().GetName())
	}
	require.Len(t, d.channel.sent, 1)
	require.Contains(t, d.channel.sent[0].Text, "最迟在2026年2月4日（星期三）10:00（UTC+8），您会收到书面的最终答复")
	require.Contains(t, d.types(t, complaint), "message_sent")
}

// TestWhoDecidesOnMoreTimeReadsWhy it is asked for, in one list of all that waits for a decision; an auditor sees that it is, and not why.
func TestWhoDecidesOnMoreTimeReadsWhy(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "API-4")
	d, first := bank(t)
	list := func(size int32, token string, roles ...authv1.Role) *followupv1.ListExtensionsResponse {
		t.Helper()
		res, err := d.clocks("agents/zhao", roles...).ListExtensions(t.Context(), &followupv1.ListExtensionsRequest{PageSize: size, PageToken: token})
		require.NoError(t, err)
		return res
	}
	require.Empty(t, list(0, "", authv1.Role_SUPERVISOR).GetDuties())
	d.clock.Set(days(1))
	second := d.forwarded(t)
	for _, complaint := range []string{second, first} {
		_, err := d.extend(t, complaint, finalResponse)
		require.NoError(t, err)
	}
	one := list(1, "", authv1.Role_SUPERVISOR)
	require.Equal(t, first+"/duties/"+finalResponse, one.GetDuties()[0].GetName(), "the next due first")
	require.Equal(t, "The merchant's bank has not answered.", one.GetDuties()[0].GetExtensions()[0].GetReason())
	two := list(1, one.GetNextPageToken(), authv1.Role_SUPERVISOR)
	require.Equal(t, second+"/duties/"+finalResponse, two.GetDuties()[0].GetName())
	require.Empty(t, two.GetNextPageToken())
	require.Empty(t, list(0, "", authv1.Role_AUDITOR).GetDuties()[0].GetExtensions()[0].GetReason())
	_, err := d.clocks("agents/lin", authv1.Role_AGENT).ListExtensions(t.Context(), &followupv1.ListExtensionsRequest{})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())

	require.NotEmpty(t, d.duties(t, first)[finalResponse].GetExtensions()[0].GetReason())
	read, err := d.agent.GetDuty(t.Context(), &followupv1.GetDutyRequest{Name: first + "/duties/" + finalResponse})
	require.NoError(t, err)
	require.NotEmpty(t, read.GetExtensions()[0].GetReason(), "by its name, too")
	res, err := d.worker.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: first})
	require.NoError(t, err)
	for _, duty := range res.GetDuties() {
		for _, e := range duty.GetExtensions() {
			require.Empty(t, e.GetReason(), "nothing of it gets into a history")
		}
	}
	_, err = d.decide(t, "agents/zhao", first, refuse)
	require.NoError(t, err)
	require.Len(t, list(0, "", authv1.Role_SUPERVISOR).GetDuties(), 1)
	d.clock.Set(days(16))
	require.Empty(t, list(0, "", authv1.Role_SUPERVISOR).GetDuties(), "a breach is not extended away")
}
