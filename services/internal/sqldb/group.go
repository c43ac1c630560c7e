package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// maxGroup bounds how many writers share a commit, and so how long the first of
// them waits for the others.
const maxGroup = 64

// errClosed is the end of writing.
var errClosed = errors.New("sqldb: the database is closed")

// writer is the one writer of a SQLite file. Getting a commit to the disk takes
// longer than all the rest, so writers that wait for each other anyway share
// one: they run one after the other in one transaction, each behind a savepoint
// that its failure goes back to, and are answered after the common commit.
// Nobody waits for others to come: who finds nobody waiting commits at once, and
// while that goes to the disk, the next group gathers.
//
// A writer may see what those before it wrote and have failed because of it. So
// its own error counts only if the group is committed; if not, all of the group
// get the error of the commit.
type writer struct {
	pool *sql.DB

	mu sync.Mutex
	// busy says that somebody has the turn; waiting are those who want it.
	busy    bool
	waiting []chan *group

	// Only who has the turn touches what follows.
	closed   bool
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// group is a transaction that several writers share.
type group struct {
	// members counts those whose changes are in it.
	members int
	// over says that nobody may join.
	over bool
	// err is the end of the transaction, to be read once done is closed.
	err  error
	done chan struct{}
}

// write runs fn in a transaction and returns after the commit.
func (w *writer) write(ctx context.Context, db *DB, fn body) error {
	g, err := w.turn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	alone := g == nil
	if g, err = w.enter(g); err != nil {
		w.pass(g)
		return fmt.Errorf("begin: %w", err)
	}
	t := &liteTx{direct: w.conn, prepared: w.statement, shared: true}
	tx := &Tx{db: db, conn: t}
	returned := false
	defer func() {
		// A panic goes on its way, and takes nothing of the others with it.
		if !returned {
			t.end()
			w.pass(w.undo(g, alone))
		}
	}()
	if err = fn(ctx, tx); err == nil {
		err = ctx.Err()
	}
	t.end()
	returned = true
	if err != nil {
		left := w.undo(g, alone)
		w.pass(left)
		if left == nil {
			return orElse(g.err, err)
		}
		<-g.done
		return orElse(g.err, err)
	}
	w.pass(w.keep(g, alone, t.failed))
	<-g.done
	if g.err != nil {
		return g.err
	}
	tx.committed()
	return nil
}

// turn waits for the turn. It comes with the group to join, or without one.
func (w *writer) turn(ctx context.Context) (*group, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil, nil
	}
	place := make(chan *group, 1)
	w.waiting = append(w.waiting, place)
	w.mu.Unlock()
	select {
	case g := <-place:
		return g, nil
	case <-ctx.Done():
		w.mu.Lock()
		at := slices.Index(w.waiting, place)
		if at >= 0 {
			w.waiting = slices.Delete(w.waiting, at, at+1)
		}
		w.mu.Unlock()
		if at < 0 {
			w.pass(<-place) // It was given the turn at this moment.
		}
		return nil, ctx.Err()
	}
}

// next gives the turn, and the group, to whoever waits longest; false when
// nobody does. Without a group the turn is free then.
func (w *writer) next(g *group) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		w.busy = g != nil
		return false
	}
	place := w.waiting[0]
	w.waiting = w.waiting[1:]
	place <- g
	return true
}

// pass ends the turn. The group goes on if it may and if somebody waits, and is
// committed if not.
func (w *writer) pass(g *group) {
	if g != nil && !g.over && g.members < maxGroup && w.next(g) {
		return
	}
	if g != nil {
		w.commit(g)
	}
	w.next(nil)
}

// enter begins a transaction, or a savepoint in the one of the group. When it
// fails, it returns the group that others are still in.
func (w *writer) enter(g *group) (*group, error) {
	if g != nil {
		if err := w.run("SAVEPOINT member"); err != nil {
			return w.fail(g, err), err
		}
		return g, nil
	}
	if err := w.connect(); err != nil {
		return nil, err
	}
	// Taking the lock at once, nothing that is read grows old. It waits for
	// writers of other processes, for as long as the busy timeout says.
	if err := w.run("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	return &group{done: make(chan struct{})}, nil
}

// keep makes the changes of the one whose turn it is part of the group.
func (w *writer) keep(g *group, alone, failed bool) *group {
	if !alone {
		if err := w.run("RELEASE member"); err != nil {
			return w.fail(g, err)
		}
	}
	g.members++
	// Some failures make SQLite roll back the whole transaction. If the function
	// took no notice, the commit will say so; nothing may begin before that.
	g.over = g.over || failed
	return g
}

// undo removes the changes of the one whose turn it is from the group. It
// returns the group that goes on, nil when there is none.
func (w *writer) undo(g *group, alone bool) *group {
	if alone {
		if err := w.run("ROLLBACK"); err != nil {
			w.disconnect()
		}
		return nil
	}
	if err := errors.Join(w.run("ROLLBACK TO member"), w.run("RELEASE member")); err != nil {
		return w.fail(g, err)
	}
	return g
}

// fail ends a group that cannot be committed.
func (w *writer) fail(g *group, err error) *group {
	if w.run("ROLLBACK") != nil {
		w.disconnect() // Closing it rolls back, if SQLite has not done so itself.
	}
	g.err = fmt.Errorf("commit: %w", err)
	close(g.done)
	return nil
}

func (w *writer) commit(g *group) {
	if err := w.run("COMMIT"); err != nil {
		w.fail(g, err)
		return
	}
	close(g.done)
}

// run runs a statement that must not be interrupted.
func (w *writer) run(text string) error {
	if stmt := w.statement(text); stmt != nil { //nolint:sqlclosecheck // It is kept.
		_, err := stmt.ExecContext(background())
		return err
	}
	_, err := w.conn.ExecContext(background(), text)
	return err
}

// background is for what concerns several callers, or outlives one.
func background() context.Context { return context.Background() }

// connect opens the connection unless it is open.
func (w *writer) connect() (err error) {
	if w.closed {
		return errClosed
	}
	if w.conn == nil {
		w.prepared = map[string]*sql.Stmt{}
		w.conn, err = w.pool.Conn(background())
	}
	return err
}

// disconnect gives up the connection, for good or because its state is not known.
func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	for _, stmt := range w.prepared {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // So that the pool does not keep it.
	_ = w.conn.Close()
	w.conn, w.prepared = nil, nil
}

// statement returns the prepared statement of a text; nil when there is none.
// What cannot be prepared is left to fail, or to work, as it is.
func (w *writer) statement(query string) *sql.Stmt {
	if stmt, known := w.prepared[query]; known {
		return stmt
	}
	if len(w.prepared) >= cacheLimit {
		return nil
	}
	stmt, err := w.conn.PrepareContext(background(), query)
	if err != nil {
		return nil
	}
	w.prepared[query] = stmt
	return stmt
}

// close waits for the turn and closes the connection. Whoever comes after it is
// told so.
func (w *writer) close() error {
	g, err := w.turn(background())
	if err != nil {
		return err
	}
	if g != nil {
		w.commit(g)
	}
	w.closed = true
	w.disconnect()
	err = w.pool.Close()
	w.pass(nil)
	return err
}
