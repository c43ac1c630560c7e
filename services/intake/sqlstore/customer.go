package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// findTries bounds how often a customer is looked for whom somebody else makes
// at the same moment: the second look finds it.
const findTries = 3

// errBusyCustomer ends a search that meets new customers again and again.
var errBusyCustomer = errors.New("intake: the customer is being changed by others")

// findOrMake returns the customer that the first known hash belongs to, or makes
// a new one, and gives the customer all hashes that nobody has.
//
// Two first complaints of one customer may be filed at the same time. The hashes
// decide: whoever inserts them first makes the customer, the other transaction
// waits for it there and then finds it.
func findOrMake(ctx context.Context, tx *sqldb.Tx, lookups [][]byte, fresh intake.Customer) (intake.Customer, error) {
	for range findTries {
		known, err := lookUp(ctx, tx, lookups)
		if err != nil {
			return intake.Customer{}, err
		}
		for _, hash := range lookups {
			if customer, ok := known[string(hash)]; ok {
				return customer, addLookups(ctx, tx, customer.Name, lookups, known)
			}
		}
		n, err := insertLookups(ctx, tx, fresh.Name, lookups)
		if err != nil {
			return intake.Customer{}, err
		}
		if n == len(lookups) {
			_, err := tx.Exec(ctx, "INSERT INTO customers (name, wrapped_key, create_time) VALUES (?, ?, ?)",
				fresh.Name, fresh.WrappedKey, sqldb.Micros(fresh.CreateTime))
			return fresh, err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM customer_lookups WHERE customer = ?", fresh.Name); err != nil {
			return intake.Customer{}, err
		}
	}
	return intake.Customer{}, errBusyCustomer
}

// lookUp finds the customers that hashes belong to. Hashes of a customer whose
// key was destroyed are forgotten: whoever complains with them now is a new one.
func lookUp(ctx context.Context, tx *sqldb.Tx, lookups [][]byte) (known map[string]intake.Customer, err error) {
	known = map[string]intake.Customer{}
	erased := map[string]bool{}
	rows, err := tx.Query(ctx, `SELECT l.hash, k.name, k.wrapped_key, k.create_time
		FROM customer_lookups l JOIN customers k ON k.name = l.customer WHERE l.hash IN (`+marks(len(lookups), "?")+")", hashArgs(lookups)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var hash []byte
		var customer intake.Customer
		var created int64
		if err := rows.Scan(&hash, &customer.Name, &customer.WrappedKey, &created); err != nil {
			return nil, err
		}
		if customer.CreateTime = sqldb.Time(created); len(customer.WrappedKey) == 0 {
			erased[customer.Name] = true
			continue
		}
		known[string(hash)] = customer
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for name := range erased {
		if _, err := tx.Exec(ctx, "DELETE FROM customer_lookups WHERE customer = ?", name); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// addLookups gives a customer the hashes that are not known yet.
func addLookups(ctx context.Context, tx *sqldb.Tx, customer string, lookups [][]byte, known map[string]intake.Customer) error {
	missing := slices.DeleteFunc(slices.Clone(lookups), func(hash []byte) bool {
		_, ok := known[string(hash)]
		return ok
	})
	if len(missing) == 0 {
		return nil
	}
	_, err := insertLookups(ctx, tx, customer, missing)
	return err
}

// insertLookups inserts what nobody has and returns how many that was. The order
// is the same in every transaction, so that two of them never wait for each other.
func insertLookups(ctx context.Context, tx *sqldb.Tx, customer string, lookups [][]byte) (int, error) {
	var args []any
	for _, hash := range slices.SortedFunc(slices.Values(lookups), bytes.Compare) {
		args = append(args, hash, customer)
	}
	n, err := tx.Exec(ctx, "INSERT INTO customer_lookups (hash, customer) VALUES "+marks(len(lookups), "(?, ?)")+
		" ON CONFLICT (hash) DO NOTHING", args...)
	return int(n), err
}

// Customer implements intake.Store.
func (s *Store) Customer(ctx context.Context, name string) (intake.Customer, error) {
	customer := intake.Customer{Name: name}
	err := s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var created int64
		err := tx.QueryRow(ctx, "SELECT wrapped_key, create_time FROM customers WHERE name = ?", name).Scan(&customer.WrappedKey, &created)
		customer.CreateTime = sqldb.Time(created)
		return notFound(err)
	})
	return customer, err
}

// Sample implements intake.Sampler.
func (s *Store) Sample(ctx context.Context) (customer intake.Customer, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var created int64
		err := tx.QueryRow(ctx, `SELECT name, wrapped_key, create_time FROM customers WHERE wrapped_key IS NOT NULL LIMIT 1`).
			Scan(&customer.Name, &customer.WrappedKey, &created)
		customer.CreateTime = sqldb.Time(created)
		return notFound(err)
	})
	return customer, err
}

// customerOf reads the customer of a complaint.
func customerOf(ctx context.Context, tx *sqldb.Tx, complaint string) (customer intake.Customer, err error) {
	var created int64
	err = tx.QueryRow(ctx, `SELECT k.name, k.wrapped_key, k.create_time FROM complaints c JOIN customers k ON k.name = c.customer
		WHERE c.id = ?`, complaint).Scan(&customer.Name, &customer.WrappedKey, &created)
	customer.CreateTime = sqldb.Time(created)
	return customer, notFound(err)
}

// marks repeats a placeholder.
func marks(n int, mark string) string { return strings.TrimSuffix(strings.Repeat(mark+", ", n), ", ") }

func hashArgs(hashes [][]byte) []any {
	args := make([]any, len(hashes))
	for i, hash := range hashes {
		args[i] = hash
	}
	return args
}
