package sqldb

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps SQLite's prepared statements, since parsing costs more than
// running a small one. The single writer is busy while a transaction runs, so a
// statement met there for the first time is only noted, and prepared before a
// later transaction begins.
type statements struct {
	db     *sql.DB
	mu     sync.RWMutex
	ready  map[string]*sql.Stmt
	wanted map[string]bool
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}, wanted: map[string]bool{}}
}

// get returns the prepared statement, or nil and notes that it is wanted.
func (s *statements) get(query string) *sql.Stmt {
	s.mu.RLock()
	stmt, known := s.ready[query]
	s.mu.RUnlock()
	if known {
		return stmt
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready)+len(s.wanted) < cacheLimit {
		s.wanted[query] = true
	}
	return nil
}

// prepare makes what is wanted. What cannot be prepared is left to fail, or to
// work, where it is used; it is not tried again.
func (s *statements) prepare(ctx context.Context) {
	s.mu.RLock()
	none := len(s.wanted) == 0
	s.mu.RUnlock()
	if none {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = map[string]bool{}
	s.mu.Unlock()
	for query := range wanted {
		stmt, err := s.db.PrepareContext(ctx, query)
		if err != nil && ctx.Err() != nil {
			return
		}
		s.keep(query, stmt)
	}
}

// keep closes a statement that another transaction prepared at the same time.
func (s *statements) keep(query string, stmt *sql.Stmt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, double := s.ready[query]; !double {
		s.ready[query] = stmt
	} else if stmt != nil {
		defer func() { _ = stmt.Close() }()
	}
}
