package remedy

import (
	"context"
	"fmt"
	"slices"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// CheckRemedies says what stands in the way of resolving a cycle: an offer without answer, an approval without decision, what was
// accepted and is not fulfilled (REM-5), a refusal that goes on, and one whose letter would say what none should (REF-1). Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) CheckRemedies(ctx context.Context, req *remedyv1.CheckRemediesRequest) (*remedyv1.CheckRemediesResponse, error) {
	complaint, err := s.known(ctx, req.GetComplaint())
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Store.Remedies(ctx, Query{Complaint: complaint.ID, Limit: mostRemedies})
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.CheckRemediesResponse{}
	for i := range list {
		r := &list[i]
		if r.Cycle != req.GetCycle() || r.State == remedyv1.Remedy_ACCEPTED && slices.Contains(req.GetFulfilled(), r.Name()) {
			continue // Another cycle's, or followup knows more: what was promised is done.
		}
		if why := objection(r); why != "" {
			resp.Objections = append(resp.Objections, why)
		}
	}
	unrefused, err := s.unrefused(ctx, complaint, list, req)
	if err != nil {
		return nil, err
	}
	resp.Objections = append(resp.Objections, unrefused...)
	return resp, nil
}

// refusedOutcome is what intake calls the outcome of a refusal.
const refusedOutcome = "REFUSED"

// mostRemedies is more than any complaint has.
const mostRemedies = 10_000

// objection is why a proposal stands in the way of resolving; empty when it does not.
func objection(r *Remedy) string {
	switch r.State {
	case remedyv1.Remedy_PROPOSED:
		if r.Approval == "" { // It was proposed before there were approvals.
			return ""
		}
		return fmt.Sprintf("%s waits for approval; have it decided, or withdraw the proposal.", r.Name())
	case remedyv1.Remedy_GRANTED:
		return fmt.Sprintf("%s may be offered and was not; offer or withdraw it.", r.Name())
	case remedyv1.Remedy_OFFERED:
		return fmt.Sprintf("%s was offered, and the customer has not answered.", r.Name())
	case remedyv1.Remedy_ACCEPTED:
		return fmt.Sprintf("%s was accepted, and not all of it is done.", r.Name())
	default:
		return ""
	}
}
