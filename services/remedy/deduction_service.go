package remedy

import (
	"context"
	"errors"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// AnswerDeduction records what the person concerned has to say (ACC-1). Errors: RESOURCE_NOT_FOUND, NOT_CONCERNED, DEDUCTION_STATE_FORBIDS.
func (s *Service) AnswerDeduction(ctx context.Context, req *remedyv1.AnswerDeductionRequest) (*remedyv1.Deduction, error) {
	return s.changeDeduction(ctx, req.GetName(), "", func(_ *Case, d *Deduction, now time.Time) error {
		if d.Agent != caller(ctx).Subject {
			return notConcerned()
		}
		return d.answer(req.GetAnswer(), s.rules.accountability.GetAppealWithin().AsDuration(), now)
	})
}

// AppealDeduction appeals, once (ACC-1). Errors: RESOURCE_NOT_FOUND, NOT_CONCERNED, APPEALED_BEFORE, DEDUCTION_STATE_FORBIDS.
func (s *Service) AppealDeduction(ctx context.Context, req *remedyv1.AppealDeductionRequest) (*remedyv1.Deduction, error) {
	return s.changeDeduction(ctx, req.GetName(), "", func(_ *Case, d *Deduction, now time.Time) error {
		if d.Agent != caller(ctx).Subject {
			return notConcerned()
		}
		return d.appeal(req.GetGrounds(), now)
	})
}

// DecideDeductionAppeal says what becomes of an appeal; an upheld one dismisses the deduction (ACC-1). Errors: RESOURCE_NOT_FOUND,
// ETAG_MISMATCH, DEDUCTION_STATE_FORBIDS, DECIDER_NOT_INDEPENDENT.
func (s *Service) DecideDeductionAppeal(ctx context.Context, req *remedyv1.DecideDeductionAppealRequest) (*remedyv1.Deduction, error) {
	return s.changeDeduction(ctx, req.GetName(), req.GetEtag(), func(_ *Case, d *Deduction, now time.Time) error {
		return d.decideAppeal(req.GetUpheld(), req.GetReason(), caller(ctx).Subject, now)
	})
}

// ConfirmDeduction confirms a deduction, lowers or dismisses it (ACC-1). Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH, CURRENCY_NOT_SUPPORTED,
// AMOUNT_TOO_FINE, INVALID_FIELD, DEDUCTION_STATE_FORBIDS, DECIDER_NOT_INDEPENDENT, HEARING_OPEN, DEDUCTION_NOT_TOLD, RULING_NOT_FINAL,
// DEDUCTION_TOO_HIGH.
func (s *Service) ConfirmDeduction(ctx context.Context, req *remedyv1.ConfirmDeductionRequest) (*remedyv1.Deduction, error) {
	lower, err := s.rules.Checked("amount", moneyOf(req.GetAmount()))
	switch {
	case err != nil:
		return nil, err
	case req.GetAmount() != nil && (req.GetDismiss() || !lower.Positive()):
		return nil, invalidField("amount", "Tell more than nothing, and none to dismiss it.")
	}
	return s.changeDeduction(ctx, req.GetName(), req.GetEtag(), func(c *Case, d *Deduction, now time.Time) error {
		decider := caller(ctx).Subject
		if req.GetDismiss() {
			return d.dismiss(req.GetReason(), decider, now)
		}
		if err := s.toldOtherwise(d, req.GetToldOtherwise(), now); err != nil {
			return err
		}
		suggested, amount := s.rules.FromMinor(d.Amount), d.Amount
		if req.GetAmount() != nil {
			amount, _ = s.rules.Minor(lower)
		}
		if err := d.confirm(amount, req.GetReason(), decider, now); err != nil {
			return err
		}
		if _, err := c.Accounts.final(d.Ruling); err != nil {
			return err
		}
		if amount > 0 && lower.Compare(suggested) > 0 {
			return deductionTooHigh(suggested.String())
		}
		if err := s.withinLoss(&c.Accounts, d, amount); err != nil {
			return err
		}
		return s.withinMonth(c, d, amount)
	})
}

// toldOtherwise notes what HR says of how the person was told. Errors: INVALID_FIELD.
func (s *Service) toldOtherwise(d *Deduction, told *remedyv1.ToldOtherwise, now time.Time) error {
	if told == nil {
		return nil
	}
	at, rules := told.GetTime().AsTime(), s.rules.accountability
	switch {
	case at.Before(d.CreateTime) || at.After(now):
		return invalidField("told_otherwise.time", "Tell when it was: after it was suggested, and not in the future.")
	case !d.notified(at, told.GetEvidence(), rules.GetHearWithin().AsDuration(), rules.GetAppealWithin().AsDuration()):
		return invalidField("told_otherwise", "The person was told by a notice.")
	}
	return nil
}

// changeDeduction changes a deduction on the caller's account, and answers with it. Who may not see it is told that there is none. Errors:
// RESOURCE_NOT_FOUND, ETAG_MISMATCH, and those of decide.
func (s *Service) changeDeduction(
	ctx context.Context, name, etag string, decide func(c *Case, d *Deduction, now time.Time) error,
) (*remedyv1.Deduction, error) {
	complaint, id := deductionIDs(name)
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint, Command: command, Result: name, Accounts: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		d := c.deduction(id)
		switch {
		case d == nil || !mayEvery(ctx) && !d.concerns(caller(ctx).Subject):
			return notFound(name)
		case etag != "" && etag != deductionEtag(d):
			return stale(deductionEtag(d))
		}
		now := s.now()
		if err := decide(c, d, now); err != nil {
			return err
		}
		c.putDeduction(d, d.teller(caller(ctx).Subject), now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readDeduction(ctx, done.Result)
}

// readDeduction is the one of a name, with what was told of the month's pay. Errors: RESOURCE_NOT_FOUND.
func (s *Service) readDeduction(ctx context.Context, name string) (*remedyv1.Deduction, error) {
	complaint, id := deductionIDs(name)
	stored, err := s.deps.Deductions.Deduction(ctx, complaint, id)
	if errors.Is(err, ErrUnknown) || err == nil && !mayEvery(ctx) && !stored.concerns(caller(ctx).Subject) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, err
	}
	pays, err := s.deps.Deductions.Pays(ctx, stored.Agent, stored.Month)
	if err != nil {
		return nil, err
	}
	m := s.deductions([]Deduction{stored})[0]
	for _, p := range pays {
		m.Pays = append(m.Pays, &remedyv1.ToldPay{
			Pay: s.rules.shown(s.rules.FromMinor(p.Amount)), Teller: p.Teller, Correction: p.Correction, TellTime: timestamp(p.Time),
		})
	}
	return m, nil
}

// mayEvery tells whether the caller may see deductions of others: HR and auditors may.
func mayEvery(ctx context.Context) bool { return caller(ctx).Has(authv1.Role_HR, authv1.Role_AUDITOR) }

// deduction is the one of an id; nil for none.
func (c *Case) deduction(id string) *Deduction {
	for i := range c.Accounts.Deductions {
		if c.Accounts.Deductions[i].ID == id {
			return &c.Accounts.Deductions[i]
		}
	}
	return nil
}

// putDeduction has a deduction written over that has gone on, and tells of it. Nothing of whom it concerns is told.
func (c *Case) putDeduction(d *Deduction, actor string, now time.Time) {
	d.touched(now)
	c.Changes.Deductions = append(c.Changes.Deductions, *d)
	c.tell(d.Cycle, actor, now, changed(d))
	if d.decidedOn() {
		c.address(d, now)
	}
}

// address has routing tell the person concerned how it stands. That is an event on the deduction: those on the complaint are read by others.
func (c *Case) address(d *Deduction, now time.Time) {
	c.Changes.Drafts = append(c.Changes.Drafts, eventlog.Draft{
		Subject: d.Name(), Cycle: d.Cycle, Actor: deductionActor, RecordTime: now,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_DeductionAddressed{
			DeductionAddressed: &eventv1.DeductionAddressed{Deduction: d.Name(), Agent: d.Agent, State: d.State.String()},
		}},
	})
}

// notified notes that a notice has told the person that it is suggested.
func (s *Service) notified(e *eventv1.Event, told *eventv1.DeductionNotified) (Change, func(*Case) error) {
	complaint, id := deductionIDs(told.GetDeduction())
	return Change{Complaint: complaint, Accounts: true}, func(c *Case) error {
		d, rules := c.deduction(id), s.rules.accountability
		if d == nil || told.GetState() != remedyv1.Deduction_SUGGESTED.String() {
			return nil
		}
		if d.notified(e.GetRecordTime().AsTime(), "", rules.GetHearWithin().AsDuration(), rules.GetAppealWithin().AsDuration()) {
			d.touched(s.now())
			c.Changes.Deductions = append(c.Changes.Deductions, *d)
		}
		return nil
	}
}

// changed is the event of a deduction that has gone on.
func changed(d *Deduction) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_DeductionChanged{
		DeductionChanged: &eventv1.DeductionChanged{Deduction: d.Name(), State: d.State.String()},
	}}
}
