package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ followup.RecordStore = (*Store)(nil)

// Record implements followup.RecordStore.
func (s *Store) Record(ctx context.Context, complaint, name string) (followup.Record, error) {
	r := followup.Record{Complaint: complaint, Name: name}
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var at int64
		err := tx.QueryRow(ctx, `SELECT author, kind, holding, record_time FROM records WHERE complaint_id = ? AND name = ?`, complaint, name).
			Scan(&r.Author, &r.Kind, &r.Holding, &at)
		r.Time = sqldb.Time(at)
		if errors.Is(err, sql.ErrNoRows) {
			return followup.ErrUnknown
		}
		return err
	})
	return r, s.db.Failure(err)
}

// askWritten asks for what agents wrote about a complaint since a time, the earliest first.
func askWritten(ctx context.Context, tx *sqldb.Tx, list *[]followup.Record, complaint string, since time.Time) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		r := followup.Record{Complaint: complaint}
		var at int64
		err := scan(&r.Name, &r.Author, &r.Kind, &r.Holding, &at)
		r.Time = sqldb.Time(at)
		*list = append(*list, r)
		return err
	}, `SELECT name, author, kind, holding, record_time FROM records
		WHERE complaint_id = ? AND author = ? AND record_time >= ? AND name LIKE 'messages/%' ORDER BY record_time, name`,
		complaint, int32(eventv1.MessageRecorded_AGENT), sqldb.Micros(since))
}

// Attempt implements followup.RecordStore.
func (s *Store) Attempt(ctx context.Context, complaint string, cycle int32, id string) (followup.Attempt, error) {
	var list []followup.Attempt
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return errors.Join(askAttempts(ctx, tx, func(a followup.Attempt) { list = append(list, a) },
			`a.complaint_id = ? AND a.cycle = ? AND a.attempt_id = ?`, complaint, cycle, id), tx.Flush(ctx))
	})
	if err != nil {
		return followup.Attempt{}, s.db.Failure(err)
	}
	if len(list) == 0 {
		return followup.Attempt{}, followup.ErrUnknown
	}
	return list[0], nil
}

// Person implements followup.RecordStore.
func (s *Store) Person(ctx context.Context, name string) (followup.Person, error) {
	p := followup.Person{Name: name}
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT active FROM people WHERE name = ?`, name).Scan(&p.Active)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var anybody bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM people)`).Scan(&anybody); err != nil {
			return err
		}
		if anybody {
			return followup.ErrUnknown
		}
		p.Active = true
		return nil
	})
	return p, s.db.Failure(err)
}

// NotePerson implements followup.RecordStore.
func (s *Store) NotePerson(ctx context.Context, event *eventv1.Event, person followup.Person) (first bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		if first, err = s.log.Accept(ctx, tx, event); err != nil || !first {
			return err
		}
		return tx.Queue(ctx, nil, `INSERT INTO people (name, active) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET active = excluded.active`,
			person.Name, person.Active)
	})
	return first && err == nil, s.db.Failure(err)
}

// insertRecord writes what may prove something. What is told again stays as it was, but for the kind that somebody found a message to be.
func insertRecord(ctx context.Context, tx *sqldb.Tx, r followup.Record) error {
	var err error
	if r.Corrected {
		err = tx.Queue(ctx, nil, `UPDATE records SET kind = ? WHERE complaint_id = ? AND name = ?`, int32(r.Kind), r.Complaint, r.Name)
	} else {
		err = tx.Queue(ctx, nil, `INSERT INTO records (complaint_id, name, author, kind, holding, record_time) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (complaint_id, name) DO NOTHING`, r.Complaint, r.Name, int32(r.Author), int32(r.Kind), r.Holding, sqldb.Micros(r.Time))
	}
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}
