package followup

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// OfferTypes are the types of remedy's events that followup goes by: what a customer accepted is promised, and whoever does not answer is
// contacted again.
func OfferTypes() []string {
	return []string{"offer_answered", "offer_reminded", "offer_made", "offer_lapsed", "remedy_revised", "remedy_withdrawn"}
}

// offered is what an event about an offer does to what is owed; nil when that is nothing.
func (s *Service) offered(e *eventv1.Event, p *eventv1.Payload) (func(ledger), error) {
	at := e.GetRecordTime()
	over := func(remedy, reason string) (func(ledger), error) {
		return func(l ledger) { l.heardOf(remedy, reason, micros(at)) }, valid("event.record_time", at)
	}
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_OfferReminded:
		return s.followUp(e, kind.OfferReminded)
	case *eventv1.Payload_OfferAnswered:
		return s.answered(e, kind.OfferAnswered)
	case *eventv1.Payload_OfferMade:
		return over(kind.OfferMade.GetRemedy(), "the offer was made again")
	case *eventv1.Payload_OfferLapsed:
		return over(kind.OfferLapsed.GetRemedy(), "the offer has lapsed")
	case *eventv1.Payload_RemedyRevised:
		return over(kind.RemedyRevised.GetRemedy(), "something else was proposed")
	case *eventv1.Payload_RemedyWithdrawn:
		return over(kind.RemedyWithdrawn.GetRemedy(), "the proposal was withdrawn")
	default:
		return nil, nil
	}
}

// answered ends what was owed because nobody had answered, and makes what was accepted promises (REM-5). The time of the answer decides
// whether that was owed at all (CLK-1).
func (s *Service) answered(e *eventv1.Event, answer *eventv1.OfferAnswered) (func(ledger), error) {
	accept, err := s.accepted(e, answer)
	if err != nil {
		return nil, err
	}
	said := answer.GetAnswerTime()
	if said == nil {
		said = e.GetRecordTime()
	}
	return func(l ledger) {
		l.heardOf(answer.GetRemedy(), "the customer's answer is on record", micros(said))
		if accept != nil {
			accept(l)
		}
	}, valid("event.payload.answer_time", said)
}

// followUp opens the duty to get in touch again with a customer who has not answered an offer in time (REM-4). Remedy has set the times.
// A contact that was made since then meets it at once. What was recorded before this was a duty, or of a cycle that has ended, opens none.
func (s *Service) followUp(e *eventv1.Event, reminded *eventv1.OfferReminded) (func(ledger), error) {
	if reminded.GetFollowUpTime() == nil {
		return nil, nil
	}
	if err := valid("event.payload.over_time", reminded.GetOverTime()); err != nil {
		return nil, err
	}
	warnings := s.deps.Policy.Proto().GetRemedies().GetOffers().GetFollowUpWarnings()
	return func(l ledger) {
		if l.Complaint.Cycle != e.GetCycle() || l.Complaint.Ended {
			return
		}
		from, due := micros(reminded.GetOverTime()), micros(reminded.GetFollowUpTime())
		d := &Duty{
			Complaint: l.Complaint.ID, ID: l.followUpDuty(e.GetCycle(), reminded), Kind: policyv1.DutyKind_OFFER_FOLLOW_UP,
			Cycle: e.GetCycle(), State: followupv1.Duty_OPEN, OpenTime: from, DueTime: due, WarnTimes: l.warnTimes(from, due, warnings),
		}
		l.add(d)
		l.followUpOwed(d)
		for _, f := range l.contacts() {
			l.settled(d, d.Meet(f, l.now), d.Breached())
		}
	}, valid("event.payload.follow_up_time", reminded.GetFollowUpTime())
}

// contacts are what was recorded of contacts before the event that asks for them, by their own times: the earliest first.
func (c *Case) contacts() (facts []Fact) {
	for i := range c.Attempts {
		if f, ok := c.Attempts[i].Fact(); ok {
			facts = append(facts, f)
		}
	}
	for _, r := range c.Written {
		facts = append(facts, Fact{Kind: AgentWrote, Time: r.Time, Evidence: complaintName(r.Complaint) + "/" + r.Name, Holding: r.Holding})
	}
	slices.SortStableFunc(facts, func(a, b Fact) int { return a.Time.Compare(b.Time) })
	return facts
}

// followUpOwed tells of the duty and of when its owner is warned.
func (l ledger) followUpOwed(d *Duty) {
	remedy, version := d.offer()
	told := &eventv1.FollowUpOwed{Duty: dutyName(d.Complaint, d.ID), Remedy: remedy, Version: version, DueTime: timestamppb.New(d.DueTime)}
	for _, at := range d.WarnTimes {
		told.WarnTimes = append(told.WarnTimes, timestamppb.New(at))
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_FollowUpOwed{FollowUpOwed: told}})
}

// heardOf ends the duties to get in touch again about an offer, of which there is news since the time at.
func (l ledger) heardOf(remedy, reason string, at time.Time) {
	for _, d := range l.Duties {
		if of, _ := d.offer(); of == remedy && remedy != "" {
			l.releaseDuty(d, reason, at)
		}
	}
}

// followUpDuty is the id of the next duty about an offer: "1-offer-follow-up-01jb3p5v9x7k2m4n6q8r0t1w3y-2-1". The same version may be offered
// several times.
func (l ledger) followUpDuty(cycle int32, reminded *eventv1.OfferReminded) string {
	id := DutyID(cycle, policyv1.DutyKind_OFFER_FOLLOW_UP) + "-" + path.Base(reminded.GetRemedy()) + "-" + number(reminded.GetVersion()) + "-"
	n := 1
	for slices.ContainsFunc(l.Duties, func(d *Duty) bool { return d.ID == id+strconv.Itoa(n) }) {
		n++
	}
	return id + strconv.Itoa(n)
}

// offer is the remedy, by name, and its version that a duty to get in touch again is about; empty for any other duty.
func (d *Duty) offer() (remedy string, version int32) {
	rest, ok := strings.CutPrefix(d.ID, DutyID(d.Cycle, policyv1.DutyKind_OFFER_FOLLOW_UP)+"-")
	parts := strings.Split(rest, "-")
	if !ok || len(parts) != 3 {
		return "", 0
	}
	n, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return "", 0
	}
	return complaintName(d.Complaint) + "/remedies/" + parts[0], int32(n)
}
