package followup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// GiveFinalResponse puts on record that the final response was given (CLK-3), with what was sent: an agent's message, a file of ours or a
// letter that answers. A letter meets the duty at its proof of sending, all else when it is put on record here, since messages may be
// dated back. The same again changes nothing; something else takes its place only if it was sent earlier (CLK-1). Errors:
// FINAL_RESPONSE_INCOMPLETE, FINAL_RESPONSE_NOT_PROVEN, FINAL_RESPONSE_NOT_OWED, AGENT_RECUSED, EVIDENCE_NOT_FOUND, DUTY_NOT_FOUND, also for what is no final
// response, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
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
	given, err := s.responded(ctx, complaint, req.GetEvidence())
	if err != nil {
		return nil, err
	}
	return s.changeClock(ctx, complaint, id, func(l ledger, d *Duty) error {
		if d.Kind != policyv1.DutyKind_FINAL_RESPONSE {
			return dutyNotFound(req.GetName())
		}
		if err := l.recused(); err != nil {
			return err
		}
		if given.said.Before(d.OpenTime) {
			return finalResponseNotProven(req.GetEvidence(), "It is older than what is owed.")
		}
		at := given.sent
		if at.IsZero() {
			at = l.now
		}
		switch kept := d.State == followupv1.Duty_KEPT; {
		case kept && d.Evidence == req.GetEvidence():
			return nil
		case kept && !at.Before(d.FactTime), d.State == followupv1.Duty_RELEASED:
			return finalResponseNotOwed(req.GetName(), d)
		}
		l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_FinalResponseGiven{FinalResponseGiven: &eventv1.FinalResponseGiven{
			Duty: req.GetName(), Contents: req.GetContents(), Evidence: req.GetEvidence(),
		}}})
		broken := d.Breached()
		l.settled(d, d.Meet(Fact{Kind: FinalResponse, Time: at, Evidence: req.GetEvidence()}, l.now), broken)
		return nil
	})
}

// response is something that answers the customer.
type response struct {
	// said is when, by its own account.
	said time.Time
	// sent is its proof of sending; zero where only its being put on record counts.
	sent time.Time
}

// responded looks up what is named as the final response. What the customer said or sent is none, nor is a letter that only tells that something
// arrived, takes longer, or is asked about: else the acknowledgement would meet what the law demands.
func (s *Service) responded(ctx context.Context, complaint, evidence string) (response, error) {
	name, ok := strings.CutPrefix(evidence, complaintName(complaint)+"/")
	if !ok {
		return response{}, evidenceNotFound(evidence)
	}
	if letter, ok := strings.CutPrefix(name, "notifications/"); ok {
		n, err := s.deps.Store.Notification(ctx, complaint, letter)
		if errors.Is(err, ErrUnknown) || err == nil && n.SendTime.IsZero() { // It waits, or could not be sent.
			return response{}, evidenceNotFound(evidence)
		}
		switch {
		case err != nil:
			return response{}, err
		case n.Kind != followupv1.Notification_LETTER || !s.answers(n.Template):
			return response{}, finalResponseNotProven(evidence, "It is no letter that answers.")
		case n.State == followupv1.Notification_BOUNCED:
			return response{}, finalResponseNotProven(evidence, "It came back.")
		}
		return response{said: n.SendTime, sent: n.SendTime}, nil
	}
	r, err := s.deps.Records.Record(ctx, complaint, name)
	switch {
	case errors.Is(err, ErrUnknown):
		return response{}, s.notThere(evidence)
	case err != nil:
		return response{}, err
	case r.Author != eventv1.MessageRecorded_AGENT:
		return response{}, finalResponseNotProven(evidence, "It is not ours.")
	}
	return response{said: r.Time}, nil
}

// answers tells whether letters of a template say what was found or decided.
func (s *Service) answers(template string) bool {
	kind, ok := s.deps.Policy.Letters().Kind(template)
	return ok && slices.Contains([]policyv1.LetterTemplate_Kind{
		policyv1.LetterTemplate_ANSWER, policyv1.LetterTemplate_REMEDY, policyv1.LetterTemplate_REFUSAL, policyv1.LetterTemplate_CLOSING,
		policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY,
	}, kind)
}
