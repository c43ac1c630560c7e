package followup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// words is a message as it is read.
type words struct {
	subject, text string
}

// attemptOutcome is what came of an attempt to send a message.
type attemptOutcome struct {
	// receipt is the proof; its address is masked and marked in address and mark.
	receipt Receipt
	address string
	mark    []byte
	// at is when the channel took it.
	at time.Time
	// hold is until when it is held back; zero when it is not.
	hold time.Time
	// dropped is why it is not to be sent any more; empty when it is.
	dropped string
	// err is why it was not sent; nil when it was.
	err error
}

// compose seals a message under its name.
func compose(key *vault.DataKey, n Notification, w words) (Notification, error) {
	var err error
	if n.Text, err = key.Seal([]byte(w.text), n.Name()+"#text"); err != nil {
		return n, err
	}
	n.Subject = nil
	if w.subject != "" {
		n.Subject, err = key.Seal([]byte(w.subject), n.Name()+"#subject")
	}
	return n, err
}

// open reads what compose sealed.
func open(key *vault.DataKey, n Notification) (w words, err error) {
	text, err := key.Open(n.Text, n.Name()+"#text")
	if err != nil {
		return w, err
	}
	var subject []byte
	if len(n.Subject) > 0 {
		subject, err = key.Open(n.Subject, n.Name()+"#subject")
	}
	return words{string(subject), string(text)}, err
}

// mark tells an address from others of a customer.
func mark(key *vault.DataKey, address string) ([]byte, error) {
	return key.Mark([]byte(address), "address")
}

// usable leaves out addresses that nothing is sent to, or not this message.
func usable(key *vault.DataKey, r Recipient, n Notification, reach Reach) (Recipient, error) {
	for _, address := range []*string{&r.Phone, &r.Email} {
		if *address == "" {
			continue
		}
		m, err := mark(key, *address)
		if err != nil {
			return r, err
		}
		if slices.Equal(m, n.Avoid) || slices.ContainsFunc(reach.Unusable, func(bad []byte) bool { return slices.Equal(m, bad) }) {
			*address = ""
		}
	}
	return r, nil
}

// attempt has the channel send a message, unless it is to be held back or dropped. The error is one of our own, about which nothing can be
// put on record.
func (s *Service) attempt(
	ctx context.Context, key *vault.DataKey, n Notification, w words, to Contact, reach Reach,
) (out attemptOutcome, err error) {
	if !Owed(n.Kind) {
		if !reach.Stop.IsZero() {
			out.dropped = "the customer wants no surveys"
			return out, nil
		}
		now := s.now()
		if at := s.deps.Policy.Sending(now, to.Hours, to.Zone); at.After(now) {
			out.hold = at
			return out, nil
		}
	}
	recipient, err := usable(key, to.Recipient, n, reach)
	if err != nil {
		return out, err
	}
	digest := sha256.Sum256(n.Text)
	attempt, cancel := context.WithTimeout(ctx, s.longest())
	defer cancel()
	handed, err := handedTo(key, n, recipient)
	if err != nil {
		return out, err
	}
	out.receipt, out.err = s.deps.Channel.Send(attempt, Message{
		Notification: n.Name(), Complaint: complaintName(n.Complaint), Template: n.Template, Kind: n.Kind.String(), Language: n.Language,
		Digest: hex.EncodeToString(digest[:]), Recipient: recipient, Subject: w.subject, Text: w.text,
		Unsubscribe: s.unsubscribeLink(n), Handed: handed,
	})
	out.at = s.now()
	if out.err != nil && !channel.Unsure(out.err) || out.receipt.To == "" {
		return out, nil
	}
	out.address = masked(out.receipt.To)
	out.mark, err = mark(key, out.receipt.To)
	return out, err
}

// erased tells that a customer was erased: nothing can be read or sent any more.
func erased(err error) bool {
	return errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String()
}

// post sends a message that a call asks for, and keeps the proof. What the channel does not take goes on record and is tried again, by the
// loop, when its time has come; what it refuses is dead, and answered as such. Nothing is on record before the channel had it, unless that
// takes long: that the message is to be sent is on record with the workflow, whose call comes again under the same name until it is
// answered, whatever is killed.
func (s *Service) post(ctx context.Context, c Complaint, n Notification, w words, to Contact) (posted, error) {
	result, err := s.alone(ctx, n.Name(), func(ctx context.Context) (any, error) { return s.postAlone(ctx, c, n, w, to) })
	p, _ := result.(posted)
	return p, err
}

// posted is a message that a call asked for, with its complaint as it was left; nil when the message was on record before.
type posted struct {
	Notification

	after *Case
}

// postAlone is post, while nobody else in this process sends the same.
func (s *Service) postAlone(ctx context.Context, c Complaint, n Notification, w words, to Contact) (p posted, err error) {
	reach, err := s.deps.Outbox.Reach(ctx, c.Customer, c.ID, n.ID)
	if err != nil {
		return p, err
	}
	known := reach.Notification
	if known != nil && known.State != followupv1.Notification_WAITING {
		return posted{Notification: *known}, nil
	}
	key, err := s.deps.Keys.Key(ctx, c.Customer)
	if err != nil {
		return p, err
	}
	if known == nil {
		if n, err = compose(key, s.begun(n), w); err == nil {
			defer s.noteWhenSlow(ctx, n)()
		}
	} else {
		n = *known
		err = s.claimOrFail(ctx, &n)
	}
	if err != nil {
		return p, err
	}
	out, err := s.attempt(ctx, key, n, w, to, reach)
	if err != nil {
		return p, err
	}
	if p.Notification, p.after, err = s.settleMessage(ctx, n, out); err == nil && p.State == followupv1.Notification_WAITING {
		err = channelFailed(out.err)
	}
	return p, err
}

// claimOrFail begins an attempt; UNAVAILABLE when somebody else did, or its time has not come: however often a call comes again, what a channel
// did not take is tried by the policy's pauses.
func (s *Service) claimOrFail(ctx context.Context, n *Notification) error {
	if n.TryTime.After(s.now()) {
		return channelFailed(errors.New("it waits to be tried again"))
	}
	ok, err := s.claim(ctx, n)
	if err == nil && !ok {
		err = channelFailed(errors.New("it is being sent"))
	}
	return err
}

// begun is a new message, which is tried from now on.
func (s *Service) begun(n Notification) Notification {
	now := s.now()
	n.State, n.CreateTime, n.TryTime, n.Attempts = followupv1.Notification_WAITING, now, now, 1
	n.GiveUpTime = now.Add(s.patience())
	return n
}

// patience is for how long a message is tried.
func (s *Service) patience() time.Duration {
	return s.deps.Policy.Proto().GetMessages().GetGiveUpAfter().AsDuration()
}

// claim begins an attempt at a message that waits; false when somebody else did.
func (s *Service) claim(ctx context.Context, n *Notification) (bool, error) {
	now, rules := s.now(), backoff(s.deps.Policy)
	ok, err := s.deps.Outbox.Claim(ctx, *n, now, now.Add(s.lease()), now.Add(rules.Pause(n.Attempts)))
	n.Attempts++
	return ok, err
}

// settleMessage puts on record what came of an attempt. What was sent meanwhile stays: the first record stands. It ends even if the call
// does, so that what was sent is not sent again.
func (s *Service) settleMessage(ctx context.Context, n Notification, out attemptOutcome) (_ Notification, after *Case, err error) {
	change := Change{Complaint: n.Complaint, Notifications: true, Touches: !Owed(n.Kind)}
	err = s.noteIn(context.WithoutCancel(ctx), change, func(l ledger) error {
		after = l.Case
		if first, ok := l.Notification(n.ID); ok {
			if first.State != followupv1.Notification_WAITING {
				n = first
				return nil
			}
			n.Told = first.Told
		}
		n = l.tried(n, out, s.deps.Policy.Proto().GetMessages())
		s.messageSent(l, n)
		return nil
	})
	return n, after, err
}

// note changes what is on record of a complaint's messages, on the account of the caller, or of followup itself where nobody calls.
func (s *Service) note(ctx context.Context, complaint string, decide func(ledger) error) error {
	return s.noteIn(ctx, Change{Complaint: complaint, Notifications: true}, decide)
}

// noteIn is note in a change that reads more.
func (s *Service) noteIn(ctx context.Context, change Change, decide func(ledger) error) error {
	_, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		return decide(s.ledger(c, cmp.Or(caller(ctx).Subject, "services/followup")))
	})
	return err
}

// messageSent does what the proof of sending brings about besides the acknowledgement's, and what it does that there is none.
func (s *Service) messageSent(l ledger, n Notification) {
	switch {
	case n.State == followupv1.Notification_DEAD && n.ID != n.origin(): // What came back could not be sent by another way either.
		s.surveyLost(l, n)
	case n.State != followupv1.Notification_SENT:
	case n.Kind == followupv1.Notification_NOTICE:
		l.noticeSent(n)
	case !Owed(n.Kind):
		s.surveySent(l, n)
	}
}

// refusedForGood tells whether a failure is the last.
func refusedForGood(n Notification, out attemptOutcome, now time.Time) bool {
	return channel.Refused(out.err) || !n.GiveUpTime.After(now)
}
