package followup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/followup"
)

const (
	subject = "complaints/01arz3ndektsv4rrffq69g5fav"
	// secret stands for everything that must not get into a history.
	secret = "13800138000"
)

// resolved is when the complaint was, and when the tests' clock begins.
var resolved = time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)

// contact is one as followup has it.
type contact struct {
	begin, due   time.Duration
	person       bool
	state        followupv1.FollowUp_State
	mode         followupv1.FollowUp_Mode
	asked        time.Duration
	reminded     bool
	missed, met  bool
	warned       bool
	answerWithin time.Duration
}

// world is followup, intake and routing as the workflow meets them: with a memory, rules of their own and bad days. Times are from the
// resolution.
type world struct {
	env *testsuite.TestWorkflowEnvironment

	mu       sync.Mutex
	offset   time.Duration // when the present run began
	slow     time.Duration // how far followup's clock is behind
	contacts []*contact
	notices  map[string]int32
	warnings map[string]bool // of which people were told, by duty and warn time
	lost     int             // so many answers about warnings do not arrive
	faults   map[string]func() error
	log      []string
	language string // The customer's.
	records  int    // How often the record of the cycle was read again.
}

// newWorld is the policy's series with its real numbers, by surveys.
func newWorld() *world {
	w := &world{notices: map[string]int32{}, warnings: map[string]bool{}, faults: map[string]func() error{}}
	for _, times := range [][2]time.Duration{{20, 24}, {60, 72}, {144, 168}, {696, 720}} {
		w.contacts = append(w.contacts, &contact{
			begin: times[0] * time.Hour, due: times[1] * time.Hour, state: followupv1.FollowUp_PLANNED, answerWithin: 72 * time.Hour,
		})
	}
	return w
}

func name(i int) string { return fmt.Sprintf("%s/followUps/1-%d", subject, i+1) }

func (w *world) input() *workflowv1.FollowUpInput {
	input := &workflowv1.FollowUpInput{Complaint: subject, Cycle: 1, StartTime: timestamppb.New(resolved)}
	for i, c := range w.contacts {
		input.Touches = append(input.Touches, &workflowv1.TouchState{
			Name: name(i), DueTime: stamped(c.due), NextTime: stamped(c.begin), State: followupv1.FollowUp_PLANNED.String(),
		})
	}
	return input
}

func stamped(after time.Duration) *timestamppb.Timestamp { return timestamppb.New(resolved.Add(after)) }

// enter prepares a run that begins so long after the resolution.
func (w *world) enter(t *testing.T, offset time.Duration) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	w.env, w.offset = suite.NewTestWorkflowEnvironment(), offset
	w.env.SetStartTime(resolved.Add(offset))
	w.env.SetTestTimeout(time.Minute)
	w.env.SetDataConverter(workflows.DataConverter())
	w.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&tireless{}}})
	followup.Register(w.env, &followup.Activities{
		Intake: intake{world: w}, Followup: duties{world: w}, Series: series{world: w}, Routing: routing{world: w}, Ladder: ladder{world: w},
		Assessments: assessments{world: w}, Improvements: improved{world: w}, Outcomes: outcomes{world: w},
	})
}

// run lets the workflow run from the resolution to its end.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.env.ExecuteWorkflow(followup.WorkflowName, w.input())
	w.requireEnded(t)
}

func (w *world) requireEnded(t *testing.T) {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	for _, c := range w.contacts {
		require.NotContains(t, []followupv1.FollowUp_State{followupv1.FollowUp_PLANNED, followupv1.FollowUp_ASKED}, c.state)
	}
}

// continued is what the run after one that continued as new is given.
func (w *world) continued(t *testing.T) *workflowv1.FollowUpInput {
	t.Helper()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &again)
	var next *workflowv1.FollowUpInput
	require.NoError(t, workflows.DataConverter().FromPayloads(again.Input, &next))
	return next
}

// at does something so long after the resolution.
func (w *world) at(after time.Duration, do func()) { w.env.RegisterDelayedCallback(do, after-w.offset) }

func (w *world) elapsed() time.Duration {
	return w.env.Now().Sub(resolved).Truncate(time.Minute)
}

func (w *world) note(format string, args ...any) {
	w.log = append(w.log, strings.TrimSuffix(w.elapsed().String(), "0m0s")+" "+fmt.Sprintf(format, args...))
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

func (w *world) currentDetails(t *testing.T) string {
	t.Helper()
	value, err := w.env.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata *sdkpb.WorkflowMetadata
	require.NoError(t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// during makes a method fail from one time to another.
func (w *world) during(method string, from, to time.Duration) {
	w.faults[method] = func() error {
		if w.elapsed() >= from && w.elapsed() < to {
			return status.Error(codes.Unavailable, "no route to "+secret)
		}
		return nil
	}
}

func (w *world) bad(method string) error {
	if fault := w.faults[method]; fault != nil {
		return fault()
	}
	return nil
}

// answer has the customer answer now, and the workflow hear of it if it shall.
func (w *world) answer(i int, reopens, hears bool) {
	w.mu.Lock()
	c := w.contacts[i]
	c.state, c.met = followupv1.FollowUp_ANSWERED, true
	if reopens {
		for _, other := range w.contacts {
			if other.state == followupv1.FollowUp_PLANNED || other.state == followupv1.FollowUp_ASKED {
				other.state = followupv1.FollowUp_STOPPED
			}
		}
	}
	w.note("answered %d", i+1)
	w.mu.Unlock()
	if !hears {
		return
	}
	signal := &workflowv1.FollowUpSignal{Type: "touch_answered", FollowUp: name(i)}
	if reopens {
		signal = &workflowv1.FollowUpSignal{Type: "series_ended"}
	}
	w.env.SignalWorkflow(followup.SignalName, signal)
}

// find is a contact by its name.
func (w *world) find(called string) (*contact, int) {
	for i, c := range w.contacts {
		if name(i) == called {
			return c, i + 1
		}
	}
	panic("no contact " + called)
}

// series is the part of followup that activities use.
type series struct {
	followupv1.SeriesServiceClient
	*world
}

func (s series) SettleFollowUp(_ context.Context, r *followupv1.SettleFollowUpRequest, _ ...grpc.CallOption) (*followupv1.FollowUpStep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("SettleFollowUp"); err != nil {
		return nil, err
	}
	c, i := s.find(r.GetName())
	return s.settle(c, i), nil
}

// settle is what followup says, by its own clock.
func (s series) settle(c *contact, i int) *followupv1.FollowUpStep {
	now := s.env.Now().Add(-s.slow).Sub(resolved)
	if now >= c.due && !c.met && !c.missed && c.state <= followupv1.FollowUp_ASKED {
		c.missed = true
		s.note("missed %d", i)
	}
	action, next := followupv1.FollowUpStep_WAIT, time.Duration(0)
	switch {
	case c.state == followupv1.FollowUp_PLANNED && now < c.begin:
		next = c.begin
	case c.state == followupv1.FollowUp_PLANNED:
		action = followupv1.FollowUpStep_ASK
	case c.state != followupv1.FollowUp_ASKED:
		action = followupv1.FollowUpStep_ENDED
	case c.mode == followupv1.FollowUp_PERSON && !c.warned:
		action = followupv1.FollowUpStep_WARN
	case c.mode == followupv1.FollowUp_PERSON && !c.missed:
		next = c.due
	case c.mode == followupv1.FollowUp_PERSON:
	case now >= c.asked+c.answerWithin:
		c.state, action = followupv1.FollowUp_UNANSWERED, followupv1.FollowUpStep_ENDED
		s.note("no answer %d", i)
	case !c.reminded && now >= c.asked+c.answerWithin/2:
		action = followupv1.FollowUpStep_REMIND
	case !c.reminded:
		next = c.asked + c.answerWithin/2
	default:
		next = c.asked + c.answerWithin
	}
	step := &followupv1.FollowUpStep{
		Action: action, State: c.state, Mode: c.mode, DueTime: stamped(c.due), Duty: fmt.Sprintf("%s/duties/1-follow-up-%d", subject, i),
		Broken: c.missed && !c.met,
	}
	if next > 0 {
		step.NextTime = stamped(next)
	}
	if action == followupv1.FollowUpStep_WARN {
		step.WarnTime = stamped(c.begin)
	}
	return step
}

func (s series) AskFollowUp(_ context.Context, r *followupv1.AskFollowUpRequest, _ ...grpc.CallOption) (*followupv1.FollowUpStep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("AskFollowUp"); err != nil {
		return nil, err
	}
	if r.GetRecipient().GetPhone() != secret {
		return nil, errors.New("nobody to write to")
	}
	c, i := s.find(r.GetName())
	switch action := s.settle(c, i).GetAction(); {
	case action == followupv1.FollowUpStep_REMIND:
		c.reminded = true
		s.note("reminded %d", i)
	case action != followupv1.FollowUpStep_ASK:
	case c.person:
		c.state, c.mode = followupv1.FollowUp_ASKED, followupv1.FollowUp_PERSON
		s.note("task %d%s", i, told(r))
	default:
		c.state, c.mode, c.met, c.asked = followupv1.FollowUp_ASKED, followupv1.FollowUp_SURVEY, true, s.env.Now().Add(-s.slow).Sub(resolved)
		s.note("survey %d%s", i, told(r))
	}
	return s.settle(c, i), nil
}

// duties is the other part of followup.
type duties struct {
	followupv1.FollowupServiceClient
	*world
}

func (s duties) WarnDuty(_ context.Context, r *followupv1.WarnDutyRequest, _ ...grpc.CallOption) (*followupv1.Duty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.contacts {
		c.warned = c.warned || strings.HasSuffix(r.GetName(), fmt.Sprintf("-%d", i+1))
	}
	return &followupv1.Duty{}, nil
}

// intake is the part of intake that activities use.
type intake struct {
	intakev1.IntakeServiceClient
	*world
}

func (s intake) GetContact(context.Context, *intakev1.GetContactRequest, ...grpc.CallOption) (*intakev1.Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("GetContact"); err != nil {
		return nil, err
	}
	who := &intakev1.Complainant{Phone: secret, PreferredChannel: policyv1.ContactWay_SMS, LanguageCode: s.language}
	return &intakev1.Contact{Complainant: who}, nil
}

// routing is the part of routing that activities use.
type routing struct {
	routingv1.RoutingServiceClient
	*world
}

func (s routing) SendNotice(_ context.Context, r *routingv1.SendNoticeRequest, _ ...grpc.CallOption) (*routingv1.SendNoticeResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("SendNotice"); err != nil {
		return nil, err
	}
	// An activity may run twice, for an answer that was lost or came too late: routing tells once per duty and warn time.
	if told := fmt.Sprint(r.GetDuty(), r.GetWarnTime().AsTime()); !s.warnings[told] {
		s.warnings[told] = true
		s.note("warned %s", r.GetKind())
	}
	if s.lost > 0 {
		s.lost--
		return nil, status.Error(codes.Unavailable, "the answer is lost")
	}
	return &routingv1.SendNoticeResponse{}, nil
}

func (s routing) RaiseEscalation(_ context.Context, r *routingv1.RaiseEscalationRequest, _ ...grpc.CallOption) (*routingv1.Escalation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("RaiseEscalation"); err != nil {
		return nil, err
	}
	if r.GetNoticeNumber() > s.notices[r.GetDuty()] {
		s.notices[r.GetDuty()] = r.GetNoticeNumber()
		s.note("told the ladder %d: %s", r.GetNoticeNumber(), r.GetReason())
	}
	return &routingv1.Escalation{
		NoticeNumber: s.notices[r.GetDuty()], Recipient: "agents/zhao", State: routingv1.Escalation_OPEN,
		ClimbTime: timestamppb.New(s.env.Now().Add(12 * time.Hour)),
	}, nil
}

// ladder is the other part of routing.
type ladder struct {
	routingv1.EscalationServiceClient
	*world
}

func (s ladder) SettleEscalation(context.Context, *routingv1.SettleEscalationRequest, ...grpc.CallOption) (*routingv1.Escalation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("ladder settled")
	return &routingv1.Escalation{}, nil
}

// outcomes is the part of review that writes records.
type outcomes struct {
	reviewv1.OutcomeServiceClient
	*world
}

func (s outcomes) RecordOutcome(_ context.Context, r *reviewv1.RecordOutcomeRequest, _ ...grpc.CallOption) (*reviewv1.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("RecordOutcome"); err != nil {
		return nil, err
	}
	if r.GetComplaint() != subject || r.GetCycle() != 1 || !r.GetReadAgain() {
		return nil, status.Error(codes.InvalidArgument, "another record")
	}
	s.records++
	return &reviewv1.Outcome{}, nil
}

type silent struct{} // drops what the test environment logs

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
