package followup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// acknowledgement is what records call the message, whatever the policy calls the
// letter.
const acknowledgement = "acknowledgement"

// Templates are what records call the messages that are sent to every customer. A letter on how a complaint ended has its own name in the
// policy.
func Templates() []string { return []string{acknowledgement} }

// SendAcknowledgement writes to the customer that the complaint arrived, in the
// customer's language, and keeps the proof of sending; that meets the duty to
// acknowledge, by the time of sending (ACK-1), and the answer tells how. It is
// idempotent by complaint and cycle: once sending is on record it answers with
// that record. The channel
// gets the notification's name as its idempotency key, because a crash between
// sending and recording makes the call come again. Errors: UNAVAILABLE when the
// channel did not take the message or the key cannot be had, with nothing
// recorded; INVALID_FIELD when the recipient is another customer than the
// complaint's; DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) SendAcknowledgement(
	ctx context.Context, req *followupv1.SendAcknowledgementRequest,
) (*followupv1.SendAcknowledgementResponse, error) {
	complaint, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	duty := DutyID(req.GetCycle(), policyv1.DutyKind_ACKNOWLEDGE)
	d := c.Duty(duty)
	if d == nil {
		return nil, missing(c.Complaint, req.GetCycle(), duty)
	}
	id := "ack-" + number(req.GetCycle())
	// What was sent has met the duty: while it is open, nothing was.
	if d.State != followupv1.Duty_OPEN {
		sent, err := s.deps.Store.Notification(ctx, complaint, id)
		if err == nil {
			return s.acknowledged(sent, d), nil
		}
		if !errors.Is(err, ErrUnknown) {
			return nil, err
		}
	}
	if err := checkRecipient(c.Complaint, req); err != nil {
		return nil, err
	}
	n, err := s.send(ctx, Notification{
		Complaint: complaint, ID: id, Template: acknowledgement, Language: req.GetRecipient().GetLanguageCode(),
	}, req)
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
		d = l.Duty(duty)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.acknowledged(n, d), nil
}

func (s *Service) acknowledged(n Notification, d *Duty) *followupv1.SendAcknowledgementResponse {
	return &followupv1.SendAcknowledgementResponse{Notification: notificationMessage(n), Settlement: s.settlement(d, s.now())}
}

// checkRecipient refuses what would seal the text with somebody else's key, so
// that erasing the customer would not erase it, and times that are none.
func checkRecipient(c Complaint, req *followupv1.SendAcknowledgementRequest) error {
	if req.GetRecipient().GetCustomer() != c.Customer {
		return invalidField("recipient.customer", "It is not the complaint's customer.")
	}
	if settled := req.GetSettled(); settled != nil && !settled.GetSettleTime().IsValid() {
		return invalidField("settled.settle_time", "It is no time.")
	}
	for field, at := range map[string]*timestamppb.Timestamp{
		"contact_time": req.GetContactTime(), "callback_time": req.GetCallbackTime(), "resolution_time": req.GetResolutionTime(),
	} {
		if !at.IsValid() {
			return invalidField(field, "It is no time.")
		}
	}
	return nil
}

// send writes the message, seals it, and hands it to the channel. It returns the
// notification as it is to be recorded.
func (s *Service) send(ctx context.Context, n Notification, req *followupv1.SendAcknowledgementRequest) (Notification, error) {
	to := req.GetRecipient()
	letters := s.deps.Policy.Letters()
	template := letters.Acknowledgement()
	if req.GetSettled() != nil {
		template = letters.Settled() // It was dealt with already (REC-10): no call and no result is to come.
	}
	written, err := letters.Write(template, n.Language, letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: req.GetReference(), Team: req.GetTeam(),
		ContactTime: req.GetContactTime().AsTime(), CallbackTime: req.GetCallbackTime().AsTime(),
		// An imported complaint was received long ago, and a channel may have been away: what is over is not promised (REC-8).
		ResolutionTime: req.GetResolutionTime().AsTime(), Now: s.now(),
		SettleTime: req.GetSettled().GetSettleTime().AsTime(), Answer: req.GetSettled().GetAnswer(), Remedy: req.GetSettled().GetRemedy(),
	}, nil)
	if err != nil {
		return n, err
	}
	return s.deliver(ctx, n, to, written.Text)
}

// deliver seals a text and hands it to the channel, under the notification's name.
func (s *Service) deliver(ctx context.Context, n Notification, to *followupv1.Recipient, text string) (Notification, error) {
	key, err := s.deps.Keys.Key(ctx, to.GetCustomer())
	if err != nil {
		return n, err
	}
	name := notificationName(n.Complaint, n.ID)
	if n.Text, err = key.Seal([]byte(text), name+"#text"); err != nil {
		return n, err
	}
	digest := sha256.Sum256(n.Text)
	n.Channel = s.deps.Channel.Name()
	n.Proof, err = s.deps.Channel.Send(ctx, Message{
		Notification: name, Complaint: complaintName(n.Complaint), Template: n.Template, Language: n.Language,
		Digest: hex.EncodeToString(digest[:]), Text: text,
		Recipient: Recipient{DisplayName: to.GetDisplayName(), Phone: to.GetPhone(), Email: to.GetEmail()},
	})
	if err != nil {
		return n, channelFailed(err)
	}
	n.SendTime = s.now()
	return n, nil
}
