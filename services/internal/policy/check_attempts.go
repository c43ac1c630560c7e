package policy

import (
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// attempts finds what would keep a customer from ever being unreachable, or a notice from being written (CALL-3).
func (c *checker) attempts(message *policyv1.Policy) {
	at, rules := path{}.field("attempts"), message.GetAttempts()
	c.duration(at.field("retry_after"), rules.GetRetryAfter())
	c.duration(at.field("latest_wish"), rules.GetLatestWish())
	if rules.GetUnreachable() != nil {
		c.unreachable(at.field("unreachable"), rules.GetUnreachable(), message.GetWording().GetTemplates())
	}
}

func (c *checker) unreachable(at path, rules *policyv1.Unreachable, letters []*policyv1.LetterTemplate) {
	c.duration(at.field("apart"), rules.GetApart())
	switch {
	case int(rules.GetTimesOfDay()) > len(rules.GetBands()):
		c.add(at.field("times_of_day"), "attempts.bands", "is more than there are times of day in bands")
	case rules.GetTimesOfDay() > rules.GetAttempts():
		c.add(at.field("times_of_day"), "attempts.bands", "is more than there are attempts")
	}
	if rules.GetDays() > rules.GetAttempts() {
		c.add(at.field("days"), "attempts.days", "is more than there are attempts")
	}
	if len(rules.GetWays()) == 0 {
		c.add(at.field("ways"), "required", "is missing: no attempt would count")
	}
	c.bands(at, rules.GetBands())
	for _, letter := range letters {
		if letter.GetKind() == policyv1.LetterTemplate_UNREACHED {
			return
		}
	}
	c.add(at, "attempts.letter", "needs a letter of the kind UNREACHED in wording.templates, which is the notice")
}

// bands wants the times of day apart, each with a name of its own.
func (c *checker) bands(at path, bands []*policyv1.TimeOfDay) {
	seen := make(map[string]bool)
	for i, band := range bands {
		place := at.item("bands", i)
		if seen[band.GetName()] {
			c.add(place.field("name"), "unique", "is the name of another time of day, too")
		}
		seen[band.GetName()] = true
		if band.GetTo() <= band.GetFrom() {
			c.add(place.field("to"), "hours.order", "must be later than from")
		}
		for _, other := range bands[:i] {
			if band.GetFrom() < other.GetTo() && other.GetFrom() < band.GetTo() {
				c.add(place, "hours.overlap", "overlaps %s", other.GetName())
			}
		}
	}
}
