package remedy_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
	"github.com/redress-dev/redress/services/remedy"
	"github.com/redress-dev/redress/services/remedy/sqlstore"
)

const customer = "customers/0198c1b00000700080000000ab"

// world is a remedy service behind a real connection, on a real database, with a clock that stands still. Intake's events come
// out of a real log.
type world struct {
	t *testing.T
	// pageSize is how many entries of the ledger are read at a time.
	pageSize int32
	agent    remedyv1.RemedyServiceClient
	sink     remedyv1.EventSinkServiceClient
	harness  *rpctest.Harness
	service  *remedy.Service
	// offering, reading, timing and telling are clients that are used often.
	offering remedyv1.OfferServiceClient
	reading  remedyv1.LedgerServiceClient
	timing   remedyv1.OfferServiceClient
	telling  remedyv1.EventLogServiceClient
	deps     remedy.Deps
	keys     *keyring
	// records stand for what followup has on record, by name.
	records records
	ids     *ids.Source
	now     time.Time
	db      *sqldb.DB
	file    string
	intake  *eventlog.Log
	intakes *sqldb.DB
}

// keyring stands for intake's key call: it makes the key of any customer, fails when told to, and counts.
type keyring struct {
	failure atomic.Pointer[errs.Error]
	calls   atomic.Int32
}

func (k *keyring) Key(_ context.Context, customer string) (*vault.DataKey, error) {
	k.calls.Add(1)
	if err := k.failure.Load(); err != nil {
		return nil, err
	}
	return vault.ParseDataKey(customer, append([]byte{1}, bytes.Repeat([]byte{7}, 32)...))
}

// records stand for followup: what is on record in whatever complaint.
type records map[string]remedy.Found

func (r records) Find(_ context.Context, complaint, name string) (remedy.Found, error) {
	found, ok := r[name]
	if !ok || !strings.HasPrefix(name, complaint+"/") {
		return found, errs.NotFound(followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String(), "There is no %s.", name)
	}
	return found, nil
}

// words are those that the service uses in earnest, made once, since that takes a moment.
type words struct {
	checker *wording.Checker
	book    *playbook.Book
}

var loadWords = sync.OnceValues(func() (words, error) {
	rules, err := policy.Default()
	if err != nil {
		return words{}, err
	}
	checker, err := wording.New(rules.Proto().GetWording())
	if err != nil {
		return words{}, err
	}
	book, err := playbook.New(rules.Proto().GetPlaybooks(), checker)
	return words{checker, book}, err
})

// migrated are databases with the tables of remedy.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

// newDB is a database in which nothing is recorded.
func newDB(t *testing.T) *sqldb.DB {
	t.Helper()
	return migrated.SQLite(t)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	file := filepath.Join(t.TempDir(), "remedy.db")
	w := newWorldOn(t, migrated.SQLiteAt(t, file), "{}")
	w.file = file
	return w
}

// newWorldOn is a world on a database, with what a firm's policy says.
func newWorldOn(t *testing.T, db *sqldb.DB, said string) *world {
	t.Helper()
	w := &world{t: t, pageSize: 3, now: time.Now().UTC().Truncate(time.Second), keys: &keyring{}, records: records{}, intakes: migrated.SQLite(t), db: db}
	log := w.newLog("remedy", w.db)
	w.intake = w.newLog("intake", w.intakes)
	require.NoError(t, sqlstore.Migrate(t.Context(), w.db))
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	rules, err := policy.Parse([]byte(said), "test.yaml")
	require.NoError(t, err)
	w.ids = ids.New(w.clock, rand.Reader)
	spoken, err := loadWords()
	require.NoError(t, err)
	store := sqlstore.New(w.db, log)
	w.deps = remedy.Deps{
		Store: store, Ledger: store, Approvals: store, Cases: store, Refusals: store, Deductions: store, Claims: store, People: store, Log: log, Policy: rules, Keys: w.keys, Records: w.records, Playbooks: spoken.book,
		Checker: spoken.checker,
		Now:     w.clock, IDs: w.ids, Pages: pages, Logger: slog.New(slog.DiscardHandler),
	}
	service, err := remedy.New(remedy.Config{}, w.deps)
	require.NoError(t, err)
	w.service, w.harness = service, rpctest.Serve(t, service.Register)
	w.agent = w.as("agents/lin", authv1.Role_AGENT)
	w.sink = remedyv1.NewEventSinkServiceClient(w.harness.Conn("services/suite", authv1.Role_SERVICE))
	w.offering = remedyv1.NewOfferServiceClient(w.harness.Conn("agents/lin", authv1.Role_AGENT))
	w.timing = remedyv1.NewOfferServiceClient(w.harness.Conn("services/worker", authv1.Role_SERVICE))
	auditor := w.harness.Conn("agents/he", authv1.Role_AUDITOR)
	w.reading, w.telling = remedyv1.NewLedgerServiceClient(auditor), remedyv1.NewEventLogServiceClient(auditor)
	return w
}

func (w *world) clock() time.Time { return w.now }

// as calls on the account of somebody.
func (w *world) as(subject string, roles ...authv1.Role) remedyv1.RemedyServiceClient {
	w.t.Helper()
	return remedyv1.NewRemedyServiceClient(w.harness.Conn(subject, roles...))
}

func (w *world) newLog(source string, db *sqldb.DB) *eventlog.Log {
	w.t.Helper()
	require.NoError(w.t, eventlog.Migrate(w.t.Context(), db))
	log, err := eventlog.New(eventlog.Config{Source: source}, eventlog.Deps{
		DB: db, Now: w.clock, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(w.t, err)
	return log
}

// recorded puts a fact into intake's log and returns its event.
func (w *world) recorded(complaint string, cycle int32, p *eventv1.Payload) *eventv1.Event {
	w.t.Helper()
	return w.recordedBy("agents/lin", complaint, cycle, p)
}

// recordedBy is recorded on somebody's account.
func (w *world) recordedBy(actor, complaint string, cycle int32, p *eventv1.Payload) *eventv1.Event {
	w.t.Helper()
	var e *eventv1.Event
	require.NoError(w.t, w.intakes.Write(w.t.Context(), func(ctx context.Context, tx *sqldb.Tx) (err error) {
		e, err = w.intake.Append(ctx, tx, eventlog.Draft{Subject: complaint, Cycle: cycle, Actor: actor, Payload: p})
		return err
	}))
	return e
}

// deliver hands an event to remedy and tells whether it was the first time.
func (w *world) deliver(e *eventv1.Event) (bool, error) {
	resp, err := w.sink.ApplyEvent(w.t.Context(), &eventv1.ApplyEventRequest{Event: e})
	return resp.GetFirst(), err
}

// happens records a fact and delivers it, twice as a relay may.
func (w *world) happens(complaint string, cycle int32, p *eventv1.Payload) {
	w.t.Helper()
	w.happensBy("agents/lin", complaint, cycle, p)
}

// happensBy is happens on somebody's account.
func (w *world) happensBy(actor, complaint string, cycle int32, p *eventv1.Payload) {
	w.t.Helper()
	e := w.recordedBy(actor, complaint, cycle, p)
	for _, first := range []bool{true, false} {
		got, err := w.deliver(e)
		require.NoError(w.t, err)
		require.Equal(w.t, first, got, "a fact is noted once, however often it is delivered")
	}
}

// receive has a complaint filed, assigned and understood, and returns its name.
func (w *world) receive() string {
	w.t.Helper()
	name := w.unheard()
	w.happens(name, 1, understood(true))
	return name
}

// unheard has a complaint filed of which nothing was said back to the customer yet.
func (w *world) unheard() string {
	w.t.Helper()
	name := "complaints/" + w.ids.ID()
	w.happens(name, 1, received())
	w.happens(name, 1, assigned())
	return name
}

// assigned puts a department in charge.
func assigned() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
		Department: "departments/returns", Assignee: "agents/lin",
	}}}
}

func understood(settled bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_UnderstandingChanged{UnderstandingChanged: &eventv1.UnderstandingChanged{
		RestatementSettled: settled,
	}}}
}

// faulty is an assessment that finds a fault of ours.
func faulty() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_ESTABLISHED, Causes: []policyv1.Cause{policyv1.Cause_STAFF_COLD},
	}}}
}

func received() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{Customer: customer}}}
}

func reopened() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: customer}}}
}

func resolved() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{
		RequestId: "r", Outcome: intakev1.Complaint_REMEDIED.String(), RequestTime: timestamppb.Now(),
	}}}
}

func closed() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{
		Outcome: intakev1.Complaint_WITHDRAWN.String(),
	}}}
}

// create proposes a remedy.
func (w *world) create(ctx context.Context, complaint string, r *remedyv1.Remedy) (*remedyv1.Remedy, error) {
	return w.agent.CreateRemedy(ctx, &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: r})
}

// list reads all remedies of a complaint on somebody's account.
func (w *world) list(client remedyv1.RemedyServiceClient, complaint string) []*remedyv1.Remedy {
	w.t.Helper()
	resp, err := client.ListRemedies(w.t.Context(), &remedyv1.ListRemediesRequest{Parent: complaint})
	require.NoError(w.t, err)
	require.Empty(w.t, resp.GetNextPageToken())
	return resp.GetRemedies()
}

// told reads remedy's events on a complaint.
func (w *world) told(complaint string) []*eventv1.Event {
	w.t.Helper()
	resp, err := w.telling.ListEvents(w.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(w.t, err)
	return resp.GetEvents()
}

// count is how many events of a type remedy has told of a complaint.
func (w *world) count(complaint, kind string) int {
	w.t.Helper()
	n := 0
	for _, e := range w.told(complaint) {
		if e.GetType() == kind {
			n++
		}
	}
	return n
}
