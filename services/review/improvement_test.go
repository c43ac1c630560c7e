package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/review"
)

const month = 30 * 24 * time.Hour

// open has an improvement of a category opened by a manager, for an agent.
func (w *world) open(category policyv1.Scenario) *reviewv1.Improvement {
	w.t.Helper()
	i, err := w.improving("agents/zhao", authv1.Role_MANAGER).CreateImprovement(w.t.Context(), &reviewv1.CreateImprovementRequest{
		Improvement: &reviewv1.Improvement{Subject: &reviewv1.Subject{Category: category}, Owner: "agents/gao", Plan: "改包装"},
	})
	require.NoError(w.t, err)
	return i
}

// settle asks how it stands, as the workflow does.
func (w *world) settle(name string) *reviewv1.SettleImprovementResponse {
	w.t.Helper()
	resp, err := w.settling.SettleImprovement(w.t.Context(), &reviewv1.SettleImprovementRequest{Name: name})
	require.NoError(w.t, err)
	return resp
}

// happened puts records of a category on record whose cycles lie around now, so many of them escalated.
func (w *world) happened(category policyv1.Scenario, count, escalated int) {
	w.t.Helper()
	w.about(&eventv1.ComplaintAssessed{Scenario: category}, count, escalated)
}

func (w *world) about(assessed *eventv1.ComplaintAssessed, count, escalated int) {
	w.t.Helper()
	for n := range count {
		o := review.Outcome{Complaint: w.ids.ID(), Cycle: 1, Version: 1, RecordTime: w.now}
		o.Facts = review.Facts{
			Category: assessed.GetScenario(), Product: assessed.GetProduct(), Fault: assessed.GetFaultCode(), StartTime: w.now, EndTime: w.now,
		}
		if n < escalated {
			o.Facts.Escalations = 1
		}
		_, err := w.store.ChangeOutcome(w.t.Context(), review.Change{Complaint: o.Complaint, Cycle: 1},
			func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &o, nil })
		require.NoError(w.t, err)
	}
}

// complete has its owner say that it was done.
func (w *world) complete(name string, texts ...*reviewv1.CustomerText) *reviewv1.Improvement {
	w.t.Helper()
	i, err := w.improving("agents/gao", authv1.Role_AGENT).CompleteImprovement(w.t.Context(), &reviewv1.CompleteImprovementRequest{
		Name: name, Evidence: "新包装 2026-03", CustomerTexts: texts,
	})
	require.NoError(w.t, err)
	return i
}

// TestAnImprovementFromOpeningToEffect: 35 of 100 were escalated, then 5 of 100.
func TestAnImprovementFromOpeningToEffect(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld(t)
	quality := policyv1.Scenario_QUALITY
	w.happened(quality, 100, 35)
	w.now = w.now.Add(time.Hour)
	i := w.open(quality)
	require.Equal(t, []any{reviewv1.Improvement_OPEN, "agents/gao", "改包装", "agents/zhao", w.now.Add(month), false},
		[]any{i.GetState(), i.GetOwner(), i.GetPlan(), i.GetOpener(), i.GetDueTime().AsTime(), i.GetOverdue()})
	require.Equal(t, w.now.Add(month), w.settle(i.GetName()).GetNextTime().AsTime())

	w.now = w.now.Add(24 * time.Hour)
	i = w.complete(i.GetName(), &reviewv1.CustomerText{LanguageCode: "en", Text: "We changed the box."}, &reviewv1.CustomerText{LanguageCode: "zh-Hans", Text: "我们换了包装。"})
	require.Equal(t, []any{reviewv1.Improvement_DONE, "agents/gao", "新包装 2026-03", w.now.Add(month)},
		[]any{i.GetState(), i.GetCompleter(), i.GetEvidence(), i.GetCheckTime().AsTime()})
	require.Equal(t, w.now.Add(month), w.settle(i.GetName()).GetNextTime().AsTime())
	w.now = w.now.Add(time.Hour)
	w.happened(quality, 100, 5)
	w.now = i.GetCheckTime().AsTime().Add(-time.Microsecond)
	require.Equal(t, reviewv1.Improvement_DONE, w.settle(i.GetName()).GetState(), "a moment before nothing is looked at")
	w.now = i.GetCheckTime().AsTime()
	for range 2 {
		resp := w.settle(i.GetName())
		require.Equal(t, reviewv1.Improvement_EFFECTIVE, resp.GetState())
		require.Nil(t, resp.GetNextTime())
	}
	got, err := w.settling.GetImprovement(t.Context(), &reviewv1.GetImprovementRequest{Name: i.GetName()})
	require.NoError(t, err)
	e := got.GetEffect()
	require.Equal(t, []any{int32(100), int32(35), int32(100), int32(5), reviewv1.Effect_FEWER},
		[]any{e.GetBefore().GetCount(), e.GetBefore().GetEscalated(), e.GetAfter().GetCount(), e.GetAfter().GetEscalated(), e.GetFinding()})
	require.InDelta(t, -0.30, e.GetDifference(), 1e-9)
	require.Negative(t, e.GetDifferenceHigh())
	require.Equal(t, []string{"improvement_opened", "improvement_completed", "improvement_checked"}, w.told(i.GetName()))
}

// TestWhatCannotBeToldFromChance is not effective; what there are too few complaints of is not judged, unless they are few because hardly any came
// any more.
func TestWhatCannotBeToldFromChance(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	for title, c := range map[string]struct {
		before, beforeEscalated, after, afterEscalated int
		finding                                        reviewv1.Effect_Finding
		state                                          reviewv1.Improvement_State
	}{
		"a little less":  {100, 35, 100, 30, reviewv1.Effect_NOT_SHOWN, reviewv1.Improvement_NOT_EFFECTIVE},
		"more":           {100, 5, 100, 35, reviewv1.Effect_NOT_SHOWN, reviewv1.Improvement_NOT_EFFECTIVE},
		"too few after":  {15, 5, 9, 0, reviewv1.Effect_TOO_FEW, reviewv1.Improvement_NOT_JUDGED},
		"too few before": {9, 9, 0, 0, reviewv1.Effect_TOO_FEW, reviewv1.Improvement_NOT_JUDGED},
		"none before":    {0, 0, 100, 0, reviewv1.Effect_TOO_FEW, reviewv1.Improvement_NOT_JUDGED},
		"none after":     {40, 10, 0, 0, reviewv1.Effect_FEWER_COMPLAINTS, reviewv1.Improvement_EFFECTIVE},
		"hardly any":     {100, 35, 9, 9, reviewv1.Effect_FEWER_COMPLAINTS, reviewv1.Improvement_EFFECTIVE},
		"as few as may":  {10, 10, 10, 0, reviewv1.Effect_FEWER, reviewv1.Improvement_EFFECTIVE},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happened(policyv1.Scenario_PRICE, c.before, c.beforeEscalated)
			w.now = w.now.Add(time.Hour)
			i := w.open(policyv1.Scenario_PRICE)
			i = w.complete(i.GetName())
			w.happened(policyv1.Scenario_PRICE, c.after, c.afterEscalated)
			w.happened(policyv1.Scenario_QUALITY, 20, 0)
			w.now = i.GetCheckTime().AsTime()
			w.happened(policyv1.Scenario_PRICE, 50, 0) // What begins when the time is over does not count.
			w.settle(i.GetName())
			got, err := w.settling.GetImprovement(t.Context(), &reviewv1.GetImprovementRequest{Name: i.GetName()})
			require.NoError(t, err)
			require.Equal(t, c.finding, got.GetEffect().GetFinding())
			require.Equal(t, c.state, got.GetState())
			require.EqualValues(t, c.after, got.GetEffect().GetAfter().GetCount())
		})
	}
}

// stands has complaints that began now and are not over, so many of them escalated.
func (w *world) stands(assessed *eventv1.ComplaintAssessed, count, escalated int) {
	w.t.Helper()
	for n := range count {
		name := "complaints/" + w.ids.ID()
		w.owners.complaints = append(w.owners.complaints, &intakev1.Complaint{Name: name, Cycle: 1})
		records(w.owners.intake, name, 1, w.now, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{
			ComplaintReceived: &eventv1.ComplaintReceived{ReceiveTime: timestamppb.New(w.now)},
		}})
		records(w.owners.intake, name, 1, w.now, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: assessed}})
		if n < escalated {
			records(w.owners.routing, name, 1, w.now, &eventv1.Payload{Kind: &eventv1.Payload_EscalationRaised{
				EscalationRaised: &eventv1.EscalationRaised{Escalation: "e", Level: 1},
			}})
		}
	}
}

// TestWhatIsNotOverCounts: those that take long are escalated most, so that nobody looks at those alone that were quickly over.
func TestWhatIsNotOverCounts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	jam := &eventv1.ComplaintAssessed{Scenario: policyv1.Scenario_QUALITY, Product: "lock", FaultCode: "jam"}
	for title, subject := range map[string]*reviewv1.Subject{
		"a category": {Category: policyv1.Scenario_QUALITY}, "a fault": {Product: "Lock", FaultCode: "JAM"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.about(jam, 12, 8)
			w.now = w.now.Add(time.Hour)
			i, err := w.improving("agents/zhao", authv1.Role_MANAGER).CreateImprovement(t.Context(), &reviewv1.CreateImprovementRequest{
				Improvement: &reviewv1.Improvement{Subject: subject, Owner: "agents/gao"},
			})
			require.NoError(t, err)
			i = w.complete(i.GetName())
			w.about(jam, 8, 0)
			w.stands(jam, 12, 12)
			w.stands(&eventv1.ComplaintAssessed{Scenario: policyv1.Scenario_PRICE}, 5, 5)
			w.now = i.GetCheckTime().AsTime()
			w.stands(jam, 5, 0) // They began when the time was over.
			w.settle(i.GetName())
			got, err := w.settling.GetImprovement(t.Context(), &reviewv1.GetImprovementRequest{Name: i.GetName()})
			require.NoError(t, err)
			require.Equal(t, reviewv1.Improvement_NOT_EFFECTIVE, got.GetState())
			before, after := got.GetEffect().GetBefore(), got.GetEffect().GetAfter()
			require.Equal(t, []int32{12, 8, 0, 20, 12, 12}, []int32{
				before.GetCount(), before.GetEscalated(), before.GetOpen(), after.GetCount(), after.GetEscalated(), after.GetOpen(),
			})
			require.Equal(t, subject.GetCategory() != 0, strings.Contains(w.owners.asked[0], `scenario = "QUALITY"`))
		})
	}
}

// TestAnOverdueImprovement is seen in every list at once, and told once.
func TestAnOverdueImprovement(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "CLK-1")
	w := newWorld(t)
	i := w.open(policyv1.Scenario_PRICE)
	w.now = i.GetDueTime().AsTime()
	list := func() []*reviewv1.Improvement {
		resp, err := w.improving("agents/he", authv1.Role_AUDITOR).ListImprovements(t.Context(), &reviewv1.ListImprovementsRequest{Filter: "overdue"})
		require.NoError(t, err)
		return resp.GetImprovements()
	}
	require.Len(t, list(), 1)
	require.True(t, list()[0].GetOverdue())
	for range 2 {
		resp := w.settle(i.GetName())
		require.True(t, resp.GetOverdue())
		require.Equal(t, w.now.Add(24*time.Hour), resp.GetNextTime().AsTime(), "whoever stands above is told a day later")
	}
	require.Equal(t, []string{"improvement_opened", "improvement_overdue"}, w.told(i.GetName()))
	w.now = w.now.Add(24*time.Hour - time.Microsecond)
	w.settle(i.GetName())
	require.Len(t, w.told(i.GetName()), 2, "not a moment before")
	w.now = w.now.Add(time.Microsecond)
	for range 2 {
		require.Nil(t, w.settle(i.GetName()).GetNextTime(), "only what somebody says is to come")
	}
	require.Equal(t, []bool{false, true}, w.above(i.GetName()))
	later := timestamppb.New(w.now.Add(time.Hour))
	_, err := w.improving("agents/zhao", authv1.Role_MANAGER).AssignImprovement(t.Context(),
		&reviewv1.AssignImprovementRequest{Name: i.GetName(), Owner: "agents/wu", DueTime: later})
	require.NoError(t, err)
	require.Empty(t, list())
	w.now = later.AsTime()
	w.settle(i.GetName())
	require.Equal(t, []string{"improvement_opened", "improvement_overdue", "improvement_overdue", "improvement_assigned", "improvement_overdue"}, w.told(i.GetName()))
	_, err = w.improving("agents/zhao", authv1.Role_MANAGER).AssignImprovement(t.Context(),
		&reviewv1.AssignImprovementRequest{Name: i.GetName(), Owner: "agents/gao"})
	require.NoError(t, err)
	w.settle(i.GetName())
	require.Equal(t, []bool{false, true, false, false}, w.above(i.GetName()), "whoever gets what is overdue is told so at once")
}

// TestOneImprovementForEachSubject: a second one is refused until the first is over; what a review opens obeys the same.
func TestOneImprovementForEachSubject(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld(t)
	i := w.open(policyv1.Scenario_PRICE)
	manager := w.improving("agents/zhao", authv1.Role_MANAGER)
	again := &reviewv1.CreateImprovementRequest{Improvement: &reviewv1.Improvement{Subject: &reviewv1.Subject{Category: policyv1.Scenario_PRICE}}}
	_, err := manager.CreateImprovement(t.Context(), again)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_IMPROVEMENT_OPEN.String())
	rpctest.RequireMetadata(t, err, "name", i.GetName())
	proposed, err := w.service.Propose(t.Context(), review.Subject{Product: "lock", Fault: "jam"}, &review.Figures{Count: 30, Total: 100, Share: 0.3}, "departments/returns", "reviews/2026-W10")
	require.NoError(t, err)
	require.Equal(t, "agents/gao", proposed.Owner, "the department's manager")
	opened, _, err := w.store.OpenImprovement(t.Context(), review.Change{}, proposed)
	require.NoError(t, err)
	require.Empty(t, opened)
	opened, _, err = w.store.OpenImprovement(t.Context(), review.Change{}, proposed)
	require.NoError(t, err)
	require.Equal(t, proposed.Name(), opened)
	got, err := manager.GetImprovement(t.Context(), &reviewv1.GetImprovementRequest{Name: proposed.Name()})
	require.NoError(t, err)
	require.EqualValues(t, 30, got.GetFigures().GetCount())
	_, err = manager.AbandonImprovement(t.Context(), &reviewv1.AbandonImprovementRequest{Name: i.GetName(), Reason: "供应商已更换"})
	require.NoError(t, err)
	_, err = manager.CreateImprovement(t.Context(), again)
	require.NoError(t, err)
	proposed, err = w.service.Propose(t.Context(), review.Subject{Product: "lock", Fault: "rust"}, nil, "departments/none", "reviews/x")
	require.NoError(t, err)
	require.Empty(t, proposed.Owner)
}

// TestImprovementsThatAreRefused say why.
func TestImprovementsThatAreRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld(t)
	manager, price := w.improving("agents/zhao", authv1.Role_MANAGER), &reviewv1.Subject{Category: policyv1.Scenario_PRICE}
	for reason, sent := range map[reviewv1.ErrorReason]*reviewv1.Improvement{
		reviewv1.ErrorReason_SUBJECT_INVALID:  {Subject: &reviewv1.Subject{Category: policyv1.Scenario_PRICE, Product: "lock", FaultCode: "jam"}},
		reviewv1.ErrorReason_AGENT_UNKNOWN:    {Subject: price, Owner: "agents/left"},
		reviewv1.ErrorReason_DUE_TIME_INVALID: {Subject: price, DueTime: timestamppb.New(w.now)},
	} {
		_, err := manager.CreateImprovement(t.Context(), &reviewv1.CreateImprovementRequest{Improvement: sent})
		rpctest.RequireReason(t, err, codes.InvalidArgument, reason.String())
	}
	i := w.open(policyv1.Scenario_PRICE)
	assign := &reviewv1.AssignImprovementRequest{Name: i.GetName(), Owner: "agents/nobody"}
	_, err := manager.AssignImprovement(t.Context(), assign)
	rpctest.RequireReason(t, err, codes.InvalidArgument, reviewv1.ErrorReason_AGENT_UNKNOWN.String())
	assign.Owner, assign.DueTime = "agents/wu", timestamppb.New(w.now.Add(13*month))
	_, err = manager.AssignImprovement(t.Context(), assign)
	rpctest.RequireReason(t, err, codes.InvalidArgument, reviewv1.ErrorReason_DUE_TIME_INVALID.String())
	assign.DueTime, assign.Etag = nil, `"9"`
	_, err = manager.AssignImprovement(t.Context(), assign)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())

	done := &reviewv1.CompleteImprovementRequest{Name: i.GetName(), Evidence: "x", CustomerTexts: []*reviewv1.CustomerText{
		{LanguageCode: "en", Text: "a"}, {LanguageCode: "en", Text: "b"},
	}}
	_, err = manager.CompleteImprovement(t.Context(), done)
	rpctest.RequireReason(t, err, codes.InvalidArgument, reviewv1.ErrorReason_LANGUAGE_TWICE.String())
	done.CustomerTexts = []*reviewv1.CustomerText{{LanguageCode: "en", Text: "Prices are on the shelf."}, {LanguageCode: "zh-Hans", Text: "这是我们的责任，今天一定解决。"}}
	_, err = manager.CompleteImprovement(t.Context(), done)
	rpctest.RequireReason(t, err, codes.InvalidArgument, reviewv1.ErrorReason_TEXT_UNFIT.String())
	rpctest.RequireField(t, err, "customer_texts[1].text")
	rpctest.RequireMetadata(t, err, "spans", "1-7, 8-14")
	done.CustomerTexts = nil
	_, err = w.improving("agents/wu", authv1.Role_AGENT).CompleteImprovement(t.Context(), done)
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	_, err = manager.CompleteImprovement(t.Context(), done)
	require.NoError(t, err)
	_, err = manager.CompleteImprovement(t.Context(), done)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_IMPROVEMENT_STATE_FORBIDS.String())
	_, err = manager.AbandonImprovement(t.Context(), &reviewv1.AbandonImprovementRequest{Name: i.GetName(), Reason: "x"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_IMPROVEMENT_STATE_FORBIDS.String())
	assign.Etag = ""
	_, err = manager.AssignImprovement(t.Context(), assign)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_IMPROVEMENT_STATE_FORBIDS.String())
	none := "improvements/" + w.ids.ID()
	_, err = w.settling.SettleImprovement(t.Context(), &reviewv1.SettleImprovementRequest{Name: none})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = manager.AbandonImprovement(t.Context(), &reviewv1.AbandonImprovementRequest{Name: none, Reason: "x"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = manager.ListImprovements(t.Context(), &reviewv1.ListImprovementsRequest{Filter: "plan = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}

// TestWhatCustomersAreTold is what was done for complaints like theirs, in their language, and no more than the policy's number.
func TestWhatCustomersAreTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	w := newWorld(t)
	en := func(text string) *reviewv1.CustomerText {
		return &reviewv1.CustomerText{LanguageCode: "en", Text: text}
	}
	first := w.open(policyv1.Scenario_PRICE)
	ask := &reviewv1.ListCustomerTextsRequest{Category: policyv1.Scenario_PRICE, Product: "LOCK", FaultCode: "Jam", LanguageCode: "en"}
	told := func() (texts []string) {
		resp, err := w.settling.ListCustomerTexts(t.Context(), ask)
		require.NoError(t, err)
		for _, text := range resp.GetTexts() {
			texts = append(texts, text.GetText())
		}
		return texts
	}
	require.Empty(t, told(), "it is not done")
	w.complete(first.GetName(), en("Prices are on the shelf."), &reviewv1.CustomerText{LanguageCode: "zh-Hant", Text: "已標價。"})
	require.Equal(t, []string{"Prices are on the shelf."}, told())
	ask.LanguageCode = "zh-Hans"
	require.Empty(t, told())
	ask.LanguageCode, ask.AfterTime = "en", timestamppb.New(w.now)
	require.Empty(t, told(), "the customer knows")
	ask.AfterTime, ask.Category = nil, policyv1.Scenario_ATTITUDE
	require.Empty(t, told(), "no complaint of theirs")
	ask.Product = ""
	ask.Category = policyv1.Scenario_SCENARIO_UNSPECIFIED
	require.Empty(t, told())
}
