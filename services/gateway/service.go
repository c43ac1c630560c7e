package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/limit"
	"github.com/redress-dev/redress/services/internal/page"
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
	// Verifier checks them, with the edge's own identity.
	Verifier Verifier
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
	// Public finds complaints for customers.
	Public intakev1.PublicServiceClient
	// Surveys asks customers whether a resolution held.
	Surveys followupv1.SurveyServiceClient
	// Keys open what the timeline quotes.
	Keys Keys
	// Now is the clock.
	Now func() time.Time
	// Pages makes the tokens of the timeline's pages.
	Pages *page.Codec
	// Evidence signs and records the files of complaints.
	Evidence Evidence
	// Codec decrypts what Temporal keeps of workflows; nil where nothing is encrypted.
	Codec Codec
	// AsCaller reaches all services, without credentials of its own: each call carries the caller's token.
	AsCaller grpc.ClientConnInterface
}

// Service implements GatewayService.
type Service struct {
	deps Deps
	// byReference and byAddress hold whoever needs no token against the policy's limits.
	byReference, byAddress, byToken *limit.Limiter
	// unsubscribing holds the addresses from which surveys are ended: a mail provider does so for all of its customers (RFC 8058).
	unsubscribing *limit.Limiter
	texts         map[string]statusTexts
	zone          *time.Location
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
	case deps.Keys == nil:
		return nil, errors.New("gateway: no keys")
	case deps.Pages == nil:
		return nil, errors.New("gateway: no page tokens")
	case deps.Evidence.Key != nil && deps.Evidence.Recorder == nil:
		return nil, errors.New("gateway: nobody records who reads evidence")
	case deps.AsCaller == nil:
		return nil, errors.New("gateway: the connection for callers is missing")
	case deps.Public == nil, deps.Surveys == nil, deps.Now == nil:
		return nil, errors.New("gateway: the public service, the surveys or the clock is missing")
	}
	texts, err := readStatusTexts()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(deps.Policy.Proto().GetStaffedHours().GetTimeZone())
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	public, asks := deps.Policy.Proto().GetPublic(), deps.Policy.Proto().GetFollowups()
	return &Service{
		deps: deps, texts: texts, zone: zone, byReference: allowance(public.GetPerReference(), deps.Now), byAddress: allowance(public.GetPerAddress(), deps.Now),
		byToken: allowance(asks.GetPerToken(), deps.Now), unsubscribing: allowance(asks.GetPerUnsubscriber(), deps.Now),
	}, nil
}

// Register adds the service to a gRPC server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	gatewayv1.RegisterGatewayServiceServer(server, s)
}
