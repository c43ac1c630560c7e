package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// name is that of the complaint which the desk knows.
const name = "complaints/0123456789abcdefghjkmnpqrs"

// uiOrigin is where Temporal's web interface is opened.
const uiOrigin = "https://temporal.example"

// desk stands in for the services behind the edge. It notes what reaches it, and answers with what the test sets.
type desk struct {
	intakev1.UnimplementedIntakeServiceServer
	followupv1.UnimplementedFollowupServiceServer
	remedyv1.UnimplementedRemedyServiceServer
	routingv1.UnimplementedRoutingServiceServer
	intakev1.UnimplementedImportServiceServer
	intakev1.UnimplementedPublicServiceServer

	mu       sync.Mutex
	requests []proto.Message
	answer   func(ctx context.Context, request proto.Message) (*intakev1.Complaint, error)
}

// note keeps a request and answers it.
func (d *desk) note(ctx context.Context, request proto.Message) (*intakev1.Complaint, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, request)
	if d.answer != nil {
		return d.answer(ctx, request)
	}
	return &intakev1.Complaint{Name: name}, nil
}

// seen returns the requests that reached the desk, and forgets them.
func (d *desk) seen() []proto.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	requests := d.requests
	d.requests = nil
	return requests
}

func (d *desk) answers(answer func(ctx context.Context, request proto.Message) (*intakev1.Complaint, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

func (d *desk) CreateComplaint(ctx context.Context, request *intakev1.CreateComplaintRequest) (*intakev1.Complaint, error) {
	return d.note(ctx, request)
}

func (d *desk) UpdateComplaint(ctx context.Context, request *intakev1.UpdateComplaintRequest) (*intakev1.Complaint, error) {
	return d.note(ctx, request)
}

func (d *desk) CloseComplaint(ctx context.Context, request *intakev1.CloseComplaintRequest) (*intakev1.Complaint, error) {
	return d.note(ctx, request)
}

func (d *desk) GetComplaint(ctx context.Context, request *intakev1.GetComplaintRequest) (*intakev1.Complaint, error) {
	if request.GetName() != name {
		return nil, errs.NotFound("COMPLAINT_NOT_FOUND", "There is no such complaint.")
	}
	return d.note(ctx, request)
}

func (d *desk) ListComplaints(ctx context.Context, request *intakev1.ListComplaintsRequest) (*intakev1.ListComplaintsResponse, error) {
	complaint, err := d.note(ctx, request)
	if err != nil {
		return nil, err
	}
	return &intakev1.ListComplaintsResponse{Complaints: []*intakev1.Complaint{complaint}}, nil
}

func (d *desk) ListDuties(ctx context.Context, request *followupv1.ListDutiesRequest) (*followupv1.ListDutiesResponse, error) {
	if request.GetParent() != name {
		return nil, errs.NotFound("COMPLAINT_NOT_FOUND", "There is no such complaint.")
	}
	extension := &followupv1.Extension{}
	if identity, _ := auth.FromContext(ctx); identity.Has(authv1.Role_AGENT) {
		extension.Reason = "The carrier has not answered."
	}
	return &followupv1.ListDutiesResponse{Duties: []*followupv1.Duty{{
		Name: name + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, State: followupv1.Duty_OPEN, Overdue: true,
		DueTime: timestamppb.New(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), Extensions: []*followupv1.Extension{extension},
	}}}, nil
}

// eventLog stands in for the event log of one service. It answers in pages of two at most.
type eventLog struct {
	intakev1.UnimplementedEventLogServiceServer

	mu     sync.Mutex
	events []*eventv1.Event
	// failAt is the page that cannot be read, from 1; 0 for none.
	failAt int
	// calls counts the pages that were asked for, and read the events that were answered.
	calls, read int
}

func (l *eventLog) set(events []*eventv1.Event, failAt int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events, l.failAt, l.calls, l.read = events, failAt, 0, 0
	for i, e := range events {
		e.Position = int64(i + 1)
	}
}

// add records another event.
func (l *eventLog) add(e *eventv1.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	e.Position = int64(len(l.events))
}

func (l *eventLog) ListEvents(_ context.Context, request *eventv1.ListEventsRequest) (*eventv1.ListEventsResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	page, _ := strconv.Atoi(request.GetPageToken())
	if page+1 == l.failAt {
		return nil, errs.Unavailable("UNAVAILABLE", "The log cannot be read.")
	}
	from := min(int(request.GetAfterPosition())+2*page, len(l.events))
	to := min(from+min(2, int(request.GetPageSize())), len(l.events))
	l.calls, l.read = l.calls+1, l.read+to-from
	response := &eventv1.ListEventsResponse{Events: l.events[from:to]}
	if to < len(l.events) {
		response.NextPageToken = strconv.Itoa(page + 1)
	}
	return response, nil
}

// world is the edge with a desk behind it.
type world struct {
	url     string
	desk    *desk
	files   *cabinet
	surveys *surveys
	logs    map[string]*eventLog
	keys    *keys
	token   string
	// temporal are the keys that the gateway decrypts with.
	temporal *envelope.Keys
	mint     func(roles ...authv1.Role) string
	// planned is the last question for a plan.
	planned *followupv1.PlanCallbackRequest
	// ready is what the readiness check says.
	ready error
	// handler is the edge.
	handler http.Handler
	// services reaches the gateway's own service without the edge.
	services *grpc.ClientConn
	// as does so for a caller with another role.
	as func(role authv1.Role) *grpc.ClientConn
}

// sources are the services of the timeline in its order.
func sources() []string { return []string{"intake", "routing", "remedy", "followup", "review"} }

func start(t *testing.T) *world {
	t.Helper()
	return startSeen(t, nil)
}

// startSeen starts a world whose edge makes spans.
func startSeen(t *testing.T, seen *telemetry.Telemetry) *world {
	t.Helper()
	w := &world{desk: &desk{}, files: &cabinet{}, surveys: &surveys{}, logs: map[string]*eventLog{}, keys: &keys{}, temporal: newTemporalKeys(t)}
	for _, source := range sources() {
		w.logs[source] = &eventLog{}
	}
	behind := func(server grpc.ServiceRegistrar) {
		intakev1.RegisterIntakeServiceServer(server, w.desk)
		intakev1.RegisterAttachmentServiceServer(server, w.files)
		intakev1.RegisterImportServiceServer(server, w.desk)
		intakev1.RegisterPublicServiceServer(server, w.desk)
		followupv1.RegisterFollowupServiceServer(server, w.desk)
		followupv1.RegisterCallbackServiceServer(server, planner{&w.planned})
		followupv1.RegisterSeriesServiceServer(server, series{})
		followupv1.RegisterSurveyServiceServer(server, w.surveys)
		remedyv1.RegisterRemedyServiceServer(server, w.desk)
		routingv1.RegisterRoutingServiceServer(server, w.desk)
		intakev1.RegisterEventLogServiceServer(server, w.logs["intake"])
		routingv1.RegisterEventLogServiceServer(server, w.logs["routing"])
		remedyv1.RegisterEventLogServiceServer(server, w.logs["remedy"])
		followupv1.RegisterEventLogServiceServer(server, w.logs["followup"])
		reviewv1.RegisterEventLogServiceServer(server, w.logs["review"])
		reviewv1.RegisterReviewServiceServer(server, lookback{})
	}
	asCaller := &lateConn{}
	service := build(t, rpctest.Serve(t, behind).Conn("services/suite", authv1.Role_SERVICE), w.keys, asCaller, w.temporal)
	h := rpctest.Serve(t, func(server grpc.ServiceRegistrar) {
		behind(server)
		service.Register(server)
	})
	asCaller.ClientConnInterface = h.Anonymous()
	edge, err := gateway.NewEdge(t.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{
		Conn: h.Anonymous(), Ready: func(context.Context) error { return w.ready }, Telemetry: seen, Callers: service, Now: time.Now, TemporalUI: uiOrigin,
	})
	require.NoError(t, err)
	w.handler = edge
	server := httptest.NewServer(edge)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.mint = func(roles ...authv1.Role) string {
		token, err := h.Minter.Mint("agents/lin", roles, time.Hour)
		require.NoError(t, err)
		return token
	}
	w.token = w.mint(authv1.Role_AGENT)
	w.services = h.Conn("agents/lin", authv1.Role_AGENT)
	w.as = func(role authv1.Role) *grpc.ClientConn { return h.Conn("agents/ada", role) }
	return w
}

// lateConn is a connection to a server that is begun later.
type lateConn struct{ grpc.ClientConnInterface }

func build(t *testing.T, conn *grpc.ClientConn, keys gateway.Keys, asCaller grpc.ClientConnInterface, temporal *envelope.Keys) *gateway.Service {
	t.Helper()
	rules, err := policy.Default()
	require.NoError(t, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	began := time.Now()
	service, err := gateway.New(gateway.Deps{
		Sources: []gateway.Source{
			{Name: "intake", Log: intakev1.NewEventLogServiceClient(conn)},
			{Name: "routing", Log: routingv1.NewEventLogServiceClient(conn)},
			{Name: "remedy", Log: remedyv1.NewEventLogServiceClient(conn)},
			{Name: "followup", Log: followupv1.NewEventLogServiceClient(conn)},
			{Name: "review", Log: reviewv1.NewEventLogServiceClient(conn)},
		},
		Intake: intakev1.NewIntakeServiceClient(conn), Followup: followupv1.NewFollowupServiceClient(conn),
		Policy: rules, Logger: slog.New(slog.DiscardHandler), Public: intakev1.NewPublicServiceClient(conn), Surveys: followupv1.NewSurveyServiceClient(conn), Keys: keys,
		Now:   func() time.Time { return began }, // What is allowed an hour does not depend on how fast the machine is.
		Pages: pages, AsCaller: asCaller, Codec: envelope.NewCodec(temporal, envelope.Read),
	})
	require.NoError(t, err)
	return service
}

// object is a JSON object.
type object = map[string]any

// answer is what came back over HTTP.
type answer struct {
	status int
	header http.Header
	text   string
	body   object
}

// call makes a call with the world's token. Header lines are "Name: value".
func (w *world) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if w.token != "" {
		request.Header.Set("Authorization", "Bearer "+w.token)
	}
	for _, line := range headers {
		key, value, _ := strings.Cut(line, ": ")
		request.Header.Set(key, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.NewDecoder(bytes.NewReader(text)).Decode(&a.body) // Documents are no JSON.
	return a
}

// requireProblem fails the test unless the answer is a problem with this status, code and reason.
func requireProblem(t *testing.T, a answer, status int, code string, reason interface{ String() string }) {
	t.Helper()
	require.Equal(t, status, a.status, a.text)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, code, a.body["code"], a.text)
	require.Equal(t, reason.String(), a.body["reason"], a.text)
	require.NotEmpty(t, a.body["message"], a.text)
	if id := a.header.Get("Trace-Id"); id != "" {
		require.Equal(t, id, a.body["traceId"], "the refusals of the edge itself have it, too: %s", a.text)
	}
	for key := range a.body {
		require.Contains(t, []string{"code", "reason", "message", "metadata", "fields", "traceId"}, key)
	}
}

// fields lists the paths of the fields that a problem names.
func fields(a answer) []string {
	var paths []string
	list, _ := a.body["fields"].([]any)
	for _, f := range list {
		if field, ok := f.(object); ok {
			path, _ := field["field"].(string)
			paths = append(paths, path)
		}
	}
	return paths
}

// ImportComplaints files every row but those whose key is "bad".
func (d *desk) ImportComplaints(stream intakev1.ImportService_ImportComplaintsServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.requests = append(d.requests, first)
	d.mu.Unlock()
	for number := int32(1); ; number++ {
		next, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer := &intakev1.ImportComplaintsResponse{Row: number, ExternalId: next.GetRow().GetExternalId(), Complaint: name, Reference: "R-1"}
		switch answer.GetExternalId() {
		case "bad":
			answer.Complaint, answer.Reference = "", ""
			answer.Problem = &errorv1.Problem{Code: "INVALID_ARGUMENT", Reason: "INVALID_FIELD", Fields: []*errorv1.FieldProblem{{Field: "external_id"}}}
		case "down":
			return errs.Unavailable("UNAVAILABLE", "The database is away.")
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

// GetPublicStatus knows one complaint.
func (d *desk) GetPublicStatus(_ context.Context, request *intakev1.GetPublicStatusRequest) (*intakev1.GetPublicStatusResponse, error) {
	if request.GetReference() != "R-7K3M-9QX2-C" && request.GetReference() != knownReference || request.GetVerification() != "5678" {
		return nil, errs.NotFound("STATUS_NOT_FOUND", "There is no complaint with this reference and this verification.")
	}
	return &intakev1.GetPublicStatusResponse{
		Complaint: name, Reference: request.GetReference(), State: intakev1.Complaint_ACTIVE, Cycle: 1,
		ReceiveTime: timestamppb.New(time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)), LanguageCode: "zh-Hans",
	}, nil
}
