package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// lagOf returns the lag of a subscriber, zero while there is none.
func lagOf(t *testing.T, log *eventlog.Log, subscriber string) eventlog.SubscriberLag {
	t.Helper()
	all, err := log.Lag(t.Context())
	require.NoError(t, err)
	for _, l := range all {
		if l.Subscriber == subscriber {
			return l
		}
	}
	return eventlog.SubscriberLag{}
}

func awaitLag(t *testing.T, log *eventlog.Log, subscriber string, undelivered, parked int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		l := lagOf(t, log, subscriber)
		return l.Undelivered == undelivered && l.Parked == parked
	}, time.Minute, 5*time.Millisecond)
}

// poison fails the events of one subject.
func poison(subject string, err error) func(context.Context, *eventv1.Event) error {
	return func(_ context.Context, e *eventv1.Event) error {
		if e.GetSubject() == subject {
			return err
		}
		return nil
	}
}

func TestAPoisonEventParksItsSubjectOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		server := eventlog.NewServer(log, nil)
		r, other := newReceiver("routing"), newReceiver("remedy")
		r.fail = poison("complaints/bad", eventlog.Permanent(errors.New("cannot\x00 be")))
		run(t, log, r, other)
		bad := add(t, db, log, messages("complaints/bad", 2)...)
		awaitLag(t, log, "routing", 2, 2)
		bad = append(bad, add(t, db, log, draft("complaints/bad", "3"))...)
		add(t, db, log, messages("complaints/good", 3)...)
		requireOrder(t, r.await(t, 3), 1, 3)
		other.await(t, 6)
		awaitLag(t, log, "routing", 3, 3)
		require.Equal(t, bad[0].GetRecordTime().AsTime(), lagOf(t, log, "routing").Oldest)

		parked, err := server.ListParkedEvents(t.Context(), &eventv1.ListParkedEventsRequest{})
		require.NoError(t, err)
		require.Len(t, parked.GetParked(), 3)
		for i, p := range parked.GetParked() {
			require.Equal(t, "routing", p.GetSubscriber())
			require.Empty(t, diff(bad[i], p.GetEvent()))
		}
		head := parked.GetParked()[0]
		require.EqualValues(t, 5, head.GetAttemptCount())
		require.Equal(t, "cannot\uFFFD be", head.GetProblem())
		require.NotNil(t, head.GetParkTime())
		require.Zero(t, parked.GetParked()[1].GetAttemptCount())

		// Still poison: parked again after as many tries.
		tried := r.tried()
		redriven, err := server.RedriveEvents(t.Context(), &eventv1.RedriveEventsRequest{Subscriber: "routing", Subject: "complaints/bad"})
		require.NoError(t, err)
		require.EqualValues(t, 3, redriven.GetEventCount())
		require.Eventually(t, func() bool { return r.tried() == tried+5 }, time.Minute, time.Millisecond)
		awaitLag(t, log, "routing", 3, 3)

		r.failing(nil)
		_, err = server.RedriveEvents(t.Context(), &eventv1.RedriveEventsRequest{Subscriber: "routing"})
		require.NoError(t, err)
		requireOrder(t, r.await(t, 6), 2, 3)
		awaitLag(t, log, "routing", 0, 0)
		add(t, db, log, draft("complaints/bad", "4"))
		require.EqualValues(t, 4, r.await(t, 7)[6].GetPosition(), "the subject is in the stream again")
	})
}

func TestRedriveIsBoundToSubjectAndSubscriber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		server := eventlog.NewServer(log, nil)
		r, other := newReceiver("routing"), newReceiver("remedy")
		refuse := func(context.Context, *eventv1.Event) error { return eventlog.Permanent(errors.New("no")) }
		r.fail, other.fail = refuse, refuse
		run(t, log, r, other)
		add(t, db, log, append(messages("complaints/a", 1), messages("complaints/b", 1)...)...)
		awaitLag(t, log, "routing", 2, 2)
		awaitLag(t, log, "remedy", 2, 2)
		r.failing(nil)
		other.failing(nil)
		_, err := server.RedriveEvents(t.Context(), &eventv1.RedriveEventsRequest{Subscriber: "routing", Subject: "complaints/b"})
		require.NoError(t, err)
		require.Equal(t, "complaints/b", r.await(t, 1)[0].GetSubject())
		awaitLag(t, log, "routing", 1, 1)
		require.Empty(t, other.events())
		_, err = server.RedriveEvents(t.Context(), &eventv1.RedriveEventsRequest{Subscriber: "nobody"})
		require.Equal(t, codes.NotFound, errs.Status(err).Code())
		require.Equal(t, "RESOURCE_NOT_FOUND", errs.Reason(err))
	})
}

func TestParkedEventsArePaged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		server := eventlog.NewServer(log, nil)
		r, other := newReceiver("routing"), newReceiver("remedy")
		r.fail = func(context.Context, *eventv1.Event) error { return eventlog.Permanent(errors.New("no")) }
		other.fail = r.fail
		run(t, log, r, other)
		add(t, db, log, messages("complaints/a", 5)...)
		awaitLag(t, log, "routing", 5, 5)
		awaitLag(t, log, "remedy", 5, 5)
		var got []string
		req := &eventv1.ListParkedEventsRequest{PageSize: 3}
		for {
			resp, err := server.ListParkedEvents(t.Context(), req)
			require.NoError(t, err)
			require.LessOrEqual(t, len(resp.GetParked()), 3)
			for _, p := range resp.GetParked() {
				got = append(got, fmt.Sprint(p.GetEvent().GetPosition(), " ", p.GetSubscriber()))
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
			_, err = server.ListParkedEvents(t.Context(), &eventv1.ListParkedEventsRequest{Subscriber: "remedy", PageToken: req.GetPageToken()})
			require.Equal(t, "PAGE_TOKEN_INVALID", errs.Reason(err))
		}
		require.Equal(t, []string{"1 remedy", "1 routing", "2 remedy", "2 routing", "3 remedy", "3 routing",
			"4 remedy", "4 routing", "5 remedy", "5 routing"}, got)
		resp, err := server.ListParkedEvents(t.Context(), &eventv1.ListParkedEventsRequest{Subscriber: "remedy"})
		require.NoError(t, err)
		require.Len(t, resp.GetParked(), 5)
	})
}

func TestASubjectThatFailsIsSetAsideAndTriedOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		r := newReceiver("routing")
		r.fail = poison("complaints/slow", status.Error(codes.Internal, "for a while"))
		run(t, log, r)
		add(t, db, log, messages("complaints/slow", 3)...)
		add(t, db, log, messages("complaints/good", 1)...)
		r.await(t, 1)
		require.Eventually(t, func() bool { return count(t, db, "deliveries WHERE state = 'RETRY'") == 1 }, time.Minute, 5*time.Millisecond)
		require.Equal(t, 2, count(t, db, "deliveries WHERE state = 'BEHIND'"))
		require.Equal(t, 0, int(lagOf(t, log, "routing").Parked))
		tried := r.tried()
		require.Eventually(t, func() bool { return r.tried() > tried+3 }, time.Minute, time.Millisecond)
		add(t, db, log, draft("complaints/slow", "4"))
		r.failing(nil)
		awaitLag(t, log, "routing", 0, 0)
		requireOrder(t, r.events()[1:], 1, 4)
	})
}

func TestOnlyAnsweredErrorsAreParkedInTheEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		for name, test := range map[string]struct {
			err    error
			parked int64
		}{
			"internal":    {status.Error(codes.Internal, "defect"), 1},
			"unavailable": {status.Error(codes.Unavailable, "down"), 0},
			"timeout":     {fmt.Errorf("call: %w", context.DeadlineExceeded), 0},
		} {
			cfg := quick()
			cfg.ParkAfter = time.Hour
			var passed atomic.Int64
			d := deps(db)
			d.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
			cfg.Source = "intake"
			log, err := eventlog.New(cfg, d)
			require.NoError(t, err)
			r := newReceiver(name)
			r.fail = poison("complaints/"+name, test.err)
			stop := run(t, log, r)
			add(t, db, log, messages("complaints/"+name, 1)...)
			require.Eventually(t, func() bool { return count(t, db, "deliveries WHERE subscriber = '"+name+"'") == 1 }, time.Minute, 5*time.Millisecond)
			tried := r.tried()
			require.Eventually(t, func() bool { return r.tried() > tried+7 }, time.Minute, time.Millisecond)
			require.Zero(t, lagOf(t, log, name).Parked, "before the time")
			passed.Store(int64(61 * time.Minute))
			tried = r.tried()
			if test.parked > 0 {
				awaitLag(t, log, name, 1, 1)
			} else {
				require.Eventually(t, func() bool { return r.tried() > tried+7 }, time.Minute, time.Millisecond)
				require.Zero(t, lagOf(t, log, name).Parked)
			}
			stop()
		}
	})
}

func TestAnOutageKeepsEventsInTheLog(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const subjects = 60
		cfg := quick()
		cfg.Workers = 8
		log := newLog(t, db, cfg)
		for s := range subjects {
			add(t, db, log, messages(fmt.Sprintf("complaints/%d", s), 2)...)
		}
		r := newReceiver("workflows")
		var running, most atomic.Int32
		r.fail = func(context.Context, *eventv1.Event) error {
			if now := running.Add(1); now > most.Load() {
				most.Store(now)
			}
			defer running.Add(-1)
			time.Sleep(time.Millisecond)
			return status.Error(codes.Unavailable, "down")
		}
		run(t, log, r)
		require.Eventually(t, func() bool { return r.tried() > 12 }, time.Minute, time.Millisecond)
		most.Store(0)
		tried := r.tried()
		require.Eventually(t, func() bool { return r.tried() > tried+30 }, time.Minute, time.Millisecond)
		require.EqualValues(t, 1, most.Load(), "one at a time is tried")
		require.Zero(t, count(t, db, "deliveries"))
		require.EqualValues(t, 2*subjects, lagOf(t, log, "workflows").Undelivered)
		r.failing(nil)
		requireOrder(t, r.await(t, 2*subjects), subjects, 2)
		awaitLag(t, log, "workflows", 0, 0)
	})
}

func TestPermanentKeepsTheCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	require.ErrorIs(t, eventlog.Permanent(cause), cause)
	require.NoError(t, eventlog.Permanent(nil))
}

// sink answers each event with the same error.
type sink struct{ err error }

func (s sink) ApplyEvent(context.Context, *eventv1.ApplyEventRequest, ...grpc.CallOption) (*eventv1.ApplyEventResponse, error) {
	return &eventv1.ApplyEventResponse{}, s.err
}

func (s sink) ApplyEvents(context.Context, *eventv1.ApplyEventsRequest, ...grpc.CallOption) (*eventv1.ApplyEventsResponse, error) {
	return &eventv1.ApplyEventsResponse{}, s.err
}

func TestASinkParksWhatItRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		refusing := []codes.Code{codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition}
		waiting := []codes.Code{codes.Unavailable, codes.Internal, codes.Unknown, codes.Unimplemented, codes.NotFound, codes.PermissionDenied}
		subscribers := []eventlog.Subscriber{
			eventlog.NewSink(eventlog.Sink{Name: "all", Client: sink{}}),
			eventlog.NewSink(eventlog.Sink{Name: "none", Client: sink{errors.New("no")}, Other: []string{"duty_opened"}}),
		}
		for _, code := range append(refusing, waiting...) {
			subscribers = append(subscribers, eventlog.NewSink(eventlog.Sink{
				Name: code.String(), Client: sink{status.Error(code, "no")}, Urgent: []string{"message_recorded"},
			}))
		}
		run(t, log, subscribers...)
		add(t, db, log, messages("complaints/a", 1)...)
		for _, code := range refusing {
			awaitLag(t, log, code.String(), 1, 1)
		}
		for _, code := range waiting {
			require.Eventually(t, func() bool {
				return count(t, db, "deliveries WHERE subscriber = '"+code.String()+"' AND attempts > 7") == 1
			}, time.Minute, 5*time.Millisecond)
			require.Zero(t, lagOf(t, log, code.String()).Parked)
		}
		awaitLag(t, log, "all", 0, 0)
		awaitLag(t, log, "none", 0, 0)
	})
}
