package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// successNoted is how seldom it is noted that a subscription takes what it gets, while it does.
const successNoted = time.Minute

const deliveryColumns = `d.seq, d.webhook_id, d.delivery_id, d.type, d.complaint_id, d.state, d.attempts, d.create_time, d.try_time, d.lease_time,
	d.give_up_time, d.end_time, d.code, d.problem, d.log`

// scanDelivery reads deliveryColumns, followed by what more there is.
func scanDelivery(scan func(dest ...any) error, more ...any) (d followup.Delivery, err error) {
	var created, try, lease, giveUp, end int64
	var log []byte
	err = scan(append([]any{&d.Sequence, &d.Webhook, &d.ID, &d.Type, &d.Complaint, &d.State, &d.Attempts, &created, &try, &lease, &giveUp, &end,
		&d.Code, &d.Problem, &log}, more...)...)
	if err != nil {
		return d, err
	}
	d.CreateTime, d.TryTime, d.LeaseTime = sqldb.Time(created), sqldb.Time(try), sqldb.Time(lease)
	d.GiveUpTime, d.EndTime = sqldb.Time(giveUp), sqldb.Time(end)
	var kept followupv1.WebhookAttempts
	err = proto.Unmarshal(log, &kept)
	d.Log = kept.GetAttempts()
	return d, err
}

// writtenLog is what is kept of attempts; never nil.
func writtenLog(d followup.Delivery) ([]byte, error) {
	log, err := proto.Marshal(&followupv1.WebhookAttempts{Attempts: d.Log})
	return bytesOf(log), err
}

// insertDelivery puts a delivery on record that is not yet.
func insertDelivery(ctx context.Context, tx *sqldb.Tx, d followup.Delivery) error {
	log, err := writtenLog(d)
	if err != nil {
		return err
	}
	// What waits of the complaint already, and is not due, has what comes after it wait as long: it is not looked at in vain.
	return tx.Queue(ctx, nil, `INSERT INTO webhook_deliveries (webhook_id, delivery_id, type, complaint_id, body, state, attempts, create_time,
			try_time, lease_time, give_up_time, end_time, code, problem, log)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, COALESCE((SELECT MAX(e.try_time) FROM webhook_deliveries e
			WHERE e.webhook_id = ? AND e.complaint_id = ? AND e.state = 1 AND e.try_time > ?), ?), 0, ?, ?, ?, ?, ?)
		ON CONFLICT (webhook_id, delivery_id) DO NOTHING`,
		d.Webhook, d.ID, d.Type, d.Complaint, bytesOf(d.Body), int32(d.State), d.Attempts, sqldb.Micros(d.CreateTime),
		d.Webhook, d.Complaint, sqldb.Micros(d.TryTime), sqldb.Micros(d.TryTime), sqldb.Micros(d.GiveUpTime), sqldb.Micros(d.EndTime), d.Code,
		d.Problem, log)
}

// Hear implements followup.WebhookStore.
func (s *Store) Hear(
	ctx context.Context, complaint string, told followup.Standing, decide func([]followup.Webhook, followup.Standing) ([]followup.Delivery, error),
	committed func(),
) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var all []followup.Webhook
		var standing followup.Standing
		if err := noteStanding(ctx, tx, complaint, told); err != nil {
			return err
		}
		err := errors.Join(
			askWebhooks(ctx, tx, &all, `ORDER BY id`),
			tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&standing.Department, &standing.Severity) },
				`SELECT department, severity FROM webhook_complaints WHERE complaint_id = ?`, complaint),
			tx.Flush(ctx),
		)
		if err != nil {
			return err
		}
		list, err := decide(all, standing)
		if err != nil {
			return err
		}
		for _, d := range list {
			if err := insertDelivery(ctx, tx, d); err != nil {
				return err
			}
		}
		if len(list) > 0 {
			tx.OnCommit(committed)
		}
		return nil
	})
	return s.db.Failure(err)
}

// noteStanding keeps what is new of where a complaint stands.
func noteStanding(ctx context.Context, tx *sqldb.Tx, complaint string, told followup.Standing) error {
	if told == (followup.Standing{}) {
		return nil
	}
	return tx.Queue(ctx, nil, `INSERT INTO webhook_complaints (complaint_id, department, severity) VALUES (?, ?, ?)
		ON CONFLICT (complaint_id) DO UPDATE SET
			department = CASE WHEN excluded.department = '' THEN webhook_complaints.department ELSE excluded.department END,
			severity = CASE WHEN excluded.severity = 0 THEN webhook_complaints.severity ELSE excluded.severity END`,
		complaint, told.Department, int32(told.Severity))
}

// ClaimDeliveries implements followup.WebhookStore. On PostgreSQL rows that somebody else claims at the same time are passed over.
func (s *Store) ClaimDeliveries(ctx context.Context, webhook string, now, lease time.Time, limit int) (w followup.Webhook, list []followup.Delivery, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var found []followup.Webhook
		list = nil
		lock := tx.Dialect().ForUpdate()
		if lock != "" {
			lock += " OF d SKIP LOCKED"
		}
		err := errors.Join(
			askWebhooks(ctx, tx, &found, `WHERE id = ? AND state = 1`, webhook),
			tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var body []byte
				d, err := scanDelivery(scan, &body)
				d.Body = body
				list = append(list, d)
				return err
			}, `SELECT `+deliveryColumns+`, d.body FROM webhook_deliveries d
				WHERE d.webhook_id = ? AND d.state = 1 AND d.try_time <= ? AND d.lease_time <= ? AND NOT EXISTS (
					SELECT 1 FROM webhook_deliveries e
					WHERE e.webhook_id = d.webhook_id AND e.complaint_id = d.complaint_id AND e.state = 1 AND e.seq < d.seq)
				ORDER BY d.try_time, d.seq LIMIT ?`+lock, webhook, sqldb.Micros(now), sqldb.Micros(now), limit),
			tx.Flush(ctx),
		)
		if err != nil || len(found) == 0 {
			list = nil
			return err
		}
		w = found[0]
		for i := range list {
			list[i].Attempts++
			list[i].LeaseTime = lease
			err = errors.Join(err, tx.Queue(ctx, nil, `UPDATE webhook_deliveries SET attempts = ?, lease_time = ? WHERE seq = ?`,
				list[i].Attempts, sqldb.Micros(lease), list[i].Sequence))
		}
		return err
	})
	return w, list, s.db.Failure(err)
}

// SettleDelivery implements followup.WebhookStore. What was given up while it was under way, and was taken after all, was taken.
func (s *Store) SettleDelivery(ctx context.Context, d followup.Delivery, now time.Time) (w followup.Webhook, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		if d.State == followupv1.WebhookDelivery_WAITING && d.Problem == "" {
			err = tx.Queue(ctx, nil, `UPDATE webhook_deliveries SET attempts = ?, lease_time = 0
				WHERE webhook_id = ? AND delivery_id = ? AND state = 1 AND attempts = ?`, d.Attempts-1, d.Webhook, d.ID, d.Attempts)
		} else {
			err = settle(ctx, tx, d, now)
		}
		if err != nil {
			return err
		}
		w, err = scanWebhook(tx.QueryRow(ctx, `SELECT `+webhookColumns+` FROM webhooks WHERE id = ?`, d.Webhook).Scan)
		return unknown(err)
	})
	return w, s.db.Failure(err)
}

// settle writes what came of an attempt, and what it says of the subscription.
func settle(ctx context.Context, tx *sqldb.Tx, d followup.Delivery, now time.Time) error {
	log, err := writtenLog(d)
	if err != nil {
		return err
	}
	from := `state = 1`
	if d.Problem == "" || d.Complaint == "" {
		from = `state IN (1, 3)`
	}
	changed, err := tx.Exec(ctx, `UPDATE webhook_deliveries SET state = ?, try_time = ?, lease_time = 0, end_time = ?, code = ?, problem = ?, log = ?
		WHERE webhook_id = ? AND delivery_id = ? AND attempts = ? AND `+from,
		int32(d.State), sqldb.Micros(d.TryTime), sqldb.Micros(d.EndTime), d.Code, d.Problem, log, d.Webhook, d.ID, d.Attempts)
	if err != nil || changed == 0 || d.Complaint == "" {
		return wrapped("settle delivery", err)
	}
	if d.State == followupv1.WebhookDelivery_WAITING { // Those behind it wait as long.
		err = tx.Queue(ctx, nil, `UPDATE webhook_deliveries SET try_time = ?
			WHERE webhook_id = ? AND complaint_id = ? AND state = 1 AND try_time < ?`,
			sqldb.Micros(d.TryTime), d.Webhook, d.Complaint, sqldb.Micros(d.TryTime))
	}
	if d.Problem == "" {
		return errors.Join(err, tx.Queue(ctx, nil, `UPDATE webhooks SET success_time = ?, failing_since = 0
			WHERE id = ? AND (failing_since <> 0 OR success_time <= ?)`,
			sqldb.Micros(now), d.Webhook, sqldb.Micros(now.Add(-successNoted))))
	}
	return errors.Join(err, tx.Queue(ctx, nil, `UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since = 0`, sqldb.Micros(now), d.Webhook))
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// WebhookDelivery implements followup.WebhookStore.
func (s *Store) WebhookDelivery(ctx context.Context, webhook, id string) (d followup.Delivery, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		var body []byte
		d, err = scanDelivery(tx.QueryRow(ctx, `SELECT `+deliveryColumns+`, d.body FROM webhook_deliveries d WHERE d.webhook_id = ? AND d.delivery_id = ?`,
			webhook, id).Scan, &body)
		d.Body = body
		return unknown(err)
	})
	return d, s.db.Failure(err)
}

// WebhookDeliveries implements followup.WebhookStore.
func (s *Store) WebhookDeliveries(ctx context.Context, query followup.DeliveryQuery) (list []followup.Delivery, err error) {
	where, err := filter.Parse(map[string]filter.Field{
		"state": {
			Column: "d.state", Kind: filter.Enum, Names: followupv1.WebhookDelivery_State_value,
			Implies: map[string]string{"WAITING": "d.state = 1", "DEAD": "d.state = 3"},
		},
		"type":          {Column: "d.type", Kind: filter.String},
		"complaint":     {Column: `('complaints/' || d.complaint_id)`, Kind: filter.String},
		"attempt_count": {Column: "d.attempts", Kind: filter.Int},
		"response_code": {Column: "d.code", Kind: filter.Int},
		"create_time":   {Column: "d.create_time", Kind: filter.Time},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	conditions, args := []string{`d.webhook_id = ?`}, []any{query.Webhook}
	if query.Before > 0 {
		conditions, args = append(conditions, `d.seq < ?`), append(args, query.Before)
	}
	if where.SQL != "" {
		conditions, args = append(conditions, where.SQL), append(args, where.Args...)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			d, err := scanDelivery(scan)
			list = append(list, d)
			return err
		}, `SELECT `+deliveryColumns+` FROM webhook_deliveries d WHERE `+strings.Join(conditions, ` AND `)+` ORDER BY d.seq DESC LIMIT ?`,
			append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// SweepDeliveries implements followup.WebhookStore.
func (s *Store) SweepDeliveries(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM webhook_deliveries WHERE seq IN (SELECT seq FROM webhook_deliveries WHERE state <> 1 AND end_time <= ? LIMIT ?)`,
			sqldb.Micros(before), limit)
		if err != nil || n >= int64(limit) {
			return err
		}
		more, err := tx.Exec(ctx, `DELETE FROM webhook_deliveries WHERE seq IN (SELECT seq FROM webhook_deliveries WHERE state = 1 AND give_up_time <= ? LIMIT ?)`,
			sqldb.Micros(before), int64(limit)-n)
		n += more
		return err
	})
	return n, s.db.Failure(err)
}

// CountDeliveries implements followup.WebhookStore.
func (s *Store) CountDeliveries(ctx context.Context) (waiting, dead int64, oldest time.Time, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var first int64
		err := errors.Join(
			tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MIN(create_time), 0) FROM webhook_deliveries WHERE state = 1`).Scan(&waiting, &first),
			tx.QueryRow(ctx, `SELECT COUNT(*) FROM webhook_deliveries WHERE state = 3`).Scan(&dead),
		)
		oldest = sqldb.Time(first)
		return err
	})
	return waiting, dead, oldest, s.db.Failure(err)
}
