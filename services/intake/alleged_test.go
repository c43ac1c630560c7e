package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestNobodyJudgesWhatTheyPromised: neither whom the complaint is about, nor who is said to have promised it, however their name is written.
func TestNobodyJudgesWhatTheyPromised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "PROM-1", "ROUTE-2")
	f := newFixture(t)
	about := request()
	about.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: "agents/chen"}
	for _, test := range []struct {
		complaint *intakev1.CreateComplaintRequest
		speaker   string
	}{
		{about, ""},
		{request(), "agents/chen"},
		{request(), " Chen "},
	} {
		c, err := f.agent.CreateComplaint(t.Context(), test.complaint)
		require.NoError(t, err)
		made, err := f.records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
			Parent: c.GetName(), AllegedPromise: &intakev1.AllegedPromise{Text: "100 yuan by Friday", Speaker: test.speaker},
		})
		require.NoError(t, err)
		judge := func(by string, role authv1.Role, state intakev1.AllegedPromise_State) error {
			_, err := f.recordsAs(by, role).UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{
				AllegedPromise: &intakev1.AllegedPromise{Name: made.GetName(), State: state, Evidence: "the tape"},
			})
			return err
		}
		for _, role := range []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR} {
			refused(t, judge("agents/chen", role, intakev1.AllegedPromise_VERIFIED), codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
		}
		require.NoError(t, judge("agents/lin", authv1.Role_AGENT, intakev1.AllegedPromise_VERIFIED))
		for _, role := range []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR} {
			refused(t, judge("agents/chen", role, intakev1.AllegedPromise_REFUTED), codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
		}
		require.Len(t, f.told(c.GetName(), "alleged_promise_judged"), 1)
	}
}

// TestWhatIsVerifiedASupervisorTakesBack: it is owed, and whoever owes it handles the complaint (PROM-1). What was refuted anybody may verify.
func TestWhatIsVerifiedASupervisorTakesBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "PROM-1")
	f := newFixture(t)
	for _, above := range []authv1.Role{authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE} {
		c := f.file()
		made, err := f.records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
			Parent: c.GetName(), AllegedPromise: &intakev1.AllegedPromise{Text: "100 yuan by Friday", Speaker: "agents/chen"},
		})
		require.NoError(t, err)
		judge := func(role authv1.Role, state intakev1.AllegedPromise_State) error {
			_, err := f.recordsAs("agents/zhao", role).UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{
				AllegedPromise: &intakev1.AllegedPromise{Name: made.GetName(), State: state, Evidence: "the tape"},
			})
			return err
		}
		require.NoError(t, judge(authv1.Role_AGENT, intakev1.AllegedPromise_REFUTED))
		require.NoError(t, judge(authv1.Role_AGENT, intakev1.AllegedPromise_VERIFIED))
		refused(t, judge(authv1.Role_AGENT, intakev1.AllegedPromise_REFUTED), codes.PermissionDenied, intakev1.ErrorReason_VERIFIED_ALREADY)
		require.NoError(t, judge(authv1.Role_AGENT, intakev1.AllegedPromise_VERIFIED), "with better evidence")
		require.NoError(t, judge(above, intakev1.AllegedPromise_REFUTED))
	}
}
