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
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/test/bufconn"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/followup"
	followupstore "github.com/redress-dev/redress/services/followup/sqlstore"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/intake/risk"
	intakestore "github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
	"github.com/redress-dev/redress/services/remedy"
	remedystore "github.com/redress-dev/redress/services/remedy/sqlstore"
	"github.com/redress-dev/redress/services/routing"
	routingstore "github.com/redress-dev/redress/services/routing/sqlstore"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
	seriesflow "github.com/redress-dev/redress/workflows/followup"
	"github.com/redress-dev/redress/workflows/improvement"
	reviewflow "github.com/redress-dev/redress/workflows/review"
)

// insideBuffer is how many bytes of calls within the process are on their way at a time.
const insideBuffer = 128 << 10

// keyLifetime is how long a data key read from intake stays in another service's memory.
const keyLifetime = time.Minute

// indexPause is how long what was said waits for others at most before it can be searched for.
const indexPause = 100 * time.Millisecond

// Suite is the roles of Redress that run in this process.
type Suite struct {
	cfg  Config
	deps Deps
	keys *keys

	state      state
	transport  *transport
	telemetry  *telemetry.Telemetry
	facts      *facts.Facts
	grpc       *rpc.Server
	inside     *bufconn.Listener // Where this process reaches its own services, without a socket.
	health     *health.Server
	gate       *gate  // Nil where nothing answers gRPC.
	front      *front // Nil where the gateway does not run.
	edge       http.Handler
	indexer    *intake.Indexer // Nil where intake does not run.
	learning   *intake.Service // Nil where intake does not run.
	routing    *routing.Service
	files      *attachment.Service // Nil where intake does not run.
	followup   *followup.Service
	remedy     *remedy.Service
	duties     facts.Duties // Nil where followup does not run.
	deliveries facts.Deliveries
	notices    facts.Notices // Nil where routing does not run.
	logs       map[Role]*eventlog.Log
	databases  map[Role]*sqldb.DB
	conn       peers // With the suite's own identity.
	temporal   client.Client
	hands      client.Client // What the worker works with.
	namespace  *namespace
	sealing    *sealing
	dispatcher *dispatch.Dispatcher
	activities *complaint.Activities
	approvals  *approval.Activities
	improving  *improvement.Activities
	reviewing  *reviewflow.Activities
	series     *seriesflow.Activities
	worker     state // Why the worker does nothing.

	ids     *ids.Source
	pages   *page.Codec
	checker *wording.Checker // Of the policy, like the playbooks; nil until a role needs them.
	// playbooks say what has proven itself, and what is never to be said.
	playbooks *playbook.Book
	closers   []func() error // In the order of opening.
}

// New opens keys and databases and builds the services of the configured roles. Nothing is served yet but the operators'
// address, which says what New waits for: keys, a database or tables that are not there yet, unless Config.Migrate makes them. Callers
// are refused while it waits, at once.
// When it fails, what it opened is closed again, but for the listeners, which are the caller's until then.
func New(ctx context.Context, cfg Config, deps Deps) (*Suite, error) {
	s := &Suite{cfg: cfg.WithDefaults(), deps: deps, logs: map[Role]*eventlog.Log{}, databases: map[Role]*sqldb.DB{},
		namespace: newNamespace(cfg.TemporalID), sealing: newSealing(), inside: bufconn.Listen(insideBuffer)}
	if err := errors.Join(deps.check(), s.cfg.Check()); err != nil {
		return nil, err
	}
	if err := s.openTransport(); err != nil {
		return nil, err
	}
	TuneMemory(s.cfg)
	s.state.set("starting")
	s.worker.set("has not begun")
	if err := s.openTelemetry(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.serveAdmin()
	if err := s.receive(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.front != nil {
		s.front.open(s.edge)
	}
	// Closed last: operators are answered to the end.
	s.closers = append([]func() error{deps.Listeners.Close}, s.closers...)
	return s, nil
}

func (s *Suite) build(ctx context.Context) (err error) {
	if err := s.openKeys(ctx); err != nil {
		return err
	}
	s.ids = ids.New(s.deps.Now, rand.Reader)
	if s.pages, err = page.New(s.keys.page); err != nil {
		return err
	}
	verifier, err := s.verifier(ctx)
	if err != nil {
		return err
	}
	rows, err := s.rows()
	if err != nil {
		return err
	}
	if s.grpc, err = rpc.NewServer(rpc.Deps{
		Verifier:  verifier,
		Rows:      rows,
		Logger:    s.deps.Logger,
		Secret:    s.keys.page,
		Retention: s.deps.Policy.Retention(),
		Now:       s.deps.Now,
		Telemetry: s.telemetry, Credentials: s.transport.grpc, Traffic: s.deps.Policy.Proto().GetTraffic(),
	}); err != nil {
		return err
	}
	if s.conn, err = s.dialAs("services/suite"); err != nil {
		return err
	}
	if err := s.buildTemporal(ctx); err != nil {
		return err
	}
	build := map[Role]func(context.Context) error{
		Intake: s.buildIntake, Routing: s.buildRouting, Remedy: s.buildRemedy, Followup: s.buildFollowup, Review: s.buildReview,
		Gateway: s.buildGateway, Worker: s.buildWorker,
	}
	for _, role := range s.cfg.Roles {
		if err := build[role](ctx); err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
	}
	s.health = rpc.RegisterStandard(s.grpc)
	s.begin(ctx)
	return s.watch()
}

// openKeys reads the keys, and makes them first where that is wanted.
func (s *Suite) openKeys(ctx context.Context) error {
	if s.cfg.Migrate {
		if err := prepareDir(s.cfg.DataDir); err != nil {
			return fmt.Errorf("the data directory cannot be used; choose another one with --data-dir: %w", err)
		}
		if err := makeKeys(s.cfg.DataDir); err != nil {
			return err
		}
	}
	return s.await(ctx, "keys", func() (err error) {
		s.keys, err = openKeys(s.cfg)
		return err
	})
}

// database opens a service's database and its event log, and sees that both are up to date.
func (s *Suite) database(ctx context.Context, role Role, migrate migration) (db *sqldb.DB, log *eventlog.Log, err error) {
	err = s.await(ctx, "database of "+string(role), func() error {
		db, err = openDatabase(ctx, s.cfg, role, migrate)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	s.onClose(db.Close)
	log, err = eventlog.New(eventlog.Config{Source: string(role)}, s.observe(eventlog.Deps{
		DB: db, Now: s.deps.Now, NewEventID: newEventID, Signer: s.keys.log, PageKey: s.keys.page, Logger: s.deps.Logger,
		Witness: eventlog.FileWitness(filepath.Join(s.cfg.DataDir, string(role)+".checkpoint")),
	}))
	if err != nil {
		return nil, nil, err
	}
	err = log.CheckSigner(ctx)
	switch {
	case err == nil:
	case mayCome(err):
		s.deps.Logger.Warn("not known whether log.key signed this log", "log", role, "error", err)
	default:
		s.deps.Logger.Error("log.key is not the one that signed this log: earlier checkpoints cannot be verified until it is restored",
			"log", role, "error", err)
	}
	s.logs[role], s.databases[role] = log, db
	return db, log, nil
}

func newEventID() string { return uuid.Must(uuid.NewV7()).String() }

func (s *Suite) buildIntake(ctx context.Context) error {
	db, log, err := s.database(ctx, Intake, intakestore.Migrate)
	if err != nil {
		return err
	}
	store := intakestore.New(db, log)
	err = s.await(ctx, "customers", func() error { return intake.CheckKeyring(ctx, store, s.keys.vault) })
	if errors.Is(err, vault.ErrOpen) {
		return fmt.Errorf("%s is missing or is not the key that the data was sealed with: restore it; without it no personal data can be read: %w",
			filepath.Join(s.cfg.DataDir, vaultKeyFile), err)
	}
	if err != nil {
		return err
	}
	analyser, err := risk.New(s.deps.Policy.Proto().GetRisk())
	if err != nil {
		return err
	}
	checker, book, err := s.words()
	if err != nil {
		return err
	}
	suggester, err := suggest.New(s.deps.Policy.Proto().GetAssessment().GetSuggestions(), intake.Departments(s.deps.Policy.Department))
	if err != nil {
		return err
	}
	splitter, err := words.New()
	if err != nil {
		return err
	}
	service, err := intake.New(intake.Config{IndexPause: indexPause}, intake.Deps{
		Store: store, Records: store, Imports: store, References: store, Directory: store, Matters: store, Texts: store, Sketches: store, Words: splitter,
		Analyser: analyser, Checker: checker, Playbooks: book, Suggester: suggester, Policy: s.deps.Policy, Keyring: s.keys.vault, Log: log,
		Now: s.deps.Now, IDs: s.ids,
		Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	s.learning = service
	service.Register(s.grpc)
	s.indexer = service.Indexer()
	return s.buildAttachments(ctx, db, log)
}

// words are the policy's for what is said to customers.
func (s *Suite) words() (*wording.Checker, *playbook.Book, error) {
	if s.playbooks != nil {
		return s.checker, s.playbooks, nil
	}
	var err error
	if s.checker, err = wording.New(s.deps.Policy.Proto().GetWording()); err != nil {
		return nil, nil, err
	}
	s.playbooks, err = playbook.New(s.deps.Policy.Proto().GetPlaybooks(), s.checker)
	return s.checker, s.playbooks, err
}

func (s *Suite) buildRouting(ctx context.Context) error {
	db, log, err := s.database(ctx, Routing, routingstore.Migrate)
	if err != nil {
		return err
	}
	store := routingstore.New(db, log)
	notifier, err := s.notifier(store)
	if err != nil {
		return err
	}
	s.routing, err = routing.New(routing.Config{}, routing.Deps{
		Store: store, Gathering: store, Notices: store, Directory: store, HandOffs: store, Keys: s.dataKeys(), Queues: store, Ladder: store, Approvers: store,
		Log: log, Policy: s.deps.Policy, Notifier: notifier,
		Pages: s.pages, Now: s.deps.Now, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	s.notices = store
	s.routing.Register(s.grpc)
	return nil
}

func (s *Suite) buildRemedy(ctx context.Context) error {
	db, log, err := s.database(ctx, Remedy, remedystore.Migrate)
	if err != nil {
		return err
	}
	checker, book, err := s.words()
	if err != nil {
		return err
	}
	store := remedystore.New(db, log)
	s.remedy, err = remedy.New(remedy.Config{}, remedy.Deps{
		Store: store, Ledger: store, Approvals: store, Cases: store, Refusals: store, Deductions: store, Claims: store, People: store, Log: log, Policy: s.deps.Policy, Keys: s.dataKeys(), Playbooks: book, Checker: checker,
		Records: records{followupv1.NewFollowupServiceClient(s.conn)},
		Now:     s.deps.Now, IDs: s.ids, Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	if err := s.remedy.Denominate(ctx); err != nil {
		return err
	}
	s.remedy.Register(s.grpc)
	return nil
}

func (s *Suite) buildFollowup(ctx context.Context) error {
	db, log, err := s.database(ctx, Followup, followupstore.Migrate)
	if err != nil {
		return err
	}
	checker, _, err := s.words()
	if err != nil {
		return err
	}
	store := followupstore.New(db, log)
	customers, err := s.customers()
	if err != nil {
		return err
	}
	hooks, err := s.hooks(store)
	if err != nil {
		return err
	}
	s.followup, err = followup.New(followup.Config{}, followup.Deps{
		Store: store, Records: store, Log: log, Policy: s.deps.Policy, Keys: s.dataKeys(),
		Channel: customers, Outbox: store, Contacts: contacts{intakev1.NewIntakeServiceClient(s.conn)},
		Checker: checker,
		Now:     s.deps.Now, IDs: s.ids, Pages: s.pages, Logger: s.deps.Logger,
		Series: store, SurveyKey: s.keys.survey, Hooks: hooks,
	})
	if err != nil {
		return err
	}
	s.duties, s.deliveries = store, store
	s.followup.Register(s.grpc)
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
	// The edge's calls carry the caller's token, so its connection has no identity of its own.
	anonymous, err := s.dial(nil)
	if err != nil {
		return err
	}
	service, err := gateway.New(gateway.Deps{
		Sources: []gateway.Source{
			source(Intake, intakev1.NewEventLogServiceClient(s.conn)),
			source(Routing, routingv1.NewEventLogServiceClient(s.conn)),
			source(Remedy, remedyv1.NewEventLogServiceClient(s.conn)),
			source(Followup, followupv1.NewEventLogServiceClient(s.conn)),
			source(Review, reviewv1.NewEventLogServiceClient(s.conn)),
		},
		Intake:   intakev1.NewIntakeServiceClient(s.conn),
		Followup: followupv1.NewFollowupServiceClient(s.conn),
		Policy:   s.deps.Policy,
		Logger:   s.deps.Logger,
		Public:   intakev1.NewPublicServiceClient(s.conn),
		Surveys:  followupv1.NewSurveyServiceClient(s.conn),
		Keys:     s.dataKeys(),
		Now:      s.deps.Now,
		Pages:    s.pages,
		Codec:    s.temporalCodec(),
		Evidence: gateway.Evidence{Key: s.keys.evidence, LogKey: s.keys.logPublic(), Recorder: intakev1.NewRecordServiceClient(s.conn)},
		AsCaller: anonymous,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	s.edge, err = gateway.NewEdge(ctx, gateway.EdgeConfig{}, gateway.EdgeDeps{
		Conn: anonymous, Ready: s.Ready, Telemetry: s.telemetry, Logger: s.deps.Logger, Callers: service, Now: s.deps.Now,
		TemporalUI: s.cfg.TemporalUIOrigin,
	})
	return err
}

// source is a service whose log the gateway reads and has checked.
func source(role Role, log interface {
	gateway.EventLog
	gateway.Verifier
},
) gateway.Source {
	return gateway.Source{Name: string(role), Log: log, Verifier: log}
}

// buildTemporal connects to Temporal: for the services, whose events start and signal workflows, and for the worker.
func (s *Suite) buildTemporal(ctx context.Context) (err error) {
	codec := s.keys.codec(s.cfg)
	if s.temporal, err = temporalClient(s.cfg, s.transport.temporal, s.deps.Logger, s.deps.Now, s.telemetry, codec); err != nil {
		return err
	}
	s.onClose(func() error { s.temporal.Close(); return nil })
	if s.hands = s.temporal; codec != nil && s.cfg.has(Worker) {
		if s.hands, err = temporalClient(s.cfg, s.transport.temporal, s.deps.Logger, s.deps.Now, s.telemetry, codec.Blocking()); err != nil {
			return err
		}
		s.onClose(func() error { s.hands.Close(); return nil })
	}
	if err := s.lookAtSeals(ctx); err != nil {
		return err
	}
	s.dispatcher, err = s.dispatcherTo(s.temporal)
	return err
}

// dispatcherTo brings events to the workflows of a Temporal.
func (s *Suite) dispatcherTo(temporal dispatch.Temporal) (*dispatch.Dispatcher, error) {
	return dispatch.New(dispatch.Config{Queued: s.cfg.WorkerDeployment != ""}, dispatch.Deps{
		Temporal: temporal, Intake: intakev1.NewIntakeServiceClient(s.conn), Routing: routingv1.NewRoutingServiceClient(s.conn),
		Approvals: remedyv1.NewApprovalServiceClient(s.conn), Improvements: reviewv1.NewImprovementServiceClient(s.conn), Logger: s.deps.Logger,
	})
}

func (s *Suite) buildWorker(context.Context) error {
	// What workflows do is told apart in the timeline from what the relays carry.
	worker, err := s.dialAs("services/worker")
	if err != nil {
		return err
	}
	s.activities = &complaint.Activities{
		Intake: intakev1.NewIntakeServiceClient(worker), Routing: routingv1.NewRoutingServiceClient(worker),
		Followup: followupv1.NewFollowupServiceClient(worker), Record: intakev1.NewRecordServiceClient(worker),
		HandOffs: routingv1.NewHandOffServiceClient(worker),
		Ladder:   routingv1.NewEscalationServiceClient(worker),
		Drafts:   intakev1.NewDraftServiceClient(worker),
		Remedies: remedyv1.NewRemedyServiceClient(worker), Offers: remedyv1.NewOfferServiceClient(worker),
		Refusals: remedyv1.NewRefusalServiceClient(worker), Callbacks: followupv1.NewCallbackServiceClient(worker),
		Outcomes: reviewv1.NewOutcomeServiceClient(worker),
	}
	s.reviewing = &reviewflow.Activities{Reviews: reviewv1.NewReviewServiceClient(worker)}
	s.improving = &improvement.Activities{Improvements: reviewv1.NewImprovementServiceClient(worker)}
	s.approvals = &approval.Activities{
		Approvals: remedyv1.NewApprovalServiceClient(worker), Approvers: routingv1.NewApproverServiceClient(worker),
	}
	s.series = &seriesflow.Activities{
		Intake: intakev1.NewIntakeServiceClient(worker), Followup: followupv1.NewFollowupServiceClient(worker),
		Series: followupv1.NewSeriesServiceClient(worker), Routing: routingv1.NewRoutingServiceClient(worker),
		Ladder: routingv1.NewEscalationServiceClient(worker), Assessments: intakev1.NewAssessmentServiceClient(worker),
		Improvements: reviewv1.NewImprovementServiceClient(worker), Outcomes: reviewv1.NewOutcomeServiceClient(worker),
	}
	return nil
}
