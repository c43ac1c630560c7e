package review_test

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
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// began is when the cycle of a lived complaint began, so long before now.
const began = 50 * time.Hour

// said is a message on record.
func said(name string, author eventv1.MessageRecorded_Author, kind policyv1.MessageKind) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{Message: name, Author: author, Kind: kind}}}
}

func resolved() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{
		Outcome: intakev1.Complaint_REMEDIED.String(),
	}}}
}

// lived puts a complaint with all that happens in one behind the service, resolved in its first cycle, and returns its name.
func (w *world) lived() string {
	w.t.Helper()
	name, o := "complaints/"+w.ids.ID(), w.owners
	start := w.now.Add(-began)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	customers, agents := eventv1.MessageRecorded_CUSTOMER, eventv1.MessageRecorded_AGENT
	for hour, p := range []*eventv1.Payload{
		{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
			Reference: "CMP-7", Customer: customer, Channel: "HOTLINE", Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.New(start),
			PolicyVersion: "v1",
		}}},
		said(name+"/messages/a", customers, policyv1.MessageKind_PROGRESS_CHASE),
		said(name+"/messages/b", customers, policyv1.MessageKind_NEW_INFORMATION),
		said(name+"/messages/c", agents, policyv1.MessageKind_REPEATS_ISSUE),
		{Kind: &eventv1.Payload_MessageReclassified{MessageReclassified: &eventv1.MessageReclassified{
			Message: name + "/messages/b", Kind: policyv1.MessageKind_REPEATS_ISSUE,
		}}},
		{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_HIGH}}},
		{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
			Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_QUALITY, Product: "door-lock", FaultCode: "jam",
			Causes: []policyv1.Cause{policyv1.Cause_QUALITY_SMALL_DEFECT}, Department: "departments/quality",
		}}},
		{Kind: &eventv1.Payload_ResponsibilityRuled{ResponsibilityRuled: &eventv1.ResponsibilityRuled{
			Responsibility: policyv1.Responsibility_RESPONSIBLE, Reason: policyv1.RulingReason_PROMISE_NOT_KEPT,
		}}},
	} {
		records(o.intake, name, 1, at(hour), p)
	}
	records(o.intake, name, 1, at(48), resolved())
	assigned := func(department, assignee string) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
			Department: department, Assignee: assignee,
		}}}
	}
	raised := func(escalation string, level int32) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{Escalation: escalation, Level: level}}}
	}
	for _, p := range []*eventv1.Payload{
		assigned("departments/returns", ""), assigned("departments/returns", "agents/lin"), assigned("departments/returns", "agents/wu"),
		raised("e1", 1), raised("e1", 2), raised("e2", 1),
	} {
		records(o.routing, name, 1, at(1), p)
	}
	o.duties = []*followupv1.Duty{
		{Name: name + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, State: followupv1.Duty_KEPT, Verdict: policyv1.Verdict_MET_LATE,
			Breached: true, OpenTime: timestamppb.New(start), DueTime: timestamppb.New(at(24)), FactTime: timestamppb.New(at(30))},
		{Name: name + "/duties/1-resolution", Kind: policyv1.DutyKind_RESOLUTION, State: followupv1.Duty_KEPT, Verdict: policyv1.Verdict_MET,
			OpenTime: timestamppb.New(start), DueTime: timestamppb.New(at(72)), FactTime: timestamppb.New(at(48))},
		{Name: name + "/duties/1-promise-x", Kind: policyv1.DutyKind_PROMISE, State: followupv1.Duty_OPEN,
			OpenTime: timestamppb.New(at(47)), DueTime: timestamppb.New(at(72))},
	}
	o.callbacks = []*followupv1.Callback{
		{Name: name + "/callbacks/1", Attempts: []*followupv1.Attempt{{}, {}, {}}}, {Name: name + "/callbacks/2", Attempts: []*followupv1.Attempt{{}}},
	}
	accepted := &remedyv1.Remedy{
		Name: name + "/remedies/r", Cycle: 1, State: remedyv1.Remedy_ACCEPTED, Answer: &remedyv1.Answer{Option: 2},
		Options: []*remedyv1.Option{{Kind: remedyv1.Option_COUPON}, {Kind: remedyv1.Option_RETURN, Parts: []*remedyv1.Part{{Kind: remedyv1.Option_APOLOGY}}}},
	}
	o.remedies = []*remedyv1.Remedy{accepted, {Name: name + "/remedies/other", Cycle: 2, State: remedyv1.Remedy_ACCEPTED}}
	post := func(kind remedyv1.LedgerEntry_Kind, basis remedyv1.Option_Basis, units int64, remedy string) *remedyv1.LedgerEntry {
		return &remedyv1.LedgerEntry{Kind: kind, Basis: basis, Amount: cny(units), Remedy: name + "/remedies/" + remedy}
	}
	o.ledger = []*remedyv1.LedgerEntry{
		post(remedyv1.LedgerEntry_HOLD, remedyv1.Option_ENTITLEMENT, 200, "r"), post(remedyv1.LedgerEntry_HOLD, remedyv1.Option_GOODWILL, 50, "r"),
		post(remedyv1.LedgerEntry_RELEASE, remedyv1.Option_GOODWILL, 50, "r"), post(remedyv1.LedgerEntry_SPEND, remedyv1.Option_ENTITLEMENT, 150, "r"),
		post(remedyv1.LedgerEntry_HOLD, remedyv1.Option_FAULT, 999, "other"),
	}
	return name
}

// record has the first cycle recorded.
func (w *world) record(name string, again bool) *reviewv1.Outcome {
	w.t.Helper()
	o, err := w.worker.RecordOutcome(w.t.Context(), &reviewv1.RecordOutcomeRequest{Complaint: name, Cycle: 1, ReadAgain: again})
	require.NoError(w.t, err)
	return o
}

// TestWhatACycleWas is copied from those who own the facts.
func TestWhatACycleWas(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld(t)
	name := w.lived()
	o := w.record(name, false)
	require.Equal(t, name+"/outcomes/1", o.GetName())
	require.Equal(t, []any{int32(1), int32(0), true, reviewv1.Outcome_WRITTEN, "services/worker", int64(1)},
		[]any{o.GetVersion(), o.GetSupersedes(), o.GetCurrent(), o.GetOrigin(), o.GetRecorder(), o.GetSequence()})
	require.Equal(t, []any{"CMP-7", customer, "v1", intakev1.Complaint_REMEDIED, intakev1.Complaint_HOTLINE, policyv1.Severity_HIGH},
		[]any{o.GetReference(), o.GetCustomer(), o.GetPolicyVersion(), o.GetResult(), o.GetChannel(), o.GetSeverity()})
	start := w.now.Add(-began)
	require.Equal(t, []time.Time{start, start.Add(48 * time.Hour), start.Add(30 * time.Hour)},
		[]time.Time{o.GetStartTime().AsTime(), o.GetEndTime().AsTime(), o.GetFirstContactTime().AsTime()})
	require.Equal(t, []any{policyv1.Scenario_QUALITY, policyv1.Establishment_ESTABLISHED, "door-lock", "jam", "departments/quality"},
		[]any{o.GetCategory(), o.GetEstablished(), o.GetProduct(), o.GetFaultCode(), o.GetCauseDepartment()})
	require.Equal(t, []policyv1.Cause{policyv1.Cause_QUALITY_SMALL_DEFECT}, o.GetCauses())
	require.Equal(t, []any{"departments/returns", "agents/wu", policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_PROMISE_NOT_KEPT},
		[]any{o.GetDepartment(), o.GetAssignee(), o.GetResponsibility(), o.GetRulingReason()})
	want := &reviewv1.Effort{Contacts: 3, Attempts: 3, Transfers: 1, Chases: 1, ReExplanations: 1}
	require.True(t, proto.Equal(want, o.GetEffort()), o.GetEffort())
	require.Equal(t, []int32{2, 2}, []int32{o.GetEscalationCount(), o.GetEscalationLevel()})
	require.Equal(t, []remedyv1.Option_Kind{remedyv1.Option_RETURN, remedyv1.Option_APOLOGY}, o.GetRemedyKinds())
	require.Len(t, o.GetMoney(), 1, "what was set aside and released is nothing")
	money := o.GetMoney()[0]
	require.Equal(t, []int64{50, 150}, []int64{money.GetHeld().GetUnits(), money.GetSpent().GetUnits()})
	require.EqualValues(t, 500_000_000, money.GetSpent().GetNanos())
	require.Equal(t, []any{int32(0), reviewv1.Outcome_RETENTION_UNSPECIFIED, false}, []any{o.GetSatisfaction(), o.GetRetention(), o.GetRepeated()},
		"nobody has asked the customer")
	require.EqualValues(t, 20+3*5+3*5+1*10+2*30, o.GetHandlingCost().GetUnits())
	require.Len(t, o.GetDuties(), 3)
	require.Equal(t, []any{policyv1.Verdict_MET_LATE, true, false}, []any{o.GetDuties()[0].GetVerdict(), o.GetDuties()[0].GetBreached(), o.GetDuties()[0].GetOpen()})
	require.True(t, o.GetDuties()[2].GetOpen(), "what was promised may outlive the cycle")
}

// TestARecordIsWrittenOnce however often it is asked for, and again when it is to be read again and something is new.
func TestARecordIsWrittenOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "API-1")
	w := newWorld(t)
	name := w.lived()
	first := w.record(name, false)
	w.owners.duties[2].State, w.owners.duties[2].Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	require.True(t, proto.Equal(first, w.record(name, false)), "what is on record stays as it is")
	second := w.record(name, true)
	require.Equal(t, []any{int32(2), int32(1), reviewv1.Outcome_READ_AGAIN}, []any{second.GetVersion(), second.GetSupersedes(), second.GetOrigin()})
	require.Equal(t, policyv1.Verdict_MET, second.GetDuties()[2].GetVerdict())
	require.True(t, proto.Equal(second, w.record(name, true)), "nothing is new")
	require.Equal(t, []string{"outcome_recorded", "outcome_recorded"}, w.told(name))
	list, err := w.worker.ListOutcomes(t.Context(), &reviewv1.ListOutcomesRequest{Parent: name, AllVersions: true})
	require.NoError(t, err)
	require.Len(t, list.GetOutcomes(), 2)
	require.False(t, list.GetOutcomes()[1].GetCurrent())
	require.Equal(t, policyv1.Verdict_VERDICT_UNSPECIFIED, list.GetOutcomes()[1].GetDuties()[2].GetVerdict(), "no version is ever changed")
}

// TestNoRecordBeforeTheEnd is known to everybody who owns facts.
func TestNoRecordBeforeTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	for title, c := range map[string]struct {
		change func(o *owners)
		code   codes.Code
		reason string
	}{
		"it goes on":                {func(o *owners) { o.open = true }, codes.FailedPrecondition, reviewv1.ErrorReason_CYCLE_NOT_ENDED.String()},
		"followup is late":          {func(o *owners) { o.duties[1].State = followupv1.Duty_OPEN }, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"remedy is late":            {func(o *owners) { o.remedies[0].State = remedyv1.Remedy_OFFERED }, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"intake's end is not there": {func(o *owners) { *o.intake.events = (*o.intake.events)[:8] }, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"no complaint":              {func(o *owners) { *o.intake.events = nil }, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			name := w.lived()
			c.change(w.owners)
			_, err := w.worker.RecordOutcome(t.Context(), &reviewv1.RecordOutcomeRequest{Complaint: name, Cycle: 1})
			rpctest.RequireReason(t, err, c.code, c.reason)
			_, err = w.worker.GetOutcome(t.Context(), &reviewv1.GetOutcomeRequest{Name: name + "/outcomes/1"})
			rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
		})
	}
}

// TestEachCycleHasItsRecord: what was found before holds, what happened before does not count.
func TestEachCycleHasItsRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "FUP-2")
	w := newWorld(t)
	name := w.lived()
	first := w.record(name, false)
	records(w.owners.intake, name, 2, w.now.Add(-time.Hour), &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{
		ComplaintReopened: &eventv1.ComplaintReopened{Severity: policyv1.Severity_URGENT, ReopenTime: timestamppb.New(w.now.Add(-time.Hour))},
	}})
	records(w.owners.intake, name, 2, w.now, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{
		ComplaintClosed: &eventv1.ComplaintClosed{Outcome: intakev1.Complaint_WITHDRAWN.String()},
	}})
	second, err := w.worker.RecordOutcome(t.Context(), &reviewv1.RecordOutcomeRequest{Complaint: name, Cycle: 2})
	require.NoError(t, err)
	require.Equal(t, []any{int32(2), int32(1), intakev1.Complaint_WITHDRAWN, policyv1.Severity_URGENT, policyv1.Scenario_QUALITY, true},
		[]any{second.GetCycle(), second.GetVersion(), second.GetResult(), second.GetSeverity(), second.GetCategory(), second.GetRepeated()})
	require.EqualValues(t, 1, second.GetEffort().GetContacts())
	require.Zero(t, second.GetEscalationCount()+second.GetEffort().GetTransfers())
	require.Equal(t, "agents/wu", second.GetAssignee())
	require.True(t, proto.Equal(first, w.record(name, true)), "what happens later changes no earlier cycle")
	list, err := w.as("agents/he", authv1.Role_AUDITOR).ListOutcomes(t.Context(), &reviewv1.ListOutcomesRequest{PageSize: 1, Filter: `category = "QUALITY"`})
	require.NoError(t, err)
	require.Equal(t, second.GetName(), list.GetOutcomes()[0].GetName(), "the latest end first")
	list, err = w.as("agents/he", authv1.Role_AUDITOR).ListOutcomes(t.Context(),
		&reviewv1.ListOutcomesRequest{PageSize: 1, Filter: `category = "QUALITY"`, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), list.GetOutcomes()[0].GetName())
	require.Empty(t, list.GetNextPageToken())
	_, err = w.worker.ListOutcomes(t.Context(), &reviewv1.ListOutcomesRequest{PageToken: "forged"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	_, err = w.worker.ListOutcomes(t.Context(), &reviewv1.ListOutcomesRequest{Filter: "lesson = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}
