package sqlstore_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/intake/storetest"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate).Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		storetest.Run(t, func(t *testing.T) storetest.Subject {
			t.Helper()
			subject, _ := subjects(t, open(t))
			return subject
		})
		storetest.RunAttachments(t, func(t *testing.T) storetest.AttachmentSubject {
			t.Helper()
			subject, attachments := subjects(t, open(t))
			return storetest.AttachmentSubject{Store: attachments, Complaints: subject}
		})
	})
}

// subjects are the stores of an empty database.
func subjects(t *testing.T, db *sqldb.DB) (storetest.Subject, *sqlstore.Attachments) {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db), "a second time changes nothing")
	log, err := eventlog.New(eventlog.Config{Source: "intake"}, eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, 32)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	store := sqlstore.New(db, log)
	return storetest.Subject{
		Store: store, RecordStore: store, MatterStore: store, TextIndex: store, SketchIndex: store, DirectoryStore: store,
		ImportStore: store, ReferenceStore: store,
		Events: func(t *testing.T, complaint string) []string {
			t.Helper()
			return events(t, db, complaint)
		},
		Erase: func(t *testing.T, customer string) {
			t.Helper()
			require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE customers SET wrapped_key = NULL WHERE name = ?", customer)
				return err
			}))
		},
	}, sqlstore.NewAttachments(db, log)
}

// events lists the types of a subject's events in order.
func events(t *testing.T, db *sqldb.DB, subject string) (types []string) {
	t.Helper()
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		types = nil
		rows, err := tx.Query(ctx, "SELECT type FROM events WHERE subject = ? ORDER BY position", subject)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			types = append(types, name)
		}
		return rows.Err()
	}))
	return types
}

func TestMigrationsOfBothEnginesMatch(t *testing.T) {
	t.Parallel()
	require.NoError(t, sqldb.VerifyMigrations(os.DirFS(".")))
}
