package policy

import (
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

const dayMinutes = 24 * 60

// Levels is how many levels the ladder has.
func (p *Policy) Levels() int { return len(p.message.GetLadder().GetLevels()) }

// AcknowledgeWithin is how long whoever is told at a level of the ladder has to
// acknowledge it before the next level is told (ROUTE-4).
func (p *Policy) AcknowledgeWithin(level int, urgent bool) time.Duration {
	ladder := p.message.GetLadder()
	within := ladder.GetAcknowledgeWithin().AsDuration()
	if own := ladder.GetLevels()[min(max(level, 1), p.Levels())-1].GetAcknowledgeWithin(); own != nil {
		within = own.AsDuration()
	}
	if urgent {
		within = min(within, ladder.GetAcknowledgeUrgentWithin().AsDuration())
	}
	return within
}

// Reason tells whether a reason to escalate is urgent, and at which level it
// begins.
func (p *Policy) Reason(reason string) (urgent bool, first int) {
	for _, r := range p.message.GetLadder().GetReasons() {
		if r.GetReason() == reason {
			return r.GetUrgent(), max(int(r.GetFirstLevel()), 1)
		}
	}
	return false, 1
}

// UnassignedWithin is how long a complaint may be without somebody in charge
// before the ladder is told (ROUTE-4).
func (p *Policy) UnassignedWithin() time.Duration {
	return p.message.GetLadder().GetUnassignedWithin().AsDuration()
}

// Awake is from when on notices may be sent that are not urgent: the given
// instant itself, unless quiet hours hold then.
func (p *Policy) Awake(now time.Time) time.Time {
	if p.awake == nil {
		return now
	}
	return p.awake.NextOpening(now)
}

// awake is the calendar of all hours that are not quiet; nil when none are quiet.
func awake(quiet *policyv1.QuietHours) (*calendar.Weekly, error) {
	if len(quiet.GetOpenings()) == 0 {
		return nil, nil //nolint:nilnil // There is nothing to hold back.
	}
	if _, err := Weekly(&policyv1.StaffedHours{TimeZone: quiet.GetTimeZone(), Openings: quiet.GetOpenings()}); err != nil {
		return nil, err
	}
	busy := make(map[time.Weekday]map[int]bool, 7)
	for day := time.Sunday; day <= time.Saturday; day++ {
		busy[day] = make(map[int]bool)
	}
	for _, opening := range quiet.GetOpenings() {
		for _, day := range opening.GetDays() {
			for minute := minuteOf(opening.GetFrom()); minute < minuteOf(opening.GetTo()); minute++ {
				busy[time.Weekday(int(day)%7)][minute] = true
			}
		}
	}
	days := make(map[time.Weekday][]calendar.Interval)
	for day, minutes := range busy {
		open := 0
		for minute := 0; minute <= dayMinutes; minute++ {
			if minute < dayMinutes && !minutes[minute] {
				continue
			}
			if minute > open {
				days[day] = append(days[day], calendar.Interval{Open: open, Close: minute})
			}
			open = minute + 1
		}
	}
	return calendar.New(quiet.GetTimeZone(), days)
}

// rank orders the roles of the ladder from below.
func rank(role policyv1.LadderRole) int {
	switch role {
	case policyv1.LadderRole_TEAM_SUPERVISOR:
		return 1
	case policyv1.LadderRole_NEXT_SUPERVISOR:
		return 2
	case policyv1.LadderRole_DEPARTMENT_MANAGER:
		return 3
	case policyv1.LadderRole_COMPANY_EXECUTIVE:
		return 4
	default:
		return 0
	}
}
