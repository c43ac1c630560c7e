package policy

import (
	"net/url"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// followUps wants series that lead somewhere (FUP-1…3): each severity once, contacts in their order that begin after the resolution, questions in
// all languages, reminders while a survey can be answered, and the letters that are sent.
func (c *checker) followUps(rules *policyv1.FollowUps, templates []*policyv1.LetterTemplate) {
	at := path{}.field("followups")
	seen := map[policyv1.Severity]bool{}
	for i, plan := range rules.GetPlans() {
		here := at.item("plans", i)
		if seen[plan.GetSeverity()] {
			c.add(here.field("severity"), "unique", "%s has a series already", plan.GetSeverity())
		}
		seen[plan.GetSeverity()] = true
		c.touches(here, plan.GetTouches())
	}
	c.duration(at.field("gap"), rules.GetGap())
	c.duration(at.field("answer_within"), rules.GetAnswerWithin())
	for i, after := range rules.GetReminders() {
		c.duration(at.item("reminders", i), after)
		if after.AsDuration() >= rules.GetAnswerWithin().AsDuration() {
			c.add(at.item("reminders", i), "order", "comes after answer_within, when the survey cannot be answered any more")
		}
		if i > 0 && after.AsDuration() <= rules.GetReminders()[i-1].AsDuration() {
			c.add(at.item("reminders", i), "order", "does not come after the one before")
		}
	}
	for i, before := range rules.GetWarnings() {
		c.duration(at.item("warnings", i), before)
	}
	if !leads(rules.GetSurveyLink()) {
		c.add(at.field("survey_link"), "link", "is no address of a page, such as https://complaints.firm.example/surveys/")
	}
	c.duration(at.field("per_token").field("within"), rules.GetPerToken().GetWithin())
	c.duration(at.field("per_unsubscriber").field("within"), rules.GetPerUnsubscriber().GetWithin())
	c.allLanguages(at.field("questions"), "done", rules.GetQuestions().GetDone())
	c.allLanguages(at.field("questions"), "satisfaction", rules.GetQuestions().GetSatisfaction())
	c.allLanguages(at.field("questions"), "anything_else", rules.GetQuestions().GetAnythingElse())
	if asksAnybody(rules) {
		c.surveys(at.field("plans"), templates, len(rules.GetReminders()) > 0)
	}
}

// leads tells whether a link can stand before a token, in a letter and in the head of an e-mail.
func leads(link string) bool {
	parsed, err := url.Parse(link)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" && parsed.User == nil &&
		!strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"#`, r) })
}

// touches wants contacts in their order, none of which begins before the resolution.
func (c *checker) touches(at path, touches []*policyv1.FollowUpTouch) {
	for i, touch := range touches {
		here := at.item("touches", i)
		c.duration(here.field("within"), touch.GetWithin())
		if touch.GetLead().AsDuration() > touch.GetWithin().AsDuration() {
			c.add(here.field("lead"), "order", "is longer than within, so it would begin before the resolution")
		}
		if i > 0 && touch.GetWithin().AsDuration() <= touches[i-1].GetWithin().AsDuration() {
			c.add(here.field("within"), "order", "does not come after the contact before")
		}
	}
}

// surveys wants the letters that a series sends.
func (c *checker) surveys(at path, templates []*policyv1.LetterTemplate, reminds bool) {
	wanted := []policyv1.LetterTemplate_Kind{policyv1.LetterTemplate_SURVEY}
	if reminds {
		wanted = append(wanted, policyv1.LetterTemplate_SURVEY_REMINDER)
	}
	for _, t := range templates {
		for i, kind := range wanted {
			if t.GetKind() == kind {
				wanted = append(wanted[:i:i], wanted[i+1:]...)
				break
			}
		}
	}
	for _, kind := range wanted {
		c.add(at, strings.ToLower(kind.String()), "there is no letter of the kind %s to send; wording.templates has none", kind)
	}
}
