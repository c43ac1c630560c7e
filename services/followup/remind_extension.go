package followup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// extensionSlice bounds the requests that one look reads.
const extensionSlice = 100

// percent is the whole of what the policy states in percent.
const percent = 100

// TellExtensions has whoever decides on more time told that it is asked for, told again, and the next level told when the time of one is over, as
// of approvals (APPR-3): for ever, until somebody has decided or the duty is owed no more. Any number of processes may do so at a time. One that cannot be written
// holds up no other.
func (s *Service) TellExtensions(ctx context.Context) error {
	names, err := s.deps.Store.UntoldExtensions(ctx, s.now(), extensionSlice)
	if err != nil {
		return err
	}
	var failed error
	for _, name := range names {
		complaint, id, _ := child(name, "duties")
		_, err := s.change(ctx, Change{Complaint: complaint}, func(l ledger) error {
			if d := l.Duty(id); d != nil && !d.TellTime().After(l.now) {
				l.Changes.Moved = append(l.Changes.Moved, d)
				s.remindExtension(l, d)
			}
			return nil
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	return failed
}

// remindExtension puts on record whom of those who approve is to decide by now. What a process that was away has missed is skipped: the level
// whose turn it is is told once.
func (s *Service) remindExtension(l ledger, d *Duty) {
	asked := d.asked()
	if asked == nil {
		return
	}
	if d.State != followupv1.Duty_OPEN || !l.now.Before(d.DueTime) {
		asked.TellTime = time.Time{} // Nothing is to be gained any more; the duty's own breach has gone up the ladder.
		return
	}
	rules := s.deps.Policy.Proto().GetRemedies().GetApprovals()
	turns := turns{from: asked.RequestTime, within: rules.GetWithin().AsDuration(), remind: int64(rules.GetRemindPercent())}
	if l.Complaint.Severity == policyv1.Severity_URGENT {
		turns.within = rules.GetUrgentWithin().AsDuration()
	}
	n := asked.Told
	for !turns.at(n + 1).After(l.now) {
		n++
	}
	levels := int32(len(rules.GetLevels()))
	turn := n / 2
	asked.Told, asked.TellTime = n+1, turns.at(n+1)
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionReminded{ExtensionReminded: &eventv1.ExtensionReminded{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Requester: asked.Requester, Level: min(turn+1, levels),
		DecideTime: timestamppb.New(turns.at(2*turn + 2)), Again: n%2 == 1 || turn >= levels, Number: n + 1, Request: int32(len(d.Extensions)),
	}}})
}

// turns are the times at which those who approve are told: each level when its time begins, and once more within it.
type turns struct {
	from   time.Time
	within time.Duration
	remind int64
}

// at is when somebody is told for the n-th time, from 0.
func (t turns) at(n int32) time.Time {
	at := t.from.Add(time.Duration(n/2) * t.within)
	if n%2 == 1 {
		at = at.Add(time.Duration(int64(t.within) / percent * t.remind))
	}
	return at.Truncate(time.Microsecond)
}
