package followup

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// KeepPromise says that a promise was kept, with evidence (PROM-1). The time of keeping decides whether in time or late, also after it
// was found broken (CLK-1); one that is dated back further than the policy allows counts as now. Evidence that is a name has to be on record
// in the complaint and shows it. Errors: AGENT_RECUSED, EVIDENCE_NOT_FOUND, KEEPING_NOT_PROVEN, PROMISE_SETTLED, KEEP_TIME_INVALID, RESOURCE_NOT_FOUND, ETAG_MISMATCH, NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) KeepPromise(ctx context.Context, req *followupv1.KeepPromiseRequest) (*followupv1.Promise, error) {
	evidence := strings.TrimSpace(req.GetEvidence())
	return s.settlePromise(ctx, settling{
		name: req.GetName(), etag: req.GetEtag(), evidence: evidence,
		prove: func(p *Promise, d *Duty) error { return s.mayProve(ctx, p, d, evidence) },
		decide: func(l ledger, p *Promise, d *Duty, sealed []byte) error {
			at, err := s.keptAt(req.GetKeepTime(), d, l.now)
			if err != nil {
				return err
			}
			l.keep(p, d, Fact{Kind: PromiseKept, Time: at, Evidence: p.Name()}, sealed)
			return nil
		},
	})
}

// keptAt is when a promise counts as kept.
func (s *Service) keptAt(sent *timestamppb.Timestamp, d *Duty, now time.Time) (time.Time, error) {
	if sent == nil {
		return now, nil
	}
	at := sent.AsTime().Truncate(time.Microsecond)
	switch {
	case !sent.IsValid():
		return at, keepTimeInvalid("It is no time.")
	case at.After(now.Add(s.deps.Policy.ClockSkew())):
		return at, keepTimeInvalid("It lies in the future.")
	case at.Before(d.OpenTime):
		return at, keepTimeInvalid("It lies before the promise was made.")
	case now.Sub(at) > s.deps.Policy.Proto().GetPromises().GetBackDating().AsDuration():
		return now, nil
	}
	return at, nil
}

// ReleasePromise says that the customer does not want it any more, with where that was said (PROM-1): a message of the customer's or an
// attempt that reached them, in the complaint and since it was promised; who leads others may note a conversation in words, with its way and
// time. A breach that happened stays on record. Errors: AGENT_RECUSED, RELEASE_NOT_PROVEN, EVIDENCE_NOT_FOUND, PROMISE_SETTLED, RESOURCE_NOT_FOUND,
// ETAG_MISMATCH, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) ReleasePromise(ctx context.Context, req *followupv1.ReleasePromiseRequest) (*followupv1.Promise, error) {
	word := customersWord{evidence: strings.TrimSpace(req.GetEvidence()), way: req.GetWay(), sent: req.GetConversationTime()}
	return s.settlePromise(ctx, settling{
		name: req.GetName(), etag: req.GetEtag(), evidence: word.evidence,
		prove: func(p *Promise, d *Duty) error { return s.given(ctx, p, d, word) },
		decide: func(l ledger, p *Promise, d *Duty, sealed []byte) error {
			if !named(word.evidence) {
				p.Way, p.ConversationTime = word.way, word.at()
			}
			l.let(p, d, true, "the customer does not want it any more", l.now, sealed)
			return nil
		},
	})
}

// settling is what somebody says of a promise.
type settling struct {
	name, etag, evidence string
	// prove judges the evidence before the transaction, which what is on record outlives.
	prove func(*Promise, *Duty) error
	// decide changes the promise; the evidence is sealed.
	decide func(l ledger, p *Promise, d *Duty, sealed []byte) error
}

// settlePromise changes a promise that is still owed, on the caller's account, and answers with it. The evidence is sealed before the
// transaction, because the key may have to be asked for.
func (s *Service) settlePromise(ctx context.Context, by settling) (*followupv1.Promise, error) {
	complaint, id, err := promiseIDs(by.name)
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	switch stands, err := s.deps.Store.Promise(ctx, complaint, id); {
	case errors.Is(err, ErrUnknown):
		return nil, promiseNotFound(by.name)
	case err != nil:
		return nil, err
	case stands.Duty.State == followupv1.Duty_OPEN: // What is settled is judged no more: the call may be repeated.
		if err := by.prove(&stands.Promise, &stands.Duty); err != nil {
			return nil, err
		}
	}
	key, err := s.deps.Keys.Key(ctx, c.Complaint.Customer)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal([]byte(by.evidence), (&Promise{Complaint: complaint, ID: id}).evidencePlace())
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	_, err = s.change(ctx, Change{Complaint: complaint, Command: command, Result: by.name}, func(l ledger) error {
		p := l.Promise(id)
		if p == nil {
			return promiseNotFound(by.name)
		}
		d := l.Duty(p.Duty)
		stands := &Pledge{Promise: *p, Duty: *d}
		switch err := l.recused(); {
		case err != nil:
			return err
		case d.State != followupv1.Duty_OPEN:
			return promiseSettled(p, stands.State(l.now))
		case by.etag != "" && by.etag != stands.etag():
			return stale(stands.etag())
		}
		return by.decide(l, p, d, sealed)
	})
	if err != nil {
		return nil, err
	}
	return s.readPromise(ctx, by.name)
}
