package routing

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// TestHowHighSomebodyStands by what is on record of departments, teams and reporting lines.
func TestHowHighSomebodyStands(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	agent := func(id, supervisor string) *routingv1.Agent {
		a := &routingv1.Agent{Name: "agents/" + id, Department: "departments/d"}
		if supervisor != "" {
			a.Supervisor = "agents/" + supervisor
		}
		return a
	}
	left := agent("left", "mentor")
	left.Active = proto.Bool(false)
	d, err := NewDirectory(2, []Resource{
		&routingv1.Department{Name: "departments/d", Manager: "agents/manager", Supervisor: "agents/watches"},
		&routingv1.Team{Name: "departments/d/teams/t", Lead: "agents/leads"},
		agent("chair", ""), agent("executive", "chair"), agent("director", "executive"), agent("manager", "director"), agent("supervisor", "manager"),
		agent("agent", "supervisor"), agent("watches", "manager"), agent("leads", "supervisor"), agent("mentor", "manager"), left,
	})
	require.NoError(t, err)
	for name, want := range map[string]authv1.Role{
		"chair": authv1.Role_EXECUTIVE, "executive": authv1.Role_EXECUTIVE, "director": authv1.Role_MANAGER, "manager": authv1.Role_MANAGER,
		"supervisor": authv1.Role_SUPERVISOR, "watches": authv1.Role_SUPERVISOR, "leads": authv1.Role_SUPERVISOR, "agent": authv1.Role_AGENT,
		"mentor": authv1.Role_AGENT, "nobody": authv1.Role_AGENT,
	} {
		require.Equal(t, want, d.standing("agents/"+name, "agents/executive"), name)
	}
	level := func(role authv1.Role) *policyv1.ApprovalLevel { return &policyv1.ApprovalLevel{Authority: role} }
	levels := []*policyv1.ApprovalLevel{level(authv1.Role_SUPERVISOR), level(authv1.Role_MANAGER), level(authv1.Role_EXECUTIVE)}
	require.Equal(t, authv1.Role_SUPERVISOR, standsFor(levels, 1))
	require.Equal(t, authv1.Role_MANAGER, standsFor(levels, 2))
	require.Equal(t, authv1.Role_MANAGER, standsFor(levels, 3))
	require.Equal(t, authv1.Role_SUPERVISOR, standsFor(levels[2:], 1))
}
