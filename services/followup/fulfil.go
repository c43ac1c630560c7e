package followup

import (
	"path"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// accepted makes each part of an option that the customer accepted a promise of its own (REM-5). Remedy has set the times, by what was
// offered or by the policy. A cycle that has ended at the same moment leaves them owed: the customer has said yes, and nobody else takes that
// back (PROM-1).
func (s *Service) accepted(e *eventv1.Event, answer *eventv1.OfferAnswered) (func(ledger), error) {
	return s.fulfilling(e, answer.GetRemedy(), answer.GetParts())
}

// instead makes the alternative of a refusal a promise once the customer has accepted it, where it has a time (REF-1, REM-5). It is owed as
// what was accepted of an offer is.
func (s *Service) instead(e *eventv1.Event, ended *eventv1.RefusalEnded) (func(ledger), error) {
	if ended.GetAlternative() == nil {
		return nil, nil
	}
	return s.fulfilling(e, ended.GetRefusal(), []*eventv1.OwedPart{ended.GetAlternative()})
}

// fulfilling makes each part of what the customer has said yes to a promise, whose name tells what it is a part of; nil for no part.
func (s *Service) fulfilling(e *eventv1.Event, of string, parts []*eventv1.OwedPart) (func(ledger), error) {
	for _, part := range parts {
		if err := valid("event.payload.parts.due_time", part.GetDueTime()); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return func(l ledger) {
		from := micros(e.GetRecordTime())
		for _, part := range parts {
			if l.fulfils(of, part.GetPart()) {
				continue // It was told before.
			}
			l.promiseLate(&Promise{
				ID: s.deps.IDs.ID(), Source: followupv1.Promise_FULFILMENT, Text: part.GetContents().GetCiphertext(),
				TextPlace: part.GetContents().GetPlace(), Owner: part.GetOwner(), Speaker: e.GetActor(), PromiseTime: from,
				Amount: moneyOf(part.GetAmount()), Remedy: of, Part: part.GetPart(),
			}, e.GetCycle(), from, micros(part.GetDueTime()))
		}
	}, valid("event.record_time", e.GetRecordTime())
}

// neverMade is why nothing is owed that was verified as promised and refuted afterwards.
const neverMade = "it was found that it had never been promised"

// verified makes what the customer says was promised, and was, a promise (REC-9). One without a time is due when the matter is. What is
// refuted after all is owed no more; a breach until then stays on record.
func (s *Service) verified(e *eventv1.Event, judged *eventv1.AllegedPromiseJudged) (func(ledger), error) {
	if !judged.GetVerified() {
		return func(l ledger) { l.refuted(judged.GetAllegedPromise(), micros(e.GetRecordTime())) }, valid("event.record_time", e.GetRecordTime())
	}
	if due := judged.GetDueTime(); due != nil && !due.IsValid() {
		return nil, invalidField("event.payload.due_time", "It is no time.")
	}
	return func(l ledger) {
		for _, p := range l.Promises {
			if p.allegedAs(judged.GetAllegedPromise()) && l.Duty(p.Duty).ReleaseReason != neverMade {
				return // It was judged again, also in a complaint that was merged into this one.
			}
		}
		from := micros(e.GetRecordTime())
		due := from
		switch resolution := l.Duty(DutyID(e.GetCycle(), policyv1.DutyKind_RESOLUTION)); {
		case judged.GetDueTime() != nil:
			due = micros(judged.GetDueTime())
		case resolution != nil:
			due = resolution.DueTime
		}
		words := judged.GetText()
		if words.GetCustomer() != l.Complaint.Customer {
			words = nil // Of a complaint that was merged: they stay with whoever said them.
		}
		l.promiseLate(&Promise{
			ID: s.deps.IDs.ID(), Source: followupv1.Promise_ALLEGED, Text: words.GetCiphertext(), TextPlace: words.GetPlace(),
			Alleged: judged.GetAllegedPromise(),
		}, e.GetCycle(), from, due)
	}, valid("event.record_time", e.GetRecordTime())
}

// allegedAs tells whether it is what was alleged, also in a complaint that was merged into this one.
func (p *Promise) allegedAs(alleged string) bool {
	return p.Alleged != "" && path.Base(p.Alleged) == path.Base(alleged)
}

// refuted releases what was verified as promised, and was not.
func (l ledger) refuted(alleged string, at time.Time) {
	for _, p := range l.Promises {
		if p.allegedAs(alleged) {
			l.let(p, l.Duty(p.Duty), false, neverMade, at, nil)
		}
	}
}
