package intake_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// recordsAs is the record as somebody else keeps it.
func (f *fixture) recordsAs(subject string, roles ...authv1.Role) intakev1.RecordServiceClient {
	return intakev1.NewRecordServiceClient(f.harness.Conn(subject, roles...))
}

// longPast is what a workflow says of a duty of the first cycle.
func longPast(complaint, duty string, kind policyv1.DutyKind) *intakev1.RaiseRiskRequest {
	return &intakev1.RaiseRiskRequest{
		Name: complaint, Cycle: 1, Duty: complaint + "/duties/" + duty, Kind: kind, DueTime: timestamppb.New(begin),
	}
}

func TestATargetMissedLongAgoIsASignalOncePerDuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "RISK-5")
	f := newFixture(t)
	worker := f.recordsAs("services/worker", authv1.Role_SERVICE)
	c := f.file()
	f.pass(13 * time.Hour)
	callback := longPast(c.GetName(), "1-callback", policyv1.DutyKind_CALLBACK)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			answer, err := worker.RaiseRisk(t.Context(), callback)
			if err != nil || answer.GetSignal() != c.GetName()+"/signals/past-1-callback" {
				t.Errorf("RaiseRisk: %v, %v", answer, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []string{"complaint_received", "signals_raised", "severity_changed"}, f.types(c.GetName()))
	raised := f.payloads(c.GetName())[1].GetSignalsRaised()
	require.True(t, raised.GetEscalate())
	require.Equal(t, policyv1.SignalKind_TARGET_LONG_PAST, raised.GetEscalatedKind())
	require.Equal(t, callback.GetDuty(), raised.GetSignals()[0].GetSource(), "the duty is the evidence")
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())

	// Another duty is another signal, though the kind weighs once.
	_, err := worker.RaiseRisk(t.Context(), longPast(c.GetName(), "1-contact", policyv1.DutyKind_CONTACT))
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
	record, err := worker.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: c.GetName() + "/record"})
	require.NoError(t, err)
	require.Len(t, record.GetSignals(), 2)
	require.Equal(t, "attention.past_target", record.GetSignals()[0].GetRuleId())
}

func TestNoRiskIsRaisedWhereNobodyNeedsToHurry(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3")
	f := newFixture(t)
	worker := f.recordsAs("services/worker", authv1.Role_SERVICE)
	resolved, closed := f.in(intakev1.Complaint_RESOLVED), f.in(intakev1.Complaint_CLOSED)
	for _, c := range []*intakev1.Complaint{resolved, closed} {
		before := f.types(c.GetName())
		answer, err := worker.RaiseRisk(t.Context(), longPast(c.GetName(), "1-callback", policyv1.DutyKind_CALLBACK))
		require.NoError(t, err)
		require.Empty(t, answer.GetSignal())
		require.Equal(t, before, f.types(c.GetName()))
	}
	_, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: resolved.GetName(), Reason: "again"})
	require.NoError(t, err)
	answer, err := worker.RaiseRisk(t.Context(), longPast(resolved.GetName(), "1-callback", policyv1.DutyKind_CALLBACK))
	require.NoError(t, err)
	require.Empty(t, answer.GetSignal(), "the cycle of that duty has ended")
}

func TestRaiseRiskRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	worker := f.recordsAs("services/worker", authv1.Role_SERVICE)
	c, other := f.file(), f.file()
	_, err := f.recordsAs("agents/lin", authv1.Role_AGENT).RaiseRisk(t.Context(), longPast(c.GetName(), "1-callback", policyv1.DutyKind_CALLBACK))
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	_, err = worker.RaiseRisk(t.Context(), longPast(nobody, "1-callback", policyv1.DutyKind_CALLBACK))
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	strange, timeless := longPast(c.GetName(), "1-callback", policyv1.DutyKind_CALLBACK), longPast(c.GetName(), "1-callback", policyv1.DutyKind_CALLBACK)
	strange.Duty, timeless.DueTime = other.GetName()+"/duties/1-callback", nil
	for _, req := range []*intakev1.RaiseRiskRequest{strange, timeless, longPast(c.GetName(), "1-callback", 0)} {
		_, err = worker.RaiseRisk(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	require.Equal(t, []string{"complaint_received"}, f.types(c.GetName()))
}

// What had been long past when it was put on record is a signal, and nothing else: the ladder hears of the broken duty (ROUTE-4).
func TestATargetLongPastWhenFiledIsEscalatedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "REC-8", "ROUTE-4")
	for due, escalates := range map[time.Duration]bool{-48 * time.Hour: false, -12 * time.Hour: false, -11 * time.Hour: true} {
		f := newFixture(t)
		worker := f.recordsAs("services/worker", authv1.Role_SERVICE)
		answers := f.imports(&intakev1.ImportOptions{Source: "old"}, f.row("1"))
		c := answers[0].GetComplaint()
		f.pass(2 * time.Hour)
		request := longPast(c, "1-callback", policyv1.DutyKind_CALLBACK)
		request.DueTime = timestamppb.New(f.get(c).GetCreateTime().AsTime().Add(due))
		_, err := worker.RaiseRisk(t.Context(), request)
		require.NoError(t, err)
		raised := f.told(c, "signals_raised")
		require.Equal(t, escalates, raised[len(raised)-1].GetSignalsRaised().GetEscalate(), due)
		require.Equal(t, policyv1.Severity_HIGH, f.get(c).GetSeverity(), "it gets the attention that it needs")
	}
}
