package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// parkedAfter is where a page of parked deliveries begins.
type parkedAfter struct {
	seq        int64
	subscriber string
}

// parked lists parked deliveries and those behind them, in order of sequence; an
// empty subscriber means all.
func (l *Log) parked(ctx context.Context, subscriber string, after parkedAfter, limit int) ([]*eventv1.ParkedEvent, error) {
	var out []*eventv1.ParkedEvent
	err := l.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		out = nil
		return forEach(ctx, tx, "SELECT "+eventColumns+`, d.subscriber, d.attempts, d.problem, d.park_time
			FROM deliveries d JOIN events e ON e.seq = d.seq
			WHERE (d.seq, d.subscriber) > (?, ?) AND (d.subscriber = ? OR ? = '') AND `+parkedRows+`
			ORDER BY d.seq, d.subscriber LIMIT ?`, []any{after.seq, after.subscriber, subscriber, subscriber, limit},
			func(rows sqldb.Rows) error {
				p := &eventv1.ParkedEvent{}
				var parked int64
				var err error
				p.Event, err = l.scanEvent(rows.Scan, &p.Subscriber, &p.AttemptCount, &p.Problem, &parked)
				if parked != 0 {
					p.ParkTime = timestamppb.New(sqldb.Time(parked))
				}
				out = append(out, p)
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: parked: %w", err)
	}
	return out, nil
}

// redrive has parked deliveries tried again, those behind them following in
// order, and returns how many these are. An empty subject means all of the
// subscriber's. A subscriber that was never served is NOT_FOUND.
func (l *Log) redrive(ctx context.Context, subscriber, subject string) (count int64, err error) {
	err = l.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var known int
		err := tx.QueryRow(ctx, "SELECT 1 FROM subscriptions WHERE subscriber = ?", subscriber).Scan(&known)
		if errors.Is(err, sql.ErrNoRows) {
			return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no such subscriber.").With("name", subscriber)
		}
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM deliveries d WHERE d.subscriber = ? AND (d.subject = ? OR ? = '') AND `+parkedRows,
			subscriber, subject, subject).Scan(&count); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE deliveries SET state = ?, attempts = 0, fail_time = 0, next_time = ?, park_time = 0
			WHERE subscriber = ? AND state = ? AND (subject = ? OR ? = '')`,
			stateRetry, sqldb.Micros(l.now()), subscriber, stateParked, subject, subject)
		tx.OnCommit(l.redriven.ring)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("eventlog: redrive: %w", err)
	}
	return count, nil
}
