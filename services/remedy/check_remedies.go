package remedy

import (
	"context"
	"fmt"
	"slices"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// CheckRemedies says what stands in the way of resolving a cycle: an offer without answer, an approval without decision, what was
// accepted and is not fulfilled (REM-5), and a refusal that goes on (REF-1). Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
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
	if why, err := s.unrefused(ctx, complaint.ID, req); err != nil {
		return nil, err
	} else if why != "" {
		resp.Objections = append(resp.Objections, why)
	}
	return resp, nil
}

// unrefused is why a complaint may not end as refused: nobody is refused flatly (REF-1), nor in any other way while a refusal goes on, whose steps
// would be passed over. Empty for any other outcome of a cycle in which none goes on, and once a refusal of the cycle was accepted or went to its
// last step.
func (s *Service) unrefused(ctx context.Context, complaint string, req *remedyv1.CheckRemediesRequest) (string, error) {
	list, err := s.deps.Refusals.Refusals(ctx, RefusalQuery{Complaint: complaint, Limit: mostRemedies})
	if err != nil {
		return "", err
	}
	refused := false
	for i := range list {
		r := &list[i]
		if r.Cycle != req.GetCycle() {
			continue
		}
		if r.Open() {
			return r.Name() + " goes on: put its steps on record until the customer accepts it (:endRefusal) or its last step is done, or take it back with " +
				":endRefusal without accepted.", nil
		}
		refused = refused || r.State == remedyv1.Refusal_ACCEPTED || r.State == remedyv1.Refusal_CONTACT_ENDED
	}
	if refused || req.GetOutcome() != refusedOutcome {
		return "", nil
	}
	return "Nobody is refused flatly: begin with POST /v1/" + req.GetComplaint() + ":refuse, and go on until the customer accepts it or its last " +
		"step is done. What was explained, and is no refusal, ends as EXPLAINED.", nil
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
