package eventlog

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Config tunes a Log. Only Source is required.
type Config struct {
	// Source is the service whose log this is: "intake", "routing" …
	Source string
	// Workers is how many deliveries a subscriber gets at the same time; 32
	// when zero.
	Workers int
	// Window is how many undelivered events are held in memory per subscriber;
	// 512 when zero.
	Window int
	// BatchSize is how many events are read at once; 256 when zero.
	BatchSize int
	// Sweep is how often the log is looked at without being woken; a second
	// when zero. Commits wake it, on PostgreSQL those of other replicas too, so
	// that it only bounds how late an event is when waking failed.
	Sweep time.Duration
	// MaxBackoff is the longest wait between two tries; 5 seconds when zero.
	MaxBackoff time.Duration
	// Patience is how long a subject that fails is waited for before it is set
	// aside and the others go on without it; 2 seconds when zero.
	Patience time.Duration
	// DeliverTimeout bounds one delivery; 30 seconds when zero.
	DeliverTimeout time.Duration
	// ParkAfter is for how long an event is retried that the subscriber
	// answers with an error of its own; 24 hours when zero. It does not count
	// for a subscriber that cannot be reached.
	ParkAfter time.Duration
	// CheckpointEvery is how often the head is signed; a minute when zero.
	CheckpointEvery time.Duration
	// LeaseTTL is how long a replica that died keeps its subscribers waiting
	// before another one takes over; 5 seconds when zero. The replicas' clocks
	// must agree far better than that.
	LeaseTTL time.Duration
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(c.Workers, 32)
	c.Window = cmp.Or(c.Window, 512)
	c.BatchSize = cmp.Or(c.BatchSize, 256)
	c.Sweep = cmp.Or(c.Sweep, time.Second)
	c.MaxBackoff = cmp.Or(c.MaxBackoff, 5*time.Second)
	c.Patience = cmp.Or(c.Patience, 2*time.Second)
	c.DeliverTimeout = cmp.Or(c.DeliverTimeout, 30*time.Second)
	c.ParkAfter = cmp.Or(c.ParkAfter, 24*time.Hour)
	c.CheckpointEvery = cmp.Or(c.CheckpointEvery, time.Minute)
	c.LeaseTTL = cmp.Or(c.LeaseTTL, 5*time.Second)
	return c
}

func (c Config) validate() error {
	if c.Source == "" {
		return errors.New("eventlog: Config.Source is empty")
	}
	for name, n := range map[string]int{"Workers": c.Workers, "Window": c.Window, "BatchSize": c.BatchSize} {
		if n < 0 {
			return fmt.Errorf("eventlog: Config.%s is negative", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"Sweep": c.Sweep, "MaxBackoff": c.MaxBackoff, "DeliverTimeout": c.DeliverTimeout, "Patience": c.Patience,
		"ParkAfter": c.ParkAfter, "CheckpointEvery": c.CheckpointEvery, "LeaseTTL": c.LeaseTTL,
	} {
		if d < 0 {
			return fmt.Errorf("eventlog: Config.%s is negative", name)
		}
	}
	return nil
}

// Deps is what a Log needs; all fields are required but the last three.
type Deps struct {
	// DB holds the tables of Migrate, beside those of the service.
	DB *sqldb.DB
	// Now is the clock.
	Now func() time.Time
	// NewEventID makes UUIDs of version 7.
	NewEventID func() string
	// Signer signs checkpoints.
	Signer ed25519.PrivateKey
	// PageKey signs page and resume tokens, at least 32 bytes; all replicas
	// have the same.
	PageKey []byte
	// Logger takes what operators should know.
	Logger *slog.Logger
	// Witness keeps the newest checkpoint outside of the database. Without one a
	// removed end is found only while a checkpoint of it is left.
	Witness Witness
	// Tracer makes a span of each delivery, within the trace that caused the
	// event. Without one deliveries only continue that trace.
	Tracer trace.TracerProvider
	// Recorded hears of each event of this process when it is committed, on the
	// goroutine that recorded it, so it must be quick. It may be nil.
	Recorded Recorded
}

func (d Deps) validate() error {
	switch {
	case d.DB == nil:
		return errors.New("eventlog: Deps.DB is missing")
	case d.Now == nil:
		return errors.New("eventlog: Deps.Now is missing")
	case d.NewEventID == nil:
		return errors.New("eventlog: Deps.NewEventID is missing")
	case len(d.Signer) != ed25519.PrivateKeySize:
		return errors.New("eventlog: Deps.Signer is not an Ed25519 key")
	case d.Logger == nil:
		return errors.New("eventlog: Deps.Logger is missing")
	}
	return nil
}

// Log is the event log of one service. It is safe for concurrent use.
type Log struct {
	cfg    Config
	db     *sqldb.DB
	now    func() time.Time
	newID  func() string
	signer ed25519.PrivateKey
	pages  *page.Codec
	logger *slog.Logger
	// witness, tracer and recorded may be nil.
	witness  Witness
	tracer   trace.Tracer
	recorded Recorded
	herald   *herald
	feed     *feed

	// appended rings when a transaction with events is committed.
	appended *bell
	// redriven rings when parked deliveries are to be tried again.
	redriven *bell
	valve    *valve
	// hearers can be asked which events they know; from Run.
	hearers atomic.Pointer[[]Hearer]
}

// New makes the log of a service. It fails when a dependency is missing or a
// setting makes no sense; it does not touch the database.
func New(cfg Config, deps Deps) (*Log, error) {
	if err := errors.Join(cfg.validate(), deps.validate()); err != nil {
		return nil, err
	}
	pages, err := page.New(deps.PageKey)
	if err != nil {
		return nil, fmt.Errorf("eventlog: Deps.PageKey: %w", err)
	}
	l := &Log{
		cfg: cfg.withDefaults(), db: deps.DB, now: deps.Now, newID: deps.NewEventID, signer: deps.Signer, pages: pages,
		logger: deps.Logger.With("log", cfg.Source), witness: deps.Witness, tracer: tracerOf(deps.Tracer), recorded: deps.Recorded,
		herald: newHerald(), appended: newBell(), redriven: newBell(), valve: newValve(),
	}
	l.feed = l.newFeed()
	return l, nil
}

// Migrate brings the tables of the log, the inbox and package idem up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return sqldb.Migrate(ctx, db, "eventlog", migrations)
}

// Pause stops deliveries until Resume. Those on their way are not waited for;
// events go on to be recorded. It is meant for tests and benchmarks.
func (l *Log) Pause() { l.valve.set(false) }

// Resume ends Pause.
func (l *Log) Resume() { l.valve.set(true) }
