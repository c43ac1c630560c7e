package remedy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// lookEvery is how often this process looks for claims that are overdue. They are owed in days: what is told is on record once, however often
// that is looked for, and what is due is seen in every list at once.
const lookEvery = 5 * time.Second

// claimSlice bounds the claims that one look reads.
const claimSlice = 100

// remedyActor is who tells.
const remedyActor = "services/remedy"

// Run tells of claims that are overdue, until ctx ends (REM-7). A claim outlives the cycles of its complaint, and so all workflows: the time
// is kept by what is on record, and looked for here. Any number of processes may do so at a time.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := s.TellClaims(ctx); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "claims that are overdue are told later", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// TellClaims puts on record, once each, that an open claim is overdue, and the policy's time after that it is overdue still: routing tells
// its owner of the former, and whoever stands above of the latter. One that cannot be written holds up no other.
func (s *Service) TellClaims(ctx context.Context) error {
	now := s.now()
	list, err := s.deps.Claims.UntoldClaims(ctx, now, now.Add(-s.aboveAfter()), claimSlice)
	if err != nil {
		return err
	}
	var failed error
	for i := range list {
		change := Change{Complaint: list[i].Complaint, Claim: list[i].ID}
		_, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
			if c.Claim != nil {
				s.tellClaim(c, now)
			}
			return nil
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", list[i].Name(), err))
		}
	}
	return failed
}

// tellClaim puts it on record that a claim is overdue, unless it is not, or that was told.
func (s *Service) tellClaim(c *Case, now time.Time) {
	claim := c.Claim
	above := !claim.OverdueTime.IsZero()
	switch {
	case claim.State != remedyv1.Claim_OPEN || now.Before(claim.DueTime) || !claim.AboveTime.IsZero():
		return
	case above && now.Before(claim.OverdueTime.Add(s.aboveAfter())):
		return
	case above:
		claim.AboveTime = now
	default:
		claim.OverdueTime = now
	}
	c.Changes.Claim = claim
	c.tell(claim.Cycle, remedyActor, now, &eventv1.Payload{Kind: &eventv1.Payload_ClaimOverdue{ClaimOverdue: &eventv1.ClaimOverdue{
		Claim: claim.Name(), Owner: claim.Owner, DueTime: timestamppb.New(claim.DueTime), Above: above,
	}}})
}

// aboveAfter is how long after its owner whoever stands above is told of a claim that is overdue.
func (s *Service) aboveAfter() time.Duration {
	return s.deps.Policy.Proto().GetNotices().GetAboveAfter().AsDuration()
}
