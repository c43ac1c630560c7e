package sqlstore

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Records implements intake.MatterStore.
func (s *Store) Records(ctx context.Context, ids []string) (records []intake.Record, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		records = nil
		return askRecords(ctx, tx, &records, "WHERE c.id IN ("+marks(len(ids), "?")+")", texts(ids)...)
	})
	return records, err
}

// askRecords asks for complaints by the end of a statement.
func askRecords(ctx context.Context, tx *sqldb.Tx, records *[]intake.Record, where string, args ...any) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		record, err := scanRecord(scan)
		*records = append(*records, record)
		return err
	}, selectRecord+where, args...)
}

// FindCustomer implements intake.MatterStore.
func (s *Store) FindCustomer(ctx context.Context, lookup []byte) (customer intake.Customer, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var found customers
		err := errors.Join(tx.Ask(ctx, found.scan, selectLookups(1), lookup), tx.Flush(ctx))
		if err != nil {
			return err
		}
		var known bool
		if customer, known = found.first([][]byte{lookup}); !known {
			return intake.ErrNotFound
		}
		return nil
	})
	return customer, err
}

// countHistory counts a customer's complaints, those that are open, and those that repeat another one.
const countHistory = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN state <= ? THEN 1 ELSE 0 END), 0),
	COALESCE(SUM(CASE WHEN repeat_count > 0 THEN 1 ELSE 0 END), 0) FROM complaints WHERE customer = ?`

// History implements intake.MatterStore.
func (s *Store) History(ctx context.Context, customer string, after intake.Position, limit int) (h intake.History, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		h = intake.History{}
		known, where, args := false, "WHERE c.customer = ?", []any{customer}
		if after.ID != "" {
			where += " AND (c.receive_time, c.id) < (?, ?)"
			args = append(args, sqldb.Micros(after.Time), after.ID)
		}
		err := errors.Join(
			tx.Ask(ctx, func(func(...any) error) error { known = true; return nil }, "SELECT name FROM customers WHERE name = ?", customer),
			tx.Ask(ctx, func(scan func(...any) error) error { return scan(&h.Count, &h.Open, &h.Repeats) },
				countHistory, int32(intake.Resolving), customer),
			askRecords(ctx, tx, &h.Records, where+" ORDER BY c.receive_time DESC, c.id DESC LIMIT ?", append(args, limit)...),
			tx.Flush(ctx))
		switch {
		case err != nil:
			return err
		case !known:
			return intake.ErrNotFound
		case len(h.Records) == 0:
			return nil
		}
		ids := make([]any, len(h.Records))
		for i := range h.Records {
			ids[i] = h.Records[i].ID
		}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			entry, err := scanEntry(scan)
			h.Links = append(h.Links, entry)
			return err
		}, selectEntries+"WHERE complaint IN ("+marks(len(ids), "?")+") AND kind = ? ORDER BY complaint, id", append(ids, int32(intake.LinkEntry))...)
	})
	return h, err
}

// Returning implements intake.MatterStore.
func (s *Store) Returning(ctx context.Context, customers []string) (returning []string, err error) {
	if len(customers) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		returning = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			customer := ""
			err := scan(&customer)
			returning = append(returning, customer)
			return err
		}, "SELECT DISTINCT customer FROM complaints WHERE customer IN ("+marks(len(customers), "?")+") AND state > ?",
			append(texts(customers), int32(intake.Resolving))...)
	})
	return returning, err
}

// Said implements intake.MatterStore.
func (s *Store) Said(ctx context.Context, places []intake.Place) (messages []intake.Message, err error) {
	if len(places) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		messages = nil
		var args []any
		for _, place := range places {
			args = append(args, place.Complaint, place.Message)
		}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			message, err := scanMessage(scan)
			messages = append(messages, message)
			return err
		}, selectMessage+"WHERE (complaint, id) IN (VALUES "+marks(len(places), "(?, ?)")+")", args...)
	})
	return messages, err
}

func texts(values []string) []any {
	args := make([]any, len(values))
	for i, value := range values {
		args[i] = value
	}
	return args
}
