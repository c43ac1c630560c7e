package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ followup.WebhookStore = (*Store)(nil)

const webhookColumns = `id, display_name, url, types, departments, severities, state, reason, state_time, secret, old_secret, old_until, create_time,
	update_time, version, success_time, failing_since`

// scanWebhook reads webhookColumns.
func scanWebhook(scan func(dest ...any) error) (w followup.Webhook, err error) {
	var types, departments, severities string
	var stated, old, created, updated, success, failing int64
	err = scan(&w.ID, &w.DisplayName, &w.URL, &types, &departments, &severities, &w.State, &w.Reason, &stated, &w.Secret, &w.OldSecret, &old,
		&created, &updated, &w.Version, &success, &failing)
	w.Types, w.Departments = parted(types), parted(departments)
	for _, text := range parted(severities) {
		number, _ := strconv.ParseInt(text, 10, 32) // It was written as a number.
		w.Severities = append(w.Severities, policyv1.Severity(number))
	}
	if len(w.OldSecret) == 0 {
		w.OldSecret = nil
	}
	w.StateTime, w.OldUntil, w.CreateTime = sqldb.Time(stated), sqldb.Time(old), sqldb.Time(created)
	w.UpdateTime, w.SuccessTime, w.FailingSince = sqldb.Time(updated), sqldb.Time(success), sqldb.Time(failing)
	return w, err
}

// parted are the parts of a list; none of "".
func parted(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// askWebhooks asks for the subscriptions that the rest of the statement selects.
func askWebhooks(ctx context.Context, tx *sqldb.Tx, list *[]followup.Webhook, rest string, args ...any) error {
	*list = nil
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		w, err := scanWebhook(scan)
		*list = append(*list, w)
		return err
	}, `SELECT `+webhookColumns+` FROM webhooks `+rest, args...)
}

// Webhook implements followup.WebhookStore.
func (s *Store) Webhook(ctx context.Context, id string) (w followup.Webhook, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		w, err = scanWebhook(tx.QueryRow(ctx, `SELECT `+webhookColumns+` FROM webhooks WHERE id = ?`, id).Scan)
		return unknown(err)
	})
	return w, s.db.Failure(err)
}

// unknown is followup.ErrUnknown for a row that is not there.
func unknown(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return followup.ErrUnknown
	}
	return err
}

// Webhooks implements followup.WebhookStore.
func (s *Store) Webhooks(ctx context.Context, after string, limit int) (list []followup.Webhook, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askWebhooks(ctx, tx, &list, `WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	})
	return list, s.db.Failure(err)
}

// DueWebhooks implements followup.WebhookStore.
func (s *Store) DueWebhooks(ctx context.Context, now time.Time) (ids []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		ids = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT w.id FROM webhooks w WHERE w.state = 1 AND EXISTS (
			SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 1 AND d.try_time <= ? AND d.lease_time <= ?) ORDER BY w.id`,
			sqldb.Micros(now), sqldb.Micros(now))
	})
	return ids, s.db.Failure(err)
}

// ChangeWebhook implements followup.WebhookStore. The row is locked from before it is read until the commit.
func (s *Store) ChangeWebhook(ctx context.Context, change followup.WebhookChange, decide func(*followup.WebhookCase) error) (done followup.Done, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c := &followup.WebhookCase{}
		var found []followup.Webhook
		var last eventlog.Place
		var err error
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, eventlog.Cause{Command: change.Command, Result: change.Result}, func() error {
			return errors.Join(
				askWebhooks(ctx, tx, &found, `WHERE id = ?`+tx.Dialect().ForUpdate(), change.ID),
				tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&c.Count) }, `SELECT COUNT(*) FROM webhooks`),
				s.log.AskLast(ctx, tx, "webhooks/"+change.ID, &last),
			)
		})
		if err != nil || done.Repeated {
			return err
		}
		if len(found) > 0 {
			c.Webhook = &found[0]
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.writeWebhook(ctx, tx, change.ID, c.Changes, &last)
	})
	return done, s.db.Failure(err)
}

// writeWebhook puts all changes into the transaction.
func (s *Store) writeWebhook(ctx context.Context, tx *sqldb.Tx, id string, c followup.WebhookChanges, last *eventlog.Place) error {
	var all error
	if c.Put != nil {
		all = errors.Join(all, putWebhook(ctx, tx, *c.Put))
	}
	if c.Delete {
		all = errors.Join(all, tx.Queue(ctx, nil, `DELETE FROM webhook_deliveries WHERE webhook_id = ?`, id),
			tx.Queue(ctx, nil, `DELETE FROM webhooks WHERE id = ?`, id))
	}
	if c.GiveUp != "" {
		all = errors.Join(all, tx.Queue(ctx, nil, `UPDATE webhook_deliveries SET state = 3, end_time = ?,
			problem = CASE WHEN problem = '' THEN ? ELSE problem END WHERE webhook_id = ? AND state = 1`, sqldb.Micros(c.Time), c.GiveUp, id))
	}
	if !c.Resume.IsZero() {
		all = errors.Join(all, tx.Queue(ctx, nil, `UPDATE webhook_deliveries SET try_time = ?, give_up_time = ? WHERE webhook_id = ? AND state = 1`,
			sqldb.Micros(c.Time), sqldb.Micros(c.Resume), id))
	}
	if r := c.Redrive; r != nil {
		all = errors.Join(all, redrive(ctx, tx, id, r, c.Time))
	}
	if c.Post != nil {
		all = errors.Join(all, insertDelivery(ctx, tx, *c.Post))
	}
	if len(c.Drafts) > 0 {
		c.Drafts[0].Last = last
	}
	return errors.Join(all, s.log.Record(ctx, tx, c.Drafts...))
}

// redrive has deliveries tried again that were given up.
func redrive(ctx context.Context, tx *sqldb.Tx, id string, r *followup.Redrive, now time.Time) error {
	rest, args := `create_time >= ?`, []any{sqldb.Micros(now), sqldb.Micros(r.GiveUpTime), id, sqldb.Micros(r.Since)}
	if r.ID != "" {
		rest, args[3] = `delivery_id = ?`, r.ID
	}
	return tx.AskChanged(ctx, func(n int64) { *r.Count = n }, `UPDATE webhook_deliveries
		SET state = 1, attempts = 0, try_time = ?, lease_time = 0, give_up_time = ?, end_time = 0, problem = ''
		WHERE webhook_id = ? AND state = 3 AND complaint_id <> '' AND `+rest, args...)
}

// putWebhook writes a subscription, new or known.
func putWebhook(ctx context.Context, tx *sqldb.Tx, w followup.Webhook) error {
	severities := make([]string, len(w.Severities))
	for i, severity := range w.Severities {
		severities[i] = strconv.Itoa(int(severity))
	}
	err := tx.Queue(ctx, nil, `INSERT INTO webhooks (`+webhookColumns+`) VALUES (?`+strings.Repeat(", ?", 16)+`)
		ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, url = excluded.url, types = excluded.types,
			departments = excluded.departments, severities = excluded.severities, state = excluded.state, reason = excluded.reason,
			state_time = excluded.state_time, secret = excluded.secret, old_secret = excluded.old_secret, old_until = excluded.old_until,
			update_time = excluded.update_time, version = excluded.version, success_time = excluded.success_time,
			failing_since = excluded.failing_since`,
		w.ID, w.DisplayName, w.URL, strings.Join(w.Types, ","), strings.Join(w.Departments, ","), strings.Join(severities, ","), int32(w.State),
		w.Reason, sqldb.Micros(w.StateTime), bytesOf(w.Secret), bytesOf(w.OldSecret), sqldb.Micros(w.OldUntil), sqldb.Micros(w.CreateTime),
		sqldb.Micros(w.UpdateTime), w.Version, sqldb.Micros(w.SuccessTime), sqldb.Micros(w.FailingSince))
	if err != nil {
		return fmt.Errorf("write webhook: %w", err)
	}
	return nil
}
