package routing_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// receiver is a firm's webhook: it answers what it is told to, and then that it has taken the notice.
type receiver struct {
	mu      sync.Mutex
	answers []int
	ids     []string
	texts   []string
	server  *httptest.Server
}

func receive(t *testing.T, answers ...int) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var got struct{ Data struct{ Text string } }
		_ = json.Unmarshal(body, &got)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ids, r.texts = append(r.ids, req.Header.Get("webhook-id")), append(r.texts, got.Data.Text)
		if len(r.answers) > 0 {
			w.WriteHeader(r.answers[0])
			r.answers = r.answers[1:]
		}
	}))
	t.Cleanup(r.server.Close)
	return r
}

// staff is the notifier of the world's directory, whose webhook is the receiver.
func (w *world) staff(r *receiver) *routing.Staff {
	w.t.Helper()
	hook, err := channel.NewWebhook(channel.WebhookConfig{URL: r.server.URL, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Now: time.Now})
	require.NoError(w.t, err)
	staff, err := routing.NewStaff(routing.StaffConfig{Link: "https://crm.example/{complaint}"}, routing.StaffDeps{
		Directory: w.deps.Directory, Gathering: w.deps.Gathering, Policy: w.deps.Policy,
		Channels: map[policyv1.NoticeChannel]channel.Channel{
			policyv1.NoticeChannel_LOG: channel.Log{Logger: slog.New(slog.DiscardHandler)}, policyv1.NoticeChannel_WEBHOOK: hook,
		},
	})
	require.NoError(w.t, err)
	return staff
}

// by is the service with another notifier.
func (w *world) by(n routing.Notifier) *routing.Service {
	w.t.Helper()
	deps := w.deps
	deps.Notifier = n
	service, err := routing.New(routing.Config{}, deps)
	require.NoError(w.t, err)
	return service
}

// toldBy sets how somebody is told.
func (w *world) toldBy(agent string, channels ...policyv1.NoticeChannel) {
	w.t.Helper()
	person, err := w.people.GetAgent(w.t.Context(), &routingv1.GetAgentRequest{Name: agent})
	require.NoError(w.t, err)
	person.NoticeChannels = channels
	_, err = w.people.UpdateAgent(w.t.Context(), &routingv1.UpdateAgentRequest{Agent: person})
	require.NoError(w.t, err)
}

func (w *world) noticeClient() routingv1.NoticeServiceClient {
	return routingv1.NewNoticeServiceClient(w.harness.Conn("agents/ops", authv1.Role_OPERATOR))
}

// A channel that does not answer delays nobody: the escalation is on record before anybody is told.
func TestAChannelThatHangsDelaysNoEscalation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	entered := make(chan struct{}, 8)
	w.told.hanging = func() { entered <- struct{}{} }
	ctx, end := context.WithCancel(t.Context())
	var running errgroup.Group
	running.Go(func() error { return w.service.Run(ctx) })
	_, err := w.service.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.NoError(t, err)
	<-entered // It is tried at once, and hangs.
	_, err = w.service.RaiseEscalation(t.Context(), w.raiseRequest(complaint, 1))
	require.NoError(t, err)
	_, err = w.service.AssignComplaint(t.Context(), &routingv1.AssignComplaintRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"escalation_raised", "escalation_raised", "complaint_assigned"}, w.types(complaint))
	require.Empty(t, w.notices(complaint))
	end()
	require.NoError(t, running.Wait())
	require.Empty(t, w.notices(complaint), "an attempt that ended with the process is no failure; the next process tries")
}

// A webhook that fails three times is told under one id each time, with longer and longer pauses, and what became of it is on record.
func TestAWebhookThatFailsThreeTimes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	r := receive(t, 500, 503, 429)
	service := w.by(w.staff(r))
	w.toldBy("agents/zhao", policyv1.NoticeChannel_WEBHOOK)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	_, err := service.RaiseEscalation(t.Context(), w.raiseRequest(complaint, 1))
	require.NoError(t, err)
	service.Deliver(t.Context())
	for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		w.now = w.now.Add(pause - time.Second)
		require.NoError(t, service.Gather(t.Context()), "too soon")
		w.now = w.now.Add(time.Second)
		_ = service.Gather(t.Context()) // It says that the webhook fails.
	}
	require.Len(t, r.ids, 4)
	for _, id := range r.ids {
		require.Equal(t, complaint[len("complaints/"):]+"-1-callback-no-1", id)
	}
	require.Equal(t, []string{"notice_delayed ESCALATION", "notice_sent ESCALATION"}, w.notices(complaint))
	require.Contains(t, r.texts[3], "https://crm.example/"+complaint[len("complaints/"):])
}

// What a webhook wants no more of is dead at once; an operator sees why, and has it told again.
func TestADeadNotice(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	r := receive(t, 410, 410)
	service := w.by(w.staff(r))
	w.toldBy("agents/zhao", policyv1.NoticeChannel_WEBHOOK)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	_, err := service.RaiseEscalation(t.Context(), w.raiseRequest(complaint, 1))
	require.NoError(t, err)
	service.Deliver(t.Context())
	require.Equal(t, []string{"notice_given_up ESCALATION"}, w.notices(complaint))

	notices := w.noticeClient()
	list := func(filter string) []*routingv1.Notice {
		resp, err := notices.ListNotices(t.Context(), &routingv1.ListNoticesRequest{Filter: filter})
		require.NoError(t, err)
		return resp.GetNotices()
	}
	dead := list(`state = "DEAD" AND recipient = "agents/zhao"`)
	require.Len(t, dead, 1)
	require.Equal(t, "webhook: the webhook answers 410", dead[0].GetProblem())
	require.Equal(t, complaint, dead[0].GetComplaint())
	require.Empty(t, list(`state = "WAITING"`))
	for range 2 { // It is refused again, and then it is taken.
		redriven, err := notices.RedriveNotice(t.Context(), &routingv1.RedriveNoticeRequest{Name: dead[0].GetName()})
		require.NoError(t, err)
		require.Equal(t, routingv1.Notice_WAITING, redriven.GetState())
		_ = service.Gather(t.Context())
	}
	require.Equal(t, []string{
		"notice_given_up ESCALATION", "notice_redriven ESCALATION", "notice_given_up ESCALATION", "notice_redriven ESCALATION", "notice_sent ESCALATION",
	}, w.notices(complaint))
	require.Equal(t, policyv1.NoticeChannel_WEBHOOK, list(`state = "SENT"`)[0].GetChannel())

	_, err = notices.RedriveNotice(t.Context(), &routingv1.RedriveNoticeRequest{Name: dead[0].GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_NOTICE_NOT_DEAD.String())
	_, err = notices.RedriveNotice(t.Context(), &routingv1.RedriveNoticeRequest{Name: "notices/none"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = notices.ListNotices(t.Context(), &routingv1.ListNoticesRequest{Filter: "colour = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}

// After the policy's time a notice is given up, one and many; the others of that person are told as soon as that is possible.
func TestANoticeIsGivenUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	w := newWorld(t)
	w.told.failing.Store(true)
	var complaints []string
	for range 4 {
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		complaints = append(complaints, complaint)
		w.raise(complaint, 1)
	}
	for range 30 {
		_ = w.service.Gather(t.Context())
		w.now = w.now.Add(time.Hour)
	}
	for i, complaint := range complaints {
		want := []string{"notice_given_up ESCALATION"}
		if i == 0 {
			want = []string{"notice_delayed ESCALATION", "notice_given_up ESCALATION"} // The others were gathered, since the first failed.
		}
		require.Equal(t, want, w.notices(complaint))
	}
	waiting, dead, err := w.deps.Notices.CountNotices(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{0, 2}, []int64{waiting, dead})
	w.told.failing.Store(false)
	page, err := w.noticeClient().ListNotices(t.Context(), &routingv1.ListNoticesRequest{PageSize: 1})
	require.NoError(t, err)
	rest, err := w.noticeClient().ListNotices(t.Context(), &routingv1.ListNoticesRequest{PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	for _, n := range append(page.GetNotices(), rest.GetNotices()...) {
		_, err := w.noticeClient().RedriveNotice(t.Context(), &routingv1.RedriveNoticeRequest{Name: n.GetName()})
		require.NoError(t, err)
	}
	require.NoError(t, w.service.Gather(t.Context()))
	for _, complaint := range complaints {
		told := w.notices(complaint)
		require.Equal(t, "notice_sent ESCALATION", told[len(told)-1])
	}
	require.EqualValues(t, 2, w.told.count.Load())
}

// dying is a notifier whose process ends after it has told and before that is noted.
type dying struct {
	mu   sync.Mutex
	ids  []string
	dies bool
	end  context.CancelFunc
}

func (d *dying) Notify(ctx context.Context, n routing.Notice) (policyv1.NoticeChannel, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids = append(d.ids, n.Name())
	if d.dies {
		d.dies = false
		d.end()
		return 0, ctx.Err()
	}
	return policyv1.NoticeChannel_LOG, nil
}

// A process that dies between telling and noting it has the person told again, once, under the same name, by another process.
func TestAProcessThatDiesAfterItHasTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		now := time.Now().UTC().Truncate(time.Second)
		ctx, end := context.WithCancel(t.Context())
		told := &dying{dies: true, end: end}
		_, services := replicas(t, open(t), told, func() time.Time { return now }, 3)
		first := services[0]
		known(t, first)
		_, err := first.RaiseEscalation(t.Context(), threat("complaints/"+someComplaint, 1))
		require.NoError(t, err)
		first.Deliver(ctx)
		require.NoError(t, services[1].Gather(t.Context()))
		require.Len(t, told.ids, 1, "nobody takes it while it may be being told")
		now = now.Add(time.Minute)
		var both errgroup.Group
		for _, service := range services[1:] {
			both.Go(func() error { return service.Gather(t.Context()) })
		}
		require.NoError(t, both.Wait())
		now = now.Add(time.Hour)
		require.NoError(t, services[1].Gather(t.Context()))
		require.Equal(t, []string{someComplaint + "-1-threat-no-1", someComplaint + "-1-threat-no-1"}, told.ids)
	})
}

// someComplaint is a complaint's id.
const someComplaint = "01hzzzzzzzzzzzzzzzzzzzzzzz"

// known puts a complaint and the directory on record.
func known(t *testing.T, s *routing.Service) {
	t.Helper()
	require.NoError(t, s.SeedDirectory(t.Context()))
	payload := &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/k", TargetKind: policyv1.TargetKind_SERVICE, Severity: policyv1.Severity_NORMAL, Reference: "R-7K3M-9QX2-C",
	}}}
	raw, err := proto.Marshal(payload)
	require.NoError(t, err)
	_, err = s.Apply(t.Context(), &eventv1.Event{
		EventId: newEventID(), Source: "intake", Sequence: 1, Subject: "complaints/" + someComplaint, Position: 1, Cycle: 1, Type: "complaint_received",
		Actor: "agents/lin", RecordTime: timestamppb.Now(), Payload: raw,
	}, payload)
	require.NoError(t, err)
}

// Who gets a complaint hears of it; a day's work holds back no escalation, and more of it than that is gathered.
func TestAssignmentsAreTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "REC-8")
	w := newWorld(t)
	var last string
	for range 8 {
		last = w.file("customers/a", policyv1.TargetKind_DELIVERY) // Logistics has one person.
		require.Equal(t, "agents/he", w.assign(last, 1).GetAssignee())
	}
	require.EqualValues(t, 5, w.told.given.Load())
	require.Empty(t, w.notices(last))
	_, err := w.routing.SendNotice(t.Context(), warning(w, last))
	require.NoError(t, err)
	require.Equal(t, []string{"notice_sent WARNING"}, w.notices(last), "warnings are counted apart")
	require.NoError(t, w.service.Gather(t.Context()))
	require.Equal(t, 3, w.told.last().Count)
	require.Equal(t, []string{"notice_sent WARNING", "notice_sent ASSIGNMENT"}, w.notices(last))
}

// The first channel that takes it; one that hangs leaves time for the next. The firm's language and time zone hold where the person has none.
func TestChannelsAreTriedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := receive(t, 500)
	staff := w.staff(r)
	w.toldBy("agents/zhao", policyv1.NoticeChannel_WEBHOOK, policyv1.NoticeChannel_MAIL, policyv1.NoticeChannel_LOG)
	n := routing.Notice{ID: "1-callback@1", Complaint: "c", Duty: "1-callback", Kind: policyv1.DutyKind_CALLBACK, About: routingv1.Notice_WARNING,
		Recipient: "zhao", DueTime: time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)}
	by, err := staff.Notify(t.Context(), n)
	require.NoError(t, err)
	require.Equal(t, policyv1.NoticeChannel_LOG, by)
	require.Contains(t, r.texts[0], "2026年1月5日（星期一）10:00（UTC+8）")
	by, err = staff.Notify(t.Context(), n)
	require.NoError(t, err)
	require.Equal(t, policyv1.NoticeChannel_WEBHOOK, by)

	w.toldBy("agents/zhao", policyv1.NoticeChannel_MAIL)
	_, err = staff.Notify(t.Context(), n)
	require.EqualError(t, err, "mail: is not set up")
	require.False(t, channel.Refused(err), "it may be set up")
	n.Recipient = "nobody"
	_, err = staff.Notify(t.Context(), n)
	require.True(t, channel.Refused(err))
}

// warning asks to warn of a callback.
func warning(w *world, complaint string) *routingv1.SendNoticeRequest {
	return &routingv1.SendNoticeRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
	}
}

// giveUp is a policy that gives up soon.
func giveUp(t *testing.T) *policy.Policy {
	t.Helper()
	rules, err := policy.Parse([]byte("version: test\nnotices: {give_up_after: 1s, retry_after: 1s, retry_at_most: 1s}\n"), "p.yaml")
	require.NoError(t, err)
	return rules
}

func TestAPolicyCanGiveUpSoon(t *testing.T) {
	t.Parallel()
	now, told := time.Now().UTC().Truncate(time.Second), newDesk()
	told.away["zhao"] = true
	store, services := replicasBy(t, giveUp(t), migrated.SQLite(t), told, func() time.Time { return now }, 1)
	waiting(t, store, "zhao", 0, 3)
	require.Error(t, services[0].Gather(t.Context()))
	now = now.Add(time.Second)
	require.Error(t, services[0].Gather(t.Context()))
	_, dead, err := store.CountNotices(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, dead)
}
