package reach_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/reach"
)

const (
	mine   = "complaints/0123456789abcdefghjkmnpqrs"
	theirs = "complaints/1123456789abcdefghjkmnpqrs"
)

// authority hides what is theirs.
type authority struct {
	asked []*routingv1.CheckAccessRequest
	err   error
}

func (a *authority) CheckAccess(_ context.Context, in *routingv1.CheckAccessRequest, _ ...grpc.CallOption) (*routingv1.CheckAccessResponse, error) {
	a.asked = append(a.asked, in)
	if a.err != nil || !slices.Contains(in.GetComplaints(), theirs) {
		return &routingv1.CheckAccessResponse{}, a.err
	}
	return &routingv1.CheckAccessResponse{Hidden: []string{theirs}}, nil
}

func narrow() *policyv1.Access {
	return &policyv1.Access{Agents: policyv1.Access_DEPARTMENT, Supervisors: policyv1.Access_BELOW}
}

func begin(t *testing.T) (*reach.Reach, *authority) {
	t.Helper()
	a := &authority{}
	r, err := reach.New(narrow(), a)
	require.NoError(t, err)
	return r, a
}

func as(t *testing.T, roles ...authv1.Role) context.Context {
	t.Helper()
	return auth.NewContext(t.Context(), auth.Identity{Subject: "agents/lin", Roles: roles, Departments: []string{"departments/billing"}})
}

func TestHowFarSomebodySees(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	for _, tc := range []struct {
		subject string
		roles   []authv1.Role
		want    policyv1.Access_Reach
	}{
		{"agents/lin", []authv1.Role{authv1.Role_AGENT}, policyv1.Access_DEPARTMENT},
		{"agents/lin", []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR}, policyv1.Access_BELOW},
		{"agents/lin", []authv1.Role{authv1.Role_AGENT, authv1.Role_MANAGER}, policyv1.Access_ALL},
		{"agents/lin", []authv1.Role{authv1.Role_AUDITOR}, policyv1.Access_ALL},
		{"services/crm", []authv1.Role{authv1.Role_AGENT}, policyv1.Access_ALL},
	} {
		require.Equal(t, tc.want, reach.Of(narrow(), auth.Identity{Subject: tc.subject, Roles: tc.roles}))
	}
	require.True(t, reach.Narrows(narrow()))
	require.False(t, reach.Narrows(&policyv1.Access{Agents: policyv1.Access_ALL, Supervisors: policyv1.Access_ALL}))
}

func TestRequests(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	r, a := begin(t)
	for _, request := range []proto.Message{
		&intakev1.GetComplaintRequest{Name: theirs},
		&intakev1.GetComplaintRequest{Name: theirs + "/messages/1"},
		&eventv1.ListEventsRequest{Subject: theirs},
		&routingv1.CheckAccessRequest{Complaints: []string{mine, theirs}},
		&eventv1.ApplyEventsRequest{Events: []*eventv1.Event{{Subject: mine}, {Subject: theirs}}},
	} {
		err := r.Admit(as(t, authv1.Role_AGENT), request)
		require.Equal(t, "COMPLAINT_NOT_FOUND", errs.Reason(err), "%v", request)
		require.NoError(t, r.Admit(as(t, authv1.Role_AUDITOR), request))
		require.NoError(t, r.Admit(t.Context(), request), "whoever needs no token")
	}
	require.NoError(t, r.Admit(as(t, authv1.Role_SUPERVISOR), &intakev1.GetComplaintRequest{Name: mine}))
	last := a.asked[len(a.asked)-1]
	require.Equal(t, "agents/lin", last.GetAgent())
	require.Equal(t, policyv1.Access_BELOW, last.GetReach())
	require.Equal(t, []string{"departments/billing"}, last.GetDepartments())
	asked := len(a.asked)
	for _, text := range []string{"", "complaints/short", "complaints/0123456789ABCDEFGHJKMNPQRS", "see " + theirs, theirs + "x"} {
		require.NoError(t, r.Admit(as(t, authv1.Role_AGENT), &intakev1.GetComplaintRequest{Name: text}))
	}
	require.Len(t, a.asked, asked, "nobody is asked about what is no complaint")
	a.err = errors.New("away")
	require.ErrorContains(t, r.Admit(as(t, authv1.Role_AGENT), &intakev1.GetComplaintRequest{Name: mine}), "away")
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	r, a := begin(t)
	list := &intakev1.ListComplaintsResponse{Complaints: []*intakev1.Complaint{{Name: theirs}, {Name: mine}, {Name: theirs}}, NextPageToken: "next"}
	before := proto.Clone(list)
	got, err := r.Narrow(as(t, authv1.Role_AGENT), list)
	require.NoError(t, err)
	require.True(t, proto.Equal(&intakev1.ListComplaintsResponse{Complaints: []*intakev1.Complaint{{Name: mine}}, NextPageToken: "next"}, got), "%v", got)
	require.True(t, proto.Equal(before, list), "what others may hold too is not changed")
	require.Len(t, a.asked, 1, "once for all")

	_, err = r.Narrow(as(t, authv1.Role_AGENT), &intakev1.Complaint{Name: theirs})
	require.Equal(t, "COMPLAINT_NOT_FOUND", errs.Reason(err))
	_, err = r.Narrow(as(t, authv1.Role_AGENT), &remedyv1.Approval{Name: "approvals/1-1", Remedy: theirs + "/remedies/1"})
	require.Equal(t, "COMPLAINT_NOT_FOUND", errs.Reason(err))
	names, err := r.Narrow(as(t, authv1.Role_AGENT), &routingv1.CheckAccessResponse{Hidden: []string{mine, theirs, "agents/lin"}})
	require.NoError(t, err)
	require.Equal(t, []string{mine, "agents/lin"}, names.(*routingv1.CheckAccessResponse).GetHidden())
	all, err := r.Narrow(as(t, authv1.Role_MANAGER), list)
	require.NoError(t, err)
	require.Same(t, list, all)
	a.err = errors.New("away")
	_, err = r.Narrow(as(t, authv1.Role_AGENT), list)
	require.ErrorContains(t, err, "away")
}
