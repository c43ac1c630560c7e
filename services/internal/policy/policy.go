package policy

import (
	"fmt"
	"slices"
	"time"
	"unicode"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/page"
)

// Policy is a checked policy, compiled for quick answers. It never changes and
// is safe for concurrent use.
type Policy struct {
	message *policyv1.Policy
	weekly  *calendar.Weekly
	// calendars has each by its id, and the staffed hours.
	calendars map[string]*calendar.Calendar
	awake     *calendar.Weekly // nil when there are no quiet hours
	sending   *calendar.Weekly // nil when messages may be sent at any time
	clocks    map[policyv1.Severity]*policyv1.SeverityClocks
	markers   map[rune]bool
	letters   *letter.Book
}

// Targets are the due times of the duties that every complaint opens, in UTC.
type Targets struct {
	Acknowledge, Contact, FirstResponse, Callback, Resolution time.Time
}

// compile builds a Policy from a message that has passed all checks.
func compile(message *policyv1.Policy) (*Policy, error) {
	weekly, err := Weekly(message.GetStaffedHours())
	if err != nil {
		return nil, err
	}
	p := &Policy{
		message: message,
		weekly:  weekly,
		clocks:  make(map[policyv1.Severity]*policyv1.SeverityClocks),
		markers: make(map[rune]bool),
	}
	if p.calendars, err = calendars(message, weekly); err != nil {
		return nil, err
	}
	if p.awake, err = awake(message.GetLadder().GetQuietHours()); err != nil {
		return nil, err
	}
	if p.sending, err = sending(message.GetMessages(), weekly.Zone().String()); err != nil {
		return nil, err
	}
	p.letters, err = letter.New(message.GetWording().GetTemplates(), letter.Config{
		Zone: weekly.Zone(), Above: message.GetGuide().GetAbove(), Fallback: message.GetLanguages().GetFallback(),
	})
	if err != nil {
		return nil, err
	}
	for _, clocks := range message.GetClocks() {
		p.clocks[clocks.GetSeverity()] = clocks
	}
	for _, marker := range message.GetLanguages().GetTraditionalMarkers() {
		p.markers[marker] = !unicode.IsSpace(marker)
	}
	return p, nil
}

// Proto is the whole policy, for what has no method of its own. It is shared:
// callers must not change it.
func (p *Policy) Proto() *policyv1.Policy { return p.message }

// Version names the policy; a complaint keeps the version it was received under.
func (p *Policy) Version() string { return p.message.GetVersion() }

// Hours is the calendar of staffed hours (CLK-2).
func (p *Policy) Hours() *calendar.Weekly { return p.weekly }

// Letters are what is written to customers, each in all languages.
func (p *Policy) Letters() *letter.Book { return p.letters }

// Clock tells how long a duty may take; nil for a severity or kind that has none.
func (p *Policy) Clock(severity policyv1.Severity, kind policyv1.DutyKind) *policyv1.Clock {
	clocks := p.clocks[severity]
	switch kind {
	case policyv1.DutyKind_ACKNOWLEDGE:
		return clocks.GetAcknowledge()
	case policyv1.DutyKind_CONTACT:
		return clocks.GetContact()
	case policyv1.DutyKind_FIRST_RESPONSE:
		return clocks.GetFirstResponse()
	case policyv1.DutyKind_CALLBACK:
		return clocks.GetCallback()
	case policyv1.DutyKind_RESOLUTION:
		return clocks.GetResolution()
	default:
		return nil
	}
}

// Targets computes the due times of a complaint received at from (ACK-1, ACK-2,
// CALL-1). It fails for a severity without clocks, such as an unset one.
func (p *Policy) Targets(severity policyv1.Severity, from time.Time) (Targets, error) {
	clocks := p.clocks[severity]
	if clocks == nil {
		return Targets{}, fmt.Errorf("policy: no clocks for severity %s", severity)
	}
	from = from.UTC().Truncate(time.Microsecond)
	var targets Targets
	for _, target := range []struct {
		due   *time.Time
		clock *policyv1.Clock
	}{
		{&targets.Acknowledge, clocks.GetAcknowledge()},
		{&targets.Contact, clocks.GetContact()},
		{&targets.FirstResponse, clocks.GetFirstResponse()},
		{&targets.Callback, clocks.GetCallback()},
		{&targets.Resolution, clocks.GetResolution()},
	} {
		due, err := p.due(target.clock, from)
		if err != nil {
			return Targets{}, fmt.Errorf("policy: %w", err)
		}
		*target.due = due
	}
	return targets, nil
}

// due is when the clock runs out that began at from.
func (p *Policy) due(clock *policyv1.Clock, from time.Time) (time.Time, error) {
	due, err := p.counting(clock).Add(from, budget(clock))
	if err != nil {
		return time.Time{}, err
	}
	if clock.GetLimit() != nil {
		if limit := from.Add(clock.GetLimit().AsDuration()); limit.Before(due) {
			due = limit
		}
	}
	return due, nil
}

// Warnings are the instants at which the owner of a duty is told that its due
// time comes near (CALL-1), in order: so long before it, and after such parts of
// the way from the beginning to it. Those that would not lie between from and
// due are left out. Those of the reply to an authority are the same whatever the
// severity (REC-1).
func (p *Policy) Warnings(severity policyv1.Severity, kind policyv1.DutyKind, from, due time.Time) []time.Time {
	clock := p.Clock(severity, kind)
	all := clock.GetWarnings()
	if kind == policyv1.DutyKind_AUTHORITY_REPLY {
		all = p.message.GetAttention().GetAuthorityWarnings()
	}
	var warnings []time.Time
	add := func(at time.Time) {
		if at = at.UTC(); at.After(from) && at.Before(due) {
			warnings = append(warnings, at)
		}
	}
	for _, before := range all {
		add(due.Add(-before.AsDuration()))
	}
	for _, part := range clock.GetWarnAt() {
		add(p.counting(clock).Part(from, due, part))
	}
	slices.SortFunc(warnings, time.Time.Compare)
	return slices.CompactFunc(warnings, time.Time.Equal)
}

// BackDating is how far before it is recorded an attempt may be dated (CALL-2).
func (p *Policy) BackDating() time.Duration {
	return p.message.GetAttempts().GetBackDating().AsDuration()
}

// ClockSkew is how far in the future a receive time may lie.
func (p *Policy) ClockSkew() time.Duration {
	return p.message.GetLimits().GetClockSkew().AsDuration()
}

// Retention is how long an idempotency key is remembered (API-1).
func (p *Policy) Retention() time.Duration {
	return p.message.GetLimits().GetIdempotencyRetention().AsDuration()
}

// PageSize is the size of the page to answer with: the default when the caller
// asks for 0, never more than the maximum. A negative size is refused
// (INVALID_ARGUMENT).
func (p *Policy) PageSize(requested int32) (int32, error) {
	limits := p.message.GetLimits()
	return page.Size(requested, limits.GetDefaultPageSize(), limits.GetMaxPageSize())
}

// Climb tells who hears of a broken duty at a level of the ladder, and how long
// it stays there while it is still owed (ROUTE-4, CALL-2). Levels count from 1;
// above the top the top hears of it again. The third result is the level that
// was meant after that.
func (p *Policy) Climb(level int) (policyv1.LadderRole, time.Duration, int) {
	levels := p.message.GetLadder().GetLevels()
	level = min(max(level, 1), len(levels))
	return levels[level-1].GetRole(), levels[level-1].GetClimb().AsDuration(), level
}

// Team is the alias of a department, "departments/{department}", that customers
// see; empty for one that has none in the language.
func (p *Policy) Team(department, language string) string {
	for _, d := range p.message.GetDirectory().GetDepartments() {
		if "departments/"+d.GetId() == department {
			return d.GetAlias()[language]
		}
	}
	return ""
}

// Department is the id of the department that a kind of target suggests: by the
// first rule of the policy that names it, else the default one. Complaints are
// assigned by routing's rules, which begin as these (ROUTE-1).
func (p *Policy) Department(kind policyv1.TargetKind) string {
	for _, rule := range p.message.GetDirectory().GetRules() {
		if slices.Contains(rule.GetTargetKinds(), kind) {
			return rule.GetDepartment()
		}
	}
	return p.message.GetDirectory().GetDefaultDepartment()
}
