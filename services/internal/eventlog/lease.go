package eventlog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	// saveEvery bounds how often a subscriber's position is written, so that the
	// relay is not one more commit per event. It decides how many deliveries
	// are repeated after a crash, and nothing else.
	saveEvery = 500 * time.Millisecond
	// closing bounds what is still done after the context has ended.
	closing = 5 * time.Second
)

// errLeaseLost ends a session: another replica delivers now.
var errLeaseLost = errors.New("eventlog: another replica took over")

// lease is the right of one replica to deliver to one subscriber. It is a row of
// subscriptions, together with the subscriber's position, and every write of
// the relay holds it; so a replica that was taken for dead changes nothing. What
// it may still do is deliver what its successor delivers too, which receivers
// are used to.
type lease struct {
	log        *Log
	subscriber string
	owner      string
}

// acquire takes the lease if it is free or has run out. It returns the
// subscriber's position, which is 0 for a new one.
func (l *lease) acquire(ctx context.Context) (position int64, ok bool, err error) {
	err = l.log.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO subscriptions (subscriber, position, lease_owner, lease_until)
			VALUES (?, 0, '', 0) ON CONFLICT (subscriber) DO NOTHING`, l.subscriber); err != nil {
			return err
		}
		now := l.log.now()
		n, err := tx.Exec(ctx, `UPDATE subscriptions SET lease_owner = ?, lease_until = ?
			WHERE subscriber = ? AND (lease_owner = '' OR lease_owner = ? OR lease_until <= ?)`,
			l.owner, sqldb.Micros(now.Add(l.log.cfg.LeaseTTL)), l.subscriber, l.owner, sqldb.Micros(now))
		if ok = n == 1; err != nil || !ok {
			return err
		}
		return tx.QueryRow(ctx, "SELECT position FROM subscriptions WHERE subscriber = ?", l.subscriber).Scan(&position)
	})
	if err != nil {
		return 0, false, fmt.Errorf("eventlog: lease: %w", err)
	}
	return position, ok, nil
}

// write runs fn in a transaction that holds and renews the lease; it fails with
// errLeaseLost when the lease is another replica's.
func (l *lease) write(ctx context.Context, fn func(ctx context.Context, tx *sqldb.Tx) error) error {
	return l.log.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE subscriptions SET lease_until = ? WHERE subscriber = ? AND lease_owner = ?",
			sqldb.Micros(l.log.now().Add(l.log.cfg.LeaseTTL)), l.subscriber, l.owner)
		if err != nil {
			return err
		}
		if n == 0 {
			return errLeaseLost
		}
		return fn(ctx, tx)
	})
}

// save writes the position and renews the lease.
func (l *lease) save(ctx context.Context, position int64) error {
	return l.update(ctx, position, l.owner, l.log.now().Add(l.log.cfg.LeaseTTL))
}

// release writes the position and gives the lease back.
func (l *lease) release(ctx context.Context, position int64) error {
	return l.update(ctx, position, "", time.Time{})
}

func (l *lease) update(ctx context.Context, position int64, owner string, until time.Time) error {
	held := false
	err := l.log.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// It is looked at after the commit, so that PostgreSQL gets one command: what is lost was not changed.
		return tx.AskChanged(ctx, func(n int64) { held = n == 1 }, `UPDATE subscriptions SET position = ?, lease_owner = ?, lease_until = ?
			WHERE subscriber = ? AND lease_owner = ?`, position, owner, sqldb.Micros(until), l.subscriber, l.owner)
	})
	if err == nil && !held {
		return errLeaseLost
	}
	return err
}

// keeper renews a lease and writes the subscriber's position, on a goroutine of
// its own, so that deliveries wait for neither.
type keeper struct {
	lease    *lease
	position atomic.Int64
	moved    chan struct{}
}

func newKeeper(l *lease, position int64) *keeper {
	k := &keeper{lease: l, moved: make(chan struct{}, 1)}
	k.position.Store(position)
	return k
}

// move notes a new position, to be written soon.
func (k *keeper) move(position int64) {
	if k.position.Swap(position) == position {
		return
	}
	select {
	case k.moved <- struct{}{}:
	default:
	}
}

// run returns nil when the context ends, and errLeaseLost.
func (k *keeper) run(ctx context.Context) error {
	renew := time.NewTicker(k.lease.log.cfg.LeaseTTL / 3)
	defer renew.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.moved:
		case <-renew.C:
		}
		err := k.lease.save(ctx, k.position.Load())
		switch {
		case errors.Is(err, errLeaseLost):
			return err
		case err != nil && ctx.Err() == nil:
			// The next renewal tries again. Should the lease run out before, then
			// another replica goes on from the position that was written last.
			k.lease.log.logger.Warn("position not written", "subscriber", k.lease.subscriber, "error", err)
		}
		if sleep(ctx, saveEvery) != nil {
			return nil
		}
	}
}
