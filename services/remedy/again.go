package remedy

import (
	"context"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// recalled is a proposal as it was read before a transaction that may have to grant it again.
type recalled struct {
	stored Remedy
	// shown has the words of one that would be offered again, which count for who may grant it.
	shown *remedyv1.Remedy
	// evidence is the name of what shows an answer, and found what it stands for.
	evidence string
	found    Found
}

// recall reads what it takes to grant a proposal again. Texts are opened before the transaction, because the key may have to be asked for.
// Errors: RESOURCE_NOT_FOUND, and followup's EVIDENCE_NOT_FOUND and NOT_YET_KNOWN.
func (s *Service) recall(ctx context.Context, name, evidence string) (before recalled, err error) {
	complaint, id := remedyIDs(name)
	if before.stored, err = s.deps.Store.Remedy(ctx, complaint, id); err != nil {
		return before, s.noRemedy(err, name)
	}
	if before.evidence = evidence; evidence != "" {
		if before.found, err = s.deps.Records.Find(ctx, complaintName(complaint), evidence); err != nil {
			return before, err
		}
	}
	if repeats(before.stored.State) {
		before.shown, err = s.shown(ctx, complaint, id)
	}
	return before, err
}

// enough refuses to give again what would need more authority now than granted it: what the complaint was given since counts with it, or
// offers that lapse and are made again would add up to what nobody was asked for (APPR-1). Errors: APPROVAL_NEEDED, and ETAG_MISMATCH for a
// proposal that has lapsed, or was answered, only now.
func (s *Service) enough(c *Case, r *Remedy, wanted []Option, before recalled) error {
	if before.shown == nil || before.stored.Revision != r.Revision {
		return stale(etag(r))
	}
	s.listen(r, offered(before.shown), before.shown.GetFallback())
	chosen := *r
	if len(wanted) < len(r.Options) {
		chosen.FallbackWords = nil
	}
	chosen.Options = nil
	for _, o := range wanted {
		o.Words = r.worded(o)
		chosen.Options = append(chosen.Options, o)
	}
	options, err := s.along(c, &chosen)
	if err != nil {
		return err
	}
	asked, had := s.rules.asked(&chosen, c.Complaint.Facts, options, false), s.granted(c, r)
	if r.Grant.Alone && asked.Level == 0 && c.Complaint.Facts.about(r.Proposer) {
		asked = Request{Level: 1, Needed: 1}
	}
	if asked.last() > had.last() || asked.Needed > had.Needed {
		return approvalNeeded(asked)
	}
	return nil
}

// worded are the words that were listened to of an option that is one of the remedy's.
func (r *Remedy) worded(o Option) []Part {
	for _, own := range r.Options {
		if len(own.Parts) > 0 && len(o.Parts) > 0 && &own.Parts[0] == &o.Parts[0] {
			return own.Words
		}
	}
	return o.Words
}

// last is the level that has the last word; 0 where nobody is asked.
func (r Request) last() int { return r.Level + int(max(r.Needed-1, 0)) }

// granted is what was asked of those who granted the present revision: nothing of what somebody granted alone.
func (s *Service) granted(c *Case, r *Remedy) Request {
	a := c.approval(r.Approval)
	if r.Grant.Alone || a == nil {
		return Request{}
	}
	top := 0
	for _, step := range a.Steps {
		switch {
		case step.Outcome != remedyv1.ApprovalStep_APPROVED:
		case step.Decider != step.Approver: // Only an executive decides in anybody's place.
			top = s.rules.last()
		default:
			top = max(top, step.Level)
		}
	}
	return Request{Level: top - int(max(a.Needed-1, 0)), Needed: a.Needed}
}

// grantAgain holds anew what an offer costs that had lapsed or was declined, on the account of whoever granted it. What the customer wanted
// something else for is held still. Errors: CAP_EXCEEDED, APPROVAL_NEEDED.
func (s *Service) grantAgain(c *Case, r *Remedy, before recalled, now time.Time) error {
	if r.State == remedyv1.Remedy_COUNTERED {
		return s.enough(c, r, r.Options, before)
	}
	if _, err := s.room(c, r, r.Options, r.Grant.Alone, false, now); err != nil {
		return err
	}
	if err := s.enough(c, r, r.Options, before); err != nil {
		return err
	}
	s.holdAgain(c, r, holding{options: r.Options, cause: r.Name()}, now)
	return nil
}

// grantLate holds anew those options of an offer that the customer has answered in time, which was put on record after it had lapsed. We
// are bound by it, so neither a cap nor what was given since stands in the way, if something shows that it was the customer's answer: what is
// beyond a cap is told (CLK-1). Errors: ANSWER_NOT_PROVEN, CAP_EXCEEDED for a sum that no ledger holds.
func (s *Service) grantLate(c *Case, r *Remedy, options []Option, before recalled, vouched bool, now time.Time) error {
	beyond, err := s.room(c, r, options, r.Grant.Alone, true, now)
	if err != nil {
		return err
	}
	if unproven := r.unproven(before, vouched); unproven != "" {
		if beyond || s.enough(c, r, options, before) != nil {
			return answerNotProven(before.evidence, unproven)
		}
	}
	s.holdAgain(c, r, holding{options: options, beyond: beyond, cause: r.Name()}, now)
	return nil
}

// unproven is why nothing shows that the customer has answered in time; empty when a message or a contact of that time does, or a supervisor
// says so who has not proposed it.
func (r *Remedy) unproven(before recalled, vouched bool) string {
	switch {
	case vouched:
		return ""
	case before.evidence == "":
		return "These are words, which a supervisor may put on record who has not proposed it."
	case !before.found.CustomersWord:
		return "It is no word of the customer's, or did not reach them."
	case before.found.Time.Before(r.Offer.Time), before.found.Time.After(r.Offer.AnswerTime):
		return "It is not of the time that the customer had to answer."
	}
	return ""
}

// vouches tells whether the caller's word is enough for an answer to a proposal.
func vouches(ctx context.Context, c *Case, r *Remedy) bool {
	who := caller(ctx)
	return leads(ctx) && who.Subject != r.Proposer &&
		!c.Complaint.Facts.about(who.Subject)
}
