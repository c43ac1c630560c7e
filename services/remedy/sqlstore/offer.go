package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// askOffers asks for what was told and answered of the present revisions of a complaint's remedies, after the remedies themselves.
func askOffers(ctx context.Context, tx *sqldb.Tx, found func(id string) *remedy.Remedy, complaint string) error {
	return errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			var o remedy.Offer
			var a remedy.Answer
			var told, by, answered int64
			err := scan(&id, &o.Teller, &o.Way, &told, &o.Words, &by, &o.Reminded, &o.Again, &a.State, &a.Option, &a.Words, &a.Wanted.Currency,
				&a.Wanted.Units, &a.Wanted.Nanos, &answered, &a.Actor)
			o.Time, o.AnswerTime, a.Time = sqldb.Time(told), sqldb.Time(by), sqldb.Time(answered)
			o.Words, a.Words = none(o.Words), none(a.Words)
			if r := found(id); r != nil {
				r.Offer, r.Answer = o, a
			}
			return err
		}, `SELECT o.remedy_id, o.teller, o.way, o.offer_time, o.words, o.answer_by, o.reminded, o.again, o.answer, o.answer_option, o.answer_words,
			o.wanted_currency, o.wanted_units, o.wanted_nanos, o.answer_time, o.actor
			FROM remedy_offers o JOIN remedies r ON r.complaint_id = o.complaint_id AND r.remedy_id = o.remedy_id AND r.revision = o.revision
			WHERE o.complaint_id = ?`, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			var owed remedy.Owed
			err := scan(&id, &owed.Promise, &owed.State)
			if r := found(id); r != nil {
				r.Answer.Owed = append(r.Answer.Owed, owed)
			}
			return err
		}, `SELECT remedy_id, promise, state FROM remedy_owed WHERE complaint_id = ? ORDER BY remedy_id, part_number`, complaint),
	)
}

// putOffer writes what was told and answered of the present revision.
func putOffer(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	if r.Offer.Teller == "" {
		return nil
	}
	o, a := r.Offer, r.Answer
	err := tx.Queue(ctx, nil, `INSERT INTO remedy_offers (complaint_id, remedy_id, revision, teller, way, offer_time, words, answer_by, reminded, again,
		answer, answer_option, answer_words, wanted_currency, wanted_units, wanted_nanos, answer_time, actor)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, remedy_id, revision) DO UPDATE SET teller = excluded.teller, way = excluded.way,
		offer_time = excluded.offer_time, words = excluded.words, answer_by = excluded.answer_by, reminded = excluded.reminded, again = excluded.again,
		answer = excluded.answer, answer_option = excluded.answer_option, answer_words = excluded.answer_words,
		wanted_currency = excluded.wanted_currency, wanted_units = excluded.wanted_units, wanted_nanos = excluded.wanted_nanos,
		answer_time = excluded.answer_time, actor = excluded.actor`,
		r.Complaint, r.ID, r.Revision, o.Teller, int32(o.Way), sqldb.Micros(o.Time), some(o.Words), sqldb.Micros(o.AnswerTime), o.Reminded, o.Again,
		int32(a.State), a.Option, some(a.Words), a.Wanted.Currency, a.Wanted.Units, a.Wanted.Nanos, sqldb.Micros(a.Time), a.Actor)
	if err != nil {
		return fmt.Errorf("put offer: %w", err)
	}
	for i, owed := range a.Owed {
		err := tx.Queue(ctx, nil, `INSERT INTO remedy_owed (complaint_id, remedy_id, part_number, promise, state) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (complaint_id, remedy_id, part_number) DO UPDATE SET promise = excluded.promise, state = excluded.state`,
			r.Complaint, r.ID, i, owed.Promise, int32(owed.State))
		if err != nil {
			return fmt.Errorf("put owed part: %w", err)
		}
	}
	return nil
}
