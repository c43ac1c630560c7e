// Package replay asks, before a worker is promoted, whether its workflows go on where those that run now stand: it replays the history of each of
// them against the workflows of this binary. A workflow that was changed without workflow.GetVersion is found here, and not by what it stops doing.
package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/followup"
	"github.com/redress-dev/redress/workflows/improvement"
	"github.com/redress-dev/redress/workflows/review"
)

// fewestEvents are those of a workflow that has done something: it was started, and a first task was scheduled and begun. One with fewer has done
// nothing that it could do otherwise, and the replayer does not take it.
const fewestEvents = 3

// Source is the part of client.Client that is used.
type Source interface {
	// ListWorkflow searches.
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
	// GetWorkflowHistory iterates over the events of a run.
	GetWorkflowHistory(ctx context.Context, workflowID, runID string, longPoll bool, filter enumspb.HistoryEventFilterType) client.HistoryEventIterator
}

// Registry takes workflows: a worker.WorkflowReplayer.
type Registry interface {
	// RegisterWorkflowWithOptions registers one with its name.
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register registers all workflows of this binary.
func Register(r Registry) {
	r.RegisterWorkflowWithOptions(complaint.Complaint, workflow.RegisterOptions{Name: complaint.WorkflowName})
	r.RegisterWorkflowWithOptions(approval.Approval, workflow.RegisterOptions{Name: approval.WorkflowName})
	r.RegisterWorkflowWithOptions(followup.FollowUp, workflow.RegisterOptions{Name: followup.WorkflowName})
	r.RegisterWorkflowWithOptions(improvement.Improvement, workflow.RegisterOptions{Name: improvement.WorkflowName})
	r.RegisterWorkflowWithOptions(review.Review, workflow.RegisterOptions{Name: review.WorkflowName})
}

// Config says what is replayed, and how.
type Config struct {
	// Namespace is Temporal's.
	Namespace string
	// TaskQueue is the workers'; complaint.TaskQueue when empty.
	TaskQueue string
	// Converter is the one that histories were written with.
	Converter converter.DataConverter
	// Register registers the workflows; Register when nil.
	Register func(Registry)
	// AtOnce is how many are replayed at a time; one when zero.
	AtOnce int
	// MostFailures is how many failures are told; all when zero.
	MostFailures int
}

// Failure is a workflow that would not go on.
type Failure struct {
	// Workflow and Run are its ids, Type its type.
	Workflow string `json:"workflow"`
	Run      string `json:"run"`
	Type     string `json:"type"`
	// Error is what the replay said.
	Error string `json:"error"`
}

// Count is how many workflows of a type were replayed.
type Count struct {
	// Type is the workflow's type.
	Type string `json:"type"`
	// Replayed is how many, Failed how many of them would not go on.
	Replayed int `json:"replayed"`
	Failed   int `json:"failed"`
}

// Report is what was found.
type Report struct {
	// Counts are by type, in alphabetical order.
	Counts []Count `json:"counts"`
	// Failures are the first ones, by workflow.
	Failures []Failure `json:"failures"`
}

// Failed counts all that would not go on.
func (r *Report) Failed() (n int) {
	for _, c := range r.Counts {
		n += c.Failed
	}
	return n
}

// Gate replays every workflow that runs. The error is for a Temporal that does not answer; one that ends meanwhile is passed over.
func Gate(ctx context.Context, cfg Config, source Source) (*Report, error) {
	if cfg.TaskQueue == "" {
		cfg.TaskQueue = complaint.TaskQueue
	}
	if cfg.Register == nil {
		cfg.Register = Register
	}
	g := &gate{cfg: cfg, source: source, counts: map[string]*Count{}}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(max(cfg.AtOnce, 1))
	for token, more := []byte(nil), true; more; more = len(token) > 0 {
		page, err := source.ListWorkflow(within, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: cfg.Namespace, Query: fmt.Sprintf(`ExecutionStatus = "Running" AND TaskQueue = "%s"`, cfg.TaskQueue), NextPageToken: token,
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("list the workflows that run: %w", err), group.Wait())
		}
		for _, info := range page.GetExecutions() {
			execution, kind := info.GetExecution(), info.GetType().GetName()
			group.Go(func() error { return g.replay(within, execution.GetWorkflowId(), execution.GetRunId(), kind) })
		}
		token = page.GetNextPageToken()
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return g.report(), nil
}

// gate is one run.
type gate struct {
	cfg    Config
	source Source

	mu       sync.Mutex
	counts   map[string]*Count
	failures []Failure
}

// replay replays one workflow. A replayer of its own keeps nothing of the others.
func (g *gate) replay(ctx context.Context, id, run, kind string) error {
	history := &historypb.History{}
	events := g.source.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("history of %s: %w", id, err)
		}
		history.Events = append(history.Events, event)
	}
	if len(history.GetEvents()) < fewestEvents {
		g.note(Failure{Workflow: id, Run: run, Type: kind}, nil)
		return nil
	}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: g.cfg.Converter, DisableRegistrationAliasing: true,
	})
	if err != nil {
		return err
	}
	g.cfg.Register(replayer)
	err = replayer.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: id, RunID: run},
	})
	g.note(Failure{Workflow: id, Run: run, Type: kind}, err)
	return nil
}

// note counts a workflow, and keeps why it would not go on.
func (g *gate) note(f Failure, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counts[f.Type] == nil {
		g.counts[f.Type] = &Count{Type: f.Type}
	}
	g.counts[f.Type].Replayed++
	if err == nil {
		return
	}
	g.counts[f.Type].Failed++
	f.Error = err.Error()
	g.failures = append(g.failures, f)
}

func (g *gate) report() *Report {
	r := &Report{Counts: []Count{}, Failures: []Failure{}}
	for _, c := range g.counts {
		r.Counts = append(r.Counts, *c)
	}
	slices.SortFunc(r.Counts, func(a, b Count) int { return strings.Compare(a.Type, b.Type) })
	r.Failures = append(r.Failures, g.failures...)
	slices.SortFunc(r.Failures, func(a, b Failure) int { return strings.Compare(a.Workflow, b.Workflow) })
	if most := g.cfg.MostFailures; most > 0 && len(r.Failures) > most {
		r.Failures = r.Failures[:most]
	}
	return r
}
