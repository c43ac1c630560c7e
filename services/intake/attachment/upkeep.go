package attachment

import (
	"context"
	"time"
)

// Run removes what interrupted uploads have left and scans what was taken without a scanner, at once and then as often as the policy
// says, until ctx ends. What fails is tried again the next time.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(s.limits().GetSweepEvery().AsDuration())
	defer ticker.Stop()
	for {
		s.upkeep(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Service) upkeep(ctx context.Context) {
	removed, err := s.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		s.deps.Logger.WarnContext(ctx, "abandoned content of attachments could not be looked for; it is later", "error", err)
	}
	if removed > 0 {
		s.deps.Logger.InfoContext(ctx, "abandoned content of attachments was removed", "objects", removed)
	}
	scanned, err := s.Rescan(ctx)
	if err != nil && ctx.Err() == nil {
		s.deps.Logger.WarnContext(ctx, "attachments that were never scanned could not all be scanned; they are later", "error", err)
	}
	if scanned > 0 {
		s.deps.Logger.InfoContext(ctx, "attachments that were never scanned were scanned", "attachments", scanned)
	}
}
