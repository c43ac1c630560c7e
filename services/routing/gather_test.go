package routing_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/sqlstore"
)

// missed escalates the callback of a new complaint.
func (w *world) missed() *routingv1.Escalation {
	w.t.Helper()
	complaint := w.file("customers/k", policyv1.TargetKind_SERVICE)
	raised, err := w.routing.RaiseEscalation(w.t.Context(), &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Reason: routingv1.Escalation_CALLBACK_MISSED,
		NoticeNumber: 1, DueTime: timestamppb.New(w.now.Add(-time.Minute)),
	})
	require.NoError(w.t, err)
	return raised
}

func TestManyNoticesToOnePersonAreGathered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "ROUTE-4")
	w := newWorld(t)
	const many = 200
	for range many {
		raised := w.missed()
		require.Equal(t, "agents/zhao", raised.GetRecipient(), "each escalation is on record at once")
	}
	require.EqualValues(t, 5, w.told.count.Load(), "the first five were told one by one")
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load())
	require.Equal(t, many-5, w.told.last().Count)
	require.Equal(t, "zhao", w.told.last().Recipient)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "nothing is told twice")

	for range 20 {
		w.missed()
	}
	w.now = w.now.Add(4 * time.Minute)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "one gathered notice an interval")
	w.now = w.now.Add(2 * time.Minute)
	w.told.failing.Store(true)
	require.Error(t, w.service.Gather(t.Context()))
	w.told.failing.Store(false)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "somebody who could not be told is left alone for a while")
	w.now = w.now.Add(time.Minute)
	require.NoError(t, w.service.Gather(t.Context()), "what could not be told is told later")
	require.EqualValues(t, 7, w.told.count.Load())
	require.Equal(t, 20, w.told.last().Count)
}

// A warning is on record as sent once it was, not while it waits to be told with others.
func TestAWarningThatWaitsIsNotOnRecordAsSent(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	w := newWorld(t)
	var complaints []string
	for range 8 {
		complaint := w.file("customers/k", policyv1.TargetKind_SERVICE)
		complaints = append(complaints, complaint)
		_, err := w.routing.SendNotice(t.Context(), &routingv1.SendNoticeRequest{
			Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
		})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"notice_sent"}, w.types(complaints[4]), "the fifth was told at once")
	for _, complaint := range complaints[5:] {
		require.Empty(t, w.types(complaint))
	}
	w.told.failing.Store(true)
	require.Error(t, w.service.Gather(t.Context()))
	require.Empty(t, w.types(complaints[5]))
	w.told.failing.Store(false)
	w.now = w.now.Add(time.Minute)
	for range 2 {
		require.NoError(t, w.service.Gather(t.Context()))
		for _, complaint := range complaints {
			require.Equal(t, []string{"notice_sent"}, w.types(complaint))
		}
	}
	events, err := w.log.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: complaints[7]})
	require.NoError(t, err)
	var told eventv1.Payload
	require.NoError(t, proto.Unmarshal(events.GetEvents()[0].GetPayload(), &told))
	require.Equal(t, policyv1.DutyKind_CALLBACK, told.GetNoticeSent().GetKind())
	require.Equal(t, "agents/zhao", told.GetNoticeSent().GetRecipient())
	require.Equal(t, complaints[7]+"/duties/1-callback", told.GetNoticeSent().GetDuty())
	require.Equal(t, w.now, told.GetNoticeSent().GetDueTime().AsTime().Add(time.Minute))
}

// desk is a notifier that counts by id and cannot reach some people.
type desk struct {
	mu      sync.Mutex
	tries   map[string]int
	told    map[string]int
	away    map[string]bool
	hanging map[string]bool
}

func newDesk() *desk {
	return &desk{tries: map[string]int{}, told: map[string]int{}, away: map[string]bool{}, hanging: map[string]bool{}}
}

func (d *desk) Notify(ctx context.Context, n routing.Notice) error {
	d.mu.Lock()
	d.tries[n.Recipient]++
	away, hanging := d.away[n.Recipient], d.hanging[n.Recipient]
	if !away && !hanging {
		d.told[n.Recipient] += n.Count
	}
	d.mu.Unlock()
	if hanging {
		<-ctx.Done()
		return ctx.Err()
	}
	if away {
		return errors.New("not there")
	}
	return nil
}

// replicas are instances of the service over one database, at a clock of their own.
func replicas(t *testing.T, db *sqldb.DB, notifier routing.Notifier, now func() time.Time, count int) (store *sqlstore.Store, all []*routing.Service) {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	key := make([]byte, 32)
	pages, err := page.New(key)
	require.NoError(t, err)
	rules, err := policy.Default()
	require.NoError(t, err)
	for range count {
		log, err := eventlog.New(eventlog.Config{Source: "routing"}, eventlog.Deps{
			DB: db, Now: now, NewEventID: newEventID, Signer: ed25519.NewKeyFromSeed(key), PageKey: key, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		store = sqlstore.New(db, log)
		service, err := routing.New(routing.Config{}, routing.Deps{
			Store: store, Gathering: store, Log: log, Policy: rules, Notifier: notifier, Pages: pages, Now: now, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		all = append(all, service)
	}
	return store, all
}

// waiting leaves notices to be told to a person.
func waiting(t *testing.T, store routing.Store, recipient string, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		complaint := recipient + strconv.Itoa(i)
		_, err := store.Change(t.Context(), routing.Change{Complaint: complaint}, func(c *routing.Case) error {
			c.Changes.Notice = &routing.Notice{ID: "1-callback#1", Complaint: complaint, Duty: "1-callback", Recipient: recipient, Level: 1}
			return nil
		})
		require.NoError(t, err)
	}
}

// Whatever replicas do at once, each person is told once, of all that waits.
func TestReplicasTellOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		now, told := time.Now().UTC().Truncate(time.Second), newDesk()
		store, services := replicas(t, open(t), told, func() time.Time { return now }, 2)
		people := []string{"sun", "wu", "zhao"}
		for round := range 10 {
			for _, who := range people {
				waiting(t, store, who, 20*round, 20*round+20)
			}
			var all errgroup.Group
			for _, service := range services {
				all.Go(func() error { return service.Gather(t.Context()) })
			}
			require.NoError(t, all.Wait())
			for _, who := range people {
				require.Equal(t, round+1, told.tries[who], "round %d: %s is told once", round, who)
				require.Equal(t, 20*round+20, told.told[who], "and of everything")
			}
			now = now.Add(6 * time.Minute)
		}
	})
}

// Who cannot be told holds up nobody, and is tried again after longer and longer pauses.
func TestWhoCannotBeToldHoldsUpNobody(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	now, told := time.Now().UTC().Truncate(time.Second), newDesk()
	store, services := replicas(t, sqltest.SQLite(t), told, func() time.Time { return now }, 2)
	for _, who := range []string{"chen", "sun", "zhao"} {
		waiting(t, store, who, 0, 10)
	}
	told.away["chen"] = true
	err := services[0].Gather(t.Context())
	require.ErrorContains(t, err, "agents/chen")
	require.Equal(t, map[string]int{"sun": 10, "zhao": 10}, told.told)
	var pauses []time.Duration
	for last := now; len(pauses) < 9; now = now.Add(30 * time.Second) {
		before := told.tries["chen"]
		for _, service := range services {
			_ = service.Gather(t.Context()) // It says that chen is not there.
		}
		if tries := told.tries["chen"]; tries > before {
			require.Equal(t, before+1, tries, "by one of them")
			pauses, last = append(pauses, now.Sub(last)), now
		}
	}
	const m = time.Minute
	require.Equal(t, []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m}, pauses)
	waiting(t, store, "chen", 10, 15)
	told.away["chen"] = false
	now = now.Add(time.Hour)
	require.NoError(t, services[1].Gather(t.Context()))
	require.Equal(t, 10, told.told["chen"], "under the id of the first attempt")
	require.NoError(t, services[1].Gather(t.Context()))
	require.Equal(t, 15, told.told["chen"])
}

// An answer that does not come holds up nobody either, and a process that ends while it waits leaves the notice to another one.
func TestAProcessThatEndsWhileItTells(t *testing.T) {
	t.Parallel()
	now, told := time.Now().UTC().Truncate(time.Second), newDesk()
	store, services := replicas(t, sqltest.SQLite(t), told, func() time.Time { return now }, 2)
	for _, who := range []string{"chen", "zhao"} {
		waiting(t, store, who, 0, 10)
	}
	told.hanging["chen"] = true
	ctx, end := context.WithCancel(t.Context())
	var first errgroup.Group
	first.Go(func() error { return services[0].Gather(ctx) })
	require.Eventually(t, func() bool {
		told.mu.Lock()
		defer told.mu.Unlock()
		return told.told["zhao"] == 10 && told.tries["chen"] == 1
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, services[1].Gather(t.Context()), "nobody else takes it while it is being told")
	end()
	require.Error(t, first.Wait())
	told.hanging["chen"] = false
	now = now.Add(time.Minute)
	require.NoError(t, services[1].Gather(t.Context()))
	require.Equal(t, map[string]int{"chen": 10, "zhao": 10}, told.told)
}
