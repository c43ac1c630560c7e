package gateway

import (
	"context"
	"errors"
	"log/slog"

	"google.golang.org/grpc"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// EventLog reads one service's event log. The generated EventLogServiceClient of each service is one.
type EventLog interface {
	// ListEvents lists the events of one subject in order.
	ListEvents(ctx context.Context, in *eventv1.ListEventsRequest, opts ...grpc.CallOption) (*eventv1.ListEventsResponse, error)
}

// Source is a service whose log is part of the timeline.
type Source struct {
	// Name is the service's name, as in Event.source.
	Name string
	// Log reads its events with the edge's own identity.
	Log EventLog
}

// Deps are what the service needs. All are required.
type Deps struct {
	// Sources are the services whose logs make up the timeline.
	Sources []Source
	// Intake answers whether a complaint exists.
	Intake intakev1.IntakeServiceClient
	// Followup lists duties.
	Followup followupv1.FollowupServiceClient
	// Policy holds what the public guide says.
	Policy *policy.Policy
	// Logger hears of services that could not be asked.
	Logger *slog.Logger
}

// Service implements GatewayService.
type Service struct {
	deps Deps
}

// New returns the service, or an error that names the missing dependency.
func New(deps Deps) (*Service, error) {
	switch {
	case len(deps.Sources) == 0:
		return nil, errors.New("gateway: no sources")
	case deps.Intake == nil, deps.Followup == nil:
		return nil, errors.New("gateway: a service client is missing")
	case deps.Policy == nil:
		return nil, errors.New("gateway: no policy")
	case deps.Logger == nil:
		return nil, errors.New("gateway: no logger")
	}
	return &Service{deps: deps}, nil
}

// Register adds the service to a gRPC server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	gatewayv1.RegisterGatewayServiceServer(server, s)
}
