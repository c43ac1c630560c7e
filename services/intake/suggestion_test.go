package intake_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// suggestion asks for one.
func (f *fixture) suggestion(name string) *intakev1.Suggestion {
	f.t.Helper()
	out, err := f.lin().SuggestAssessment(f.t.Context(), &intakev1.SuggestAssessmentRequest{Name: name})
	require.NoError(f.t, err)
	return out
}

// TestSuggestion: seed words suggest with no history; what was assessed is learnt, and judged by what had been suggested.
func TestSuggestion(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2")
	f := newFixture(t)
	name, other := f.file().GetName(), f.file().GetName()
	cold := f.suggestion(name)
	require.Zero(t, cold.GetLearnedCount())
	require.Equal(t, "LOGISTICS", cold.GetScenario().GetValue())
	require.Contains(t, cold.GetScenario().GetTerms(), "发货")
	require.Equal(t, "departments/logistics", cold.GetDepartment().GetValue())
	require.Empty(t, cold.GetSimilar())
	events := f.types(name)

	assessed := f.assess(name)
	outcomes := map[string]intakev1.SuggestionOutcome_Outcome{}
	for _, s := range assessed.GetSuggestions() {
		outcomes[s.GetField()] = s.GetOutcome()
		require.Positive(t, s.GetConfidence())
	}
	require.Equal(t, intakev1.SuggestionOutcome_ACCEPTED, outcomes["scenario"])
	require.Equal(t, intakev1.SuggestionOutcome_ACCEPTED, outcomes["department"])
	require.Len(t, events, 1, "suggesting records nothing")

	warm := f.suggestion(other)
	require.Equal(t, int32(1), warm.GetLearnedCount())
	require.Empty(t, warm.GetSimilar(), "one example has no rare terms to compare by")
	wrong := assessment()
	wrong.Scenario, wrong.Department, wrong.Causes = policyv1.Scenario_OTHER, "departments/quality", nil
	corrected, err := f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: other, Assessment: wrong})
	require.NoError(t, err)
	for _, s := range corrected.GetSuggestions() {
		require.Equal(t, intakev1.SuggestionOutcome_CORRECTED, s.GetOutcome(), s.GetField())
	}
	payloads := f.payloads(other)
	judged := payloads[len(payloads)-1].GetComplaintAssessed().GetSuggestions()
	require.NotEmpty(t, judged)
	require.Equal(t, "scenario", judged[0].GetField())
	require.False(t, judged[0].GetAccepted())
}

// TestRelearn: after a restart all is learnt again from what is on record, but for erased customers.
func TestRelearn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	texts := []string{"快递一直没有送到，物流不动", "快递员把包裹丢了，一直没有找到", "多扣了我的会员费，要求退款", "账单多收费用，退款没有到账"}
	names := make([]string, len(texts))
	for i, text := range texts {
		req := request()
		req.Statement, req.Complainant.Phone, req.Complainant.Email = text, "", string(rune('a'+i))+"@example.com"
		c, err := f.agent.CreateComplaint(t.Context(), req)
		require.NoError(t, err)
		names[i] = c.GetName()
		a := assessment()
		a.Scenario = policyv1.Scenario_LOGISTICS
		if i > 1 {
			a.Scenario = policyv1.Scenario_PRICE
		}
		_, err = f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: c.GetName(), Assessment: a})
		require.NoError(t, err)
	}
	before := f.suggestion(names[0])
	require.Equal(t, int32(4), before.GetLearnedCount())
	require.Equal(t, names[1], before.GetSimilar()[0].GetComplaint())
	require.Equal(t, policyv1.Scenario_LOGISTICS, before.GetSimilar()[0].GetScenario())

	restarted := restart(t, f)
	require.NoError(t, restarted.Relearn(t.Context()))
	conn := rpctest.ServeWith(t, rpc.Deps{Logger: slog.New(slog.DiscardHandler)}, restarted.Register).Conn("agents/lin", authv1.Role_AGENT)
	after, err := intakev1.NewAssessmentServiceClient(conn).SuggestAssessment(t.Context(), &intakev1.SuggestAssessmentRequest{Name: names[0]})
	require.NoError(t, err)
	requireSame(t, before, after)

	f.erase(f.get(names[1]).GetCustomer())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- restarted.KeepLearning(ctx) }()
	require.Eventually(t, func() bool {
		after, err := intakev1.NewAssessmentServiceClient(conn).SuggestAssessment(t.Context(), &intakev1.SuggestAssessmentRequest{Name: names[0]})
		return err == nil && after.GetLearnedCount() == 3
	}, 5*time.Second, 5*time.Millisecond, "what was erased is not learnt")
	stop()
	require.NoError(t, <-done)
}

// restart makes the service anew over the same data.
func restart(t *testing.T, f *fixture) *intake.Service {
	t.Helper()
	return f.service(t, slog.New(slog.DiscardHandler), func(*intake.Deps) {})
}

var _ intake.Suggester = (*suggest.Model)(nil)
