package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// readPause lets events gather before the next read while there is enough to
// do, so that a busy log is not read once per event.
const readPause = 5 * time.Millisecond

// maxGathered bounds how many events a Gatherer gets at once.
const maxGathered = 16

// session is the time during which this replica serves a subscriber. All its
// state belongs to the goroutine of run; deliveries run on their own and report
// their results there.
type session struct {
	*relay
	keeper *keeper
	reader *follower
	window *window
	hands  *hands
	outage outage
	// aside are the subjects that have rows in deliveries. Their events are
	// appended there, behind the one that failed.
	aside map[string]struct{}

	results  chan result
	due      chan *lane
	inFlight int
	// end is closed when nobody receives from due any more.
	end chan struct{}
	// appended and redriven are the bells' channels; they are replaced when they
	// have rung, and before what they announce is looked for.
	appended, redriven, valve <-chan struct{}
	// unread says that there may be events to read, unretried that rows of
	// deliveries may be due.
	unread, unretried bool
	// resting ends when rest fires, and with it gap.
	resting, gap bool
	rest         *time.Timer
	// probing ends when probe fires: no delivery is tried before.
	probing bool
	probe   *time.Timer
	// again fires when the next row of deliveries is due.
	again *time.Timer
}

// result is the outcome of delivering the first items of a lane, count of them.
type result struct {
	lane  *lane
	count int
	err   error
}

func newSession(ctx context.Context, r *relay, position int64) (*session, error) {
	aside, err := r.asideSubjects(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{
		relay: r, keeper: newKeeper(r.lease, position), reader: r.log.newFollower(position), window: newWindow(r.log.cfg.Window, position),
		hands: newHands(r.log.cfg.Workers), aside: aside, results: make(chan result, r.log.cfg.Workers), due: make(chan *lane), end: make(chan struct{}),
		appended: r.log.appended.rings(), redriven: r.log.redriven.rings(), valve: r.log.valve.changed.rings(),
		unread: true, unretried: true, rest: newStoppedTimer(), probe: newStoppedTimer(), again: newStoppedTimer(),
	}
	return s, nil
}

func newStoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// run delivers until the context ends, which is no error, or the database fails.
func (s *session) run(ctx context.Context) (err error) {
	// Deliveries on their way may end after the context has, for a while.
	delivering, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(context.Cause(ctx), errLeaseLost) {
			_ = sleep(delivering, closing)
		}
		cancel()
	})
	defer stop()
	sweep := time.NewTicker(s.log.cfg.Sweep)
	defer sweep.Stop()
	for err == nil && ctx.Err() == nil {
		if err = s.step(ctx, delivering); err == nil {
			err = s.wait(ctx, sweep.C)
		}
	}
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, s.finish(ctx))
}

// step does all that can be done now without waiting for anything but the
// database.
func (s *session) step(ctx, delivering context.Context) error {
	if s.unretried {
		s.unretried = false
		if err := s.loadRetries(ctx); err != nil {
			return err
		}
	}
	for s.mayRead() {
		if err := s.fill(ctx); err != nil {
			return err
		}
	}
	s.dispatch(delivering)
	return nil
}

// wait returns after one thing has happened and been taken note of.
func (s *session) wait(ctx context.Context, sweep <-chan time.Time) error {
	select {
	case <-ctx.Done():
	case r := <-s.results:
		return s.handleAll(ctx, r)
	case l := <-s.due:
		s.window.wake(l)
	case <-s.appended:
		s.appended = s.log.appended.rings()
		s.unread = true
	case <-s.redriven:
		s.redriven = s.log.redriven.rings()
		s.unretried = true
	case <-s.valve:
		s.valve = s.log.valve.changed.rings()
	case <-s.rest.C:
		s.resting, s.gap = false, false
	case <-s.probe.C:
		s.probing = false
	case <-s.again.C:
		s.unretried = true
	case <-sweep:
		s.reader.doubt()
		s.unread, s.unretried = true, true
	}
	return nil
}

// mayRead holds when there may be something to read and it is wanted now.
func (s *session) mayRead() bool {
	return s.unread && s.window.hasRoom() && !s.gap && (!s.resting || s.inFlight == 0)
}

// fill reads the next events into the window.
func (s *session) fill(ctx context.Context) error {
	b, err := s.reader.next(ctx, min(s.window.room(), s.log.cfg.BatchSize))
	if err != nil {
		return err
	}
	s.unread = b.more || b.gap
	pause := readPause
	if b.gap {
		pause = gapPoll
	}
	s.gap, s.resting = b.gap, !b.more
	s.rest.Reset(pause)

	var behind []*eventv1.Event
	for _, e := range b.events {
		if _, ok := s.aside[e.GetSubject()]; ok && s.subscriber.Wants(e.GetType()) {
			behind = append(behind, e)
		}
	}
	if err := s.putBehind(ctx, behind); err != nil {
		return err
	}
	for _, e := range b.events {
		_, aside := s.aside[e.GetSubject()]
		if aside || !s.subscriber.Wants(e.GetType()) {
			s.window.skip(e.GetSequence())
		} else {
			s.window.add(e)
		}
	}
	s.keeper.move(s.window.position)
	return nil
}

// dispatch starts deliveries, as many as may run.
func (s *session) dispatch(ctx context.Context) {
	for s.inFlight < s.limit() && s.log.valve.isOpen() {
		l := s.window.next()
		if l == nil {
			return
		}
		s.inFlight++
		events := l.head(s.most())
		s.hands.run(func() { s.results <- result{lane: l, count: len(events), err: s.deliver(ctx, events)} })
	}
}

func (s *session) limit() int {
	switch {
	case !s.outage.open():
		return s.log.cfg.Workers
	case s.probing:
		return 0
	default:
		return 1
	}
}

// most is how many events of a subject are delivered at once.
func (s *session) most() int {
	if _, ok := s.subscriber.(Gatherer); ok {
		return maxGathered
	}
	return 1
}

// deliver hands over events of one subject. A panic of the subscriber is an
// error like any other: the events' subject waits, and the process goes on.
func (s *session) deliver(ctx context.Context, events []*eventv1.Event) (err error) {
	e := events[0]
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(withTrace(ctx, e), s.log.cfg.DeliverTimeout)
	defer cancel()
	ctx, end := s.span(ctx, events)
	defer func() { end(err) }()
	if all, ok := s.subscriber.(Gatherer); ok && len(events) > 1 {
		return all.DeliverAll(ctx, events)
	}
	return s.subscriber.Deliver(ctx, e)
}

// handleAll takes note of a result and of all others that are there.
func (s *session) handleAll(ctx context.Context, r result) error {
	for {
		if err := s.handle(ctx, r); err != nil {
			return err
		}
		select {
		case r = <-s.results:
		default:
			s.keeper.move(s.window.position)
			return nil
		}
	}
}

func (s *session) handle(ctx context.Context, r result) error {
	s.inFlight--
	if r.err != nil {
		return s.failed(ctx, r.lane, r.err)
	}
	return s.delivered(ctx, r.lane, r.count)
}

// delivered takes note that the first items of a lane are delivered.
func (s *session) delivered(ctx context.Context, l *lane, count int) error {
	if s.outage.succeeded() {
		s.log.logger.Info("the subscriber takes events again", "subscriber", s.lease.subscriber)
		s.probing = false
		s.window.wakeAll()
	}
	if !l.items[0].stored {
		s.window.advance(l, count)
		return nil
	}
	more, err := s.takeOut(ctx, l.items[0])
	if err != nil {
		return err
	}
	s.window.drop(l)
	if more {
		s.unretried = true
	} else {
		delete(s.aside, l.subject)
	}
	return nil
}

// finish waits for the deliveries on their way and counts those that succeeded,
// so that they are not repeated without need.
func (s *session) finish(ctx context.Context) error {
	close(s.end)
	s.hands.end()
	close(s.results)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	for r := range s.results {
		if r.err != nil {
			continue
		}
		if err := s.delivered(ctx, r.lane, r.count); err != nil {
			return err
		}
	}
	return nil
}
