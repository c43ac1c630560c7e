package attachment

import (
	"context"
	"fmt"
)

// sweepBatch is how many objects are looked up at once.
const sweepBatch = 500

// Sweep removes this installation's objects that no attachment knows and that are older than the policy says, and returns how
// many: what is left when a process dies during an upload. It may run beside everything else, and in several processes.
func (s *Service) Sweep(ctx context.Context) (removed int, err error) {
	if s.deps.Bucket == nil {
		return 0, nil
	}
	before := s.now().Add(-s.limits().GetAbandonedAfter().AsDuration())
	err = s.deps.Bucket.old(ctx, s.prefix, before, sweepBatch, func(objects []string) error {
		known, err := s.deps.Store.Known(ctx, objects)
		if err != nil {
			return err
		}
		for _, object := range objects {
			if known[object] {
				continue
			}
			if err := s.deps.Bucket.remove(ctx, object); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("attachment: sweep: %w", err)
	}
	return removed, nil
}
