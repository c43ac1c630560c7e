package intake

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Config tunes the service. There is nothing to tune yet: what it decides by is
// in the policy.
type Config struct {
	// IndexPause is how long a text waits for others at most before it is indexed,
	// so that several cost one transaction. Alone it does not wait; nothing does when
	// it is zero.
	IndexPause time.Duration
}

// Deps is what the service needs; all fields are required.
type Deps struct {
	Store   Store
	Records RecordStore
	Matters MatterStore
	// Texts and Sketches are the index of what was said.
	Texts    TextIndex
	Sketches SketchIndex
	// Words takes texts apart.
	Words *words.Splitter
	// Analyser reads what customers say.
	Analyser Analyser
	// Checker reads drafts of what is to be said to customers.
	Checker *wording.Checker
	// Playbooks say what is never to be said of a matter.
	Playbooks *playbook.Book
	// Suggester suggests assessments.
	Suggester Suggester
	Policy    *policy.Policy
	Keyring   *vault.Keyring
	// Log is the one that Store appends to.
	Log    *eventlog.Log
	Now    func() time.Time
	IDs    ids.Generator
	Pages  *page.Codec
	Logger *slog.Logger
	// Imports and References find complaints by what they were imported and are
	// known by.
	Imports    ImportStore
	References ReferenceStore
	// Directory keeps what routing tells of departments and people.
	Directory DirectoryStore
}

func (d Deps) validate() error {
	switch {
	case d.Store == nil:
		return errors.New("intake: Deps.Store is missing")
	case d.Records == nil:
		return errors.New("intake: Deps.Records is missing")
	case d.Matters == nil:
		return errors.New("intake: Deps.Matters is missing")
	case d.Texts == nil:
		return errors.New("intake: Deps.Texts is missing")
	case d.Sketches == nil:
		return errors.New("intake: Deps.Sketches is missing")
	case d.Words == nil:
		return errors.New("intake: Deps.Words is missing")
	case d.Analyser == nil:
		return errors.New("intake: Deps.Analyser is missing")
	case d.Checker == nil:
		return errors.New("intake: Deps.Checker is missing")
	case d.Playbooks == nil:
		return errors.New("intake: Deps.Playbooks is missing")
	case d.Suggester == nil:
		return errors.New("intake: Deps.Suggester is missing")
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
	case d.Imports == nil, d.References == nil:
		return errors.New("intake: Deps.Imports or Deps.References is missing")
	case d.Directory == nil:
		return errors.New("intake: Deps.Directory is missing")
	}
	return nil
}

// Service implements IntakeService, RecordService and DraftService. It is safe for concurrent use.
type Service struct {
	intakev1.UnimplementedIntakeServiceServer
	intakev1.UnimplementedRecordServiceServer
	intakev1.UnimplementedDraftServiceServer
	intakev1.UnimplementedImportServiceServer
	intakev1.UnimplementedPublicServiceServer
	intakev1.UnimplementedMatterServiceServer
	intakev1.UnimplementedAssessmentServiceServer

	store     Store
	records   RecordStore
	matters   MatterStore
	index     *index
	analyser  Analyser
	checker   *wording.Checker
	playbooks *playbook.Book
	suggester Suggester
	policy    *policy.Policy
	keyring   *vault.Keyring
	log       *eventlog.Log
	clock     func() time.Time
	ids       ids.Generator
	pages     *page.Codec
	logger    *slog.Logger

	imports    ImportStore
	references ReferenceStore
	people     DirectoryStore
	turnstile  *turnstile
	validator  *rpc.Validator
	decoy      decoy
	indexPause time.Duration
}

// New makes the service. It fails when a dependency is missing.
func New(cfg Config, deps Deps) (*Service, error) {
	if err := deps.validate(); err != nil {
		return nil, err
	}
	decoy, err := newDecoy(deps.Keyring)
	if err != nil {
		return nil, err
	}
	giveWay := deps.Policy.Proto().GetImport()
	return &Service{
		turnstile: newTurnstile(giveWay.GetMostWaiting(), giveWay.GetPatience().AsDuration(), deps.Now, deps.Imports.Waiting),
		store:     deps.Store, records: deps.Records, imports: deps.Imports, references: deps.References, people: deps.Directory, matters: deps.Matters,
		validator: rpc.NewValidator(), decoy: decoy, index: newIndex(deps), analyser: careful{deps.Analyser, deps.Logger}, checker: deps.Checker, playbooks: deps.Playbooks,
		suggester: deps.Suggester, policy: deps.Policy,
		keyring: deps.Keyring, log: deps.Log, clock: deps.Now, ids: deps.IDs, pages: deps.Pages, logger: deps.Logger,
		indexPause: cfg.IndexPause,
	}, nil
}

// Register offers the service, its event sink and its event log at a server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	events := eventlog.NewServer(s.log, s.Apply)
	intakev1.RegisterIntakeServiceServer(server, s)
	intakev1.RegisterRecordServiceServer(server, s)
	intakev1.RegisterDraftServiceServer(server, s)
	intakev1.RegisterImportServiceServer(server, s)
	intakev1.RegisterPublicServiceServer(server, s)
	intakev1.RegisterMatterServiceServer(server, s)
	intakev1.RegisterAssessmentServiceServer(server, s)
	intakev1.RegisterEventSinkServiceServer(server, events)
	intakev1.RegisterEventLogServiceServer(server, events)
	intakev1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(s.log, s.store.OpenCycles))
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
