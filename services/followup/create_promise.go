package followup

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// CreatePromise puts on record what was promised in a conversation (PROM-1). What nobody had the authority to promise is recorded too,
// with why: it was said, so it is owed, and the ladder is told (PROM-2). So is what was promised after the complaint had ended: it belongs to the next cycle,
// which begins since intake hears of it. With validate_only nothing is recorded. What somebody said whom the
// complaint is about a colleague puts on record, with them as speaker. Errors: AGENT_RECUSED, PROMISE_TIME_INVALID, AGENT_UNKNOWN, TOO_MANY_PROMISES, MATTER_WENT_ON, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer
// who was erased.
func (s *Service) CreatePromise(ctx context.Context, req *followupv1.CreatePromiseRequest) (*followupv1.Promise, error) {
	complaint, ok := complaintID(req.GetParent())
	if !ok {
		return nil, invalidField("parent", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	p := s.spoken(ctx, req.GetPromise())
	if err := errors.Join(s.inDirectory(ctx, "promise.owner", req.GetPromise().GetOwner(), true),
		s.inDirectory(ctx, "promise.speaker", req.GetPromise().GetSpeaker(), false)); err != nil {
		return nil, err
	}
	p.Complaint, p.language = complaint, c.Complaint.Language
	last, err := s.lastOf(ctx, c)
	if err != nil {
		return nil, err
	}
	judge := func(c *Case, now time.Time) error {
		if err := c.Complaint.recuses(caller(ctx).Subject); err != nil {
			return err
		}
		if into := c.survivor(c.Complaint.Cycle); c.Complaint.Ended && into != "" {
			return matterWentOn(req.GetParent(), cmp.Or(last, into))
		}
		if err := s.judge(p, req.GetPromise().GetPromiseTime(), now); err != nil {
			return err
		}
		return s.crowded(p, c.openPromises())
	}
	if req.GetValidateOnly() {
		if err := judge(c, s.now()); err != nil {
			return nil, err
		}
		return asked(req.GetPromise(), p), nil
	}
	key, err := s.deps.Keys.Key(ctx, c.Complaint.Customer)
	if err != nil {
		return nil, err
	}
	p.ID = s.deps.IDs.ID()
	p.TextPlace = p.Name() + "#text"
	if p.Text, err = key.Seal([]byte(p.text), p.TextPlace); err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	done, err := s.change(ctx, Change{Complaint: complaint, Command: command, Result: p.Name()}, func(l ledger) error {
		if err := judge(l.Case, l.now); err != nil {
			return err
		}
		cycle := l.Complaint.Cycle
		if p.AfterEnd = l.Complaint.Ended; p.AfterEnd {
			cycle++
		}
		l.promise(p.Promise, cycle, p.PromiseTime, p.due)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readPromise(ctx, done.Result)
}

// spoken is a promise as the caller reports it. The roles of another speaker are not known here, so they are the least there are.
func (s *Service) spoken(ctx context.Context, m *followupv1.Promise) *said {
	p := &said{
		Promise: &Promise{
			Source: followupv1.Promise_CONVERSATION, Period: m.GetPeriod().AsDuration().Truncate(time.Microsecond), Owner: m.GetOwner(),
			Speaker: m.GetSpeaker(), Amount: moneyOf(m.GetAmount()),
		},
		text: m.GetText(), due: m.GetDueTime().AsTime().Truncate(time.Microsecond), roles: []authv1.Role{authv1.Role_AGENT},
	}
	p.Update = m.GetUpdate() || p.Series()
	if m.GetUntilTime() != nil {
		p.UntilTime = m.GetUntilTime().AsTime().Truncate(time.Microsecond)
	}
	if me := caller(ctx); p.Speaker == "" || p.Speaker == me.Subject {
		p.Speaker, p.roles = me.Subject, me.Roles
	}
	return p
}

// judge refuses times that make no sense, and says what was too much.
func (s *Service) judge(p *said, promised *timestamppb.Timestamp, now time.Time) error {
	p.PromiseTime = now
	if promised != nil {
		if !promised.IsValid() {
			return promiseTimeInvalid("promise.promise_time", "It is no time.")
		}
		p.PromiseTime = promised.AsTime().Truncate(time.Microsecond)
	}
	switch {
	case p.PromiseTime.After(now.Add(s.deps.Policy.ClockSkew())):
		return promiseTimeInvalid("promise.promise_time", "It lies in the future.")
	case now.Sub(p.PromiseTime) > s.deps.Policy.Proto().GetPromises().GetFurthest().AsDuration():
		return promiseTimeInvalid("promise.promise_time", "Nothing is promised for so long. What the customer says was promised before is an alleged promise.")
	case !p.due.After(p.PromiseTime):
		return promiseTimeInvalid("promise.due_time", "It lies before the promise.")
	case !p.UntilTime.IsZero() && p.UntilTime.Before(p.due):
		return promiseTimeInvalid("promise.until_time", "It lies before the first of the updates.")
	}
	p.Excesses = s.guard.excesses(*p)
	return nil
}

// crowded says that a promise is one too many: it is recorded all the same, unless so many are open that nobody makes them in earnest. Errors:
// TOO_MANY_PROMISES.
func (s *Service) crowded(p *said, open int) error {
	rules := s.deps.Policy.Proto().GetPromises()
	if bound := max(rules.GetOpenMost(), rules.GetOpenBound()); open >= int(bound) {
		return tooManyPromises(bound)
	}
	if open >= int(rules.GetOpenMost()) {
		p.Excesses = append(p.Excesses, followupv1.Promise_TOO_MANY)
	}
	return nil
}

// asked is the answer to whoever wants to know before it is said.
func asked(sent *followupv1.Promise, p *said) *followupv1.Promise {
	return &followupv1.Promise{
		Source: p.Source, Text: sent.GetText(), DueTime: sent.GetDueTime(), Period: sent.GetPeriod(), UntilTime: sent.GetUntilTime(),
		Update: p.Update, Owner: p.Owner, Speaker: p.Speaker, PromiseTime: timestamp(p.PromiseTime), Amount: sent.GetAmount(),
		Excesses: p.Excesses,
	}
}
