package followup

import (
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// checkAgreed refuses a time for another call where none belongs.
func checkAgreed(req *followupv1.RecordAttemptRequest) error {
	switch at := req.GetAgreedTime(); {
	case at == nil && req.GetCustomersWish() != "":
		return agreedTimeInvalid("agreed_time", "The customer's wish needs the time that they wished for.")
	case at == nil && req.GetOutcome() == followupv1.Attempt_RESCHEDULED:
		return agreedTimeInvalid("agreed_time", "Say when the customer asked to be called. Who named no time, and did not want to speak, is REFUSED.")
	case at == nil:
	case !at.IsValid():
		return invalidField("agreed_time", "It is no time.")
	case req.GetOutcome() != followupv1.Attempt_RESCHEDULED:
		return agreedTimeInvalid("agreed_time", "Only who asked for another time (RESCHEDULED) has named one.")
	}
	return nil
}

// mayAgree refuses a time that lies in the past, after the due time unless the customer wishes it, or too far after it. The wish counts from by
// when it was owed at first, so that no row of wishes goes on for ever.
func (s *Service) mayAgree(l ledger, d *Duty, a *Attempt) error {
	if a.AgreedTime.IsZero() {
		return nil
	}
	due := l.dueUnpaused(d)
	latest := due
	if !d.WishedFrom.IsZero() {
		latest = d.WishedFrom
	}
	latest = latest.Add(s.deps.Policy.Proto().GetAttempts().GetLatestWish().AsDuration())
	switch {
	case !a.AgreedTime.After(a.AttemptTime) || !a.AgreedTime.After(l.now):
		return agreedTimeInvalid("agreed_time", "It is over: agree on a time that is to come.")
	case a.AgreedTime.After(due) && len(a.Wish) == 0:
		return agreedTimeInvalid("customers_wish", "The call is owed until "+instant(due)+
			". It is made later only by the customer's own wish: say it in their words, or agree on a time until then.")
	case a.AgreedTime.After(due) && a.AgreedTime.After(latest):
		return agreedTimeInvalid("agreed_time", "The policy allows no later time than "+instant(latest)+".")
	}
	return nil
}

// dueUnpaused is by when a duty is owed if its clock goes on now.
func (l ledger) dueUnpaused(d *Duty) time.Time {
	if p := d.Paused(l.now); p != nil {
		return p.after(p.DueTime, l.now, l.clocks.of(d))
	}
	return d.DueTime
}

// owedFirst is by when a callback was owed before the customer wished for another time.
func (d *Duty) owedFirst() time.Time {
	if d.WishedFrom.IsZero() {
		return d.DueTime
	}
	return d.WishedFrom
}

// consider does what an attempt that counts brings about besides meeting duties: another time, another way, or a notice.
func (s *Service) consider(l ledger, d *Duty, a *Attempt) {
	if !a.Counts() {
		return
	}
	switch a.Outcome {
	case followupv1.Attempt_RESCHEDULED:
		s.agree(l, d, a)
	case followupv1.Attempt_WRONG_NUMBER:
		if slices.Contains(unusable(l.Attempts), a.Way) && firstWrong(l.Attempts, a) {
			l.draft(a.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_WayUnusable{WayUnusable: &eventv1.WayUnusable{
				Callback: callbackName(a.Complaint, a.Cycle), Way: a.Way, Attempt: a.Name(),
			}}})
		}
	case followupv1.Attempt_NO_ANSWER, followupv1.Attempt_REFUSED:
		if rules := s.reach.rules; rules.GetAutomatic() && d.awaitsNotice() && l.handles(d) && s.reach.of(l.Attempts).unreachable() {
			s.decideNotice(l, d, true)
		}
	default:
	}
}

// agree has the owner warned when the customer is to be called. After the due time it is the customer's wish, and the call is due then; but
// what is broken stays broken, and is owed at once. Whoever says when to call is waited for no more, where calls may wait at all (CLK-3).
func (s *Service) agree(l ledger, d *Duty, a *Attempt) {
	if d.State != followupv1.Duty_OPEN || !a.AgreedTime.After(l.now) || !l.now.Before(d.DueTime) {
		return
	}
	l.resume(d, l.now, followupv1.Pause_RESUMED, a.Name())
	var ahead []time.Time
	for _, at := range d.WarnTimes {
		if at.After(l.now) {
			ahead = append(ahead, at)
		}
	}
	if !a.AgreedTime.After(d.DueTime) {
		l.reschedule(d, d.DueTime, l.now, append(ahead, a.AgreedTime), "The customer asked to be called at "+instant(a.AgreedTime)+".")
		return
	}
	if len(a.Wish) == 0 { // It was due later when that was agreed.
		return
	}
	l.wish(d, a.AgreedTime, s.deps.Policy.Warnings(l.Complaint.Severity, policyv1.DutyKind_CALLBACK, d.OpenTime, a.AgreedTime))
}

// Wish has an open callback due at a later time because the customer wants it then. By when it was owed at first is kept, also when the customer
// wishes again. Warnings of the past stay, and fresh ones are those that lie ahead of now. It is a move like those of pauses.
func (d *Duty) Wish(due time.Time, fresh []time.Time, now time.Time) {
	d.WishedFrom = d.owedFirst()
	d.WarnTimes = d.warnings(fresh, now, now)
	d.DueTime = due
	d.Moves++
}

// wish moves a callback to the time that the customer wishes for.
func (l ledger) wish(d *Duty, due time.Time, warnings []time.Time) {
	previous := d.DueTime
	d.Wish(due, warnings, l.now)
	l.Changes.Callback = d
	l.Changes.Moved = append(l.Changes.Moved, d)
	told := l.rescheduled(d, previous, "The customer wished to be called then.")
	told.Wished = true
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: told}})
}

// firstWrong is true of the first attempt of the cycle that shows the address to be somebody else's: whoever is in charge is told once of each.
func firstWrong(attempts []Attempt, a *Attempt) bool {
	return !slices.ContainsFunc(attempts, func(other Attempt) bool {
		return other.ID != a.ID && other.Way == a.Way && other.Counts() && other.Outcome == followupv1.Attempt_WRONG_NUMBER &&
			!other.AttemptTime.Before(a.PhoneTime)
	})
}

// contactCorrected notes that the customer's number is another one since the time at: wrong numbers of before say nothing of it. When a way had
// turned out to be none, and there is another one on record now, that is told. What has come back from an address of the kind says nothing of what was
// entered since, even where that is the same.
func (l ledger) contactCorrected(told *eventv1.ComplaintUpdated, at time.Time) {
	var fields []string
	for _, field := range told.GetFields() {
		if field = strings.TrimPrefix(field, "complainant."); field == "phone" || field == "email" {
			fields = append(fields, "complainant."+field)
		}
	}
	lost := slices.ContainsFunc(l.Notifications, func(n Notification) bool { return n.State == followupv1.Notification_BOUNCED })
	if len(fields) > 0 && (lost || len(unusable(l.Attempts)) > 0) {
		l.draft(l.Complaint.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_WayFound{WayFound: &eventv1.WayFound{Fields: fields}}})
	}
	for i := range l.Notifications {
		n := &l.Notifications[i]
		kind := "complainant.phone"
		if strings.Contains(n.Address, "@") {
			kind = "complainant.email"
		}
		if n.State == followupv1.Notification_BOUNCED && len(n.Mark) > 0 && slices.Contains(fields, kind) {
			l.Changes.Usable = append(l.Changes.Usable, Unusable{Customer: l.Complaint.Customer, Mark: n.Mark, Notification: n.Name(), Time: at})
		}
	}
	if slices.ContainsFunc(told.GetFields(), func(field string) bool { return strings.TrimPrefix(field, "complainant.") == "phone" }) {
		l.Complaint.PhoneTime = at
		l.Changes.Complaint = &l.Complaint
	}
}
