package followup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Why tells in plain sentences why the duty stands as it does.
func (d *Duty) Why() string {
	switch d.State {
	case followupv1.Duty_RELEASED:
		return join("No longer owed: "+d.ReleaseReason+".", d.released())
	case followupv1.Duty_KEPT:
		return join(d.kept(), d.wished(), d.corrected())
	default:
		if d.Verdict == policyv1.Verdict_MISSED {
			return join("Nothing had met it when it fell due at "+instant(d.DueTime)+". It is still owed.", d.wished(), d.noticed())
		}
		return join("Owed until "+instant(d.DueTime)+".", d.wished(), d.noticed())
	}
}

func (d *Duty) kept() string {
	fact := d.Evidence + " at " + instant(d.FactTime)
	if d.Verdict == policyv1.Verdict_MET_BY_NOTICE {
		text := "Met by a written notice in place of the call, " + fact + "; it was due at " + instant(d.DueTime)
		if d.Breached() {
			return text + ", and the breach stays on record."
		}
		return text + "."
	}
	if d.Verdict == policyv1.Verdict_MET_LATE {
		return "Met late, by " + fact + "; it was due at " + instant(d.DueTime) + ", and the breach stays on record."
	}
	return "Met by " + fact + "; it was due at " + instant(d.DueTime) + "."
}

func (d *Duty) corrected() string {
	if !d.Corrected {
		return ""
	}
	if d.Verdict == policyv1.Verdict_MET_BY_NOTICE {
		return "It had been taken for kept in time, before it was known that it had been due earlier."
	}
	if d.Verdict == policyv1.Verdict_MET_LATE && !d.NoticeTime.IsZero() {
		return "A written notice had been taken for what met it, before an earlier contact was known."
	}
	if d.Verdict == policyv1.Verdict_MET_LATE {
		return "It had been taken for kept in time: that it was due earlier was recorded before and arrived late."
	}
	if !d.NoticeTime.IsZero() {
		return "It had been taken for broken, or kept by a written notice: this was in time, and was known or confirmed later."
	}
	return "It had been taken for broken: this was in time, and was known or confirmed later."
}

// wished tells that the customer wanted it later.
func (d *Duty) wished() string {
	if d.WishedFrom.IsZero() {
		return ""
	}
	return "The customer wished for that time; before that it was due at " + instant(d.WishedFrom) + "."
}

// noticed tells that a written notice is on its way.
func (d *Duty) noticed() string {
	if d.NoticeTime.IsZero() {
		return ""
	}
	return "The customer could not be reached; since " + instant(d.NoticeTime) + " a written notice is to stand in for the call."
}

func (d *Duty) released() string {
	switch {
	case d.Verdict == policyv1.Verdict_MISSED:
		return "It was broken at " + instant(d.DueTime) + ", and that stays on record."
	case d.Corrected:
		return "It had been taken for broken, but was not owed any more when it fell due at " + instant(d.DueTime) + "."
	default:
		return ""
	}
}

// whyMoved tells what a clock stood still for, and what was extended.
func (d *Duty) whyMoved(clock calendar.Clock, now time.Time) string {
	var sentences []string
	var stood time.Duration
	for i := range d.Pauses {
		stood += d.Pauses[i].measured(clock, now)
	}
	p := d.Paused(now)
	if p != nil {
		sentences = append(sentences, fmt.Sprintf("Its clock stands still since %s, since the customer is waited for (%s), until %s at the latest.",
			instant(p.BeginTime), strings.ToLower(strings.ReplaceAll(p.Reason.String(), "_", " ")), instant(p.LimitTime)))
	}
	if n := len(d.Pauses); n > 1 || n == 1 && p == nil {
		sentences = append(sentences, fmt.Sprintf("Its clock stood still %d time(s), for %s as it counts.", n, stood))
	}
	if n := d.Extended(); n > 0 {
		sentences = append(sentences, fmt.Sprintf("It was extended %d time(s), with approval.", n))
	}
	if asked := d.asked(); asked != nil && d.State == followupv1.Duty_OPEN {
		sentences = append(sentences, "More time is asked for, until "+instant(asked.DueTime)+"; somebody else decides.")
	}
	return join(sentences...)
}

// join puts sentences together and leaves out the empty ones.
func join(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}

// instant writes a time for people who read records.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
