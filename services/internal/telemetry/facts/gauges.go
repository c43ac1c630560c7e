package facts

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	// freshFor is the shortest time that a reading of the databases is served again, and longestRead how long one may take.
	freshFor    = 10 * time.Second
	longestRead = 5 * time.Second
	// share bounds the part of one connection that reading may take: a reading that took a second is good for twenty.
	share = 20
)

// Duties counts what is owed now, by kind; near are those of open that are due before a time that is soon, and overdue those whose time
// has passed.
type Duties interface {
	// CountDuties counts them at the time now.
	CountDuties(ctx context.Context, now, soon time.Time) (open, near, overdue map[policyv1.DutyKind]int64, err error)
}

// Database tells how many connections a service of this process has.
type Database interface {
	// Pool is sqldb.DB's.
	Pool() sqldb.Pool
}

// Notices counts what the firm's own people are to be told.
type Notices interface {
	// CountNotices counts what waits and what was given up.
	CountNotices(ctx context.Context) (waiting, dead int64, err error)
}

// Deliveries counts what outside systems are to be told.
type Deliveries interface {
	// CountDeliveries counts what waits and what was given up; the oldest of those waits since then, zero for none.
	CountDeliveries(ctx context.Context) (waiting, dead int64, oldest time.Time, err error)
}

// Log tells how far the subscribers of one event log are behind.
type Log interface {
	// Lag is eventlog.Log's.
	Lag(ctx context.Context) ([]eventlog.SubscriberLag, error)
}

// Sources are what gauges are read from. All but the clock and the logger may be missing.
type Sources struct {
	// Duties is followup's store.
	Duties Duties
	// Notices is routing's store.
	Notices Notices
	// Soon is how long before its due time a duty is due soon: the policy's.
	Soon time.Duration
	// Databases are those of the services of this process, by the service's name.
	Databases map[string]Database
	// Deliveries is followup's store, of what outside systems are told.
	Deliveries Deliveries
	// Logs are the event logs that this process relays, by name.
	Logs map[string]Log
	// Now is the clock that due times are decided by.
	Now func() time.Time
	// Logger is told what cannot be read.
	Logger *slog.Logger
}

// Watch makes the gauges. They are read when metrics are asked for, and kept for ten seconds at least.
func Watch(provider metric.MeterProvider, sources Sources) error {
	if sources.Now == nil || sources.Logger == nil {
		return errors.New("facts: Sources.Now and Sources.Logger are required")
	}
	meter := provider.Meter(scope)
	var err error
	if sources.Duties != nil {
		err = watchDuties(meter, sources)
	}
	if sources.Notices != nil {
		err = errors.Join(err, watchNotices(meter, sources))
	}
	if len(sources.Databases) > 0 {
		err = errors.Join(err, watchDatabases(meter, sources.Databases))
	}
	if sources.Deliveries != nil {
		err = errors.Join(err, watchDeliveries(meter, sources))
	}
	for name, log := range sources.Logs {
		err = errors.Join(err, watchLog(meter, sources, name, log))
	}
	return err
}

func watchDuties(meter metric.Meter, sources Sources) error {
	open, err := meter.Int64ObservableGauge("redress_duties_open",
		metric.WithDescription("Duties that are owed now; the same number from every replica."))
	near, failure := meter.Int64ObservableGauge("redress_duties_due_soon",
		metric.WithDescription("Duties that are owed now and due within the policy's queues.due_soon; the same number from every replica."))
	err = errors.Join(err, failure)
	overdue, failure := meter.Int64ObservableGauge("redress_duties_overdue",
		metric.WithDescription("Duties that are owed now and whose time has passed; the same number from every replica."))
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	kept := &reading{sources: sources, what: "duties"}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		return kept.observe(ctx, o, func(ctx context.Context) ([]value, error) {
			now := sources.Now()
			owed, next, late, err := sources.Duties.CountDuties(ctx, now, now.Add(sources.Soon))
			var values []value
			for number := range policyv1.DutyKind_name {
				kind := policyv1.DutyKind(number)
				if kind == policyv1.DutyKind_DUTY_KIND_UNSPECIFIED || kind == policyv1.DutyKind_HAND_OFF { // Hand-offs are routing's.
					continue
				}
				labels := attribute.NewSet(duty(kind))
				values = append(values, value{open, owed[kind], labels}, value{near, next[kind], labels}, value{overdue, late[kind], labels})
			}
			return values, err
		})
	}, open, near, overdue)
	return err
}

// watchDatabases tells of connections without asking a database: a full pool is what its service waits for.
func watchDatabases(meter metric.Meter, databases map[string]Database) error {
	connections, err := meter.Int64ObservableGauge("redress_database_connections",
		metric.WithDescription("Connections of this process to the database of a service: in use, and idle."))
	limit, failure := meter.Int64ObservableGauge("redress_database_connections_max",
		metric.WithDescription("Connections that this process keeps to the database of a service at most."))
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for name, database := range databases {
			pool, service := database.Pool(), attribute.String("service", name)
			o.ObserveInt64(connections, pool.InUse, metric.WithAttributes(service, attribute.String("state", "in-use")))
			o.ObserveInt64(connections, pool.Idle, metric.WithAttributes(service, attribute.String("state", "idle")))
			o.ObserveInt64(limit, pool.Max, metric.WithAttributes(service))
		}
		return nil
	}, connections, limit)
	return err
}

func watchNotices(meter metric.Meter, sources Sources) error {
	waiting, err := meter.Int64ObservableGauge("redress_notices_waiting",
		metric.WithDescription("Notices to staff that are to be told; the same number from every replica."))
	dead, failure := meter.Int64ObservableGauge("redress_notices_dead",
		metric.WithDescription("Notices to staff that were given up and wait for an operator; the same number from every replica."))
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	kept := &reading{sources: sources, what: "notices"}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		return kept.observe(ctx, o, func(ctx context.Context) ([]value, error) {
			waits, givenUp, err := sources.Notices.CountNotices(ctx)
			return []value{{waiting, waits, *attribute.EmptySet()}, {dead, givenUp, *attribute.EmptySet()}}, err
		})
	}, waiting, dead)
	return err
}

func watchDeliveries(meter metric.Meter, sources Sources) error {
	waiting, err := meter.Int64ObservableGauge("redress_webhook_deliveries_waiting",
		metric.WithDescription("Events that outside systems are to be told; the same number from every replica."))
	dead, failure := meter.Int64ObservableGauge("redress_webhook_deliveries_dead",
		metric.WithDescription("Events that were not told to outside systems and wait for an operator; the same number from every replica."))
	oldest, another := meter.Int64ObservableGauge("redress_webhook_deliveries_oldest_age", metric.WithUnit("s"),
		metric.WithDescription("Since the oldest event was heard that an outside system is to be told; 0 when none waits; the same number from every replica."))
	if err = errors.Join(err, failure, another); err != nil {
		return err
	}
	kept := &reading{sources: sources, what: "webhooks"}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		return kept.observe(ctx, o, func(ctx context.Context) ([]value, error) {
			waits, givenUp, since, err := sources.Deliveries.CountDeliveries(ctx)
			var age time.Duration
			if !since.IsZero() {
				age = max(0, sources.Now().Sub(since))
			}
			none := *attribute.EmptySet()
			return []value{{waiting, waits, none}, {dead, givenUp, none}, {oldest, int64(age.Seconds()), none}}, err
		})
	}, waiting, dead, oldest)
	return err
}

func watchLog(meter metric.Meter, sources Sources, name string, log Log) error {
	var err error
	gauge := func(name, unit, help string) metric.Int64ObservableGauge {
		g, failure := meter.Int64ObservableGauge(name, metric.WithUnit(unit),
			metric.WithDescription(help+"; the same number from every replica."))
		err = errors.Join(err, failure)
		return g
	}
	undelivered := gauge("redress_relay_undelivered", "", "Events that a subscriber does not have yet, parked ones included")
	parked := gauge("redress_relay_parked", "", "Events that wait for an operator, or behind one that does")
	oldest := gauge("redress_relay_oldest_age", "s", "Since the first event was recorded that a subscriber does not have; 0 when it has all")
	if err != nil {
		return err
	}
	kept := &reading{sources: sources, what: "relay of " + name}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		return kept.observe(ctx, o, func(ctx context.Context) ([]value, error) {
			lags, err := log.Lag(ctx)
			var values []value
			for _, lag := range lags {
				if !lag.Served {
					continue // Nobody by this name hears events any more.
				}
				labels := attribute.NewSet(attribute.String("log", name), attribute.String("subscriber", lag.Subscriber))
				var age time.Duration
				if !lag.Oldest.IsZero() {
					age = max(0, sources.Now().Sub(lag.Oldest))
				}
				values = append(values, value{undelivered, lag.Undelivered, labels}, value{parked, lag.Parked, labels},
					value{oldest, int64(age.Seconds()), labels})
			}
			return values, err
		})
	}, undelivered, parked, oldest)
	return err
}

// value is one number of a gauge.
type value struct {
	gauge  metric.Int64Observable
	number int64
	labels attribute.Set
}

// reading keeps what was read last.
type reading struct {
	sources Sources
	what    string

	mu     sync.Mutex
	values []value
	until  time.Time
}

// observe tells the numbers, and reads them before when they are too old. What cannot be read is missing rather than wrong.
func (r *reading) observe(ctx context.Context, o metric.Observer, read func(context.Context) ([]value, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if begin := r.sources.Now(); !begin.Before(r.until) {
		ctx, cancel := context.WithTimeout(ctx, longestRead)
		defer cancel()
		var err error
		if r.values, err = read(ctx); err != nil {
			r.values = nil
			r.sources.Logger.WarnContext(ctx, "metrics are missing", "what", r.what, "error", err)
		}
		end := r.sources.Now()
		r.until = end.Add(max(freshFor, share*end.Sub(begin)))
	}
	for _, v := range r.values {
		o.ObserveInt64(v.gauge, v.number, metric.WithAttributeSet(v.labels))
	}
	return nil
}
