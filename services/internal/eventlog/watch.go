package eventlog

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// WatchEvents streams the log in order of sequence and goes on as events are
// recorded, until the caller ends it. The header is sent when the stream stands:
// what is recorded after the caller has it will come, also with from_now. The
// order is that of the log; events of one subject come in order.
func (s *Server) WatchEvents(req *eventv1.WatchEventsRequest, stream grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error {
	if req.GetFromNow() && req.GetResumeToken() != "" {
		return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), "from_now", "A stream is resumed or begins now, not both.")
	}
	ctx := stream.Context()
	bind := s.bind(watchPage, "")
	after, err := s.decode(req.GetResumeToken(), bind)
	if err != nil {
		return err
	}
	r := s.log.newFollower(after)
	if req.GetFromNow() {
		if err := r.reader.head(ctx); err != nil {
			return s.log.db.Failure(err)
		}
	}
	if err := stream.SendHeader(metadata.MD{}); err != nil {
		return err
	}
	for {
		rings := s.log.appended.rings()
		b, err := r.next(ctx, s.log.cfg.BatchSize)
		if err != nil {
			return s.log.db.Failure(err)
		}
		for _, e := range b.events {
			if len(req.GetTypes()) > 0 && !slices.Contains(req.GetTypes(), e.GetType()) {
				continue
			}
			if err := stream.Send(&eventv1.WatchEventsResponse{Event: e, ResumeToken: s.encode(e.GetSequence(), bind)}); err != nil {
				return err
			}
		}
		if err := s.await(ctx, r, b, rings); err != nil {
			return err
		}
	}
}

// await returns when the log may have more than the batch.
func (s *Server) await(ctx context.Context, r *follower, b batch, rings <-chan struct{}) error {
	switch {
	case b.gap:
		return sleep(ctx, gapPoll)
	case b.more:
		return ctx.Err()
	}
	sweep := time.NewTimer(s.log.cfg.Sweep)
	defer sweep.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-rings:
	case <-sweep.C:
		r.doubt()
	}
	return nil
}
