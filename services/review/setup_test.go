package review_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/sqlstore"
)

const customer = "customers/0198c1b00000700080000000ab"

// world is a review service behind a real connection, on a real database, with a clock that stands still, beside the other services as far as
// it asks them.
type world struct {
	t        *testing.T
	now      time.Time
	owners   *owners
	ids      *ids.Source
	keys     *keyring
	service  *review.Service
	store    *sqlstore.Store
	harness  *rpctest.Harness
	worker   reviewv1.OutcomeServiceClient
	settling reviewv1.ImprovementServiceClient
	log      reviewv1.EventLogServiceClient
}

// keyring stands for intake's key call.
type keyring struct{ erased bool }

func (k *keyring) Key(_ context.Context, customer string) (*vault.DataKey, error) {
	if k.erased {
		return nil, errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "erased")
	}
	return vault.ParseDataKey(customer, append([]byte{1}, bytes.Repeat([]byte{7}, 32)...))
}

// migrated are databases with the tables of review.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now().UTC().Truncate(time.Second), keys: &keyring{}, owners: newOwners()}
	rules, err := policy.Default()
	require.NoError(t, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	db := migrated.SQLite(t)
	log := w.newLog(db)
	store := sqlstore.New(db, log)
	w.store = store
	w.ids = ids.New(w.clock, rand.Reader)
	w.service, err = review.New(review.Config{}, review.Deps{
		Outcomes: store, Improvements: store, Reviews: store, Owners: w.behind(), Log: log, Policy: rules, Keys: w.keys, Now: w.clock, IDs: w.ids, Pages: pages,
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	w.harness = rpctest.Serve(t, w.service.Register)
	conn := w.harness.Conn("services/worker", authv1.Role_SERVICE)
	w.worker, w.settling = reviewv1.NewOutcomeServiceClient(conn), reviewv1.NewImprovementServiceClient(conn)
	w.log = reviewv1.NewEventLogServiceClient(conn)
	return w
}

func (w *world) clock() time.Time { return w.now }

func (w *world) newLog(db *sqldb.DB) *eventlog.Log {
	w.t.Helper()
	log, err := eventlog.New(eventlog.Config{Source: "review"}, eventlog.Deps{
		DB: db, Now: w.clock, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(w.t, err)
	return log
}

// behind serves what the other services answer.
func (w *world) behind() review.Owners {
	h := rpctest.Serve(w.t, w.owners.register)
	conn := h.Conn("services/review", authv1.Role_SERVICE)
	return review.Owners{
		Intake: intakev1.NewIntakeServiceClient(conn), IntakeLog: intakev1.NewEventLogServiceClient(conn),
		RoutingLog: routingv1.NewEventLogServiceClient(conn), Directory: routingv1.NewDirectoryServiceClient(conn),
		Remedies: remedyv1.NewRemedyServiceClient(conn), Ledger: remedyv1.NewLedgerServiceClient(conn),
		Followup: followupv1.NewFollowupServiceClient(conn),
	}
}

// as calls on the account of somebody.
func (w *world) as(subject string, roles ...authv1.Role) reviewv1.OutcomeServiceClient {
	w.t.Helper()
	return reviewv1.NewOutcomeServiceClient(w.harness.Conn(subject, roles...))
}

// improving does so for improvements.
func (w *world) improving(subject string, roles ...authv1.Role) reviewv1.ImprovementServiceClient {
	w.t.Helper()
	return reviewv1.NewImprovementServiceClient(w.harness.Conn(subject, roles...))
}

// above tells of each time that an improvement was told to be overdue whether that was for whoever stands above.
func (w *world) above(subject string) (above []bool) {
	w.t.Helper()
	resp, err := w.log.ListEvents(w.t.Context(), &eventv1.ListEventsRequest{Subject: subject})
	require.NoError(w.t, err)
	for _, e := range resp.GetEvents() {
		var p eventv1.Payload
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), &p))
		if overdue := p.GetImprovementOverdue(); overdue != nil {
			above = append(above, overdue.GetAbove())
		}
	}
	return above
}

// told lists the types of review's events about a subject.
func (w *world) told(subject string) (types []string) {
	w.t.Helper()
	resp, err := w.log.ListEvents(w.t.Context(), &eventv1.ListEventsRequest{Subject: subject})
	require.NoError(w.t, err)
	for _, e := range resp.GetEvents() {
		types = append(types, e.GetType())
	}
	return types
}
