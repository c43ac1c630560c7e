package followup

import (
	"context"

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
// sending and recording makes the call come again. What was refused for good is
// answered as DEAD: the duty stays owed, and somebody finds another way. Errors:
// UNAVAILABLE when the channel did not take the message, which waits then and is
// tried again by itself too, or when the key cannot be had; INVALID_FIELD when the recipient is another customer than the
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
	if err := checkRecipient(c.Complaint, req); err != nil {
		return nil, err
	}
	w, err := s.acknowledgementWords(req)
	if err != nil {
		return nil, err
	}
	p, err := s.post(ctx, c.Complaint, Notification{
		Complaint: complaint, ID: "ack-" + number(req.GetCycle()), Cycle: req.GetCycle(), Kind: followupv1.Notification_ACKNOWLEDGEMENT,
		Template: acknowledgement, Language: req.GetRecipient().GetLanguageCode(),
	}, w, contactOf(req.GetRecipient()))
	if err != nil {
		return nil, err
	}
	if p.after == nil { // It was on record, maybe since a moment ago: the proof of sending has met the duty.
		if p.after, err = s.known(ctx, complaint); err != nil {
			return nil, err
		}
	}
	return s.acknowledged(p.Notification, p.after.Duty(duty)), nil
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

// acknowledgementWords writes the message.
func (s *Service) acknowledgementWords(req *followupv1.SendAcknowledgementRequest) (words, error) {
	to := req.GetRecipient()
	letters := s.deps.Policy.Letters()
	template := letters.Acknowledgement()
	if req.GetSettled() != nil {
		template = letters.Settled() // It was dealt with already (REC-10): no call and no result is to come.
	}
	written, err := letters.Write(template, to.GetLanguageCode(), letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: req.GetReference(), Team: req.GetTeam(), Zone: letter.Zone(to.GetTimeZone()),
		ContactTime: req.GetContactTime().AsTime(), CallbackTime: req.GetCallbackTime().AsTime(),
		// An imported complaint was received long ago, and a channel may have been away: what is over is not promised (REC-8).
		ResolutionTime: req.GetResolutionTime().AsTime(), Now: s.now(),
		SettleTime: req.GetSettled().GetSettleTime().AsTime(), Answer: req.GetSettled().GetAnswer(), Remedy: req.GetSettled().GetRemedy(),
	}, nil)
	return words{written.Subject, written.Text}, err
}
