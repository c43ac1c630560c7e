package followup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// reachRules say from when on a customer cannot be reached (CALL-3). Without rules a customer always can.
type reachRules struct {
	rules *policyv1.Unreachable
	// again is how long after an attempt the next one suits.
	again time.Duration
	zone  *time.Location
}

func newReachRules(p *policyv1.Policy) (reachRules, error) {
	zone, err := time.LoadLocation(p.GetStaffedHours().GetTimeZone())
	if err != nil {
		return reachRules{}, fmt.Errorf("followup: %w", err)
	}
	return reachRules{rules: p.GetAttempts().GetUnreachable(), again: p.GetAttempts().GetRetryAfter().AsDuration(), zone: zone}, nil
}

// reach is how often a customer was tried in vain, as far as it counts.
type reach struct {
	rules    *policyv1.Unreachable
	attempts int
	// bands are the times of day at which the customer was tried, by name, and days the dates, where the customer was.
	bands, days []string
	// suited are the times of day that the customer's hours meet, by the last attempt; no more of them are asked for. Limited is false when no
	// hours are known.
	suited  []string
	limited bool
	// outside is how many attempts lay outside the customer's hours.
	outside int
	// astray is how many attempts went to somebody of whom it was known that they are not the customer.
	astray int
}

// of counts attempts, which are in the order of their times. Who asked for another time, or was reached, could be: what was before that
// counts no more. Neither does what was tried by a number of which it was known by then that it is somebody else's.
func (r reachRules) of(attempts []Attempt) reach {
	made := reach{rules: r.rules}
	var last time.Time
	wrong := make(map[policyv1.ContactWay]time.Time) // Since when a way is known to be none.
	for i := range attempts {
		a := &attempts[i]
		if !a.Counts() || r.rules == nil {
			continue
		}
		switch a.Outcome {
		case followupv1.Attempt_RESCHEDULED, followupv1.Attempt_REACHED:
			made, last = reach{rules: r.rules}, time.Time{}
			delete(wrong, a.Way)
			continue
		case followupv1.Attempt_NO_ANSWER, followupv1.Attempt_REFUSED:
			if since, known := wrong[a.Way]; known && !a.otherNumber(since) {
				made.astray++
				continue
			}
		default: // A wrong number tried somebody else.
			wrong[a.Way] = a.AttemptTime
			continue
		}
		made.suited, made.limited = a.Suited, a.Hours != HoursUnsaid
		if a.Hours == HoursOutside {
			made.outside++
			continue
		}
		local := a.AttemptTime.In(r.zone)
		band := r.band(local)
		if band == "" && a.Hours != HoursWithin || !slices.Contains(r.rules.GetWays(), a.Way) ||
			!last.IsZero() && a.AttemptTime.Sub(last) < r.rules.GetApart().AsDuration() {
			continue
		}
		last = a.AttemptTime
		made.attempts++
		if made.days = with(made.days, cmp.Or(a.Date, local.Format(time.DateOnly))); band != "" {
			made.bands = with(made.bands, band)
		}
	}
	return made
}

// expect is of with what the customer's hours will ask for, where no attempt tells yet.
func (r reachRules) expect(attempts []Attempt, theirs suits, now time.Time) reach {
	made := r.of(attempts)
	if r.rules != nil && len(theirs.hours) > 0 && !made.limited && made.attempts == 0 {
		_, made.suited = r.fits(theirs, now)
		made.limited = true
	}
	return made
}

// band names the time of day; empty for one at which nobody is to be called.
func (r reachRules) band(local time.Time) string {
	clock := local.Format("15:04")
	for _, band := range r.rules.GetBands() {
		if clock >= band.GetFrom() && clock < band.GetTo() {
			return band.GetName()
		}
	}
	return ""
}

// with is a list with something in it once.
func with(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// unreachable tells whether a notice may stand in for the call.
func (r reach) unreachable() bool { return r.rules != nil && r.missing() == "" }

// missing says what is still to be tried; empty for nothing.
func (r reach) missing() string {
	if r.rules == nil {
		return "By this policy no notice stands in for a call."
	}
	var parts []string
	lack := func(has int, wants int32, one, several string) {
		switch n := int(wants) - has; {
		case n == 1:
			parts = append(parts, "1 more "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d more %s", n, several))
		}
	}
	lack(r.attempts, r.rules.GetAttempts(), "attempt in vain", "attempts in vain")
	if wants := r.timesOfDay(); len(r.bands) < int(wants) {
		lack(len(r.bands), wants, "time of day", "times of day")
		parts[len(parts)-1] += " (" + strings.Join(r.untried(), ", ") + ")"
	}
	lack(len(r.days), r.rules.GetDays(), "day", "days")
	if len(parts) == 0 {
		return ""
	}
	text := "Missing: " + strings.Join(parts, ", ") + "."
	if r.astray > 0 {
		text += " What is tried by a way that is known to be somebody else's does not count, until another number is on record."
	}
	if r.outside > 0 {
		text += " What is tried outside the customer's hours does not count."
	}
	return text
}

// timesOfDay is at how many times of day the customer is to be tried: no more than their hours meet.
func (r reach) timesOfDay() int32 {
	if r.limited {
		return min(r.rules.GetTimesOfDay(), int32(len(r.suited)))
	}
	return r.rules.GetTimesOfDay()
}

// untried are the times of day at which the customer was not tried, of those that count.
func (r reach) untried() []string {
	var names []string
	for _, band := range r.rules.GetBands() {
		if !slices.Contains(r.bands, band.GetName()) && (!r.limited || slices.Contains(r.suited, band.GetName())) {
			names = append(names, band.GetName())
		}
	}
	return names
}

func (r reach) message() *followupv1.Reach {
	m := &followupv1.Reach{
		Attempts: int32(r.attempts), TimesOfDay: int32(len(r.bands)), Days: int32(len(r.days)),
		Unreachable: r.unreachable(),
	}
	if !m.GetUnreachable() {
		m.Missing = r.missing()
	}
	return m
}

// unusable are the ways that turned out to be somebody else's, unless the customer's number was corrected since, or the customer was spoken with
// by it. That nobody answers there says nothing of whose it is.
func unusable(attempts []Attempt) []policyv1.ContactWay {
	var ways []policyv1.ContactWay
	for i := range attempts {
		a := &attempts[i]
		if !a.Counts() || a.Outcome == followupv1.Attempt_NO_ANSWER || a.Outcome == followupv1.Attempt_REFUSED {
			continue
		}
		ways = slices.DeleteFunc(ways, func(way policyv1.ContactWay) bool { return way == a.Way })
		if a.Outcome == followupv1.Attempt_WRONG_NUMBER && !a.AttemptTime.Before(a.PhoneTime) {
			ways = append(ways, a.Way)
		}
	}
	return ways
}

// otherNumber tells whether the customer's number was corrected between a moment and the attempt.
func (a *Attempt) otherNumber(since time.Time) bool {
	return since.Before(a.PhoneTime) && !a.AttemptTime.Before(a.PhoneTime)
}

// strayed tells whether some number of the customer's turned out to be somebody else's.
func strayed(attempts []Attempt) bool {
	return slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Counts() && a.Outcome == followupv1.Attempt_WRONG_NUMBER })
}

// lost tells whether nobody can call the customer any more, and an e-mail can be written (CALL-3): a number turned out to be somebody else's,
// and of the ways on record none is left that the policy has people tried by. To go on trying would be to call strangers.
func (r reachRules) lost(attempts []Attempt, ways []policyv1.ContactWay) bool {
	if r.rules == nil || !strayed(attempts) || !slices.Contains(ways, policyv1.ContactWay_EMAIL) {
		return false
	}
	none := unusable(attempts)
	return !slices.ContainsFunc(ways, func(way policyv1.ContactWay) bool {
		return slices.Contains(r.rules.GetWays(), way) && !slices.Contains(none, way)
	})
}

// told is how often the customer was tried, as the record and the letter say it: as often as counts, or as anybody tried when a number that is
// somebody else's is the reason to write.
func (r reachRules) told(attempts []Attempt) int {
	if made := r.of(attempts); made.unreachable() {
		return made.attempts
	}
	return inVain(attempts)
}

// inVain is how often the customer was tried in vain since they were last spoken with, also by what
// turned out to be somebody else's.
func inVain(attempts []Attempt) (n int) {
	for i := range attempts {
		switch a := &attempts[i]; {
		case !a.Counts():
		case a.Outcome == followupv1.Attempt_REACHED || a.Outcome == followupv1.Attempt_RESCHEDULED:
			n = 0
		default:
			n++
		}
	}
	return n
}

// agreed is when the customer asked to be called, by the last word on it; zero when that is over, or no time was named.
func agreed(attempts []Attempt, now time.Time) time.Time {
	for i := range slices.Backward(attempts) {
		a := &attempts[i]
		if a.Counts() && (a.Outcome == followupv1.Attempt_RESCHEDULED || a.Outcome == followupv1.Attempt_REACHED) {
			if a.Outcome == followupv1.Attempt_RESCHEDULED && a.AgreedTime.After(now) {
				return a.AgreedTime
			}
			return time.Time{}
		}
	}
	return time.Time{}
}
