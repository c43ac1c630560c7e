package followup

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/internal/vault"
)

// slow is a technical limit: an attempt that takes longer is on record before anything has come of it. It is shorter than the time in which a
// workflow makes its first call, so that no other process begins a second attempt.
const slow = 300 * time.Millisecond

// longest is how long an attempt may take.
func (s *Service) longest() time.Duration {
	p := patience(s.deps.Policy)
	return p.Begin + p.Answer
}

// lease is for how long nobody else begins an attempt.
func (s *Service) lease() time.Duration { return s.longest() + backoff(s.deps.Policy).Attempt() }

// alone has a message sent by one call of this process at a time. The attempt does not end with the call: a mail server that was given the text and
// loses its client would send what nobody knows of.
func (s *Service) alone(ctx context.Context, name string, send func(context.Context) (any, error)) (any, error) {
	done := s.sending.DoChan(name, func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.lease())
		defer cancel()
		return send(own)
	})
	select {
	case result := <-done:
		return result.Val, result.Err
	case <-ctx.Done():
		return nil, channelFailed(ctx.Err())
	}
}

// noteWhenSlow puts a message on record as one that somebody tries, once that takes long: a call that comes again, to whatever process, then waits
// for what comes of it. What is returned ends that.
func (s *Service) noteWhenSlow(ctx context.Context, n Notification) (stop func()) {
	n.LeaseTime = n.TryTime.Add(s.lease())
	noted := make(chan struct{})
	timer := time.AfterFunc(slow, func() {
		defer close(noted)
		err := s.note(ctx, n.Complaint, func(l ledger) error {
			if _, known := l.Notification(n.ID); !known {
				l.put(n)
			}
			return nil
		})
		if err != nil {
			s.deps.Logger.WarnContext(ctx, "a message that takes long is not on record yet", "notification", n.Name(), "error", err)
		}
	})
	return func() {
		if !timer.Stop() {
			<-noted
		}
	}
}

// handedTo is by which channel and where a message may have gone already; empty when that is nowhere on record any more, so that what was
// corrected holds.
func handedTo(key *vault.DataKey, n Notification, r Recipient) (Receipt, error) {
	if !n.mayHaveGone() {
		return Receipt{}, nil
	}
	for _, address := range []string{r.Phone, r.Email} {
		if address == "" {
			continue
		}
		m, err := mark(key, address)
		if err != nil {
			return Receipt{}, err
		}
		if string(m) == string(n.Mark) {
			return Receipt{Channel: n.Channel, To: address}, nil
		}
	}
	return Receipt{}, nil
}
