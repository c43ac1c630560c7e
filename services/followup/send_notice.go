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
// left; UNAVAILABLE when the channel did not take the message, which waits then and is tried again by itself too, or when the key cannot be
// had; INVALID_FIELD when the recipient is another customer than the complaint's; CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
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
	p, err := s.writeNotice(ctx, c.Complaint, &callback, req)
	if err != nil {
		return nil, err
	}
	if p.after == nil { // It was on record, maybe since a moment ago.
		if p.after, err = s.known(ctx, complaint); err != nil {
			return nil, err
		}
	}
	return s.settlement(p.after.Duty(callback.Duty.ID), s.now()), nil
}

// writeNotice writes the notice and hands it to the channel.
func (s *Service) writeNotice(
	ctx context.Context, of Complaint, c *Callback, req *followupv1.SendCallbackNoticeRequest,
) (posted, error) {
	n := Notification{
		Complaint: c.Duty.Complaint, ID: "notice-" + number(c.Duty.Cycle), Cycle: c.Duty.Cycle, Kind: followupv1.Notification_NOTICE,
		Template: unreached, Language: req.GetRecipient().GetLanguageCode(),
	}
	to := &followupv1.Recipient{
		Customer: req.GetRecipient().GetCustomer(), DisplayName: req.GetRecipient().GetDisplayName(),
		Phone: req.GetRecipient().GetPhone(), Email: req.GetRecipient().GetEmail(), LanguageCode: n.Language,
	}
	if ways := unusable(c.Attempts); slices.Contains(ways, policyv1.ContactWay_PHONE) {
		if to.Phone = ""; to.GetEmail() == "" {
			return posted{}, noWayOnRecord(callbackName(c.Duty.Complaint, c.Duty.Cycle))
		}
	}
	letters := s.deps.Policy.Letters()
	written, err := letters.Write(letters.Unreached(), n.Language, letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: req.GetReference(), Team: req.GetTeam(), Attempts: s.reach.told(c.Attempts),
	}, nil)
	if err != nil {
		return posted{}, err
	}
	return s.post(ctx, of, n, words{written.Subject, written.Text}, contactOf(to))
}

// noticeSent settles the callback by a notice that was sent, whoever sent it.
func (l ledger) noticeSent(n Notification) {
	d := l.Duty(DutyID(n.Cycle, policyv1.DutyKind_CALLBACK))
	if n.Template != unreached || d == nil || d.NoticeTime.IsZero() {
		return
	}
	if n.SendTime.After(d.DueTime) {
		l.settle(d) // The breach is on record before what stands in for the call is.
	}
	l.fact(n.Cycle, Fact{Kind: NoticeGiven, Time: n.SendTime, Evidence: n.Name()})
}

// meantToCall tells why a notice that waits is not to be sent any more, empty when it is, and leaves out a number that is somebody else's.
func (s *Service) meantToCall(ctx context.Context, n Notification, to *Contact) (dropped string, err error) {
	if n.Template != unreached {
		return "", nil
	}
	c, err := s.deps.Store.Callback(ctx, n.Complaint, n.Cycle)
	if err != nil {
		return "", err
	}
	if d := &c.Duty; d.State != followupv1.Duty_OPEN && d.Verdict != policyv1.Verdict_MET_BY_NOTICE { // One that came back goes by another way.
		return "the call is not owed any more", nil
	}
	if slices.Contains(unusable(c.Attempts), policyv1.ContactWay_PHONE) {
		to.Recipient.Phone = ""
	}
	return "", nil
}
