package story

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

const (
	// tick is how often the stage looks for events.
	tick = 50 * time.Millisecond
	// holdBack is for how many ticks an event is held back, so that events of several services come in order.
	holdBack = 3
	// patience is how long after its time something may come.
	patience = 20 * time.Second
)

// stage is where the story happens: it knows the complaint, makes the calls, and prints what is recorded meanwhile.
type stage struct {
	deps   Deps
	paper  *paper
	words  words
	server *server
	watch  *watch
	tokens map[string]string // By subject.
	names  map[string]string // What people call agents and departments.

	complaint *intakev1.Complaint
	// review is the id of the review of the day; empty before.
	review   string
	message  string              // What was written last, by name.
	second   *intakev1.Complaint // What the customer complains of afterwards.
	open     *intakev1.Complaint // The one of them that is not resolved yet; nil when none is.
	assignee string
	phone    string        // The customer's.
	filed    time.Time     // By our clock.
	climb    time.Duration // How long a level of the ladder has.
	reached  time.Time     // When the customer was reached.
	batch    string        // Of what the last customer complains of.
	signals  []string      // The signals that have been printed.
	waiting  []happening
	told     []happening
}

// get reads the complaint, or what is below it, as the observer.
func (s *stage) get(ctx context.Context, below string, answer proto.Message) error {
	return s.server.get(ctx, s.tokens[observer], "/v1/"+s.complaint.GetName()+below, answer)
}

// post sends a command on the complaint as one of the people.
func (s *stage) post(ctx context.Context, subject, below string, body, answer proto.Message) error {
	return s.server.post(ctx, s.tokens[subject], "/v1/"+s.complaint.GetName()+below, body, answer)
}

// act prints what somebody did by a call. What was recorded before stands above it.
func (s *stage) act(at time.Time, subject, text, call string) {
	s.show(func(h happening) bool { return h.time().Before(at) })
	s.paper.line(s.since(at), markOf("act"), s.called(subject), text)
	s.paper.below(dim, http.MethodPost+" "+call)
}

// since writes a time from the filing on.
func (s *stage) since(at time.Time) string {
	if s.complaint == nil {
		return ""
	}
	return span(at.Sub(s.complaint.GetReceiveTime().AsTime()))
}

// clock turns a time of the server into one of ours.
func (s *stage) clock(at time.Time) time.Time {
	return s.filed.Add(at.Sub(s.complaint.GetReceiveTime().AsTime()))
}

// serverTime is what the server's clock says now.
func (s *stage) serverTime() time.Time {
	return s.complaint.GetReceiveTime().AsTime().Add(s.deps.Now().Sub(s.filed))
}

// until waits until an event has been printed that the condition holds for. It may have been printed before. An event that has
// not come some time after it should have is an error that says so.
func (s *stage) until(ctx context.Context, what string, due time.Time, condition func(happening) bool) error {
	for _, h := range s.told {
		if condition(h) {
			return nil
		}
	}
	limit := s.clock(due).Add(patience)
	for s.deps.Now().Before(limit) {
		seen := len(s.told)
		if err := s.step(ctx); err != nil {
			return err
		}
		for _, h := range s.told[seen:] {
			if condition(h) {
				return nil
			}
		}
	}
	return s.notCome(what, due)
}

// notCome says what should have come, and what did.
func (s *stage) notCome(what string, due time.Time) error {
	last := "nothing at all"
	if n := len(s.told); n > 0 {
		last = s.told[n-1].event.GetType() + " at " + s.since(s.told[n-1].time())
	}
	return fmt.Errorf("%s: expected at %s, and %s later it has not come; the last event was %s. "+
		"The log of Redress may say why: start it with ARGS=\"--log-level info\"", what, s.since(due), patience, last)
}

// pause lets time pass.
func (s *stage) pause(ctx context.Context, d time.Duration) error {
	for end := s.deps.Now().Add(d); s.deps.Now().Before(end); {
		if err := s.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// soon waits until something can be read that others record in a moment: until missing answers nothing. What it answered last is the
// error when that takes too long.
func (s *stage) soon(ctx context.Context, missing func() error) error {
	for end := s.deps.Now().Add(patience); ; {
		lacking := missing()
		if lacking == nil || s.deps.Now().After(end) {
			return lacking
		}
		if err := s.pause(ctx, 2*tick); err != nil {
			return err
		}
	}
}

// step lets a moment pass and prints what was recorded in it.
func (s *stage) step(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-s.watch.failed:
		return err
	case <-time.After(tick):
	}
	for {
		select {
		case h := <-s.watch.events:
			if h.event.GetSubject() == s.complaint.GetName() {
				s.waiting = append(s.waiting, h)
			}
			continue
		default:
		}
		break
	}
	for i := range s.waiting {
		s.waiting[i].ticks++
	}
	s.show(func(h happening) bool { return h.ticks >= holdBack })
	return nil
}

// show prints events that wait, in order, up to the last one that is ready.
func (s *stage) show(ready func(happening) bool) {
	inOrder(s.waiting)
	n := 0
	for i, h := range s.waiting {
		if ready(h) {
			n = i + 1
		}
	}
	for _, h := range s.waiting[:n] {
		h.again = s.repeats(h)
		s.told = append(s.told, h)
		if !echoed(h) {
			s.paper.line(s.since(h.time()), markOf(keyOf(h)), s.doer(h), s.tell(h))
		}
	}
	s.waiting = s.waiting[n:]
}

// repeats tells whether a notice of the ladder was told before: at the top, where nobody is above.
func (s *stage) repeats(h happening) bool {
	raised := h.payload.GetEscalationRaised()
	return raised != nil && slices.ContainsFunc(s.told, func(before happening) bool {
		e := before.payload.GetEscalationRaised()
		return e.GetEscalation() == raised.GetEscalation() && e.GetLevel() == raised.GetLevel()
	})
}

// short leaves the complaint's id out of a path, for people.
func (s *stage) short(path string) string {
	return strings.ReplaceAll(path, s.complaint.GetName(), "complaints/…")
}
