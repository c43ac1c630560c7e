package routing

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// ListDepartments lists departments by name.
func (s *Service) ListDepartments(ctx context.Context, req *routingv1.ListDepartmentsRequest) (*routingv1.ListDepartmentsResponse, error) {
	page, next, err := list(ctx, s, req, "departments", func(*routingv1.Department) bool { return true })
	return &routingv1.ListDepartmentsResponse{Departments: page, NextPageToken: next}, err
}

// ListTeams lists the teams of a department, or of all, by name.
func (s *Service) ListTeams(ctx context.Context, req *routingv1.ListTeamsRequest) (*routingv1.ListTeamsResponse, error) {
	within := req.GetParent() + "/"
	if req.GetParent() == "departments/-" {
		within = "departments/"
	}
	page, next, err := list(ctx, s, req, "teams of "+req.GetParent(), func(t *routingv1.Team) bool { return strings.HasPrefix(t.GetName(), within) })
	return &routingv1.ListTeamsResponse{Teams: page, NextPageToken: next}, err
}

// ListAgents lists people by name, each with the present load; those who have left if they are asked for.
func (s *Service) ListAgents(ctx context.Context, req *routingv1.ListAgentsRequest) (*routingv1.ListAgentsResponse, error) {
	collection := "agents"
	if req.GetShowInactive() {
		collection = "all agents"
	}
	page, next, err := list(ctx, s, req, collection, func(a *routingv1.Agent) bool { return req.GetShowInactive() || isActive(a) })
	return &routingv1.ListAgentsResponse{Agents: page, NextPageToken: next}, err
}

// pageRequest is what the list requests have in common.
type pageRequest interface {
	GetPageSize() int32
	GetPageToken() string
}

// list makes a page of the resources of one kind that are wanted, and the token of the next one, empty on the last page.
func list[T Resource](ctx context.Context, s *Service, req pageRequest, collection string, wanted func(T) bool) (page []T, next string, err error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, "", err
	}
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), collection)
	if err != nil {
		return nil, "", err
	}
	after := ""
	if len(cursor) > 0 {
		after = cursor[0]
	}
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, "", err
	}
	names := d.names(func(r Resource) bool {
		of, ok := r.(T)
		return ok && wanted(of)
	}, after)
	if len(names) > int(size) {
		names = names[:size]
		next = s.deps.Pages.Encode([]string{names[size-1]}, collection)
	}
	shown := make([]Resource, len(names))
	for i, name := range names {
		one, _ := proto.Clone(d.Find(name)).(T)
		page, shown[i] = append(page, one), one
	}
	return page, next, s.count(ctx, shown)
}
