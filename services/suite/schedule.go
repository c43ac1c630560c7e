package suite

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/workflows/complaint"
	reviewflow "github.com/redress-dev/redress/workflows/review"
)

// scheduleReviews has Temporal start the reviews by the policy. While Temporal cannot be reached it tries again: what is due meanwhile is made
// up for.
func (s *Suite) scheduleReviews(ctx context.Context) {
	if !s.sealing.await(ctx) {
		return
	}
	for failures := 0; ctx.Err() == nil; failures++ {
		err := s.schedule(ctx)
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			s.deps.Logger.Log(ctx, waitLevel(failures), "reviews are not scheduled yet", "address", s.cfg.TemporalAddress, "namespace", s.cfg.Namespace, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(workerRetry):
		}
	}
}

func (s *Suite) schedule(ctx context.Context) error {
	zone, err := review.Zone(s.deps.Policy)
	if err != nil {
		return err
	}
	at, err := time.Parse("15:04", s.deps.Policy.Proto().GetReviews().GetAt())
	if err != nil {
		return err
	}
	return reviewflow.Schedule(ctx, s.temporal.ScheduleClient(), reviewflow.Plan{
		Queue: complaint.TaskQueue, Zone: zone.String(), Hour: at.Hour(), Minute: at.Minute(),
		Converter: dataConverter(s.keys.codec(s.cfg)), Seal: s.keys.seal(s.cfg),
	})
}
