package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// refusalEnds has remedy tell how a refusal ended.
func (f *fixture) refusalEnds(complaint string, cycle int32, number, state string) (again func() bool) {
	f.t.Helper()
	return f.hears(complaint, cycle, "refusal_ended", &eventv1.Payload{Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: &eventv1.RefusalEnded{
		Refusal: complaint + "/refusals/" + number, State: state, Step: "END_CONTACT",
	}}})
}

// TestWhoRulesSeesTheRefusalOnRecord: what was confirmed when the contact was ended is suggested, and nothing that nobody confirmed; whoever
// rules may say otherwise (REF-1, ASSESS-4).
func TestWhoRulesSeesTheRefusalOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "ASSESS-4")
	f := newFixture(t)
	name := f.file().GetName()
	require.Nil(t, f.read(name).GetRefusalOnRecord())
	f.refusalEnds(name, 1, "1", "ENDED")
	f.refusalEnds(name, 2, "1", "CONTACT_ENDED")
	require.Nil(t, f.read(name).GetRefusalOnRecord(), "nobody has ended one in this cycle")

	f.refusalEnds(name, 1, "1", "ACCEPTED")
	got := f.read(name).GetRefusalOnRecord()
	require.Equal(t, []string{name + "/refusals/1", "ACCEPTED"}, []string{got.GetRefusal(), got.GetState()})
	require.Nil(t, got.GetSuggested(), "nobody has confirmed anything")

	f.assign(name, "departments/logistics", "agents/he")
	again := f.refusalEnds(name, 1, "2", "CONTACT_ENDED")
	_, err := f.agent.ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
		Name: name, Outcome: intakev1.Complaint_REFUSED, Resolution: "已过期限",
	})
	require.NoError(t, err)
	f.confirm(name)
	require.False(t, again())
	got = f.read(name).GetRefusalOnRecord()
	require.Equal(t, name+"/refusals/2", got.GetRefusal(), "the last one")
	require.NotEmpty(t, got.GetActor())
	require.NotNil(t, got.GetEndTime())
	requireSame(t, &intakev1.RefusalCheck{ByTheRules: true, WithoutAttitudeIssue: true}, got.GetSuggested())
	masked, err := f.as("agents/he", authv1.Role_AUDITOR).GetAssessment(t.Context(), &intakev1.GetAssessmentRequest{Name: name + "/assessment"})
	require.NoError(t, err)
	requireSame(t, got, masked.GetRefusalOnRecord())

	f.investigate(name)
	f.assess(name)
	ruling := &intakev1.Ruling{Responsibility: policyv1.Responsibility_NOT_RESPONSIBLE, ReasonCode: policyv1.RulingReason_NO_FAULT, Reason: "按规定"}
	_, err = f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: ruling})
	require.ErrorContains(t, err, "refusal_on_record", "who rules says it, and knows where it is suggested")
	ruling.Refusal = got.GetSuggested()
	f.rule(name, ruling)
}

// TestARefusalIsHeardOfAfterTheEnd: the fact may come later than the end of its cycle, and an erased customer's is left alone.
func TestARefusalIsHeardOfAfterTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	f := newFixture(t)
	name := f.file().GetName()
	_, err := f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	f.refusalEnds(name, 1, "1", "CONTACT_ENDED")
	require.True(t, f.read(name).GetRefusalOnRecord().GetSuggested().GetByTheRules())
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	require.Nil(t, f.read(name).GetRefusalOnRecord(), "the next cycle is looked at anew")
}
