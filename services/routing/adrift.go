package routing

import (
	"context"
	"errors"
	"fmt"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

const (
	// sweepEvery is how often it is looked for escalations that no workflow keeps. A technical limit: their own times are the policy's.
	sweepEvery = 2 * time.Second
	// sweepAgain is when one is taken again whose taker has died.
	sweepAgain = time.Minute
	// sweepSlice is how many are taken at a time.
	sweepSlice = 100
)

// RunLadder has those escalations climb that came after the end of their cycle, until ctx ends. All others are kept by the complaint's
// workflow, which would otherwise never end while nobody acknowledges a threat that was said after the complaint was closed.
func (s *Service) RunLadder(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := s.Climb(ctx); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "escalations climb later", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Climb tells the next level of every escalation that no workflow keeps and whose time has come. Any number of processes may do so at a
// time: one of them tells.
func (s *Service) Climb(ctx context.Context) error {
	for {
		now := s.now()
		taken, err := s.deps.Ladder.Adrift(ctx, now, now.Add(sweepAgain), sweepSlice)
		if err != nil {
			return err
		}
		var failed error
		for _, d := range taken {
			_, err := s.RaiseEscalation(ctx, &routingv1.RaiseEscalationRequest{
				Escalation: escalationName(d.Complaint, d.ID), NoticeNumber: d.NoticeNumber + 1,
			})
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", escalationName(d.Complaint, d.ID), err))
			}
		}
		if failed != nil || len(taken) < sweepSlice {
			return failed
		}
	}
}
