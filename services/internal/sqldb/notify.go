package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
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
	if db.dialect != Postgres {
		return errNoChannels
	}
	_, err := db.write.ExecContext(ctx, "SELECT pg_notify(LEFT('redress_' || $1 || '_' || current_schema(), $2), '')", channel, maxChannel)
	return err
}

// Listen calls woken once when it listens, since what went before is unknown,
// and then whenever somebody notifies the channel. It has a connection of its
// own, outside of the pool, and returns when that is lost or ctx ends, always
// with an error. Channels that differ after 63 bytes wake each other, so who is
// woken looks for what there is to do.
func (db *DB) Listen(ctx context.Context, channel string, woken func()) error {
	if db.dialect != Postgres {
		return errNoChannels
	}
	conn, err := db.dedicated(ctx)
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

// dedicated opens a connection like those of the pool.
func (db *DB) dedicated(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var conf *pgx.ConnConfig
	err = pooled.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's connection is %T", driver)
		}
		conf = conn.Conn().Config()
		return nil
	})
	if err = errors.Join(err, pooled.Close()); err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, conf)
}
