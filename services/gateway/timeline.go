package gateway

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// maxTimelineBytes ends a page early whose quotations are so long that it might not fit into a message.
const maxTimelineBytes = 2 << 20

// ListTimeline merges what all services recorded about a complaint, oldest first, and tells a page of it (API-2). A service that
// cannot be asked is named in the answer, and its entries are missing. What signals quote, and why a person set the severity, is
// shown to those whose work needs it (RISK-5, API-4). Errors: COMPLAINT_NOT_FOUND, PAGE_TOKEN_INVALID.
func (s *Service) ListTimeline(ctx context.Context, req *gatewayv1.ListTimelineRequest) (*gatewayv1.ListTimelineResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "timeline\n" + req.GetParent()
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	tracks, err := s.tracks(req.GetParent(), cursor)
	if err != nil {
		return nil, err
	}
	if _, err := s.deps.Intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: req.GetParent()}); err != nil {
		return nil, err
	}
	var group errgroup.Group
	for _, t := range tracks {
		// One more than a page has tells whether there is another one. A failure is noted on the track.
		group.Go(func() error { t.ahead = t.read(ctx, t.began, int(size)+1); return nil })
	}
	_ = group.Wait()

	resp, reader, bytes := &gatewayv1.ListTimelineResponse{}, s.reader(ctx), 0
	for t := oldest(tracks); t != nil && len(resp.GetEntries()) < int(size) && bytes < maxTimelineBytes; t = oldest(tracks) {
		entry, err := reader.entry(ctx, t, t.take())
		if err != nil {
			return nil, err
		}
		resp.Entries, bytes = append(resp.Entries, entry), bytes+proto.Size(entry)
	}
	if oldest(tracks) != nil {
		resp.NextPageToken = s.deps.Pages.Encode(cursorOf(tracks), bind)
	}
	for _, t := range tracks {
		if t.failed {
			resp.Partial = true
			resp.UnavailableSources = append(resp.UnavailableSources, t.source.Name)
		}
	}
	return resp, nil
}

// entry tells one event of a track.
func (r *reader) entry(ctx context.Context, t *track, e *eventv1.Event) (*gatewayv1.TimelineEntry, error) {
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
	r.prove(ctx, t, entry, payload)
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
