package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// FindEvidence finds what a name says is on record in a complaint, for services that go by it themselves. Errors: EVIDENCE_NOT_FOUND,
// NOT_YET_KNOWN for what was recorded a moment ago.
func (s *Service) FindEvidence(ctx context.Context, req *followupv1.FindEvidenceRequest) (*followupv1.FindEvidenceResponse, error) {
	id, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	found, err := s.find(ctx, &Promise{Complaint: id}, req.GetEvidence())
	if err != nil {
		return nil, err
	}
	said := func(at time.Time) *followupv1.FindEvidenceResponse {
		return &followupv1.FindEvidenceResponse{CustomersWord: true, Time: timestamppb.New(at)}
	}
	switch r, a := found.record, found.attempt; {
	case a != nil && a.Outcome == followupv1.Attempt_REACHED && !a.Flagged():
		return said(a.AttemptTime), nil
	case r != nil && r.Author == eventv1.MessageRecorded_CUSTOMER:
		answer := said(r.Time)
		answer.Kind, answer.Message = r.Kind, r.Author == eventv1.MessageRecorded_CUSTOMER
		return answer, nil
	default:
		return &followupv1.FindEvidenceResponse{}, nil
	}
}
