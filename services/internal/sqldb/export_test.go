package sqldb

// Waiting is how many changes wait for their turn in Beside.
func (db *DB) Waiting() int {
	db.changes.mu.Lock()
	defer db.changes.mu.Unlock()
	return len(db.changes.waiting)
}
