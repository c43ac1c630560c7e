package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"crypto/rand"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/followup"
	followupstore "github.com/redress-dev/redress/services/followup/sqlstore"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/intake"
	intakestore "github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/remedy"
	remedystore "github.com/redress-dev/redress/services/remedy/sqlstore"
	"github.com/redress-dev/redress/services/routing"
	routingstore "github.com/redress-dev/redress/services/routing/sqlstore"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
)

// The services, as sources of events and names of databases.
const (
	intakeName   = "intake"
	routingName  = "routing"
	remedyName   = "remedy"
	followupName = "followup"
)

// keyLifetime is how long a data key read from intake stays in another service's memory.
const keyLifetime = time.Minute

// Suite is all services of Redress, ready to run.
type Suite struct {
	cfg  Config
	deps Deps
	keys *keys

	grpc       *grpc.Server
	edge       http.Handler
	routing    *routing.Service
	logs       map[string]*eventlog.Log
	conn       *grpc.ClientConn // With the suite's own identity.
	temporal   client.Client
	dispatcher *dispatch.Dispatcher
	activities *complaint.Activities

	ids     *ids.Source
	pages   *page.Codec
	closers []func() error // In the order of opening.
}

// New opens keys and databases, brings their tables up to date and builds the services. Nothing runs yet. When it fails,
// what it opened is closed again, but for the listeners, which are the caller's until then.
func New(ctx context.Context, cfg Config, deps Deps) (*Suite, error) {
	s := &Suite{cfg: cfg.withDefaults(), deps: deps, logs: map[string]*eventlog.Log{}}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.onClose(deps.Listeners.Close)
	return s, nil
}

func (s *Suite) build(ctx context.Context) (err error) {
	if err := s.deps.check(); err != nil {
		return err
	}
	if err := prepareDir(s.cfg.DataDir); err != nil {
		return fmt.Errorf("the data directory cannot be used; choose another one with --data-dir: %w", err)
	}
	if s.keys, err = openKeys(s.cfg.DataDir); err != nil {
		return err
	}
	s.ids = ids.New(s.deps.Now, rand.Reader)
	if s.pages, err = page.New(s.keys.page); err != nil {
		return err
	}
	if s.grpc, err = rpc.NewServer(rpc.Deps{
		Verifier:  auth.NewVerifier(s.deps.Now, s.keys.tokenPublic()),
		Logger:    s.deps.Logger,
		Secret:    s.keys.page,
		Retention: s.deps.Policy.Retention(),
		Now:       s.deps.Now,
	}); err != nil {
		return err
	}
	if s.conn, err = s.dialAs("services/suite"); err != nil {
		return err
	}
	for _, service := range []func(context.Context) error{s.buildIntake, s.buildRouting, s.buildRemedy, s.buildFollowup, s.buildGateway} {
		if err := service(ctx); err != nil {
			return err
		}
	}
	rpc.RegisterStandard(s.grpc)
	return s.buildWorkflows()
}

// database opens a service's database and its event log, both up to date.
func (s *Suite) database(ctx context.Context, name string, migrate func(context.Context, *sqldb.DB) error) (*sqldb.DB, *eventlog.Log, error) {
	cfg := sqldb.Config{URL: "sqlite:" + filepath.Join(s.cfg.DataDir, name+".db")}
	if s.cfg.Database != "" {
		cfg = sqldb.Config{URL: s.cfg.Database, Schema: name}
	}
	db, err := sqldb.Open(ctx, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("database of %s: %w", name, err)
	}
	s.onClose(db.Close)
	if err := errors.Join(eventlog.Migrate(ctx, db), migrate(ctx, db)); err != nil {
		return nil, nil, fmt.Errorf("database of %s: %w", name, err)
	}
	log, err := eventlog.New(eventlog.Config{Source: name}, eventlog.Deps{
		DB: db, Now: s.deps.Now, NewEventID: newEventID, Signer: s.keys.log, PageKey: s.keys.page, Logger: s.deps.Logger,
		Witness: eventlog.FileWitness(filepath.Join(s.cfg.DataDir, name+".checkpoint")),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := log.CheckSigner(ctx); err != nil {
		s.deps.Logger.Error("log.key is not the one that signed this log: earlier checkpoints cannot be verified until it is restored",
			"log", name, "error", err)
	}
	s.logs[name] = log
	return db, log, nil
}

func newEventID() string { return uuid.Must(uuid.NewV7()).String() }

func (s *Suite) buildIntake(ctx context.Context) error {
	db, log, err := s.database(ctx, intakeName, intakestore.Migrate)
	if err != nil {
		return err
	}
	store := intakestore.New(db, log)
	if err := intake.CheckKeyring(ctx, store, s.keys.vault); err != nil {
		return fmt.Errorf("%s is missing or is not the key that the data was sealed with: restore it; without it no personal data can be read: %w",
			filepath.Join(s.cfg.DataDir, vaultKeyFile), err)
	}
	service, err := intake.New(intake.Config{}, intake.Deps{
		Store: store, Policy: s.deps.Policy, Keyring: s.keys.vault, Log: log, Now: s.deps.Now, IDs: s.ids,
		Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	return nil
}

func (s *Suite) buildRouting(ctx context.Context) error {
	db, log, err := s.database(ctx, routingName, routingstore.Migrate)
	if err != nil {
		return err
	}
	s.routing, err = routing.New(routing.Config{}, routing.Deps{
		Store: routingstore.New(db, log), Log: log, Policy: s.deps.Policy, Notifier: routing.LogNotifier{Logger: s.deps.Logger},
		Pages: s.pages, Now: s.deps.Now, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	s.routing.Register(s.grpc)
	return nil
}

func (s *Suite) buildRemedy(ctx context.Context) error {
	db, log, err := s.database(ctx, remedyName, remedystore.Migrate)
	if err != nil {
		return err
	}
	service, err := remedy.New(remedy.Config{}, remedy.Deps{
		Store: remedystore.New(db, log), Log: log, Policy: s.deps.Policy, Keys: s.dataKeys(), Now: s.deps.Now, IDs: s.ids,
		Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	return nil
}

func (s *Suite) buildFollowup(ctx context.Context) error {
	db, log, err := s.database(ctx, followupName, followupstore.Migrate)
	if err != nil {
		return err
	}
	service, err := followup.New(followup.Config{}, followup.Deps{
		Store: followupstore.New(db, log), Log: log, Policy: s.deps.Policy, Keys: s.dataKeys(),
		Channel: followup.NewDevChannel(s.deps.Logger), Now: s.deps.Now, IDs: s.ids, Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	return nil
}

// dataKeys reads customers' data keys from intake and keeps each for a short time.
func (s *Suite) dataKeys() *vault.Cache {
	client := intakev1.NewIntakeServiceClient(s.conn)
	return vault.NewCache(keyLifetime, s.deps.Now, func(ctx context.Context, customer string) (*vault.DataKey, error) {
		key, err := client.GetDataKey(ctx, &intakev1.GetDataKeyRequest{Customer: customer})
		if err != nil {
			return nil, err
		}
		return vault.ParseDataKey(customer, key.GetKey())
	})
}

func (s *Suite) buildGateway(ctx context.Context) error {
	service, err := gateway.New(gateway.Deps{
		Sources: []gateway.Source{
			{Name: intakeName, Log: intakev1.NewEventLogServiceClient(s.conn)},
			{Name: routingName, Log: routingv1.NewEventLogServiceClient(s.conn)},
			{Name: remedyName, Log: remedyv1.NewEventLogServiceClient(s.conn)},
			{Name: followupName, Log: followupv1.NewEventLogServiceClient(s.conn)},
		},
		Intake:   intakev1.NewIntakeServiceClient(s.conn),
		Followup: followupv1.NewFollowupServiceClient(s.conn),
		Policy:   s.deps.Policy,
		Logger:   s.deps.Logger,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	// The edge's calls carry the caller's token, so its connection has no identity of its own.
	anonymous, err := s.dial(nil)
	if err != nil {
		return err
	}
	s.edge, err = gateway.NewEdge(ctx, gateway.EdgeConfig{}, gateway.EdgeDeps{Conn: anonymous, Ready: s.Ready})
	return err
}

func (s *Suite) buildWorkflows() (err error) {
	if s.temporal, err = temporalClient(s.cfg, s.deps.Logger); err != nil {
		return err
	}
	s.onClose(func() error { s.temporal.Close(); return nil })
	intakeClient := intakev1.NewIntakeServiceClient(s.conn)
	// What workflows do is told apart in the timeline from what the relays carry.
	worker, err := s.dialAs("services/worker")
	if err != nil {
		return err
	}
	s.dispatcher, err = dispatch.New(dispatch.Config{}, dispatch.Deps{Temporal: s.temporal, Intake: intakeClient, Logger: s.deps.Logger})
	if err != nil {
		return err
	}
	s.activities = &complaint.Activities{
		Intake: intakev1.NewIntakeServiceClient(worker), Routing: routingv1.NewRoutingServiceClient(worker),
		Followup: followupv1.NewFollowupServiceClient(worker),
	}
	return nil
}
