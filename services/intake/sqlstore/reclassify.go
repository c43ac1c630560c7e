package sqlstore

import (
	"context"
	"errors"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Reclassify implements intake.RecordStore.
func (s *Store) Reclassify(ctx context.Context, r intake.Reclassification) (message intake.Message, record intake.Record, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		message = intake.Message{}
		var last eventlog.Place
		var entries []intake.Entry
		result := "complaints/" + r.Place.Complaint + "/messages/" + r.Place.Message
		repeated, _, err := s.log.Begin(ctx, tx, eventlog.Cause{Command: r.Command, Result: result}, func() error {
			return errors.Join(ask(ctx, tx, &record, r.Complaint, lockComplaint(tx)), askMessage(ctx, tx, &message, r.Place),
				askEntries(ctx, tx, &entries, r.Complaint, r.Kinds), s.log.AskLast(ctx, tx, "complaints/"+r.Complaint, &last))
		})
		switch {
		case err != nil:
			return err
		case record.ID == "" || message.ID == "":
			return intake.ErrNotFound
		case repeated:
			return nil
		}
		waiting, err := waitingOn(ctx, tx, r.Complaint)
		if err != nil {
			return err
		}
		before := record.Version
		effects, err := r.Decide(&record, entries, &message, waiting.others(r.Place), !waiting.answered(r.Place))
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
func askMessage(ctx context.Context, tx *sqldb.Tx, message *intake.Message, place intake.Place) error {
	return tx.Ask(ctx, func(scan func(...any) error) (err error) {
		*message, err = scanMessage(scan)
		return err
	}, selectMessage+"WHERE complaint = ? AND id = ?", place.Complaint, place.Message)
}

// waiting is what customers wait for an answer to, on a complaint and on those that were merged into it.
type waiting struct {
	family map[string]relative
	// answers are the last substantive ones to each.
	answers map[string]answer
	// chases are the messages that ask for progress.
	chases []intake.Place
}

// answer is the last one to a complaint.
type answer struct {
	message string
	at      int64
}

func waitingOn(ctx context.Context, tx *sqldb.Tx, complaint string) (w waiting, err error) {
	if w.family, err = family(ctx, tx, complaint); err != nil {
		return w, err
	}
	w.answers = map[string]answer{}
	args := make([]any, 0, len(w.family)+1)
	for id := range w.family {
		args = append(args, id)
	}
	all := "WHERE complaint IN (" + marks(len(args), "?") + ") "
	return w, errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			var of string
			var last answer
			err := scan(&of, &last.message, &last.at)
			w.answers[of] = last
			return err
		}, "SELECT complaint, MAX(id), MAX(create_time) FROM messages "+all+"AND author = ? AND holding = 0 GROUP BY complaint",
			append(args, int32(intakev1.Message_AGENT))...),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var place intake.Place
			err := scan(&place.Complaint, &place.Message)
			w.chases = append(w.chases, place)
			return err
		}, "SELECT complaint, id FROM messages "+all+"AND kind = ?",
			append(args[:len(args):len(args)], int32(policyv1.MessageKind_PROGRESS_CHASE))...),
		tx.Flush(ctx))
}

// answered tells whether a substantive answer came after a message: to its complaint, or to one that this was merged into, since
// then. Ids sort by time.
func (w *waiting) answered(place intake.Place) bool {
	if w.answers[place.Complaint].message > place.Message {
		return true
	}
	for id := place.Complaint; w.family[id].into != ""; id = w.family[id].into {
		if last, some := w.answers[w.family[id].into]; some && last.at >= w.family[id].closed {
			return true
		}
	}
	return false
}

// others counts the messages but one that ask for progress and were not answered.
func (w *waiting) others(but intake.Place) (count int32) {
	for _, chase := range w.chases {
		if chase != but && !w.answered(chase) {
			count++
		}
	}
	return count
}
