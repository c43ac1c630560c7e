package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// isPromise in the text of a statement lets the engine use the partial indexes.
const isPromise = `d.kind = 21`

const promiseColumns = `p.complaint_id, p.promise_id, p.duty_id, p.source, p.text, p.text_place, p.period, p.until_time, p.is_update,
	p.owner, p.speaker, p.promise_time, p.currency, p.units, p.nanos, p.excesses, p.evidence, p.settler, p.remedy, p.part, p.alleged,
	p.previous, p.create_time, p.version, p.way, p.conversation_time`

// promiseRow reads promiseColumns: it scans into dest, and fill takes over what needs a conversion.
func promiseRow(p *followup.Promise) (dest []any, fill func() error) {
	var period, until, promised, created, conversed int64
	var excesses string
	dest = []any{
		&p.Complaint, &p.ID, &p.Duty, &p.Source, &p.Text, &p.TextPlace, &period, &until, &p.Update, &p.Owner, &p.Speaker, &promised,
		&p.Amount.Currency, &p.Amount.Units, &p.Amount.Nanos, &excesses, &p.Evidence, &p.Settler, &p.Remedy, &p.Part, &p.Alleged,
		&p.Previous, &created, &p.Version, &p.Way, &conversed,
	}
	return dest, func() error {
		p.Period, p.UntilTime = time.Duration(period)*time.Microsecond, sqldb.Time(until)
		p.PromiseTime, p.CreateTime, p.ConversationTime = sqldb.Time(promised), sqldb.Time(created), sqldb.Time(conversed)
		if len(p.Text) == 0 {
			p.Text = nil
		}
		if len(p.Evidence) == 0 {
			p.Evidence = nil
		}
		for _, word := range strings.Fields(excesses) {
			n, err := strconv.ParseInt(word, 10, 32)
			if err != nil {
				return fmt.Errorf("read promises: excesses: %w", err)
			}
			p.Excesses = append(p.Excesses, followupv1.Promise_Excess(n))
		}
		return nil
	}
}

// askPromises asks for the promises of a complaint, in the order in which they were put on record.
func askPromises(ctx context.Context, tx *sqldb.Tx, list *[]*followup.Promise, complaint string) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		p := &followup.Promise{}
		dest, fill := promiseRow(p)
		if err := scan(dest...); err != nil {
			return fmt.Errorf("read promises: %w", err)
		}
		*list = append(*list, p)
		return fill()
	}, `SELECT `+promiseColumns+` FROM promises p WHERE p.complaint_id = ? ORDER BY p.number`, complaint)
}

// Promise implements followup.Store.
func (s *Store) Promise(ctx context.Context, complaint, id string) (followup.Pledge, error) {
	list, err := s.pledges(ctx, `p.complaint_id = ? AND p.promise_id = ?`, complaint, id)
	if err == nil && len(list) == 0 {
		return followup.Pledge{}, followup.ErrUnknown
	}
	if err != nil {
		return followup.Pledge{}, err
	}
	return list[0], nil
}

// Promises implements followup.Store.
func (s *Store) Promises(ctx context.Context, query followup.PromiseQuery) ([]followup.Pledge, error) {
	where, err := filter.Parse(promiseFields(query.Now), query.Filter)
	if err != nil {
		return nil, err
	}
	conditions, args := []string{isPromise}, []any{}
	add := func(condition string, with ...any) {
		conditions, args = append(conditions, condition), append(args, with...)
	}
	if query.Complaint != "" {
		add(`d.complaint_id = ?`, query.Complaint)
	}
	if where.SQL != "" {
		add(where.SQL, where.Args...)
	}
	if at := query.After; at != nil {
		add(`(d.due_time, d.complaint_id, d.duty_id) > (?, ?, ?)`, sqldb.Micros(at.DueTime), at.Complaint, at.Duty)
	}
	return s.pledges(ctx, strings.Join(conditions, ` AND `)+` ORDER BY d.due_time, d.complaint_id, d.duty_id LIMIT ?`,
		append(args, query.Limit)...)
}

// promiseFields are the fields that promises can be filtered by. Whether one is broken is computed for the moment of reading (CLK-1).
func promiseFields(now time.Time) map[string]filter.Field {
	const broken = `d.state = 1 AND (d.due_time < ? OR d.verdict = 4)`
	at := []any{sqldb.Micros(now)}
	return map[string]filter.Field{
		"state": {
			Column: `(CASE WHEN d.state = 2 THEN 3 WHEN d.state = 3 THEN 4 WHEN ` + broken + ` THEN 2 ELSE 1 END)`, Args: at,
			Kind: filter.Enum, Names: followupv1.Promise_State_value,
			Implies: map[string]string{"OPEN": "d.state = 1", "BROKEN": "d.state = 1", "KEPT": "d.state = 2", "RELEASED": "d.state = 3"},
		},
		"verdict": {
			Column: `(CASE WHEN ` + broken + ` THEN 4 ELSE d.verdict END)`, Args: at, Kind: filter.Enum, Names: policyv1.Verdict_value,
			Implies: settled(),
		},
		"source": {
			Column: "p.source", Kind: filter.Enum, Names: followupv1.Promise_Source_value, Implies: map[string]string{"ALLEGED": few(`source = 3`)},
		},
		"owner":        {Column: "p.owner", Kind: filter.String},
		"unauthorised": {Column: "(p.excesses <> '')", Kind: filter.Bool, Implies: map[string]string{"true": few(`excesses <> ''`)}},
		"due_time":     {Column: "d.due_time", Kind: filter.Time},
		"cycle":        {Column: "d.cycle", Kind: filter.Int, Sparse: "1"},
	}
}

// settled is the verdict on record of what has one, as an index has it. What is missed by now may have none yet.
func settled() map[string]string {
	implied := map[string]string{}
	for name, number := range policyv1.Verdict_value {
		if verdict := policyv1.Verdict(number); verdict != policyv1.Verdict_VERDICT_UNSPECIFIED && verdict != policyv1.Verdict_MISSED {
			implied[name] = fmt.Sprintf("d.verdict = %d AND d.verdict <> 0", number)
		}
	}
	return implied
}

// few selects promises by what an index has those of that few are: they are found first, and then put in order.
func few(condition string) string {
	return `(d.complaint_id, d.duty_id) IN (SELECT complaint_id, duty_id FROM promises WHERE ` + condition + `)`
}

// pledges reads the promises that the rest of the statement selects, with their duties.
func (s *Store) pledges(ctx context.Context, rest string, args ...any) ([]followup.Pledge, error) {
	var list []followup.Pledge
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var p followup.Pledge
			dest, fill := promiseRow(&p.Promise)
			d, err := scanDuty(scan, append(dest, &p.Customer)...)
			if err != nil {
				return err
			}
			p.Duty = *d
			err = fill()
			list = append(list, p)
			return err
		}, `SELECT `+promiseColumns+`, c.customer, `+dutyColumns+` FROM duties d
			JOIN promises p ON p.complaint_id = d.complaint_id AND p.duty_id = d.duty_id
			JOIN complaints c ON c.complaint_id = d.complaint_id WHERE `+rest, args...), tx.Flush(ctx))
	})
	return list, s.db.Failure(err)
}

// insertPromises writes new promises. The number of the duty is that of the promise.
func insertPromises(ctx context.Context, tx *sqldb.Tx, promises []*followup.Promise) error {
	for _, p := range promises {
		number, err := strconv.Atoi(p.Duty[strings.LastIndexByte(p.Duty, '-')+1:])
		if err != nil {
			return fmt.Errorf("write promise: %q is no duty of one: %w", p.Duty, err)
		}
		words := make([]string, len(p.Excesses))
		for i, excess := range p.Excesses {
			words[i] = strconv.Itoa(int(excess))
		}
		err = tx.Queue(ctx, nil, `INSERT INTO promises (complaint_id, promise_id, number, duty_id, source, text, text_place, period, until_time,
			is_update, owner, speaker, promise_time, currency, units, nanos, excesses, evidence, settler, remedy, part, alleged, previous,
			create_time, version, way, conversation_time)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.Complaint, p.ID, number, p.Duty, int32(p.Source), filled(p.Text), p.TextPlace, p.Period.Microseconds(),
			sqldb.Micros(p.UntilTime), p.Update, p.Owner, p.Speaker, sqldb.Micros(p.PromiseTime), p.Amount.Currency, p.Amount.Units,
			p.Amount.Nanos, strings.Join(words, " "), filled(p.Evidence), p.Settler, p.Remedy, p.Part, p.Alleged, p.Previous,
			sqldb.Micros(p.CreateTime), p.Version, int32(p.Way), sqldb.Micros(p.ConversationTime))
		if err != nil {
			return fmt.Errorf("write promise: %w", err)
		}
	}
	return nil
}

// updatePromises writes what may change of promises: never what was promised.
func updatePromises(ctx context.Context, tx *sqldb.Tx, promises []*followup.Promise) error {
	for _, p := range promises {
		err := tx.Queue(ctx, nil, `UPDATE promises SET evidence = ?, settler = ?, way = ?, conversation_time = ?, version = ?
			WHERE complaint_id = ? AND promise_id = ?`,
			filled(p.Evidence), p.Settler, int32(p.Way), sqldb.Micros(p.ConversationTime), p.Version, p.Complaint, p.ID)
		if err != nil {
			return fmt.Errorf("write promise: %w", err)
		}
	}
	return nil
}

// filled is a text as the column has it, which is never NULL.
func filled(text []byte) []byte {
	if text == nil {
		return []byte{}
	}
	return text
}
