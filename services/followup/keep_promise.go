package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// KeepPromise says that a promise was kept, with evidence (PROM-1). The time of keeping decides whether in time or late, also after it
// was found broken (CLK-1); one that is dated back further than the policy allows counts as now. Errors: PROMISE_SETTLED,
// KEEP_TIME_INVALID, RESOURCE_NOT_FOUND, ETAG_MISMATCH, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a
// customer who was erased.
func (s *Service) KeepPromise(ctx context.Context, req *followupv1.KeepPromiseRequest) (*followupv1.Promise, error) {
	return s.settlePromise(ctx, req.GetName(), req.GetEtag(), req.GetEvidence(), func(l ledger, p *Promise, d *Duty, evidence []byte) error {
		at, err := s.keptAt(req.GetKeepTime(), d, l.now)
		if err != nil {
			return err
		}
		l.keep(p, d, Fact{Kind: PromiseKept, Time: at, Evidence: p.Name()}, evidence)
		return nil
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

// ReleasePromise says that the customer does not want it any more, with where that was said (PROM-1). A breach that happened stays on
// record. Errors: PROMISE_SETTLED, RESOURCE_NOT_FOUND, ETAG_MISMATCH, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND
// for a customer who was erased.
func (s *Service) ReleasePromise(ctx context.Context, req *followupv1.ReleasePromiseRequest) (*followupv1.Promise, error) {
	return s.settlePromise(ctx, req.GetName(), req.GetEtag(), req.GetEvidence(), func(l ledger, p *Promise, d *Duty, evidence []byte) error {
		l.let(p, d, true, "the customer does not want it any more", l.now, evidence)
		return nil
	})
}

// settlePromise changes a promise that is still owed, on the caller's account, and answers with it. The evidence is sealed before the
// transaction, because the key may have to be asked for.
func (s *Service) settlePromise(
	ctx context.Context, name, etag, evidence string, decide func(l ledger, p *Promise, d *Duty, evidence []byte) error,
) (*followupv1.Promise, error) {
	complaint, id, err := promiseIDs(name)
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	key, err := s.deps.Keys.Key(ctx, c.Complaint.Customer)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal([]byte(evidence), (&Promise{Complaint: complaint, ID: id}).evidencePlace())
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	_, err = s.change(ctx, Change{Complaint: complaint, Command: command, Result: name}, func(l ledger) error {
		p := l.Promise(id)
		if p == nil {
			return promiseNotFound(name)
		}
		d := l.Duty(p.Duty)
		stands := &Pledge{Promise: *p, Duty: *d}
		switch {
		case d.State != followupv1.Duty_OPEN:
			return promiseSettled(p, stands.State(l.now))
		case etag != "" && etag != stands.etag():
			return stale(stands.etag())
		}
		return decide(l, p, d, sealed)
	})
	if err != nil {
		return nil, err
	}
	return s.readPromise(ctx, name)
}
