package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// lastAnswer is the id of the last substantive answer to a complaint; ids sort by time.
const lastAnswer = "SELECT COALESCE(MAX(id), '') FROM messages WHERE complaint = ? AND author = ? AND holding = 0"

// otherChases counts the messages but one that asked for progress after a message.
const otherChases = "SELECT COUNT(*) FROM messages WHERE complaint = ? AND id > ? AND kind = ? AND id <> ?"

// Reclassify implements intake.RecordStore.
func (s *Store) Reclassify(ctx context.Context, r intake.Reclassification) (message intake.Message, record intake.Record, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		message = intake.Message{}
		var last eventlog.Place
		var entries []intake.Entry
		var answer string
		name := "complaints/" + r.Complaint
		repeated, _, err := s.log.Begin(ctx, tx, eventlog.Cause{Command: r.Command, Result: name + "/messages/" + r.ID}, func() error {
			return errors.Join(ask(ctx, tx, &record, r.Complaint, lockComplaint(tx)), askMessage(ctx, tx, &message, r.Complaint, r.ID),
				askEntries(ctx, tx, &entries, r.Complaint, r.Kinds),
				tx.Ask(ctx, func(scan func(...any) error) error { return scan(&answer) }, lastAnswer, r.Complaint, int32(intakev1.Message_AGENT)),
				s.log.AskLast(ctx, tx, name, &last))
		})
		switch {
		case err != nil:
			return err
		case record.ID == "" || message.ID == "":
			return intake.ErrNotFound
		case repeated:
			return nil
		}
		var chases int32
		err = tx.QueryRow(ctx, otherChases, r.Complaint, answer, int32(policyv1.MessageKind_PROGRESS_CHASE), r.ID).Scan(&chases)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		before := record.Version
		effects, err := r.Decide(&record, entries, &message, chases, message.ID > answer)
		if err != nil || record.Version == before {
			return err
		}
		if err := tx.Queue(ctx, nil, "UPDATE messages SET kind = ?, kind_actor = ? WHERE complaint = ? AND id = ?",
			message.Kind, message.KindActor, message.Complaint, message.ID); err != nil {
			return err
		}
		return s.update(ctx, tx, &record, effects, &last)
	})
	return message, record, err
}

// askMessage asks for one message; it stays empty when it is not known.
func askMessage(ctx context.Context, tx *sqldb.Tx, message *intake.Message, complaint, id string) error {
	return tx.Ask(ctx, func(scan func(...any) error) (err error) {
		*message, err = scanMessage(scan)
		return err
	}, selectMessage+"WHERE complaint = ? AND id = ?", complaint, id)
}
