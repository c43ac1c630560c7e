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
		found, err := lookUp(ctx, tx, lookups)
		if err != nil {
			return intake.Customer{}, err
		}
		if customer, ok := found.first(lookups); ok {
			return customer, queueCustomer(ctx, tx, customer, false, found.missing(lookups))
		}
		n, err := insertLookups(ctx, tx, fresh.Name, lookups)
		if err != nil {
			return intake.Customer{}, err
		}
		if n == len(lookups) {
			return fresh, queueCustomer(ctx, tx, fresh, true, nil)
		}
		if _, err := tx.Exec(ctx, "DELETE FROM customer_lookups WHERE customer = ?", fresh.Name); err != nil {
			return intake.Customer{}, err
		}
	}
	return intake.Customer{}, errBusyCustomer
}

// customers are those that hashes were found to belong to.
type customers struct {
	known map[string]intake.Customer
	// erased are the names of those whose key was destroyed.
	erased map[string]bool
}

// first is the customer whom the most trusted hash belongs to.
func (c *customers) first(lookups [][]byte) (intake.Customer, bool) {
	for _, hash := range lookups {
		if customer, ok := c.known[string(hash)]; ok {
			return customer, true
		}
	}
	return intake.Customer{}, false
}

// missing are the hashes that belong to nobody.
func (c *customers) missing(lookups [][]byte) (missing [][]byte) {
	for _, hash := range lookups {
		if _, ok := c.known[string(hash)]; !ok {
			missing = append(missing, hash)
		}
	}
	return missing
}

// selectLookups finds the customers that n hashes belong to.
func selectLookups(n int) string {
	return `SELECT l.hash, k.name, k.wrapped_key, k.create_time
		FROM customer_lookups l JOIN customers k ON k.name = l.customer WHERE l.hash IN (` + marks(n, "?") + ")"
}

// scan reads a row of selectLookups.
func (c *customers) scan(scan func(...any) error) error {
	var hash []byte
	var customer intake.Customer
	var created int64
	if err := scan(&hash, &customer.Name, &customer.WrappedKey, &created); err != nil {
		return err
	}
	if c.known == nil {
		c.known, c.erased = map[string]intake.Customer{}, map[string]bool{}
	}
	if customer.CreateTime = sqldb.Time(created); len(customer.WrappedKey) == 0 {
		c.erased[customer.Name] = true
		return nil
	}
	c.known[string(hash)] = customer
	return nil
}

// lookUp finds the customers that hashes belong to. Hashes of a customer whose
// key was destroyed are forgotten: whoever complains with them now is a new one.
func lookUp(ctx context.Context, tx *sqldb.Tx, lookups [][]byte) (found customers, err error) {
	if err := tx.Ask(ctx, found.scan, selectLookups(len(lookups)), hashArgs(lookups)...); err != nil {
		return found, err
	}
	if err := tx.Flush(ctx); err != nil {
		return found, err
	}
	for name := range found.erased {
		if _, err := tx.Exec(ctx, "DELETE FROM customer_lookups WHERE customer = ?", name); err != nil {
			return found, err
		}
	}
	return found, nil
}

// queueCustomer makes the customer if it is a new one, and gives it the hashes.
// Those of a new one must belong to nobody; an old one does without those that
// somebody else got meanwhile.
func queueCustomer(ctx context.Context, tx *sqldb.Tx, customer intake.Customer, fresh bool, hashes [][]byte) error {
	if len(hashes) > 0 {
		query, args := lookupInsertion(customer.Name, hashes)
		if !fresh {
			query += " ON CONFLICT (hash) DO NOTHING"
		}
		if err := tx.Queue(ctx, nil, query, args...); err != nil {
			return err
		}
	}
	if !fresh {
		return nil
	}
	return tx.Queue(ctx, nil, "INSERT INTO customers (name, wrapped_key, create_time) VALUES (?, ?, ?)",
		customer.Name, customer.WrappedKey, sqldb.Micros(customer.CreateTime))
}

// insertLookups inserts what nobody has and returns how many that was.
func insertLookups(ctx context.Context, tx *sqldb.Tx, customer string, lookups [][]byte) (int, error) {
	query, args := lookupInsertion(customer, lookups)
	n, err := tx.Exec(ctx, query+" ON CONFLICT (hash) DO NOTHING", args...)
	return int(n), err
}

// lookupInsertion has the same order in every transaction, so that two of them
// never wait for each other.
func lookupInsertion(customer string, hashes [][]byte) (string, []any) {
	var args []any
	for _, hash := range slices.SortedFunc(slices.Values(hashes), bytes.Compare) {
		args = append(args, hash, customer)
	}
	return "INSERT INTO customer_lookups (hash, customer) VALUES " + marks(len(hashes), "(?, ?)"), args
}

// Customer implements intake.Store.
func (s *Store) Customer(ctx context.Context, name string) (intake.Customer, error) {
	customer := intake.Customer{Name: name}
	known := false
	err := s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var created int64
			err := scan(&customer.WrappedKey, &created)
			customer.CreateTime, known = sqldb.Time(created), true
			return err
		}, "SELECT wrapped_key, create_time FROM customers WHERE name = ?", name)
	})
	if err == nil && !known {
		err = intake.ErrNotFound
	}
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

// marks repeats a placeholder.
func marks(n int, mark string) string { return strings.TrimSuffix(strings.Repeat(mark+", ", n), ", ") }

func hashArgs(hashes [][]byte) []any {
	args := make([]any, len(hashes))
	for i, hash := range hashes {
		args[i] = hash
	}
	return args
}
