package intake_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// nobody is an id of the right form that is never given out.
const nobody = "complaints/00000000000000000000000000"

// fixture is the service on SQLite behind a real connection.
type fixture struct {
	t       *testing.T
	harness *rpctest.Harness
	db      *sqldb.DB
	policy  *policy.Policy
	keyring *vault.Keyring
	// folder has everything that is on disk.
	folder string
	logged *logtest.Buffer

	// The callers.
	agent, public, auditor, worker intakev1.IntakeServiceClient
	matters, boss                  intakev1.MatterServiceClient
	records                        intakev1.RecordServiceClient
	indexer                        *intake.Indexer
	served                         *intake.Service
	sink                           intakev1.EventSinkServiceClient
	events                         intakev1.EventLogServiceClient

	mu    sync.Mutex
	clock time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureWith(t, func(*intake.Deps) {})
}

// newFixtureWith lets the test change what the service is made with.
func newFixtureWith(t *testing.T, edit func(*intake.Deps)) *fixture {
	t.Helper()
	return newFixtureOn(t, nil, edit)
}

// newFixtureOn has the records in a database; nil for one in SQLite.
func newFixtureOn(t *testing.T, db *sqldb.DB, edit func(*intake.Deps)) *fixture {
	t.Helper()
	f := &fixture{t: t, db: db, folder: t.TempDir(), logged: &logtest.Buffer{}, clock: begin}
	logger := slog.New(slog.NewJSONHandler(f.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	service := f.service(t, logger, edit)
	f.indexer, f.served = service.Indexer(), service
	f.harness = rpctest.ServeWith(t, rpc.Deps{Logger: logger}, service.Register)
	f.agent = f.client("agents/lin", authv1.Role_AGENT)
	f.matters = intakev1.NewMatterServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT))
	f.records = intakev1.NewRecordServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT))
	f.boss = intakev1.NewMatterServiceClient(f.harness.Conn("agents/zhao", authv1.Role_SUPERVISOR))
	f.public = f.client("frontends/web", authv1.Role_PUBLIC)
	f.auditor = f.client("agents/ada", authv1.Role_AUDITOR)
	f.worker = f.client("services/worker", authv1.Role_SERVICE)
	conn := f.harness.Conn("services/routing", authv1.Role_SERVICE)
	f.sink, f.events = intakev1.NewEventSinkServiceClient(conn), intakev1.NewEventLogServiceClient(conn)
	return f
}

// migrated are databases with the tables of intake.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

// service makes the service in the fixture's folder.
func (f *fixture) service(tb testing.TB, logger *slog.Logger, edit func(*intake.Deps)) *intake.Service {
	tb.Helper()
	var err error
	if f.db == nil {
		f.db = migrated.SQLiteAt(tb, filepath.Join(f.folder, "intake.db"))
	}
	require.NoError(tb, eventlog.Migrate(tb.Context(), f.db))
	require.NoError(tb, sqlstore.Migrate(tb.Context(), f.db))
	f.policy, err = policy.Default()
	require.NoError(tb, err)
	f.keyring, err = vault.LoadOrCreateKeyring(filepath.Join(f.folder, "keyring.json"))
	require.NoError(tb, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(tb, err)
	log, err := eventlog.New(eventlog.Config{Source: "intake"}, eventlog.Deps{
		DB: f.db, Now: f.now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, 32)), PageKey: make([]byte, 32), Logger: logger,
	})
	require.NoError(tb, err)
	store := sqlstore.New(f.db, log)
	reader, err := analyser()
	require.NoError(tb, err)
	critic, err := checker()
	require.NoError(tb, err)
	deps := intake.Deps{
		Store: store, Records: store, Imports: store, References: store, Directory: store, Matters: store, Texts: store, Sketches: store,
		Words: splitter(tb), Analyser: reader, Checker: critic, Playbooks: playbooks(tb), Suggester: suggester(tb, f.policy), Policy: f.policy,
		Keyring: f.keyring, Log: log, Now: f.now,
		IDs: ids.New(f.now, rand.Reader), Pages: pages, Logger: logger,
	}
	edit(&deps)
	service, err := intake.New(intake.Config{}, deps)
	require.NoError(tb, err)
	return service
}

func (f *fixture) client(subject string, roles ...authv1.Role) intakev1.IntakeServiceClient {
	return intakev1.NewIntakeServiceClient(f.harness.Conn(subject, roles...))
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

// pass lets time go by.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

// request is the least that a complaint needs, but with a name to mask.
func request() *intakev1.CreateComplaintRequest {
	return &intakev1.CreateComplaintRequest{
		Statement:   "你们之前说24小时发货，现在还没有发！",
		Complainant: &intakev1.Complainant{DisplayName: "王小明", Phone: "139 1234 5678", Email: "Wang@Example.com"},
	}
}

// file files a complaint.
func (f *fixture) file() *intakev1.Complaint {
	f.t.Helper()
	complaint, err := f.agent.CreateComplaint(f.t.Context(), request())
	require.NoError(f.t, err)
	return complaint
}

// in files a complaint and brings it into a state.
func (f *fixture) in(state intakev1.Complaint_State) *intakev1.Complaint {
	f.t.Helper()
	c := f.file()
	if state >= intakev1.Complaint_ACTIVE {
		f.assign(c.GetName(), "departments/logistics", "agents/he")
	}
	if state >= intakev1.Complaint_RESOLVING {
		c = f.resolve(c.GetName())
	}
	if state >= intakev1.Complaint_RESOLVED {
		f.confirm(c.GetName())
	}
	if state >= intakev1.Complaint_CLOSED {
		_, err := f.agent.CloseComplaint(f.t.Context(), &intakev1.CloseComplaintRequest{Name: c.GetName()})
		require.NoError(f.t, err)
	}
	c = f.get(c.GetName())
	require.Equal(f.t, state, c.GetState())
	return c
}

func (f *fixture) get(name string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.agent.GetComplaint(f.t.Context(), &intakev1.GetComplaintRequest{Name: name})
	require.NoError(f.t, err)
	return c
}

func (f *fixture) resolve(name string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.agent.ResolveComplaint(f.t.Context(), &intakev1.ResolveComplaintRequest{
		Name: name, Outcome: intakev1.Complaint_REMEDIED, Resolution: "今天发货，并补偿优惠券。",
	})
	require.NoError(f.t, err)
	return c
}

func (f *fixture) confirm(name string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.worker.ConfirmResolution(f.t.Context(), &intakev1.ConfirmResolutionRequest{Name: name, RequestId: f.lastRequest(name)})
	require.NoError(f.t, err)
	return c
}

// lastRequest is the id of the last requested resolution, as a workflow learns it.
func (f *fixture) lastRequest(name string) string {
	f.t.Helper()
	id := ""
	for _, payload := range f.payloads(name) {
		if requested := payload.GetResolutionRequested(); requested != nil {
			id = requested.GetRequestId()
		}
	}
	require.NotEmpty(f.t, id)
	return id
}

// assign delivers routing's event.
func (f *fixture) assign(complaint, department, assignee string) *eventv1.Event {
	f.t.Helper()
	event := assignment(f.t, complaint, department, assignee)
	resp, err := f.sink.ApplyEvent(f.t.Context(), &eventv1.ApplyEventRequest{Event: event})
	require.NoError(f.t, err)
	require.True(f.t, resp.GetFirst())
	return event
}

// log reads the complaint's events.
func (f *fixture) log(complaint string) []*eventv1.Event {
	f.t.Helper()
	resp, err := f.events.ListEvents(f.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(f.t, err)
	return resp.GetEvents()
}

// types lists the complaint's events.
func (f *fixture) types(complaint string) []string {
	f.t.Helper()
	var types []string
	for _, event := range f.log(complaint) {
		types = append(types, event.GetType())
	}
	return types
}

func (f *fixture) payloads(complaint string) []*eventv1.Payload {
	f.t.Helper()
	var payloads []*eventv1.Payload
	for _, event := range f.log(complaint) {
		payload, err := eventlog.Decode(event)
		require.NoError(f.t, err)
		payloads = append(payloads, payload)
	}
	return payloads
}

// key is the customer's data key as other services get it.
func (f *fixture) key(customer string) *vault.DataKey {
	f.t.Helper()
	resp, err := f.worker.GetDataKey(f.t.Context(), &intakev1.GetDataKeyRequest{Customer: customer})
	require.NoError(f.t, err)
	key, err := vault.ParseDataKey(customer, resp.GetKey())
	require.NoError(f.t, err)
	return key
}

// erase destroys a customer's key.
func (f *fixture) erase(customer string) {
	f.t.Helper()
	require.NoError(f.t, f.db.Write(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE customers SET wrapped_key = NULL WHERE name = ?", customer)
		return err
	}))
}

// refused wants one of intake's own reasons.
func refused(t *testing.T, err error, code codes.Code, reason intakev1.ErrorReason) {
	t.Helper()
	rpctest.RequireReason(t, err, code, reason.String())
}

// analyser is the one that the service uses in earnest, made once: its lexicon takes a moment.
var analyser = sync.OnceValues(func() (*risk.Analyser, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	return risk.New(p.Proto().GetRisk())
})

// checker is the one that the service uses in earnest, made once.
var checker = sync.OnceValues(func() (*wording.Checker, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	return wording.New(p.Proto().GetWording())
})

// playbooks are those that the service uses in earnest, made once.
func playbooks(tb testing.TB) *playbook.Book {
	tb.Helper()
	book, err := loadPlaybooks()
	require.NoError(tb, err)
	return book
}

var loadPlaybooks = sync.OnceValues(func() (*playbook.Book, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	critic, err := checker()
	if err != nil {
		return nil, err
	}
	return playbook.New(p.Proto().GetPlaybooks(), critic)
})

// splitter is made once, since that takes a moment.
func splitter(tb testing.TB) *words.Splitter {
	tb.Helper()
	s, err := loadSplitter()
	require.NoError(tb, err)
	return s
}

var loadSplitter = sync.OnceValues(words.New)

// suggester is the one that the service uses in earnest.
func suggester(tb testing.TB, p *policy.Policy) intake.Suggester {
	tb.Helper()
	s, err := suggest.New(p.Proto().GetAssessment().GetSuggestions(), intake.Departments(p.Department))
	require.NoError(tb, err)
	return s
}
