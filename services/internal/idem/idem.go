package idem

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// sweepBatch bounds the rows that one transaction of Sweep deletes, so that
// commands do not wait long behind it.
const sweepBatch = 1000

// Command identifies one command of one caller.
type Command struct {
	// Caller is who sends it; keys of different callers never meet.
	Caller string
	// Method is the full name of the gRPC method.
	Method string
	// Key is the caller's idempotency key; empty when none was sent.
	Key string
	// Fingerprint is a keyed hash of the request.
	Fingerprint []byte
	// Now is when the command was received.
	Now time.Time
	// Retention is for how long the key is remembered.
	Retention time.Duration
}

type contextKey struct{}

// NewContext returns a context that carries the command.
func NewContext(ctx context.Context, cmd Command) context.Context {
	return context.WithValue(ctx, contextKey{}, cmd)
}

// FromContext returns the command that NewContext put there; false when there
// is none.
func FromContext(ctx context.Context) (Command, bool) {
	cmd, ok := ctx.Value(contextKey{}).(Command)
	return cmd, ok
}

// Claim takes the key for a command that will produce result, the name of a
// resource. It is called before the transaction changes anything; the key is
// remembered when the transaction is committed.
//
// Replay is true when the command was carried out before: then the transaction
// must change nothing, and the caller answers with the current state of earlier,
// the resource of the first time. When the key was used for another request the
// error is INVALID_ARGUMENT with reason IDEMPOTENCY_KEY_REUSED. Of two claims at
// the same time, the second waits for the first one's transaction. An expired
// key is free, and a command without a key is not remembered.
func Claim(ctx context.Context, tx *sqldb.Tx, cmd Command, result string) (earlier string, replay bool, err error) {
	fresh := false
	if err := errors.Join(AskClaim(ctx, tx, cmd, result, &fresh), tx.Flush(ctx)); err != nil || fresh {
		return "", false, err
	}
	earlier, err = Earlier(ctx, tx, cmd)
	return earlier, err == nil, err
}

// AskClaim is Claim with the answer to come (sqldb.Tx.Ask). Once it is there,
// fresh is true when the command is to be carried out; if not, Earlier tells
// what came of it the first time.
func AskClaim(ctx context.Context, tx *sqldb.Tx, cmd Command, result string, fresh *bool) error {
	*fresh = cmd.Key == ""
	if *fresh {
		return nil
	}
	// One statement takes a free key and an expired one; it changes no row when
	// the key is taken.
	err := tx.AskChanged(ctx, func(n int64) { *fresh = n == 1 }, `INSERT INTO idempotency_keys (caller, method, idem_key, fingerprint, result, expire_time)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (caller, method, idem_key) DO UPDATE
		SET fingerprint = excluded.fingerprint, result = excluded.result, expire_time = excluded.expire_time
		WHERE idempotency_keys.expire_time <= ?`,
		cmd.Caller, cmd.Method, cmd.Key, cmd.Fingerprint, result, sqldb.Micros(cmd.Now.Add(cmd.Retention)), sqldb.Micros(cmd.Now))
	if err != nil {
		return fmt.Errorf("idem: claim: %w", err)
	}
	return nil
}

// Ask asks in a shared transaction (sqldb.DB.Together) whether the command's key
// is on record. If so, taken becomes true when the answer comes, and the command
// needs a transaction of its own, with Claim.
func Ask(ctx context.Context, tx *sqldb.Tx, cmd Command, taken *bool) error {
	*taken = false
	if cmd.Key == "" {
		return nil
	}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var one int
		*taken = true
		return scan(&one)
	}, "SELECT 1 FROM idempotency_keys WHERE caller = ? AND method = ? AND idem_key = ?", cmd.Caller, cmd.Method, cmd.Key)
}

// Take claims a key in a shared transaction that was not on record when Ask was
// answered. If it is by then, the shared transaction fails.
func Take(ctx context.Context, tx *sqldb.Tx, cmd Command, result string) error {
	if cmd.Key == "" {
		return nil
	}
	return tx.Queue(ctx, nil, `INSERT INTO idempotency_keys (caller, method, idem_key, fingerprint, result, expire_time)
		VALUES (?, ?, ?, ?, ?, ?)`,
		cmd.Caller, cmd.Method, cmd.Key, cmd.Fingerprint, result, sqldb.Micros(cmd.Now.Add(cmd.Retention)))
}

// Earlier is the result of the command that has the key. When that was used for
// another request the error is INVALID_ARGUMENT with reason
// IDEMPOTENCY_KEY_REUSED.
func Earlier(ctx context.Context, tx *sqldb.Tx, cmd Command) (earlier string, err error) {
	var fingerprint []byte
	err = tx.QueryRow(ctx, "SELECT fingerprint, result FROM idempotency_keys WHERE caller = ? AND method = ? AND idem_key = ?",
		cmd.Caller, cmd.Method, cmd.Key).Scan(&fingerprint, &earlier)
	if errors.Is(err, sql.ErrNoRows) {
		// It expired and was swept between the two statements.
		return "", errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "The idempotency key expired at this moment. Try again.")
	}
	if err != nil {
		return "", fmt.Errorf("idem: claim: %w", err)
	}
	if !bytes.Equal(fingerprint, cmd.Fingerprint) {
		return "", errs.Invalid(errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String(), "",
			"The idempotency key was used for another request.").With("key", cmd.Key)
	}
	return earlier, nil
}

// Sweep deletes the keys that have expired by now and returns how many.
func Sweep(ctx context.Context, db *sqldb.DB, now time.Time) (int64, error) {
	var total int64
	for {
		var n int64
		err := db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			var err error
			n, err = tx.Exec(ctx, `DELETE FROM idempotency_keys WHERE (caller, method, idem_key) IN
				(SELECT caller, method, idem_key FROM idempotency_keys WHERE expire_time <= ? LIMIT ?)`, sqldb.Micros(now), sweepBatch)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("idem: sweep: %w", err)
		}
		if total += n; n < sweepBatch {
			return total, nil
		}
	}
}
