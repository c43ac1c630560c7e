package followup

import (
	"context"
	"errors"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// SendLetter sends what intake wrote on how a complaint ended, and keeps the proof of sending (REM-6), once per complaint, cycle and
// occasion: once sending is on record it answers with that record. The channel gets the notification's name as its idempotency key, because
// a crash between sending and recording makes the call come again. Errors: UNAVAILABLE when the channel did not take the message or the key
// cannot be had, with nothing recorded; INVALID_FIELD when the recipient is another customer than the complaint's; NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) SendLetter(ctx context.Context, req *followupv1.SendLetterRequest) (*followupv1.SendLetterResponse, error) {
	complaint, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	id := "letter-" + number(req.GetCycle()) + "-" + req.GetOccasion()
	sent, err := s.deps.Store.Notification(ctx, complaint, id)
	if err == nil || !errors.Is(err, ErrUnknown) {
		return letterSent(sent), err
	}
	if req.GetRecipient().GetCustomer() != c.Complaint.Customer {
		return nil, invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	n, err := s.deliver(ctx, Notification{
		Complaint: complaint, ID: id, Template: req.GetTemplate(), Language: req.GetRecipient().GetLanguageCode(),
	}, req.GetRecipient(), req.GetText())
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, Change{Complaint: complaint, Notifications: true}, func(l ledger) error {
		// Somebody else may have sent it meanwhile: the first record stands.
		if first, ok := l.Notification(id); ok {
			n = first
		} else {
			l.sent(req.GetCycle(), n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return letterSent(n), nil
}

func letterSent(n Notification) *followupv1.SendLetterResponse {
	return &followupv1.SendLetterResponse{Notification: notificationMessage(n)}
}
