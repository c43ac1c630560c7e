package review_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestACorrection is a new version with a reason, whose words are for those who handle complaints, and gone with the customer's key.
func TestACorrection(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "API-4")
	w := newWorld(t)
	first := w.record(w.lived(), false)
	supervisor := w.as("agents/gao", authv1.Role_SUPERVISOR)
	w.owners.duties[0].Verdict, w.owners.duties[0].Breached = policyv1.Verdict_MET, false
	req := &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "回访记录补录", Lesson: proto.String("先打电话再转单"), Satisfaction: proto.Int32(3),
		Retention: reviewv1.Outcome_RETAINED.Enum(), ReadAgain: true, Version: 1,
	}
	ctx := rpctest.WithKey(t.Context(), "0b0f6a5e-9a59-4bd1-8a2b-3a3c5d9d1f00")
	o, err := supervisor.CorrectOutcome(ctx, req)
	require.NoError(t, err)
	require.Equal(t, []any{int32(2), int32(1), reviewv1.Outcome_CORRECTED, "agents/gao", "回访记录补录", "先打电话再转单", int32(3), reviewv1.Outcome_RETAINED},
		[]any{o.GetVersion(), o.GetSupersedes(), o.GetOrigin(), o.GetRecorder(), o.GetReason(), o.GetLesson(), o.GetSatisfaction(), o.GetRetention()})
	require.Equal(t, policyv1.Verdict_MET, o.GetDuties()[0].GetVerdict(), "the owner was asked again")
	repeated, err := supervisor.CorrectOutcome(ctx, req)
	require.NoError(t, err, "the same call is answered, and not repeated")
	require.True(t, proto.Equal(o, repeated))

	for _, version := range []int32{1, 3} {
		req.Version = version
		_, err = supervisor.CorrectOutcome(t.Context(), req)
		rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
		rpctest.RequireMetadata(t, err, "etag", "2")
		require.ErrorContains(t, err, "The highest version of "+first.GetName()+" is 2,")
	}
	_, err = supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "x", Satisfaction: proto.Int32(3), Retention: reviewv1.Outcome_RETAINED.Enum(), ReadAgain: true,
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_NOTHING_CORRECTED.String())
	_, err = supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", Lesson: proto.String("先打电话再转单 ")})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_NOTHING_CORRECTED.String())
	_, err = supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName() + "1", Reason: "x"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: " "})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())

	w.hears(w.answered(nameOf(first), 1, &eventv1.TouchAnswered{Done: true, Satisfaction: 5}))
	read := &reviewv1.GetOutcomeRequest{Name: first.GetName()}
	got, err := supervisor.GetOutcome(t.Context(), read)
	require.NoError(t, err)
	require.Equal(t, []any{int32(3), "先打电话再转单", ""}, []any{got.GetVersion(), got.GetLesson(), got.GetReason()},
		"a lesson stays, a reason is that of its version")
	plain, err := w.as("agents/he", authv1.Role_AUDITOR).GetOutcome(t.Context(), read)
	require.NoError(t, err)
	require.Empty(t, plain.GetLesson())
	w.keys.erased = true
	got, err = supervisor.GetOutcome(t.Context(), read)
	require.NoError(t, err)
	require.Empty(t, got.GetLesson())
	_, err = supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", ReadAgain: true})
	rpctest.RequireReason(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
}

// TestAnAgentAddsTheLesson and whether the customer stays, and corrects nothing else.
func TestAnAgentAddsTheLesson(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld(t)
	first := w.record(w.lived(), false)
	agent := w.as("agents/lin", authv1.Role_AGENT)
	for field, req := range map[string]*reviewv1.CorrectOutcomeRequest{
		"satisfaction": {Satisfaction: proto.Int32(5)}, "read_again": {ReadAgain: true},
	} {
		req.Name, req.Reason = first.GetName(), "x"
		_, err := agent.CorrectOutcome(t.Context(), req)
		rpctest.RequireReason(t, err, codes.PermissionDenied, reviewv1.ErrorReason_CORRECTION_NOT_ALLOWED.String())
		rpctest.RequireMetadata(t, err, "field", field)
	}
	o, err := agent.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "x", Lesson: proto.String("y"), Retention: reviewv1.Outcome_LOST.Enum(),
	})
	require.NoError(t, err)
	require.Equal(t, []any{"y", reviewv1.Outcome_LOST, int32(2)}, []any{o.GetLesson(), o.GetRetention(), o.GetVersion()})
	o, err = agent.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", Lesson: proto.String("")})
	require.NoError(t, err)
	require.Empty(t, o.GetLesson())
	for _, none := range []string{"", "  "} { // There is none, and none is told.
		_, err = agent.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", Lesson: proto.String(none)})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, reviewv1.ErrorReason_NOTHING_CORRECTED.String())
	}
	for _, role := range []authv1.Role{authv1.Role_AUDITOR, authv1.Role_SERVICE, authv1.Role_OPERATOR} {
		_, err = w.as("agents/he", role).CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", Lesson: proto.String("")})
		rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	}
}

// nameOf is the complaint of a record.
func nameOf(o *reviewv1.Outcome) string { return o.GetName()[:len("complaints/")+26] }

// TestWhomAComplaintIsAboutDoesNotCorrectItsRecord, whenever they were named (ROUTE-2).
func TestWhomAComplaintIsAboutDoesNotCorrectItsRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "ROUTE-2")
	w := newWorld(t)
	name := w.lived()
	first := w.record(name, false)
	req := &reviewv1.CorrectOutcomeRequest{Name: first.GetName(), Reason: "x", Lesson: proto.String("一切都对")}
	records(w.owners.intake, name, 2, w.now, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
		TargetAgents: []string{"agents/lin"},
	}}})
	_, err := w.as("agents/lin", authv1.Role_AGENT).CorrectOutcome(t.Context(), req)
	rpctest.RequireReason(t, err, codes.PermissionDenied, reviewv1.ErrorReason_AGENT_RECUSED.String())
	_, err = w.as("agents/wu", authv1.Role_AGENT).CorrectOutcome(t.Context(), req)
	require.NoError(t, err)
}

// TestEveryVersionIsRead, as it was, also after it was superseded.
func TestEveryVersionIsRead(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld(t)
	first := w.record(w.lived(), false)
	supervisor := w.as("agents/gao", authv1.Role_SUPERVISOR)
	second, err := supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "回访", Lesson: proto.String("先打电话"), Satisfaction: proto.Int32(3), Version: first.GetVersion(),
	})
	require.NoError(t, err)
	third, err := supervisor.CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "再次回访", Lesson: proto.String(""), Version: second.GetVersion(),
	})
	require.NoError(t, err)
	first.Current, second.Current = false, false
	for version, want := range []*reviewv1.Outcome{third, first, second, third} {
		got, err := supervisor.GetOutcome(t.Context(), &reviewv1.GetOutcomeRequest{Name: first.GetName(), Version: int32(version)})
		require.NoError(t, err)
		require.True(t, proto.Equal(want, got), "version %d: %v", version, got)
	}
	_, err = supervisor.GetOutcome(t.Context(), &reviewv1.GetOutcomeRequest{Name: first.GetName(), Version: 4})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	require.ErrorContains(t, err, "its highest is version 3")
	_, err = supervisor.GetOutcome(t.Context(), &reviewv1.GetOutcomeRequest{Name: nameOf(first) + "/outcomes/7", Version: 1})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = supervisor.GetOutcome(t.Context(), &reviewv1.GetOutcomeRequest{Name: first.GetName(), Version: -1})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}
