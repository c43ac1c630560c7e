package suite

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/redress-dev/redress/services/internal/eventlog"
)

// namespaceCheck is how often the suite looks whether Temporal is there, and whether its data are still the same.
const namespaceCheck = 10 * time.Second

// namespace is what is known of Temporal's namespace.
type namespace struct {
	// every is how often it is looked at, and how long a look may take: namespaceCheck, or less in tests.
	every time.Duration

	mu sync.Mutex
	// id tells Temporal's data apart; empty until it is known.
	id string
	// reachable is the outcome of the last look.
	reachable bool
	// changed is closed when id changes.
	changed chan struct{}
}

func newNamespace(id string) *namespace {
	return &namespace{every: namespaceCheck, id: id, changed: make(chan struct{})}
}

// current returns the id, and what is closed when it is no longer that.
func (n *namespace) current() (id string, changed <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.id, n.changed
}

// note takes down the outcome of a look: the id, empty when there was none to be had. It returns the id before.
func (n *namespace) note(id string) (before string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, n.reachable = n.id, id != ""
	if id != "" && id != n.id {
		n.id = id
		close(n.changed)
		n.changed = make(chan struct{})
	}
	return before
}

// up is 1 while Temporal answers for the namespace, and 0 while not.
func (n *namespace) up() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.reachable {
		return 1
	}
	return 0
}

// watchNamespace looks at Temporal's namespace until ctx ends, and says when it is not there: nothing is acknowledged, assigned
// or escalated then, and operators must not learn of it from customers.
func (s *Suite) watchNamespace(ctx context.Context) error {
	for failures := 0; ; {
		id, err := s.namespaceID(ctx)
		if errors.Is(err, errOtherKey) {
			return err
		}
		before := s.namespace.note(id)
		every := s.namespace.every
		switch {
		case err != nil:
			if failures%waitReminder == 0 && ctx.Err() == nil {
				s.deps.Logger.WarnContext(ctx, "Temporal does not serve the namespace: complaints are accepted, but nothing is acknowledged, assigned or escalated",
					"address", s.cfg.TemporalAddress, "namespace", s.cfg.Namespace, "error", err)
			}
			failures++
			every = min(every, waitStep)
		case before != "" && before != id:
			s.deps.Logger.WarnContext(ctx, "Temporal has other data than before: it is told everything from the beginning", "was", before, "is", id)
			failures = 0
		default:
			if failures > 0 {
				s.deps.Logger.InfoContext(ctx, "Temporal serves the namespace again", "namespace", s.cfg.Namespace)
			}
			failures = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// namespaceID asks Temporal for the id of the namespace. A Temporal that takes longer to say than it is left alone between two
// looks does not serve it either.
func (s *Suite) namespaceID(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.namespace.every)
	defer cancel()
	found, err := s.temporal.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: s.cfg.Namespace})
	if err != nil {
		return "", err
	}
	id := found.GetNamespaceInfo().GetId()
	if id == "" {
		return "", errors.New("the namespace has no id")
	}
	if err := s.checkSeals(ctx, found.GetNamespaceInfo().GetData()[sealMark]); err != nil {
		return "", err
	}
	return id, nil
}

// deliverToTemporal delivers a log's events to the workflows until ctx ends. A Temporal with other data than before, told by the
// id of its namespace, is another subscriber, which hears everything from the beginning: so a Temporal that was lost and set up
// anew misses no deadline. Until its data are known nothing is delivered, which could not be anyway.
func (s *Suite) deliverToTemporal(ctx context.Context, log *eventlog.Log) error {
	if !s.sealing.await(ctx) {
		return nil
	}
	for ctx.Err() == nil {
		id, changed := s.namespace.current()
		if id == "" {
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		same, stop := context.WithCancel(ctx)
		go func() {
			defer stop()
			select {
			case <-same.Done():
			case <-changed:
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

// watchTemporal offers as a metric whether Temporal serves the namespace.
func (s *Suite) watchTemporal() error {
	meter := s.telemetry.Meter().Meter("redress/suite")
	_, err := meter.Int64ObservableGauge("redress_temporal_reachable",
		metric.WithDescription("1 while Temporal serves the namespace, 0 while not: then nothing is acknowledged, assigned or escalated."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(s.namespace.up())
			return nil
		}))
	return err
}
