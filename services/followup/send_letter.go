package followup

import (
	"context"
	"strings"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// SendLetter sends what intake wrote on how a complaint ended, and keeps the proof of sending (REM-6), once per complaint, cycle and
// occasion: once sending is on record it answers with that record. The channel gets the notification's name as its idempotency key, because
// a crash between sending and recording makes the call come again. A survey or reminder is put on record and answered as WAITING: the loop
// sends it when its hour has come, unless the customer wants none. A letter that was refused for good is answered as
// DEAD: somebody else sees to it. Errors: UNAVAILABLE when the channel did not take the letter, which waits then and is tried again by
// itself too, or when the key cannot be had; INVALID_FIELD when the recipient is another customer than the complaint's; NOT_YET_KNOWN,
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
	if req.GetRecipient().GetCustomer() != c.Complaint.Customer {
		return nil, invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	n := Notification{
		Complaint: complaint, ID: letterID(req), Cycle: req.GetCycle(), Kind: req.GetKind(), Template: req.GetTemplate(),
		Language: req.GetRecipient().GetLanguageCode(),
	}
	if n.Kind == followupv1.Notification_KIND_UNSPECIFIED {
		n.Kind = followupv1.Notification_LETTER
	}
	w := words{req.GetSubject(), req.GetText()}
	if Owed(n.Kind) {
		var p posted
		p, err = s.post(ctx, c.Complaint, n, w, contactOf(req.GetRecipient()))
		n = p.Notification
	} else {
		n, err = s.postLater(ctx, c.Complaint, n, w)
	}
	if err != nil {
		return nil, err
	}
	return &followupv1.SendLetterResponse{Notification: notificationMessage(n)}, nil
}

// letterID is the id of a letter: "letter-1-resolved", or by what else it is "survey-1-first".
func letterID(req *followupv1.SendLetterRequest) string {
	what := "letter"
	if kind := req.GetKind(); kind != followupv1.Notification_KIND_UNSPECIFIED {
		what = strings.ToLower(kind.String())
	}
	return what + "-" + number(req.GetCycle()) + "-" + req.GetOccasion()
}

// contactOf is a recipient that a call names.
func contactOf(r *followupv1.Recipient) Contact {
	return Contact{Recipient: Recipient{
		Customer: r.GetCustomer(), DisplayName: r.GetDisplayName(), Phone: r.GetPhone(), Email: r.GetEmail(), Preferred: r.GetPreferred(),
	}}
}

// postLater puts a message on record that is not owed at a time. The loop sends it when the customer may be written to.
func (s *Service) postLater(ctx context.Context, c Complaint, n Notification, w words) (Notification, error) {
	key, err := s.deps.Keys.Key(ctx, c.Customer)
	if err != nil {
		return n, err
	}
	if n, err = compose(key, n, w); err != nil {
		return n, err
	}
	return s.Enqueue(ctx, n)
}
