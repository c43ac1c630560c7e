package routing_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/sqlstore"
)

// world is a routing service behind a real connection, on a real database, with a clock that stands still.
type world struct {
	t       *testing.T
	routing routingv1.RoutingServiceClient
	people  routingv1.DirectoryServiceClient
	rules   routingv1.RuleServiceClient
	sink    routingv1.EventSinkServiceClient
	log     routingv1.EventLogServiceClient
	harness *rpctest.Harness
	ids     *ids.Source
	now     time.Time
	told    *notifier
	store   routing.Store
	service *routing.Service
	deps    routing.Deps
	logged  *logtest.Buffer
}

// notifier counts notices, those of assignments apart, and fails when told to.
type notifier struct {
	failing atomic.Bool
	count   atomic.Int32
	given   atomic.Int32
	newest  atomic.Pointer[routing.Notice]
	hanging func() // is called when somebody is to be told, of which no answer comes until the caller's time is over
}

// last is the notice that was told last.
func (n *notifier) last() routing.Notice { return *n.newest.Load() }

func (n *notifier) Notify(ctx context.Context, notice routing.Notice) (policyv1.NoticeChannel, error) {
	if n.hanging != nil {
		n.hanging()
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if n.failing.Load() {
		return 0, errors.New("nobody can be told")
	}
	if notice.About == routingv1.Notice_ASSIGNMENT {
		n.given.Add(1)
		return policyv1.NoticeChannel_LOG, nil
	}
	n.count.Add(1)
	n.newest.Store(&notice)
	return policyv1.NoticeChannel_LOG, nil
}

// prompt is a connection after each of whose calls people are told, as Run does at once, so that a test sees it.
type prompt struct {
	grpc.ClientConnInterface
	deliver func()
}

func (p prompt) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	defer p.deliver()
	return p.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

// conn calls on the account of somebody, and has people told before it returns.
func (w *world) conn(subject string, roles ...authv1.Role) grpc.ClientConnInterface {
	return prompt{w.harness.Conn(subject, roles...), func() { w.service.Deliver(w.t.Context()) }}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	require.NoError(t, w.service.SeedDirectory(t.Context()))
	return w
}

// migrated are databases with the tables of routing.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

// bareWorld is one whose database is empty.
func bareWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now().UTC().Truncate(time.Second), told: &notifier{}}
	clock := func() time.Time { return w.now }
	db := migrated.SQLite(t)
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	key := make([]byte, 32)
	log, err := eventlog.New(eventlog.Config{Source: "routing"}, eventlog.Deps{
		DB: db, Now: clock, NewEventID: newEventID, Signer: ed25519.NewKeyFromSeed(key), PageKey: key, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	pages, err := page.New(key)
	require.NoError(t, err)
	rules, err := policy.Default()
	require.NoError(t, err)
	store := sqlstore.New(db, log)
	w.store = store
	w.logged = &logtest.Buffer{}
	w.deps = routing.Deps{
		Store: store, Gathering: store, Notices: store, Directory: store, HandOffs: store, Keys: keyring{}, Queues: store, Ladder: store, Approvers: store,
		Log: log, Policy: rules, Notifier: w.told, Pages: pages, Now: clock,
		Logger: slog.New(slog.NewTextHandler(w.logged, nil)),
	}
	service, err := routing.New(routing.Config{}, w.deps)
	require.NoError(t, err)
	w.service = service
	w.harness = rpctest.Serve(t, func(server grpc.ServiceRegistrar) { service.Register(server) })
	conn := w.harness.Conn("services/worker", authv1.Role_SERVICE)
	w.routing, w.sink = routingv1.NewRoutingServiceClient(w.conn("services/worker", authv1.Role_SERVICE)), routingv1.NewEventSinkServiceClient(conn)
	w.log = routingv1.NewEventLogServiceClient(conn)
	w.people = routingv1.NewDirectoryServiceClient(w.harness.Conn("agents/sun", authv1.Role_MANAGER))
	w.rules = routingv1.NewRuleServiceClient(w.harness.Conn("agents/sun", authv1.Role_MANAGER))
	w.ids = ids.New(clock, rand.Reader)
	return w
}

// other is the service with another policy on the same database.
func (w *world) other(edit func(string) string) *routing.Service {
	w.t.Helper()
	text, err := os.ReadFile("../internal/policy/default.yaml")
	require.NoError(w.t, err)
	deps := w.deps
	deps.Policy, err = policy.Parse([]byte(edit(string(text))), "other.yaml")
	require.NoError(w.t, err)
	service, err := routing.New(routing.Config{}, deps)
	require.NoError(w.t, err)
	return service
}

// put puts an open complaint of a department on record that nobody was given.
func (w *world) put(id, customer, department string) {
	w.t.Helper()
	_, err := w.store.Change(w.t.Context(), routing.Change{Complaint: id}, func(c *routing.Case) error {
		c.Changes.Complaint = &routing.Complaint{ID: id, Customer: customer, Cycle: 1, Department: department, AssignedCycle: 1}
		return nil
	})
	require.NoError(w.t, err)
}

func newEventID() string { return uuid.Must(uuid.NewV7()).String() }

// apply delivers a fact of intake.
func (w *world) apply(complaint string, cycle int32, p *eventv1.Payload) {
	w.t.Helper()
	payload, err := proto.Marshal(p)
	require.NoError(w.t, err)
	event := &eventv1.Event{
		EventId: newEventID(), Source: "intake", Sequence: 1, Subject: complaint, Position: 1, Cycle: cycle, Type: eventlog.TypeOf(p),
		Actor: "agents/lin", RecordTime: timestamppb.New(w.now), Payload: payload,
	}
	for _, first := range []bool{true, false} {
		resp, err := w.sink.ApplyEvent(w.t.Context(), &eventv1.ApplyEventRequest{Event: event})
		require.NoError(w.t, err)
		require.Equal(w.t, first, resp.GetFirst(), "a fact is noted once, however often it is delivered")
	}
}

// file tells routing of a new complaint.
func (w *world) file(customer string, kind policyv1.TargetKind) string {
	w.t.Helper()
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: customer, TargetKind: kind, Severity: policyv1.Severity_NORMAL,
	}}})
	return complaint
}

func (w *world) close(complaint string, cycle int32) {
	w.t.Helper()
	w.apply(complaint, cycle, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{Outcome: "WITHDRAWN"}}})
}

func (w *world) assign(complaint string, cycle int32) *routingv1.Assignment {
	w.t.Helper()
	a, err := w.routing.AssignComplaint(w.t.Context(), &routingv1.AssignComplaintRequest{Complaint: complaint, Cycle: cycle})
	require.NoError(w.t, err)
	return a
}

func (w *world) raise(complaint string, number int32) *routingv1.Escalation {
	w.t.Helper()
	e, err := w.routing.RaiseEscalation(w.t.Context(), w.raiseRequest(complaint, number))
	require.NoError(w.t, err)
	return e
}

func (w *world) raiseRequest(complaint string, number int32) *routingv1.RaiseEscalationRequest {
	return &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Reason: routingv1.Escalation_CALLBACK_MISSED,
		NoticeNumber: number, DueTime: timestamppb.New(w.now),
	}
}

// types lists the events of a complaint but those about notices.
func (w *world) types(complaint string) []string {
	w.t.Helper()
	var types []string
	for _, e := range w.decided(complaint) {
		types = append(types, e.GetType())
	}
	return types
}

// decided are the events of a complaint but those about notices.
func (w *world) decided(complaint string) []*eventv1.Event {
	w.t.Helper()
	return slices.DeleteFunc(w.events(complaint), func(e *eventv1.Event) bool { return strings.HasPrefix(e.GetType(), "notice_") })
}

// notices lists what became of the notices about a complaint: "notice_sent ASSIGNMENT".
func (w *world) notices(complaint string) []string {
	w.t.Helper()
	var list []string
	for _, e := range w.events(complaint) {
		var p eventv1.Payload
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), &p))
		about := p.GetNoticeSent().GetAbout() + p.GetNoticeDelayed().GetAbout() + p.GetNoticeGivenUp().GetAbout() + p.GetNoticeRedriven().GetAbout()
		if about != "" {
			list = append(list, e.GetType()+" "+about)
		}
	}
	return list
}

func (w *world) events(complaint string) []*eventv1.Event {
	w.t.Helper()
	list, err := w.log.ListEvents(w.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(w.t, err)
	return list.GetEvents()
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")

	t.Run("the rule finds the department, the least load the person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		delivery := w.assign(w.file("customers/a", policyv1.TargetKind_DELIVERY), 1)
		require.Equal(t, "departments/logistics", delivery.GetDepartment())
		require.Equal(t, "agents/he", delivery.GetAssignee())
		require.Equal(t, "Delivery team", delivery.GetTeamAlias()["en"])
		seen := map[string]int{}
		for i := range 6 {
			w.now = w.now.Add(time.Second)
			customer := "customers/" + string(rune('b'+i))
			seen[w.assign(w.file(customer, policyv1.TargetKind_SERVICE), 1).GetAssignee()]++
		}
		require.Equal(t, map[string]int{"agents/lin": 2, "agents/chen": 2, "agents/wu": 2}, seen)
	})
	t.Run("one customer keeps one person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first := w.assign(w.file("customers/a", policyv1.TargetKind_SERVICE), 1)
		second := w.assign(w.file("customers/a", policyv1.TargetKind_SERVICE), 1)
		require.Equal(t, first.GetAssignee(), second.GetAssignee())
	})
	t.Run("it is made once and kept through reopening", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		first := w.assign(complaint, 1)
		require.Equal(t, first.GetAssignee(), w.assign(complaint, 1).GetAssignee())
		require.Equal(t, []string{"complaint_assigned"}, w.types(complaint))
		require.EqualValues(t, 1, w.load(first.GetAssignee()))
		w.close(complaint, 1)
		require.EqualValues(t, 0, w.load(first.GetAssignee()), "an ended complaint is no load")
		w.close(complaint, 1)
		w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: "customers/a"}}})
		again := w.assign(complaint, 2)
		require.Equal(t, first.GetAssignee(), again.GetAssignee())
		require.EqualValues(t, 2, again.GetCycle())
		require.EqualValues(t, 1, w.load(first.GetAssignee()))
		w.close(complaint, 1) // The end of cycle 1, delivered late, must not end cycle 2.
		require.EqualValues(t, 1, w.load(first.GetAssignee()))
	})
	t.Run("not assigned yet", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		_, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		rpctest.RequireReason(t, err, codes.NotFound, routingv1.ErrorReason_NOT_ASSIGNED.String())
		w.assign(complaint, 1)
		got, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		require.NoError(t, err)
		require.NotEmpty(t, got.GetAssignee())
	})
}

// load reads an agent's open complaints.
func (w *world) load(agent string) int32 {
	w.t.Helper()
	list, err := w.people.ListAgents(w.t.Context(), &routingv1.ListAgentsRequest{})
	require.NoError(w.t, err)
	for _, a := range list.GetAgents() {
		if a.GetName() == agent {
			return a.GetOpenCount()
		}
	}
	w.t.Fatalf("no agent %s", agent)
	return 0
}

func TestEscalation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")

	t.Run("each notice tells the next level, the top again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(complaint, 1)
		wanted := []struct {
			recipient string
			level     int32
		}{{"agents/zhao", 1}, {"agents/sun", 2}, {"agents/fang", 3}, {"agents/fang", 3}}
		raisedAt := w.now
		for i, want := range wanted {
			e := w.raise(complaint, int32(i+1))
			require.Equal(t, want.recipient, e.GetRecipient())
			require.Equal(t, want.level, e.GetLevel())
			unless := 2 * time.Hour
			if want.level == 3 {
				unless = 12 * time.Hour
			}
			require.Equal(t, w.now.Add(unless), e.GetClimbTime().AsTime(), "the policy's time to acknowledge; the top is told again later")
			require.Equal(t, raisedAt, e.GetCreateTime().AsTime())
			w.now = w.now.Add(12 * time.Hour)
		}
		list, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
		require.NoError(t, err)
		require.Len(t, list.GetEscalations(), 1, "one escalation per duty")
		a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		require.NoError(t, err)
		require.EqualValues(t, 3, a.GetEscalationLevel())
	})
	t.Run("a notice is sent once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		for range 2 {
			require.EqualValues(t, 1, w.raise(complaint, 1).GetLevel())
		}
		require.EqualValues(t, 2, w.raise(complaint, 2).GetLevel())
		require.EqualValues(t, 2, w.raise(complaint, 1).GetLevel(), "a late repetition changes nothing")
		require.EqualValues(t, 2, w.told.count.Load())
		require.Equal(t, []string{"escalation_raised", "escalation_raised"}, w.types(complaint))
		require.Equal(t, []string{"notice_sent ESCALATION", "notice_sent ESCALATION"}, w.notices(complaint))
	})
	t.Run("a complaint without an owner escalates to who watches the queue", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		require.Equal(t, "agents/ma", w.raise(w.file("customers/a", policyv1.TargetKind_DELIVERY), 1).GetRecipient())
	})
}

func TestNotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	req := &routingv1.SendNoticeRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
	}
	for range 2 {
		resp, err := w.routing.SendNotice(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "agents/zhao", resp.GetRecipient(), "nobody is in charge: the supervisor of the queue hears of it")
	}
	assigned := w.assign(complaint, 1)
	req.WarnTime = timestamppb.New(w.now.Add(time.Hour))
	resp, err := w.routing.SendNotice(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, assigned.GetAssignee(), resp.GetRecipient())
	require.EqualValues(t, 2, w.told.count.Load())
	require.EqualValues(t, 1, w.told.given.Load())
	require.Equal(t, []string{"notice_sent WARNING", "notice_sent ASSIGNMENT", "notice_sent WARNING"}, w.notices(complaint))
}

func TestUnknownComplaints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := "complaints/" + w.ids.ID()
	_, err := w.routing.AssignComplaint(t.Context(), &routingv1.AssignComplaintRequest{Complaint: early, Cycle: 1})
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	w.now = w.now.Add(2 * time.Minute)
	for name, call := range map[string]func() error{
		"AssignComplaint": func() error {
			_, err := w.routing.AssignComplaint(t.Context(), &routingv1.AssignComplaintRequest{Complaint: early, Cycle: 1})
			return err
		},
		"GetAssignment": func() error {
			_, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: early + "/assignment"})
			return err
		},
		"RaiseEscalation": func() error {
			_, err := w.routing.RaiseEscalation(t.Context(), w.raiseRequest(early, 1))
			return err
		},
		"SendNotice": func() error {
			_, err := w.routing.SendNotice(t.Context(), &routingv1.SendNoticeRequest{
				Duty: early + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
			})
			return err
		},
		"ListEscalations": func() error {
			_, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: early})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			rpctest.RequireReason(t, call(), codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
		})
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	req := &routingv1.ListAgentsRequest{PageSize: 5}
	for {
		resp, err := w.people.ListAgents(t.Context(), req)
		require.NoError(t, err)
		for _, a := range resp.GetAgents() {
			names = append(names, a.GetName())
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	require.Len(t, names, 13)
	require.IsIncreasing(t, names)
	departments, err := w.people.ListDepartments(t.Context(), &routingv1.ListDepartmentsRequest{PageSize: 2})
	require.NoError(t, err)
	require.Len(t, departments.GetDepartments(), 2)
	_, err = w.people.ListAgents(t.Context(), &routingv1.ListAgentsRequest{PageToken: departments.GetNextPageToken()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}
