package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/followup"
	"github.com/redress-dev/redress/workflows/improvement"
)

// atOnce is how many workflows are asked for at a time.
const atOnce = 16

// workflowOf is the id of the workflow that keeps a record's time; empty for a kind that this release does not know.
func workflowOf(w *eventv1.OpenWork) string {
	switch w.GetKind() {
	case eventv1.WorkKind_COMPLAINT_CYCLE:
		return complaint.WorkflowID(w.GetName(), w.GetCycle())
	case eventv1.WorkKind_PENDING_APPROVAL:
		return approval.WorkflowID(w.GetName())
	case eventv1.WorkKind_FOLLOW_UP_SERIES:
		return followup.WorkflowID(w.GetName(), w.GetCycle())
	case eventv1.WorkKind_OPEN_IMPROVEMENT:
		return improvement.WorkflowID(w.GetName())
	default:
		return ""
	}
}

// types are the workflows that keep the time of a record.
func types() []string {
	return []string{complaint.WorkflowName, approval.WorkflowName, followup.WorkflowName, improvement.WorkflowName}
}

// look compares once.
func (r *reconciler) look(ctx context.Context) (*Report, error) {
	report := &Report{DryRun: r.cfg.DryRun}
	// Workflows first: one that ends meanwhile had ended its record before, and one whose record begins meanwhile is not looked for.
	running, err := r.running(ctx)
	if err != nil {
		return nil, err
	}
	open, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	report.Running, report.OpenWork = len(running), len(open)
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	note := func(f *Finding) {
		mu.Lock()
		defer mu.Unlock()
		report.Findings = append(report.Findings, f)
	}
	for id, work := range open {
		group.Go(func() error {
			runs, how, err := r.runs(ctx, id)
			if err == nil && !runs {
				note(missing(id, work, how))
			}
			return err
		})
	}
	for id := range running {
		if open[id] != nil {
			continue
		}
		group.Go(func() error {
			runs, _, err := r.runs(ctx, id)
			if err == nil && runs {
				var f *Finding
				if f, err = r.orphan(ctx, id); f != nil {
					note(f)
				}
			}
			return err
		})
	}
	group.Go(func() error { return r.unheard(ctx, &report.Events, note) })
	group.Go(func() error {
		names, err := r.deps.Schedules.Missing(ctx)
		if err == nil && len(names) > 0 {
			note(&Finding{Problem: NotScheduled, Detail: strings.Join(names, ", "), Action: "make the schedules"})
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	sorted(report.Findings)
	return report, nil
}

// missing tells of a record whose workflow does not run.
func missing(id string, work *eventv1.OpenWork, how string) *Finding {
	f := &Finding{
		Problem: NotRunning, Workflow: id, Record: work.GetName(), Cycle: work.GetCycle(), Detail: how,
		Action: "begin the workflow from the events on record", subject: work.GetSubject(),
	}
	if work.GetDueTime() != nil {
		f.Detail += ", due " + work.GetDueTime().AsTime().Format(time.RFC3339)
	}
	return f
}

// open lists the records that are open, by the id of their workflow.
func (r *reconciler) open(ctx context.Context) (map[string]*eventv1.OpenWork, error) {
	all := map[string]*eventv1.OpenWork{}
	for _, s := range r.deps.Services {
		for token, more := "", true; more; more = token != "" {
			resp, err := s.Recovery.ListOpenWork(ctx, &eventv1.ListOpenWorkRequest{PageToken: token})
			if err != nil {
				return nil, fmt.Errorf("what is open at %s: %w", s.Name, err)
			}
			for _, work := range resp.GetWork() {
				if id := workflowOf(work); id != "" {
					all[id] = work
				}
			}
			token = resp.GetNextPageToken()
		}
	}
	return all, nil
}

// running lists the workflows that run, as far as Temporal's index knows of them.
func (r *reconciler) running(ctx context.Context) (map[string]bool, error) {
	all := map[string]bool{}
	query := `ExecutionStatus = "Running" AND WorkflowType IN ("` + strings.Join(types(), `", "`) + `")`
	for token, more := []byte(nil), true; more; more = len(token) > 0 {
		resp, err := r.deps.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: r.cfg.Namespace, Query: query, NextPageToken: token,
		})
		if err != nil {
			return nil, fmt.Errorf("list the workflows that run: %w", err)
		}
		for _, info := range resp.GetExecutions() {
			all[info.GetExecution().GetWorkflowId()] = true
		}
		token = resp.GetNextPageToken()
	}
	return all, nil
}

// runs tells whether a workflow runs, and else how it stands. Temporal's history is asked, not its index.
func (r *reconciler) runs(ctx context.Context, id string) (runs bool, how string, err error) {
	resp, err := r.deps.Temporal.DescribeWorkflowExecution(ctx, id, "")
	var unknown *serviceerror.NotFound
	if errors.As(err, &unknown) {
		return false, "Temporal does not know it", nil
	}
	if err != nil {
		return false, "", fmt.Errorf("describe %s: %w", id, err)
	}
	status := resp.GetWorkflowExecutionInfo().GetStatus()
	return status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, strings.ToLower(status.String()), nil
}

// subjectOf is whose events tell of a workflow, from what it is called; empty where that names none.
func subjectOf(id string) (string, int32) {
	kind, rest, _ := strings.Cut(id, "/")
	switch kind {
	case "complaint", "followup":
		name, cycle, _ := strings.Cut(rest, "/")
		var n int32
		_, _ = fmt.Sscan(cycle, &n) // 0 where it is none.
		return "complaints/" + name, n
	case "improvement":
		return "improvements/" + rest, 0
	default:
		return "", 0
	}
}

// unheard asks each service what its hearers do not know.
func (r *reconciler) unheard(ctx context.Context, events *int64, note func(*Finding)) error {
	for _, s := range r.deps.Services {
		missed := map[string]*Finding{}
		for after, more := int64(0), true; more; more = after != 0 {
			resp, err := s.Recovery.ListUnheardEvents(ctx, &eventv1.ListUnheardEventsRequest{AfterSequence: after})
			if err != nil {
				return fmt.Errorf("what was not heard of %s: %w", s.Name, err)
			}
			*events += resp.GetEventCount()
			for _, u := range resp.GetUnheard() {
				f := missed[u.GetSubscriber()]
				if f == nil {
					f = &Finding{
						Problem: Unheard, Service: s.Name, Subscriber: u.GetSubscriber(), first: u.GetFirstSequence(), Action: "deliver again from there",
						Detail: fmt.Sprintf("from %s of %s, event %d", u.GetFirstType(), u.GetFirstSubject(), u.GetFirstSequence()),
					}
					missed[u.GetSubscriber()] = f
					note(f)
				}
				f.Events += u.GetEventCount()
			}
			after = resp.GetNextSequence()
		}
	}
	return nil
}
