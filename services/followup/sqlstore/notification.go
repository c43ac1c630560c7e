package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ followup.Outbox = (*Store)(nil)

// waitingSlice bounds the messages that one pass tries.
const waitingSlice = 500

const notificationColumns = `complaint_id, notification_id, template, language, channel, proof, send_time, cycle, kind, state, address, mark,
	avoid, problem, attempts, create_time, try_time, lease_time, give_up_time, told, text, subject`

// scanNotification reads notificationColumns.
func scanNotification(scan func(dest ...any) error) (n followup.Notification, err error) {
	var sent, created, try, lease, giveUp int64
	err = scan(&n.Complaint, &n.ID, &n.Template, &n.Language, &n.Channel, &n.Proof, &sent, &n.Cycle, &n.Kind, &n.State, &n.Address, &n.Mark,
		&n.Avoid, &n.Problem, &n.Attempts, &created, &try, &lease, &giveUp, &n.Told, &n.Text, &n.Subject)
	n.SendTime, n.CreateTime, n.TryTime = sqldb.Time(sent), sqldb.Time(created), sqldb.Time(try)
	n.LeaseTime, n.GiveUpTime = sqldb.Time(lease), sqldb.Time(giveUp)
	for _, bytes := range []*[]byte{&n.Mark, &n.Avoid, &n.Text, &n.Subject} {
		if len(*bytes) == 0 {
			*bytes = nil
		}
	}
	return n, err
}

// askMessages asks for the messages that the rest of the statement selects.
func askMessages(ctx context.Context, tx *sqldb.Tx, list *[]followup.Notification, rest string, args ...any) error {
	*list = nil
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		n, err := scanNotification(scan)
		*list = append(*list, n)
		return err
	}, `SELECT `+notificationColumns+` FROM notifications `+rest, args...)
}

// askNotifications asks for the messages of a complaint.
func askNotifications(ctx context.Context, tx *sqldb.Tx, list *[]followup.Notification, complaint string) error {
	return askMessages(ctx, tx, list, `WHERE complaint_id = ? ORDER BY send_time, notification_id`, complaint)
}

// Notification implements followup.Store.
func (s *Store) Notification(ctx context.Context, complaint, id string) (n followup.Notification, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		n, err = scanNotification(tx.QueryRow(ctx, `SELECT `+notificationColumns+` FROM notifications WHERE complaint_id = ? AND notification_id = ?`,
			complaint, id).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return followup.ErrUnknown
		}
		return err
	})
	return n, s.db.Failure(err)
}

// putNotification writes a message, new or known. What was sealed when it was put on record stays.
func putNotification(ctx context.Context, tx *sqldb.Tx, n followup.Notification) error {
	err := tx.Queue(ctx, nil, `INSERT INTO notifications (`+notificationColumns+`) VALUES (?`+strings.Repeat(", ?", 21)+`)
		ON CONFLICT (complaint_id, notification_id) DO UPDATE SET channel = excluded.channel, proof = excluded.proof,
			send_time = excluded.send_time, state = excluded.state, address = excluded.address, mark = excluded.mark, avoid = excluded.avoid,
			problem = excluded.problem, attempts = excluded.attempts, try_time = excluded.try_time, lease_time = excluded.lease_time,
			give_up_time = excluded.give_up_time, told = excluded.told`,
		n.Complaint, n.ID, n.Template, n.Language, n.Channel, n.Proof, sqldb.Micros(n.SendTime), n.Cycle, int32(n.Kind), int32(n.State), n.Address,
		bytesOf(n.Mark), bytesOf(n.Avoid), n.Problem, n.Attempts, sqldb.Micros(n.CreateTime), sqldb.Micros(n.TryTime), sqldb.Micros(n.LeaseTime),
		sqldb.Micros(n.GiveUpTime), int32(n.Told), bytesOf(n.Text), bytesOf(n.Subject))
	if err != nil {
		return fmt.Errorf("write notification: %w", err)
	}
	return nil
}

// bytesOf is never nil, which the columns do not take.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// putMessages writes what has changed of messages that were not sent, and where nothing is sent to any more.
func putMessages(ctx context.Context, tx *sqldb.Tx, changes followup.Changes) error {
	var all error
	for _, n := range changes.Posted {
		all = errors.Join(all, putNotification(ctx, tx, n))
	}
	if bad := changes.Bounced; bad != nil {
		all = errors.Join(all, tx.Queue(ctx, nil, `INSERT INTO unusable_addresses (customer, mark, notification, bounce_time) VALUES (?, ?, ?, ?)
			ON CONFLICT (customer, mark) DO NOTHING`, bad.Customer, bad.Mark, bad.Notification, sqldb.Micros(bad.Time)))
	}
	for _, good := range changes.Usable {
		all = errors.Join(all, tx.Queue(ctx, nil, `DELETE FROM unusable_addresses WHERE customer = ? AND mark = ?`, good.Customer, good.Mark))
	}
	if wish := changes.Wish; wish != nil {
		if !wish.Stopped {
			return errors.Join(all, tx.Queue(ctx, nil, `DELETE FROM survey_wishes WHERE customer = ? AND complaint_id IN (?, '')`,
				wish.Customer, wish.Complaint))
		}
		all = errors.Join(all, tx.Queue(ctx, nil, `INSERT INTO survey_wishes (customer, complaint_id, stop_time) VALUES (?, ?, ?)
			ON CONFLICT (customer, complaint_id) DO NOTHING`, wish.Customer, wish.Complaint, sqldb.Micros(wish.Time)))
	}
	return all
}

// Waiting implements followup.Outbox.
func (s *Store) Waiting(ctx context.Context, now time.Time) (list []followup.Notification, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askMessages(ctx, tx, &list, `WHERE state = 1 AND try_time <= ? AND lease_time <= ? ORDER BY attempts, try_time, complaint_id, notification_id LIMIT ?`,
			sqldb.Micros(now), sqldb.Micros(now), waitingSlice)
	})
	return list, s.db.Failure(err)
}

// Claim implements followup.Outbox.
func (s *Store) Claim(ctx context.Context, n followup.Notification, now, lease, again time.Time) (mine bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		changed, err := tx.Exec(ctx, `UPDATE notifications SET attempts = attempts + 1, lease_time = ?, try_time = ?
			WHERE complaint_id = ? AND notification_id = ? AND state = 1 AND attempts = ? AND lease_time <= ?`,
			sqldb.Micros(lease), sqldb.Micros(again), n.Complaint, n.ID, n.Attempts, sqldb.Micros(now))
		mine = changed == 1
		return err
	})
	return mine && err == nil, s.db.Failure(err)
}

// Reach implements followup.Outbox.
func (s *Store) Reach(ctx context.Context, customer, complaint, id string) (reach followup.Reach, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		reach = followup.Reach{}
		return errors.Join(
			tx.Ask(ctx, func(scan func(dest ...any) error) error {
				n, err := scanNotification(scan)
				reach.Notification = &n
				return err
			}, `SELECT `+notificationColumns+` FROM notifications WHERE complaint_id = ? AND notification_id = ?`, complaint, id),
			tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var mark []byte
				err := scan(&mark)
				reach.Unusable = append(reach.Unusable, mark)
				return err
			}, `SELECT mark FROM unusable_addresses WHERE customer = ? ORDER BY bounce_time, mark`, customer),
			tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var of string
				var at int64
				err := scan(&of, &at)
				reach.Stop, reach.StopAll = sqldb.Time(at), of == ""
				return err
			}, `SELECT complaint_id, stop_time FROM survey_wishes WHERE customer = ? AND complaint_id IN (?, '') ORDER BY complaint_id DESC`,
				customer, complaint),
			tx.Flush(ctx),
		)
	})
	return reach, s.db.Failure(err)
}

// Notifications implements followup.Outbox.
func (s *Store) Notifications(ctx context.Context, query followup.NotificationQuery) (list []followup.Notification, err error) {
	where, err := filter.Parse(map[string]filter.Field{
		"state": {
			Column: "state", Kind: filter.Enum, Names: followupv1.Notification_State_value,
			Implies: map[string]string{"WAITING": "state = 1", "DEAD": "state = 3"},
		},
		"kind":          {Column: "kind", Kind: filter.Enum, Names: followupv1.Notification_Kind_value},
		"template":      {Column: "template", Kind: filter.String},
		"attempt_count": {Column: "attempts", Kind: filter.Int},
		"create_time":   {Column: "create_time", Kind: filter.Time},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	conditions, args := []string{`(complaint_id, notification_id) > (?, ?)`}, []any{query.AfterComplaint, query.AfterID}
	if query.Complaint != "" {
		conditions, args = append(conditions, `complaint_id = ?`), append(args, query.Complaint)
	}
	if where.SQL != "" {
		conditions, args = append(conditions, where.SQL), append(args, where.Args...)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askMessages(ctx, tx, &list, `WHERE `+strings.Join(conditions, ` AND `)+` ORDER BY complaint_id, notification_id LIMIT ?`,
			append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}
