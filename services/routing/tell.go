package routing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// remembered bounds the notices that wait in memory for their first attempt. Those beyond are tried when the first pause is over.
const remembered = 4096

// noticeActor is who tells.
const noticeActor = "services/routing"

// tell decides how a person is told of a notice that is about to go on record: by itself, as soon as it is, or with others, when the
// person is told too much already (REC-8: a hundred thousand breaches do not bury people) or could not be reached last. Nobody waits
// for a channel here: what is on record is told by Run. What somebody is given is counted apart, so that a day's work does not
// hold back what escalates.
func (s *Service) tell(_ context.Context, n *Notice) {
	n.SendTime, n.Telling = time.Time{}, nil
	switch {
	case n.About != routingv1.Notice_ABOUT_UNSPECIFIED:
	case n.Reason != routingv1.Escalation_REASON_UNSPECIFIED:
		n.About = routingv1.Notice_ESCALATION
	default:
		n.About = routingv1.Notice_WARNING
	}
	budget := n.Recipient
	if n.About == routingv1.Notice_ASSIGNMENT {
		budget += "/assigned"
	}
	if !n.private() && (s.missed.has(n.Recipient) || s.crowd.Allow(budget) > 0) {
		return
	}
	n.Telling = s.alone(*n)
}

// alone is how a notice is told by itself. This process begins the first attempt as soon as the notice is on record; if it ends before,
// another one does when that is over.
func (s *Service) alone(n Notice) *Telling {
	now := s.now()
	return &Telling{
		ID: tellingID(n), Recipient: n.Recipient, Count: 1, State: routingv1.Notice_WAITING, CreateTime: now, Attempts: 1,
		TryTime: now.Add(s.pause(0)), GiveUpTime: now.Add(s.patience()),
	}
}

// sender is the store, with what goes on record to be told by itself handed over as soon as it is there.
type sender struct {
	Store
	soon func(Notice)
}

// Change implements Store.
func (s sender) Change(ctx context.Context, change Change, decide func(*Case) error) (bool, error) {
	var changes Changes
	first, err := s.Store.Change(ctx, change, func(c *Case) error {
		err := decide(c)
		changes = c.Changes
		return err
	})
	hurry(changes, err, s.soon)
	return first, err
}

// queueSender is the store of queues likewise.
type queueSender struct {
	QueueStore
	soon func(Notice)
}

// Reassign implements QueueStore.
func (s queueSender) Reassign(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*Case) error) (bool, error) {
	var changes Changes
	repeated, err := s.QueueStore.Reassign(ctx, complaint, cause, func(c *Case) error {
		err := decide(c)
		changes = c.Changes
		return err
	})
	hurry(changes, err, s.soon)
	return repeated, err
}

// handOffSender is the store of hand-offs likewise.
type handOffSender struct {
	HandOffStore
	soon func(Notice)
}

// ChangeHandOff implements HandOffStore.
func (s handOffSender) ChangeHandOff(
	ctx context.Context, cause eventlog.Cause, complaint string, decide func(*HandOffCase) error,
) (string, bool, error) {
	var changes Changes
	result, repeated, err := s.HandOffStore.ChangeHandOff(ctx, cause, complaint, func(c *HandOffCase) error {
		err := decide(c)
		changes = c.Changes
		return err
	})
	hurry(changes, err, s.soon)
	return result, repeated, err
}

// ladderSender is the store of the ladder likewise.
type ladderSender struct {
	LadderStore
	soon func(Notice)
}

// Command implements LadderStore.
func (s ladderSender) Command(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*Case) error) (string, bool, error) {
	var changes Changes
	result, repeated, err := s.LadderStore.Command(ctx, complaint, cause, func(c *Case) error {
		err := decide(c)
		changes = c.Changes
		return err
	})
	hurry(changes, err, s.soon)
	return result, repeated, err
}

// approverSender is the store of approvers likewise.
type approverSender struct {
	ApproverStore
	soon func(Notice)
}

// ChooseApprover implements ApproverStore.
func (s approverSender) ChooseApprover(
	ctx context.Context, complaint string, turn Turn, decide func(*Case) (Approver, error),
) (Approver, error) {
	var changes Changes
	named, err := s.ApproverStore.ChooseApprover(ctx, complaint, turn, func(c *Case) (Approver, error) {
		named, err := decide(c)
		changes = c.Changes
		return named, err
	})
	hurry(changes, err, s.soon)
	return named, err
}

// hurry hands over what a change put on record to be told by itself.
func hurry(changes Changes, err error, soon func(Notice)) {
	if err != nil {
		return
	}
	for _, n := range changes.notices() {
		if n.Telling != nil && n.HoldTime.IsZero() {
			soon(n)
		}
	}
}

// notices are all new ones.
func (c *Changes) notices() []Notice {
	all := c.Further
	if c.Notice != nil {
		all = append([]Notice{*c.Notice}, all...)
	}
	return all
}

// soon has Run try a notice. When too many wait for that, it is tried when its first pause is over.
func (s *Service) soon(n Notice) {
	select {
	case s.fresh <- n:
	default:
	}
}

// keepTelling tries notices as they go on record, until ctx ends.
func (s *Service) keepTelling(ctx context.Context) error {
	var telling errgroup.Group
	telling.SetLimit(tellers)
	for {
		select {
		case <-ctx.Done():
			return telling.Wait()
		case n := <-s.fresh:
			telling.Go(func() error { s.tellFresh(ctx, n); return nil })
		}
	}
}

// Deliver tries the notices that went on record in this process and were not tried yet, and returns when that is over.
func (s *Service) Deliver(ctx context.Context) {
	var telling errgroup.Group
	telling.SetLimit(tellers)
	defer func() { _ = telling.Wait() }()
	for {
		select {
		case n := <-s.fresh:
			telling.Go(func() error { s.tellFresh(ctx, n); return nil })
		default:
			return
		}
	}
}

// tellFresh makes the first attempt, unless another process might begin the second one before it is over.
func (s *Service) tellFresh(ctx context.Context, n Notice) {
	t := *n.Telling
	t.Notice = &n
	if s.now().Add(s.attempt()).After(t.TryTime) {
		return
	}
	attempt, cancel := context.WithTimeout(ctx, s.attempt())
	defer cancel()
	if err := s.try(ctx, attempt, t); err != nil && ctx.Err() == nil {
		s.deps.Logger.WarnContext(ctx, "a notice waits, because its recipient cannot be told", "recipient", agentName(n.Recipient), "error", err)
	}
}

// try makes an attempt that is this process's, and notes what came of it, even if the process is to end; but an attempt that
// ended with the process came to nothing.
func (s *Service) try(ctx, attempt context.Context, t Telling) error {
	message := Notice{About: routingv1.Notice_MANY, Recipient: t.Recipient, Count: t.Count}
	if t.Notice != nil {
		message = *t.Notice
	}
	message.Telling = &t
	by, err := s.deps.Notifier.Notify(attempt, message)
	outcome := Outcome{State: routingv1.Notice_SENT, Time: s.now(), Channel: by}
	switch {
	case err == nil:
		s.missed.remove(t.Recipient)
	case ctx.Err() != nil:
		return err
	default:
		s.missed.add(t.Recipient)
		outcome.State, outcome.Problem = routingv1.Notice_WAITING, err.Error()
		if channel.Refused(err) || !outcome.Time.Before(t.GiveUpTime) {
			outcome.State = routingv1.Notice_DEAD
		}
		err = fmt.Errorf("%s cannot be told, attempt %d: %w", agentName(t.Recipient), t.Attempts, err)
	}
	if failure := s.deps.Gathering.Settle(context.WithoutCancel(ctx), t, outcome, became); failure != nil {
		return failure
	}
	return err
}

// became is the event of what came of a notice.
func became(n Notice, cycle int32, o Outcome) eventlog.Draft {
	d := eventlog.Draft{Subject: n.subject(), Cycle: cycleOf(n.Duty, cycle), Actor: noticeActor, RecordTime: o.Time}
	recipient, about, name := agentName(n.Recipient), n.About.String(), "notices/"+n.Name()
	switch o.State {
	case routingv1.Notice_SENT:
		if n.private() {
			d.Payload = notified(n, o)
			break
		}
		sent := &eventv1.NoticeSent{Recipient: recipient, Kind: n.Kind, About: about, Channel: o.Channel, Notice: name, Level: n.Level}
		if n.About == routingv1.Notice_WARNING {
			sent.Duty = dutyName(n.Complaint, n.Duty)
		}
		if !n.DueTime.IsZero() {
			sent.DueTime = timestamppb.New(n.DueTime)
		}
		d.Payload = &eventv1.Payload{Kind: &eventv1.Payload_NoticeSent{NoticeSent: sent}}
	case routingv1.Notice_DEAD:
		d.Payload = &eventv1.Payload{Kind: &eventv1.Payload_NoticeGivenUp{NoticeGivenUp: &eventv1.NoticeGivenUp{
			Recipient: recipient, About: about, Notice: name, Problem: o.Problem,
		}}}
	default:
		d.Payload = &eventv1.Payload{Kind: &eventv1.Payload_NoticeDelayed{NoticeDelayed: &eventv1.NoticeDelayed{
			Recipient: recipient, About: about, Notice: name, Problem: o.Problem,
		}}}
	}
	return d
}

// patience is for how long a notice is tried.
func (s *Service) patience() time.Duration {
	return s.deps.Policy.Proto().GetNotices().GetGiveUpAfter().AsDuration()
}

// missed are people whom the last attempt of this process did not reach. There are never more than people. It is safe for concurrent use.
type missed struct {
	mu     sync.Mutex
	people map[string]bool
}

func (m *missed) has(who string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.people[who]
}

func (m *missed) add(who string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.people == nil {
		m.people = map[string]bool{}
	}
	m.people[who] = true
}

func (m *missed) remove(who string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.people, who)
}
