package remedy

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// SuggestDeductions suggests deductions by the published rule, after a ruling that holds, with their computation (ACC-1). Nobody is suggested
// the same twice, unless HR has dismissed it without an appeal; and nobody suggests who is concerned. Errors: NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND, CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, INVALID_FIELD, RULING_NOT_FINAL, DECIDER_NOT_INDEPENDENT, PAY_TOLD_DIFFERENTLY,
// PAY_BELOW_CONFIRMED.
func (s *Service) SuggestDeductions(
	ctx context.Context, req *remedyv1.SuggestDeductionsRequest,
) (*remedyv1.SuggestDeductionsResponse, error) {
	if err := s.rules.presentMonth(req.GetMonth(), s.now()); err != nil {
		return nil, err
	}
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	asked := suggestion{
		ruling: req.GetRuling(), month: req.GetMonth(), proposer: caller(ctx).Subject, batch: s.deps.IDs.ID(), pays: map[string]toldPay{},
		language: cmp.Or(req.GetLanguageCode(), complaint.Facts.Language, s.deps.Policy.Proto().GetLanguages().GetFallback()),
	}
	if asked.further, err = s.rules.furtherLoss(req); err != nil {
		return nil, err
	}
	asked.reason, asked.evidence = req.GetFurtherLossReason(), req.GetFurtherLossEvidence()
	for i, pay := range req.GetPays() {
		field := "pays[" + strconv.Itoa(i) + "].pay"
		if _, twice := asked.pays[pay.GetAgent()]; twice {
			return nil, invalidField(field, "The person is there twice.")
		}
		told, err := s.rules.Checked(field, moneyOf(pay.GetPay()))
		if err != nil {
			return nil, err
		}
		asked.pays[pay.GetAgent()] = toldPay{amount: told, correction: pay.GetCorrection()}
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint.ID, Command: command, Result: asked.batch, Accounts: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		ruling, err := c.Accounts.final(asked.ruling)
		if err != nil {
			return err
		}
		return s.suggestDeductions(c, ruling, asked, s.now())
	})
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Deductions.Deductions(ctx, DeductionQuery{Complaint: complaint.ID, Batch: done.Result, Now: s.now(), Limit: mostDeductions})
	if err != nil {
		return nil, err
	}
	return &remedyv1.SuggestDeductionsResponse{Deductions: s.deductions(list)}, nil
}

// mostDeductions is more than one call suggests.
const mostDeductions = 10_000

// suggestion is what deductions are asked for by.
type suggestion struct {
	ruling, month, proposer, batch, language string
	// further is what was lost beside what the ledger has; reason is why, evidence what shows it.
	further          Amount
	reason, evidence string
	pays             map[string]toldPay
}

// furtherLoss is what is told to be lost beside what the ledger has: it limits what is deducted, so it is no number that somebody just says.
// Errors: CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, INVALID_FIELD.
func (r *Rules) furtherLoss(req *remedyv1.SuggestDeductionsRequest) (Amount, error) {
	further, err := r.Checked("further_loss", moneyOf(req.GetFurtherLoss()))
	switch {
	case err != nil || !further.Positive():
		return further, err
	case further.Compare(r.furtherMost) > 0:
		return further, invalidField("further_loss", "Tell "+r.furtherMost.String()+" at most.")
	case req.GetFurtherLossReason() == "":
		return further, invalidField("further_loss_reason", "Say what was lost.")
	case req.GetFurtherLossEvidence() == "":
		return further, invalidField("further_loss_evidence", "Say what shows it.")
	}
	return further, nil
}

// final is a ruling that holds. Errors: RULING_NOT_FINAL.
func (a *Accounts) final(name string) (Ruling, error) {
	for _, ruling := range a.Rulings {
		if ruling.Name == name && ruling.State == Holds {
			return ruling, nil
		}
	}
	return Ruling{}, rulingNotFinal(name)
}

// suggestDeductions suggests within the limits, which hold for everything that was suggested and not dismissed: the firm gets no more than
// it has lost, and nobody gives more of a month than the policy says. The months are locked until the commit, so that two complaints cannot
// both take what is left of one.
func (s *Service) suggestDeductions(c *Case, ruling Ruling, asked suggestion, now time.Time) error {
	all, err := s.rules.liabilities(&c.Accounts, ruling)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(l liability) bool { return l.agent == asked.proposer }) {
		return suggesterConcerned()
	}
	months, err := s.months(c, all, asked, now)
	if err != nil {
		return err
	}
	loss := s.loss(&c.Accounts, asked.further)
	left := loss.Sub(s.rules.FromMinor(c.Accounts.suggested()))
	for _, l := range all {
		pay, told := asked.pays[l.agent]
		again := slices.ContainsFunc(c.Accounts.Deductions, func(d Deduction) bool { return l.same(&d, ruling.Name) })
		if !told || again {
			continue
		}
		month := months[l.agent]
		limits := deductionLimits{loss: left, month: s.rules.monthMost(pay.amount).Sub(s.rules.FromMinor(month.Taken))}
		share := s.rules.part(loss, l.percent)
		amount := limits.smallest(share)
		if !amount.Positive() {
			continue
		}
		d := s.newDeduction(c, ruling, asked, l, now)
		d.Amount, _ = s.rules.Minor(amount)
		d.Loss, _ = s.rules.Minor(loss)
		further, _ := s.rules.Minor(asked.further)
		d.Further = &further
		d.Computation = s.computation(asked.language, computed{
			spent: s.rules.FromMinor(c.Accounts.Spent), further: asked.further, recovered: s.rules.FromMinor(c.Accounts.Recovered),
			loss: loss, share: share, amount: amount, liability: l, limits: limits, month: asked.month, pay: pay.amount,
			reason: asked.reason, evidence: asked.evidence, taken: s.rules.FromMinor(month.Taken),
		})
		month.Taken += d.Amount
		if month.Tellings == 0 { // What is suggested rests on it from now on.
			month.Tellings = 1
			c.Changes.Pays = append(c.Changes.Pays, s.pay(l.agent, month.Tellings, asked, now))
		}
		months[l.agent] = month
		left = left.Sub(amount)
		c.Changes.Deductions = append(c.Changes.Deductions, d)
		c.tell(d.Cycle, d.Proposer, now, &eventv1.Payload{Kind: &eventv1.Payload_DeductionSuggested{
			DeductionSuggested: &eventv1.DeductionSuggested{Deduction: d.Name()}, // Anything else would tell whom it concerns.
		}})
		c.address(&d, now)
	}
	return nil
}

// newDeduction is one that has no amount yet.
func (s *Service) newDeduction(c *Case, ruling Ruling, asked suggestion, l liability, now time.Time) Deduction {
	d := Deduction{
		Complaint: c.Complaint.ID, ID: s.deps.IDs.ID(), Cycle: ruling.Cycle, State: remedyv1.Deduction_SUGGESTED, Agent: l.agent,
		AsManager: l.asManager, Ruling: ruling.Name, Reason: l.reason, Duty: l.duty, Month: asked.month, Proposer: asked.proposer,
		CreateTime: now, UpdateTime: now, Version: 1, Batch: asked.batch,
	}
	d.HearTime = now.Add(s.rules.accountability.GetHearWithin().AsDuration())
	d.AppealTime = d.HearTime.Add(s.rules.accountability.GetAppealWithin().AsDuration())
	return d
}

// loss is what the firm lost: what it spent beyond entitlements and what is told, less what third parties gave back.
func (s *Service) loss(a *Accounts, further Amount) Amount {
	return largest(s.rules.FromMinor(a.Spent).Add(further).Sub(s.rules.FromMinor(a.Recovered)), Amount{})
}

// withinLoss wants what HR confirms to be no more than the firm has lost by now, with what third parties gave back since, and what is confirmed
// for others. What was suggested before it was kept what else was lost has no such limit. Errors: DEDUCTION_TOO_HIGH.
func (s *Service) withinLoss(a *Accounts, d *Deduction, amount int64) error {
	if d.Further == nil {
		return nil
	}
	left := s.loss(a, s.rules.FromMinor(*d.Further))
	for _, other := range a.Deductions {
		if other.ID != d.ID && (other.State == remedyv1.Deduction_CONFIRMED || other.State == remedyv1.Deduction_EXPORTED) {
			left = left.Sub(s.rules.FromMinor(other.Amount))
		}
	}
	if s.rules.FromMinor(amount).Compare(left) > 0 {
		return deductionTooHigh(largest(left, Amount{}).String())
	}
	return nil
}

// suggested is what was suggested for the complaint and not dismissed.
func (a *Accounts) suggested() (sum int64) {
	for _, d := range a.Deductions {
		if d.State != remedyv1.Deduction_DISMISSED {
			sum += d.Amount
		}
	}
	return sum
}
