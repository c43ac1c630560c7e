package remedy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// books is the PlaybookService as somebody may call it.
func (w *world) books(subject string, roles ...authv1.Role) remedyv1.PlaybookServiceClient {
	return remedyv1.NewPlaybookServiceClient(w.harness.Conn(subject, roles...))
}

// understood has the restatement settled and the real need told.
func (w *world) understood(complaint, need string) {
	w.t.Helper()
	key, err := w.keys.Key(w.t.Context(), customer)
	require.NoError(w.t, err)
	sealed, err := key.Seal([]byte(need), complaint+"#real-need")
	require.NoError(w.t, err)
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_UnderstandingChanged{UnderstandingChanged: &eventv1.UnderstandingChanged{
		Fields: []string{"real_need"}, RestatementSettled: true, RealNeed: &eventv1.Sealed{Customer: customer, Ciphertext: sealed},
	}}})
}

// judged has a complaint assessed.
func (w *world) judged(complaint string, a *eventv1.ComplaintAssessed) {
	w.t.Helper()
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: a}})
}

// TestSuggestRemedies: suggestions go by what was heard of the complaint, in the language that is wanted; each can be proposed as it is,
// but for amounts that only the case knows (REM-1, REM-2, REC-2).
func TestSuggestRemedies(t *testing.T) {
	covers.Requirement(t, "REM-1", "REM-2", "REC-2", "REC-4")
	t.Parallel()
	w := newWorld(t)
	complaint := w.unheard()
	client := w.books("agents/lin", authv1.Role_AGENT)
	req := &remedyv1.SuggestRemediesRequest{Parent: complaint, LanguageCode: "zh-Hant"}
	before, err := client.SuggestRemedies(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, before.GetMissing(), 2, "neither assessed nor restated")
	for _, o := range before.GetOptions() {
		require.Contains(t, o.GetOption().GetPlay(), "playbooks/any/")
	}
	require.Contains(t, before.GetNeverSay(), "規定就是這樣")

	w.understood(complaint, "擔心孩子玩遊戲，想先停兩個月")
	w.judged(complaint, &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_PARTLY, Scenario: policyv1.Scenario_PRICE, Motive: policyv1.Motive_RESPECT, Product: "broadband",
	})
	got, err := client.SuggestRemedies(t.Context(), req)
	require.NoError(t, err)
	require.Empty(t, got.GetMissing())
	require.NotEmpty(t, got.GetValidation())
	index := map[string]int{}
	for i, o := range got.GetOptions() {
		index[strings.TrimPrefix(o.GetOption().GetPlay(), "playbooks/")] = i + 1
	}
	pause := got.GetOptions()[index["telecom-contract/plays/pause"]-1]
	require.Contains(t, pause.GetOption().GetContents(), "暫停保號")
	require.Contains(t, strings.Join(pause.GetWhy(), ""), "孩子、遊戲")
	require.Positive(t, index["telecom-contract/plays/quiet-hours"])
	again, err := client.SuggestRemedies(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, got.String(), again.String(), "nothing is learnt or recorded")
	require.Empty(t, w.told(complaint))

	// What is suggested is proposed as it is; a small one alone.
	alone, err := w.create(t.Context(), complaint, &remedyv1.Remedy{Options: []*remedyv1.Option{pause.GetOption()}})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, alone.GetState(), "within the agent's authority, as was said")
	require.Empty(t, alone.GetWarnings())
	for _, o := range got.GetOptions() {
		option := o.GetOption()
		if option.GetAmount() == nil && (option.GetKind() == remedyv1.Option_REFUND || option.GetKind() == remedyv1.Option_FEE_WAIVER) {
			option.Amount = &money.Money{CurrencyCode: "CNY", Units: 30}
		}
		sorry := &remedyv1.Option{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL, Contents: "對不起"}
		r, err := w.create(t.Context(), complaint, &remedyv1.Remedy{Options: []*remedyv1.Option{option, sorry}, HistorySeen: true})
		require.NoError(t, err, option.GetPlay())
		require.True(t, !o.GetWithinAuthority() || r.GetState() == remedyv1.Remedy_GRANTED, option.GetPlay())
	}
}

// TestSimilarCasesAreShown: what others accepted in the same matter, and what it cost; the customer's own cases are the history (REM-2, REM-3).
func TestSimilarCasesAreShown(t *testing.T) {
	covers.Requirement(t, "REM-2", "REM-3")
	t.Parallel()
	w := newWorld(t)
	lock := &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_QUALITY, Product: "door-lock", FaultCode: "no-power",
	}
	solved := func(of string) string {
		name := "complaints/" + w.ids.ID()
		w.happens(name, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{Customer: of}}})
		w.happens(name, 1, assigned())
		w.happens(name, 1, understood(true))
		w.judged(name, lock)
		r := w.offered(name, small())
		_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
		require.NoError(t, err)
		return name
	}
	other := solved("customers/0198c1b00000700080000000cd")
	solved(customer)
	complaint := w.receive()
	client := w.books("agents/lin", authv1.Role_AGENT)
	got, err := client.SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint})
	require.NoError(t, err)
	require.Empty(t, got.GetSimilar(), "nothing is known of the matter yet")
	w.judged(complaint, lock)
	got, err = client.SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint})
	require.NoError(t, err)
	require.Len(t, got.GetSimilar(), 1)
	require.Equal(t, other, got.GetSimilar()[0].GetComplaint())
	require.Equal(t, []string{"product", "fault", "scenario"}, got.GetSimilar()[0].GetAlike())
	require.Len(t, got.GetEvidence().GetHistory(), 1)
	require.NotEmpty(t, got.GetEvidence().GetCaps())
}

// TestSuggestionsAreForWhoHandlesComplaints: who does not, and who asks for what is not there, gets none (API-4).
func TestSuggestionsAreForWhoHandlesComplaints(t *testing.T) {
	covers.Requirement(t, "API-4")
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	for number, name := range authv1.Role_name {
		role := authv1.Role(number)
		if role == authv1.Role_ROLE_UNSPECIFIED {
			continue
		}
		client := w.books("agents/x", role)
		_, suggested := client.SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint})
		_, listed := client.ListPlaybooks(t.Context(), &remedyv1.ListPlaybooksRequest{})
		switch role {
		case authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE:
			require.NoError(t, suggested, name)
			require.NoError(t, listed, name)
		case authv1.Role_HR, authv1.Role_AUDITOR, authv1.Role_SERVICE:
			rpctest.RequireReason(t, suggested, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
			require.NoError(t, listed, name)
		default:
			rpctest.RequireReason(t, suggested, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
			rpctest.RequireReason(t, listed, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
		}
	}
	_, err := w.books("agents/lin", authv1.Role_AGENT).SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint, LanguageCode: "fr"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	_, err = w.books("agents/lin", authv1.Role_AGENT).SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: "complaints/" + strings.Repeat("0", 26)})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
}

// TestListPlaybooks pages through the policy's.
func TestListPlaybooks(t *testing.T) {
	covers.Requirement(t, "REM-2")
	t.Parallel()
	w := newWorld(t)
	client := w.books("agents/he", authv1.Role_AUDITOR)
	var all []string
	token := ""
	for {
		page, err := client.ListPlaybooks(t.Context(), &remedyv1.ListPlaybooksRequest{PageSize: 4, PageToken: token})
		require.NoError(t, err)
		for _, book := range page.GetPlaybooks() {
			all = append(all, book.GetId())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, []string{"quality", "price", "logistics", "attitude", "telecom-contract", "any"}, all)
	_, err := client.ListPlaybooks(t.Context(), &remedyv1.ListPlaybooksRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}

// TestProposalsAreWarnedAndNotRefused: whatever is promised is on record, with what is too much in it (PROM-2).
func TestProposalsAreWarnedAndNotRefused(t *testing.T) {
	covers.Requirement(t, "PROM-2")
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	w.understood(complaint, "要退款")
	w.judged(complaint, &eventv1.ComplaintAssessed{Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_LOGISTICS})
	r, err := w.create(t.Context(), complaint, &remedyv1.Remedy{
		Options: []*remedyv1.Option{
			{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL, Contents: "这是快递的责任，今天一定解决。"},
			{
				Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "全额退款", FulfilTime: timestamppb.New(w.now.Add(time.Minute)),
				Amount: &money.Money{CurrencyCode: "CNY", Units: 1500},
			},
		},
		Fallback: "保证让您满意。",
	})
	require.NoError(t, err)
	want := []string{"TOO_ABSOLUTE 1", "NEVER_SAY 1", "TOO_SOON 2", "ABOVE_AUTHORITY 2", "TOO_ABSOLUTE 0"}
	for _, list := range [][]*remedyv1.Warning{r.GetWarnings(), w.list(w.agent, complaint)[0].GetWarnings()} {
		var got []string
		for _, warning := range list {
			got = append(got, fmt.Sprintf("%s %d", warning.GetKind(), warning.GetOption()))
		}
		require.Equal(t, want, got)
	}
	for _, warning := range w.list(w.as("agents/he", authv1.Role_AUDITOR), complaint)[0].GetWarnings() {
		require.Empty(t, warning.GetQuote(), "who may not read the words is quoted none")
	}
}

// TestSuggestionsKnowWhatIsLeft: of the proposer's day, and of what the complaint has already; as the proposal would be judged.
func TestSuggestionsKnowWhatIsLeft(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1", "APPR-1")
	for name, c := range map[string]struct {
		spend  func(w *world, complaint string)
		within bool
	}{
		"nothing given":        {func(*world, string) {}, true},
		"the day used up":      {func(w *world, _ string) { w.grants(w.receive()) }, false},
		"the complaint has it": {func(w *world, complaint string) { w.grants(complaint) }, false},
		"about the proposer":   {func(w *world, complaint string) { w.accuse(complaint, "agents/lin") }, false},
	} {
		w := newWorldOn(t, newDB(t), `remedies: {caps: {agent_day: "20"}}`)
		complaint := w.receive()
		c.spend(w, complaint)
		w.judged(complaint, &eventv1.ComplaintAssessed{
			Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_PRICE,
		})
		resp, err := w.books("agents/lin", authv1.Role_AGENT).SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint})
		require.NoError(t, err)
		paid := 0
		for _, o := range resp.GetOptions() {
			if o.GetOption().GetAmount() != nil && o.GetWithinAuthority() {
				paid++
			}
		}
		require.Equal(t, c.within, paid > 0, "%s: %v", name, resp.GetOptions())
		var caps []string
		for _, left := range resp.GetEvidence().GetCaps() {
			caps = append(caps, left.GetCap())
		}
		require.Equal(t, []string{"complaint", "customer", "agent_day", "budget"}, caps)
	}
}

// grants gives all that an agent may alone.
func (w *world) grants(complaint string) {
	w.t.Helper()
	_, err := w.create(w.t.Context(), complaint, small())
	require.NoError(w.t, err)
}
