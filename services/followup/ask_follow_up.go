package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// AskFollowUp has the customer asked, as SettleFollowUp has said: by a survey that is sent, by the reminder of one, or by a person whose task it
// becomes. What is asked for too early, or again, changes nothing. A survey's message has the notification's name as the channel's key, and a
// token that a repetition makes again, so that it is sent once however often this comes. Errors: UNAVAILABLE when the channel did not take the
// message or the key cannot be had, with nothing recorded; INVALID_FIELD when the recipient is another customer than the complaint's;
// FOLLOW_UP_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) AskFollowUp(ctx context.Context, req *followupv1.AskFollowUpRequest) (*followupv1.FollowUpStep, error) {
	known, err := s.touch(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	if req.GetRecipient().GetCustomer() != known.Customer {
		return nil, invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	var step *followupv1.FollowUpStep
	var message *surveyMessage
	change := Change{Complaint: known.Complaint, Touches: true, Neighbours: s.now().Add(-s.followUps().GetGap().AsDuration())}
	_, err = s.change(ctx, change, func(l ledger) error {
		t := l.touchOf(known.ID())
		if t == nil {
			return followUpNotFound(req.GetName())
		}
		step = s.settleTouch(l, t, nil)
		switch {
		case step.GetAction() == followupv1.FollowUpStep_REMIND:
			message = s.survey(l, t, true)
		case step.GetAction() != followupv1.FollowUpStep_ASK:
		case s.byMessage(t, req):
			message = s.survey(l, t, false)
		case t.State == followupv1.FollowUp_PLANNED:
			step = s.assignTouch(l, t)
		default:
			step = s.giveUp(l, t)
		}
		return nil
	})
	if err != nil || message == nil {
		return step, err
	}
	return s.sendSurvey(ctx, known, message, req.GetRecipient())
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
	t.State, t.Mode, t.AskTime = followupv1.FollowUp_ASKED, followupv1.FollowUp_PERSON, l.now
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: &eventv1.TouchAsked{FollowUp: t.Name()}}})
	return s.settleTask(l, t)
}

// giveUp ends a touch of a customer whom calls have not reached, and who has no address to be written to.
func (s *Service) giveUp(l ledger, t *Touch) *followupv1.FollowUpStep {
	if d := l.Duty(t.DutyID()); d != nil {
		l.releaseDuty(d, "calls reached nobody, and there is no address to write to", l.now)
	}
	s.unanswered(l, t)
	return stepOf(l, t, followupv1.FollowUpStep_ENDED, time.Time{})
}

// surveyMessage is what is to be sent.
type surveyMessage struct {
	notification string
	reminder     bool
	number       int32
	expire       time.Time
	reference    string
}

// survey is the message that a touch is to send now.
func (s *Service) survey(l ledger, t *Touch, reminder bool) *surveyMessage {
	m := &surveyMessage{
		notification: "survey-" + t.ID(), reminder: reminder, expire: l.now.Add(s.followUps().GetAnswerWithin().AsDuration()),
		reference: l.Complaint.Reference,
	}
	if reminder {
		m.number, m.expire = t.Reminders+1, t.ExpireTime
		m.notification += "-reminder-" + number(m.number)
	}
	return m
}

// sendSurvey sends a survey or the reminder of one, and records that, with the proof (FUP-1). The first record stands.
func (s *Service) sendSurvey(ctx context.Context, known *Touch, m *surveyMessage, to *followupv1.Recipient) (*followupv1.FollowUpStep, error) {
	token := s.token(known.Name(), m.number)
	letters := s.deps.Policy.Letters()
	template := letters.Survey(m.reminder)
	written, err := letters.Write(template, to.GetLanguageCode(), letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: m.reference, ExpireTime: m.expire,
	}, map[string]string{"link": s.followUps().GetSurveyLink() + token})
	if err != nil {
		return nil, err
	}
	n, err := s.deliver(ctx, Notification{
		Complaint: known.Complaint, ID: m.notification, Template: template, Language: to.GetLanguageCode(),
	}, to, written.Text)
	if err != nil {
		return nil, err
	}
	var step *followupv1.FollowUpStep
	_, err = s.change(ctx, Change{Complaint: known.Complaint, Touches: true, Notifications: true}, func(l ledger) error {
		t := l.touchOf(known.ID())
		if _, ok := l.Notification(m.notification); !ok {
			l.sent(known.Cycle, n)
			l.Changes.Survey = &Survey{Hash: s.tokenHash(token), Complaint: t.Complaint, Cycle: t.Cycle, Number: t.Number}
			s.surveySent(l, t, m, n)
		}
		step = s.settleTouch(l, t, nil)
		return nil
	})
	return step, err
}

// surveySent takes note of a survey that is with the customer. One that was stopped meanwhile stays stopped.
func (s *Service) surveySent(l ledger, t *Touch, m *surveyMessage, n Notification) {
	if t.Over() {
		return
	}
	l.retouch(t)
	if m.reminder {
		t.Reminders = m.number
	} else {
		t.State, t.Mode, t.AskTime = followupv1.FollowUp_ASKED, followupv1.FollowUp_SURVEY, n.SendTime
		t.ExpireTime, t.RemindTimes = m.expire, nil
		for _, after := range s.followUps().GetReminders() {
			t.RemindTimes = append(t.RemindTimes, n.SendTime.Add(after.AsDuration()))
		}
	}
	name := notificationName(n.Complaint, n.ID)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: &eventv1.TouchAsked{
		FollowUp: t.Name(), Survey: true, Reminder: m.reminder, ExpireTime: timestamppb.New(t.ExpireTime), Notification: name,
	}}})
	if !m.reminder {
		l.followedUp(t, n.SendTime, name)
	}
}
