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
const selectMessage = `SELECT m.complaint, m.id, m.author, m.way, m.cycle, m.actor, m.create_time, m.body, m.language, m.kind,
	m.proposed_kind, m.kind_actor, m.holding, m.customer, m.send_time, k.wrapped_key
	FROM messages m LEFT JOIN customers k ON k.name = m.customer `

const insertMessage = `INSERT INTO messages
	(complaint, id, author, way, cycle, actor, create_time, body, language, kind, proposed_kind, kind_actor, holding, customer, send_time)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func messageArgs(m *intake.Message) []any {
	return []any{
		m.Complaint, m.ID, m.Author, m.Way, m.Cycle, m.Actor, sqldb.Micros(m.CreateTime), m.Text, m.Language, m.Kind, m.ProposedKind,
		m.KindActor, flag(m.Holding), m.Customer, sqldb.Micros(m.SendTime),
	}
}

// flag is a truth value as both databases keep it.
func flag(set bool) int32 {
	if set {
		return 1
	}
	return 0
}

// AddMessage implements intake.Store.
func (s *Store) AddMessage(ctx context.Context, n intake.NewMessage) (message intake.Message, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// The lock keeps the cycle that the message belongs to, and puts the events
		// of one complaint in order.
		var record intake.Record
		var last eventlog.Place
		var entries []intake.Entry
		cause := eventlog.Cause{Command: n.Command, Result: "complaints/" + n.Complaint + "/messages/" + n.ID}
		repeated, result, err := s.log.Begin(ctx, tx, cause, func() error {
			return errors.Join(ask(ctx, tx, &record, n.Complaint, lockComplaint(tx)), askEntries(ctx, tx, &entries, n.Complaint, n.Kinds),
				s.log.AskLast(ctx, tx, "complaints/"+n.Complaint, &last))
		})
		switch {
		case err != nil:
			return err
		case repeated:
			// A message to a merged complaint went to the one that it goes on in.
			complaint, id, _ := strings.Cut(strings.TrimPrefix(result, "complaints/"), "/messages/")
			message, err = scanMessage(tx.QueryRow(ctx, selectMessage+"WHERE complaint = ? AND id = ?", complaint, id).Scan)
			return notFound(err)
		case record.ID == "":
			return intake.ErrNotFound
		}
		before := record.Version
		built, effects, err := n.Build(&record, entries)
		if err != nil {
			return err
		}
		message = built
		if err := tx.Queue(ctx, nil, insertMessage, messageArgs(&message)...); err != nil {
			return err
		}
		if record.Version != before {
			return s.update(ctx, tx, &record, effects, &last)
		}
		if len(effects.Events) > 0 {
			effects.Events[0].Last = &last
		}
		return s.effect(ctx, tx, &record, effects)
	})
	return message, err
}

// Messages implements intake.Store.
func (s *Store) Messages(
	ctx context.Context, id, after string, limit int,
) (messages []intake.Message, customers map[string]intake.Customer, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		messages = nil
		relatives, err := family(ctx, tx, id)
		if err != nil {
			return err
		}
		customers = map[string]intake.Customer{}
		args := make([]any, 0, len(relatives)+2)
		for complaint, relative := range relatives {
			customers[complaint] = relative.customer
			args = append(args, complaint)
		}
		rows, err := tx.Query(ctx, selectMessage+"WHERE complaint IN ("+marks(len(customers), "?")+") AND id > ? ORDER BY id LIMIT ?",
			append(args, after, limit)...)
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
	return messages, customers, err
}

// scanMessage reads a row of selectMessage.
func scanMessage(scan func(...any) error) (intake.Message, error) {
	var m intake.Message
	var created, sent int64
	var holding int32
	err := scan(&m.Complaint, &m.ID, &m.Author, &m.Way, &m.Cycle, &m.Actor, &created, &m.Text, &m.Language, &m.Kind, &m.ProposedKind,
		&m.KindActor, &holding, &m.Customer, &sent, &m.WrappedKey)
	m.CreateTime, m.SendTime, m.Holding = sqldb.Time(created), sqldb.Time(sent), holding != 0
	return m, err
}
