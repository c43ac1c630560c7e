package suite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/redress-dev/redress/services/intake"
	intakestore "github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/vault"
)

// Reindexed is how far Reindex is: how many texts are in the index, and of how many.
type Reindexed struct {
	Texts, Of int64
}

// Reindex empties intake's index of texts and makes it anew from the database, beside whatever runs; an interrupted one is gone on
// with, unless it is to restart. It needs the vault's key and tables that are up to date, and changes neither. tell hears how far it is after each step, the
// first time at the beginning.
func Reindex(
	ctx context.Context, cfg Config, p *Policy, restart bool, logger *slog.Logger, now func() time.Time, tell func(Reindexed),
) (err error) {
	cfg = cfg.WithDefaults()
	cfg.Migrate = false
	keyring, err := vault.LoadKeyring(filepath.Join(cfg.DataDir, vaultKeyFile))
	if err != nil {
		return fmt.Errorf("the vault's key: %w", err)
	}
	db, err := openDatabase(ctx, cfg, Intake, intakestore.Migrate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store := intakestore.New(db, nil) // No event is recorded.
	// With another key nothing could be read, and an index of nothing would take the place of the one that is there.
	if err := intake.CheckKeyring(ctx, store, keyring); err != nil {
		return fmt.Errorf("%s is not the key that the data was sealed with: %w", vaultKeyFile, err)
	}
	splitter, err := words.New()
	if err != nil {
		return err
	}
	return intake.Reindex(ctx, intake.ReindexDeps{
		Rebuild: store, Matters: store, Texts: store, Sketches: store, Words: splitter, Policy: p, Keyring: keyring, Now: now, Logger: logger,
		Restart: restart,
	}, func(at intake.Rebuilt, of int64) { tell(Reindexed{Texts: at.Texts, Of: of}) })
}
