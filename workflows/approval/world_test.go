package approval_test

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
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/approval"
)

const (
	name      = "approvals/01jb3p5v9x7k2m4n6q8r0t1w3y-1"
	subject   = "complaints/01arz3ndektsv4rrffq69g5fav"
	last      = 3 // level
	within    = 4 * time.Hour
	withinFor = time.Hour // urgent
	// secret stands for everything that must not get into a history.
	secret = "13800138000"
)

// requested is when approval was asked for, and when the tests' clock begins.
var requested = time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)

// world is remedy and routing as a workflow meets them: with a memory, rules of their own and bad days. Times are from the request.
type world struct {
	env *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	offset  time.Duration // when the present run began
	within  time.Duration
	needed  int
	slow    time.Duration // how far remedy's clock is behind
	crossed bool          // an answer of remedy and the name that it is told cross each other
	state   remedyv1.Approval_State
	step    int32
	level   int32
	due     time.Time
	named   map[int32]string // by step, in remedy
	below   []string         // who approved at a level below
	accused []string         // whose turn ended since they are complained about
	holders map[int32]string // by level
	absent  []string
	chosen  map[int32]*routingv1.ChooseApproverResponse // by step, in routing
	faults  map[string]func() error
	log     []string

	attributes map[string]any
	updates    []temporal.SearchAttributeUpdate
	changes    []string
	summaries  []string
	limited    []string
}

func newWorld() *world {
	return &world{
		within: within, needed: 1, state: remedyv1.Approval_PENDING, step: 1, level: 1, due: requested.Add(within), named: map[int32]string{},
		holders: map[int32]string{1: "agents/zhao", 2: "agents/guo", 3: "agents/fang"}, chosen: map[int32]*routingv1.ChooseApproverResponse{},
		faults: map[string]func() error{}, attributes: map[string]any{},
	}
}

// urgent is a world with the short deadline.
func urgent() *world {
	w := newWorld()
	w.within, w.due = withinFor, requested.Add(withinFor)
	return w
}

func (w *world) input() *workflowv1.ApprovalInput {
	return &workflowv1.ApprovalInput{
		Approval: name, Complaint: subject, Cycle: 1, Level: 1, DueTime: timestamppb.New(requested.Add(w.within)),
		RemindTime: timestamppb.New(requested.Add(w.within / 2)), Amount: 200, Currency: "CNY", Urgent: w.within == withinFor, Proposer: "agents/lin",
	}
}

// enter prepares a run of the workflow that begins so long after the request.
func (w *world) enter(t *testing.T, offset time.Duration) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	w.env, w.offset = suite.NewTestWorkflowEnvironment(), offset
	w.env.SetStartTime(requested.Add(offset))
	w.env.SetTestTimeout(30 * time.Second)
	w.env.SetDataConverter(workflows.DataConverter())
	approval.Register(w.env, &approval.Activities{Approvals: remedy{world: w}, Approvers: routing{world: w}})
	w.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&watcher{world: w}}})
}

// run lets the workflow run from the request to its end.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.env.ExecuteWorkflow(approval.WorkflowName, w.input())
	w.requireEnded(t)
}

func (w *world) requireEnded(t *testing.T) {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	require.Empty(t, w.limited, "no activity may ever give up")
	require.NotContains(t, w.summaries, "", "operators read summaries")
	require.NotEqual(t, remedyv1.Approval_PENDING, w.state, "it ends when it is decided, or void")
	require.Equal(t, w.state.String(), w.attributes["RedressStage"])
	for _, key := range []string{"RedressAssignee", "RedressWaitsFor", "RedressDueTime"} {
		require.NotContains(t, w.attributes, key, "nobody is waited for")
	}
}

// continued is what the run after one that continued as new is given.
func (w *world) continued(t *testing.T) *workflowv1.ApprovalInput {
	t.Helper()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &again)
	var next *workflowv1.ApprovalInput
	require.NoError(t, workflows.DataConverter().FromPayloads(again.Input, &next))
	return next
}

// at does something so long after the request.
func (w *world) at(after time.Duration, do func()) { w.env.RegisterDelayedCallback(do, after-w.offset) }

func (w *world) elapsed() time.Duration { return w.env.Now().Sub(requested).Truncate(time.Second) }

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

// currentDetails is what an operator reads on the workflow's page.
func (w *world) currentDetails(t *testing.T) string {
	t.Helper()
	value, err := w.env.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata *sdkpb.WorkflowMetadata
	require.NoError(t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// during makes a method fail from one time to another.
func (w *world) during(method string, from, to time.Duration, err error) {
	w.faults[method] = func() error {
		if w.elapsed() >= from && w.elapsed() < to {
			return err
		}
		return nil
	}
}

// bad says whether today is a bad day. The world is locked.
func (w *world) bad(method string) error {
	if fault := w.faults[method]; fault != nil {
		return fault()
	}
	return nil
}

// decide has whoever is asked decide now, by the recorded times, and the workflow hear of it after a while. The approval below a second
// one moves it up.
func (w *world) decide(decision remedyv1.Approval_State, hears time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passTime()
	if w.state != remedyv1.Approval_PENDING {
		w.note("too late")
		return
	}
	if decision == remedyv1.Approval_APPROVED && len(w.below)+1 < w.needed {
		w.below = append(w.below, w.named[w.step])
		w.begin(w.level+1, w.env.Now())
		w.note("seconded")
		w.env.RegisterDelayedCallback(w.movedUp, hears)
		return
	}
	w.state = decision
	w.note("decided %s at level %d", decision, w.level)
	w.env.RegisterDelayedCallback(func() { w.hear(decision) }, hears)
}

// recuse has it turn out that whoever is asked is complained about.
func (w *world) recuse() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accused = append(w.accused, w.named[w.step])
	w.begin(w.level, w.env.Now())
	w.note("recused")
	w.env.RegisterDelayedCallback(w.movedUp, 0)
}

// void is decide for what needs no decision any more.
func (w *world) void(hears time.Duration) { w.decide(remedyv1.Approval_VOID, hears) }

func (w *world) hear(end remedyv1.Approval_State) {
	w.env.SignalWorkflow(approval.SignalName, &workflowv1.ApprovalSignal{Type: "approval_decided", End: end.String()})
}

func (w *world) movedUp() {
	w.env.SignalWorkflow(approval.SignalName, &workflowv1.ApprovalSignal{Type: "approval_moved_up"})
}

// begin begins a step.
func (w *world) begin(level int32, at time.Time) {
	w.step, w.level, w.due = w.step+1, min(level, last), at.Add(w.within)
}

// passTime moves up what was not decided in time, level by level.
func (w *world) passTime() {
	for w.state == remedyv1.Approval_PENDING && !w.env.Now().Add(-w.slow).Before(w.due) {
		w.begin(w.level+1, w.due)
		w.note("moved up to level %d, step %d", w.level, w.step)
	}
}

// remedy is the part of remedy that activities use.
type remedy struct {
	remedyv1.ApprovalServiceClient
	*world
}

func (s remedy) SettleApproval(_ context.Context, r *remedyv1.SettleApprovalRequest, _ ...grpc.CallOption) (*remedyv1.SettleApprovalResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("SettleApproval"); err != nil {
		return nil, err
	}
	s.passTime()
	if r.GetAbsent() != "" && r.GetAbsent() == s.named[s.step] {
		s.note("passed on from %s, who is absent", r.GetAbsent())
		s.begin(s.level, s.env.Now())
	}
	s.note("settled")
	if s.state != remedyv1.Approval_PENDING {
		return &remedyv1.SettleApprovalResponse{State: s.state}, nil
	}
	known := s.named[s.step]
	if s.crossed {
		known = ""
	}
	return &remedyv1.SettleApprovalResponse{
		State: s.state, Step: s.step, Level: s.level, Approver: known, DueTime: timestamppb.New(s.due),
		RemindTime: timestamppb.New(s.due.Add(-s.within / 2)), Excluded: append([]string{"agents/lin"}, s.below...),
		Recused: slices.Clone(s.accused),
	}, nil
}

func (s remedy) NameApprover(_ context.Context, r *remedyv1.NameApproverRequest, _ ...grpc.CallOption) (*remedyv1.Approval, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("NameApprover"); err != nil {
		return nil, err
	}
	if r.GetStep() == s.step {
		s.named[s.step], s.level = r.GetApprover(), r.GetLevel()
		s.note("noted %q at level %d, passed over %d", r.GetApprover(), r.GetLevel(), len(r.GetPassed()))
	}
	return &remedyv1.Approval{
		Name: name, Approver: s.named[s.step], Level: s.level, Department: "departments/returns",
		Steps: []*remedyv1.ApprovalStep{{Comment: secret}},
	}, nil
}

// routing is the part of routing that activities use.
type routing struct {
	routingv1.ApproverServiceClient
	*world
}

func (s routing) ChooseApprover(_ context.Context, r *routingv1.ChooseApproverRequest, _ ...grpc.CallOption) (*routingv1.ChooseApproverResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("ChooseApprover"); err != nil {
		return nil, err
	}
	if known := s.chosen[r.GetStep()]; known != nil {
		return known, nil
	}
	answer := &routingv1.ChooseApproverResponse{}
	s.chosen[r.GetStep()] = answer
	for level := r.GetLevel(); level <= last; level++ {
		var cause routingv1.PassedOver_Cause
		who := s.holders[level]
		switch {
		case who == "":
			cause = routingv1.PassedOver_NOBODY
		case slices.Contains(s.absent, who):
			cause = routingv1.PassedOver_ABSENT
		case who == r.GetExcluded()[0]:
			cause = routingv1.PassedOver_PROPOSED_IT
		case slices.Contains(r.GetExcluded(), who):
			cause = routingv1.PassedOver_APPROVED_BELOW
		default:
			answer.Approver, answer.Level = who, level
			s.note("told %s, step %d, level %d, due %s", who, r.GetStep(), level, r.GetDueTime().AsTime().Sub(requested))
			return answer, nil
		}
		answer.Passed = append(answer.Passed, &routingv1.PassedOver{Level: level, Agent: who, Cause: cause})
	}
	s.note("found nobody for step %d", r.GetStep())
	return answer, nil
}

func (s routing) RemindApprover(_ context.Context, r *routingv1.RemindApproverRequest, _ ...grpc.CallOption) (*routingv1.RemindApproverResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bad("RemindApprover"); err != nil {
		return nil, err
	}
	who := s.chosen[r.GetStep()].GetApprover()
	if slices.Contains(s.absent, who) && s.level < last { // Above the last level nobody could decide.
		return &routingv1.RemindApproverResponse{Recipient: who, Absent: true}, nil
	}
	s.note("reminded %s, step %d", who, r.GetStep())
	return &routingv1.RemindApproverResponse{Recipient: who}, nil
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

type silent struct{} // drops what the test environment logs

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
