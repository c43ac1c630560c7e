package review

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// managerOf is who answers for a department: "agents/{agent}"; empty for none. Errors: those of routing, but for a department that is not there.
func (s *Service) managerOf(ctx context.Context, department string) (string, error) {
	found, err := s.department(ctx, department)
	return found.GetManager(), err
}

// department is one of the directory; nil for none. Errors: those of routing, but for a department that is not there.
func (s *Service) department(ctx context.Context, name string) (*routingv1.Department, error) {
	if name == "" {
		return nil, nil
	}
	found, err := s.deps.Owners.Directory.GetDepartment(ctx, &routingv1.GetDepartmentRequest{Name: name})
	if status.Code(err) == codes.NotFound {
		return nil, nil
	}
	return found, err
}

// there wants somebody to be in the directory and not to have left. Errors: AGENT_UNKNOWN, those of routing.
func (s *Service) there(ctx context.Context, agent string) error {
	found, err := s.deps.Owners.Directory.GetAgent(ctx, &routingv1.GetAgentRequest{Name: agent})
	switch {
	case status.Code(err) == codes.NotFound:
		return agentUnknown(agent)
	case err != nil:
		return err
	case found.Active != nil && !found.GetActive(): // Everybody of whom the opposite is not said is there.
		return agentUnknown(agent)
	}
	return nil
}
