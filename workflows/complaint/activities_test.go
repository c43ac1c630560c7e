package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// everyActivity is a call of each activity, by name.
func everyActivity() map[string][]any {
	duty := dutyName(callback)
	return map[string][]any{
		"GetCycle":            {&intakev1.GetCycleRequest{Name: name, Cycle: 1}},
		"ListDuties":          {input()},
		"SettleDuty":          {&followupv1.SettleDutyRequest{Name: duty}},
		"AssignComplaint":     {&routingv1.AssignComplaintRequest{Complaint: name, Cycle: 1}},
		"SendNotice":          {&routingv1.SendNoticeRequest{Duty: duty, Kind: callback}},
		"WarnDuty":            {&followupv1.WarnDutyRequest{Name: duty}},
		"RaiseEscalation":     {&routingv1.RaiseEscalationRequest{Duty: duty, Kind: callback, NoticeNumber: 1}},
		"RaiseRisk":           {&intakev1.RaiseRiskRequest{Name: name, Cycle: 1, Duty: duty, Kind: callback}},
		"SettleOffer":         {&remedyv1.SettleOfferRequest{Name: proposal, Version: 1}, &followupv1.CheckResolutionRequest{Complaint: name, Cycle: 1}},
		"SendAcknowledgement": {input()},
		"TellOutcome":         {input(), "resolved"},
		"RecordOutcome":       {input(), false},
		"DecideResolution":    {&followupv1.CheckResolutionRequest{Complaint: name, Cycle: 1}, &workflowv1.ResolutionFact{RequestId: "1"}},
	}
}

// perform runs one activity by itself.
func perform(t *testing.T, w *world, activity string) (converter.EncodedValue, error) {
	t.Helper()
	return performWith(t, w, activity, everyActivity()[activity]...)
}

// performWith runs one activity with arguments of its own.
func performWith(t *testing.T, w *world, activity string, args ...any) (converter.EncodedValue, error) {
	t.Helper()
	w.enter(t, 0)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	env.SetDataConverter(workflows.DataConverter())
	env.RegisterActivity(&complaint.Activities{
		Intake: intake{world: w}, Record: record{world: w}, Routing: routing{world: w}, Followup: followup{world: w},
		Remedies: remedies{world: w}, Offers: offerings{world: w}, Drafts: drafts{world: w}, Refusals: refusals{world: w}, Outcomes: outcomes{world: w},
	})
	return env.ExecuteActivity(activity, args...)
}

func TestNothingThatSomebodyWroteGetsIntoAHistory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	for activity := range everyActivity() {
		t.Run(activity, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.objections, w.remedy.objections = []string{secret}, []string{secret}
			result, err := perform(t, w, activity)
			require.NoError(t, err)
			if result == nil || !result.HasValue() {
				return
			}
			var raw converter.RawValue
			require.NoError(t, result.Get(&raw))
			require.NotEmpty(t, raw.Payload().GetData())
			require.NotContains(t, string(raw.Payload().GetData()), secret)
		})
	}
}

func TestFailuresTellCodeAndReasonAndNoWords(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	methods := map[string]string{
		"TellOutcome": "SendLetter", "RaiseEscalation": "RaiseEscalation 1", "DecideResolution": "CheckResolution", "SettleOffer": "CheckResolution",
	}
	for activity := range everyActivity() {
		t.Run(activity, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			method := activity
			if methods[activity] != "" {
				method = methods[activity]
			}
			w.faults[method] = func() error { return reasoned(codes.Unavailable, "SOME_REASON") }
			_, err := perform(t, w, activity)
			require.ErrorContains(t, err, "Unavailable SOME_REASON")
			require.NotContains(t, err.Error(), secret)
		})
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	cases := []struct {
		activity string
		code     codes.Code
		reason   string
		final    bool
	}{
		{"AssignComplaint", codes.Unavailable, "", false},
		{"AssignComplaint", codes.PermissionDenied, "ROLE_NOT_ALLOWED", false},
		{"AssignComplaint", codes.Unauthenticated, "UNAUTHENTICATED", false},
		{"AssignComplaint", codes.Unimplemented, "METHOD_NOT_FOUND", false},
		{"AssignComplaint", codes.NotFound, "COMPLAINT_NOT_FOUND", false},
		{"AssignComplaint", codes.Internal, "INTERNAL", false},
		{"AssignComplaint", codes.InvalidArgument, "INVALID_FIELD", true},
		{"AssignComplaint", codes.FailedPrecondition, "STATE_FORBIDS", true},
		{"SettleDuty", codes.InvalidArgument, "INVALID_FIELD", false},
		{"SettleDuty", codes.FailedPrecondition, "", false},
		{"GetCycle", codes.FailedPrecondition, "", false},
		{"ListDuties", codes.InvalidArgument, "INVALID_FIELD", false},
	}
	for _, c := range cases {
		t.Run(c.activity+" "+c.code.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.faults[c.activity] = func() error { return reasoned(c.code, c.reason) }
			_, err := perform(t, w, c.activity)
			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, c.final, failure.NonRetryable())
		})
	}
}

func TestSettlementsEndADuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	for _, verdict := range []policyv1.Verdict{policyv1.Verdict_MET, policyv1.Verdict_MET_LATE, policyv1.Verdict_MET_BY_NOTICE} {
		t.Run(verdict.String(), func(t *testing.T) {
			t.Parallel()
			w := onlyCallback()
			w.enter(t, 0)
			// Followup knows, and its event never comes.
			w.at(23*time.Hour, func() { w.mu.Lock(); w.duties[0].Verdict = verdict; w.mu.Unlock() })
			w.at(60*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, []string{"24h0m0s settled callback " + verdict.String()}, w.lines("settled", "escalated"))
			require.Contains(t, w.changesOf("RedressDuty"), "24h0m0s RedressDuty=<nil>")
			require.Empty(t, w.changesOf("RedressBreach"))
		})
	}
}

func TestStartAttributes(t *testing.T) {
	t.Parallel()
	started := complaint.StartAttributes(input())
	stage, _ := started.GetKeyword(complaint.StageKey)
	severity, _ := started.GetKeyword(complaint.SeverityKey)
	about, _ := started.GetKeyword(complaint.ComplaintKey)
	require.Equal(t, []string{"RECEIVED", "NORMAL", name}, []string{stage, severity, about})
}
