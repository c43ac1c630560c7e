package policy

import (
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// timekeeping wants the profile that holds to be there, each id once, steps that lead to later times, and a letter that tells of them.
func (c *checker) timekeeping(timekeeping *policyv1.Timekeeping, calendars *policyv1.Calendars, letters []*policyv1.LetterTemplate) {
	at := path{}.field("timekeeping")
	c.duration(at.field("pauses").field("longest"), timekeeping.GetPauses().GetLongest())
	at = at.field("statutory")
	known := make(map[string]bool)
	for i, profile := range timekeeping.GetStatutory().GetProfiles() {
		here := at.item("profiles", i)
		if known[profile.GetId()] {
			c.add(here.field("id"), "unique", "there is a profile %q already", profile.GetId())
		}
		known[profile.GetId()] = true
		for j, days := range profile.GetDays() {
			if j > 0 && days <= profile.GetDays()[j-1] {
				c.add(here.item("days", j), "order", "%d days are no more than the %d before; each step gives more time", days, profile.GetDays()[j-1])
			}
		}
		for j, warning := range profile.GetWarnings() {
			c.duration(here.item("warnings", j), warning)
		}
		c.reference(here.field("calendar"), profile.GetCalendar(), calendars)
	}
	extends := func(t *policyv1.LetterTemplate) bool { return t.GetKind() == policyv1.LetterTemplate_EXTENSION }
	if timekeeping.GetStatutory().GetProfile() != "" && !slices.ContainsFunc(letters, extends) {
		c.add(at.field("profile"), "reference", "there is no letter of kind EXTENSION, by which the customer is told of more time")
	}
	if id := timekeeping.GetStatutory().GetProfile(); id != "" && !known[id] {
		c.add(at.field("profile"), "reference", "there is no profile %q", id)
	}
}
