package routing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// save saves rules.
func (w *world) save(rules ...*routingv1.Rule) *routingv1.RuleSet {
	w.t.Helper()
	set, err := w.rules.CreateRuleSet(w.t.Context(), &routingv1.CreateRuleSetRequest{RuleSet: &routingv1.RuleSet{Rules: rules}})
	require.NoError(w.t, err)
	return set
}

// to is a rule that sends what it matches to a department, to people who have the skills.
func to(department, id, condition string, skills ...*routingv1.Skill) *routingv1.Rule {
	return &routingv1.Rule{Id: id, Condition: condition, Department: "departments/" + department, Skills: skills}
}

func (w *world) explain(req *routingv1.ExplainRoutingRequest) *routingv1.ExplainRoutingResponse {
	w.t.Helper()
	resp, err := w.rules.ExplainRouting(w.t.Context(), req)
	require.NoError(w.t, err)
	return resp
}

// current is the set that complaints are assigned by.
func (w *world) current() *routingv1.RuleSet {
	w.t.Helper()
	set, err := w.rules.GetRuleSet(w.t.Context(), &routingv1.GetRuleSetRequest{Name: "ruleSets/current"})
	require.NoError(w.t, err)
	return set
}

// TestThePolicysRulesAreTheFirstSet, once: another policy later changes nothing.
func TestThePolicysRulesAreTheFirstSet(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	first := w.current()
	require.Equal(t, "ruleSets/1", first.GetName())
	require.Len(t, first.GetRules(), 4)
	require.Equal(t, []string{"rule_set_activated"}, w.types("ruleSets/1"))
	require.NoError(t, w.other(func(text string) string { return text }).SeedDirectory(t.Context()))
	require.True(t, proto.Equal(first, w.current()))
	for kind, want := range map[policyv1.TargetKind]string{
		policyv1.TargetKind_DELIVERY:                "logistics",
		policyv1.TargetKind_PRODUCT:                 "quality",
		policyv1.TargetKind_BILLING:                 "billing",
		policyv1.TargetKind_SERVICE:                 "customer-service",
		policyv1.TargetKind_STAFF:                   "customer-service",
		policyv1.TargetKind_PLACE:                   "customer-service",
		policyv1.TargetKind_TARGET_KIND_UNSPECIFIED: "customer-service",
	} {
		got := w.explain(&routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Facts{Facts: &routingv1.RoutingFacts{TargetKind: kind}}})
		require.Equal(t, "departments/"+want, got.GetDepartment(), kind)
		require.NotEqual(t, kind == policyv1.TargetKind_TARGET_KIND_UNSPECIFIED, got.GetRule() != "", "the default department has what no rule matches")
	}
}

// TestRuleSetsAreSavedAndActivated: the first rule that matches decides, a complaint keeps what it was routed by, and an earlier set can be
// had again.
func TestRuleSetsAreSavedAndActivated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2", "API-1", "API-2")
	w := newWorld(t)
	ctx := t.Context()
	before := w.file("customers/before", policyv1.TargetKind_DELIVERY)
	require.Equal(t, "departments/logistics", w.assign(before, 1).GetDepartment())
	first := w.current()
	key := metadata.AppendToOutgoingContext(ctx, "idempotency-key", uuid.NewString())
	var second *routingv1.RuleSet
	for range 2 {
		var err error
		second, err = w.rules.CreateRuleSet(key, &routingv1.CreateRuleSetRequest{Etag: first.GetEtag(), RuleSet: &routingv1.RuleSet{
			Name: "ruleSets/77", Current: false, Etag: "mine", Rules: []*routingv1.Rule{
				to("billing", "invoices", "complaint.target_kind == TargetKind.DELIVERY", &routingv1.Skill{Name: "refunds", Level: 3}),
				to("quality", "never", "complaint.target_kind == TargetKind.DELIVERY"),
			},
		}})
		require.NoError(t, err)
		require.Equal(t, "ruleSets/2", second.GetName(), "a repetition saves nothing")
	}
	require.True(t, second.GetCurrent())
	require.Equal(t, w.now, second.GetCreateTime().AsTime())
	require.True(t, proto.Equal(second, w.current()))
	a := w.assign(w.file("customers/a", policyv1.TargetKind_DELIVERY), 1)
	require.Equal(t, []string{"departments/billing", "agents/tang", "ruleSets/2", "invoices"}, []string{a.GetDepartment(), a.GetAssignee(), a.GetRuleSet(), a.GetRule()})
	require.Contains(t, a.GetReason(), "Department billing by rule invoices (rules 2);")
	require.Equal(t, "refunds", a.GetNeeds().GetSkills()[0].GetName())
	list, err := w.log.ListEvents(ctx, &eventv1.ListEventsRequest{Subject: a.GetName()[:len(a.GetName())-len("/assignment")]})
	require.NoError(t, err)
	told := &eventv1.Payload{}
	require.NoError(t, proto.Unmarshal(list.GetEvents()[0].GetPayload(), told))
	require.Equal(t, []string{"ruleSets/2", "invoices"}, []string{told.GetComplaintAssigned().GetRuleSet(), told.GetComplaintAssigned().GetRule()})
	again := w.assign(before, 1)
	require.Equal(t, []string{"departments/logistics", "ruleSets/1", "logistics"}, []string{again.GetDepartment(), again.GetRuleSet(), again.GetRule()}, "what is assigned stays")

	_, err = w.rules.ActivateRuleSet(ctx, &routingv1.ActivateRuleSetRequest{Name: first.GetName(), Etag: first.GetEtag()})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	w.now = w.now.Add(time.Minute)
	old, err := w.rules.ActivateRuleSet(ctx, &routingv1.ActivateRuleSetRequest{Name: first.GetName(), Etag: second.GetEtag()})
	require.NoError(t, err)
	require.True(t, old.GetCurrent())
	require.NotEqual(t, first.GetEtag(), old.GetEtag(), "an etag never means two states")
	require.Equal(t, []time.Time{first.GetCreateTime().AsTime(), w.now}, []time.Time{old.GetCreateTime().AsTime(), old.GetActivateTime().AsTime()})
	require.Equal(t, "departments/logistics", w.assign(w.file("customers/b", policyv1.TargetKind_DELIVERY), 1).GetDepartment())
	same, err := w.rules.ActivateRuleSet(ctx, &routingv1.ActivateRuleSetRequest{Name: first.GetName()})
	require.NoError(t, err)
	require.True(t, proto.Equal(old, same))
	require.Equal(t, []string{"rule_set_activated", "rule_set_activated"}, w.types("ruleSets/1"), "what is current already is not recorded again")
	require.Equal(t, "ruleSets/3", w.save().GetName(), "numbers only grow")
	page, err := w.rules.ListRuleSets(ctx, &routingv1.ListRuleSetsRequest{PageSize: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"ruleSets/3", "ruleSets/2"}, []string{page.GetRuleSets()[0].GetName(), page.GetRuleSets()[1].GetName()})
	page, err = w.rules.ListRuleSets(ctx, &routingv1.ListRuleSetsRequest{PageSize: 2, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Len(t, page.GetRuleSets(), 1)
	require.Empty(t, page.GetNextPageToken())
}

func TestRuleRefusals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	save := func(rules ...*routingv1.Rule) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := w.rules.CreateRuleSet(ctx, &routingv1.CreateRuleSetRequest{RuleSet: &routingv1.RuleSet{Rules: rules}})
			return err
		}
	}
	var many []*routingv1.Rule
	for i := range 201 {
		many = append(many, to("billing", fmt.Sprintf("r%d", i), "true"))
	}
	for name, refused := range map[string]struct {
		call     func(context.Context) error
		code     codes.Code
		reason   string
		metadata map[string]string
	}{
		"a condition that is none": {save(to("billing", "good", "true"), to("billing", "bad", "complaint.reopened &&\n  complaint.anger > 3")),
			codes.InvalidArgument, routingv1.ErrorReason_RULE_CONDITION_INVALID.String(),
			map[string]string{"rule": "bad", "line": "2", "column": "12", "problem": "undefined field 'anger'"}},
		"a draft that is none": {func(ctx context.Context) error {
			_, err := w.rules.ExplainRouting(ctx, &routingv1.ExplainRoutingRequest{
				Subject: &routingv1.ExplainRoutingRequest_Facts{Facts: &routingv1.RoutingFacts{}},
				RuleSet: &routingv1.RuleSet{Rules: []*routingv1.Rule{to("billing", "bad", "1 + 1")}},
			})
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_RULE_CONDITION_INVALID.String(), map[string]string{"rule": "bad", "line": "1"}},
		"a rule twice": {save(to("billing", "a", "true"), to("quality", "a", "true")),
			codes.InvalidArgument, routingv1.ErrorReason_RULE_TWICE.String(), map[string]string{"rule": "a"}},
		"too many": {save(many...), codes.InvalidArgument, routingv1.ErrorReason_TOO_MANY_RULES.String(), map[string]string{"most": "200"}},
		"no such department": {save(to("nowhere", "a", "true")),
			codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String(), map[string]string{"rule": "a", "name": "departments/nowhere"}},
		"no such skill": {save(to("billing", "a", "true", &routingv1.Skill{Name: "juggling", Level: 1})),
			codes.InvalidArgument, routingv1.ErrorReason_SKILL_UNKNOWN.String(), map[string]string{"rule": "a", "skill": "juggling"}},
		"a skill twice": {save(to("billing", "a", "true", &routingv1.Skill{Name: "refunds", Level: 1}, &routingv1.Skill{Name: "refunds", Level: 2})),
			codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String(), nil},
		"no condition": {save(to("billing", "a", "")), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String(), nil},
		"an old etag": {func(ctx context.Context) error {
			_, err := w.rules.CreateRuleSet(ctx, &routingv1.CreateRuleSetRequest{Etag: `"old"`, RuleSet: &routingv1.RuleSet{}})
			return err
		}, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String(), nil},
		"no such set": {func(ctx context.Context) error {
			_, err := w.rules.GetRuleSet(ctx, &routingv1.GetRuleSetRequest{Name: "ruleSets/9"})
			return err
		}, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String(), nil},
		"no such set to activate": {func(ctx context.Context) error {
			_, err := w.rules.ActivateRuleSet(ctx, &routingv1.ActivateRuleSetRequest{Name: "ruleSets/9"})
			return err
		}, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String(), nil},
		"two sets to explain by": {func(ctx context.Context) error {
			_, err := w.rules.ExplainRouting(ctx, &routingv1.ExplainRoutingRequest{
				Subject: &routingv1.ExplainRoutingRequest_Facts{Facts: &routingv1.RoutingFacts{}}, RuleSet: &routingv1.RuleSet{}, RuleSetName: "ruleSets/1",
			})
			return err
		}, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String(), nil},
		"nothing to explain": {func(ctx context.Context) error {
			_, err := w.rules.ExplainRouting(ctx, &routingv1.ExplainRoutingRequest{})
			return err
		}, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String(), nil},
		"a complaint that is none": {func(ctx context.Context) error {
			w.now = w.now.Add(-time.Hour)
			name := "complaints/" + w.ids.ID()
			w.now = w.now.Add(time.Hour)
			_, err := w.rules.ExplainRouting(ctx, &routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Complaint{Complaint: name}})
			return err
		}, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String(), nil},
		"an agent who writes": {func(ctx context.Context) error {
			_, err := routingv1.NewRuleServiceClient(w.harness.Conn("agents/lin", authv1.Role_AGENT)).CreateRuleSet(ctx,
				&routingv1.CreateRuleSetRequest{RuleSet: &routingv1.RuleSet{}})
			return err
		}, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String(), nil},
		"a department that the rules need": {func(ctx context.Context) error {
			_, err := w.people.DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/quality"})
			return err
		}, codes.FailedPrecondition, routingv1.ErrorReason_DEPARTMENT_IN_USE.String(), map[string]string{"by": "ruleSets/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := refused.call(t.Context())
			rpctest.RequireReason(t, err, refused.code, refused.reason)
			for key, want := range refused.metadata {
				rpctest.RequireMetadata(t, err, key, want)
			}
		})
	}
	require.Equal(t, "ruleSets/1", w.current().GetName(), "nothing of all this was saved")
}

// TestAnOldSetThatCannotBeUsed with today's directory is not made the current one.
func TestAnOldSetThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.people.CreateDepartment(ctx, &routingv1.CreateDepartmentRequest{DepartmentId: "claims", Department: &routingv1.Department{DisplayName: "Claims"}})
	require.NoError(t, err)
	w.save(to("claims", "all", "true"))
	w.save()
	_, err = w.people.DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/claims"})
	require.NoError(t, err, "the current rules do not need it")
	_, err = w.rules.ActivateRuleSet(ctx, &routingv1.ActivateRuleSetRequest{Name: "ruleSets/2"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String())
	require.Equal(t, "ruleSets/3", w.current().GetName())
	require.Equal(t, "departments/customer-service", w.assign(w.file("customers/a", policyv1.TargetKind_DELIVERY), 1).GetDepartment())
}

// TestWhatTheRuleWants of whoever takes it: a skill at its level, and languages.
func TestWhatTheRuleWants(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	w := newWorld(t)
	care := func(condition string, level int32, languages ...string) {
		w.save(&routingv1.Rule{
			Id: "calm", Condition: condition, Department: "departments/customer-service", Languages: languages,
			Skills: []*routingv1.Skill{{Name: "de-escalation", Level: level}},
		})
	}
	file := func() *routingv1.Assignment {
		return w.assign(w.file("customers/"+w.ids.ID(), policyv1.TargetKind_STAFF), 1)
	}
	care("true", 4)
	for range 3 {
		require.Equal(t, "agents/wu", file().GetAssignee(), "lin has 3 of it, chen none")
	}
	care("true", 5)
	none := file()
	require.Empty(t, none.GetAssignee())
	require.Contains(t, none.GetReason(), "(3 taking no complaints, 3 lacking a skill)")
	_, err := w.agent("wu", func(a *routingv1.Agent) { a.Languages = []string{"zh-Hans"} }, "languages")
	require.NoError(t, err)
	care("true", 3, "en")
	require.Equal(t, "agents/lin", file().GetAssignee())

	// A complaint whose person has left goes to somebody who has what its own rule wanted.
	care("true", 3)
	kept := file()
	complaint := kept.GetName()[:len(kept.GetName())-len("/assignment")]
	require.Equal(t, "agents/lin", kept.GetAssignee(), "wu has more to do")
	w.save()
	_, err = w.people.DeleteAgent(t.Context(), &routingv1.DeleteAgentRequest{Name: kept.GetAssignee()})
	require.NoError(t, err)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: "customers/x"}}})
	again := w.assign(complaint, 2)
	require.Equal(t, []string{"agents/wu", "calm"}, []string{again.GetAssignee(), again.GetRule()})
}

// TestWhatRulesGoBy is what intake's events tell.
func TestWhatRulesGoBy(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_PRODUCT, Severity: policyv1.Severity_NORMAL, LanguageCode: "en", Channel: "PHONE",
		TargetAgent: "agents/wu", Demanded: &money.Money{CurrencyCode: "CNY", Units: 100}, FurtherDemanded: []*money.Money{{CurrencyCode: "USD", Units: 5}},
		AuthorityReplyDueTime: timestamppb.New(w.now), Signals: []policyv1.SignalKind{policyv1.SignalKind_THREAT}, Imported: true,
	}}})
	of := &routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Complaint{Complaint: complaint}}
	want := &routingv1.RoutingFacts{
		TargetKind: policyv1.TargetKind_PRODUCT, TargetAgent: "agents/wu", Severity: policyv1.Severity_NORMAL, Channel: "PHONE", Language: "en", Cycle: 1,
		Imported: true, FromAuthority: true, Demanded: []*money.Money{{CurrencyCode: "CNY", Units: 100}, {CurrencyCode: "USD", Units: 5}},
		Signals: []policyv1.SignalKind{policyv1.SignalKind_THREAT},
	}
	require.True(t, proto.Equal(want, w.explain(of).GetFacts()), w.explain(of).GetFacts())
	for range 2 {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: &eventv1.SignalsRaised{
			Signals: []*eventv1.SignalRaised{{Kind: policyv1.SignalKind_EMOTION}, {Kind: policyv1.SignalKind_THREAT}},
		}}})
	}
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DemandMade{DemandMade: &eventv1.DemandMade{Total: &money.Money{CurrencyCode: "CNY", Units: 300}}}})
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_QUALITY, Causes: []policyv1.Cause{policyv1.Cause_QUALITY_PACKAGING},
		Product: "kettle", FaultCode: "leaks", Department: "departments/quality",
	}}})
	w.raise(complaint, 2)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_BILLING, Severity: policyv1.Severity_URGENT, LanguageCode: "en",
	}}})
	want = &routingv1.RoutingFacts{
		TargetKind: policyv1.TargetKind_BILLING, Severity: policyv1.Severity_URGENT, Channel: "PHONE", Language: "en", Cycle: 2, Reopened: true,
		Imported: true, FromAuthority: true, Demanded: []*money.Money{{CurrencyCode: "CNY", Units: 300}},
		Signals:         []policyv1.SignalKind{policyv1.SignalKind_THREAT, policyv1.SignalKind_EMOTION},
		EscalationLevel: 2, Assessed: true, Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_QUALITY,
		Causes: []policyv1.Cause{policyv1.Cause_QUALITY_PACKAGING}, Product: "kettle", FaultCode: "leaks",
	}
	require.True(t, proto.Equal(want, w.explain(of).GetFacts()), w.explain(of).GetFacts())
	w.apply("complaints/"+w.ids.ID(), 1, &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: &eventv1.SignalsRaised{}}})
}
