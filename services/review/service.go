package review

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Config configures the service. There is nothing to configure yet: what a firm decides is in the policy.
type Config struct{}

// Keys finds the data key of a customer. In production it is a vault.Cache over intake's GetDataKey; a key that was destroyed
// answers DATA_KEY_NOT_FOUND.
type Keys interface {
	// Key returns the key of "customers/{customer}".
	Key(ctx context.Context, customer string) (*vault.DataKey, error)
}

// Deps are what the service needs. All are required.
type Deps struct {
	// Outcomes keeps the records of cycles.
	Outcomes OutcomeStore
	// Improvements keeps what is improved.
	Improvements ImprovementStore
	// Reviews keeps reviews, and sums up records.
	Reviews PeriodStore
	// Owners own the facts of cycles.
	Owners Owners
	// Log is its event log.
	Log *eventlog.Log
	// Policy says what handling costs and how improvements are followed.
	Policy *policy.Policy
	// Keys finds data keys.
	Keys Keys
	// Now is the clock.
	Now func() time.Time
	// IDs makes ids.
	IDs ids.Generator
	// Pages makes page tokens.
	Pages *page.Codec
	// Logger hears of defects.
	Logger *slog.Logger
}

// Service implements all of review's services. It is safe for concurrent use.
type Service struct {
	deps    Deps
	rates   rates
	zone    *time.Location
	checker *wording.Checker
}

// New returns the service, or an error that names the missing dependency.
func New(_ Config, deps Deps) (*Service, error) {
	switch {
	case deps.Outcomes == nil, deps.Improvements == nil:
		return nil, errors.New("review: no store of outcomes, or none of improvements")
	case deps.Reviews == nil:
		return nil, errors.New("review: no store of reviews")
	case !deps.Owners.complete():
		return nil, errors.New("review: an owner of facts is missing")
	case deps.Log == nil:
		return nil, errors.New("review: no event log")
	case deps.Policy == nil:
		return nil, errors.New("review: no policy")
	case deps.Keys == nil:
		return nil, errors.New("review: no data keys")
	case deps.IDs == nil, deps.Pages == nil:
		return nil, errors.New("review: no source of ids, or no page codec")
	case deps.Now == nil, deps.Logger == nil:
		return nil, errors.New("review: clock and logger are required")
	}
	rules := deps.Policy.Proto()
	zone, err := Zone(deps.Policy)
	if err != nil {
		return nil, err
	}
	checker, err := wording.New(rules.GetWording())
	if err != nil {
		return nil, err
	}
	return &Service{deps: deps, zone: zone, checker: checker, rates: newRates(rules.GetOutcomes().GetHandlingCost(), rules.GetRemedies().GetCurrencyDigits())}, nil
}

// Register adds the service and its event log to a gRPC server. It hears what customers answer; what else it needs it asks for.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	reviewv1.RegisterOutcomeServiceServer(server, s)
	reviewv1.RegisterImprovementServiceServer(server, s)
	reviewv1.RegisterReviewServiceServer(server, s)
	log := eventlog.NewServer(s.deps.Log, s.Apply)
	reviewv1.RegisterEventSinkServiceServer(server, log)
	reviewv1.RegisterEventLogServiceServer(server, log)
	reviewv1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(s.deps.Log, s.deps.Improvements.OpenImprovements))
}

// now has the precision of the databases.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// caller is who makes the call; the interceptors refuse calls without one.
func caller(ctx context.Context) auth.Identity {
	identity, _ := auth.FromContext(ctx)
	return identity
}
