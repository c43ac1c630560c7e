package followup

import (
	"context"
	"errors"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// GiveFinalResponse puts on record that the final response was given (CLK-3), with what was sent: an agent's message, an attachment or a
// letter of the complaint. A letter meets the duty at its proof of sending, all else when it is put on record here, since messages may be
// dated back. Errors: FINAL_RESPONSE_INCOMPLETE, EVIDENCE_NOT_FOUND, DUTY_NOT_FOUND, also for what is no final response, NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND.
func (s *Service) GiveFinalResponse(ctx context.Context, req *followupv1.GiveFinalResponseRequest) (*followupv1.Duty, error) {
	complaint, id, ok := child(req.GetName(), "duties")
	if !ok {
		return nil, dutyNotFound(req.GetName())
	}
	if missing := lacking(s.deps.Policy.StatutoryProfile(), req.GetContents()); len(missing) > 0 {
		return nil, finalResponseIncomplete(req.GetName(), missing)
	}
	if _, err := s.known(ctx, complaint); err != nil {
		return nil, err
	}
	sent, err := s.sentAt(ctx, complaint, req.GetEvidence())
	if err != nil {
		return nil, err
	}
	return s.changeClock(ctx, complaint, id, func(l ledger, d *Duty) error {
		if d.Kind != policyv1.DutyKind_FINAL_RESPONSE {
			return dutyNotFound(req.GetName())
		}
		if sent.IsZero() {
			sent = l.now
		}
		l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_FinalResponseGiven{FinalResponseGiven: &eventv1.FinalResponseGiven{
			Duty: req.GetName(), Contents: req.GetContents(), Evidence: req.GetEvidence(),
		}}})
		broken := d.Breached()
		l.settled(d, d.Meet(Fact{Kind: FinalResponse, Time: sent, Evidence: req.GetEvidence()}, l.now), broken)
		return nil
	})
}

// sentAt is when what was sent had its proof of sending; zero where only its being put on record counts.
func (s *Service) sentAt(ctx context.Context, complaint, evidence string) (time.Time, error) {
	name, ok := strings.CutPrefix(evidence, complaintName(complaint)+"/")
	if !ok {
		return time.Time{}, evidenceNotFound(evidence)
	}
	if letter, ok := strings.CutPrefix(name, "notifications/"); ok {
		n, err := s.deps.Store.Notification(ctx, complaint, letter)
		if errors.Is(err, ErrUnknown) {
			return time.Time{}, evidenceNotFound(evidence)
		}
		if err == nil && n.SendTime.IsZero() { // It waits, or could not be sent.
			return time.Time{}, evidenceNotFound(evidence)
		}
		return n.SendTime, err
	}
	r, err := s.deps.Records.Record(ctx, complaint, name)
	if errors.Is(err, ErrUnknown) || err == nil && r.Author != eventv1.MessageRecorded_AGENT && strings.HasPrefix(name, "messages/") {
		return time.Time{}, evidenceNotFound(evidence)
	}
	return time.Time{}, err
}
