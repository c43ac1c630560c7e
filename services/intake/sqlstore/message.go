package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// selectMessage begins every query for messages.
const selectMessage = "SELECT complaint, id, author, way, cycle, actor, create_time, body FROM messages "

// AddMessage implements intake.Store.
func (s *Store) AddMessage(ctx context.Context, n intake.NewMessage) (message intake.Message, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// The lock keeps the cycle that the message belongs to, and puts the events
		// of one complaint in order.
		var record intake.Record
		var last eventlog.Place
		cause := eventlog.Cause{Command: n.Command, Result: "complaints/" + n.Complaint + "/messages/" + n.ID}
		repeated, result, err := s.log.Begin(ctx, tx, cause, func() error {
			return errors.Join(ask(ctx, tx, &record, n.Complaint, lockComplaint(tx)), s.log.AskLast(ctx, tx, "complaints/"+n.Complaint, &last))
		})
		switch {
		case err != nil:
			return err
		case repeated:
			message, err = scanMessage(tx.QueryRow(ctx, selectMessage+"WHERE complaint = ? AND id = ?",
				n.Complaint, result[strings.LastIndexByte(result, '/')+1:]).Scan)
			return notFound(err)
		case record.ID == "":
			return intake.ErrNotFound
		}
		built, draft, err := n.Build(&record)
		if err != nil {
			return err
		}
		message = built
		err = tx.Queue(ctx, nil, `INSERT INTO messages (complaint, id, author, way, cycle, actor, create_time, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, message.Complaint, message.ID, message.Author, message.Way, message.Cycle, message.Actor,
			sqldb.Micros(message.CreateTime), message.Text)
		if err != nil {
			return err
		}
		draft.Last = &last
		return s.log.Record(ctx, tx, draft)
	})
	return message, err
}

// Messages implements intake.Store.
func (s *Store) Messages(ctx context.Context, id, after string, limit int) (messages []intake.Message, customer intake.Customer, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		messages = nil
		if customer, err = customerOf(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectMessage+"WHERE complaint = ? AND id > ? ORDER BY id LIMIT ?", id, after, limit)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			message, err := scanMessage(rows.Scan)
			if err != nil {
				return err
			}
			messages = append(messages, message)
		}
		return rows.Err()
	})
	return messages, customer, err
}

// scanMessage reads a row of selectMessage.
func scanMessage(scan func(...any) error) (intake.Message, error) {
	var m intake.Message
	var created int64
	err := scan(&m.Complaint, &m.ID, &m.Author, &m.Way, &m.Cycle, &m.Actor, &created, &m.Text)
	m.CreateTime = sqldb.Time(created)
	return m, err
}
