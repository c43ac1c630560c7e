package routing

import (
	"context"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// ListDepartments lists the active departments by name.
func (s *Service) ListDepartments(ctx context.Context, req *routingv1.ListDepartmentsRequest) (*routingv1.ListDepartmentsResponse, error) {
	resp := &routingv1.ListDepartmentsResponse{}
	next, err := s.list("departments", req, func(after string, limit int) ([]string, error) {
		found, err := s.deps.Store.Departments(ctx, after, limit)
		names := make([]string, len(found))
		for i, d := range found {
			names[i] = d.ID
			resp.Departments = append(resp.Departments, departmentProto(d))
		}
		return names, err
	})
	if err != nil {
		return nil, err
	}
	resp.Departments, resp.NextPageToken = resp.Departments[:min(len(resp.Departments), next.size)], next.token
	return resp, nil
}

// ListAgents lists the active agents by name, each with the present load.
func (s *Service) ListAgents(ctx context.Context, req *routingv1.ListAgentsRequest) (*routingv1.ListAgentsResponse, error) {
	resp := &routingv1.ListAgentsResponse{}
	next, err := s.list("agents", req, func(after string, limit int) ([]string, error) {
		found, err := s.deps.Store.Agents(ctx, after, limit)
		names := make([]string, len(found))
		for i, a := range found {
			names[i] = a.ID
			resp.Agents = append(resp.Agents, agentProto(a))
		}
		return names, err
	})
	if err != nil {
		return nil, err
	}
	resp.Agents, resp.NextPageToken = resp.Agents[:min(len(resp.Agents), next.size)], next.token
	return resp, nil
}

// pageRequest is what the list requests have in common.
type pageRequest interface {
	GetPageSize() int32
	GetPageToken() string
}

// nextPage is how a page ends.
type nextPage struct {
	// size is how many of what was read belong to the page.
	size int
	// token continues after it; empty on the last page.
	token string
}

// list reads a page by id: one more than asked for tells whether there is another page.
func (s *Service) list(collection string, req pageRequest, read func(after string, limit int) ([]string, error)) (nextPage, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nextPage{}, err
	}
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), collection)
	if err != nil {
		return nextPage{}, err
	}
	after := ""
	if len(cursor) > 0 {
		after = cursor[0]
	}
	names, err := read(after, int(size)+1)
	if err != nil {
		return nextPage{}, err
	}
	next := nextPage{size: int(size)}
	if len(names) > int(size) {
		next.token = s.deps.Pages.Encode([]string{names[size-1]}, collection)
	}
	return next, nil
}
