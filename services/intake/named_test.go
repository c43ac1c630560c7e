package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhomItIsAboutIsSaidLater by who is in charge or above, as somebody of the directory; whoever is named, or was before, ends it no more.
func TestWhomItIsAboutIsSaidLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "REC-1")
	f := newFixture(t)
	req := request()
	req.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: "He Ling"}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	f.assign(c.GetName(), "departments/logistics", "agents/chen")
	name := func(by string, role authv1.Role, person string) error {
		got, err := f.client(by, role).UpdateComplaint(t.Context(), &intakev1.UpdateComplaintRequest{
			Complaint:  &intakev1.Complaint{Name: c.GetName(), Target: &intakev1.Target{Person: person}},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"target.person"}},
		})
		if err == nil {
			require.Equal(t, person, got.GetTarget().GetPerson())
			require.Equal(t, policyv1.TargetKind_STAFF, got.GetTarget().GetKind())
		}
		return err
	}
	refused(t, name("agents/lin", authv1.Role_AGENT, "agents/he"), codes.PermissionDenied, intakev1.ErrorReason_NOT_IN_CHARGE)
	for _, nobody := range []string{"", "He Ling", "agents/nobody", "departments/logistics"} {
		rpctest.RequireReason(t, name("agents/chen", authv1.Role_AGENT, nobody), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	require.Empty(t, f.told(c.GetName(), "target_named"))
	require.NoError(t, name("agents/chen", authv1.Role_AGENT, "agents/he"))
	require.NoError(t, name("agents/chen", authv1.Role_AGENT, "agents/he"), "which says nothing new")
	require.NoError(t, name("agents/zhao", authv1.Role_SUPERVISOR, "agents/wu"))
	told := f.told(c.GetName(), "target_named")
	require.Len(t, told, 2)
	require.Equal(t, []string{"agents/he"}, told[0].GetTargetNamed().GetTargetAgents())
	require.Equal(t, []string{"agents/wu"}, told[1].GetTargetNamed().GetTargetAgents())
	for _, who := range []string{"agents/he", "agents/wu"} {
		_, err = f.client(who, authv1.Role_SUPERVISOR).WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Reason: "x"})
		refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
	}
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Reason: "x"})
	require.NoError(t, err)
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "x"})
	require.NoError(t, err)
	require.Equal(t, "agents/wu", f.told(c.GetName(), "complaint_reopened")[0].GetComplaintReopened().GetTargetAgent())
}

// TestWhomARulingConcernsIsComplainedAbout from then on.
func TestWhomARulingConcernsIsComplainedAbout(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ASSESS-4")
	f := newFixture(t)
	name := f.file().GetName()
	f.investigate(name)
	f.assess(name)
	against := ruling()
	against.Concerned = []string{"departments/logistics", "agents/he"}
	first := f.rule(name, against)
	f.rule(name, against)
	told := f.told(name, "target_named")
	require.Len(t, told, 1, "they are told once, and departments judge nothing")
	require.Equal(t, []string{"agents/he"}, told[0].GetTargetNamed().GetTargetAgents())
	require.Equal(t, first.GetName(), told[0].GetTargetNamed().GetRuling())
	_, err := f.client("agents/he", authv1.Role_SUPERVISOR).ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
		Name: name, Outcome: intakev1.Complaint_EXPLAINED, Resolution: "x",
	})
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
}
