package routing

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/limit"
)

const (
	// looks is how often in a window it is looked whether somebody is to be told of many.
	looks = 4
	// rememberedPeople is how many people's notices are counted at a time.
	rememberedPeople = 10000
	// tellers is how many people a pass tells of what was gathered at a time, so that one of whom no answer comes holds up nobody else.
	tellers = 16
	// passes is how many passes may be under way in a process: the next one does not wait for those of whom no answer comes.
	passes = 4
)

// GatherStore keeps what people are to be told. It may be used by several processes at once.
type GatherStore interface {
	// Gather puts the notices that wait into one telling for each person, unless the person had one for many since the given time. It
	// may take several transactions; one that was begun is finished by the next call.
	Gather(ctx context.Context, now, since, giveUp time.Time) error
	// Due reads tellings that wait and may be tried at the given time, those first that were tried least; not all at once.
	Due(ctx context.Context, now time.Time) ([]Telling, error)
	// Claim begins an attempt at a telling that was due. It answers the telling as it is then, to which nothing is added any more; ok
	// is false when somebody else began an attempt before, or has told it. Until again it is due for nobody.
	Claim(ctx context.Context, due Telling, again time.Time) (mine Telling, ok bool, err error)
	// Settle notes what came of an attempt, unless it was told or given up before. What becomes of one notice is on record with the
	// event that draft makes on the newest cycle of its complaint: sent, given up, and once that it was delayed.
	Settle(ctx context.Context, t Telling, outcome Outcome, draft func(n Notice, cycle int32, o Outcome) eventlog.Draft) error
	// Record notes what became of some of the notices that were told, or given up, with others, each once, and records the events that
	// draft makes of them. More says that others may be left.
	Record(ctx context.Context, draft func(n Notice, cycle int32, o Outcome) eventlog.Draft) (more bool, err error)
	// Reference is what staff and customer know a complaint by; empty when it is not known.
	Reference(ctx context.Context, complaint string) (string, error)
}

// crowd counts what each person is told one by one, by the policy.
func crowd(rules *policyv1.Notices, now func() time.Time) *limit.Limiter {
	return limit.New(now, int(rules.GetGatherAfter()), rules.GetGatherWindow().AsDuration(), rememberedPeople)
}

// Run tells people what goes on record to be told, and, once an interval, what was gathered for them and what is tried again, until ctx
// ends. A pass that takes longer does not hold up the next.
func (s *Service) Run(ctx context.Context) error {
	rules := s.deps.Policy.Proto().GetNotices()
	every := max(min(rules.GetGatherWindow().AsDuration()/looks, rules.GetRetryAfter().AsDuration()), time.Second)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var running, fresh errgroup.Group
	fresh.Go(func() error { return s.keepTelling(ctx) })
	running.SetLimit(passes)
	for {
		running.TryGo(func() error {
			if err := s.Gather(ctx); err != nil && ctx.Err() == nil {
				s.deps.Logger.WarnContext(ctx, "gathered notices wait longer", "error", err)
			}
			return nil
		})
		select {
		case <-ctx.Done():
			return errors.Join(fresh.Wait(), running.Wait())
		case <-ticker.C:
		}
	}
}

// Gather tells everybody whose turn it is of what waits for them, and of what was not told before, because it failed or the process
// ended in between. Whom it cannot tell holds up nobody else: they come last, have a short time each and are told later; the error
// names them. Any number of processes may do so at a time: one of them tells.
func (s *Service) Gather(ctx context.Context) error {
	s.Deliver(ctx)
	now := s.now()
	failed := s.deps.Gathering.Gather(ctx, now, now.Add(-s.deps.Policy.Proto().GetNotices().GetGatherWindow().AsDuration()), now.Add(s.patience()))
	// What could not be gathered is no reason to leave untold what was.
	due, err := s.deps.Gathering.Due(ctx, now)
	failures := make([]error, len(due))
	var telling errgroup.Group
	telling.SetLimit(tellers)
	for i, t := range due {
		telling.Go(func() error {
			failures[i] = s.tellDue(ctx, t)
			return nil
		})
	}
	_ = telling.Wait() // Each has its own failure.
	return errors.Join(failed, err, errors.Join(failures...), s.recordSent(ctx))
}

// tellDue makes an attempt to tell one person, unless somebody else does. The attempt is noted before: a process that dies
// during it, or after it and before what came of it is noted, has the person told again under the same id. An attempt ends before the
// next one may begin, counted from when it begins itself.
func (s *Service) tellDue(ctx context.Context, due Telling) error {
	attempt, cancel := context.WithTimeout(ctx, s.attempt())
	defer cancel()
	mine, ok, err := s.deps.Gathering.Claim(attempt, due, s.now().Add(s.pause(due.Attempts)))
	if err != nil || !ok {
		return err
	}
	return s.try(ctx, attempt, mine)
}

// attempt is how long telling one person may take.
func (s *Service) attempt() time.Duration {
	return backoff(s.deps.Policy.Proto().GetNotices()).Attempt()
}

// pause is how long after an attempt the next one is, when so many were made before.
func (s *Service) pause(attempts int) time.Duration {
	return backoff(s.deps.Policy.Proto().GetNotices()).Pause(attempts)
}

// backoff is the policy's.
func backoff(rules *policyv1.Notices) channel.Backoff {
	return channel.Backoff{After: rules.GetRetryAfter().AsDuration(), AtMost: rules.GetRetryAtMost().AsDuration()}
}

// recordSent puts on record what became of notices that were told with others.
func (s *Service) recordSent(ctx context.Context) error {
	for {
		more, err := s.deps.Gathering.Record(ctx, became)
		if err != nil || !more {
			return err
		}
	}
}
