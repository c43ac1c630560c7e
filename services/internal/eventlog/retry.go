package eventlog

import "context"

// failed decides what becomes of an event that could not be delivered:
//
//   - it is tried again in place, after a while, with its subject waiting;
//   - when that takes too long, its subject is set aside, so that the
//     subscriber's position can go on: the event into deliveries as RETRY, the
//     subject's later ones as BEHIND;
//   - when it is hopeless, or was for very long, it is parked there until an
//     operator has it tried again.
//
// During an outage it keeps its place and the next one is tried.
func (s *session) failed(ctx context.Context, l *lane, cause error) error {
	it := l.items[0]
	it.attempts++
	now := s.log.now()
	if it.failing.IsZero() {
		it.failing = now
	}
	kind := classify(cause)
	if kind != failurePermanent && s.outage.failed(l.subject) {
		s.log.logger.Warn("the subscriber takes no events", "subscriber", s.lease.subscriber, "error", cause)
	}
	hopeless := kind == failurePermanent && it.attempts >= permanentTries ||
		kind == failureUncertain && it.stored && now.Sub(it.failing) >= s.log.cfg.ParkAfter
	switch {
	case hopeless:
		return s.park(ctx, l, cause)
	case it.stored:
		return s.postpone(ctx, l, cause)
	case kind != failurePermanent && s.outage.open():
		s.probing = true
		s.probe.Reset(s.outage.probe(s.log.cfg.MaxBackoff))
		s.window.makeReady(l)
		return nil
	case it.waited >= s.log.cfg.Patience:
		s.log.logger.Warn("an event is not taken; it is tried again, and the later ones of its subject wait for it",
			"subscriber", s.lease.subscriber, "event", it.event.GetEventId(), "subject", it.event.GetSubject(), "error", cause)
		return s.setAside(ctx, l, stateRetry, cause)
	default:
		pause := backoff(it.attempts, s.log.cfg.MaxBackoff)
		it.waited += pause
		s.window.wait(l, pause, s.due, s.end)
		return nil
	}
}

// park gives an event up until an operator asks for it.
func (s *session) park(ctx context.Context, l *lane, cause error) error {
	it := l.items[0]
	s.log.logger.Error("event parked: it cannot be delivered, and the later ones of its subject wait for it",
		"subscriber", s.lease.subscriber, "subject", l.subject, "event_id", it.event.GetEventId(), "sequence", it.event.GetSequence(),
		"type", it.event.GetType(), "attempts", it.attempts, "error", cause)
	if !it.stored {
		return s.setAside(ctx, l, stateParked, cause)
	}
	if err := s.markParked(ctx, it, cause); err != nil {
		return err
	}
	s.window.drop(l)
	return nil
}

// postpone leaves an event in deliveries for a later time.
func (s *session) postpone(ctx context.Context, l *lane, cause error) error {
	pause := backoff(l.items[0].attempts, s.log.cfg.MaxBackoff)
	if err := s.markRetry(ctx, l.items[0], pause, cause); err != nil {
		return err
	}
	s.window.drop(l)
	s.unretried = true
	return nil
}

// setAside moves a subject from the window into deliveries.
func (s *session) setAside(ctx context.Context, l *lane, state string, cause error) error {
	pause := backoff(l.items[0].attempts, s.log.cfg.MaxBackoff)
	if err := s.store(ctx, l.items, state, pause, cause); err != nil {
		return err
	}
	s.aside[l.subject] = struct{}{}
	s.window.drop(l)
	s.unretried = true
	return nil
}
