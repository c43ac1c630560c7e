package followup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// wentOn is why nothing is owed in a complaint that was merged, before the name of the one in which it goes on.
const wentOn = "the matter went on in "

// errWentOn says that what an event tells concerns the complaint in which the matter goes on, too.
var errWentOn = errors.New("followup: the matter went on in another complaint")

// goesOn tells whether an event moves promises from its complaint to the one that it was merged into.
func (c *Case) goesOn(e *eventv1.Event, p *eventv1.Payload) bool {
	return p.GetComplaintMerged() != nil || (p.GetOfferAnswered() != nil || p.GetRefusalEnded().GetAlternative() != nil) && c.survivor(e.GetCycle()) != ""
}

// survivor is the id of the complaint into which the cycle's was merged; empty for one that was not.
func (c *Case) survivor(cycle int32) string {
	d := c.Duty(DutyID(cycle, policyv1.DutyKind_RESOLUTION))
	if d == nil || d.State == followupv1.Duty_OPEN {
		return ""
	}
	for _, d := range c.ofCycle(cycle) {
		if into, ok := strings.CutPrefix(d.ReleaseReason, wentOn); ok {
			id, _ := complaintID(into)
			return id
		}
	}
	return ""
}

// lastOf is the complaint in which the matter of one goes on in the end, through mergers in a row; empty for one that was not merged.
func (s *Service) lastOf(ctx context.Context, c *Case) (last string, err error) {
	for into := c.survivor(c.Complaint.Cycle); into != "" && c.Complaint.Ended; into = c.survivor(c.Complaint.Cycle) {
		last = into
		if c, err = s.deps.Store.Case(ctx, into); err != nil {
			return "", err
		}
	}
	return last, nil
}

// merged ends what is owed in a complaint that goes on in another one. Its promises and the final response go on there.
func (s *Service) merged(e *eventv1.Event, merged *eventv1.ComplaintMerged) (func(ledger), error) {
	if _, ok := complaintID(merged.GetInto()); !ok {
		return nil, invalidField("event.payload.into", "It is not the name of a complaint.")
	}
	at := e.GetRecordTime()
	return func(l ledger) {
		l.stopSeries(e.GetCycle(), eventv1.SeriesEnded_COMPLAINT_OVER, micros(at))
		l.release(e.GetCycle(), wentOn+merged.GetInto(), micros(at))
		// What was promised just after the cycle had ended is of one that will not begin.
		l.release(e.GetCycle()+1, wentOn+merged.GetInto(), micros(at))
		for _, d := range l.Duties { // One of an earlier cycle goes on, too: it was not begun anew (CLK-3).
			if d.Kind == policyv1.DutyKind_FINAL_RESPONSE {
				l.releaseDuty(d, wentOn+merged.GetInto(), micros(at))
			}
		}
		l.end(e.GetCycle())
	}, valid("event.record_time", at)
}

// moveOn does what an event does to a complaint that was merged, and has its promises go on. These are two complaints, each with a lock of
// its own: so first the one releases its promises, then the other one has them, and the event is accepted last. Delivered again after a
// failure in between, it goes on from there. What the law demands goes on with the merger alone: what is told of the complaint later takes nothing back that was
// decided since. merged is nil for such.
func (s *Service) moveOn(ctx context.Context, change Change, merged *eventv1.ComplaintMerged, decide func(ledger)) (Done, error) {
	e, into := change.Event, ""
	change.Event = nil
	if _, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		decide(s.ledger(c, e.GetActor()))
		into = c.survivor(e.GetCycle())
		return nil
	}); err != nil {
		return Done{}, err
	}
	if err := s.carry(ctx, change.Complaint, into, merged, e.GetActor()); err != nil {
		return Done{}, err
	}
	change.Event = e
	return s.deps.Store.Change(ctx, change, func(*Case) error { return nil })
}

// carry opens in one complaint what was promised in another one that was merged into it, with the same id, due time and owner, once, and has the
// final response that the law demands there owed here, when they are being merged.
// If that one goes on elsewhere itself, it goes on there. Of a cycle that has not been heard of it is too early.
func (s *Service) carry(ctx context.Context, from, into string, merged *eventv1.ComplaintMerged, actor string) error {
	for cycle := merged.GetIntoCycle(); into != ""; {
		list, err := s.deps.Store.Promises(ctx, PromiseQuery{Complaint: from, Now: s.now(), Limit: mostPromises})
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(p Pledge) bool { return p.Duty.ReleaseReason != wentOn+complaintName(into) })
		var response *carriedResponse
		if merged != nil {
			response, err = s.wentOnByLaw(ctx, from, into)
		}
		if err != nil || len(list) == 0 && response == nil {
			return err
		}
		next := ""
		if _, err := s.deps.Store.Change(ctx, Change{Complaint: into}, func(c *Case) error {
			if c.Complaint.ID == "" {
				return arrival.Unknown(into, s.now())
			}
			if c.Complaint.Cycle < cycle {
				return arrival.Early(complaintName(into), "The cycle began a moment ago and is not known here yet. Try again.")
			}
			l := s.ledger(c, actor)
			for i := range list {
				l.takeOver(list[i])
			}
			if response != nil {
				s.takeOverResponse(l, response)
			}
			next = c.survivor(c.Complaint.Cycle)
			return nil
		}); err != nil {
			return err
		}
		from, into, cycle = into, next, 0
	}
	return nil
}

// takeOver opens a promise of a complaint that was merged into this one. Words of another customer stay with who said them. What was broken
// there stays broken, and is no second breach.
func (l ledger) takeOver(p Pledge) {
	if l.Promise(p.Promise.ID) != nil {
		return
	}
	next := p.Promise
	if p.Customer != l.Complaint.Customer {
		next.Text, next.TextPlace = nil, ""
	}
	next.Evidence, next.Settler = nil, ""
	l.promise(&next, l.Complaint.Cycle, p.Duty.OpenTime, p.Duty.DueTime)
	if d := l.Duty(next.Duty); p.Duty.Verdict == policyv1.Verdict_MISSED {
		d.Verdict, d.SettleTime = p.Duty.Verdict, p.Duty.SettleTime
	}
	l.overtaken(&next)
}

// fulfils tells whether a part of what was accepted is promised already.
func (c *Case) fulfils(remedy string, part int32) bool {
	return slices.ContainsFunc(c.Promises, func(p *Promise) bool { return p.Remedy == remedy && p.Part == part })
}

// promiseLate is promise for what another service tells, whose cycle may have ended a moment before.
func (l ledger) promiseLate(p *Promise, cycle int32, from, due time.Time) {
	l.promise(p, cycle, from, due)
	l.overtaken(p)
}

// overtaken says what becomes of a promise that was put on record when its cycle had ended, in which no workflow keeps its time. It goes on
// where the matter does; what the customer accepted is owed, as is all else after a resolution; and that is released with everything else if the
// complaint was withdrawn or closed.
func (l ledger) overtaken(p *Promise) {
	d := l.Duty(p.Duty)
	if d.Cycle == l.Complaint.Cycle && !l.Complaint.Ended {
		return
	}
	if into := l.survivor(d.Cycle); into != "" {
		l.let(p, d, false, wentOn+complaintName(into), l.now, nil)
		return
	}
	switch resolution := l.Duty(DutyID(d.Cycle, policyv1.DutyKind_RESOLUTION)); {
	case p.Remedy == "" && resolution != nil && resolution.State == followupv1.Duty_RELEASED:
		l.let(p, d, false, resolution.ReleaseReason, l.now, nil)
	case p.Series():
		l.let(p, d, false, "the complaint was resolved", l.now, nil)
	default:
		l.outlived(p, d)
	}
}

// outlive ends the updates on how it goes, which end with the matter. What was promised once outlives its cycle, which is told once: a cycle
// that was resolved may be closed, too.
func (l ledger) outlive(cycle int32, reason string, at time.Time) {
	ended := cycle < l.Complaint.Cycle || l.Complaint.Ended
	for _, d := range l.ofCycle(cycle) {
		switch p := l.promiseOf(d); {
		case p == nil || d.State != followupv1.Duty_OPEN:
		case p.Series():
			l.let(p, d, false, reason, at, nil)
		case !ended:
			l.outlived(p, d)
		}
	}
}

// outlived tells that a cycle has ended in which something is owed that was promised once, between the question whether anything is and
// the answer. It stays owed, and the ladder is told at once, since nobody keeps its time any more.
func (l ledger) outlived(p *Promise, d *Duty) {
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_PromiseBroken{PromiseBroken: &eventv1.PromiseBroken{
		Promise: p.Name(), DueTime: timestamppb.New(d.DueTime), Owner: p.Owner, Outlived: true,
	}}})
}
