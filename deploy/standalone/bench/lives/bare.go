package lives

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows/complaint"
)

// bareQueue is the task queue of the bare workflow; bareName its type.
const (
	bareQueue = "bare"
	bareName  = "Bare"
)

// Bare runs the load with a bare workflow on an embedded Temporal in this process, with its data in dir.
func Bare(ctx context.Context, dir string, load Load, now func() time.Time) (result Result, err error) {
	suite.TuneMemory(suite.Config{})
	logger := slog.New(slog.DiscardHandler)
	server, err := embedded.Start(ctx, embedded.Config{
		Dir: dir, FrontendAddress: "127.0.0.1:0", Namespace: "bare", SearchAttributes: complaint.SearchAttributes(),
	}, embedded.Deps{Logger: logger})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	c, err := dialTemporal(server.FrontendAddress(), "bare")
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	b := &bare{client: c, now: now, pause: load.Pause, lives: map[string]*bareLife{}}
	w := worker.New(c, bareQueue, suite.WorkerOptions())
	w.RegisterWorkflowWithOptions(b.workflow, workflow.RegisterOptions{Name: bareName})
	w.RegisterActivityWithOptions(b.answer, activity.RegisterOptions{Name: "Answer"})
	w.RegisterActivityWithOptions(b.acknowledge, activity.RegisterOptions{Name: "Acknowledge"})
	w.RegisterActivityWithOptions(b.decide, activity.RegisterOptions{Name: "Decide"})
	if err := w.Start(); err != nil {
		return Result{}, err
	}
	defer w.Stop()
	if result, err = load.run(ctx, now, []int{os.Getpid()}, b.live); err != nil {
		return Result{}, err
	}
	result.Work, err = b.sample.work(ctx, c)
	return result, err
}

// bare is a complaint's workflow with nothing behind it: the same timers, signals, calls, attributes and payloads, and calls that
// return at once.
type bare struct {
	now    func() time.Time
	client client.Client
	pause  time.Duration
	mu     sync.Mutex
	lives  map[string]*bareLife
	sample sample
}

// bareLife is how the process hears of a life, without asking Temporal for it.
type bareLife struct{ acknowledged, decided chan struct{} }

// live takes one workflow from its start to its end.
func (b *bare) live(ctx context.Context, number int64) (time.Duration, error) {
	name := fmt.Sprintf("complaints/%026d", number)
	life := &bareLife{acknowledged: make(chan struct{}), decided: make(chan struct{})}
	b.sample.add(complaint.WorkflowID(name, 1))
	b.mu.Lock()
	b.lives[name] = life
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.lives, name)
		b.mu.Unlock()
	}()
	began := b.now()
	input := &workflowv1.ComplaintInput{
		Complaint: name, Cycle: 1, Reference: "BARE-0000", Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.New(began),
	}
	_, err := b.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: complaint.WorkflowID(name, 1), TaskQueue: bareQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         true,
		TypedSearchAttributes:                    complaint.StartAttributes(input),
		StaticSummary:                            "Complaint BARE-0000 (normal)",
		StaticDetails:                            fmt.Sprintf("Cycle 1 of `%s`, received %s.", name, began.Format(time.DateTime)),
	}, bareName, input)
	if err != nil {
		return 0, err
	}
	if err := b.await(ctx, life.acknowledged); err != nil {
		return 0, err
	}
	acknowledged := b.now().Sub(began)
	if err := wait(ctx, b.pause); err != nil {
		return 0, err
	}
	if err := b.signal(ctx, name, calledBack(name)); err != nil {
		return 0, err
	}
	if err := b.signal(ctx, name, &workflowv1.ComplaintSignal{Type: "resolution_requested", Fact: &workflowv1.ComplaintSignal_Resolution{
		Resolution: &workflowv1.ResolutionFact{RequestId: name},
	}}); err != nil {
		return 0, err
	}
	return acknowledged, b.await(ctx, life.decided)
}

func (b *bare) await(ctx context.Context, moment <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-moment:
		return nil
	}
}

// calledBack tells of the duties that a call meets.
func calledBack(name string) *workflowv1.ComplaintSignal {
	var all []*workflowv1.ComplaintSignal
	for _, kind := range []policyv1.DutyKind{policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE, policyv1.DutyKind_CALLBACK} {
		all = append(all, &workflowv1.ComplaintSignal{
			EventId: eventID, Type: "duty_settled", RecordTime: timestamppb.Now(), Fact: &workflowv1.ComplaintSignal_Duty{
				Duty: &workflowv1.DutyFact{Name: dutyName(name, kind), Kind: kind, Verdict: policyv1.Verdict_MET, Done: true},
			},
		})
	}
	all[0].Later = all[1:]
	return all[0]
}

// eventID is an event's, for the length of it.
const eventID = "0192f0c1-2345-7abc-8def-0123456789ab"

func (b *bare) signal(ctx context.Context, name string, fact *workflowv1.ComplaintSignal) error {
	fact.EventId, fact.RecordTime = eventID, timestamppb.Now()
	return b.client.SignalWorkflow(ctx, complaint.WorkflowID(name, 1), "", complaint.SignalName, fact)
}

// bareDuty is one thing owed, by the built-in policy, with the moment of its first timer.
type bareDuty struct {
	kind        policyv1.DutyKind
	first, late time.Duration
}

func bareDuties() []bareDuty {
	return []bareDuty{
		{policyv1.DutyKind_ACKNOWLEDGE, time.Minute, time.Minute},
		{policyv1.DutyKind_CONTACT, 15 * time.Minute, 15 * time.Minute},
		{policyv1.DutyKind_FIRST_RESPONSE, 20 * time.Minute, 30 * time.Minute},
		{policyv1.DutyKind_CALLBACK, 20 * time.Hour, 24 * time.Hour},
		{policyv1.DutyKind_RESOLUTION, 60 * time.Hour, 72 * time.Hour},
	}
}

func dutyName(complaint string, kind policyv1.DutyKind) string {
	return complaint + "/duties/1-" + strings.ReplaceAll(strings.ToLower(kind.String()), "_", "-")
}

// workflow does what the workflow of a complaint does, without a thought.
func (b *bare) workflow(ctx workflow.Context, input *workflowv1.ComplaintInput) error {
	quick := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Second, Summary: "Ask"})
	var state *workflowv1.ComplaintState
	if err := workflow.ExecuteLocalActivity(quick, "Answer", input).Get(ctx, &state); err != nil {
		return err
	}
	timing := map[string]workflow.CancelFunc{}
	for _, duty := range bareDuties() {
		timer, cancel := workflow.WithCancel(ctx)
		timing[dutyName(input.GetComplaint(), duty.kind)] = cancel
		workflow.NewTimerWithOptions(timer, duty.first, workflow.TimerOptions{Summary: "Warning: callback due 2026-01-01 10:00 UTC"})
	}
	if err := workflow.ExecuteLocalActivity(quick, "Answer", input).Get(ctx, nil); err != nil {
		return err
	}
	if err := workflow.ExecuteLocalActivity(quick, "Acknowledge", input).Get(ctx, nil); err != nil {
		return err
	}
	timing[dutyName(input.GetComplaint(), policyv1.DutyKind_ACKNOWLEDGE)]()
	if err := workflow.UpsertTypedSearchAttributes(ctx, complaint.StageKey.ValueSet("ACTIVE"),
		complaint.DepartmentKey.ValueSet("departments/customer-service"), complaint.AssigneeKey.ValueSet("agents/lin"),
		complaint.DutyKey.ValueSet([]string{"contact", "first-response", "callback", "resolution"}),
		complaint.DueTimeKey.ValueSet(workflow.Now(ctx))); err != nil {
		return err
	}
	inbox, request := workflow.GetSignalChannel(ctx, complaint.SignalName), ""
	for request == "" {
		for first := true; first || inbox.Len() > 0; first = false {
			var signal *workflowv1.ComplaintSignal
			inbox.Receive(ctx, &signal)
			request = signal.GetResolution().GetRequestId()
			for _, fact := range append([]*workflowv1.ComplaintSignal{signal}, signal.GetLater()...) {
				if cancel := timing[fact.GetDuty().GetName()]; cancel != nil {
					cancel()
				}
			}
		}
		if err := workflow.UpsertTypedSearchAttributes(ctx, complaint.DutyKey.ValueSet([]string{"resolution"})); err != nil {
			return err
		}
	}
	if err := workflow.ExecuteLocalActivity(quick, "Decide", input).Get(ctx, nil); err != nil {
		return err
	}
	timing[dutyName(input.GetComplaint(), policyv1.DutyKind_RESOLUTION)]()
	return workflow.UpsertTypedSearchAttributes(ctx, complaint.StageKey.ValueSet("RESOLVED"), complaint.DutyKey.ValueUnset(),
		complaint.DueTimeKey.ValueUnset())
}

// answer is a call that loads the duties.
func (b *bare) answer(_ context.Context, input *workflowv1.ComplaintInput) (*workflowv1.ComplaintState, error) {
	state := &workflowv1.ComplaintState{}
	for _, duty := range bareDuties() {
		d := &workflowv1.DutyState{
			Name: dutyName(input.GetComplaint(), duty.kind), Kind: duty.kind,
			DueTime: timestamppb.New(input.GetReceiveTime().AsTime().Add(duty.late)),
		}
		if duty.first != duty.late {
			d.WarnTimes = append(d.WarnTimes, timestamppb.New(input.GetReceiveTime().AsTime().Add(duty.first)))
		}
		state.Duties = append(state.Duties, d)
	}
	return state, nil
}

func (b *bare) acknowledge(_ context.Context, input *workflowv1.ComplaintInput) error {
	if life := b.life(input.GetComplaint()); life != nil {
		close(life.acknowledged)
	}
	return nil
}

func (b *bare) decide(_ context.Context, input *workflowv1.ComplaintInput) error {
	if life := b.life(input.GetComplaint()); life != nil {
		close(life.decided)
	}
	return nil
}

func (b *bare) life(name string) *bareLife {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lives[name]
}
