package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// track is one service's part of a timeline, of which a page tells a stretch.
type track struct {
	source  Source
	subject string
	logger  *slog.Logger
	// began is the position of the last event that pages before have told, and told that of the last one so far.
	began, told int64
	// ahead are the events that follow, as many as the page may need.
	ahead []*eventv1.Event
	// failed is true when the service could not be asked.
	failed bool
}

// tracks are those of a complaint, at the place where a page begins: how much of each log was told. A place in time would not do:
// what a service records while pages are turned may be older, by its clock, than what was told.
func (s *Service) tracks(complaint string, cursor []string) ([]*track, error) {
	told := map[string]int64{}
	for ; len(cursor) >= 2; cursor = cursor[2:] {
		position, err := strconv.ParseInt(cursor[1], 10, 64)
		if err != nil || position < 0 {
			return nil, page.ErrToken
		}
		told[cursor[0]] = position
	}
	if len(cursor) != 0 {
		return nil, page.ErrToken
	}
	var tracks []*track
	for _, source := range s.deps.Sources {
		at := told[source.Name]
		tracks = append(tracks, &track{source: source, subject: complaint, logger: s.deps.Logger, began: at, told: at})
	}
	return tracks, nil
}

// cursorOf is the inverse of tracks.
func cursorOf(tracks []*track) (cursor []string) {
	for _, t := range tracks {
		cursor = append(cursor, t.source.Name, strconv.FormatInt(t.told, 10))
	}
	return cursor
}

// read reads up to so many events after a position; those before the failure when the service cannot be asked.
func (t *track) read(ctx context.Context, after int64, most int) (events []*eventv1.Event) {
	req := &eventv1.ListEventsRequest{Subject: t.subject, AfterPosition: after}
	for {
		req.PageSize = int32(most - len(events))
		page, err := t.source.Log.ListEvents(ctx, req)
		if err != nil {
			t.logger.WarnContext(ctx, "timeline: a service cannot be asked", "source", t.source.Name, "error", err)
			t.failed = true
			return events
		}
		events = append(events, page.GetEvents()...)
		if page.GetNextPageToken() == "" || len(events) >= most {
			return events
		}
		req.PageToken = page.GetNextPageToken()
	}
}

// take goes on by one event.
func (t *track) take() *eventv1.Event {
	e := t.ahead[0]
	t.ahead, t.told = t.ahead[1:], e.GetPosition()
	return e
}

// oldest is the track that goes on first; nil when all have ended. Events of one log keep their order even where a clock was set
// back, and at equal times the event ids, which sort by time, decide.
func oldest(tracks []*track) (first *track) {
	for _, t := range tracks {
		if len(t.ahead) > 0 && (first == nil || before(t.ahead[0], first.ahead[0])) {
			first = t
		}
	}
	return first
}

func before(a, b *eventv1.Event) bool {
	return cmp.Or(
		a.GetRecordTime().AsTime().Compare(b.GetRecordTime().AsTime()),
		cmp.Compare(a.GetEventId(), b.GetEventId()),
	) < 0
}
