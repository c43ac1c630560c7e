package intake

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
)

// Config tunes the service. There is nothing to tune yet: what it decides by is
// in the policy.
type Config struct{}

// Deps is what the service needs; all fields are required.
type Deps struct {
	Store   Store
	Policy  *policy.Policy
	Keyring *vault.Keyring
	// Log is the one that Store appends to.
	Log    *eventlog.Log
	Now    func() time.Time
	IDs    ids.Generator
	Pages  *page.Codec
	Logger *slog.Logger
}

func (d Deps) validate() error {
	switch {
	case d.Store == nil:
		return errors.New("intake: Deps.Store is missing")
	case d.Policy == nil:
		return errors.New("intake: Deps.Policy is missing")
	case d.Keyring == nil:
		return errors.New("intake: Deps.Keyring is missing")
	case d.Log == nil:
		return errors.New("intake: Deps.Log is missing")
	case d.Now == nil:
		return errors.New("intake: Deps.Now is missing")
	case d.IDs == nil:
		return errors.New("intake: Deps.IDs is missing")
	case d.Pages == nil:
		return errors.New("intake: Deps.Pages is missing")
	case d.Logger == nil:
		return errors.New("intake: Deps.Logger is missing")
	}
	return nil
}

// Service implements IntakeService. It is safe for concurrent use.
type Service struct {
	intakev1.UnimplementedIntakeServiceServer

	store   Store
	policy  *policy.Policy
	keyring *vault.Keyring
	log     *eventlog.Log
	clock   func() time.Time
	ids     ids.Generator
	pages   *page.Codec
	logger  *slog.Logger
}

// New makes the service. It fails when a dependency is missing.
func New(_ Config, deps Deps) (*Service, error) {
	if err := deps.validate(); err != nil {
		return nil, err
	}
	return &Service{
		store: deps.Store, policy: deps.Policy, keyring: deps.Keyring, log: deps.Log, clock: deps.Now, ids: deps.IDs,
		pages: deps.Pages, logger: deps.Logger,
	}, nil
}

// Register offers the service, its event sink and its event log at a server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	events := eventlog.NewServer(s.log, s.Apply)
	intakev1.RegisterIntakeServiceServer(server, s)
	intakev1.RegisterEventSinkServiceServer(server, events)
	intakev1.RegisterEventLogServiceServer(server, events)
}

// now has the precision of the database.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// caller is who calls; the interceptor lets nobody in without an identity.
func caller(ctx context.Context) auth.Identity {
	identity, _ := auth.FromContext(ctx)
	return identity
}

// command is the idempotency key of the call, empty when there is none.
func command(ctx context.Context) idem.Command {
	cmd, _ := idem.FromContext(ctx)
	return cmd
}
