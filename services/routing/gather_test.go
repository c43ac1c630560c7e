package routing_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
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

// What cannot be told at once is on record and waits: no caller does, such as the relay, behind which a cycle may be about to begin.
func TestWhoCannotBeToldAtOnceIsToldLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4", "REC-8")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.told.failing.Store(true)
	warning := &routingv1.SendNoticeRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
	}
	for range 2 {
		raised, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Equal(t, "agents/zhao", raised.GetRecipient())
		warned, err := w.routing.SendNotice(t.Context(), warning)
		require.NoError(t, err)
		require.True(t, warned.GetWaiting(), "whoever could not be reached is not tried with the next one, and whoever asks again is told so")
	}
	require.Equal(t, []string{"escalation_raised"}, w.types(complaint))
	require.Equal(t, []string{"notice_delayed ESCALATION"}, w.notices(complaint), "a warning is on record as sent once it was")
	require.Error(t, w.service.Gather(t.Context()))
	w.now = w.now.Add(time.Minute)
	require.Error(t, w.service.Gather(t.Context()))
	require.Equal(t, []string{"notice_delayed ESCALATION"}, w.notices(complaint), "that it could not be told is told once")
	w.told.failing.Store(false)
	w.now = w.now.Add(10 * time.Minute)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 2, w.told.count.Load(), "the one under its name, the other with others")
	require.ElementsMatch(t, []string{"notice_delayed ESCALATION", "notice_sent ESCALATION", "notice_sent WARNING"}, w.notices(complaint))
	warned, err := w.routing.SendNotice(t.Context(), warning)
	require.NoError(t, err)
	require.False(t, warned.GetWaiting())
	require.EqualValues(t, 2, w.told.count.Load(), "nothing is told twice")
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
	require.Equal(t, []string{"notice_sent WARNING"}, w.notices(complaints[4]), "the fifth was told at once")
	for _, complaint := range complaints[5:] {
		require.Empty(t, w.notices(complaint))
	}
	w.told.failing.Store(true)
	require.Error(t, w.service.Gather(t.Context()))
	require.Empty(t, w.notices(complaints[5]))
	w.told.failing.Store(false)
	w.now = w.now.Add(time.Minute)
	for range 2 {
		require.NoError(t, w.service.Gather(t.Context()))
		for _, complaint := range complaints {
			require.Equal(t, []string{"notice_sent WARNING"}, w.notices(complaint))
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

func (d *desk) Notify(ctx context.Context, n routing.Notice) (policyv1.NoticeChannel, error) {
	d.mu.Lock()
	d.tries[n.Recipient]++
	away, hanging := d.away[n.Recipient], d.hanging[n.Recipient]
	if !away && !hanging {
		d.told[n.Recipient] += n.Count
	}
	d.mu.Unlock()
	if hanging {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if away {
		return 0, errors.New("not there")
	}
	return policyv1.NoticeChannel_LOG, nil
}

// replicas are instances of the service over one database, at a clock of their own.
func replicas(t *testing.T, db *sqldb.DB, notifier routing.Notifier, now func() time.Time, count int) (store *sqlstore.Store, all []*routing.Service) {
	t.Helper()
	rules, err := policy.Default()
	require.NoError(t, err)
	return replicasBy(t, rules, db, notifier, now, count)
}

// replicasBy are replicas by another policy.
func replicasBy(
	t *testing.T, rules *policy.Policy, db *sqldb.DB, notifier routing.Notifier, now func() time.Time, count int,
) (store *sqlstore.Store, all []*routing.Service) {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	key := make([]byte, 32)
	pages, err := page.New(key)
	require.NoError(t, err)
	for range count {
		log, err := eventlog.New(eventlog.Config{Source: "routing"}, eventlog.Deps{
			DB: db, Now: now, NewEventID: newEventID, Signer: ed25519.NewKeyFromSeed(key), PageKey: key, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		store = sqlstore.New(db, log)
		service, err := routing.New(routing.Config{}, routing.Deps{
			Store: store, Gathering: store, Notices: store, Directory: store, HandOffs: store, Keys: keyring{}, Queues: store, Ladder: store,
			Approvers: store, Log: log, Policy: rules, Notifier: notifier, Pages: pages, Now: now, Logger: slog.New(slog.DiscardHandler),
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
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
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
	store, services := replicas(t, migrated.SQLite(t), told, func() time.Time { return now }, 2)
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
	store, services := replicas(t, migrated.SQLite(t), told, func() time.Time { return now }, 2)
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
	}, time.Minute, time.Millisecond)
	require.NoError(t, services[1].Gather(t.Context()), "nobody else takes it while it is being told")
	end()
	require.Error(t, first.Wait())
	told.hanging["chen"] = false
	now = now.Add(time.Minute)
	require.NoError(t, services[1].Gather(t.Context()))
	require.Equal(t, map[string]int{"chen": 10, "zhao": 10}, told.told)
}

// timed is a notifier that is given little time and reaches nobody.
type timed struct {
	mu      sync.Mutex
	longest time.Duration
	order   []string
}

func (d *timed) Notify(ctx context.Context, n routing.Notice) (policyv1.NoticeChannel, error) {
	end, ok := ctx.Deadline()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.order = append(d.order, n.Recipient)
	if left := time.Until(end); !ok || left > d.longest {
		d.longest = left
	}
	return 0, errors.New("not there")
}

// However long the pauses have become, an attempt is given up soon: who hangs holds up nobody for long.
func TestAnAttemptIsGivenUpSoon(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	now, told := time.Now().UTC().Truncate(time.Second), &timed{}
	store, services := replicas(t, migrated.SQLite(t), told, func() time.Time { return now }, 1)
	waiting(t, store, "chen", 0, 10)
	for range 8 {
		require.Error(t, services[0].Gather(t.Context()))
		now = now.Add(time.Hour)
	}
	require.Len(t, told.order, 8)
	require.Positive(t, told.longest)
	require.LessOrEqual(t, told.longest, 10*time.Second)
}

// Those who were reached so far, or never tried, come before those who were not.
func TestWhoWasNotReachedComesLast(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	now, told := time.Now().UTC().Truncate(time.Second), &queue{hang: make(chan struct{})}
	store, services := replicas(t, migrated.SQLite(t), told, func() time.Time { return now }, 1)
	for i := range 16 {
		waiting(t, store, fmt.Sprintf("a-%02d", i), 0, 1)
	}
	close(told.hang)
	require.Error(t, services[0].Gather(t.Context()))
	waiting(t, store, "zhao", 0, 1)
	told.hang, told.order = make(chan struct{}), nil
	now = now.Add(time.Hour)
	var pass errgroup.Group
	pass.Go(func() error { return services[0].Gather(t.Context()) })
	require.Eventually(t, func() bool {
		told.mu.Lock()
		defer told.mu.Unlock()
		return slices.Contains(told.order, "zhao")
	}, 5*time.Second, time.Millisecond)
	close(told.hang)
	require.Error(t, pass.Wait())
}

// queue is a notifier that answers nobody until it is let go, and reaches nobody then.
type queue struct {
	mu    sync.Mutex
	order []string
	hang  chan struct{}
}

func (d *queue) Notify(ctx context.Context, n routing.Notice) (policyv1.NoticeChannel, error) {
	d.mu.Lock()
	d.order = append(d.order, n.Recipient)
	hang := d.hang
	d.mu.Unlock()
	select {
	case <-hang:
	case <-ctx.Done():
	}
	return 0, errors.New("not there")
}

// interrupted is a notifier during which something else happens once.
type interrupted struct {
	*desk
	during func()
}

func (n *interrupted) Notify(ctx context.Context, notice routing.Notice) (policyv1.NoticeChannel, error) {
	if during := n.during; during != nil {
		n.during = nil
		during()
	}
	return n.desk.Notify(ctx, notice)
}

// An attempt is kept from others from when it begins, however long ago the pass did.
func TestAnAttemptLateInALongPassIsMadeOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	begun := time.Now().UTC().Truncate(time.Second)
	var asked atomic.Int32
	now := func() time.Time { // The first to ask is the pass; others before this person took two minutes.
		if asked.Add(1) == 1 {
			return begun
		}
		return begun.Add(2 * time.Minute)
	}
	told := &interrupted{desk: newDesk()}
	store, services := replicas(t, migrated.SQLite(t), told, now, 2)
	waiting(t, store, "chen", 0, 10)
	told.during = func() { require.NoError(t, services[1].Gather(t.Context())) }
	asked.Store(0)
	require.NoError(t, services[0].Gather(t.Context()))
	require.Equal(t, 1, told.tries["chen"])
}

// A process that is told to end while it tells still notes that it has.
func TestWhatWasToldWhileTheProcessEndsIsNoted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	now, told := time.Now().UTC().Truncate(time.Second), &interrupted{desk: newDesk()}
	store, services := replicas(t, migrated.SQLite(t), told, func() time.Time { return now }, 2)
	waiting(t, store, "chen", 0, 10)
	ending, end := context.WithCancel(t.Context())
	told.during = end
	_ = services[0].Gather(ending) // What is left to do after that is the next process's.
	now = now.Add(time.Hour)
	require.NoError(t, services[1].Gather(t.Context()))
	require.Equal(t, 1, told.tries["chen"])
}

// stuck is a notifier that does not answer until it is let go, whatever it was promised.
type stuck struct {
	*desk
	until chan struct{}
}

func (n *stuck) Notify(ctx context.Context, notice routing.Notice) (policyv1.NoticeChannel, error) {
	if notice.Recipient == "chen" {
		<-n.until
	}
	return n.desk.Notify(ctx, notice)
}

// The next pass does not wait for the one before, in which somebody does not answer.
func TestPassesDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	now := time.Now().UTC().Truncate(time.Second)
	rules, err := policy.Parse([]byte("version: test\nnotices: {gather_after: 5, gather_window: 5s, retry_after: 1s, retry_at_most: 20s}\n"), "p.yaml")
	require.NoError(t, err)
	told := &stuck{desk: newDesk(), until: make(chan struct{})}
	store, services := replicasBy(t, rules, migrated.SQLite(t), told, func() time.Time { return now }, 1)
	waiting(t, store, "chen", 0, 10)
	ctx, end := context.WithCancel(t.Context())
	var running errgroup.Group
	running.Go(func() error { return services[0].Run(ctx) })
	require.Eventually(t, func() bool {
		due, err := store.Due(t.Context(), now.Add(time.Minute))
		return err == nil && len(due) == 1 && due[0].Attempts == 1
	}, 5*time.Second, time.Millisecond)
	waiting(t, store, "zhao", 0, 10)
	require.Eventually(t, func() bool {
		told.mu.Lock()
		defer told.mu.Unlock()
		return told.told["zhao"] == 10
	}, 5*time.Second, 10*time.Millisecond)
	close(told.until)
	end()
	require.NoError(t, running.Wait())
}
