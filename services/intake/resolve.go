package intake

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// ResolveComplaint asks to resolve. Whether it is resolved is up to the owners
// of the open duties, whom the workflow asks (CALL-2).
func (s *Service) ResolveComplaint(ctx context.Context, req *intakev1.ResolveComplaintRequest) (*intakev1.Complaint, error) {
	request := s.ids.ID()
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if err := e.recused(); err != nil {
			return err
		}
		if e.OpenItems > 0 {
			return itemsOpen(e.OpenItems)
		}
		if err := e.RequestResolution(request, Outcome(req.GetOutcome()), e.now); err != nil {
			return err
		}
		e.details.Resolution, e.details.Objections, e.details.Settled = req.GetResolution(), nil, nil
		e.remark("resolve", req.GetResolution())
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ResolutionRequested{ResolutionRequested: &eventv1.ResolutionRequested{
			RequestId: request, Outcome: req.GetOutcome().String(),
		}}})
		return nil
	})
}

// ConfirmResolution resolves a complaint whose owners of duties agreed.
func (s *Service) ConfirmResolution(ctx context.Context, req *intakev1.ConfirmResolutionRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), "", func(e *edit) error {
		before := e.Version
		if err := e.Complaint.ConfirmResolution(req.GetRequestId(), e.now); err != nil || e.Version == before {
			return pending(err, req.GetRequestId())
		}
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{
			RequestId: req.GetRequestId(), Outcome: intakev1.Complaint_Outcome(e.Outcome).String(), RequestTime: stamp(e.Request.Time),
		}}})
		return nil
	})
}

// RefuseResolution has the work go on on a complaint whose owners of duties object.
func (s *Service) RefuseResolution(ctx context.Context, req *intakev1.RefuseResolutionRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), "", func(e *edit) error {
		before := e.Version
		if err := e.Complaint.RefuseResolution(req.GetRequestId(), e.now); err != nil || e.Version == before {
			return pending(err, req.GetRequestId())
		}
		// What was agreed when it was filed did not settle it: how it ends is told as with any other (REC-10, REM-6).
		e.details.Resolution, e.details.Objections, e.details.Settled = "", req.GetObjections(), nil
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ResolutionRefused{ResolutionRefused: &eventv1.ResolutionRefused{
			RequestId: req.GetRequestId(), Objections: req.GetObjections(),
		}}})
		return nil
	})
}
