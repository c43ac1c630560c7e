package eventlog_test

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ intakev1.RecoveryServiceServer = (*eventlog.Recovery)(nil)

// hearing is a receiver that says what it has heard of.
type hearing struct {
	*receiver

	knows func(id string) bool
	err   error
}

func (h *hearing) Unheard(_ context.Context, ids []string) (unheard []string, known bool, err error) {
	for _, id := range ids {
		if !h.knows(id) {
			unheard = append(unheard, id)
		}
	}
	return unheard, true, h.err
}

// recovering serves the log's RecoveryService.
func recovering(t *testing.T, log *eventlog.Log, open eventlog.Open) routingv1.RecoveryServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.UnaryInterceptor(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			resp, err := handler(ctx, req)
			return resp, errs.Status(err).Err()
		}))
	routingv1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(log, open))
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
	return routingv1.NewRecoveryServiceClient(conn)
}

// TestAHearerThatForgotIsToldAgain: what was delivered and is not known is found, from the first of it on, and comes again.
func TestAHearerThatForgotIsToldAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := quick()
		cfg.LeaseTTL = 0 // A relay that lost its lease comes back soon.
		log := newLog(t, db, cfg)
		h := &hearing{receiver: newReceiver("routing"), knows: func(string) bool { return true }}
		client := recovering(t, log, nil)
		_, err := client.ListUnheardEvents(t.Context(), &eventv1.ListUnheardEventsRequest{})
		require.Equal(t, codes.Unavailable, status.Code(err), "who hears is not known yet")

		sent := add(t, db, log, messages("complaints/a", 3)...)
		run(t, log, h, newReceiver("remedy"))
		h.await(t, 3)
		awaitLag(t, log, "routing", 0, 0)
		resp, err := client.ListUnheardEvents(t.Context(), &eventv1.ListUnheardEventsRequest{})
		require.NoError(t, err)
		require.Empty(t, resp.GetUnheard())
		require.Equal(t, int64(3), resp.GetEventCount())

		h.knows = func(id string) bool { return id == sent[0].GetEventId() }
		resp, err = client.ListUnheardEvents(t.Context(), &eventv1.ListUnheardEventsRequest{PageSize: 2})
		require.NoError(t, err)
		require.Equal(t, sent[1].GetSequence(), resp.GetNextSequence())
		found := resp.GetUnheard()[0]
		require.Equal(t, []any{"routing", int64(1), sent[1].GetSequence(), "message_recorded", "complaints/a"},
			[]any{found.GetSubscriber(), found.GetEventCount(), found.GetFirstSequence(), found.GetFirstType(), found.GetFirstSubject()})

		again, err := client.RedeliverEvents(t.Context(), &eventv1.RedeliverEventsRequest{Subscriber: "routing", AfterSequence: sent[0].GetSequence()})
		require.NoError(t, err)
		require.Equal(t, int64(2), again.GetEventCount())
		taken := h.await(t, 5)
		require.Equal(t, []int64{1, 2, 3, 2, 3}, positions(taken), "in order")
		again, err = client.RedeliverEvents(t.Context(), &eventv1.RedeliverEventsRequest{Subscriber: "routing", AfterSequence: 1 << 40})
		require.NoError(t, err)
		require.Zero(t, again.GetEventCount(), "it never moves on")

		h.err = status.Error(codes.Unavailable, "down")
		_, err = client.ListUnheardEvents(t.Context(), &eventv1.ListUnheardEventsRequest{})
		require.Equal(t, codes.Unavailable, status.Code(err))
	})
}

func positions(events []*eventv1.Event) (all []int64) {
	for _, e := range events {
		all = append(all, e.GetPosition())
	}
	return all
}

func TestOnlyASubscriberIsToldAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		_, err := recovering(t, newLog(t, db, quick()), nil).RedeliverEvents(t.Context(), &eventv1.RedeliverEventsRequest{Subscriber: "nobody"})
		require.Equal(t, codes.NotFound, status.Code(err))
		info, ok := status.Convert(err).Details()[0].(*errdetails.ErrorInfo)
		require.True(t, ok)
		require.Equal(t, errorv1.Reason_RESOURCE_NOT_FOUND.String(), info.GetReason())
	})
}

// TestWhatWasHeardIsKnown: the inbox answers for the service, in the order of the question.
func TestWhatWasHeardIsKnown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		heard, first, second := uuid.NewString(), uuid.NewString(), uuid.NewString()
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := log.Accept(ctx, tx, &eventv1.Event{EventId: heard})
			return err
		}))
		resp, err := recovering(t, log, nil).FindUnheardEvents(t.Context(), &eventv1.FindUnheardEventsRequest{EventIds: []string{first, heard, second}})
		require.NoError(t, err)
		require.Equal(t, []string{first, second}, resp.GetEventIds())
	})
}

func TestOpenWorkIsListedInPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		client := recovering(t, newLog(t, db, quick()), func(_ context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, _ error) {
			at, _ := strconv.Atoi(after)
			for i := at + 1; i <= 5 && len(work) < limit; i++ {
				work = append(work, &eventv1.OpenWork{Name: "complaints/" + strconv.Itoa(i)})
				next = strconv.Itoa(i)
			}
			if len(work) < limit {
				next = ""
			}
			return work, next, nil
		})
		var names []string
		req := &eventv1.ListOpenWorkRequest{PageSize: 2}
		for pages := 1; ; pages++ {
			resp, err := client.ListOpenWork(t.Context(), req)
			require.NoError(t, err)
			for _, w := range resp.GetWork() {
				names = append(names, w.GetName())
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				require.Equal(t, 3, pages)
				break
			}
		}
		require.Equal(t, []string{"complaints/1", "complaints/2", "complaints/3", "complaints/4", "complaints/5"}, names)
		_, err := client.ListOpenWork(t.Context(), &eventv1.ListOpenWorkRequest{PageToken: "forged"})
		require.Equal(t, codes.InvalidArgument, status.Code(err))
		none, err := recovering(t, newLog(t, db, quick()), nil).ListOpenWork(t.Context(), &eventv1.ListOpenWorkRequest{})
		require.NoError(t, err)
		require.Empty(t, none.GetWork())
	})
}
