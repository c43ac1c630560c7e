package routing

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// CreateDepartment adds a department.
func (s *Service) CreateDepartment(ctx context.Context, req *routingv1.CreateDepartmentRequest) (*routingv1.Department, error) {
	req.GetDepartment().Name = departmentName(req.GetDepartmentId())
	return add(ctx, s, req.GetDepartment())
}

// GetDepartment reads a department.
func (s *Service) GetDepartment(ctx context.Context, req *routingv1.GetDepartmentRequest) (*routingv1.Department, error) {
	return read[*routingv1.Department](ctx, s, req.GetName())
}

// UpdateDepartment changes a department.
func (s *Service) UpdateDepartment(ctx context.Context, req *routingv1.UpdateDepartmentRequest) (*routingv1.Department, error) {
	return change(ctx, s, req.GetDepartment(), req.GetUpdateMask().GetPaths())
}

// DeleteDepartment removes a department that nothing and nobody depends on.
func (s *Service) DeleteDepartment(ctx context.Context, req *routingv1.DeleteDepartmentRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.remove(ctx, req.GetName(), req.GetEtag())
}

// CreateTeam adds a team to a department.
func (s *Service) CreateTeam(ctx context.Context, req *routingv1.CreateTeamRequest) (*routingv1.Team, error) {
	req.GetTeam().Name = req.GetParent() + "/teams/" + req.GetTeamId()
	return add(ctx, s, req.GetTeam())
}

// GetTeam reads a team.
func (s *Service) GetTeam(ctx context.Context, req *routingv1.GetTeamRequest) (*routingv1.Team, error) {
	return read[*routingv1.Team](ctx, s, req.GetName())
}

// UpdateTeam changes a team.
func (s *Service) UpdateTeam(ctx context.Context, req *routingv1.UpdateTeamRequest) (*routingv1.Team, error) {
	return change(ctx, s, req.GetTeam(), req.GetUpdateMask().GetPaths())
}

// DeleteTeam removes a team that has no members.
func (s *Service) DeleteTeam(ctx context.Context, req *routingv1.DeleteTeamRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.remove(ctx, req.GetName(), req.GetEtag())
}

// CreateAgent adds a person.
func (s *Service) CreateAgent(ctx context.Context, req *routingv1.CreateAgentRequest) (*routingv1.Agent, error) {
	req.GetAgent().Name = agentName(req.GetAgentId())
	return add(ctx, s, req.GetAgent())
}

// GetAgent reads a person, also one who has left, with the present load.
func (s *Service) GetAgent(ctx context.Context, req *routingv1.GetAgentRequest) (*routingv1.Agent, error) {
	return read[*routingv1.Agent](ctx, s, req.GetName())
}

// UpdateAgent changes a person. Who is made inactive gives up the open complaints.
func (s *Service) UpdateAgent(ctx context.Context, req *routingv1.UpdateAgentRequest) (*routingv1.Agent, error) {
	return change(ctx, s, req.GetAgent(), req.GetUpdateMask().GetPaths())
}

// DeleteAgent removes a person on whom nobody depends, who stays on record, inactive, after having had a complaint. Open complaints go
// back to the queue.
func (s *Service) DeleteAgent(ctx context.Context, req *routingv1.DeleteAgentRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.remove(ctx, req.GetName(), req.GetEtag())
}
