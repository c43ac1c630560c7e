package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// maxChannel is how many bytes of a channel's name PostgreSQL keeps.
const maxChannel = 63

// errNoChannels says that the engine has nothing of the kind: SQLite's writers
// are all in one process, which has better means.
var errNoChannels = errors.New("sqldb: only PostgreSQL wakes other processes")

// Notify wakes all who Listen to the channel in this schema, in this process
// and in others. It is a transaction of its own: within one, it would have all
// commits that notify queue for one lock.
func (db *DB) Notify(ctx context.Context, channel string) error {
	pg, ok := db.engine.(*pgEngine)
	if !ok {
		return errNoChannels
	}
	_, err := pg.pool.Exec(ctx, "SELECT pg_notify(LEFT('redress_' || $1 || '_' || current_schema(), $2), '')", channel, maxChannel)
	return err
}

// Listen calls woken once when it listens, since what went before is unknown,
// and then whenever somebody notifies the channel. It has a connection of its
// own, outside of the pool, and returns when that is lost or ctx ends, always
// with an error. Channels that differ after 63 bytes wake each other, so who is
// woken looks for what there is to do.
func (db *DB) Listen(ctx context.Context, channel string, woken func()) error {
	pg, ok := db.engine.(*pgEngine)
	if !ok {
		return errNoChannels
	}
	conn, err := pgx.ConnectConfig(ctx, pg.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("sqldb: listen: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var name string
	if err := conn.QueryRow(ctx, "SELECT LEFT('redress_' || $1 || '_' || current_schema(), $2)", channel, maxChannel).Scan(&name); err != nil {
		return fmt.Errorf("sqldb: listen: %w", err)
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("sqldb: listen: %w", err)
	}
	for {
		woken()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("sqldb: listen: %w", err)
		}
	}
}
