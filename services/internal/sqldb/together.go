package sqldb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// laneCount is how many shared transactions run at once: while one waits for
	// the disk, the next one is being made.
	laneCount = 3
	// maxParts bounds how many callers share a transaction.
	maxParts = 32
	// maxShared bounds a shared transaction, which no caller's context can end.
	maxShared = 10 * time.Second
)

// ErrAlone is returned by Together when the part cannot share a transaction:
// nothing of it was done, and the caller does it in one of its own, with Write.
var ErrAlone = errors.New("sqldb: this needs a transaction of its own")

// Part is what one caller does in a transaction that it shares. Its functions
// are called once, one after the other, perhaps on another goroutine.
type Part struct {
	// Keys name what no other part of this process may touch at the same time, since
	// both would want to write the same row. Parts that have one in common run one
	// after the other, in transactions of their own.
	Keys []string
	// Ask asks, with Tx.Ask, for what has to be known. What the answers say may
	// be outdated by the time of the commit: constraints of the tables have to
	// make the statements of Act fail then.
	Ask func(ctx context.Context, tx *Tx) error
	// Act is called when the answers are there, and says with Tx.Queue what is to
	// be done. It may return ErrAlone.
	Act func(ctx context.Context, tx *Tx) error
}

// Together is Write for many small transactions at the same time that have
// nothing to do with each other: it runs what several callers do in one
// transaction, with one message for all questions, one for all statements and
// one commit, and answers each after that. Nobody waits for others to come.
//
// When any statement fails, nothing is done and all get ErrAlone, so that each
// finds out in a transaction of its own what is wrong, and a failing one costs
// the others time and nothing else. An error of Ask or Act concerns its caller
// only. Any other error is that of the commit, which leaves open whether it
// happened.
func (db *DB) Together(ctx context.Context, part Part) error {
	p := &shared{Part: part, ctx: ctx, turn: make(chan bool, 1)}
	lead, err := db.parts.wait(p)
	if err != nil {
		return err
	}
	if lead {
		db.lead(p)
	}
	if p.err == nil {
		p.tx.committed()
	}
	return p.err
}

// shared is a part on its way.
type shared struct {
	Part

	// fn is what a caller of Beside does, instead of the part's functions.
	fn  body
	ctx context.Context //nolint:containedctx // It is a call that waits.
	tx  *Tx
	err error
	// turn says true to the one who is to run the next transaction, and false
	// to one whose part was run.
	turn chan bool
}

// lanes hands out the right to run a shared transaction.
type lanes struct {
	mu      sync.Mutex
	free    int
	waiting []*shared
	// busy are the keys of the parts that run.
	busy map[string]struct{}
}

func newLanes(count int) *lanes { return &lanes{free: count, busy: map[string]struct{}{}} }

// wait returns when the part was run by another caller, or when it is this
// caller's turn to run it, with those that wait.
func (l *lanes) wait(p *shared) (lead bool, err error) {
	l.mu.Lock()
	if l.free > 0 && l.admit(p) {
		l.free--
		l.mu.Unlock()
		return true, nil
	}
	l.waiting = append(l.waiting, p)
	l.mu.Unlock()
	select {
	case lead := <-p.turn:
		return lead, nil
	case <-p.ctx.Done():
	}
	l.mu.Lock()
	at := slices.Index(l.waiting, p)
	if at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	l.mu.Unlock()
	if at >= 0 {
		return false, p.ctx.Err()
	}
	return <-p.turn, nil // Somebody has taken it up.
}

// admit takes the part's keys, unless somebody has one of them. The caller holds
// the lock.
func (l *lanes) admit(p *shared) bool {
	for _, key := range p.Keys {
		if _, taken := l.busy[key]; taken {
			return false
		}
	}
	for _, key := range p.Keys {
		l.busy[key] = struct{}{}
	}
	return true
}

// take returns those who wait and may run now, after p.
func (l *lanes) take(p *shared) []*shared {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := []*shared{p}
	l.waiting = slices.DeleteFunc(l.waiting, func(other *shared) bool {
		if len(parts) == maxParts || !l.admit(other) {
			return false
		}
		parts = append(parts, other)
		return true
	})
	return parts
}

// leave gives up the parts' keys, and the lane to whoever waits longest and may
// run now. Others may then as well, if lanes are free.
func (l *lanes) leave(parts []*shared) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range parts {
		for _, key := range p.Keys {
			delete(l.busy, key)
		}
	}
	l.free++
	l.waiting = slices.DeleteFunc(l.waiting, func(p *shared) bool {
		if l.free == 0 || !l.admit(p) {
			return false
		}
		l.free--
		p.turn <- true
		return true
	})
}

// lead runs the part, with those that wait, and tells them.
func (db *DB) lead(p *shared) {
	parts := db.parts.take(p)
	err := ErrAlone
	defer func() {
		db.parts.leave(parts)
		for _, each := range parts {
			each.err = orElse(each.err, err)
			if each != p {
				each.turn <- false
			}
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), maxShared)
	defer cancel()
	err = db.engine.together(ctx, db, parts)
}

// collect runs one function of each part that has not left, and returns the
// statements of those that do not leave now.
func collect(db *DB, parts []*shared, fn func(*shared) func(context.Context, *Tx) error) (all []statement) {
	for _, p := range parts {
		if p.err != nil {
			continue
		}
		list := &orders{}
		tx := &Tx{db: db, conn: list}
		if p.tx != nil {
			tx.hooks = p.tx.hooks
		}
		p.tx = tx
		if p.call(fn(p)) {
			all = append(all, list.statements...)
		}
	}
	return all
}

func questions(p *shared) func(context.Context, *Tx) error { return p.Ask }

func actions(p *shared) func(context.Context, *Tx) error { return p.Act }

// call runs one of the part's functions. A panic is left to happen again where
// the caller does it alone, on its own goroutine.
func (p *shared) call(fn func(context.Context, *Tx) error) bool {
	if p.err = p.ctx.Err(); p.err != nil {
		return false
	}
	p.err = ErrAlone
	defer func() { _ = recover() }()
	p.err = fn(p.ctx, p.tx)
	return p.err == nil
}

// errOrders refuses what a part cannot do.
var errOrders = errors.New("sqldb: a part of a shared transaction asks with Ask and acts with Queue")

// orders is the conn of Act.
type orders struct{ statements []statement }

func (o *orders) exec(context.Context, string, []any) (int64, error) { return 0, errOrders }
func (o *orders) query(context.Context, string, []any) (Rows, error) { return nil, errOrders }
func (o *orders) script(context.Context, string) error               { return errOrders }
func (o *orders) flush(context.Context) error                        { return errOrders }
func (o *orders) queue(_ context.Context, s statement) error {
	o.statements = append(o.statements, s)
	return nil
}
