package followup

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// surveyPart and reminderPart are parts of the ids of messages about a touch: "survey-1-2", "survey-1-2-reminder-1".
const (
	surveyPart   = "survey-"
	reminderPart = "-reminder-"
)

func surveyID(t *Touch) string { return surveyPart + t.ID() }

// reminderID is the id of the next reminder.
func reminderID(t *Touch) string { return surveyID(t) + reminderPart + number(t.Reminders+1) }

// touchOfMessage takes the touch's id, and the number of the reminder or 0, out of the id of a message; false for one about no touch.
func touchOfMessage(n Notification) (id string, reminder int32, ok bool) {
	rest, ok := strings.CutPrefix(n.origin(), surveyPart)
	id, times, isReminder := strings.Cut(rest, reminderPart)
	if _, _, is := touchParts(id); !ok || !is {
		return "", 0, false
	}
	if !isReminder {
		return id, 0, true
	}
	count, err := strconv.ParseInt(times, 10, 32)
	return id, int32(count), err == nil
}

// surveyMessage is what is to be sent.
type surveyMessage struct {
	id        string
	kind      followupv1.Notification_Kind
	number    int32 // Of the reminder; 0 for the survey itself.
	expire    time.Time
	reference string
	// improvements are told with the survey, not again with its reminder.
	improvements []Improvement
	// named are the touches of other complaints that the customer is asked about, too.
	named []string
}

// unsubscribeLink leads from a message to where the customer ends surveys, by the token that the message has; empty for what is owed, and where
// the policy's link leads to a page of the firm's own.
func (s *Service) unsubscribeLink(n Notification) string {
	id, reminder, ok := touchOfMessage(n)
	link := s.followUps().GetSurveyLink()
	if !ok || Owed(n.Kind) || !strings.HasSuffix(link, "/") {
		return ""
	}
	return link + s.token(touchName(n.Complaint, id), reminder) + "/stop"
}

// survey is the message that a touch is to send now.
func (s *Service) survey(l ledger, t *Touch, reminder bool) *surveyMessage {
	m := &surveyMessage{id: surveyID(t), kind: followupv1.Notification_SURVEY, reference: l.Complaint.Reference, named: l.goingWith(t)}
	if reminder {
		m.id, m.kind, m.number, m.expire = reminderID(t), followupv1.Notification_REMINDER, t.Reminders+1, t.ExpireTime
		m.named = t.Named
	}
	return m
}

// sendSurvey puts a survey or the reminder of one on record with its token, and tries to send it. It can be answered for as long as the policy
// says since the hour from which the customer may be written to.
func (s *Service) sendSurvey(ctx context.Context, known *Touch, m *surveyMessage, req *followupv1.AskFollowUpRequest) error {
	told, err := s.deps.Contacts.Contact(ctx, complaintName(known.Complaint))
	if err != nil {
		return err
	}
	to := contactOf(req.GetRecipient())
	to.Hours, to.Zone, to.Recipient.Preferred = told.Hours, told.Zone, req.GetPreferredWay()
	if m.number == 0 {
		m.expire = s.deps.Policy.Sending(s.now(), to.Hours, to.Zone).Add(s.followUps().GetAnswerWithin().AsDuration())
	}
	references, err := s.references(ctx, m, req.GetRecipient().GetLanguageCode())
	if err != nil {
		return err
	}
	letters, token := s.deps.Policy.Letters(), s.token(known.Name(), m.number)
	n := Notification{
		Complaint: known.Complaint, ID: m.id, Cycle: known.Cycle, Kind: m.kind, Template: letters.Survey(m.number > 0),
		Language: req.GetRecipient().GetLanguageCode(),
	}
	given := map[string]string{"link": s.followUps().GetSurveyLink() + token}
	if texts := improvementTexts(m.improvements); texts != "" {
		given["improvement"] = texts
	}
	written, err := letters.Write(n.Template, n.Language, letter.Facts{
		DisplayName: to.Recipient.DisplayName, Reference: references, ExpireTime: m.expire, Zone: letter.Zone(to.Zone),
	}, given)
	if err != nil {
		return err
	}
	key, err := s.deps.Keys.Key(ctx, known.Customer)
	if err != nil {
		return err
	}
	w := words{written.Subject, written.Text}
	if n, err = compose(key, n, w); err != nil {
		return err
	}
	if n, err = s.enqueueSurvey(ctx, known, m, n, token); err != nil {
		return err
	}
	_, err = s.alone(ctx, n.Name(), func(ctx context.Context) (any, error) {
		return nil, s.trySurvey(ctx, known.Customer, n, func(reach Reach) (attemptOutcome, error) { return s.attempt(ctx, key, n, w, to, reach) })
	})
	return err
}

// references are those of all complaints that a message asks about, in a language.
func (s *Service) references(ctx context.Context, m *surveyMessage, language string) (string, error) {
	list := []string{m.reference}
	for _, name := range m.named {
		complaint, _, _, _ := touchIDs(name)
		c, err := s.known(ctx, complaint)
		if err != nil {
			return "", err
		}
		list = append(list, c.Complaint.Reference)
	}
	if strings.HasPrefix(language, "zh") {
		return strings.Join(list, "、"), nil
	}
	return strings.Join(list, ", "), nil
}

// enqueueSurvey puts a survey on record, with its token and until when it can be answered. One that is there stays as it is.
func (s *Service) enqueueSurvey(ctx context.Context, touch *Touch, m *surveyMessage, n Notification, token string) (Notification, error) {
	_, err := s.change(ctx, Change{Complaint: touch.Complaint, Touches: true, Notifications: true}, func(l ledger) error {
		first, known := l.Notification(m.id)
		t := l.touchOf(touch.ID())
		if known || t == nil {
			n = first
			return nil
		}
		n = l.enqueue(n, l.now, s.patience())
		l.Changes.Survey = &Survey{Hash: s.tokenHash(token), Complaint: t.Complaint, Cycle: t.Cycle, Number: t.Number}
		if m.number == 0 {
			t.ExpireTime, t.Improvements, t.Named = m.expire, m.improvements, m.named
			l.retouch(t)
		}
		return nil
	})
	return n, err
}

// trySurvey tries a message that is on record, unless somebody else does or it was sent. That no channel took it is on record then, and no error.
func (s *Service) trySurvey(ctx context.Context, customer string, n Notification, send func(Reach) (attemptOutcome, error)) error {
	if n.State != followupv1.Notification_WAITING {
		return nil
	}
	reach, err := s.deps.Outbox.Reach(ctx, customer, n.Complaint, n.ID)
	if err != nil {
		return err
	}
	if n.TryTime.After(s.now()) {
		return nil // The loop tries it when its time has come.
	}
	if ok, err := s.claim(ctx, &n); err != nil || !ok {
		return err
	}
	out, err := send(reach)
	if err != nil {
		return err
	}
	_, _, err = s.settleMessage(ctx, n, out)
	return err
}

// surveySent takes note of a survey that was sent, or of the reminder of one: now the customer is asked (FUP-1). One that was stopped meanwhile
// stays stopped, and one that is sent again by another way changes nothing.
func (s *Service) surveySent(l ledger, n Notification) {
	id, reminder, ok := touchOfMessage(n)
	t := l.touchOf(id)
	if !ok || t == nil || t.Over() || n.ID != n.origin() {
		return
	}
	l.retouch(t)
	if reminder > 0 {
		t.Reminders = max(t.Reminders, reminder)
	} else {
		t.State, t.Mode, t.AskTime = followupv1.FollowUp_ASKED, followupv1.FollowUp_SURVEY, n.SendTime
		t.RemindTimes = s.reminders(l, t, n.SendTime)
		if t.ExpireTime.IsZero() { // Somebody has had it sent after a person had the task.
			t.ExpireTime = n.SendTime.Add(s.followUps().GetAnswerWithin().AsDuration())
		}
	}
	told := &eventv1.TouchAsked{
		FollowUp: t.Name(), Survey: true, Reminder: reminder > 0, ExpireTime: timestamppb.New(t.ExpireTime), Notification: n.Name(),
	}
	if reminder == 0 {
		told.Improvements = improvementNames(t.Improvements)
	}
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: told}})
	if reminder == 0 {
		l.followedUp(t, n.SendTime, n.Name())
	}
}

// underWay is what is to be done about a touch whose message is on record: while that waits, nothing but to wait with it. A time that comes
// before, at which the touch is late or over, is not slept through.
func (s *Service) underWay(l ledger, t *Touch, step *followupv1.FollowUpStep) *followupv1.FollowUpStep {
	id := surveyID(t)
	if step.GetAction() == followupv1.FollowUpStep_REMIND {
		id = reminderID(t)
	}
	n, ok := l.Notification(id)
	if !ok || n.State != followupv1.Notification_WAITING {
		return step
	}
	next := later(n.TryTime, l.now.Add(time.Second))
	for _, at := range []time.Time{t.DueTime, t.ExpireTime} {
		if at.After(l.now) {
			next = earlier(next, at)
		}
	}
	return stepOf(l, t, followupv1.FollowUpStep_WAIT, next)
}
