package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// pageSize is the largest that may be asked for; a server that allows less answers with less.
const pageSize = 1000

// Read reads the whole directory by name, also those who have left.
func Read(ctx context.Context, client routingv1.DirectoryServiceClient) ([]Resource, error) {
	var all []Resource
	for _, list := range []func(token string) ([]Resource, string, error){
		func(token string) ([]Resource, string, error) {
			page, err := client.ListDepartments(ctx, &routingv1.ListDepartmentsRequest{PageSize: pageSize, PageToken: token})
			return resources(page.GetDepartments()), page.GetNextPageToken(), err
		},
		func(token string) ([]Resource, string, error) {
			page, err := client.ListTeams(ctx, &routingv1.ListTeamsRequest{Parent: "departments/-", PageSize: pageSize, PageToken: token})
			return resources(page.GetTeams()), page.GetNextPageToken(), err
		},
		func(token string) ([]Resource, string, error) {
			page, err := client.ListAgents(ctx, &routingv1.ListAgentsRequest{ShowInactive: true, PageSize: pageSize, PageToken: token})
			return resources(page.GetAgents()), page.GetNextPageToken(), err
		},
	} {
		for first, token := true, ""; first || token != ""; first = false {
			page, next, err := list(token)
			if err != nil {
				return nil, err
			}
			all, token = append(all, page...), next
		}
	}
	return all, nil
}

// Apply makes the changes of a plan. What is new is added first, without naming others who may be new too; then all is brought into line,
// as often as it takes: who is to be whose supervisor may have to be somebody else's no more before. It fails with what was refused in the
// end; what was done before stays, and another run goes on from there.
func Apply(ctx context.Context, client routingv1.DirectoryServiceClient, changes []Change) error {
	var open []Change
	for _, c := range changes {
		if c.Before != nil {
			open = append(open, c)
			continue
		}
		added, err := create(ctx, client, alone(c.After))
		if err != nil {
			return fmt.Errorf("%s: %w", c.After.GetName(), err)
		}
		if c.Fields = overwrite(proto.Clone(added).(Resource), Entry{Resource: c.After, Fields: c.Fields}); len(c.Fields) > 0 {
			c.Before = added
			open = append(open, c)
		}
	}
	for len(open) > 0 {
		var refused []Change
		var reasons []error
		for _, c := range open {
			err := update(ctx, client, c)
			switch status.Code(err) {
			case codes.OK:
			case codes.InvalidArgument, codes.FailedPrecondition:
				refused, reasons = append(refused, c), append(reasons, fmt.Errorf("%s: %w", c.After.GetName(), err))
			default:
				return fmt.Errorf("%s: %w", c.After.GetName(), err)
			}
		}
		if len(refused) == len(open) {
			return errors.Join(reasons...)
		}
		open = refused
	}
	return nil
}

// alone is a resource without those fields that name people, or departments above.
func alone(r Resource) Resource {
	plain, _ := proto.Clone(r).(Resource)
	switch r := plain.(type) {
	case *routingv1.Department:
		r.Manager, r.Supervisor, r.Parent = "", "", ""
	case *routingv1.Team:
		r.Lead = ""
	case *routingv1.Agent:
		r.Supervisor, r.Absences = "", nil
	}
	return plain
}

// create adds a resource.
func create(ctx context.Context, client routingv1.DirectoryServiceClient, r Resource) (Resource, error) {
	parts := strings.Split(r.GetName(), "/")
	id := parts[len(parts)-1]
	switch r := r.(type) {
	case *routingv1.Department:
		return client.CreateDepartment(ctx, &routingv1.CreateDepartmentRequest{DepartmentId: id, Department: r})
	case *routingv1.Team:
		return client.CreateTeam(ctx, &routingv1.CreateTeamRequest{Parent: strings.Join(parts[:2], "/"), TeamId: id, Team: r})
	case *routingv1.Agent:
		return client.CreateAgent(ctx, &routingv1.CreateAgentRequest{AgentId: id, Agent: r})
	default:
		return nil, fmt.Errorf("%T is no resource of the directory", r)
	}
}

// update changes a resource that is still as it was when it was read.
func update(ctx context.Context, client routingv1.DirectoryServiceClient, c Change) (err error) {
	after, _ := proto.Clone(c.After).(Resource)
	fields := after.ProtoReflect().Descriptor().Fields()
	after.ProtoReflect().Set(fields.ByName("etag"), protoreflect.ValueOfString(c.Before.GetEtag()))
	mask := &fieldmaskpb.FieldMask{}
	for _, f := range c.Fields {
		mask.Paths = append(mask.Paths, string(f.Name()))
	}
	switch r := after.(type) {
	case *routingv1.Department:
		_, err = client.UpdateDepartment(ctx, &routingv1.UpdateDepartmentRequest{Department: r, UpdateMask: mask})
	case *routingv1.Team:
		_, err = client.UpdateTeam(ctx, &routingv1.UpdateTeamRequest{Team: r, UpdateMask: mask})
	case *routingv1.Agent:
		_, err = client.UpdateAgent(ctx, &routingv1.UpdateAgentRequest{Agent: r, UpdateMask: mask})
	}
	return err
}
