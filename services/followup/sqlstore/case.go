package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// askCase asks for a complaint with its duties and notifications; lock is the end
// of the statement that reads the complaint's row. The case stays empty when it is
// not known.
func askCase(ctx context.Context, tx *sqldb.Tx, c *followup.Case, complaint, lock string) error {
	*c = followup.Case{}
	return errors.Join(
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var received int64
			err := scan(&c.Complaint.ID, &c.Complaint.Customer, &c.Complaint.Reference, &c.Complaint.Language,
				&c.Complaint.Severity, &c.Complaint.Cycle, &received, &c.Complaint.Ended)
			c.Complaint.ReceiveTime = sqldb.Time(received)
			return err
		}, `SELECT complaint_id, customer, reference, language, severity, cycle, receive_time, ended
			FROM complaints WHERE complaint_id = ?`+lock, complaint),
		askDuties(ctx, tx, &c.Duties, `WHERE complaint_id = ? ORDER BY cycle, due_time, kind`, complaint),
		askNotifications(ctx, tx, &c.Notifications, complaint),
	)
}

// putComplaint writes a complaint, new or known.
func putComplaint(ctx context.Context, tx *sqldb.Tx, c followup.Complaint) error {
	err := tx.Queue(ctx, nil, `INSERT INTO complaints
		(complaint_id, customer, reference, language, severity, cycle, receive_time, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id) DO UPDATE SET customer = excluded.customer, reference = excluded.reference,
			language = excluded.language, severity = excluded.severity, cycle = excluded.cycle,
			receive_time = excluded.receive_time, ended = excluded.ended`,
		c.ID, c.Customer, c.Reference, c.Language, int32(c.Severity), c.Cycle, sqldb.Micros(c.ReceiveTime), c.Ended)
	if err != nil {
		return fmt.Errorf("write complaint: %w", err)
	}
	return nil
}

const notificationColumns = `complaint_id, notification_id, template, language, channel, proof, send_time`

// askNotifications asks for the messages of a complaint without their text.
func askNotifications(ctx context.Context, tx *sqldb.Tx, list *[]followup.Notification, complaint string) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var n followup.Notification
		var sent int64
		err := scan(&n.Complaint, &n.ID, &n.Template, &n.Language, &n.Channel, &n.Proof, &sent)
		n.SendTime = sqldb.Time(sent)
		*list = append(*list, n)
		return err
	}, `SELECT `+notificationColumns+`
		FROM notifications WHERE complaint_id = ? ORDER BY send_time, notification_id`, complaint)
}

// Notification implements followup.Store.
func (s *Store) Notification(ctx context.Context, complaint, id string) (followup.Notification, error) {
	var n followup.Notification
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var sent int64
		err := tx.QueryRow(ctx, `SELECT `+notificationColumns+`, text
			FROM notifications WHERE complaint_id = ? AND notification_id = ?`, complaint, id).Scan(
			&n.Complaint, &n.ID, &n.Template, &n.Language, &n.Channel, &n.Proof, &sent, &n.Text)
		n.SendTime = sqldb.Time(sent)
		if errors.Is(err, sql.ErrNoRows) {
			return followup.ErrUnknown
		}
		return err
	})
	return n, s.db.Failure(err)
}

func insertNotification(ctx context.Context, tx *sqldb.Tx, n followup.Notification) error {
	err := tx.Queue(ctx, nil, `INSERT INTO notifications (`+notificationColumns+`, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		n.Complaint, n.ID, n.Template, n.Language, n.Channel, n.Proof, sqldb.Micros(n.SendTime), n.Text)
	if err != nil {
		return fmt.Errorf("write notification: %w", err)
	}
	return nil
}
