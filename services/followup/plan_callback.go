package followup

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
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
	theirs := suits{windows(req.GetContactHours()), letter.Zone(req.GetTimeZone())}
	plan.Callback.Reach = s.reach.expect(c.Attempts, theirs, now).message()
	next, why := s.reach.next(&c, theirs, now)
	plan.NextTime, plan.Why = timestamp(next), why
	if s.reach.lost(c.Attempts, req.GetWays()) {
		plan.Why += " No number is known that is the customer's: find one, or have them written to in place of the call."
	}
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

// windows reads contact hours, whose form the contract has checked. Hours that go on after midnight are two parts of a day; those that end
// when they begin say nothing.
func windows(hours string) []window {
	var list []window
	for _, part := range strings.Split(hours, ",") {
		from, to, ok := strings.Cut(part, "-")
		switch {
		case !ok || from == to:
		case from < to:
			list = append(list, window{from, to})
		default:
			list = append(list, window{from, "24:00"})
			if to != "00:00" {
				list = append(list, window{"00:00", to})
			}
		}
	}
	return list
}

// suits is when a customer can be called: in which hours, by which clock. Nil is the firm's.
type suits struct {
	hours []window
	zone  *time.Location
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
func (r reachRules) next(c *Callback, theirs suits, now time.Time) (time.Time, string) {
	if at := agreed(c.Attempts, now); !at.IsZero() {
		return at, "The customer asked to be called then."
	}
	zone, why := cmp.Or(theirs.zone, r.zone), "The first time that suits."
	hours := theirs.hours
	if len(hours) > 0 {
		why = "The first time within the customer's hours."
	} else {
		hours = r.bands(nil)
	}
	earliest := now
	if n := len(c.Attempts); n > 0 {
		earliest = later(now, c.Attempts[n-1].AttemptTime.Add(r.again))
	}
	first := r.within(earliest, hours, zone, nil)
	made := r.of(c.Attempts)
	fresh := r.within(earliest, hours, zone, r.bands(made.bands))
	lacks := first.After(c.Duty.DueTime) && len(made.bands) < int(made.timesOfDay()) // Then nothing is gained by being sooner.
	if len(c.Attempts) > 0 && (lacks || !fresh.After(c.Duty.DueTime)) && fresh.After(first) {
		return fresh, "A time of day at which the customer was not tried yet."
	}
	if first.After(c.Duty.DueTime) && now.Before(c.Duty.DueTime) {
		return first, why + " The call is owed before that, until " + instant(c.Duty.DueTime) + "."
	}
	return first, why
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

// within is the first moment from then on that lies in one of the hours, which go by the clock of a zone, and in one of the bands unless there are
// none, which go by the firm's, as they are counted.
func (r reachRules) within(earliest time.Time, hours []window, zone *time.Location, bands []window) time.Time {
	var best time.Time
	for _, hour := range spans(hours, zone, earliest) {
		for _, band := range spans(bands, r.zone, earliest) {
			at := later(earliest, later(hour.from, band.from))
			if at.Before(hour.to) && at.Before(band.to) && (best.IsZero() || at.Before(best)) {
				best = at
			}
		}
	}
	if best.IsZero() {
		return earliest
	}
	return best.UTC()
}

// span is a stretch of time.
type span struct{ from, to time.Time }

// spans are windows of each day ahead, by the clock of a zone; all of the days where there are no windows.
func spans(windows []window, zone *time.Location, earliest time.Time) []span {
	local := earliest.In(zone)
	if len(windows) == 0 {
		return []span{{local.AddDate(0, 0, -1), local.AddDate(0, 0, farthest+1)}}
	}
	var list []span
	for day := range farthest {
		date := local.AddDate(0, 0, day-1) // Yesterday of one zone may be today in the other.
		for _, w := range windows {
			list = append(list, span{on(date, w.from), on(date, w.to)})
		}
	}
	return list
}

// on is a time of the clock on a date.
func on(date time.Time, clock string) time.Time {
	digits := func(i int) int { return int(clock[i]-'0')*10 + int(clock[i+1]-'0') }
	return time.Date(date.Year(), date.Month(), date.Day(), digits(0), digits(3), 0, 0, date.Location())
}
