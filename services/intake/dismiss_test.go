package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// grumble is a text with a signal that weighs little.
const grumble = "电话打不通，这是第三次了"

// said records a message of the customer, a second after what came before.
func (f *fixture) said(complaint, text string) *intakev1.Message {
	f.t.Helper()
	f.pass(time.Second)
	m, err := say(f.t, f.public, complaint, intakev1.Message_CUSTOMER, text)
	require.NoError(f.t, err)
	return m
}

func (f *fixture) lower(complaint string) {
	f.t.Helper()
	f.pass(time.Second)
	_, err := f.records.SetSeverity(f.t.Context(), &intakev1.SetSeverityRequest{
		Name: complaint, Severity: policyv1.Severity_LOW, Reason: "客户说是气话",
	})
	require.NoError(f.t, err)
}

// What a person weighed when they lowered the severity is not added to what comes later (RISK-5).
func TestLoweredSeverityStays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	c, alone := f.in(intakev1.Complaint_ACTIVE), f.in(intakev1.Complaint_ACTIVE)
	f.lower(alone.GetName())
	f.said(alone.GetName(), grumble)
	f.said(c.GetName(), threat)
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
	f.lower(c.GetName())
	f.said(c.GetName(), grumble)
	require.Less(t, f.get(c.GetName()).GetSeverity(), policyv1.Severity_HIGH)
	require.Equal(t, f.get(alone.GetName()).GetSeverity(), f.get(c.GetName()).GetSeverity(), "as if the threat had not been")
	require.Greater(t, len(f.record(c.GetName()).GetSignals()), 1, "all stay on record")
	f.said(c.GetName(), threat)
	require.GreaterOrEqual(t, f.get(c.GetName()).GetSeverity(), policyv1.Severity_HIGH, "what is new counts")
}

// A message that a person found not to threaten takes its threat out of the sum, and back in when they change their mind.
func TestReclassifiedThreatCountsNoMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	m := f.said(c.GetName(), threat)
	reclassify := func(kind policyv1.MessageKind) *intakev1.Signal {
		f.pass(time.Second)
		_, err := f.records.ReclassifyMessage(t.Context(), &intakev1.ReclassifyMessageRequest{Name: m.GetName(), Kind: kind})
		require.NoError(t, err)
		return f.signal(c.GetName(), policyv1.SignalKind_THREAT)
	}
	dismissed := reclassify(policyv1.MessageKind_NEW_INFORMATION)
	require.Equal(t, "agents/lin", dismissed.GetDismissActor())
	require.True(t, dismissed.GetDismissTime().AsTime().Equal(f.now()))
	require.NotEmpty(t, dismissed.GetQuote(), "it stays on record")
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity(), "nothing is undone")
	last := f.payloads(c.GetName())
	require.Equal(t, "DISMISSED", last[len(last)-1].GetRecordChanged().GetState())
	require.Nil(t, reclassify(policyv1.MessageKind_THREATENS).GetDismissTime())
	require.NotNil(t, reclassify(policyv1.MessageKind_NEW_INFORMATION).GetDismissTime())
}

// A threat of the statement, which is no message, is dismissed by itself, with a reason.
func TestDismissSignal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	req := request()
	req.Statement = threat
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	signal := f.signal(c.GetName(), policyv1.SignalKind_THREAT)
	dismiss := func(name, reason string) (*intakev1.Signal, error) {
		return f.records.DismissSignal(t.Context(), &intakev1.DismissSignalRequest{Name: name, Reason: reason})
	}
	f.pass(time.Second)
	dismissed, err := dismiss(signal.GetName(), "客户引用了别人的话")
	require.NoError(t, err)
	require.Equal(t, "客户引用了别人的话", dismissed.GetDismissReason())
	require.Equal(t, "agents/lin", dismissed.GetDismissActor())
	require.Equal(t, signal.GetQuote(), dismissed.GetQuote())
	version := f.get(c.GetName()).GetEtag()
	_, err = dismiss(signal.GetName(), "once more")
	require.NoError(t, err)
	require.Equal(t, version, f.get(c.GetName()).GetEtag(), "again changes nothing")
	require.Equal(t, "客户引用了别人的话", f.signal(c.GetName(), policyv1.SignalKind_THREAT).GetDismissReason())

	auditor := intakev1.NewRecordServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	masked, err := auditor.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: c.GetName() + "/record"})
	require.NoError(t, err)
	require.Empty(t, masked.GetSignals()[0].GetDismissReason())
	require.Equal(t, "agents/lin", masked.GetSignals()[0].GetDismissActor())

	_, err = dismiss(signal.GetName(), " ")
	rpctest.RequireField(t, err, "reason")
	_, err = dismiss(c.GetName()+"/signals/none", "x")
	refused(t, err, codes.NotFound, intakev1.ErrorReason_ENTRY_NOT_FOUND)

	counted, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	for name, want := range map[string]policyv1.Severity{counted.GetName(): policyv1.Severity_URGENT, c.GetName(): policyv1.Severity_HIGH} {
		_, err := f.records.CreateSignal(t.Context(), &intakev1.CreateSignalRequest{Parent: name, Signal: &intakev1.Signal{Quote: "哽咽"}})
		require.NoError(t, err)
		require.Equal(t, want, f.get(name).GetSeverity(), "what was dismissed counts no more")
	}
}
