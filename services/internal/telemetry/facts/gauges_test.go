package facts_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// counted answers as followup's store does, slowly, and counts the questions.
type counted struct {
	now   *time.Time
	took  time.Duration
	err   error
	asked []time.Time
	soon  time.Duration
}

func (c *counted) CountDuties(_ context.Context, now, soon time.Time) (open, near, overdue map[policyv1.DutyKind]int64, err error) {
	c.asked = append(c.asked, now)
	c.soon = soon.Sub(now)
	*c.now = c.now.Add(c.took)
	return map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: int64(len(c.asked)), policyv1.DutyKind_RESOLUTION: 7},
		map[policyv1.DutyKind]int64{policyv1.DutyKind_RESOLUTION: 3}, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 1}, c.err
}

func TestDutiesAreReadRarely(t *testing.T) {
	t.Parallel()
	now := begin()
	duties := &counted{now: &now}
	seen := prometheus(t)
	var log bytes.Buffer
	require.NoError(t, facts.Watch(seen.Meter(), facts.Sources{
		Duties: duties, Soon: 2 * time.Hour, Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}))
	require.Equal(t, map[string]string{
		`redress_duties_open{kind="acknowledge"}`: "0", `redress_duties_overdue{kind="acknowledge"}`: "0",
		`redress_duties_due_soon{kind="acknowledge"}`: "0",
		`redress_duties_open{kind="contact"}`:         "0", `redress_duties_overdue{kind="contact"}`: "0",
		`redress_duties_due_soon{kind="contact"}`:    "0",
		`redress_duties_open{kind="first-response"}`: "0", `redress_duties_overdue{kind="first-response"}`: "0",
		`redress_duties_due_soon{kind="first-response"}`: "0",
		`redress_duties_open{kind="callback"}`:           "1", `redress_duties_overdue{kind="callback"}`: "1",
		`redress_duties_due_soon{kind="callback"}`: "0",
		`redress_duties_open{kind="resolution"}`:   "7", `redress_duties_overdue{kind="resolution"}`: "0",
		`redress_duties_due_soon{kind="resolution"}`: "3",
		`redress_duties_open{kind="promise"}`:        "0", `redress_duties_overdue{kind="promise"}`: "0",
		`redress_duties_due_soon{kind="promise"}`:     "0",
		`redress_duties_open{kind="offer-follow-up"}`: "0", `redress_duties_overdue{kind="offer-follow-up"}`: "0",
		`redress_duties_due_soon{kind="offer-follow-up"}`: "0",
		`redress_duties_open{kind="final-response"}`:      "0", `redress_duties_overdue{kind="final-response"}`: "0",
		`redress_duties_due_soon{kind="final-response"}`: "0",
		`redress_duties_open{kind="follow-up"}`:          "0", `redress_duties_overdue{kind="follow-up"}`: "0",
		`redress_duties_due_soon{kind="follow-up"}`:   "0",
		`redress_duties_open{kind="authority-reply"}`: "0", `redress_duties_overdue{kind="authority-reply"}`: "0",
		`redress_duties_due_soon{kind="authority-reply"}`: "0",
	}, scrape(t, seen))
	require.Equal(t, 2*time.Hour, duties.soon)
	now = now.Add(9999 * time.Millisecond)
	require.Equal(t, "1", scrape(t, seen)[`redress_duties_open{kind="callback"}`], "kept for ten seconds")
	now = now.Add(time.Millisecond)
	duties.took = 2 * time.Second
	require.Equal(t, "2", scrape(t, seen)[`redress_duties_open{kind="callback"}`])
	require.Equal(t, begin().Add(10*time.Second), duties.asked[1], "overdue is judged by the clock that due times are decided by")
	now = now.Add(39 * time.Second)
	require.Equal(t, "2", scrape(t, seen)[`redress_duties_open{kind="callback"}`], "what takes long is asked for the more rarely")
	now = now.Add(time.Second)
	duties.err = errors.New("the database is away")
	require.Empty(t, scrape(t, seen), "missing rather than wrong")
	require.Contains(t, log.String(), "the database is away")
	require.Len(t, duties.asked, 3)
	require.Empty(t, scrape(t, seen))
	require.Len(t, duties.asked, 3, "a database in trouble is not asked all the time")
}

// stuck takes events only when it is let.
type stuck struct{ open chan struct{} }

func (stuck) Name() string      { return "routing" }
func (stuck) Wants(string) bool { return true }
func (s stuck) Deliver(ctx context.Context, _ *eventv1.Event) error {
	select {
	case <-s.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestTheRelayIsWatched(t *testing.T) {
	t.Parallel()
	db := sqltest.SQLite(t)
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	log, err := eventlog.New(eventlog.Config{Source: "intake"}, eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	record := func() {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := log.Append(ctx, tx, eventlog.Draft{
				Subject: subject, Actor: "agents/lin", RecordTime: time.Now().Add(-time.Minute),
				Payload: &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{}}},
			})
			return err
		}))
	}
	record()
	record()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	subscriber := stuck{open: make(chan struct{})}
	go func() { done <- log.Run(ctx, subscriber) }()
	defer func() {
		cancel()
		require.NoError(t, <-done)
	}()

	const labels = `{log="intake",subscriber="routing"}`
	reading := func() map[string]string {
		seen := prometheus(t) // Nothing is kept from the reading before.
		require.NoError(t, facts.Watch(seen.Meter(), facts.Sources{
			Logs: map[string]facts.Log{"intake": log}, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		}))
		return scrape(t, seen)
	}
	require.Eventually(t, func() bool { return reading()["redress_relay_undelivered"+labels] == "2" }, time.Minute, 5*time.Millisecond)
	behind := reading()
	require.Regexp(t, `^6\d$`, behind["redress_relay_oldest_age_seconds"+labels])
	require.Equal(t, "0", behind["redress_relay_parked"+labels])
	require.Len(t, behind, 3)
	close(subscriber.open)
	require.Eventually(t, func() bool {
		now := reading()
		return now["redress_relay_undelivered"+labels] == "0" && now["redress_relay_oldest_age_seconds"+labels] == "0"
	}, 5*time.Second, 5*time.Millisecond)
}

func TestWatchNeedsAClock(t *testing.T) {
	t.Parallel()
	require.Error(t, facts.Watch(prometheus(t).Meter(), facts.Sources{Logger: slog.New(slog.DiscardHandler)}))
	require.Error(t, facts.Watch(prometheus(t).Meter(), facts.Sources{Now: time.Now}))
}
