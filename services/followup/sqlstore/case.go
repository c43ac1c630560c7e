package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const complaintColumns = `c.complaint_id, c.customer, c.reference, c.language, c.severity, c.cycle, c.receive_time, c.ended, c.phone_time, c.about,
	c.department, c.assignee`

// complaintRow reads complaintColumns: it scans into dest, and fill takes over what needs a conversion.
func complaintRow(c *followup.Complaint) (dest []any, fill func()) {
	received, corrected, about := new(int64), new(int64), new(string)
	return []any{&c.ID, &c.Customer, &c.Reference, &c.Language, &c.Severity, &c.Cycle, received, &c.Ended, corrected, about, &c.Department, &c.Assignee},
		func() {
			c.ReceiveTime, c.PhoneTime, c.About = sqldb.Time(*received), sqldb.Time(*corrected), nil
			if *about != "" {
				c.About = strings.Fields(*about)
			}
		}
}

// askCase asks for a complaint with its duties; lock is the end of the statement
// that reads the complaint's row. The case stays empty when it is not known.
func askCase(ctx context.Context, tx *sqldb.Tx, c *followup.Case, complaint, lock string) error {
	*c = followup.Case{}
	return errors.Join(
		tx.Ask(ctx, func(scan func(dest ...any) error) error {
			dest, fill := complaintRow(&c.Complaint)
			err := scan(dest...)
			fill()
			return err
		}, `SELECT `+complaintColumns+` FROM complaints c WHERE c.complaint_id = ?`+lock, complaint),
		askDuties(ctx, tx, &c.Duties, `WHERE d.complaint_id = ? ORDER BY d.cycle, d.due_time, d.kind, d.duty_id`, complaint),
	)
}

// askChange asks, under the complaint's lock, for what a change judges by.
func askChange(ctx context.Context, tx *sqldb.Tx, c *followup.Case, change followup.Change) error {
	err := errors.Join(askCase(ctx, tx, c, change.Complaint, tx.Dialect().ForUpdate()), askPromises(ctx, tx, &c.Promises, change.Complaint))
	if change.Notifications {
		err = errors.Join(err, askNotifications(ctx, tx, &c.Notifications, change.Complaint))
	}
	if change.Attempts > 0 {
		err = errors.Join(err, askAttempts(ctx, tx, func(a followup.Attempt) { c.Attempts = append(c.Attempts, a) },
			`a.complaint_id = ? AND a.cycle = ?`, change.Complaint, change.Attempts))
	}
	if !change.Written.IsZero() {
		err = errors.Join(err, askWritten(ctx, tx, &c.Written, change.Complaint, change.Written))
	}
	return errors.Join(err, askSeries(ctx, tx, c, change))
}

// askWhole is askCase without a lock and by one query, which needs no transaction on PostgreSQL. The case stays empty also
// when the complaint has no duties.
func askWhole(ctx context.Context, tx *sqldb.Tx, c *followup.Case, complaint string) error {
	*c = followup.Case{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		dest, fill := complaintRow(&c.Complaint)
		d, err := scanDuty(scan, dest...)
		fill()
		c.Duties = append(c.Duties, d)
		return err
	}, `SELECT `+complaintColumns+`, `+dutyColumns+` FROM complaints c JOIN duties d ON d.complaint_id = c.complaint_id
		WHERE c.complaint_id = ? ORDER BY d.cycle, d.due_time, d.kind, d.duty_id`, complaint)
}

// putComplaint writes a complaint, new or known.
func putComplaint(ctx context.Context, tx *sqldb.Tx, c followup.Complaint) error {
	err := tx.Queue(ctx, nil, `INSERT INTO complaints
		(complaint_id, customer, reference, language, severity, cycle, receive_time, ended, phone_time, about, department, assignee)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id) DO UPDATE SET customer = excluded.customer, reference = excluded.reference,
			language = excluded.language, severity = excluded.severity, cycle = excluded.cycle,
			receive_time = excluded.receive_time, ended = excluded.ended, phone_time = excluded.phone_time, about = excluded.about,
			department = excluded.department, assignee = excluded.assignee`,
		c.ID, c.Customer, c.Reference, c.Language, int32(c.Severity), c.Cycle, sqldb.Micros(c.ReceiveTime), c.Ended, sqldb.Micros(c.PhoneTime),
		strings.Join(c.About, " "), c.Department, c.Assignee)
	if err != nil {
		return fmt.Errorf("write complaint: %w", err)
	}
	return nil
}
