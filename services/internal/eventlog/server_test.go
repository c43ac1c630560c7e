package eventlog_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// One server is that of all services.
var (
	_ intakev1.EventSinkServiceServer   = (*eventlog.Server)(nil)
	_ intakev1.EventLogServiceServer    = (*eventlog.Server)(nil)
	_ routingv1.EventSinkServiceServer  = (*eventlog.Server)(nil)
	_ routingv1.EventLogServiceServer   = (*eventlog.Server)(nil)
	_ remedyv1.EventSinkServiceServer   = (*eventlog.Server)(nil)
	_ remedyv1.EventLogServiceServer    = (*eventlog.Server)(nil)
	_ followupv1.EventSinkServiceServer = (*eventlog.Server)(nil)
	_ followupv1.EventLogServiceServer  = (*eventlog.Server)(nil)
)

// serve serves the log on a connection in memory.
func serve(t *testing.T, log *eventlog.Log, apply eventlog.Applier) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			resp, err := handler(ctx, req)
			return resp, errs.Status(err).Err()
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			return errs.Status(handler(srv, stream)).Err()
		}))
	routingv1.RegisterEventSinkServiceServer(server, eventlog.NewServer(log, apply))
	routingv1.RegisterEventLogServiceServer(server, eventlog.NewServer(log, apply))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-served)
	})
	return conn
}

func TestListEventsPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		sent := add(t, db, log, messages("complaints/a", 5)...)
		add(t, db, log, messages("complaints/b", 2)...)
		client := routingv1.NewEventLogServiceClient(serve(t, log, nil))
		var got []*eventv1.Event
		req := &eventv1.ListEventsRequest{Subject: "complaints/a", PageSize: 2}
		for pages := 1; ; pages++ {
			resp, err := client.ListEvents(t.Context(), req)
			require.NoError(t, err)
			got = append(got, resp.GetEvents()...)
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				require.Equal(t, 3, pages)
				break
			}
			_, err = client.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: "complaints/b", PageToken: req.GetPageToken()})
			require.Equal(t, "PAGE_TOKEN_INVALID", errs.Reason(err), "the token is for this subject")
		}
		require.Len(t, got, 5)
		for i := range got {
			require.Empty(t, diff(sent[i], got[i]))
		}
		_, err := client.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: "complaints/a", PageSize: -1})
		require.Equal(t, codes.InvalidArgument, status.Code(err))
		req = &eventv1.ListEventsRequest{Subject: "complaints/a", AfterPosition: 2, PageSize: 2}
		for i, want := range []int{2, 1} {
			resp, err := client.ListEvents(t.Context(), req)
			require.NoError(t, err)
			require.Len(t, resp.GetEvents(), want)
			require.Equal(t, sent[2+2*i].GetEventId(), resp.GetEvents()[0].GetEventId(), "what follows the position")
			require.Equal(t, i == 1, resp.GetNextPageToken() == "")
			if i == 0 {
				req.PageToken = resp.GetNextPageToken()
			}
		}
		req.AfterPosition = 1
		_, err = client.ListEvents(t.Context(), req)
		require.Equal(t, "PAGE_TOKEN_INVALID", errs.Reason(err), "a token of another list")

		resp, err := client.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: "complaints/none"})
		require.NoError(t, err)
		require.Empty(t, resp.GetEvents())
	})
}

func TestAPageFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		for range 7 {
			add(t, db, log, draft("complaints/a", string(make([]byte, 900_000))))
		}
		client := routingv1.NewEventLogServiceClient(serve(t, log, nil))
		n := 0
		req := &eventv1.ListEventsRequest{Subject: "complaints/a"}
		for {
			resp, err := client.ListEvents(t.Context(), req)
			require.NoError(t, err)
			n += len(resp.GetEvents())
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
		}
		require.Equal(t, 7, n)
	})
}

func TestApplyEvent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		e := add(t, db, log, messages("complaints/a", 1)...)[0]
		var told []string
		client := routingv1.NewEventSinkServiceClient(serve(t, log, func(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (first bool, err error) {
			err = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				if first, err = log.Accept(ctx, tx, e); err != nil || !first {
					return err
				}
				if told = append(told, p.GetMessageRecorded().GetMessage()); len(told) == 1 {
					return errors.New("the transaction fails")
				}
				return nil
			})
			return first, err
		}))
		_, err := client.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
		require.Equal(t, codes.Internal, status.Code(err))
		for _, want := range []bool{true, false, false} {
			resp, err := client.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
			require.NoError(t, err)
			require.Equal(t, want, resp.GetFirst())
		}
		require.Equal(t, []string{"complaints/a/messages/1", "complaints/a/messages/1"}, told, "a failed try is none")
		for name, test := range map[string]struct {
			payload []byte
			kind    string
			code    codes.Code
		}{
			"damaged":       {[]byte{0xff}, e.GetType(), codes.InvalidArgument},
			"empty":         {nil, e.GetType(), codes.InvalidArgument},
			"other type":    {e.GetPayload(), "complaint_closed", codes.InvalidArgument},
			"newer release": {[]byte{0xfa, 0x3f, 0x00}, "complaint_sung", codes.Unavailable},
		} {
			_, err := client.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: &eventv1.Event{EventId: "x", Subject: "complaints/a", Type: test.kind, Payload: test.payload}})
			require.Equal(t, test.code, status.Code(err), name)
		}
		_, err = client.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{})
		require.Equal(t, codes.InvalidArgument, status.Code(err))
	})
}

// watch opens a stream that stands.
func watch(t *testing.T, client routingv1.EventLogServiceClient, req *eventv1.WatchEventsRequest) (grpc.ServerStreamingClient[eventv1.WatchEventsResponse], context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	stream, err := client.WatchEvents(ctx, req)
	require.NoError(t, err)
	_, err = stream.Header()
	require.NoError(t, err)
	return stream, cancel
}

func TestWatchEventsGoesOnAndResumes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		client := routingv1.NewEventLogServiceClient(serve(t, log, nil))
		sent := add(t, db, log, messages("complaints/a", 2)...)
		stream, cancel := watch(t, client, &eventv1.WatchEventsRequest{})
		var token string
		receive := func(want *eventv1.Event) {
			t.Helper()
			resp, err := stream.Recv()
			require.NoError(t, err)
			require.Empty(t, diff(want, resp.GetEvent()))
			token = resp.GetResumeToken()
		}
		receive(sent[0])
		resume := token
		receive(sent[1])
		// The commit wakes the stream: the sweep is an hour away.
		receive(add(t, db, log, draft("complaints/a", "3"))[0])
		cancel()
		_, err := stream.Recv()
		require.Equal(t, codes.Canceled, status.Code(err))

		stream, _ = watch(t, client, &eventv1.WatchEventsRequest{ResumeToken: resume})
		receive(sent[1])

		stream, _ = watch(t, client, &eventv1.WatchEventsRequest{FromNow: true})
		receive(add(t, db, log, draft("complaints/a", "4"))[0])

		stream, _ = watch(t, client, &eventv1.WatchEventsRequest{FromNow: true, Types: []string{"complaint_closed"}})
		add(t, db, log, draft("complaints/a", "5"))
		closed := draft("complaints/a", "")
		closed.Payload = &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{}}}
		receive(add(t, db, log, closed)[0])
	})
}

func TestWatchEventsRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		client := routingv1.NewEventLogServiceClient(serve(t, log, nil))
		for reason, req := range map[string]*eventv1.WatchEventsRequest{
			"PAGE_TOKEN_INVALID": {ResumeToken: "x"},
			"INVALID_FIELD":      {ResumeToken: "x", FromNow: true},
		} {
			stream, err := client.WatchEvents(t.Context(), req)
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NotErrorIs(t, err, io.EOF)
			require.Equal(t, reason, errs.Reason(err))
		}
	})
}

func TestWatchEventsDoesNotPassAnUncommittedEvent(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	log := newLog(t, db, quick())
	client := routingv1.NewEventLogServiceClient(serve(t, log, nil))
	open := hold(t, db, log, messages("complaints/a", 1)[0])
	later := add(t, db, log, messages("complaints/b", 1)...)[0]
	stream, _ := watch(t, client, &eventv1.WatchEventsRequest{})
	standing := make(chan struct{})
	go func() {
		defer close(standing)
		now, err := client.WatchEvents(t.Context(), &eventv1.WatchEventsRequest{FromNow: true})
		if err == nil {
			_, _ = now.Header()
		}
	}()
	time.Sleep(30 * time.Millisecond)
	select {
	case <-standing:
		require.Fail(t, "it is not known yet what is before now")
	default:
	}
	open.finish(t, nil)
	<-standing
	for _, want := range []*eventv1.Event{open.event, later} {
		resp, err := stream.Recv()
		require.NoError(t, err)
		require.Empty(t, diff(want, resp.GetEvent()))
	}
}
