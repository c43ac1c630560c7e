package routing

import (
	"path"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// deductionTypes are the types of remedy's events on deductions that routing hears.
func deductionTypes() []string { return []string{"deduction_addressed"} }

// heardOfDeduction has the person told whom a deduction concerns (ACC-1). Nobody is told in the place of who has left: HR tells them.
func heardOfDeduction(p *eventv1.Payload) *heard {
	addressed := p.GetDeductionAddressed()
	if addressed == nil {
		return nil
	}
	h := &heard{
		notice: routingv1.Notice_DEDUCTION_DECIDED, word: strings.ToLower(addressed.GetState()), about: path.Base(addressed.GetDeduction()),
		recipient: func(_ *Service, d *Directory, _ Complaint) string {
			if !isActive(d.agent(addressed.GetAgent())) {
				return ""
			}
			return agentID(addressed.GetAgent())
		},
	}
	switch addressed.GetState() {
	case remedyv1.Deduction_SUGGESTED.String():
		h.notice = routingv1.Notice_DEDUCTION
	case remedyv1.Deduction_HEARD.String():
		h.notice = routingv1.Notice_DEDUCTION_APPEAL_REJECTED
	}
	return h
}

// private is true for what a person is told alone: one notice for many would not say it, and the complaint's events are read by others.
func (n Notice) private() bool {
	switch n.About {
	case routingv1.Notice_DEDUCTION, routingv1.Notice_DEDUCTION_DECIDED, routingv1.Notice_DEDUCTION_APPEAL_REJECTED:
		return true
	default:
		return false
	}
}

// subject is what the events of a notice are about: its matter, or the deduction of which nobody else is to know whom it concerns.
func (n Notice) subject() string {
	if n.private() {
		return n.matter() + "/deductions/" + n.part(3)
	}
	return n.matter()
}

// part is one of those that a private notice's id is made of: cycle, about, word, deduction (heard.noticeID).
func (n Notice) part(i int) string {
	parts := strings.Split(n.ID, "-")
	if i >= len(parts) {
		return ""
	}
	return parts[i]
}

// notified is the event that somebody was told of a deduction: remedy counts the time to be heard from then on.
func notified(n Notice, o Outcome) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_DeductionNotified{DeductionNotified: &eventv1.DeductionNotified{
		Deduction: n.subject(), State: strings.ToUpper(n.part(2)), Channel: o.Channel, Notice: "notices/" + n.Name(),
	}}}
}

// hold has a private notice told by itself once quiet hours are over.
func (s *Service) hold(n *Notice, until time.Time) {
	n.Telling = s.alone(*n)
	n.HoldTime, n.Telling.TryTime, n.Telling.GiveUpTime = until, until, until.Add(s.patience())
}
