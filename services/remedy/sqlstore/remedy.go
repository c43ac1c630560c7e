package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// Remedy implements remedy.Store.
func (s *Store) Remedy(ctx context.Context, complaint, id string) (remedy.Remedy, error) {
	list, err := s.remedies(ctx, complaint, `AND remedy_id = ?`, id)
	if err == nil && len(list) == 0 {
		err = remedy.ErrUnknown
	}
	if err != nil {
		return remedy.Remedy{}, err
	}
	return list[0], nil
}

// Remedies implements remedy.Store.
func (s *Store) Remedies(ctx context.Context, query remedy.Query) ([]remedy.Remedy, error) {
	if at := query.After; at != nil {
		return s.remedies(ctx, query.Complaint, `AND (create_time, remedy_id) > (?, ?) ORDER BY create_time, remedy_id LIMIT ?`,
			sqldb.Micros(at.CreateTime), at.ID, query.Limit)
	}
	return s.remedies(ctx, query.Complaint, `ORDER BY create_time, remedy_id LIMIT ?`, query.Limit)
}

// remedies reads those of a complaint that the rest of the statement selects.
func (s *Store) remedies(ctx context.Context, complaint, rest string, args ...any) (list []remedy.Remedy, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askRemedies(ctx, tx, &list, complaint, rest, args...)
	})
	return list, s.db.Failure(err)
}

// askRemedies asks for the remedies of a complaint that the rest of the statement selects, with all that belongs to them.
func askRemedies(ctx context.Context, tx *sqldb.Tx, list *[]remedy.Remedy, complaint, rest string, args ...any) error {
	*list = nil
	found := func(id string) *remedy.Remedy {
		for i := range *list {
			if (*list)[i].ID == id {
				return &(*list)[i]
			}
		}
		return nil // It is not among those selected.
	}
	return errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			r, err := scanRemedy(scan)
			*list = append(*list, r)
			return err
		}, `SELECT complaint_id, remedy_id, state, fallback, customer, proposer, cycle, create_time, version, revision, revise_time,
			history_seen, objection, approval, department, granter, grant_time, alone, most, review_state, reviewer, review_time, review_comment
			FROM remedies WHERE complaint_id = ? `+rest, append([]any{complaint}, args...)...),
		tx.Ask(ctx, func(scan func(...any) error) error { return scanPart(scan, found) },
			`SELECT p.remedy_id, p.option_number, p.kind, p.basis, p.contents, p.currency, p.units, p.nanos, p.fulfil_time, p.cash,
			p.threshold_currency, p.threshold_units, p.threshold_nanos, p.expire_time, p.owner, p.items, p.exceptional, p.play, p.fallback
			FROM remedy_parts p JOIN remedies r ON r.complaint_id = p.complaint_id AND r.remedy_id = p.remedy_id AND r.revision = p.revision
			WHERE p.complaint_id = ? ORDER BY p.remedy_id, p.option_number, p.part_number`, complaint),
		askOffers(ctx, tx, found, complaint),
	)
}

func scanRemedy(scan func(...any) error) (r remedy.Remedy, err error) {
	var created, revised, granted, reviewed int64
	err = scan(&r.Complaint, &r.ID, &r.State, &r.Fallback, &r.Customer, &r.Proposer, &r.Cycle, &created, &r.Version, &r.Revision, &revised,
		&r.HistorySeen, &r.Objection, &r.Approval, &r.Department, &r.Grant.Granter, &granted, &r.Grant.Alone, &r.Most, &r.Review.State,
		&r.Review.Reviewer, &reviewed, &r.Review.Comment)
	r.CreateTime, r.ReviseTime, r.Grant.Time, r.Review.Time = sqldb.Time(created), sqldb.Time(revised), sqldb.Time(granted), sqldb.Time(reviewed)
	r.Fallback, r.Objection, r.Review.Comment = none(r.Fallback), none(r.Objection), none(r.Review.Comment)
	return r, err
}

// none is nil for what is empty: the engines differ in how they give it back.
func none(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// some is what none reads.
func some(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func scanPart(scan func(...any) error, found func(id string) *remedy.Remedy) error {
	var id, items string
	var number int
	var fulfil, expire int64
	var p remedy.Part
	var o remedy.Option
	err := scan(&id, &number, &p.Kind, &p.Basis, &p.Contents, &p.Amount.Currency, &p.Amount.Units, &p.Amount.Nanos, &fulfil, &p.Cash,
		&p.Threshold.Currency, &p.Threshold.Units, &p.Threshold.Nanos, &expire, &p.Owner, &items, &o.Exceptional, &o.Play,
		&o.Fallback)
	p.FulfilTime, p.ExpireTime = sqldb.Time(fulfil), sqldb.Time(expire)
	r := found(id)
	if r == nil || err != nil {
		return err
	}
	if number == len(r.Options) {
		o.Items = strings.Fields(items)
		if items == "" {
			o.Items = nil
		}
		r.Options = append(r.Options, o)
	}
	last := &r.Options[len(r.Options)-1]
	last.Parts = append(last.Parts, p)
	return nil
}

func insertRemedy(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	err := tx.Queue(ctx, nil, `INSERT INTO remedies (complaint_id, remedy_id, state, fallback, customer, proposer, cycle, create_time, version,
		revision, revise_time, history_seen, objection, approval, department, granter, grant_time, alone, most, review_state, reviewer,
		review_time, review_comment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Complaint, r.ID, int32(r.State), some(r.Fallback), r.Customer, r.Proposer, r.Cycle, sqldb.Micros(r.CreateTime), r.Version,
		r.Revision, sqldb.Micros(r.ReviseTime), r.HistorySeen, some(r.Objection), r.Approval, r.Department, r.Grant.Granter,
		sqldb.Micros(r.Grant.Time), r.Grant.Alone, r.Most, int32(r.Review.State), r.Review.Reviewer, sqldb.Micros(r.Review.Time),
		some(r.Review.Comment))
	if err != nil {
		return fmt.Errorf("insert remedy: %w", err)
	}
	return errors.Join(insertParts(ctx, tx, r), putOffer(ctx, tx, r))
}

// updateRemedy writes over a remedy that is on record, and what its revision offers unless it is there.
func updateRemedy(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	err := tx.Queue(ctx, nil, `UPDATE remedies SET state = ?, cycle = ?, fallback = ?, proposer = ?, version = ?, revision = ?, revise_time = ?,
		history_seen = ?, objection = ?, approval = ?, department = ?, granter = ?, grant_time = ?, alone = ?, most = ?, review_state = ?,
		reviewer = ?, review_time = ?, review_comment = ? WHERE complaint_id = ? AND remedy_id = ?`,
		int32(r.State), r.Cycle, some(r.Fallback), r.Proposer, r.Version, r.Revision, sqldb.Micros(r.ReviseTime), r.HistorySeen, some(r.Objection),
		r.Approval, r.Department, r.Grant.Granter, sqldb.Micros(r.Grant.Time), r.Grant.Alone, r.Most, int32(r.Review.State),
		r.Review.Reviewer, sqldb.Micros(r.Review.Time), some(r.Review.Comment), r.Complaint, r.ID)
	if err != nil {
		return fmt.Errorf("update remedy: %w", err)
	}
	return errors.Join(insertParts(ctx, tx, r), putOffer(ctx, tx, r))
}

// insertParts writes all options by one statement.
func insertParts(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	var args []any
	rows := 0
	for i, o := range r.Options {
		for n, p := range o.Parts {
			items, exceptional, play := "", false, ""
			if n == 0 {
				items, exceptional, play = strings.Join(o.Items, " "), o.Exceptional, o.Play
			}
			rows++
			args = append(args, r.Complaint, r.ID, r.Revision, i, n, int32(p.Kind), int32(p.Basis), some(p.Contents), p.Amount.Currency,
				p.Amount.Units, p.Amount.Nanos, sqldb.Micros(p.FulfilTime), p.Cash, p.Threshold.Currency, p.Threshold.Units, p.Threshold.Nanos,
				sqldb.Micros(p.ExpireTime), p.Owner, items, exceptional, play, o.Fallback)
		}
	}
	if rows == 0 {
		return nil
	}
	err := tx.Queue(ctx, nil, `INSERT INTO remedy_parts (complaint_id, remedy_id, revision, option_number, part_number, kind, basis, contents,
		currency, units, nanos, fulfil_time, cash, threshold_currency, threshold_units, threshold_nanos, expire_time, owner, items,
		exceptional, play, fallback) VALUES `+row+strings.Repeat(`, `+row, rows-1)+`
		ON CONFLICT (complaint_id, remedy_id, revision, option_number, part_number) DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("insert parts: %w", err)
	}
	return nil
}
