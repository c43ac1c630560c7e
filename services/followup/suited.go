package followup

import (
	"context"
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// HoursFit is how an attempt lies to the hours in which the customer says to be reachable.
type HoursFit int32

// The customer had said none when it was recorded, or it is not known; or the attempt lies within them, or outside.
const (
	HoursUnsaid HoursFit = iota
	HoursWithin
	HoursOutside
)

// fitPatience is how long an attempt waits to be told where the customer is, and at what hours.
const fitPatience = 2 * time.Second

// fit notes by which zone an attempt in vain has its date, and how it lies to the customer's hours, as they are when it is recorded: one outside of
// them does not make a customer unreachable, and a time of day that they never meet is not asked for (CALL-3). It is on record with the attempt,
// since zone and hours themselves are kept by intake alone. An attempt is recorded whatever becomes of intake; then it counts as if nothing had been said.
func (s *Service) fit(ctx context.Context, a *Attempt, at time.Time) {
	if s.reach.rules == nil || a.Outcome != followupv1.Attempt_NO_ANSWER && a.Outcome != followupv1.Attempt_REFUSED {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, fitPatience)
	defer cancel()
	to, err := s.deps.Contacts.Contact(ctx, complaintName(a.Complaint))
	if err != nil {
		if !erased(err) {
			s.deps.Logger.WarnContext(ctx, "an attempt is recorded without the customer's hours and time zone", "attempt", a.Name(), "error", err)
		}
		return
	}
	a.zone = letter.Zone(to.Zone)
	a.Hours, a.Suited = s.reach.fits(suits{windows(to.Hours), a.zone}, at)
}

// fits tells how a time lies to the customer's hours, and which times of day they meet.
func (r reachRules) fits(theirs suits, at time.Time) (HoursFit, []string) {
	if len(theirs.hours) == 0 {
		return HoursUnsaid, nil
	}
	zone := theirs.zone
	if zone == nil {
		zone = r.zone
	}
	hours := spans(theirs.hours, zone, at)
	var met []string
	for _, band := range r.rules.GetBands() {
		times := spans([]window{{band.GetFrom(), band.GetTo()}}, r.zone, at)
		if slices.ContainsFunc(hours, func(h span) bool { return slices.ContainsFunc(times, h.meets) }) {
			met = append(met, band.GetName())
		}
	}
	if slices.ContainsFunc(hours, func(h span) bool { return !at.Before(h.from) && at.Before(h.to) }) {
		return HoursWithin, met
	}
	return HoursOutside, met
}

// meets tells whether two stretches of time have a moment in common.
func (s span) meets(other span) bool { return s.from.Before(other.to) && other.from.Before(s.to) }
