package lives

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/redress-dev/redress/workflows"
)

// Work is what Temporal did for a life, on the average over those that were looked at.
type Work struct {
	// Lives were looked at.
	Lives int
	// Tasks are the workflow tasks that were carried out, Failed those that were given up and done again.
	Tasks, Failed float64
	// Events and Bytes are the history's, Signals those among the events.
	Events, Bytes, Signals float64
	// Transitions are the changes of the workflow's state that the server wrote.
	Transitions float64
}

// mostLooked bounds how many lives are looked at.
const mostLooked = 40

// sample keeps the ids of the last workflows.
type sample struct {
	mu  sync.Mutex
	ids []string
}

func (s *sample) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, id)
	s.ids = s.ids[max(0, len(s.ids)-mostLooked):]
}

// work reads the histories of the workflows, waiting for their ends.
func (s *sample) work(ctx context.Context, c client.Client) (Work, error) {
	var sum Work
	for _, id := range s.ids {
		if err := sum.add(ctx, c, id); err != nil {
			return Work{}, err
		}
	}
	n := float64(max(1, sum.Lives))
	return Work{
		Lives: sum.Lives, Tasks: sum.Tasks / n, Failed: sum.Failed / n, Events: sum.Events / n, Bytes: sum.Bytes / n,
		Signals: sum.Signals / n, Transitions: sum.Transitions / n,
	}, nil
}

func dialTemporal(address, namespace string) (client.Client, error) {
	return client.NewLazyClient(client.Options{
		HostPort: address, Namespace: namespace, DataConverter: workflows.DataConverter(),
		ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}},
		Logger:            log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
	})
}

// add counts the work of one workflow.
func (w *Work) add(ctx context.Context, c client.Client, id string) error {
	if err := c.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
		return fmt.Errorf("wait for %s: %w", id, err)
	}
	history := c.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return fmt.Errorf("read the history of %s: %w", id, err)
		}
		w.Events++
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			w.Tasks++
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			w.Failed++
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			w.Signals++
		default:
		}
	}
	told, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return fmt.Errorf("describe %s: %w", id, err)
	}
	w.Lives++
	w.Bytes += float64(told.GetWorkflowExecutionInfo().GetHistorySizeBytes())
	w.Transitions += float64(told.GetWorkflowExecutionInfo().GetStateTransitionCount())
	return nil
}
