package followup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// PlanCallback says when and by which way the customer is to be called next (CALL-1), with the callback as it stands. It takes the ways on
// record from the caller, since followup knows no addresses. That a person was shown how to reach the customer in full is put on record
// (API-4). Errors: AGENT_RECUSED, CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) PlanCallback(ctx context.Context, req *followupv1.PlanCallbackRequest) (*followupv1.CallbackPlan, error) {
	complaint, cycle, ok := callbackIDs(req.GetName())
	if !ok {
		return nil, callbackNotFound(req.GetName())
	}
	about, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	if err := about.Complaint.recuses(caller(ctx).Subject); err != nil {
		return nil, err
	}
	c, err := s.deps.Store.Callback(ctx, complaint, cycle)
	if errors.Is(err, ErrUnknown) {
		return nil, callbackNotFound(req.GetName())
	}
	if err != nil {
		return nil, err
	}
	if req.GetFullContact() && caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) {
		if err := s.prepared(ctx, complaint, cycle); err != nil {
			return nil, err
		}
	}
	now := s.now()
	plan := &followupv1.CallbackPlan{Callback: s.callbackAnswer(ctx, &c)}
	if c.Duty.State != followupv1.Duty_OPEN {
		plan.Why = "The callback is not owed any more."
		return plan, nil
	}
	plan.Way = s.reach.way(c.Attempts, req.GetWays())
	plan.FindWay = plan.GetWay() == policyv1.ContactWay_CONTACT_WAY_UNSPECIFIED
	next, why := s.reach.next(&c, windows(req.GetContactHours()), now)
	plan.NextTime, plan.Why = timestamp(next), why
	if plan.GetFindWay() {
		plan.Why += " No way is left on record by which the customer can be called: find another one first."
	}
	return plan, nil
}

// prepared notes who was shown how to reach the customer.
func (s *Service) prepared(ctx context.Context, complaint string, cycle int32) error {
	_, err := s.change(ctx, Change{Complaint: complaint}, func(l ledger) error {
		l.draft(cycle, &eventv1.Payload{Kind: &eventv1.Payload_CallbackPrepared{CallbackPrepared: &eventv1.CallbackPrepared{
			Callback: callbackName(complaint, cycle),
		}}})
		return nil
	})
	return err
}

// window is a part of each day, in the times of the clock: "09:00" to "12:00".
type window struct{ from, to string }

// windows reads contact hours, whose form the contract has checked.
func windows(hours string) []window {
	var list []window
	for _, part := range strings.Split(hours, ",") {
		if from, to, ok := strings.Cut(part, "-"); ok && from < to {
			list = append(list, window{from, to})
		}
	}
	return list
}

// way is the way to try next: of those on record that can be used, the one tried least, the preferred first; unset when there is none.
func (r reachRules) way(attempts []Attempt, ways []policyv1.ContactWay) policyv1.ContactWay {
	tried := make(map[policyv1.ContactWay]int)
	for i := range attempts {
		if attempts[i].Counts() {
			tried[attempts[i].Way]++
		}
	}
	none := unusable(attempts)
	best := policyv1.ContactWay_CONTACT_WAY_UNSPECIFIED
	for _, way := range ways {
		if twoWay(way) && !slices.Contains(none, way) && (best == 0 || tried[way] < tried[best]) {
			best = way
		}
	}
	return best
}

// farthest bounds the days that a plan looks ahead.
const farthest = 14

// next is when the customer is to be called, and why then. Times in which the customer cannot be reached are left out; without such, those
// of the day at which nobody is to be called are.
func (r reachRules) next(c *Callback, hours []window, now time.Time) (time.Time, string) {
	if at := agreed(c.Attempts, now); !at.IsZero() {
		return at, "The customer asked to be called then."
	}
	bands, theirs := r.bands(nil), "The first time that suits."
	if len(hours) > 0 {
		theirs = "The first time within the customer's hours."
	} else {
		hours = bands
	}
	earliest := now
	if n := len(c.Attempts); n > 0 {
		earliest = later(now, c.Attempts[n-1].AttemptTime.Add(r.again))
	}
	first := r.within(earliest, hours, nil)
	if fresh := r.within(earliest, hours, r.bands(r.of(c.Attempts).bands)); len(c.Attempts) > 0 && !fresh.After(c.Duty.DueTime) && fresh.After(first) {
		return fresh, "A time of day at which the customer was not tried yet."
	}
	if first.After(c.Duty.DueTime) && now.Before(c.Duty.DueTime) {
		return first, theirs + " The call is owed before that, until " + instant(c.Duty.DueTime) + "."
	}
	return first, theirs
}

// bands are the times of day at which customers are called, but for those of a name; nil for any.
func (r reachRules) bands(without []string) []window {
	var list []window
	for _, band := range r.rules.GetBands() {
		if !slices.Contains(without, band.GetName()) {
			list = append(list, window{band.GetFrom(), band.GetTo()})
		}
	}
	return list
}

// within is the first moment from then on that lies in one of the hours, and in one of the bands unless there are none.
func (r reachRules) within(earliest time.Time, hours, bands []window) time.Time {
	if len(hours) == 0 {
		hours = []window{{"00:00", "24:00"}}
	}
	if len(bands) == 0 {
		bands = []window{{"00:00", "24:00"}}
	}
	local := earliest.In(r.zone)
	var best time.Time
	for day := range farthest {
		date := local.AddDate(0, 0, day)
		for _, hour := range hours {
			for _, band := range bands {
				from, to := max(hour.from, band.from), min(hour.to, band.to)
				at := later(earliest, r.on(date, from))
				if from < to && at.Before(r.on(date, to)) && (best.IsZero() || at.Before(best)) {
					best = at
				}
			}
		}
		if !best.IsZero() {
			return best.UTC()
		}
	}
	return earliest
}

// on is a time of the clock on a date.
func (r reachRules) on(date time.Time, clock string) time.Time {
	digits := func(i int) int { return int(clock[i]-'0')*10 + int(clock[i+1]-'0') }
	return time.Date(date.Year(), date.Month(), date.Day(), digits(0), digits(3), 0, 0, r.zone)
}
