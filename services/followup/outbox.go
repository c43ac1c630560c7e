package followup

import (
	"path"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/channel"
)

// enqueue puts a message on record that is to be sent, in the transaction that decides so: the loop sends it. One that is on record
// stays as it is.
func (l ledger) enqueue(n Notification, tried time.Time, patience time.Duration) Notification {
	if first, ok := l.Notification(n.ID); ok {
		return first
	}
	n.State, n.CreateTime, n.TryTime, n.GiveUpTime = followupv1.Notification_WAITING, l.now, tried, tried.Add(patience)
	l.put(n)
	return n
}

// put writes a message that was not sent.
func (l ledger) put(n Notification) {
	for i := range l.Notifications {
		if l.Notifications[i].ID == n.ID {
			l.Notifications[i] = n
			l.Changes.Posted = append(l.Changes.Posted, n)
			return
		}
	}
	l.Notifications = append(l.Notifications, n)
	l.Changes.Posted = append(l.Changes.Posted, n)
}

// tried writes down what came of an attempt to send a message, and answers it as it stands then.
func (l ledger) tried(n Notification, out attemptOutcome, rules *policyv1.Messages) Notification {
	n.LeaseTime = time.Time{}
	switch {
	case out.dropped != "":
		n.State, n.Problem = followupv1.Notification_DROPPED, out.dropped
		l.put(n)
	case !out.hold.IsZero():
		n.TryTime, n.GiveUpTime = out.hold, out.hold.Add(rules.GetGiveUpAfter().AsDuration())
		n = l.waits(n, ToldQuiet, eventv1.MessageDelayed_QUIET_HOURS)
		l.put(n)
	case out.err == nil:
		n.State, n.Channel, n.Proof, n.Address, n.Mark = followupv1.Notification_SENT, out.receipt.Channel, out.receipt.Proof, out.address, out.mark
		n.SendTime, n.Problem = out.at, ""
		l.sent(n.Cycle, n)
		l.recovered(n)
	case channel.Unsure(out.err) && n.GiveUpTime.After(l.now):
		n.Channel, n.Address, n.Mark, n.Problem = out.receipt.Channel, out.address, out.mark, out.err.Error()
		n.TryTime = l.now.Add(rules.GetUnsureAfter().AsDuration())
		n = l.waits(n, ToldUnsure, eventv1.MessageDelayed_UNSURE)
		l.put(n)
	case refusedForGood(n, out, l.now):
		n.State, n.Problem = followupv1.Notification_DEAD, out.err.Error()
		n = l.undelivered(n)
		l.put(n)
	default:
		n.Problem, n.TryTime = out.err.Error(), l.now.Add(pauses(rules).Pause(max(n.Attempts-1, 0)))
		n = l.waits(n, ToldFailed, eventv1.MessageDelayed_FAILED)
		l.put(n)
	}
	return n
}

// waits tells once why a message waits.
func (l ledger) waits(n Notification, why Told, cause eventv1.MessageDelayed_Cause) Notification {
	if n.Told&why != 0 {
		return n
	}
	n.Told |= why
	told := &eventv1.MessageDelayed{Notification: n.Name(), Template: n.Template, Cause: cause, TryTime: timestamppb.New(n.TryTime)}
	if why != ToldQuiet {
		told.Problem = n.Problem
	}
	l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageDelayed{MessageDelayed: told}})
	return n
}

// undelivered tells that a message is not tried any more.
func (l ledger) undelivered(n Notification) Notification {
	n.Told |= ToldUndelivered
	l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageUndelivered{MessageUndelivered: &eventv1.MessageUndelivered{
		Notification: n.Name(), Template: n.Template, Owed: Owed(n.Kind), Problem: n.Problem,
	}}})
	return n
}

// recovered tells that what had been given up, or had come back with nowhere to go, was sent after all.
func (l ledger) recovered(n Notification) {
	if n.Told&ToldUndelivered == 0 {
		return
	}
	l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageRecovered{MessageRecovered: &eventv1.MessageRecovered{
		Notification: notificationName(n.Complaint, n.origin()), Sent: n.Name(),
	}}})
}

// cycleOf is the cycle that a message belongs to; the newest one for what was sent before that was kept.
func (l ledger) cycleOf(n Notification) int32 {
	if n.Cycle > 0 {
		return n.Cycle
	}
	return l.Complaint.Cycle
}

// notificationIDs takes the ids out of "complaints/{complaint}/notifications/{notification}".
func notificationIDs(name string) (complaint, id string, err error) {
	complaint, id, ok := child(name, "notifications")
	if !ok || path.Base(id) != id {
		return "", "", notificationNotFound(name)
	}
	return complaint, id, nil
}
