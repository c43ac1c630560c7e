package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func codeOf(err error) codes.Code { return status.Code(err) }

// confirm has HR confirm a deduction.
func (w *world) confirm(name string) (*remedyv1.Deduction, error) {
	return w.hr().ConfirmDeduction(w.t.Context(), &remedyv1.ConfirmDeductionRequest{Name: name, Reason: "as published"})
}

// TestHeardAndAppealedOnce goes the whole way, and tries each way around it.
func TestHeardAndAppealedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	d := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen"))[0]
	chen, hr := w.deducing("agents/chen", authv1.Role_AGENT), w.hr()

	_, err := w.confirm(d.GetName())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	answer := &remedyv1.AnswerDeductionRequest{Name: d.GetName(), Answer: "客户先挂断的"}
	_, err = w.deducing("agents/sun", authv1.Role_SUPERVISOR).AnswerDeduction(t.Context(), answer)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_NOT_CONCERNED.String())
	w.now = w.now.Add(time.Hour)
	d, err = chen.AnswerDeduction(t.Context(), answer)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_HEARD, d.GetState())
	require.Equal(t, w.now.Add(168*time.Hour), d.GetAppealTime().AsTime(), "counted from when the person was heard")
	_, err = chen.AnswerDeduction(t.Context(), answer)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_DEDUCTION_STATE_FORBIDS.String())
	_, err = w.confirm(d.GetName())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	require.Equal(t, d.GetAppealTime().AsTime().Format(time.RFC3339Nano), metadataOf(t, err)["until"])

	appeal := &remedyv1.AppealDeductionRequest{Name: d.GetName(), Grounds: "录音可以证明"}
	d, err = chen.AppealDeduction(t.Context(), appeal)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_APPEALED, d.GetState())
	_, err = chen.AppealDeduction(t.Context(), appeal)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPEALED_BEFORE.String())
	_, err = w.confirm(d.GetName())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_DEDUCTION_STATE_FORBIDS.String())

	decide := &remedyv1.DecideDeductionAppealRequest{Name: d.GetName(), Reason: "录音没有这一段", Etag: `"x"`}
	_, err = hr.DecideDeductionAppeal(t.Context(), decide)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	decide.Etag = d.GetEtag()
	for _, partial := range []string{"agents/chen", "agents/sun"} {
		_, err = w.deducing(partial, authv1.Role_HR).DecideDeductionAppeal(t.Context(), decide)
		rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_DECIDER_NOT_INDEPENDENT.String())
	}
	d, err = hr.DecideDeductionAppeal(t.Context(), decide)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_HEARD, d.GetState())
	told := w.last(d.GetName(), "deduction_addressed").GetDeductionAddressed()
	require.Equal(t, []string{"agents/chen", "HEARD"}, []string{told.GetAgent(), told.GetState()}, "who appealed is told that it was rejected")
	require.Equal(t, "录音没有这一段", d.GetDecision(), "and reads why")
	_, err = chen.AppealDeduction(t.Context(), appeal)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPEALED_BEFORE.String())

	_, err = w.confirm(d.GetName())
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_DECIDER_NOT_INDEPENDENT.String())
	other := w.deducing("agents/hua", authv1.Role_HR)
	_, err = other.ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: d.GetName(), Reason: "x", Amount: cny(301)})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_DEDUCTION_TOO_HIGH.String())
	for _, req := range []*remedyv1.ConfirmDeductionRequest{
		{Name: d.GetName(), Reason: "x", Amount: cny(0)}, {Name: d.GetName(), Reason: "x", Amount: cny(1), Dismiss: true},
	} {
		_, err = other.ConfirmDeduction(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	d, err = other.ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: d.GetName(), Reason: "从轻", Amount: cny(100)})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_CONFIRMED, d.GetState())
	require.EqualValues(t, 100, d.GetAmount().GetUnits())
	require.Equal(t, "录音没有这一段\n从轻", d.GetDecision())
	require.Equal(t, "agents/hua", d.GetDecider())
	require.Equal(t, 4, w.count(complaint, "deduction_changed"))
	require.Nil(t, w.last(complaint, "deduction_changed").GetDeductionChanged().GetContent())
	var actors []string
	for _, e := range w.told(complaint) {
		if e.GetType() == "deduction_changed" {
			actors = append(actors, e.GetActor())
		}
		require.NotContains(t, string(e.GetPayload()), "agents/chen", e.GetType())
	}
	require.Equal(t, []string{"services/remedy", "services/remedy", "agents/hu", "agents/hua"}, actors, "nobody reads whom it concerns")
}

// TestWhoLetsTheTimePassWasHeard, and whose appeal is upheld owes nothing.
func TestWhoLetsTheTimePassWasHeard(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	list := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/zhao"))
	begun := w.now
	zhao := w.deducing("agents/zhao", authv1.Role_MANAGER)
	upheld, err := zhao.AppealDeduction(t.Context(), &remedyv1.AppealDeductionRequest{Name: list[1].GetName(), Grounds: "休假中"})
	require.NoError(t, err, "also who was not heard yet may appeal")
	upheld, err = w.hr().DecideDeductionAppeal(t.Context(), &remedyv1.DecideDeductionAppealRequest{
		Name: upheld.GetName(), Upheld: true, Reason: "属实",
	})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Deduction_DISMISSED, upheld.GetState())

	w.now = begun.Add(72 * time.Hour)
	heard := w.deductions(w.hr(), `state = "HEARD"`)
	require.Len(t, heard, 1)
	require.Equal(t, remedyv1.Deduction_HEARD, heard[0].GetState())
	_, err = w.confirm(heard[0].GetName())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HEARING_OPEN.String())
	w.now = begun.Add(240 * time.Hour)
	_, err = w.deducing("agents/chen", authv1.Role_AGENT).AppealDeduction(t.Context(), &remedyv1.AppealDeductionRequest{
		Name: list[0].GetName(), Grounds: "late",
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_DEDUCTION_STATE_FORBIDS.String())
	_, err = w.confirm(heard[0].GetName())
	require.NoError(t, err)
	dismissed, err := w.hr().ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: list[0].GetName(), Dismiss: true, Reason: "Kulanz"})
	require.NoError(t, err, "until it is exported")
	require.Equal(t, remedyv1.Deduction_DISMISSED, dismissed.GetState())
}

// deductions lists what a caller may see.
func (w *world) deductions(client remedyv1.DeductionServiceClient, filter string) []*remedyv1.Deduction {
	w.t.Helper()
	var all []*remedyv1.Deduction
	req := &remedyv1.ListDeductionsRequest{Filter: filter, PageSize: 2}
	for {
		resp, err := client.ListDeductions(w.t.Context(), req)
		require.NoError(w.t, err)
		all = append(all, resp.GetDeductions()...)
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

// TestWhoSeesDeductions is the person, the proposer, HR and auditors; others are not even told that there is one.
func TestWhoSeesDeductions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, ruling := w.blamed()
	list := w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/zhao"))
	other, otherRuling := w.blamed()
	w.suggest(suggestion(other, otherRuling, 1000, 100_000, "agents/chen"))
	for _, c := range []struct {
		client remedyv1.DeductionServiceClient
		sees   int
	}{
		{w.hr(), 3}, {w.deducing("agents/he", authv1.Role_AUDITOR), 3}, {w.supervisor(), 3}, {w.deducing("agents/chen", authv1.Role_AGENT), 2},
		{w.deducing("agents/zhao", authv1.Role_MANAGER), 1}, {w.deducing("agents/lin", authv1.Role_AGENT), 0},
		{w.deducing("agents/boss", authv1.Role_EXECUTIVE), 0},
	} {
		require.Len(t, w.deductions(c.client, ""), c.sees)
	}
	require.Len(t, w.deductions(w.hr(), `agent = "agents/zhao" AND month = "2026-11"`), 1)
	resp, err := w.hr().ListDeductions(t.Context(), &remedyv1.ListDeductionsRequest{Parent: other})
	require.NoError(t, err)
	require.Len(t, resp.GetDeductions(), 1)
	boss := w.deducing("agents/boss", authv1.Role_EXECUTIVE)
	_, err = boss.AnswerDeduction(t.Context(), &remedyv1.AnswerDeductionRequest{Name: list[0].GetName(), Answer: "x"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = w.hr().ListDeductions(t.Context(), &remedyv1.ListDeductionsRequest{Filter: "pay = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
	_, err = w.hr().ListDeductions(t.Context(), &remedyv1.ListDeductionsRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}

func appealed(ruling string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_RulingAppealed{RulingAppealed: &eventv1.RulingAppealed{Ruling: ruling}}}
}

func decided(overturned bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_AppealDecided{AppealDecided: &eventv1.AppealDecided{
		Overturned: overturned, Responsibility: policyv1.Responsibility_NOT_RESPONSIBLE,
	}}}
}

// TestRulingThatNoLongerHolds takes back what was suggested by it; while an appeal waits, nothing is suggested, confirmed or exported.
func TestRulingThatNoLongerHolds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorldOn(t, newDB(t), published)
	complaint, first := w.blamed()
	_, err := w.supervisor().SuggestDeductions(t.Context(), suggestion(complaint, complaint+"/rulings/none", 10, 10, "agents/chen"))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_RULING_NOT_FINAL.String())
	w.suggest(suggestion(complaint, first, 1000, 100_000, "agents/chen"))
	second := complaint + "/rulings/r2"
	replacing := ruled(second, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_SHIRKING, "agents/chen")
	replacing.GetResponsibilityRuled().Supersedes = first
	w.happens(complaint, 1, replacing)
	require.Equal(t, remedyv1.Deduction_DISMISSED, w.deductions(w.hr(), "")[0].GetState(), "replaced")
	_, err = w.supervisor().SuggestDeductions(t.Context(), suggestion(complaint, first, 10, 10, "agents/chen"))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_RULING_NOT_FINAL.String())

	d := w.suggest(suggestion(complaint, second, 1000, 100_000, "agents/chen"))[0]
	require.EqualValues(t, 800, d.GetAmount().GetUnits(), "what was dismissed counts for no limit")
	w.now = w.now.Add(240 * time.Hour)
	w.happens(complaint, 1, appealed(second))
	_, err = w.confirm(d.GetName())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_RULING_NOT_FINAL.String())
	w.happens(complaint, 1, decided(false))
	_, err = w.confirm(d.GetName())
	require.NoError(t, err)
	w.happens(complaint, 1, appealed(second))
	export := &remedyv1.ExportDeductionsRequest{Month: "2026-11"}
	resp, err := w.hr().ExportDeductions(t.Context(), export)
	require.NoError(t, err)
	require.Empty(t, resp.GetDeductions(), "it may be overturned")
	w.happens(complaint, 1, decided(true))
	require.Equal(t, remedyv1.Deduction_DISMISSED, w.deductions(w.hr(), `state != "DISMISSED" OR month = "2026-11"`)[1].GetState())
	resp, err = w.hr().ExportDeductions(t.Context(), export)
	require.NoError(t, err)
	require.Empty(t, resp.GetDeductions())
}
