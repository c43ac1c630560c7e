package eventlog

import (
	"context"
	"fmt"
	"time"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

// parkedRows selects the parked deliveries, and those behind one.
const parkedRows = `(d.state = 'PARKED' OR d.state = 'BEHIND' AND EXISTS (SELECT 1 FROM deliveries p
	WHERE p.subscriber = d.subscriber AND p.subject = d.subject AND p.state = 'PARKED'))`

// SubscriberLag says how far a subscriber is behind the log.
type SubscriberLag struct {
	// Subscriber is its name.
	Subscriber string
	// Undelivered counts the events that the subscriber does not have yet, the
	// parked ones and those that it may turn out not to want included.
	Undelivered int64
	// Parked counts those that wait for an operator, or behind one that does.
	Parked int64
	// Served holds when a Run of this process has the subscriber; others belong
	// to another release or to nobody any more.
	Served bool
	// Oldest is when the first undelivered one was recorded; zero when there is
	// none.
	Oldest time.Time
}

// Lag tells how far each subscriber is that was ever served, by name. Numbers
// are those of the database, which the relay follows within a moment.
func (l *Log) Lag(ctx context.Context) ([]SubscriberLag, error) {
	var out []SubscriberLag
	err := l.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		out = nil
		return forEach(ctx, tx, `SELECT s.subscriber,
			(SELECT COUNT(*) FROM events e WHERE e.seq > s.position),
			(SELECT COUNT(*) FROM deliveries d WHERE d.subscriber = s.subscriber),
			(SELECT COUNT(*) FROM deliveries d WHERE d.subscriber = s.subscriber AND `+parkedRows+`),
			COALESCE((SELECT e.record_time FROM deliveries d JOIN events e ON e.seq = d.seq WHERE d.subscriber = s.subscriber
				ORDER BY d.seq LIMIT 1),
				(SELECT e.record_time FROM events e WHERE e.seq > s.position ORDER BY e.seq LIMIT 1), 0)
			FROM subscriptions s ORDER BY s.subscriber`, nil, func(rows sqldb.Rows) error {
			var s SubscriberLag
			var ahead, aside, oldest int64
			err := rows.Scan(&s.Subscriber, &ahead, &aside, &s.Parked, &oldest)
			s.Undelivered, s.Oldest, s.Served = ahead+aside, sqldb.Time(oldest), l.herald.serves(s.Subscriber)
			out = append(out, s)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: lag: %w", err)
	}
	return out, nil
}
