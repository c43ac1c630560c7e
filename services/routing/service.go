package routing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/limit"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Config configures the service. There is nothing to configure yet: what a firm decides is in the policy.
type Config struct{}

// Deps are what the service needs. All are required.
type Deps struct {
	// Store keeps its records.
	Store Store
	// Log is its event log.
	Log *eventlog.Log
	// Policy holds directory, rules and ladder.
	Policy *policy.Policy
	// Notifier tells people.
	Notifier Notifier
	// Pages makes page tokens.
	Pages *page.Codec
	// Now is the clock.
	Now func() time.Time
	// Logger hears of defects.
	Logger *slog.Logger
	// Gathering keeps the notices that wait to be told together.
	Gathering GatherStore
}

// Service implements RoutingService.
type Service struct {
	deps      Deps
	directory directory
	crowd     *limit.Limiter
}

// New returns the service, or an error that names the missing dependency.
func New(_ Config, deps Deps) (*Service, error) {
	switch {
	case deps.Store == nil:
		return nil, errors.New("routing: no store")
	case deps.Log == nil:
		return nil, errors.New("routing: no event log")
	case deps.Policy == nil:
		return nil, errors.New("routing: no policy")
	case deps.Notifier == nil:
		return nil, errors.New("routing: no notifier")
	case deps.Pages == nil:
		return nil, errors.New("routing: no page codec")
	case deps.Now == nil, deps.Logger == nil:
		return nil, errors.New("routing: clock and logger are required")
	case deps.Gathering == nil:
		return nil, errors.New("routing: no store for gathered notices")
	}
	return &Service{deps: deps, directory: newDirectory(deps.Policy), crowd: crowd(deps.Policy.Proto().GetNotices(), deps.Now)}, nil
}

// Register adds the service, its event sink and its event log to a gRPC server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	log := eventlog.NewServer(s.deps.Log, s.Apply)
	routingv1.RegisterRoutingServiceServer(server, s)
	routingv1.RegisterEventSinkServiceServer(server, log)
	routingv1.RegisterEventLogServiceServer(server, log)
}

// SyncDirectory makes the policy's directory the active one. Call it at the start, before complaints are assigned.
func (s *Service) SyncDirectory(ctx context.Context) error {
	var departments []Department
	for _, d := range s.deps.Policy.Proto().GetDirectory().GetDepartments() {
		departments = append(departments, Department{
			ID: d.GetId(), DisplayName: d.GetDisplayName(), Manager: d.GetManager(), Supervisor: d.GetSupervisor(), Alias: d.GetAlias(),
		})
	}
	var agents []Agent
	for _, a := range s.deps.Policy.Proto().GetDirectory().GetAgents() {
		agents = append(agents, Agent{
			ID: a.GetId(), DisplayName: a.GetDisplayName(), Department: a.GetDepartment(), Supervisor: a.GetSupervisor(),
			TakesComplaints: a.GetTakesComplaints(),
		})
	}
	return s.deps.Store.SyncDirectory(ctx, departments, agents)
}

// now has the precision of the databases.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// actor is who makes the call.
func actor(ctx context.Context) string {
	identity, _ := auth.FromContext(ctx)
	return identity.Subject
}
