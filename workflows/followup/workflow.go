package followup

import (
	"slices"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// FollowUp keeps the time of a series: of each contact, until it is made and answered, or there is no answer, or nobody asks any more. It ends when
// all contacts are over. The error is nil, or says that the workflow continues as new or was cancelled by an operator.
func FollowUp(ctx workflow.Context, input *workflowv1.FollowUpInput) error {
	s := newSeries(ctx, input)
	open, stop := workflow.WithCancel(ctx)
	s.spawn(open, "listen", s.listen)
	for _, t := range s.touches {
		s.spawn(open, "touch", func(ctx workflow.Context) { s.keep(ctx, t) })
	}
	failed := workflow.Await(ctx, func() bool { return s.ended() || s.renewable(ctx) })
	stop()
	s.running.Wait(ctx)
	s.write(ctx)
	switch {
	case failed != nil:
		return failed
	case s.ended():
		s.record(ctx)
		return nil
	default:
		return workflow.NewContinueAsNewError(ctx, WorkflowName, s.input)
	}
}

// record has review read again what the cycle was, now that nothing of what followed it is owed any more (REV-3). The last run does so, once; it
// goes on until review has answered. Series of before there was this end without.
func (s *series) record(ctx workflow.Context) {
	if workflow.GetVersion(ctx, "record-series", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	c := ask.Call{Summary: "Record what the cycle was", Activity: activities.RecordSeries, Args: []any{s.input.GetComplaint(), s.input.GetCycle()}}
	if err := ask.Try(ctx, c); err != nil {
		if err = ask.Insist(ctx, c, err); ask.Refused(err) {
			s.note(ctx, c.Summary+": refused, "+ask.Refusal(err))
		}
	}
}

// series is a series as its workflow knows it.
type series struct {
	// input is what started the workflow, with the contacts as they stand, as a next run would be told.
	input *workflowv1.FollowUpInput
	// touches are the input's with what belongs to this run.
	touches []*touch
	// running counts the coroutines that stop when the run ends.
	running workflow.WaitGroup
	// refusals are the last calls that a service refused for good, for operators.
	refusals []string
	// published are the search attributes as they were last written.
	published attributes
}

// touch is one contact.
type touch struct {
	*workflowv1.TouchState
	// told is true when followup has recorded something since it was asked last.
	told bool
	// failures counts in a row what could not be done, or was done too early.
	failures int
	// alarms counts in a row how often the ladder could not be told.
	alarms int
}

func newSeries(ctx workflow.Context, input *workflowv1.FollowUpInput) *series {
	own, _ := proto.Clone(input).(*workflowv1.FollowUpInput)
	own.Continued = true
	s := &series{input: own, running: workflow.NewWaitGroup(ctx)}
	for _, state := range own.GetTouches() {
		s.touches = append(s.touches, &touch{TouchState: state})
	}
	// These are on the workflow already: the dispatcher starts with them, and a run leaves them to the next.
	s.published = s.attributes()
	workflow.SetCurrentDetails(ctx, s.details())
	return s
}

// ended is true once all contacts are over.
func (s *series) ended() bool {
	return !slices.ContainsFunc(s.touches, func(t *touch) bool { return !t.GetEnded() })
}

// renewable is true when the history has grown long. Whatever is under way the next run does again, which changes nothing.
func (s *series) renewable(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !s.ended()
}

// spawn runs do beside the others; the run does not end before it has returned.
func (s *series) spawn(ctx workflow.Context, name string, do func(workflow.Context)) {
	s.running.Add(1)
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		defer s.running.Done()
		do(ctx)
	})
}

// listen takes note of signals until the run ends. A fact tells nothing but that followup is to be asked again, so one that is lost or comes twice
// does no harm.
func (s *series) listen(ctx workflow.Context) {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	for !s.ended() && workflow.Await(ctx, func() bool { return inbox.Len() > 0 || s.ended() }) == nil {
		var signal *workflowv1.FollowUpSignal
		for inbox.ReceiveAsync(&signal) {
			for _, t := range s.touches {
				t.told = t.told || signal.GetFollowUp() == "" || signal.GetFollowUp() == t.GetName()
			}
			signal = nil
		}
	}
}
