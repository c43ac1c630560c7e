package complaint_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

const (
	name      = "complaints/01arz3ndektsv4rrffq69g5fav"
	reference = "R-7K3M-9QX2-C"
	// secret stands for everything that must not get into a history.
	secret = "13800138000"
)

// received is when the complaint came in, and when the tests' clock begins.
var received = time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)

// world is the services as a workflow meets them: with a memory, rules of their own and bad days. Times are from receipt, to the second.
type world struct {
	env *testsuite.TestWorkflowEnvironment

	mu            sync.Mutex
	offset        time.Duration // when the present run began
	cycle         *intakev1.Cycle
	duties        []*followupv1.Duty
	hidden        bool // followup has not heard of the complaint yet
	objections    []string
	alias         map[string]string
	step          time.Duration // the ladder's time per level
	settledAtOnce *intakev1.Settled
	pastTarget    time.Duration // after how long a missed duty is a risk; 0 for never
	slow          time.Duration // how far followup's clock is behind
	crowded       bool          // notices wait to be told with others
	asked         bool          // the customer is asked again after the resolution
	faults        map[string]func() error
	log           []string
	attributes    map[string]any
	updates       []temporal.SearchAttributeUpdate
	changes       []string // of search attributes
	upserts       int
	summaries     []string // of timers and activities
	limited       []string // activities that would give up
	logger        log.Logger
	timers        map[string]bool
	assignTime    time.Time // since when agents/lin is in charge; zero for no answer to that
	offered       offered
	remedy        side          // remedy's side
	queue         time.Duration // after how long the ladder hears that nobody is in charge; 0 when somebody is
	// rungs is a ladder of its own; climbs is false when nobody is told.
	rungs func(*routingv1.RaiseEscalationRequest) (told *routingv1.Escalation, climbs bool)
}

// newWorld has a complaint with the duties of the built-in policy, or other ones.
func newWorld(duties ...*followupv1.Duty) *world {
	if len(duties) == 0 {
		duties = []*followupv1.Duty{
			owed(policyv1.DutyKind_ACKNOWLEDGE, time.Minute),
			owed(policyv1.DutyKind_CONTACT, 15*time.Minute),
			owed(policyv1.DutyKind_FIRST_RESPONSE, 30*time.Minute),
			owed(policyv1.DutyKind_CALLBACK, 24*time.Hour, 20*time.Hour, 23*time.Hour),
			owed(policyv1.DutyKind_RESOLUTION, 72*time.Hour, 60*time.Hour, 70*time.Hour),
		}
	}
	return &world{
		cycle: &intakev1.Cycle{Open: true, State: intakev1.Complaint_RECEIVED}, duties: duties, step: 12 * time.Hour,
		faults: map[string]func() error{}, attributes: map[string]any{}, logger: silent{}, alias: map[string]string{"zh-Hans": "暖阳组"},
	}
}

// owed is a duty, due and warned of so long after receipt.
func owed(kind policyv1.DutyKind, due time.Duration, warnings ...time.Duration) *followupv1.Duty {
	d := &followupv1.Duty{
		Name: dutyName(kind), Kind: kind, Cycle: 1, State: followupv1.Duty_OPEN, DueTime: timestamppb.New(received.Add(due)),
		Why: secret, Evidence: secret,
	}
	for _, warning := range warnings {
		d.WarnTimes = append(d.WarnTimes, timestamppb.New(received.Add(warning)))
	}
	return d
}

func dutyName(kind policyv1.DutyKind) string { return name + "/duties/1-" + kindName(kind) }

func kindName(kind policyv1.DutyKind) string {
	return strings.ReplaceAll(strings.ToLower(kind.String()), "_", "-")
}

func input() *workflowv1.ComplaintInput {
	return &workflowv1.ComplaintInput{
		Complaint: name, Cycle: 1, Reference: reference, Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.New(received),
	}
}

// enter prepares a run of the workflow that begins so long after receipt.
func (w *world) enter(t *testing.T, offset time.Duration) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(w.logger)
	w.env, w.offset = suite.NewTestWorkflowEnvironment(), offset
	w.env.SetStartTime(received.Add(offset))
	w.env.SetTestTimeout(30 * time.Second)
	w.env.SetDataConverter(workflows.DataConverter())
	complaint.Register(w.env, &complaint.Activities{
		Intake: intake{world: w}, Record: record{world: w}, Routing: routing{world: w}, Ladder: ladder{world: w}, Followup: followup{world: w},
		HandOffs: handOffs{world: w}, Remedies: remedies{world: w}, Offers: offerings{world: w}, Drafts: drafts{world: w}, Refusals: refusals{world: w}, Callbacks: callbacks{world: w}, Outcomes: outcomes{world: w},
	})
	w.timers = map[string]bool{}
	w.env.SetOnTimerScheduledListener(func(id string, _ time.Duration) { w.timers[id] = true })
	w.env.SetOnTimerFiredListener(func(id string) { delete(w.timers, id) })
	w.env.SetOnTimerCanceledListener(func(id string) { delete(w.timers, id) })
	w.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&watcher{world: w}}})
}

// run lets a workflow run from receipt to its end.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.env.ExecuteWorkflow(complaint.WorkflowName, input())
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	require.Empty(t, w.limited, "no activity may ever give up")
	require.NotContains(t, w.summaries, "", "operators read summaries")
	require.NotContains(t, w.attributes, "RedressDuty", "nothing is owed in a cycle that has ended")
	require.NotContains(t, w.attributes, "RedressBreach", "nothing is owed in a cycle that has ended")
}

// at does something so long after receipt.
func (w *world) at(after time.Duration, do func()) {
	w.env.RegisterDelayedCallback(do, after-w.offset)
}

// elapsed is the time since receipt.
func (w *world) elapsed() time.Duration { return w.env.Now().Sub(received).Truncate(time.Second) }

// currentDetails is what an operator reads on the workflow's page.
func (w *world) currentDetails(t *testing.T) string {
	t.Helper()
	value, err := w.env.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata *sdkpb.WorkflowMetadata
	require.NoError(t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

func (w *world) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%s %s", w.elapsed(), fmt.Sprintf(format, args...)))
}

// lines are the entries of the log with one of these words.
func (w *world) lines(words ...string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := []string{}
	for _, line := range w.log {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// during makes a method fail up to some time after receipt.
func (w *world) during(method string, end time.Duration, err error) {
	w.faults[method] = func() error {
		if w.elapsed() < end {
			return err
		}
		return nil
	}
}

// enterCall locks the world and says whether today is a bad day.
func (w *world) enterCall(method string) (func(), error) {
	w.mu.Lock()
	if fault := w.faults[method]; fault != nil {
		if err := fault(); err != nil {
			w.mu.Unlock()
			return func() {}, err
		}
	}
	return w.mu.Unlock, nil
}

func (w *world) duty(duty string) *followupv1.Duty {
	for _, d := range w.duties {
		if d.GetName() == duty {
			return d
		}
	}
	return nil
}

// meet records a fact that meets a duty, and returns what followup's event tells of it.
func (w *world) meet(kind policyv1.DutyKind, factTime time.Duration) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, overturns := w.duty(dutyName(kind)), false
	verdict := policyv1.Verdict_MET_LATE
	if !received.Add(factTime).After(d.GetDueTime().AsTime()) {
		verdict, overturns = policyv1.Verdict_MET, d.GetVerdict() == policyv1.Verdict_MISSED
	}
	d.State, d.Verdict = followupv1.Duty_KEPT, verdict
	return dutyFact(&workflowv1.DutyFact{Name: d.GetName(), Kind: kind, Verdict: verdict, Done: true, Correction: overturns})
}

// met has a duty met now, in a way that the workflow hears of.
func (w *world) met(kinds ...policyv1.DutyKind) {
	for _, kind := range kinds {
		w.signal(w.meet(kind, w.env.Now().Sub(received)))
	}
}

func (w *world) signal(signal *workflowv1.ComplaintSignal) {
	w.env.SignalWorkflow(complaint.SignalName, signal)
}

func dutyFact(fact *workflowv1.DutyFact) *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "duty_settled", Fact: &workflowv1.ComplaintSignal_Duty{Duty: fact}}
}

// askToResolve is an agent's request.
func (w *world) askToResolve(request string) {
	w.signal(&workflowv1.ComplaintSignal{Type: "resolution_requested", Fact: &workflowv1.ComplaintSignal_Resolution{
		Resolution: &workflowv1.ResolutionFact{RequestId: request},
	}})
}

// withdraw ends the cycle.
func (w *world) withdraw() {
	w.close()
	w.signal(withdrawn())
}

// withdrawn is what the workflow hears of a withdrawal.
func withdrawn() *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
		End: &workflowv1.EndFact{Outcome: intakev1.Complaint_WITHDRAWN.String()},
	}}
}

// close ends the cycle without a word to the workflow.
func (w *world) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cycle = &intakev1.Cycle{State: intakev1.Complaint_CLOSED}
	for _, d := range w.duties {
		if d.GetState() == followupv1.Duty_OPEN && d.GetKind() != policyv1.DutyKind_AUTHORITY_REPLY {
			d.State = followupv1.Duty_RELEASED
		}
	}
}

// changesOf are the changes of one search attribute.
func (w *world) changesOf(key string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	changes := []string{}
	for _, change := range w.changes {
		if strings.Contains(change, " "+key+"=") {
			changes = append(changes, change)
		}
	}
	return changes
}

// reasoned is an error as services answer it, with words that must not travel.
func reasoned(code codes.Code, reason string) error {
	s, err := status.New(code, "call "+secret).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "redress.dev"})
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func down() error { return status.Error(codes.Unavailable, "no route to "+secret) }

// intake is the part of intake that activities use.
type intake struct {
	intakev1.IntakeServiceClient
	*world
}

func (s intake) GetCycle(context.Context, *intakev1.GetCycleRequest, ...grpc.CallOption) (*intakev1.Cycle, error) {
	leave, err := s.enterCall("GetCycle")
	defer leave()
	return s.cycle, err
}

func (s intake) GetContact(context.Context, *intakev1.GetContactRequest, ...grpc.CallOption) (*intakev1.Contact, error) {
	leave, err := s.enterCall("GetContact")
	defer leave()
	return &intakev1.Contact{
		Customer: "customers/01arz3ndektsv4rrffq69g5fav", Reference: reference,
		Complainant: &intakev1.Complainant{DisplayName: "Li " + secret, Phone: secret, LanguageCode: "zh-Hans"},
		Targets: &intakev1.Targets{
			Contact: timestamppb.New(received.Add(15 * time.Minute)), Callback: timestamppb.New(received.Add(24 * time.Hour)),
			Resolution: timestamppb.New(received.Add(72 * time.Hour)),
		},
		Settled: s.settledAtOnce,
	}, err
}

func (s intake) ConfirmResolution(
	_ context.Context, r *intakev1.ConfirmResolutionRequest, _ ...grpc.CallOption,
) (*intakev1.Complaint, error) {
	leave, err := s.enterCall("ConfirmResolution")
	defer leave()
	if err == nil {
		s.cycle = &intakev1.Cycle{State: intakev1.Complaint_RESOLVED}
		s.note("confirmed %s", r.GetRequestId())
	}
	return &intakev1.Complaint{Statement: secret}, err
}

func (s intake) RefuseResolution(
	_ context.Context, r *intakev1.RefuseResolutionRequest, _ ...grpc.CallOption,
) (*intakev1.Complaint, error) {
	leave, err := s.enterCall("RefuseResolution")
	defer leave()
	if err == nil {
		s.note("refused %s: %s", r.GetRequestId(), strings.Join(r.GetObjections(), "; "))
	}
	return &intakev1.Complaint{Statement: secret}, err
}

// routing is the part of routing that activities use.
type routing struct {
	routingv1.RoutingServiceClient
	*world
}

func (s routing) AssignComplaint(
	context.Context, *routingv1.AssignComplaintRequest, ...grpc.CallOption,
) (*routingv1.Assignment, error) {
	leave, err := s.enterCall("AssignComplaint")
	defer leave()
	if err == nil {
		s.note("assigned")
	}
	answer := s.assignment()
	if s.queue > 0 {
		answer.Assignee, answer.EscalateTime = "", timestamppb.New(received.Add(s.queue))
	}
	return answer, err
}

func (s routing) GetAssignment(
	context.Context, *routingv1.GetAssignmentRequest, ...grpc.CallOption,
) (*routingv1.Assignment, error) {
	leave, err := s.enterCall("GetAssignment")
	defer leave()
	if err == nil && len(s.log) == 0 {
		err = reasoned(codes.NotFound, routingv1.ErrorReason_NOT_ASSIGNED.String())
	}
	return &routingv1.Assignment{TeamAlias: s.alias}, err
}

func (s routing) SendNotice(_ context.Context, r *routingv1.SendNoticeRequest, _ ...grpc.CallOption) (*routingv1.SendNoticeResponse, error) {
	leave, err := s.enterCall("SendNotice")
	defer leave()
	if err == nil {
		s.note("noticed %s", kindName(r.GetKind()))
	}
	return &routingv1.SendNoticeResponse{Recipient: "agents/lin", Waiting: s.crowded}, err
}

// followup is the part of followup that activities use, with its rule of settling.
type followup struct {
	followupv1.FollowupServiceClient
	*world
}

func (s followup) ListDuties(
	context.Context, *followupv1.ListDutiesRequest, ...grpc.CallOption,
) (*followupv1.ListDutiesResponse, error) {
	leave, err := s.enterCall("ListDuties")
	defer leave()
	if err != nil || s.hidden {
		return &followupv1.ListDutiesResponse{}, err
	}
	return &followupv1.ListDutiesResponse{Duties: s.duties}, nil
}

func (s followup) SettleDuty(_ context.Context, r *followupv1.SettleDutyRequest, _ ...grpc.CallOption) (*followupv1.Settlement, error) {
	leave, err := s.enterCall("SettleDuty")
	defer leave()
	if err != nil {
		return nil, err
	}
	return s.settlement(r.GetName()), nil
}

// settlement settles a duty.
func (s followup) settlement(name string) *followupv1.Settlement {
	d := s.duty(name)
	settlement := &followupv1.Settlement{Duty: d}
	switch {
	case d.GetState() == followupv1.Duty_RELEASED:
		settlement.Answer = followupv1.Settlement_RELEASED
	case d.GetVerdict() == policyv1.Verdict_MET:
		settlement.Answer = followupv1.Settlement_MET
	case d.GetVerdict() == policyv1.Verdict_MET_LATE:
		settlement.Answer = followupv1.Settlement_MET_LATE
	case d.GetVerdict() == policyv1.Verdict_MET_BY_NOTICE:
		settlement.Answer = followupv1.Settlement_MET_BY_NOTICE
	case s.env.Now().Add(-s.slow).Before(d.GetDueTime().AsTime()):
		settlement.Answer, settlement.RetryTime = followupv1.Settlement_NOT_DUE, d.GetDueTime()
	default:
		d.Verdict, d.Breached = policyv1.Verdict_MISSED, true
		if s.pastTarget > 0 {
			d.RiskTime = timestamppb.New(d.GetDueTime().AsTime().Add(s.pastTarget))
		}
		settlement.Answer = followupv1.Settlement_MISSED
	}
	s.note("settled %s %s", kindName(d.GetKind()), settlement.GetAnswer())
	return settlement
}

func (s followup) WarnDuty(_ context.Context, r *followupv1.WarnDutyRequest, _ ...grpc.CallOption) (*followupv1.Duty, error) {
	leave, err := s.enterCall("WarnDuty")
	defer leave()
	d := s.duty(r.GetName())
	if err == nil {
		verb := "warned"
		if r.GetWaiting() {
			verb = "will warn"
		}
		s.note("%s %s of %s", verb, kindName(d.GetKind()), r.GetWarnTime().AsTime().Sub(received))
	}
	return d, err
}

func (s followup) SendAcknowledgement(
	_ context.Context, r *followupv1.SendAcknowledgementRequest, _ ...grpc.CallOption,
) (*followupv1.SendAcknowledgementResponse, error) {
	leave, err := s.enterCall("SendAcknowledgement")
	defer leave()
	if err != nil {
		return nil, err
	}
	s.note("acknowledged %s in %s by %q, callback by %s", r.GetReference(), r.GetRecipient().GetLanguageCode(), r.GetTeam(),
		r.GetCallbackTime().AsTime().Sub(received))
	s.note("settled %q %q", r.GetSettled().GetAnswer(), r.GetSettled().GetRemedy())
	s.proved()
	return &followupv1.SendAcknowledgementResponse{
		Notification: &followupv1.Notification{Proof: secret}, Settlement: s.settlement(dutyName(policyv1.DutyKind_ACKNOWLEDGE)),
	}, nil
}

// proved has the channel's proof meet the duty to acknowledge.
func (s followup) proved() {
	d := s.duty(dutyName(policyv1.DutyKind_ACKNOWLEDGE))
	if d.GetState() != followupv1.Duty_OPEN {
		return
	}
	d.State, d.Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	if s.env.Now().After(d.GetDueTime().AsTime()) {
		d.Verdict = policyv1.Verdict_MET_LATE
	}
}

func (s followup) CheckResolution(
	context.Context, *followupv1.CheckResolutionRequest, ...grpc.CallOption,
) (*followupv1.CheckResolutionResponse, error) {
	leave, err := s.enterCall("CheckResolution")
	defer leave()
	return &followupv1.CheckResolutionResponse{Objections: s.objections}, err
}

type silent struct{} // drops what the test environment logs

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
