package remedy

import (
	"slices"
	"strconv"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// check refuses what may not be proposed for a complaint, in this order. Errors: COMPLAINT_ENDED, RESTATEMENT_MISSING,
// CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, AMOUNT_MISSING, TIME_INVALID, PROMISE_TOO_FAR, TOO_FEW_OPTIONS, PLAY_UNKNOWN, FALLBACK_MISSING, OPTIONS_ALIKE, ENTITLEMENT_EXCEPTIONAL,
// COMPENSATION_NOT_EXCEPTIONAL, NOT_OUR_FAULT, HISTORY_NOT_SEEN, ITEM_UNKNOWN, NOT_YET_KNOWN, ITEM_NOT_COVERED.
func (s *Service) check(c *Case, r *Remedy, now time.Time) error {
	switch {
	case c.Complaint.Ended():
		return complaintEnded(c.Complaint)
	case !c.Complaint.Facts.Restated:
		return restatementMissing()
	}
	for _, refuse := range []func() error{
		func() error { return s.rules.amounts(r.Options) },
		func() error { return s.rules.ahead(r.Options, now) },
		func() error { return s.rules.choice(r) },
		func() error { return different(r.Options) },
		func() error { return s.rules.exceptions(r.Options) },
		func() error { return s.rules.compensations(r, c.Complaint.Facts) },
		func() error { return s.there(c, r.Options) },
		func() error { return covered(c, r.Options) },
	} {
		if err := refuse(); err != nil {
			return err
		}
	}
	return nil
}

// monetary are the kinds that are an amount of money: without one they would be nothing, or more than anybody granted.
func monetary(kind remedyv1.Option_Kind) bool {
	switch kind {
	case remedyv1.Option_RETURN, remedyv1.Option_DISCOUNT, remedyv1.Option_FEE_WAIVER, remedyv1.Option_REFUND, remedyv1.Option_COMPENSATION,
		remedyv1.Option_COUPON, remedyv1.Option_GIFT:
		return true
	default:
		return false
	}
}

// amounts wants all amounts to be in the currency, as fine as it is, and told where there has to be one.
func (r *Rules) amounts(options []Option) error {
	for _, o := range options {
		for n, part := range o.Parts {
			field := partField(o, n)
			amount, err := r.Checked(field+".amount", part.Amount)
			if err != nil {
				return err
			}
			if _, err = r.Checked(field+".coupon.threshold", part.Threshold); err != nil {
				return err
			}
			if !amount.Positive() && (part.Cash || monetary(part.Kind)) {
				return amountMissing(field+".amount", part.Kind)
			}
		}
	}
	return nil
}

// ahead wants what is promised to be promised for a time to come, and for one that somebody can answer for: a promise must not be broken when
// it is made, nor a coupon be over.
func (r *Rules) ahead(options []Option, now time.Time) error {
	for _, o := range options {
		for n, part := range o.Parts {
			if !part.FulfilTime.IsZero() {
				if err := r.due(partField(o, n)+".fulfil_time", part.FulfilTime, now); err != nil {
					return err
				}
			}
			if !part.ExpireTime.IsZero() && !part.ExpireTime.After(now) {
				return timeInvalid(partField(o, n)+".coupon.expire_time", "It is over. Name a time to come.")
			}
		}
	}
	return nil
}

// due wants a promise to be due in a time to come, and not farther than the policy lets anybody promise. Errors: TIME_INVALID, PROMISE_TOO_FAR.
func (r *Rules) due(field string, due, now time.Time) error {
	if !due.After(now) {
		return timeInvalid(field, "It is over. Name a time to come, or none for the lead time of the policy.")
	}
	if latest := now.Add(r.furthest); due.After(latest) {
		return promiseTooFar(field, latest)
	}
	return nil
}

// partField is the path of a part in the request: the first part is the option itself.
func partField(o Option, part int) string {
	if part > 0 {
		return o.field + ".parts[" + strconv.Itoa(part-1) + "]"
	}
	return o.field
}

// choice wants the customer to have one: so many options, or one that a playbook says may stand alone; and, where the policy wants it, to be
// told what is done otherwise (REM-1). The fallback is no choice.
func (r *Rules) choice(p *Remedy) error {
	alone := false
	for _, o := range p.Options {
		if o.Play == "" {
			continue
		}
		may, known := r.alone(o)
		if !known {
			return playUnknown(o.field+".play", o.Play)
		}
		alone = alone || may && !o.Fallback
	}
	given := choices(p.Options)
	least := int(r.policy.GetOptionsLeast())
	switch {
	case len(given) < least && !alone:
		return tooFewOptions(least)
	case r.policy.GetFallbackNeeded() && len(p.Options) == len(given) && len(p.Fallback) == 0 && (len(given) > 1 || !alone):
		return fallbackMissing()
	}
	return nil
}

// compensates tells whether an option gives money because of our fault (REM-3). An apology for it costs nothing and is none.
func (r *Rules) compensates(o Option) bool {
	return slices.ContainsFunc(o.Parts, func(p Part) bool { return p.Basis == remedyv1.Option_FAULT && r.Of(p.Amount).Positive() })
}

// exceptions wants compensation to be called an exception, and never what somebody is entitled to (REM-3).
func (r *Rules) exceptions(options []Option) error {
	for i, o := range options {
		entitled := slices.ContainsFunc(o.Parts, func(p Part) bool { return p.Basis == remedyv1.Option_ENTITLEMENT })
		switch compensates := r.compensates(o); {
		case entitled && (o.Exceptional || compensates): // Its own money is no exception, whatever else the customer gets with it.
			return entitlementExceptional(o, i)
		case compensates && !o.Exceptional:
			return compensationNotExceptional(o, i)
		}
	}
	return nil
}

// compensations wants compensation to have a fault of ours, and a look at the history (REM-3).
func (r *Rules) compensations(p *Remedy, f Facts) error {
	for i, o := range p.Options {
		switch compensates := r.compensates(o); {
		case compensates && !r.OurFault(f):
			return notOurFault(o.number(i))
		case compensates && !p.HistorySeen:
			return historyNotSeen(o.number(i))
		}
	}
	return nil
}

// covered wants each option to settle all that is open (REC-3).
func covered(c *Case, options []Option) error {
	for i, o := range options {
		if len(o.Items) == 0 {
			continue
		}
		for _, item := range c.openItems() {
			if !slices.Contains(o.Items, item) {
				return itemNotCovered(o.number(i), itemName(c.Complaint.ID, item))
			}
		}
	}
	return nil
}

// still refuses what could not be proposed any more, since something else was found or asked for since then, or the policy has another
// currency: the ledger would have nothing of it. Errors: NOT_OUR_FAULT, ITEM_NOT_COVERED, CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE.
func (s *Service) still(c *Case, r *Remedy) error {
	for i, o := range r.Options {
		o.field = "options[" + strconv.Itoa(i) + "]"
		for n, part := range o.Parts {
			if _, err := s.rules.Checked(partField(o, n)+".amount", part.Amount); err != nil {
				return err
			}
		}
	}
	if err := s.rules.compensations(r, c.Complaint.Facts); err != nil {
		return err
	}
	return covered(c, r.Options)
}

// propose records a new proposal for the present cycle, granted or waiting for approval.
func (s *Service) propose(c *Case, r *Remedy, now time.Time) error {
	r.Cycle, r.CreateTime, r.Version, r.Revision = c.Complaint.Cycle, now, 1, 1
	most, _ := s.rules.Most(r.Options)
	c.tell(r.Cycle, r.Proposer, now, &eventv1.Payload{Kind: &eventv1.Payload_RemedyProposed{RemedyProposed: &eventv1.RemedyProposed{
		Remedy: r.Name(), OptionCount: int32(len(choices(r.Options))), Amount: s.rules.proto(most), Version: r.Revision,
	}}})
	if err := s.judge(c, r, now); err != nil {
		return err
	}
	c.Changes.Remedy = r
	return nil
}
