package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// drafts is the DraftService as somebody may call it.
func (f *fixture) drafts(subject string, roles ...authv1.Role) intakev1.DraftServiceClient {
	return intakev1.NewDraftServiceClient(f.harness.Conn(subject, roles...))
}

func TestCheckDraft(t *testing.T) {
	covers.Requirement(t, "SAY-1", "PROM-2")
	t.Parallel()
	f := newFixture(t)
	client := f.drafts("agents/lin", authv1.Role_AGENT)
	c := f.file()
	for name, tc := range map[string]struct {
		req      *intakev1.CheckDraftRequest
		language string
		want     *intakev1.Finding
		why      string
	}{
		"simplified": {
			&intakev1.CheckDraftRequest{Text: "很抱歉。🙂这是我们的责任。"}, "zh-Hans",
			&intakev1.Finding{Kind: policyv1.WordingRule_LIABILITY_BEFORE_RULING, Start: 6, End: 12, Quote: "是我们的责任", Rule: "our-fault"}, "承认责任",
		},
		"traditional": {
			&intakev1.CheckDraftRequest{Text: "今天一定解決！", Complaint: c.GetName()}, "zh-Hant",
			&intakev1.Finding{Kind: policyv1.WordingRule_ABSOLUTE_PROMISE, Start: 0, End: 6, Quote: "今天一定解決", Rule: "surely-by-then"}, "承諾得太絕對",
		},
		"english": {
			&intakev1.CheckDraftRequest{Text: "That is not our department."}, "en",
			&intakev1.Finding{Kind: policyv1.WordingRule_NOT_OUR_DEPARTMENT, Start: 8, End: 26, Quote: "not our department", Rule: "not-our-department"}, "sends the customer away",
		},
		"language told": {
			&intakev1.CheckDraftRequest{Text: "没办法。", LanguageCode: "en"}, "en",
			&intakev1.Finding{Kind: policyv1.WordingRule_FLAT_REFUSAL, Start: 0, End: 3, Quote: "没办法", Rule: "flat-refusal"}, "refuses",
		},
		"innocent":       {&intakev1.CheckDraftRequest{Text: "很抱歉给您带来不便，明天十点给您回电。"}, "zh-Hans", nil, ""},
		"kind of letter": {&intakev1.CheckDraftRequest{Text: "这一项没办法退款，因为已经用过，可以免费维修。", Kind: policyv1.LetterTemplate_REFUSAL}, "zh-Hans", nil, ""},
		"any other": {
			&intakev1.CheckDraftRequest{Text: "这一项没办法退款，因为已经用过，可以免费维修。"}, "zh-Hans",
			&intakev1.Finding{Kind: policyv1.WordingRule_FLAT_REFUSAL, Start: 3, End: 8, Quote: "没办法退款", Rule: "flat-refusal"}, "拒绝",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := client.CheckDraft(t.Context(), tc.req)
			require.NoError(t, err)
			require.Equal(t, tc.language, answer.GetLanguageCode())
			require.False(t, answer.GetRuled(), "no ruling is on record yet")
			if tc.want == nil {
				require.Empty(t, answer.GetFindings())
				return
			}
			require.Len(t, answer.GetFindings(), 1)
			found := answer.GetFindings()[0]
			require.Contains(t, found.GetWhy(), tc.why)
			require.NotEmpty(t, found.GetInstead())
			found.Why, found.Instead = "", ""
			requireSame(t, tc.want, found)
		})
	}
}

func TestCheckDraftRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client := f.drafts("agents/lin", authv1.Role_AGENT)
	_, err := client.CheckDraft(t.Context(), &intakev1.CheckDraftRequest{Text: "x", Complaint: nobody})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	for name, req := range map[string]*intakev1.CheckDraftRequest{
		"empty":          {},
		"too long":       {Text: strings.Repeat("长", 20001)},
		"other language": {Text: "x", LanguageCode: "fr"},
		"no complaint":   {Text: "x", Complaint: "complaints/x"},
		"no kind":        {Text: "x", Kind: 99},
	} {
		_, err := client.CheckDraft(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.Error(t, err, name)
	}
	// An answer stays small whatever is sent.
	answer, err := client.CheckDraft(t.Context(), &intakev1.CheckDraftRequest{Text: strings.Repeat("我们保证今天。", 20000/7)})
	require.NoError(t, err)
	require.Len(t, answer.GetFindings(), 200)
}

func TestDraftsAreForStaff(t *testing.T) {
	covers.Requirement(t, "API-4")
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for role := range authv1.Role_name {
		if role == 0 {
			continue
		}
		client := f.drafts("agents/x", authv1.Role(role))
		_, checked := client.CheckDraft(t.Context(), &intakev1.CheckDraftRequest{Text: "x"})
		_, written := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: c.GetName(), Template: "acknowledgement"})
		switch authv1.Role(role) {
		case authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE:
			require.NoError(t, checked)
			require.NoError(t, written)
		case authv1.Role_SERVICE: // It sends what the customer is told at the end (REM-6).
			rpctest.RequireReason(t, checked, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
			require.NoError(t, written)
		default:
			rpctest.RequireReason(t, checked, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
			rpctest.RequireReason(t, written, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
		}
	}
}

func TestWriteDraft(t *testing.T) {
	covers.Requirement(t, "SAY-1")
	t.Parallel()
	f := newFixture(t)
	client := f.drafts("agents/he", authv1.Role_AGENT)
	c := f.in(intakev1.Complaint_ACTIVE)
	events := f.types(c.GetName())
	draft, err := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
		Name: c.GetName(), Template: "answer", Variables: map[string]string{"answer": "我们正在核实发货记录。"},
	})
	require.NoError(t, err)
	require.Equal(t, "zh-Hans", draft.GetLanguageCode(), "the customer's language")
	require.Equal(t, policyv1.LetterTemplate_ANSWER, draft.GetKind())
	require.Equal(t, "answer", draft.GetTemplate())
	require.Equal(t, c.GetName(), draft.GetComplaint())
	require.Contains(t, draft.GetSubject(), c.GetReference())
	for _, part := range []string{"王小明，您好！", c.GetReference(), "我们正在核实发货记录。", "物流服务组", "UTC+8", "12315"} {
		require.Contains(t, draft.GetText(), part)
	}
	require.Empty(t, draft.GetFindings())

	draft, err = client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
		Name: c.GetName(), Template: "remedy", LanguageCode: "en",
		Variables: map[string]string{"remedy": "We guarantee it.", "reasons": "It was late.", "done_by": "Friday"},
	})
	require.NoError(t, err)
	require.Contains(t, draft.GetText(), "Delivery team")
	require.Len(t, draft.GetFindings(), 1, "what the writer adds is checked")
	require.Equal(t, "We guarantee", draft.GetFindings()[0].GetQuote())
	require.Equal(t, events, f.types(c.GetName()), "nothing is recorded")

	acknowledgement, err := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: c.GetName(), Template: "acknowledgement"})
	require.NoError(t, err)
	require.Contains(t, acknowledgement.GetText(), "专人与您直接沟通")

	// A time that is over is not told, except in the acknowledgement, which repeats what was declared.
	f.pass(100 * time.Hour)
	draft, err = client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
		Name: c.GetName(), Template: "answer", Variables: map[string]string{"answer": "x"},
	})
	require.NoError(t, err)
	require.NotContains(t, draft.GetText(), "UTC+8")
	again, err := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: c.GetName(), Template: "acknowledgement"})
	require.NoError(t, err)
	require.Equal(t, acknowledgement.GetText(), again.GetText())

	f.erase(c.GetCustomer())
	draft, err = client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
		Name: c.GetName(), Template: "closing", Variables: map[string]string{"result": "x"},
	})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(draft.GetText(), "您好！"), "the name is gone")
}

// resolvedAs is a complaint that was resolved with an outcome, and what the customer was told.
func (f *fixture) resolvedAs(outcome intakev1.Complaint_Outcome, told string) string {
	f.t.Helper()
	name := f.in(intakev1.Complaint_ACTIVE).GetName()
	_, err := f.agent.ResolveComplaint(f.t.Context(), &intakev1.ResolveComplaintRequest{Name: name, Outcome: outcome, Resolution: told})
	require.NoError(f.t, err)
	f.confirm(name)
	return name
}

// TestTheLetterOfTheOutcome: what was refused is told with its reasons and what else can be done, anything else as it was told when it was
// resolved (REM-6, REF-1).
func TestTheLetterOfTheOutcome(t *testing.T) {
	covers.Requirement(t, "REM-6", "REF-1")
	t.Parallel()
	f := newFixture(t)
	worker := f.drafts("services/worker", authv1.Role_SERVICE)
	known := map[string]string{"decision": "不能全额退款", "reasons": "已过保修期", "clause": "第十条", "alternative": "免费检修一次", "channels": "12315"}
	refused := f.resolvedAs(intakev1.Complaint_REFUSED, "已经说明。")
	draft, err := worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: refused, Variables: known})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_REFUSAL, draft.GetKind())
	require.Contains(t, draft.GetText(), "免费检修一次")
	draft, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: refused, Variables: map[string]string{"decision": "不能全额退款"}})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_CLOSING, draft.GetKind(), "a refusal without reasons is none")
	require.Contains(t, draft.GetText(), "已经说明。")
	cut := map[string]string{"decision": "不能全额退款", "reasons": "", "clause": "第十条", "alternative": "", "channels": "您还可以找：12315。"}
	for language, says := range map[string]string{"zh-Hans": "不需要回复", "zh-Hant": "不需要回覆", "en": "needs no answer"} {
		draft, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: refused, Variables: cut, LanguageCode: language})
		require.NoError(t, err)
		require.Equal(t, policyv1.LetterTemplate_CONTACT_ENDED, draft.GetKind(), "the contact was ended before a reason was given")
		for _, part := range []string{"不能全额退款", "第十条", "12315", says} {
			require.Contains(t, draft.GetText(), part)
		}
	}
	remedied := f.resolvedAs(intakev1.Complaint_REMEDIED, "已经退款。")
	draft, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: remedied})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_CLOSING, draft.GetKind())
	require.Contains(t, draft.GetText(), "已经退款。")
}

// TestWhatWasRefusedOnTheWayKeepsNobodyFromBeingToldTheResult: a complaint may end otherwise after a refusal, and with whom the contact was ended
// is told, too, in words that ask for no answer (REM-6, REF-1).
func TestWhatWasRefusedOnTheWayKeepsNobodyFromBeingToldTheResult(t *testing.T) {
	covers.Requirement(t, "REM-6", "REF-1")
	t.Parallel()
	f := newFixture(t)
	worker := f.drafts("services/worker", authv1.Role_SERVICE)
	known := map[string]string{"decision": "不能全额退款", "reasons": "已过保修期", "clause": "第十条", "alternative": "免费检修一次", "channels": "您还可以找：12315。"}
	remedied := f.resolvedAs(intakev1.Complaint_REMEDIED, "已经退款。")
	for kind, cut := range map[policyv1.LetterTemplate_Kind]bool{
		policyv1.LetterTemplate_CLOSING: false, policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY: true,
	} {
		for language, says := range map[string]string{"zh-Hans": "不需要回复", "zh-Hant": "不需要回覆", "en": "needs no answer"} {
			draft, err := worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
				Name: remedied, Variables: known, LanguageCode: language, ContactEnded: cut,
			})
			require.NoError(t, err)
			require.Equal(t, kind, draft.GetKind())
			require.Empty(t, draft.GetFindings())
			require.Contains(t, draft.GetText(), "已经退款。")
			require.NotContains(t, draft.GetText(), "不能全额退款", "that is not how it ended")
			require.Equal(t, cut, strings.Contains(draft.GetText(), says))
			require.Equal(t, cut, strings.Contains(draft.GetText(), "您还可以找"))
		}
	}
	silent := f.resolvedAs(intakev1.Complaint_UNREACHABLE, "打不通您的电话。")
	draft, err := worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: silent, Variables: known, ContactEnded: true})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY, draft.GetKind())

	refused := f.resolvedAs(intakev1.Complaint_REFUSED, "已经说明。")
	draft, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: refused, Variables: known, ContactEnded: true})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_REFUSAL, draft.GetKind(), "what was refused is told as such")
}

// TestALetterIsAboutOneCycle: what was told at the end of one is in its letter also when the complaint was opened again meanwhile (REM-6).
func TestALetterIsAboutOneCycle(t *testing.T) {
	covers.Requirement(t, "REM-6", "REF-1", "CLK-4")
	t.Parallel()
	f := newFixture(t)
	worker := f.drafts("services/worker", authv1.Role_SERVICE)
	name := f.resolvedAs(intakev1.Complaint_REFUSED, "已经说明。")
	_, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	cycle := func(number int32) *intakev1.Cycle {
		t.Helper()
		got, err := f.worker.GetCycle(t.Context(), &intakev1.GetCycleRequest{Name: name, Cycle: number})
		require.NoError(t, err)
		return got
	}
	write := func(number int32, variables map[string]string) (*intakev1.Draft, error) {
		return worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: name, Cycle: number, Variables: variables})
	}
	tells := func(number int32, text string) {
		t.Helper()
		draft, err := write(number, nil)
		require.NoError(t, err)
		require.Contains(t, draft.GetText(), text)
		require.NotContains(t, draft.GetText(), "UTC+8", "nothing is to come of it")
	}
	tells(1, "已经说明。")
	draft, err := write(1, map[string]string{"decision": "x", "reasons": "已过保修期", "clause": "x", "alternative": "x", "channels": "x"})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_REFUSAL, draft.GetKind())
	_, err = write(0, nil)
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING)
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_ACTIVE, Outcome: intakev1.Complaint_REFUSED}, cycle(1))
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_ACTIVE, Open: true}, cycle(2))
	f.hears(name, 2, "offer_lapsed", &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: name + offeredRemedy, Version: 1, Close: true,
	}}})
	tells(1, "已经说明。")
	tells(2, "还没有收到您的答复")
	tells(0, "还没有收到您的答复")
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_CLOSED, Outcome: intakev1.Complaint_REFUSED}, cycle(1))
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_CLOSED, Outcome: intakev1.Complaint_UNREACHABLE}, cycle(2))
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_CLOSED}, cycle(3))
	for _, number := range []int32{-1, 3} {
		_, err = write(number, nil)
		rpctest.RequireField(t, err, "cycle")
	}
	f.erase(f.get(name).GetCustomer())
	_, err = write(1, nil)
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_CLOSED}, cycle(1))
}

func TestWriteDraftRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client := f.drafts("agents/lin", authv1.Role_AGENT)
	name := f.file().GetName()
	write := func(name, template string, variables map[string]string) error {
		_, err := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: name, Template: template, Variables: variables})
		return err
	}
	err := write(name, "", nil)
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING)
	require.ErrorContains(t, err, `The letter "closing" needs this`, "nobody has named one")
	err = write(nobody, "answer", map[string]string{"answer": "x"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	err = write(name, "poem", nil)
	refused(t, err, codes.NotFound, intakev1.ErrorReason_TEMPLATE_NOT_FOUND)
	err = write(name, "refusal", map[string]string{"decision": "x", "reasons": "x", "clause": "x", "alternative": " "})
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING)
	require.ErrorContains(t, err, "refusal")
	for _, variable := range []string{"reference", "answr"} {
		err = write(name, "answer", map[string]string{"answer": "x", variable: "x"})
		refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_TEMPLATE_VARIABLE_UNKNOWN)
	}
	for name, variables := range map[string]map[string]string{
		"long value": {"answer": strings.Repeat("长", 8001)}, "long name": {strings.Repeat("x", 41): "x"}, "no name": {"": "x"},
	} {
		err = write(nobody, "answer", variables)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.Error(t, err, name)
	}
	err = write("complaints/x", "answer", nil)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// TestRulingAllowsWhatItSays: words of liability wait for a ruling that accepts it, in this cycle and not under appeal; the other
// rulings allow their own words alone (SAY-1).
func TestRulingAllowsWhatItSays(t *testing.T) {
	covers.Requirement(t, "SAY-1")
	t.Parallel()
	f := newFixture(t)
	name, _ := f.ruled()
	check := func(ruling policyv1.Responsibility, accepts, denies bool) {
		t.Helper()
		for text, allowed := range map[string]bool{"这是我们的责任。": accepts, "我们没有责任。": denies} {
			answer, err := f.drafts("agents/lin", authv1.Role_AGENT).CheckDraft(t.Context(), &intakev1.CheckDraftRequest{Text: text, Complaint: name})
			require.NoError(t, err)
			require.Equal(t, ruling, answer.GetRuling())
			require.Equal(t, ruling != policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED, answer.GetRuled())
			require.Equal(t, allowed, len(answer.GetFindings()) == 0, text)
			draft, err := f.drafts("agents/lin", authv1.Role_AGENT).WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
				Name: name, Template: "answer", Variables: map[string]string{"answer": text},
			})
			require.NoError(t, err)
			require.Equal(t, allowed, len(draft.GetFindings()) == 0, text)
		}
	}
	check(policyv1.Responsibility_RESPONSIBLE, true, false)
	f.rule(name, &intakev1.Ruling{
		Responsibility: policyv1.Responsibility_PROBLEM_RECORD, ReasonCode: policyv1.RulingReason_BROKEN_HANDOFF, Reason: "系统问题",
	})
	check(policyv1.Responsibility_PROBLEM_RECORD, false, false)
	f.rule(name, ruling())
	check(policyv1.Responsibility_RESPONSIBLE, true, false)

	_, err := f.as("agents/he", authv1.Role_AGENT).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "系统没有提示"})
	require.NoError(t, err)
	check(policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED, false, false)
	_, err = f.as("agents/liu", authv1.Role_SUPERVISOR).DecideAppeal(t.Context(), &intakev1.DecideAppealRequest{
		Name: name, Decision: intakev1.Appeal_OVERTURNED, Responsibility: policyv1.Responsibility_NOT_RESPONSIBLE, Reason: "系统记录属实",
	})
	require.NoError(t, err)
	check(policyv1.Responsibility_NOT_RESPONSIBLE, false, true)

	// The next cycle is another matter until it is ruled on, too.
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	check(policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED, false, false)

	name, _ = f.ruled()
	f.erase(f.get(name).GetCustomer())
	check(policyv1.Responsibility_RESPONSIBLE, true, false)
}
