package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
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
	// longestAttempt is a technical limit: a notifier has its time to answer, however rarely somebody is tried.
	longestAttempt = 10 * time.Second
)

// GatherStore keeps the notices that wait to be told together. It may be used by several processes at once.
type GatherStore interface {
	// Gather puts the notices that wait into one for each person, unless the person was given one since the given time. It
	// may take several transactions; one that was begun is finished by the next call.
	Gather(ctx context.Context, now, since time.Time) error
	// Due reads the gathered notices that nobody was told of yet and that may be tried at the given time.
	Due(ctx context.Context, now time.Time) ([]Gathered, error)
	// Claim begins an attempt at a notice that was due. It answers the notice as it is then, to which nothing is added any more;
	// ok is false when somebody else began an attempt before, or has told it. Until again it is due for nobody.
	Claim(ctx context.Context, due Gathered, again time.Time) (mine Gathered, ok bool, err error)
	// Tell notes that the person was told. The first time stays.
	Tell(ctx context.Context, id string, at time.Time) error
	// Record notes some of the notices that were told with others as sent, each once, and records the events that draft makes of
	// them on the newest cycle of their complaint. More says that others may be left.
	Record(ctx context.Context, draft func(n Notice, cycle int32) (eventlog.Draft, bool)) (more bool, err error)
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
	// Attempts is how often it was begun to be told.
	Attempts int
}

// crowd counts what each person is told one by one, by the policy.
func crowd(rules *policyv1.Notices, now func() time.Time) *limit.Limiter {
	return limit.New(now, int(rules.GetGatherAfter()), rules.GetGatherWindow().AsDuration(), rememberedPeople)
}

// tell tells a person at once, or leaves the notice to be told with others: when the person is told too much already (REC-8: a hundred
// thousand breaches do not bury people), and when the person cannot be told now, which no caller can mend. Such a notice has no time of
// sending; it is recorded with what it tells of, so that it cannot be lost.
func (s *Service) tell(ctx context.Context, notice *Notice) {
	if s.crowd.Allow(notice.Recipient) == 0 {
		attempt, cancel := context.WithTimeout(ctx, s.attempt())
		defer cancel()
		err := s.deps.Notifier.Notify(attempt, *notice)
		if err == nil {
			return
		}
		s.deps.Logger.WarnContext(ctx, "a notice waits, because its recipient cannot be told", "recipient", agentName(notice.Recipient), "error", err)
	}
	notice.SendTime = time.Time{}
}

// Run tells people what was gathered for them, once an interval, until ctx ends. A pass that takes longer does not hold up the next.
func (s *Service) Run(ctx context.Context) error {
	rules := s.deps.Policy.Proto().GetNotices()
	every := max(min(rules.GetGatherWindow().AsDuration()/looks, rules.GetRetryAfter().AsDuration()), time.Second)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var running errgroup.Group
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
			return running.Wait()
		case <-ticker.C:
		}
	}
}

// Gather tells everybody whose turn it is of what waits for them, and of what was not told before, because it failed or the process
// ended in between. Whom it cannot tell holds up nobody else: they come last, have a short time each and are told later; the error
// names them. Any number of processes may do so at a time: one of them tells.
func (s *Service) Gather(ctx context.Context) error {
	now := s.now()
	failed := s.deps.Gathering.Gather(ctx, now, now.Add(-s.deps.Policy.Proto().GetNotices().GetGatherWindow().AsDuration()))
	// What could not be gathered is no reason to leave untold what was.
	due, err := s.deps.Gathering.Due(ctx, now)
	slices.SortStableFunc(due, func(a, b Gathered) int { return cmp.Compare(a.Attempts, b.Attempts) })
	failures := make([]error, len(due))
	var telling errgroup.Group
	telling.SetLimit(tellers)
	for i, gathered := range due {
		telling.Go(func() error {
			failures[i] = s.tellGathered(ctx, gathered)
			return nil
		})
	}
	_ = telling.Wait() // Each has its own failure.
	return errors.Join(failed, err, errors.Join(failures...), s.recordSent(ctx))
}

// tellGathered makes an attempt to tell one person, unless somebody else does. The attempt is noted before: a process that dies
// during it, or after it and before that is noted, has the person told again under the same id. An attempt ends before the
// next one may begin, counted from when it begins itself, and once it has succeeded that is noted even if the process is to end.
func (s *Service) tellGathered(ctx context.Context, due Gathered) error {
	attempt, cancel := context.WithTimeout(ctx, s.attempt())
	defer cancel()
	now := s.now()
	gathered, mine, err := s.deps.Gathering.Claim(attempt, due, now.Add(s.pause(due.Attempts)))
	if err != nil || !mine {
		return err
	}
	notice := Notice{ID: gathered.ID, Recipient: gathered.Recipient, Count: gathered.Count, SendTime: now}
	if err := s.deps.Notifier.Notify(attempt, notice); err != nil {
		return fmt.Errorf("%s cannot be told, attempt %d: %w", agentName(gathered.Recipient), gathered.Attempts, err)
	}
	return s.deps.Gathering.Tell(context.WithoutCancel(ctx), gathered.ID, now)
}

// attempt is how long telling one person may take: no longer than half the shortest pause, so that it is over when the next may begin.
func (s *Service) attempt() time.Duration {
	return min(longestAttempt, s.deps.Policy.Proto().GetNotices().GetRetryAfter().AsDuration()/2)
}

// pause is how long after an attempt the next one is, when so many were made before: twice as long each time, up to the policy's
// limit.
func (s *Service) pause(attempts int) time.Duration {
	rules := s.deps.Policy.Proto().GetNotices()
	pause, longest := rules.GetRetryAfter().AsDuration(), rules.GetRetryAtMost().AsDuration()
	for range attempts {
		if pause >= longest {
			break
		}
		pause *= 2
	}
	return min(pause, max(longest, rules.GetRetryAfter().AsDuration()))
}

// recordSent puts on record what people were told of with others.
func (s *Service) recordSent(ctx context.Context) error {
	for {
		more, err := s.deps.Gathering.Record(ctx, func(n Notice, cycle int32) (eventlog.Draft, bool) {
			return s.warned(noticeActor, n, cycleOf(n.Duty, cycle)), n.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED
		})
		if err != nil || !more {
			return err
		}
	}
}
