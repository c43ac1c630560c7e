package followup

import (
	"context"
	"errors"
	"slices"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// GiveNotice decides that a written notice stands in for the call to a customer who was tried as often, at as many times of day and on as many
// days as the policy wants (CALL-3), or of whom only numbers are known that are somebody else's, and an e-mail address. The callback stays owed
// until the notice is sent. Asking again, or when it was sent, changes nothing.
// Errors: AGENT_RECUSED, NOTICE_TOO_EARLY, CALLBACK_RELEASED, CYCLE_ENDED, CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GiveNotice(ctx context.Context, req *followupv1.GiveNoticeRequest) (*followupv1.Callback, error) {
	ways, err := s.waysLeft(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	return s.changeCallback(ctx, req.GetName(), func(l ledger, d *Duty) error {
		switch {
		case d.Verdict == policyv1.Verdict_MET_BY_NOTICE || !d.NoticeTime.IsZero() && d.State == followupv1.Duty_OPEN:
			return nil
		case d.State == followupv1.Duty_KEPT:
			return callbackReleased(req.GetName(), "the customer was reached")
		case d.State == followupv1.Duty_RELEASED:
			return callbackReleased(req.GetName(), d.ReleaseReason)
		case !l.handles(d):
			return cycleEnded(complaintName(d.Complaint))
		}
		if at := agreed(l.Attempts, l.now); !at.IsZero() {
			return noticeTooEarly("The customer asked to be called at " + instant(at) + ".")
		}
		if made := s.reach.of(l.Attempts); !made.unreachable() && !s.reach.lost(l.Attempts, ways) {
			return noticeTooEarly(made.missing())
		}
		s.decideNotice(l, d, false)
		return nil
	})
}

// waysLeft are the ways on record of a customer, one of whose numbers turned out to be somebody else's. Of others nobody needs to know them: how
// often they were tried decides. Who was erased has none.
func (s *Service) waysLeft(ctx context.Context, callback string) ([]policyv1.ContactWay, error) {
	complaint, cycle, ok := callbackIDs(callback)
	if !ok {
		return nil, callbackNotFound(callback)
	}
	c, err := s.deps.Store.Callback(ctx, complaint, cycle)
	if errors.Is(err, ErrUnknown) || err == nil && !strayed(c.Attempts) {
		return nil, nil // Whoever changes the callback tells what is unknown.
	}
	if err != nil {
		return nil, err
	}
	to, err := s.deps.Contacts.Contact(ctx, complaintName(complaint))
	switch {
	case erased(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	ways := []policyv1.ContactWay{to.Recipient.Preferred} // A preference for what needs no address is all that is known of it.
	if to.Recipient.Phone == "" {
		ways = slices.DeleteFunc(ways, func(way policyv1.ContactWay) bool { return way == policyv1.ContactWay_PHONE })
	} else {
		ways = append(ways, policyv1.ContactWay_PHONE)
	}
	ways = slices.DeleteFunc(ways, func(way policyv1.ContactWay) bool { return way == policyv1.ContactWay_EMAIL })
	if s.deps.Channel.Reaches(Recipient{Customer: to.Recipient.Customer, Email: to.Recipient.Email}) {
		ways = append(ways, policyv1.ContactWay_EMAIL)
	}
	return ways, nil
}

// changeCallback changes a callback, once per command, and answers with it as it then stands.
func (s *Service) changeCallback(ctx context.Context, name string, decide func(ledger, *Duty) error) (*followupv1.Callback, error) {
	complaint, cycle, ok := callbackIDs(name)
	if !ok {
		return nil, callbackNotFound(name)
	}
	change := Change{Complaint: complaint, Result: name, Attempts: cycle}
	change.Command, _ = idem.FromContext(ctx)
	var c Callback
	done, err := s.change(ctx, change, func(l ledger) error {
		d := l.Duty(DutyID(cycle, policyv1.DutyKind_CALLBACK))
		if d == nil {
			return callbackNotFound(name)
		}
		if err := l.recused(); err != nil {
			return err
		}
		err := decide(l, d)
		c = Callback{Duty: *d, Attempts: l.Attempts}
		return err
	})
	if err == nil && done.Repeated {
		c, err = s.deps.Store.Callback(ctx, complaint, cycle)
	}
	if err != nil {
		return nil, err
	}
	return s.callbackAnswer(ctx, &c), nil
}

// awaitsNotice is true for a callback that is owed and that no notice was decided for.
func (d *Duty) awaitsNotice() bool { return d.State == followupv1.Duty_OPEN && d.NoticeTime.IsZero() }

// handles tells whether somebody handles the complaint in the cycle of a duty, so that a workflow keeps its time.
func (l ledger) handles(d *Duty) bool { return d.Cycle == l.Complaint.Cycle && !l.Complaint.Ended }

// decideNotice notes that a notice is to stand in for the call, which has the workflow send it.
func (s *Service) decideNotice(l ledger, d *Duty, automatic bool) {
	d.NoticeTime = l.now
	l.Changes.Callback = d
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{
		Callback: callbackName(d.Complaint, d.Cycle), Duty: dutyName(d.Complaint, d.ID),
		Attempts: int32(s.reach.told(l.Attempts)), Automatic: automatic, WrongNumber: !s.reach.of(l.Attempts).unreachable(),
	}}})
}
