package followup

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/channel"
)

// senders is how many messages a pass sends at a time, so that one mail server that does not answer holds up nobody else.
const senders = 8

// passes is how many passes are under way at a time: the next one does not wait for a server that takes long to answer.
const passes = 4

// looks is how often in the shortest pause it is looked whether the time of a message has come.
const looks = 6

// Run sends what waits, as it goes on record and when its time has come, until ctx ends, and has those told who are to decide on more time.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(max(s.deps.Policy.Proto().GetMessages().GetRetryAfter().AsDuration()/looks, time.Second))
	defer ticker.Stop()
	var running errgroup.Group
	running.SetLimit(passes)
	for {
		running.TryGo(func() error {
			if err := s.DeliverMessages(ctx); err != nil && ctx.Err() == nil {
				s.deps.Logger.WarnContext(ctx, "messages to customers wait longer", "error", err)
			}
			return nil
		})
		if err := s.TellExtensions(ctx); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "who decides on more time is told later", "error", err)
		}
		select {
		case <-ctx.Done():
			return running.Wait()
		case <-ticker.C:
		case <-s.fresh:
		}
	}
}

// hurry has Run send what was put on record just now.
func (s *Service) hurry() {
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

// DeliverMessages tries each message that waits and whose time has come, once. Any number of processes may do so at a time: one of them
// sends each. A process that dies after a message was handed over and before that was on record has it sent again, under the same name,
// once the attempt is over.
func (s *Service) DeliverMessages(ctx context.Context) error {
	waiting, err := s.deps.Outbox.Waiting(ctx, s.now())
	if err != nil {
		return err
	}
	failures := make([]error, len(waiting))
	var sending errgroup.Group
	sending.SetLimit(senders)
	for i, n := range waiting {
		sending.Go(func() error {
			failures[i] = s.deliverWaiting(ctx, n)
			return nil
		})
	}
	_ = sending.Wait() // Each has its own failure.
	return errors.Join(failures...)
}

// deliverWaiting tries one message, unless somebody else does.
func (s *Service) deliverWaiting(ctx context.Context, n Notification) error {
	ok, err := s.claim(ctx, &n)
	if err != nil || !ok {
		return err
	}
	c, err := s.known(ctx, n.Complaint)
	if err != nil {
		return err
	}
	out, err := s.attemptWaiting(ctx, c.Complaint, n)
	if erased(err) {
		out, err = attemptOutcome{dropped: "the customer was erased"}, nil
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil && out.err != nil && !channel.Unsure(out.err) {
		return out.err // The attempt ended with the process, and came to nothing.
	}
	if _, _, err := s.settleMessage(ctx, n, out); err != nil {
		return err
	}
	return out.err
}

// attemptWaiting reads what a message says, and how its customer can be reached now, and has it sent.
func (s *Service) attemptWaiting(ctx context.Context, c Complaint, n Notification) (attemptOutcome, error) {
	key, err := s.deps.Keys.Key(ctx, c.Customer)
	if err != nil {
		return attemptOutcome{}, err
	}
	w, err := open(key, n)
	if err != nil {
		return attemptOutcome{}, err
	}
	to, err := s.deps.Contacts.Contact(ctx, complaintName(n.Complaint))
	if err != nil {
		return attemptOutcome{}, err
	}
	to.Recipient.Customer = c.Customer
	if dropped, err := s.pointless(ctx, n, &to); err != nil || dropped != "" {
		return attemptOutcome{dropped: dropped}, err
	}
	reach, err := s.deps.Outbox.Reach(ctx, c.Customer, c.ID, n.ID)
	if err != nil {
		return attemptOutcome{}, err
	}
	return s.attempt(ctx, key, n, w, to, reach)
}

// pointless tells why a message that waits is not to be sent any more, empty when it is, and leaves out where it is not to go.
func (s *Service) pointless(ctx context.Context, n Notification, to *Contact) (dropped string, err error) {
	if n.Kind == followupv1.Notification_NOTICE {
		return s.meantToCall(ctx, n, to)
	}
	id, _, ok := touchOfMessage(n)
	if !ok || Owed(n.Kind) {
		return "", nil
	}
	t, err := s.touch(ctx, touchName(n.Complaint, id))
	switch {
	case err != nil:
		return "", err
	case t.Over():
		return "nobody is asked any more", nil
	case !t.ExpireTime.IsZero() && !s.now().Before(t.ExpireTime):
		return "the time to answer is over", nil
	default:
		return "", nil
	}
}
