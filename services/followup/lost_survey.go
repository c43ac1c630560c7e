package followup

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// surveyLost makes asking a person's task when the survey came back and goes nowhere else: nobody was asked, so the contact is owed again. That of
// a reminder changes nothing: the survey itself did not come back.
func (s *Service) surveyLost(l ledger, n Notification) {
	id, reminder, ok := touchOfMessage(n)
	t := l.touchOf(id)
	if !ok || reminder > 0 || n.Kind != followupv1.Notification_SURVEY || t == nil {
		return
	}
	if t.State != followupv1.FollowUp_ASKED || t.Mode != followupv1.FollowUp_SURVEY {
		return
	}
	lead := t.DueTime.Sub(t.BeginTime)
	t.Mode, t.AskTime, t.ExpireTime, t.RemindTimes, t.Reminders = followupv1.FollowUp_PERSON, l.now, time.Time{}, nil, 0
	if d := l.Duty(t.DutyID()); d != nil && d.Evidence == notificationName(n.Complaint, n.origin()) {
		l.owedAgain(d, n.Name(), later(d.DueTime, l.now.Add(lead)), s.followUps().GetWarnings())
		t.DueTime = d.DueTime
	}
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: &eventv1.TouchAsked{
		FollowUp: t.Name(), Notification: n.Name(), Improvements: improvementNames(t.Improvements),
	}}})
}

// owedAgain takes back that a contact was made. One that was late stays broken; of one that was in time nobody is late yet: whoever has it now
// has as long as there would have been from the beginning.
func (l ledger) owedAgain(d *Duty, evidence string, due time.Time, warnings []*durationpb.Duration) {
	if d.State != followupv1.Duty_KEPT {
		return
	}
	broken := d.Breached()
	d.State, d.Verdict, d.FactTime, d.Evidence = followupv1.Duty_OPEN, policyv1.Verdict_VERDICT_UNSPECIFIED, time.Time{}, ""
	d.Corrected, d.SettleTime = true, l.now
	l.touch(d)
	if broken {
		d.Verdict = policyv1.Verdict_MISSED
	} else if due.After(d.DueTime) {
		d.DueTime, d.WarnTimes = due, l.warnTimes(l.now, due, warnings)
		d.Moves++
		l.Changes.Moved = append(l.Changes.Moved, d)
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Verdict: d.Verdict, DueTime: timestamppb.New(d.DueTime), Evidence: evidence,
		Correction: true, OpenTime: timestamp(d.OpenTime), Account: l.account(d),
	}}})
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, DueTime: timestamppb.New(d.DueTime),
	}}})
}
