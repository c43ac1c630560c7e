package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.RefusalStore = (*Store)(nil)

// Refusals implements remedy.RefusalStore.
func (s *Store) Refusals(ctx context.Context, query remedy.RefusalQuery) (list []remedy.Refusal, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askRefusals(ctx, tx, &list, `complaint_id = ? AND number > ?`, ` ORDER BY number LIMIT ?`,
			[]any{query.Complaint, query.After}, query.Limit)
	})
	return list, s.db.Failure(err)
}

// askRefusals asks for the refusals that the condition selects, with all that belongs to them.
func askRefusals(
	ctx context.Context, tx *sqldb.Tx, list *[]remedy.Refusal, condition, rest string, args []any, more ...any,
) error {
	*list = nil
	found := func(complaint string, number int32) *remedy.Refusal {
		for i := range *list {
			if r := &(*list)[i]; r.Complaint == complaint && r.Number == number {
				return r
			}
		}
		return nil // It is not among those selected.
	}
	all := `(SELECT complaint_id, number FROM refusals WHERE ` + condition + rest + `)`
	with := append(append([]any(nil), args...), more...)
	return errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			r, err := scanRefusal(scan)
			*list = append(*list, r)
			return err
		}, `SELECT complaint_id, number, cycle, state, customer, decision, clause, words, watch_time, actor, create_time, end_time, version
			FROM refusals WHERE `+condition+rest, with...),
		tx.Ask(ctx, func(scan func(...any) error) error { return scanRefusalStep(scan, found) },
			`SELECT s.complaint_id, s.number, s.kind, s.done, s.abuse, s.words, s.alternative, s.party, s.actor, s.create_time,
			s.alternative_due, s.alternative_owner
			FROM refusal_steps s JOIN `+all+` r ON r.complaint_id = s.complaint_id AND r.number = s.number
			ORDER BY s.complaint_id, s.number, s.kind`, with...),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var complaint, repeat string
			var number int32
			err := scan(&complaint, &number, &repeat)
			if r := found(complaint, number); r != nil {
				r.Repeats = append(r.Repeats, repeat)
			}
			return err
		}, `SELECT DISTINCT p.complaint_id, p.number, p.repeat_id FROM refusal_repeats p
			JOIN `+all+` r ON r.complaint_id = p.complaint_id AND r.number = p.number ORDER BY p.complaint_id, p.number, p.repeat_id`, with...),
	)
}

// askWatching asks for the refusals after which a customer is watched for.
func askWatching(ctx context.Context, tx *sqldb.Tx, c *remedy.Case, customer string) error {
	return askRefusals(ctx, tx, &c.Watching, `customer = ? AND watch_time <> 0`, ` ORDER BY complaint_id, number`, []any{customer})
}

func scanRefusal(scan func(...any) error) (r remedy.Refusal, err error) {
	var watched, created, ended int64
	err = scan(&r.Complaint, &r.Number, &r.Cycle, &r.State, &r.Customer, &r.Decision, &r.Clause, &r.Words, &watched, &r.Actor, &created, &ended,
		&r.Version)
	r.WatchTime, r.CreateTime, r.EndTime = sqldb.Time(watched), sqldb.Time(created), sqldb.Time(ended)
	r.Decision, r.Clause, r.Words = none(r.Decision), none(r.Clause), none(r.Words)
	return r, err
}

func scanRefusalStep(scan func(...any) error, found func(complaint string, number int32) *remedy.Refusal) error {
	var complaint string
	var number int32
	var created, due int64
	var s remedy.RefusalStep
	err := scan(&complaint, &number, &s.Kind, &s.Done, &s.Abuse, &s.Words, &s.Alternative, &s.Party, &s.Actor, &created, &due,
		&s.AlternativeOwner)
	s.AlternativeDue = sqldb.Time(due)
	s.Time, s.Words, s.Alternative = sqldb.Time(created), none(s.Words), none(s.Alternative)
	if r := found(complaint, number); r != nil {
		r.Steps = append(r.Steps, s)
	}
	return err
}

// putRefusal writes a refusal as a new row or over the one that exists, and the steps that are not on record yet.
func putRefusal(ctx context.Context, tx *sqldb.Tx, r *remedy.Refusal) error {
	err := tx.Queue(ctx, nil, `INSERT INTO refusals (complaint_id, number, cycle, state, customer, decision, clause, words, watch_time, actor,
		create_time, end_time, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, number) DO UPDATE SET state = excluded.state, words = excluded.words, watch_time = excluded.watch_time,
		end_time = excluded.end_time, version = excluded.version`,
		r.Complaint, r.Number, r.Cycle, int32(r.State), r.Customer, some(r.Decision), some(r.Clause), some(r.Words), sqldb.Micros(r.WatchTime),
		r.Actor, sqldb.Micros(r.CreateTime), sqldb.Micros(r.EndTime), r.Version)
	if err != nil {
		return fmt.Errorf("put refusal: %w", err)
	}
	for _, s := range r.Steps {
		err := tx.Queue(ctx, nil, `INSERT INTO refusal_steps (complaint_id, number, kind, done, abuse, words, alternative, party, actor, create_time,
			alternative_due, alternative_owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (complaint_id, number, kind) DO NOTHING`,
			r.Complaint, r.Number, int32(s.Kind), s.Done, s.Abuse, some(s.Words), some(s.Alternative), s.Party, s.Actor, sqldb.Micros(s.Time),
			sqldb.Micros(s.AlternativeDue), s.AlternativeOwner)
		if err != nil {
			return fmt.Errorf("put refusal step: %w", err)
		}
	}
	return nil
}

// putRepeats notes with which complaints customers came again.
func putRepeats(ctx context.Context, tx *sqldb.Tx, repeats []remedy.Repeat) error {
	for _, r := range repeats {
		err := tx.Queue(ctx, nil, `INSERT INTO refusal_repeats (complaint_id, number, repeat_id, repeat_cycle) VALUES (?, ?, ?, ?)
			ON CONFLICT (complaint_id, number, repeat_id, repeat_cycle) DO NOTHING`, r.Refusal, r.Number, r.Complaint, r.Cycle)
		if err != nil {
			return fmt.Errorf("put repeat: %w", err)
		}
	}
	return nil
}
