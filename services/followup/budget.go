package followup

import (
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Budget is how much time the clock of the duty allows without pauses, as it counts, and how much of that has passed: up to what met it, or
// until now. More than all of it has passed when the duty is overdue.
func (d *Duty) Budget(clock calendar.Clock, now time.Time) (total, used time.Duration) {
	until := now
	if d.State == followupv1.Duty_KEPT {
		until = d.FactTime
	}
	total, used = clock.Measure(d.OpenTime, d.DueTime), clock.Measure(d.OpenTime, until)
	for i := range d.Pauses {
		p := &d.Pauses[i]
		total -= p.measured(clock, p.Until())
		used -= p.measured(clock, until)
	}
	return max(total, 0), max(used, 0)
}
