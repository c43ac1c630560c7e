package followup

import (
	"context"
	"errors"
	"slices"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// unreached is what records call the notice, whatever the policy calls the letter.
const unreached = "unreached"

// SendCallbackNotice writes to the customer who could not be called, keeps the proof, and settles the callback as MET_BY_NOTICE by the time
// of sending (CALL-3). If that is after the due time, the breach is on record before it and stays. It sends once per complaint and cycle:
// the channel gets the notification's name as its idempotency key. Nothing is sent when the callback is not owed any more, or no notice was
// decided; the answer tells how it stands. A number that is somebody else's is not written to. Errors: NO_WAY_ON_RECORD when nothing else is
// left; UNAVAILABLE when the channel did not take the message or the key cannot be had, with nothing recorded; INVALID_FIELD when the
// recipient is another customer than the complaint's; CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) SendCallbackNotice(ctx context.Context, req *followupv1.SendCallbackNoticeRequest) (*followupv1.Settlement, error) {
	complaint, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	callback, err := s.deps.Store.Callback(ctx, complaint, req.GetCycle())
	if errors.Is(err, ErrUnknown) {
		return nil, callbackNotFound(callbackName(complaint, req.GetCycle()))
	}
	if err != nil {
		return nil, err
	}
	if d := &callback.Duty; d.State != followupv1.Duty_OPEN || d.NoticeTime.IsZero() {
		return s.settlement(d, s.now()), nil
	}
	if req.GetRecipient().GetCustomer() != c.Complaint.Customer {
		return nil, invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	n, err := s.writeNotice(ctx, &callback, req)
	if err != nil {
		return nil, err
	}
	return s.noticeSent(ctx, complaint, req.GetCycle(), n)
}

// writeNotice writes the notice and hands it to the channel.
func (s *Service) writeNotice(ctx context.Context, c *Callback, req *followupv1.SendCallbackNoticeRequest) (Notification, error) {
	n := Notification{
		Complaint: c.Duty.Complaint, ID: "notice-" + number(c.Duty.Cycle), Template: unreached,
		Language: req.GetRecipient().GetLanguageCode(),
	}
	to := &followupv1.Recipient{
		Customer: req.GetRecipient().GetCustomer(), DisplayName: req.GetRecipient().GetDisplayName(),
		Phone: req.GetRecipient().GetPhone(), Email: req.GetRecipient().GetEmail(), LanguageCode: n.Language,
	}
	if ways := unusable(c.Attempts); slices.Contains(ways, policyv1.ContactWay_PHONE) {
		if to.Phone = ""; to.GetEmail() == "" {
			return n, noWayOnRecord(callbackName(c.Duty.Complaint, c.Duty.Cycle))
		}
	}
	letters := s.deps.Policy.Letters()
	written, err := letters.Write(letters.Unreached(), n.Language, letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: req.GetReference(), Team: req.GetTeam(), Attempts: s.reach.of(c.Attempts).attempts,
	}, nil)
	if err != nil {
		return n, err
	}
	return s.deliver(ctx, n, to, written.Text)
}

// noticeSent records the notice and settles the callback by it.
func (s *Service) noticeSent(ctx context.Context, complaint string, cycle int32, n Notification) (answer *followupv1.Settlement, err error) {
	_, err = s.change(ctx, Change{Complaint: complaint, Notifications: true}, func(l ledger) error {
		// Somebody else may have sent it meanwhile: the first record stands.
		if first, ok := l.Notification(n.ID); ok {
			n = first
		} else {
			l.sent(cycle, n)
		}
		d := l.Duty(DutyID(cycle, policyv1.DutyKind_CALLBACK))
		if n.SendTime.After(d.DueTime) {
			l.settle(d) // The breach is on record before what stands in for the call is.
		}
		l.fact(cycle, Fact{Kind: NoticeGiven, Time: n.SendTime, Evidence: notificationName(n.Complaint, n.ID)})
		answer = s.settlement(d, l.now)
		return nil
	})
	return answer, err
}
