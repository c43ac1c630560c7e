package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// published is a policy with a rule for deductions.
const published = `
languages: {fallback: en}
accountability:
  rules:
    - {reason: UNPROFESSIONAL, person_percent: 30, manager_percent: 10}
    - {reason: DELAY, person_percent: 5, manager_percent: 0}
    - {reason: SHIRKING, person_percent: 80, manager_percent: 0}
  month_percent_most: 20
  hear_within: 72h
  appeal_within: 168h
  months_ahead: 1
`

// deducing calls on the account of somebody.
func (w *world) deducing(subject string, roles ...authv1.Role) remedyv1.DeductionServiceClient {
	w.t.Helper()
	return remedyv1.NewDeductionServiceClient(w.harness.Conn(subject, roles...))
}

func (w *world) supervisor() remedyv1.DeductionServiceClient {
	return w.deducing("agents/sun", authv1.Role_SUPERVISOR)
}

func (w *world) hr() remedyv1.DeductionServiceClient { return w.deducing("agents/hu", authv1.Role_HR) }

// ruled is a ruling.
func ruled(name string, responsibility policyv1.Responsibility, reason policyv1.RulingReason, concerned ...string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ResponsibilityRuled{ResponsibilityRuled: &eventv1.ResponsibilityRuled{
		Ruling: name, Responsibility: responsibility, Reason: reason, Concerned: concerned,
	}}}
}

// blamed has a complaint ruled: agents/chen was unprofessional, below agents/zhao.
func (w *world) blamed() (complaint, ruling string) {
	w.t.Helper()
	w.directs("agents/chen", "agents/zhao")
	complaint = w.receive()
	ruling = complaint + "/rulings/r1"
	w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "agents/chen"))
	return complaint, ruling
}

// directs has somebody stand above another one.
func (w *world) directs(agent, above string) {
	w.t.Helper()
	w.happens(agent, 0, &eventv1.Payload{Kind: &eventv1.Payload_DirectoryChanged{DirectoryChanged: &eventv1.DirectoryChanged{
		Resource: agent, Change: eventv1.DirectoryChanged_CHANGED, Supervisor: above, Active: true,
	}}})
}

// broken has a duty be broken that was due at a time.
func (w *world) broken(complaint, duty string, due time.Time) {
	w.t.Helper()
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: complaint + "/duties/" + duty, Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MISSED, DueTime: timestamppb.New(due),
		NewlyBroken: true,
	}}})
}

// promises has somebody record a promise, which an owner owes by a time.
func (w *world) promises(recorder, complaint, duty, owner string, due time.Time) {
	w.t.Helper()
	w.happensBy(recorder, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
		Promise: complaint + "/promises/" + duty, Duty: complaint + "/duties/" + duty, Owner: owner, DueTime: timestamppb.New(due),
	}}})
}

// suggestion asks for deductions of a month: all have the same pay.
func suggestion(complaint, ruling string, loss, pay int64, agents ...string) *remedyv1.SuggestDeductionsRequest {
	req := &remedyv1.SuggestDeductionsRequest{Parent: complaint, Ruling: ruling, Month: "2026-11", FurtherLoss: cny(loss)}
	req.FurtherLossReason, req.FurtherLossEvidence = "goods that came back\nbroken", "invoice 17"
	for _, agent := range agents {
		req.Pays = append(req.Pays, &remedyv1.MonthPay{Agent: agent, Pay: cny(pay)})
	}
	return req
}

// suggest asks for deductions, and has whom they concern be told at once.
func (w *world) suggest(req *remedyv1.SuggestDeductionsRequest) []*remedyv1.Deduction {
	w.t.Helper()
	all := w.untold(req)
	for _, d := range all {
		w.notified(d.GetName())
	}
	return all
}

// untold asks for deductions, and requires an answer. Nobody is told of them.
func (w *world) untold(req *remedyv1.SuggestDeductionsRequest) []*remedyv1.Deduction {
	w.t.Helper()
	resp, err := w.supervisor().SuggestDeductions(w.t.Context(), req)
	require.NoError(w.t, err)
	return resp.GetDeductions()
}

// notified has routing tell that the person concerned was told of a deduction that is suggested.
func (w *world) notified(name string) {
	w.t.Helper()
	w.happens(name, 1, &eventv1.Payload{Kind: &eventv1.Payload_DeductionNotified{DeductionNotified: &eventv1.DeductionNotified{
		Deduction: name, State: remedyv1.Deduction_SUGGESTED.String(),
	}}})
}

func TestDeductionsByThePublishedRule(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	w.broken(complaint, "1-callback", w.now.Add(time.Hour))
	w.now = w.now.Add(2 * time.Hour)
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
		Department: "departments/returns", Assignee: "agents/wu", // Who takes over answers for nothing that was broken before.
	}}})
	everybody := []string{"agents/chen", "agents/zhao", "agents/lin", "agents/wu"}
	ctx := rpctest.WithKey(t.Context(), "once")
	resp, err := w.supervisor().SuggestDeductions(ctx, suggestion(complaint, ruling, 1000, 100_000, everybody...))
	require.NoError(t, err)
	got := resp.GetDeductions()
	require.Len(t, got, 3)
	for i, want := range []struct {
		agent   string
		manager bool
		amount  int64
		reason  policyv1.RulingReason
		duty    string
	}{
		{"agents/chen", false, 300, policyv1.RulingReason_UNPROFESSIONAL, ""},
		{"agents/zhao", true, 100, policyv1.RulingReason_UNPROFESSIONAL, ""},
		{"agents/lin", false, 50, 0, complaint + "/duties/1-callback"},
	} {
		d := got[i]
		require.Equal(t, want.agent, d.GetAgent())
		require.Equal(t, want.manager, d.GetAsManager())
		require.Equal(t, want.amount, d.GetAmount().GetUnits())
		require.Equal(t, want.reason, d.GetReason())
		require.Equal(t, want.duty, d.GetDuty())
		require.Equal(t, remedyv1.Deduction_SUGGESTED, d.GetState())
		require.Equal(t, "agents/sun", d.GetProposer())
		require.Equal(t, w.now.Add(72*time.Hour), d.GetHearTime().AsTime())
		require.Equal(t, w.now.Add(240*time.Hour), d.GetAppealTime().AsTime())
		require.EqualValues(t, 1000, d.GetLoss().GetUnits())
	}
	require.Equal(t, []string{
		"Loss: CNY 1000.00 = spent on the customer beyond entitlements CNY 0.00 + further loss CNY 1000.00 − recovered from third parties CNY 0.00.",
		"Further loss, CNY 1000.00: goods that came back broken (shown by: invoice 17).",
		"Published rule, UNPROFESSIONAL: 30 % of the loss = CNY 300.00.",
		"Limit of the loss: all deductions of the complaint together no more than CNY 1000.00; CNY 0.00 of it is suggested already, CNY 1000.00 is left.",
		"Limit of the month: 20 % of the performance pay of 2026-11, CNY 100000.00 = CNY 20000.00; CNY 0.00 of it is taken already, CNY 20000.00 is left.",
		"It is within both limits.", "Suggested: CNY 300.00.",
	}, got[0].GetComputation())
	again, err := w.supervisor().SuggestDeductions(ctx, suggestion(complaint, ruling, 1000, 100_000, everybody...))
	require.NoError(t, err)
	require.Len(t, again.GetDeductions(), 3, "the same key is answered the same")
	require.Equal(t, got[0].GetName(), again.GetDeductions()[0].GetName())
	require.Empty(t, w.suggest(suggestion(complaint, ruling, 1000, 100_000, everybody...)), "nobody is suggested the same twice")
	require.Equal(t, 3, w.count(complaint, "deduction_suggested"))
	told := w.last(complaint, "deduction_suggested").GetDeductionSuggested()
	require.True(t, proto.Equal(&eventv1.DeductionSuggested{Deduction: got[2].GetName()}, told), "nothing that leads to whom it concerns: %v", told)
}

// TestLimitsOfDeductions cuts down to what is left of the month and of the loss.
func TestLimitsOfDeductions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	got := w.suggest(suggestion(complaint, ruling, 1000, 1000, "agents/chen"))
	require.EqualValues(t, 200, got[0].GetAmount().GetUnits(), "20 %% of 1000")
	require.Equal(t, []string{
		"Limit of the month: 20 % of the performance pay of 2026-11, CNY 1000.00 = CNY 200.00; CNY 0.00 of it is taken already, CNY 200.00 is left.",
		"Cut down to what is left of the month.", "Suggested: CNY 200.00.",
	}, got[0].GetComputation()[4:])
	other, otherRuling := w.blamed()
	require.Empty(t, w.suggest(suggestion(other, otherRuling, 1000, 1000, "agents/chen")), "nothing is left of the month")
	next := suggestion(other, otherRuling, 1000, 1000, "agents/chen")
	next.Month = "2026-12"
	require.Len(t, w.suggest(next), 1)

	many := w.receive()
	name := many + "/rulings/r"
	w.happens(many, 1, ruled(name, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_SHIRKING, "agents/a", "agents/b", "departments/x"))
	got = w.suggest(suggestion(many, name, 100, 99_999, "agents/a", "agents/b"))
	require.Len(t, got, 2)
	require.EqualValues(t, 80, got[0].GetAmount().GetUnits())
	require.EqualValues(t, 20, got[1].GetAmount().GetUnits(), "together no more than the loss")
	require.Contains(t, got[1].GetComputation(), "Limit of the loss: all deductions of the complaint together no more than CNY 100.00; "+
		"CNY 80.00 of it is suggested already, CNY 20.00 is left.")
	require.Contains(t, got[1].GetComputation(), "Cut down to what is left of the loss.")
}

// TestOneCallIsLimitedToo: who answers for two things at once gives no more of the month.
func TestOneCallIsLimitedToo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint := w.receive()
	w.broken(complaint, "1-callback", w.now.Add(time.Hour))
	ruling := complaint + "/rulings/r"
	w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "agents/lin"))
	got := w.suggest(suggestion(complaint, ruling, 1000, 1600, "agents/lin"))
	require.Len(t, got, 2)
	require.EqualValues(t, 300, got[0].GetAmount().GetUnits())
	require.EqualValues(t, 20, got[1].GetAmount().GetUnits(), "of 50, with 320 for the month")
}

// TestWhatSuggestsNothing is a problem record, a department, what no row names, and whose pay is not told.
func TestWhatSuggestsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	ask := func(responsibility policyv1.Responsibility, reason policyv1.RulingReason, concerned ...string) int {
		complaint := w.receive()
		w.broken(complaint, "1-callback", w.now.Add(time.Hour))
		ruling := complaint + "/rulings/r"
		w.happens(complaint, 1, ruled(ruling, responsibility, reason, concerned...))
		return len(w.suggest(suggestion(complaint, ruling, 1000, 90_000, "agents/chen", "agents/lin")))
	}
	require.Zero(t, ask(policyv1.Responsibility_PROBLEM_RECORD, policyv1.RulingReason_UNPROFESSIONAL, "agents/chen"))
	require.Equal(t, 1, ask(policyv1.Responsibility_NOT_RESPONSIBLE, policyv1.RulingReason_NO_FAULT), "delay, whatever was ruled")
	require.Equal(t, 1, ask(policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_IMPROPER_CALL, "agents/chen"), "delay alone")
	require.Equal(t, 1, ask(policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "departments/x"))
	require.Equal(t, 2, ask(policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_UNPROFESSIONAL, "agents/chen"))

	none := newWorldOn(t, newDB(t), "{}")
	complaint, ruling := none.blamed()
	require.Empty(t, none.suggest(suggestion(complaint, ruling, 1000, 90_000, "agents/chen")), "no rule was published")

	_, err := w.supervisor().SuggestDeductions(t.Context(), suggestion(complaint, ruling, 1, 1, "agents/chen"))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	mine, _ := w.blamed()
	for _, spoil := range []func(*remedyv1.SuggestDeductionsRequest){
		func(r *remedyv1.SuggestDeductionsRequest) { r.FurtherLoss.CurrencyCode = "HKD" },
		func(r *remedyv1.SuggestDeductionsRequest) { r.FurtherLossReason = "" },
		func(r *remedyv1.SuggestDeductionsRequest) { r.FurtherLossEvidence = "" },
		func(r *remedyv1.SuggestDeductionsRequest) { r.FurtherLossEvidence = " " },
		func(r *remedyv1.SuggestDeductionsRequest) { r.FurtherLoss.Units = 100_001 },
		func(r *remedyv1.SuggestDeductionsRequest) { r.Pays[0].Pay.Nanos = 1 },
		func(r *remedyv1.SuggestDeductionsRequest) { r.Pays = append(r.Pays, r.GetPays()[0]) },
		func(r *remedyv1.SuggestDeductionsRequest) { r.Pays[0].Pay.Units = -1 },
	} {
		req := suggestion(mine, mine+"/rulings/r1", 10, 1000, "agents/chen")
		spoil(req)
		_, err := w.supervisor().SuggestDeductions(t.Context(), req)
		require.Equal(t, codes.InvalidArgument, codeOf(err))
	}
}

// TestCorrectedBreachIsNone, and who has made a promise answers for it.
func TestCorrectedBreachIsNone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint := w.receive()
	w.broken(complaint, "1-callback", w.now.Add(time.Hour))
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET, DueTime: timestamppb.New(w.now),
		Correction: true,
	}}})
	w.promises("agents/gao", complaint, "1-promise-1", "agents/gao", w.now.Add(time.Hour))
	w.broken(complaint, "1-promise-1", w.now.Add(time.Hour))
	ruling := complaint + "/rulings/r"
	w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_NOT_RESPONSIBLE, policyv1.RulingReason_NO_FAULT))
	got := w.suggest(suggestion(complaint, ruling, 1000, 90_000, "agents/gao", "agents/lin"))
	require.Len(t, got, 1)
	require.Equal(t, "agents/gao", got[0].GetAgent())
}

// TestACorrectedBreachCostsNobodyPay: what was suggested for it, and even confirmed, is taken back unless it was exported; what was suggested
// for something else stands.
func TestACorrectedBreachCostsNobodyPay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "CLK-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	w.broken(complaint, "1-callback", w.now.Add(time.Hour))
	w.broken(complaint, "1-contact", w.now.Add(time.Hour))
	w.now = w.now.Add(2 * time.Hour)
	all := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/lin"))
	require.Len(t, all, 3, "by the ruling, and for each delay")
	w.now = w.now.Add(240 * time.Hour)
	for _, d := range all {
		_, err := w.confirm(d.GetName())
		require.NoError(t, err)
	}
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET, DueTime: timestamppb.New(w.now),
		Correction: true,
	}}})
	for _, d := range w.deductions(w.hr(), "") {
		if d.GetDuty() == complaint+"/duties/1-callback" {
			require.Equal(t, remedyv1.Deduction_DISMISSED, d.GetState())
			require.Contains(t, d.GetDecision(), "It was not broken")
			continue
		}
		require.Equal(t, remedyv1.Deduction_CONFIRMED, d.GetState())
	}
	exported, err := w.hr().ExportDeductions(t.Context(), &remedyv1.ExportDeductionsRequest{Month: "2026-11"})
	require.NoError(t, err)
	require.Len(t, exported.GetDeductions(), 2)
}
