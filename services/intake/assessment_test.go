package intake_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// as is the assessment service as somebody calls it.
func (f *fixture) as(subject string, role authv1.Role) intakev1.AssessmentServiceClient {
	return intakev1.NewAssessmentServiceClient(f.harness.Conn(subject, role))
}

func (f *fixture) lin() intakev1.AssessmentServiceClient {
	return f.as("agents/lin", authv1.Role_AGENT)
}

func (f *fixture) zhao() intakev1.AssessmentServiceClient {
	return f.as("agents/zhao", authv1.Role_SUPERVISOR)
}

// investigate records a step that looks at the firm's own process too.
func (f *fixture) investigate(name string) *intakev1.InvestigationStep {
	f.t.Helper()
	step, err := f.lin().CreateInvestigationStep(f.t.Context(), &intakev1.CreateInvestigationStepRequest{
		Parent: name, Step: &intakev1.InvestigationStep{
			Findings: "仓库漏扫，订单没有出库", Evidence: []string{name, "仓库录像 3 月 2 日 9:40"},
			OwnProcessCheck: &intakev1.OwnProcessCheck{Done: true, Result: "出库流程没有复核"},
		},
	})
	require.NoError(f.t, err)
	return step
}

// assessment is a whole one.
func assessment() *intakev1.Assessment {
	return &intakev1.Assessment{
		Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_LOGISTICS,
		Causes: []policyv1.Cause{policyv1.Cause_EXPECTATION_OVER_PROMISED, policyv1.Cause_PROCESS_OR_POLICY}, Product: "门锁", FaultCode: "not-shipped",
		Motive: policyv1.Motive_RESPECT, RealNeed: "要一个准确的日期", Department: "departments/logistics", Reasons: "承诺24小时发货，三天未发",
	}
}

func (f *fixture) assess(name string) *intakev1.Assessment {
	f.t.Helper()
	a, err := f.lin().AssessComplaint(f.t.Context(), &intakev1.AssessComplaintRequest{Name: name, Assessment: assessment()})
	require.NoError(f.t, err)
	return a
}

// ruling is one against somebody.
func ruling() *intakev1.Ruling {
	return &intakev1.Ruling{
		Responsibility: policyv1.Responsibility_RESPONSIBLE, ReasonCode: policyv1.RulingReason_PROMISE_NOT_KEPT,
		Concerned: []string{"agents/he"}, Reason: "何没有核对库存就承诺了日期",
	}
}

func (f *fixture) rule(name string, r *intakev1.Ruling) *intakev1.Ruling {
	f.t.Helper()
	out, err := f.zhao().RuleComplaint(f.t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: r})
	require.NoError(f.t, err)
	return out
}

// ruled is a complaint that was ruled.
func (f *fixture) ruled() (name string, r *intakev1.Ruling) {
	f.t.Helper()
	name = f.file().GetName()
	f.investigate(name)
	f.assess(name)
	return name, f.rule(name, ruling())
}

func (f *fixture) read(name string) *intakev1.CaseAssessment {
	f.t.Helper()
	out, err := f.lin().GetAssessment(f.t.Context(), &intakev1.GetAssessmentRequest{Name: name + "/assessment"})
	require.NoError(f.t, err)
	return out
}

func TestInvestigation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "INV-1")
	f := newFixture(t)
	name := f.file().GetName()
	first := f.investigate(name)
	require.Regexp(t, "^"+name+"/investigationSteps/[0-9a-z]{26}$", first.GetName())
	require.Equal(t, "agents/lin", first.GetActor())
	require.Equal(t, int32(1), first.GetCycle())
	require.Equal(t, f.now(), first.GetCreateTime().AsTime())
	require.True(t, first.GetOwnProcessCheck().GetDone())
	second, err := f.zhao().CreateInvestigationStep(t.Context(), &intakev1.CreateInvestigationStepRequest{
		Parent: name, Step: &intakev1.InvestigationStep{Name: "complaints/x", Actor: "agents/nobody", Findings: "核对录音"},
	})
	require.NoError(t, err)
	require.Equal(t, "agents/zhao", second.GetActor())
	steps := f.read(name).GetSteps()
	require.Len(t, steps, 2)
	requireSame(t, first, steps[0])
	requireSame(t, second, steps[1])

	payloads := f.payloads(name)
	told := payloads[1].GetInvestigationRecorded()
	require.Equal(t, first.GetName(), told.GetStep())
	require.Equal(t, int32(2), told.GetEvidenceCount())
	require.True(t, told.GetOwnProcessChecked())
	require.False(t, payloads[2].GetInvestigationRecorded().GetOwnProcessChecked())
	c := f.get(name)
	plain, err := f.key(c.GetCustomer()).Open(told.GetContent().GetCiphertext(), first.GetName()+"#content")
	require.NoError(t, err)
	content := &intakev1.InvestigationStep{}
	require.NoError(t, proto.Unmarshal(plain, content))
	require.Equal(t, first.GetFindings(), content.GetFindings())
}

func TestAssessment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-1")
	covers.Requirement(t, "ASSESS-2")
	covers.Requirement(t, "ASSESS-3")
	f := newFixture(t)
	name := f.file().GetName()
	first := f.assess(name)
	want := assessment()
	want.Name, want.Cycle, want.Actor, want.CreateTime = first.GetName(), 1, "agents/lin", first.GetCreateTime()
	want.Suggestions = first.GetSuggestions()
	requireSame(t, want, first)

	c := f.get(name)
	require.Equal(t, policyv1.Scenario_LOGISTICS, c.GetScenario())
	require.Equal(t, policyv1.Establishment_ESTABLISHED, c.GetEstablished())
	record, err := intakev1.NewRecordServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT)).
		GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: name + "/record"})
	require.NoError(t, err)
	require.Equal(t, "要一个准确的日期", record.GetUnderstanding().GetRealNeed(), "the real need is understood (REC-2)")

	// A new one replaces it, and both are kept.
	f.pass(1)
	second, err := f.zhao().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: name, Etag: c.GetEtag(), Assessment: &intakev1.Assessment{
		Established: policyv1.Establishment_NOT_ESTABLISHED, Scenario: policyv1.Scenario_PRICE,
	}})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), second.GetSupersedes())
	read := f.read(name)
	requireSame(t, second, read.GetCurrent())
	require.Len(t, read.GetEarlier(), 1)
	requireSame(t, first, read.GetEarlier()[0])
	for filter, want := range map[string]int{
		`scenario = "PRICE"`: 1, `scenario = "LOGISTICS"`: 0, `established = "NOT_ESTABLISHED"`: 1, `ruling = "RESPONSIBLE"`: 0,
	} {
		list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{Filter: filter})
		require.NoError(t, err)
		require.Len(t, list.GetComplaints(), want, filter)
	}
	require.Equal(t, []string{
		"complaint_received", "understanding_changed", "record_changed", "complaint_assessed", "complaint_assessed",
	}, f.types(name))
	told := f.payloads(name)[3].GetComplaintAssessed()
	require.Equal(t, assessment().GetCauses(), told.GetCauses())
	require.Equal(t, policyv1.Scenario_LOGISTICS, told.GetScenario())
	require.NotContains(t, told.String(), "日期", "words are sealed")

	// Reopened, the complaint has no assessment of its cycle yet, and is listed by the last one.
	f.lists(name, second)
}

// lists closes and reopens a complaint, and wants its assessment to be an earlier one.
func (f *fixture) lists(name string, last *intakev1.Assessment) {
	f.t.Helper()
	_, err := f.agent.WithdrawComplaint(f.t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "x"})
	require.NoError(f.t, err)
	_, err = f.agent.ReopenComplaint(f.t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(f.t, err)
	read := f.read(name)
	require.Nil(f.t, read.GetCurrent())
	require.Len(f.t, read.GetEarlier(), 2)
	requireSame(f.t, last, read.GetEarlier()[1])
	require.Equal(f.t, last.GetScenario(), f.get(name).GetScenario())
}

func TestAssessmentRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2")
	f := newFixtureWith(t, func(deps *intake.Deps) {
		p := proto.CloneOf(deps.Policy.Proto())
		text := "assessment:\n  product_codes: [门锁]\n  fault_codes: [not-shipped]\n  suggestions: " +
			"{max_examples: 10, max_terms: 100, min_confidence: 0.4, max_reasons: 5, passes: 1, rate: 0.5, decay: 2, seed_weight: 1, refresh: 1h}\n"
		var err error
		deps.Policy, err = policy.Parse([]byte(text), "test.yaml")
		require.NoError(t, err)
		require.NotEqual(t, p, deps.Policy.Proto())
	})
	name := f.file().GetName()
	f.assess(name)
	for field, edit := range map[string]func(*intakev1.Assessment){
		"product": func(a *intakev1.Assessment) { a.Product = "router" }, "fault_code": func(a *intakev1.Assessment) { a.FaultCode = "x" },
	} {
		a := assessment()
		edit(a)
		_, err := f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: name, Assessment: a})
		refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_CODE_UNKNOWN)
		require.ErrorContains(t, err, "code", field)
	}
	for what, edit := range map[string]func(*intakev1.Assessment){
		"department": func(a *intakev1.Assessment) { a.Department = "departments/nowhere" },
		"scenario":   func(a *intakev1.Assessment) { a.Scenario = 0 }, "established": func(a *intakev1.Assessment) { a.Established = 99 },
		"cause twice": func(a *intakev1.Assessment) { a.Causes = []policyv1.Cause{1, 1} }, "words for a code": func(a *intakev1.Assessment) { a.Product = "\n" },
	} {
		a := assessment()
		edit(a)
		_, err := f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: name, Assessment: a})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.Error(t, err, what)
	}
	_, err := f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: nobody, Assessment: assessment()})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	require.Len(t, f.types(name), 4, "nothing was recorded of what was refused")
}

// TestAssessmentCommands: repeated commands are carried out once, and those for another version not at all.
func TestAssessmentCommands(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	name, _ := f.ruled()
	old := f.get(name).GetEtag()
	f.assess(name)
	calls := map[string]func(ctx context.Context, etag string) (proto.Message, error){
		"1 step": func(ctx context.Context, etag string) (proto.Message, error) {
			return f.lin().CreateInvestigationStep(ctx, &intakev1.CreateInvestigationStepRequest{Parent: name, Etag: etag, Step: &intakev1.InvestigationStep{Findings: "x"}})
		},
		"2 assessment": func(ctx context.Context, etag string) (proto.Message, error) {
			return f.lin().AssessComplaint(ctx, &intakev1.AssessComplaintRequest{Name: name, Etag: etag, Assessment: assessment()})
		},
		"3 ruling": func(ctx context.Context, etag string) (proto.Message, error) {
			return f.zhao().RuleComplaint(ctx, &intakev1.RuleComplaintRequest{Name: name, Etag: etag, Ruling: ruling()})
		},
		"4 appeal": func(ctx context.Context, etag string) (proto.Message, error) {
			return f.as("agents/he", authv1.Role_AGENT).AppealRuling(ctx, &intakev1.AppealRulingRequest{Name: name, Etag: etag, Grounds: "x"})
		},
		"5 decision": func(ctx context.Context, etag string) (proto.Message, error) {
			return f.as("agents/liu", authv1.Role_SUPERVISOR).DecideAppeal(ctx, &intakev1.DecideAppealRequest{
				Name: name, Etag: etag, Decision: intakev1.Appeal_UPHELD, Reason: "x",
			})
		},
	}
	order := make([]string, 0, len(calls))
	for what := range calls {
		order = append(order, what)
	}
	slices.Sort(order)
	for _, what := range order {
		_, err := calls[what](t.Context(), old)
		rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
		ctx := rpctest.WithKey(t.Context(), what)
		etag := f.get(name).GetEtag()
		first, err := calls[what](ctx, etag)
		require.NoError(t, err, what)
		events := f.types(name)
		again, err := calls[what](ctx, etag)
		require.NoError(t, err, what)
		requireSame(t, first, again)
		require.Equal(t, events, f.types(name), what)
	}
}

// TestAssessmentIsMasked: who does not need personal data sees codes and our own people, and no words.
func TestAssessmentIsMasked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	name, _ := f.ruled()
	_, err := f.as("agents/he", authv1.Role_AGENT).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "系统显示有货"})
	require.NoError(t, err)
	for _, role := range []authv1.Role{authv1.Role_AUDITOR, authv1.Role_HR, authv1.Role_OPERATOR} {
		read, err := f.as("agents/ada", role).GetAssessment(t.Context(), &intakev1.GetAssessmentRequest{Name: name + "/assessment"})
		require.NoError(t, err)
		text := read.String()
		for _, words := range []string{"仓库", "出库", "日期", "库存", "系统", "承诺"} {
			require.NotContains(t, text, words)
		}
		require.Nil(t, read.GetSuggestion())
		require.Equal(t, []string{name}, read.GetSteps()[0].GetEvidence(), "names are no words")
		require.Equal(t, policyv1.Scenario_LOGISTICS, read.GetCurrent().GetScenario())
		require.Equal(t, []string{"agents/he"}, read.GetRuling().GetConcerned())
		require.Equal(t, intakev1.Appeal_PENDING, read.GetAppeal().GetState())
		_, err = f.as("agents/ada", role).SuggestAssessment(t.Context(), &intakev1.SuggestAssessmentRequest{Name: name})
		rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	}
	require.Contains(t, f.read(name).String(), "仓库")

	// An erased customer's words are gone for everybody, and nothing more is kept.
	f.erase(f.get(name).GetCustomer())
	read := f.read(name)
	require.NotContains(t, read.String(), "仓库")
	require.Equal(t, "agents/zhao", read.GetRuling().GetActor())
	_, err = f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: name, Assessment: assessment()})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}

// What an investigation names as its evidence is on record; words say where anything else is kept (INV-1).
func TestEvidenceIsOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "INV-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE).GetName()
	said, err := say(t, f.agent, c, intakev1.Message_CUSTOMER, "还没有收到")
	require.NoError(t, err)
	fact := f.fee(c, "运费", "8 CNY")
	_, err = f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: c, Note: &intakev1.Note{Text: "录像看过了"}})
	require.NoError(t, err)
	note := f.record(c).GetNotes()[0].GetName()
	try := func(evidence ...string) error {
		_, err := f.lin().CreateInvestigationStep(t.Context(), &intakev1.CreateInvestigationStepRequest{
			Parent: c, Step: &intakev1.InvestigationStep{Findings: "仓库漏扫", Evidence: evidence},
		})
		return err
	}
	require.NoError(t, try(c, said.GetName(), fact.GetName(), note, c+"/duties/1-callback", "仓库录像 complaints/1"))
	before := f.types(c)
	for _, unknown := range []string{
		nobody, "complaints/x", nobody + "/messages/" + id(nobody), c + "/messages/" + id(nobody), c + "/attachments/" + id(nobody),
		c + "/notes/" + id(nobody), c + "/links/" + id(nobody), c + "/facts/1",
		strings.Replace(said.GetName(), "messages", "notes", 1), nobody + strings.TrimPrefix(said.GetName(), c),
	} {
		err := try(c, unknown)
		rpctest.RequireField(t, err, "step.evidence")
		require.ErrorContains(t, err, unknown)
	}
	require.Equal(t, before, f.types(c), "what is refused is not recorded")
}
