package attachment

import (
	"context"
	"sync"
	"time"
)

// Run removes what interrupted uploads have left and scans what was taken without a scanner, at once and then as often as the policy
// says, until ctx ends. What fails is tried again the next time. Neither waits for the other, since scanning may take long.
func (s *Service) Run(ctx context.Context) {
	var both sync.WaitGroup
	defer both.Wait()
	for _, once := range []func(context.Context){s.tidy, s.catchUp} {
		both.Go(func() { s.often(ctx, once) })
	}
}

// often does something as often as the policy says.
func (s *Service) often(ctx context.Context, once func(context.Context)) {
	ticker := time.NewTicker(s.limits().GetSweepEvery().AsDuration())
	defer ticker.Stop()
	for {
		once(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tidy sweeps once, and says what came of it.
func (s *Service) tidy(ctx context.Context) {
	removed, err := s.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		s.deps.Logger.WarnContext(ctx, "abandoned content of attachments could not be looked for; it is later", "error", err)
	}
	if removed > 0 {
		s.deps.Logger.InfoContext(ctx, "abandoned content of attachments was removed", "objects", removed)
	}
}

// catchUp scans once what was not scanned, and says what came of it.
func (s *Service) catchUp(ctx context.Context) {
	scanned, err := s.Rescan(ctx)
	if err != nil && ctx.Err() == nil {
		s.deps.Logger.WarnContext(ctx, "attachments that were never scanned could not all be scanned; they are later", "error", err)
	}
	if scanned > 0 {
		s.deps.Logger.InfoContext(ctx, "attachments that were never scanned were scanned", "attachments", scanned)
	}
}
