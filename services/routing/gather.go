package routing

import (
	"context"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/limit"
)

// looks is how often in a window it is looked whether somebody is to be told of many.
const looks = 4

// rememberedPeople is how many people's notices are counted at a time.
const rememberedPeople = 10000

// GatherStore keeps the notices that wait to be told together.
type GatherStore interface {
	// Gather puts the notices that wait into one for each person, unless the person was given one since the given time. It
	// may take several transactions; one that was begun is finished by the next call.
	Gather(ctx context.Context, now, since time.Time) error
	// Untold reads the gathered notices that nobody was told of yet.
	Untold(ctx context.Context) ([]Gathered, error)
	// Tell notes that the person was told.
	Tell(ctx context.Context, id string, at time.Time) error
}

// Gathered is one notice in the place of many.
type Gathered struct {
	// ID is under which it is told: telling twice under one id is telling once.
	ID string
	// Recipient is the agent's id.
	Recipient string
	// Count is how many notices it stands for.
	Count int
	// CreateTime is when it was begun.
	CreateTime time.Time
}

// crowd counts what each person is told one by one, by the policy.
func crowd(rules *policyv1.Notices, now func() time.Time) *limit.Limiter {
	return limit.New(now, int(rules.GetGatherAfter()), rules.GetGatherWindow().AsDuration(), rememberedPeople)
}

// tell tells a person at once, or leaves the notice to be told with others when the person is told too much already
// (REC-8: a hundred thousand breaches do not bury people). Such a notice has no time of sending; it is recorded with what it tells
// of, so that it cannot be lost.
func (s *Service) tell(ctx context.Context, notice *Notice) error {
	if s.crowd.Allow(notice.Recipient) > 0 {
		notice.SendTime = time.Time{}
		return nil
	}
	return s.deps.Notifier.Notify(ctx, *notice)
}

// Run tells people what was gathered for them, once an interval, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	every := max(s.deps.Policy.Proto().GetNotices().GetGatherWindow().AsDuration()/looks, time.Second)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := s.Gather(ctx); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "gathered notices wait longer", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Gather tells everybody whose turn it is of what waits for them, and of what was not told because the process ended in between.
func (s *Service) Gather(ctx context.Context) error {
	now := s.now()
	if err := s.deps.Gathering.Gather(ctx, now, now.Add(-s.deps.Policy.Proto().GetNotices().GetGatherWindow().AsDuration())); err != nil {
		return err
	}
	untold, err := s.deps.Gathering.Untold(ctx)
	if err != nil {
		return err
	}
	for _, gathered := range untold {
		notice := Notice{ID: gathered.ID, Recipient: gathered.Recipient, Count: gathered.Count, SendTime: now}
		// Told first, recorded then, under one id.
		if err := s.deps.Notifier.Notify(ctx, notice); err != nil {
			return err
		}
		if err := s.deps.Gathering.Tell(ctx, gathered.ID, now); err != nil {
			return err
		}
	}
	return nil
}
