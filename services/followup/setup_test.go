package followup_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
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
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/followup/sqlstore"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

// keyring stands for intake's key call.
type keyring struct {
	mu  sync.Mutex
	err error
}

func (k *keyring) Key(_ context.Context, customer string) (*vault.DataKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	return dataKey(customer)
}

func (k *keyring) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func dataKey(customer string) (*vault.DataKey, error) {
	return vault.ParseDataKey(customer, append([]byte{1}, bytes.Repeat([]byte{7}, 32)...))
}

// channel stands for a mail server: it sends a notification once.
type channel struct {
	mu     sync.Mutex
	sent   []followup.Message
	calls  int
	err    error
	during func()
}

func (c *channel) Reaches(r followup.Recipient) bool { return r.Email != "" }

func (c *channel) Send(_ context.Context, m followup.Message) (followup.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	receipt := followup.Receipt{Channel: "test", Proof: "proof of " + m.Notification, To: m.Recipient.Email}
	if c.err != nil {
		return receipt, c.err
	}
	for _, earlier := range c.sent {
		if earlier.Notification == m.Notification {
			return receipt, nil
		}
	}
	c.sent = append(c.sent, m)
	if c.during != nil {
		c.during()
	}
	return receipt, nil
}

// addresses stands for intake's record of how customers can be reached.
type addresses struct {
	mu      sync.Mutex
	contact followup.Contact
	err     error
}

func (a *addresses) Contact(context.Context, string) (followup.Contact, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.contact, a.err
}

// desk is a followup service behind a real connection, and what surrounds it.
type desk struct {
	clock   *clock
	keys    *keyring
	channel *channel
	// contacts is how customers can be reached.
	contacts *addresses
	policy   *policy.Policy
	service  *followup.Service
	ids      *ids.Source
	db       *sqldb.DB
	log      *eventlog.Log
	store    *sqlstore.Store
	deps     followup.Deps
	harness  *rpctest.Harness
	agent    followupv1.FollowupServiceClient
	worker   followupv1.FollowupServiceClient
	sink     followupv1.EventSinkServiceClient
	intake   *intakeLog
}

// migrated are databases with the tables of followup.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

// checker is the one of the built-in policy, made once.
var checker = sync.OnceValues(func() (*wording.Checker, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	return wording.New(p.Proto().GetWording())
})

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskBy(t, "")
}

// newDeskBy is a desk with what a text changes of the policy.
func newDeskBy(t *testing.T, text string) *desk {
	t.Helper()
	d := &desk{clock: &clock{now: start()}, keys: &keyring{}, channel: &channel{}, contacts: &addresses{}, db: migrated.SQLite(t)}
	d.ids = ids.New(d.clock.Now, rand.Reader)
	var err error
	if d.policy, err = policy.Default(); text != "" {
		d.policy, err = policy.Parse([]byte(text), "policy.yaml")
	}
	require.NoError(t, err)
	d.log = newLog(t, "followup", d.db, d.clock)
	require.NoError(t, sqlstore.Migrate(t.Context(), d.db))
	d.store = sqlstore.New(d.db, d.log)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	d.deps = followup.Deps{
		Store: d.store, Records: d.store, Log: d.log, Policy: d.policy, Keys: d.keys, Channel: d.channel, Now: d.clock.Now, IDs: d.ids,
		Pages: pages, Logger: slog.New(slog.DiscardHandler), Series: d.store, SurveyKey: bytes.Repeat([]byte{9}, 32),
		Outbox: d.store, Contacts: d.contacts,
	}
	d.deps.Checker, err = checker()
	require.NoError(t, err)
	d.deps.Hooks = d.hookDeps(t)
	service, err := followup.New(followup.Config{}, d.deps)
	require.NoError(t, err)
	d.service = service
	d.harness = rpctest.Serve(t, service.Register)
	d.agent = followupv1.NewFollowupServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
	worker := d.harness.Conn("services/worker", authv1.Role_SERVICE)
	d.worker = followupv1.NewFollowupServiceClient(worker)
	d.sink = followupv1.NewEventSinkServiceClient(worker)
	d.intake = newIntakeLog(t, d.clock)
	return d
}

// hookDeps is what the service tells outside systems with.
func (d *desk) hookDeps(t *testing.T) followup.HookDeps {
	t.Helper()
	rules := d.policy.Proto().GetWebhooks()
	sender, err := hook.New(hook.Config{
		Allow: rules.GetAllow(), Timeout: rules.GetTimeout().AsDuration(), SnippetBytes: int(rules.GetSnippetBytes()),
	}, hook.Deps{Now: d.clock.Now})
	require.NoError(t, err)
	key, err := dataKey("webhooks")
	require.NoError(t, err)
	return followup.HookDeps{Store: d.store, Sender: sender, Key: key, Tried: func(context.Context, string) {}}
}

func newLog(t *testing.T, source string, db *sqldb.DB, c *clock) *eventlog.Log {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	log, err := eventlog.New(eventlog.Config{Source: source}, eventlog.Deps{
		DB: db, Now: c.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32),
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return log
}

// intakeLog records events as intake does.
type intakeLog struct {
	db  *sqldb.DB
	log *eventlog.Log
}

func newIntakeLog(t *testing.T, c *clock) *intakeLog {
	t.Helper()
	db := migrated.SQLite(t)
	return &intakeLog{db: db, log: newLog(t, "intake", db, c)}
}

// record records an event on a cycle of a complaint at the clock's time.
func (l *intakeLog) record(t *testing.T, complaint string, cycle int32, p *eventv1.Payload) *eventv1.Event {
	t.Helper()
	var e *eventv1.Event
	require.NoError(t, l.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) (err error) {
		e, err = l.log.Append(ctx, tx, eventlog.Draft{Subject: complaint, Cycle: cycle, Actor: "agents/lin", Payload: p})
		return err
	}))
	return e
}

// deliver hands an event to followup and tells whether it was the first time.
func (d *desk) deliver(t *testing.T, e *eventv1.Event) bool {
	t.Helper()
	res, err := d.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
	require.NoError(t, err)
	return res.GetFirst()
}

// happens records an event now and delivers it at once.
func (d *desk) happens(t *testing.T, complaint string, cycle int32, p *eventv1.Payload) {
	t.Helper()
	require.True(t, d.deliver(t, d.intake.record(t, complaint, cycle, p)))
}

// receive has a complaint received now and returns its name.
func (d *desk) receive(t *testing.T) string {
	t.Helper()
	name := "complaints/" + d.ids.ID()
	d.happens(t, name, 1, d.received(t, policyv1.Severity_NORMAL))
	return name
}

const customer = "customers/0198c1b00000700080000000ab"

func (d *desk) targets(t *testing.T, severity policyv1.Severity) *eventv1.DeclaredTargets {
	t.Helper()
	targets, err := d.policy.Targets(severity, d.clock.Now())
	require.NoError(t, err)
	return &eventv1.DeclaredTargets{
		Acknowledge: timestamppb.New(targets.Acknowledge), Contact: timestamppb.New(targets.Contact),
		FirstResponse: timestamppb.New(targets.FirstResponse), Callback: timestamppb.New(targets.Callback),
		Resolution: timestamppb.New(targets.Resolution),
	}
}

func (d *desk) received(t *testing.T, severity policyv1.Severity) *eventv1.Payload {
	t.Helper()
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Reference: "R-7K3M-9QX2-C", Customer: customer, Severity: severity, ReceiveTime: timestamppb.New(d.clock.Now()),
		Targets: d.targets(t, severity), LanguageCode: "zh-Hans",
	}}}
}

func (d *desk) reopened(t *testing.T) *eventv1.Payload {
	t.Helper()
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Severity: policyv1.Severity_URGENT, ReopenTime: timestamppb.New(d.clock.Now()),
		Targets: d.targets(t, policyv1.Severity_URGENT), Reference: "R-7K3M-9QX2-C", Customer: customer, LanguageCode: "zh-Hans",
	}}}
}

func wrote(author eventv1.MessageRecorded_Author) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
		Message: "complaints/x/messages/m", Author: author,
	}}}
}

func resolved(requested time.Time) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{
		RequestId: "r", Outcome: "REMEDIED", RequestTime: timestamppb.New(requested),
	}}}
}

func closed(outcome intakev1.Complaint_Outcome) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{
		Outcome: outcome.String(),
	}}}
}

// duties reads the duties of a complaint by id.
func (d *desk) duties(t *testing.T, complaint string) map[string]*followupv1.Duty {
	t.Helper()
	res, err := d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: complaint})
	require.NoError(t, err)
	byID := make(map[string]*followupv1.Duty)
	for _, duty := range res.GetDuties() {
		byID[duty.GetName()[len(complaint+"/duties/"):]] = duty
	}
	return byID
}

// settle asks whether a duty is kept.
func (d *desk) settle(t *testing.T, complaint, duty string) *followupv1.Settlement {
	t.Helper()
	s, err := d.worker.SettleDuty(t.Context(), &followupv1.SettleDutyRequest{Name: complaint + "/duties/" + duty})
	require.NoError(t, err)
	return s
}

// attempt records an attempt on the callback of the first cycle.
func (d *desk) attempt(t *testing.T, complaint string, outcome followupv1.Attempt_Outcome, at time.Time) *followupv1.Callback {
	t.Helper()
	c, err := d.agent.RecordAttempt(t.Context(), attempt(complaint+"/callbacks/1", outcome, at))
	require.NoError(t, err)
	return c
}

// attempt is a request without a note; the zero time is now.
func attempt(callback string, outcome followupv1.Attempt_Outcome, at time.Time) *followupv1.RecordAttemptRequest {
	req := &followupv1.RecordAttemptRequest{Name: callback, Outcome: outcome, Way: policyv1.ContactWay_PHONE}
	if !at.IsZero() {
		req.AttemptTime = timestamppb.New(at)
	}
	return req
}

// events reads followup's events on a complaint.
func (d *desk) events(t *testing.T, complaint string) []*eventv1.Event {
	t.Helper()
	client := followupv1.NewEventLogServiceClient(d.harness.Conn("agents/he", authv1.Role_AUDITOR))
	res, err := client.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: complaint, PageSize: 200})
	require.NoError(t, err)
	return res.GetEvents()
}

// settled reads the settlements of one duty from followup's events.
func (d *desk) settled(t *testing.T, complaint, duty string) []*eventv1.DutySettled {
	t.Helper()
	var list []*eventv1.DutySettled
	for _, e := range d.events(t, complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(t, err)
		if s := p.GetDutySettled(); s.GetDuty() == complaint+"/duties/"+duty {
			list = append(list, s)
		}
	}
	return list
}

// types reads the types of followup's events on a complaint.
func (d *desk) types(t *testing.T, complaint string) []string {
	t.Helper()
	var types []string
	for _, e := range d.events(t, complaint) {
		types = append(types, e.GetType())
	}
	return types
}

// errErased is what the key call answers for a customer who was erased.
func errErased() error {
	return errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "The key was destroyed.")
}

// errBroken is what anything else answers that fails.
func errBroken() error { return errors.New("the wire is broken") }
