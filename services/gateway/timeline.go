package gateway

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// ListTimeline merges what all services recorded about a complaint, oldest first (API-2). A service that cannot be asked is
// named in the answer, and its entries are missing. An unknown complaint is NOT_FOUND. What signals quote, and why a person set
// the severity, is shown to those whose work needs it (RISK-5, API-4).
func (s *Service) ListTimeline(ctx context.Context, req *gatewayv1.ListTimelineRequest) (*gatewayv1.ListTimelineResponse, error) {
	if _, err := s.deps.Intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: req.GetParent()}); err != nil {
		return nil, err
	}
	events := make([][]*eventv1.Event, len(s.deps.Sources))
	failed := make([]bool, len(s.deps.Sources))
	var group errgroup.Group
	for i, source := range s.deps.Sources {
		group.Go(func() error {
			list, err := listAll(ctx, source.Log, req.GetParent())
			if err != nil {
				s.deps.Logger.WarnContext(ctx, "timeline: a service cannot be asked", "source", source.Name, "error", err)
				failed[i] = true
			}
			events[i] = list
			return nil
		})
	}
	_ = group.Wait() // The functions return no error: a source that fails is reported in the answer.

	resp := &gatewayv1.ListTimelineResponse{}
	for i, source := range s.deps.Sources {
		if failed[i] {
			resp.Partial = true
			resp.UnavailableSources = append(resp.UnavailableSources, source.Name)
		}
	}
	reader := s.reader(ctx)
	for _, e := range merge(events) {
		entry, err := reader.entry(ctx, e)
		if err != nil {
			return nil, err
		}
		resp.Entries = append(resp.Entries, entry)
	}
	return resp, nil
}

// listAll reads all pages of one log.
func listAll(ctx context.Context, log EventLog, subject string) ([]*eventv1.Event, error) {
	var all []*eventv1.Event
	req := &eventv1.ListEventsRequest{Subject: subject}
	for {
		page, err := log.ListEvents(ctx, req)
		if err != nil {
			return all, err
		}
		all = append(all, page.GetEvents()...)
		if page.GetNextPageToken() == "" {
			return all, nil
		}
		req.PageToken = page.GetNextPageToken()
	}
}

// merge orders the events of several logs by recorded time. Events of one log keep their order even where a clock was set
// back, and at equal times the event ids, which sort by time, decide.
func merge(logs [][]*eventv1.Event) []*eventv1.Event {
	var all []*eventv1.Event
	next := make([]int, len(logs))
	for {
		best := -1
		for i, log := range logs {
			if next[i] < len(log) && (best < 0 || before(log[next[i]], logs[best][next[best]])) {
				best = i
			}
		}
		if best < 0 {
			return all
		}
		all = append(all, logs[best][next[best]])
		next[best]++
	}
}

func before(a, b *eventv1.Event) bool {
	return cmp.Or(
		a.GetRecordTime().AsTime().Compare(b.GetRecordTime().AsTime()),
		cmp.Compare(a.GetEventId(), b.GetEventId()),
	) < 0
}

// entry tells one event. The events before it were read by the same reader.
func (r *reader) entry(ctx context.Context, e *eventv1.Event) (*gatewayv1.TimelineEntry, error) {
	payload := &eventv1.Payload{}
	if err := proto.Unmarshal(e.GetPayload(), payload); err != nil {
		return nil, err
	}
	entry := &gatewayv1.TimelineEntry{
		EventId:    e.GetEventId(),
		RecordTime: e.GetRecordTime(),
		Actor:      e.GetActor(),
		Source:     e.GetSource(),
		Type:       e.GetType(),
		Cycle:      e.GetCycle(),
		Summary:    summary(payload),
		Details:    details(payload),
	}
	r.prove(ctx, e.GetSubject(), entry, payload)
	return entry, nil
}

// sortedKeys returns the keys of m in order, for answers that do not change from call to call.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
