package suite

import (
	"context"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/redress-dev/redress/services/internal/eventlog"
)

// namespaceCheck is how often the suite looks whether Temporal's data are still the same.
const namespaceCheck = 10 * time.Second

// deliverToTemporal delivers a log's events to the workflows until ctx ends. A Temporal with other data than before, told by the
// id of its namespace, is another subscriber, which hears everything from the beginning: so a Temporal that was lost and set up
// anew misses no deadline. Until its data are known nothing is delivered, which could not be anyway.
func (s *Suite) deliverToTemporal(ctx context.Context, log *eventlog.Log) error {
	if s.cfg.TemporalID != "" {
		return log.Deliver(ctx, toWorkflows{s.dispatcher, s.cfg.TemporalID})
	}
	for ctx.Err() == nil {
		id, ok := s.awaitNamespace(ctx, "", workerRetry)
		if !ok {
			return nil
		}
		same, stop := context.WithCancel(ctx)
		go func() {
			defer stop()
			if now, changed := s.awaitNamespace(same, id, namespaceCheck); changed {
				s.deps.Logger.Warn("Temporal has other data than before: it is told everything from the beginning", "was", id, "is", now)
			}
		}()
		err := log.Deliver(same, toWorkflows{s.dispatcher, id})
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitNamespace returns the id of Temporal's namespace as soon as there is one that is not the known one; false when ctx ended.
func (s *Suite) awaitNamespace(ctx context.Context, known string, every time.Duration) (id string, ok bool) {
	for {
		found, err := s.temporal.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: s.cfg.Namespace})
		if id := found.GetNamespaceInfo().GetId(); err == nil && id != "" && id != known {
			return id, true
		}
		select {
		case <-ctx.Done():
			return "", false
		case <-time.After(every):
		}
	}
}
