package followup

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// AskFollowUp has the customer asked, as SettleFollowUp has said: by a survey that is sent, by the reminder of one, or by a person whose task it
// becomes. What is asked for too early, or again, changes nothing. A survey is put on record and tried at once; what is held back until the
// customer's hours, or what no channel takes, waits and is sent by the loop, and only what was sent counts as asked. One that cannot be sent is
// a person's task, and of who wants no surveys nothing is known. A token is made again when a message is: it is sent once however often this
// comes. Errors: UNAVAILABLE when the key or the contact cannot be had, INVALID_FIELD when the recipient is another customer than the
// complaint's; FOLLOW_UP_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) AskFollowUp(ctx context.Context, req *followupv1.AskFollowUpRequest) (*followupv1.FollowUpStep, error) {
	known, err := s.touch(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	if req.GetRecipient().GetCustomer() != known.Customer {
		return nil, invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	step, message, err := s.askTouch(ctx, known, req)
	if err != nil || message == nil {
		return step, err
	}
	if err := s.sendSurvey(ctx, known, message, req); err != nil {
		return nil, err
	}
	step, _, err = s.askTouch(ctx, known, req) // Now that it is known what came of it.
	return step, err
}

// askTouch does what asking brings about on record, and returns the message that is to be sent besides; nil for none.
func (s *Service) askTouch(
	ctx context.Context, known *Touch, req *followupv1.AskFollowUpRequest,
) (step *followupv1.FollowUpStep, message *surveyMessage, err error) {
	change := Change{
		Complaint: known.Complaint, Touches: true, Notifications: true, Neighbours: s.now().Add(-s.followUps().GetGap().AsDuration()),
	}
	_, err = s.change(ctx, change, func(l ledger) error {
		t := l.touchOf(known.ID())
		if t == nil {
			return followUpNotFound(req.GetName())
		}
		step = s.settleTouch(l, t, nil)
		switch step.GetAction() {
		case followupv1.FollowUpStep_REMIND:
			if _, failed := l.Notification(reminderID(t)); !failed {
				message = s.survey(l, t, true)
				return nil
			}
			t.Reminders++ // It could not be sent, or is not wanted: the next one, if there is one.
			l.retouch(t)
			step = s.settleTouch(l, t, nil)
		case followupv1.FollowUpStep_ASK:
			step, message = s.askNow(l, t, req, step)
		default:
		}
		return nil
	})
	return step, message, err
}

// askNow decides who asks.
func (s *Service) askNow(
	l ledger, t *Touch, req *followupv1.AskFollowUpRequest, step *followupv1.FollowUpStep,
) (*followupv1.FollowUpStep, *surveyMessage) {
	n, failed := l.Notification(surveyID(t))
	switch {
	case failed && n.State == followupv1.Notification_DROPPED:
		return s.giveUp(l, t, n.Problem), nil
	case !failed && s.byMessage(t, req):
		m := s.survey(l, t, false)
		m.improvements = news(l, t, req)
		return step, m
	case t.State == followupv1.FollowUp_PLANNED:
		t.Improvements = news(l, t, req)
		return s.assignTouch(l, t), nil
	default:
		return s.giveUp(l, t, "calls reached nobody, and there is no address to write to"), nil
	}
}

// byMessage tells whether the customer is sent a survey: the policy wants it so, the customer prefers to be written to, or calls have reached
// nobody. Without an address a person asks.
func (s *Service) byMessage(t *Touch, req *followupv1.AskFollowUpRequest) bool {
	if req.GetRecipient().GetPhone() == "" && req.GetRecipient().GetEmail() == "" {
		return false
	}
	if t.Calls >= s.followUps().GetCalls() {
		return true
	}
	switch t.By {
	case policyv1.FollowUpTouch_PERSON:
		return false
	case policyv1.FollowUpTouch_MESSAGE:
		return true
	default:
	}
	switch req.GetPreferredWay() {
	case policyv1.ContactWay_EMAIL, policyv1.ContactWay_SMS, policyv1.ContactWay_WECHAT, policyv1.ContactWay_LETTER:
		return true
	case policyv1.ContactWay_PHONE, policyv1.ContactWay_CHAT, policyv1.ContactWay_VISIT:
		return false
	default: // Nothing is preferred: whoever can only be written to is written to.
		return req.GetRecipient().GetPhone() == ""
	}
}

// assignTouch makes asking a person's task.
func (s *Service) assignTouch(l ledger, t *Touch) *followupv1.FollowUpStep {
	t.State, t.Mode, t.AskTime, t.ExpireTime = followupv1.FollowUp_ASKED, followupv1.FollowUp_PERSON, l.now, time.Time{}
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: &eventv1.TouchAsked{
		FollowUp: t.Name(), Improvements: improvementNames(t.Improvements),
	}}})
	return s.settleTask(l, t)
}

// giveUp ends a touch of a customer whom calls have not reached, and who has no address to be written to, or wants no surveys.
func (s *Service) giveUp(l ledger, t *Touch, reason string) *followupv1.FollowUpStep {
	if d := l.Duty(t.DutyID()); d != nil {
		l.releaseDuty(d, reason, l.now)
	}
	s.unanswered(l, t)
	return stepOf(l, t, followupv1.FollowUpStep_ENDED, time.Time{})
}
