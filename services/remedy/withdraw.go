package remedy

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// WithdrawRemedy takes back a proposal that was not accepted. What is held for it is released. Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH,
// AGENT_RECUSED, REMEDY_STATE_FORBIDS.
func (s *Service) WithdrawRemedy(ctx context.Context, req *remedyv1.WithdrawRemedyRequest) (*remedyv1.Remedy, error) {
	reason, err := s.sealFor(ctx, req.GetName(), req.GetReason(), withdrawnPlace)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, req.GetName(), req.GetEtag(), func(c *Case, r *Remedy, now time.Time) error {
		if !open(r.State) && r.State != remedyv1.Remedy_LAPSED {
			return stateForbids(r, "a proposal that was neither accepted nor ended")
		}
		return s.withdraw(c, r, &eventv1.RemedyWithdrawn{Reason: reason}, caller(ctx).Subject, now)
	})
}

// open tells whether something may still come of a proposal as it stands, for which nothing is promised yet.
func open(state remedyv1.Remedy_State) bool {
	switch state {
	case remedyv1.Remedy_PROPOSED, remedyv1.Remedy_GRANTED, remedyv1.Remedy_OFFERED, remedyv1.Remedy_COUNTERED, remedyv1.Remedy_RETURNED:
		return true
	default:
		return false
	}
}

func (s *Service) withdraw(c *Case, r *Remedy, told *eventv1.RemedyWithdrawn, actor string, now time.Time) error {
	reason := "the proposal was withdrawn"
	if told.GetCycleEnded() {
		reason = "the cycle has ended"
	}
	s.void(c, r, actor, reason, now)
	if err := s.release(c, r, nil, cause{name: r.Name(), actor: actor, at: now}); err != nil {
		return err
	}
	r.State = remedyv1.Remedy_WITHDRAWN
	told.Remedy, told.Version = r.Name(), r.Revision
	c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_RemedyWithdrawn{RemedyWithdrawn: told}})
	c.put(r)
	return nil
}

// end takes back what was proposed in a cycle that has ended, or in one before, and was not accepted.
func (s *Service) end(c *Case, cycle int32, actor string) error {
	now := s.now()
	for i := range c.Remedies {
		r := &c.Remedies[i]
		if r.Cycle > cycle || !open(r.State) {
			continue
		}
		if err := s.withdraw(c, r, &eventv1.RemedyWithdrawn{CycleEnded: true}, actor, now); err != nil {
			return err
		}
	}
	return nil
}

// change changes a proposal on the caller's account, and answers with it. Whoever is complained about changes none: they would speak for the
// customer who complains about them (ROUTE-2). Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, RESOURCE_NOT_FOUND, AGENT_RECUSED, ETAG_MISMATCH, and those
// of decide.
func (s *Service) change(
	ctx context.Context, name, etag string, decide func(c *Case, r *Remedy, now time.Time) error,
) (*remedyv1.Remedy, error) {
	return s.changeWith(ctx, name, etag, "", decide)
}

// changeWith is change that has an approval read too, if one is named.
func (s *Service) changeWith(
	ctx context.Context, name, etag, approval string, decide func(c *Case, r *Remedy, now time.Time) error,
) (*remedyv1.Remedy, error) {
	complaint, _ := remedyIDs(name)
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint, Command: command, Result: name, Remedies: true, Money: true, Approval: approval}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		if c.Complaint.Facts.about(caller(ctx).Subject) {
			return agentRecused()
		}
		r, err := s.named(c, name, etag)
		if err != nil {
			return err
		}
		return decide(c, r, s.now())
	})
	if err != nil {
		return nil, err
	}
	return s.read(ctx, done.Result)
}

// named is the proposal of a name, which must have the etag, if one is wanted.
func (s *Service) named(c *Case, name, wanted string) (*Remedy, error) {
	complaint, id := remedyIDs(name)
	if c.Complaint.ID == "" {
		return nil, s.unknown(ErrUnknown, complaint)
	}
	r := c.remedy(id)
	switch {
	case r == nil:
		return nil, notFound(name)
	case wanted != "" && wanted != etag(r):
		return nil, stale(etag(r))
	}
	return r, nil
}

// noRemedy explains a remedy that cannot be read.
func (s *Service) noRemedy(err error, name string) error {
	if errors.Is(err, ErrUnknown) {
		return notFound(name)
	}
	return err
}
