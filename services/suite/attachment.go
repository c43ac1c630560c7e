package suite

import (
	"context"
	"fmt"

	"github.com/redress-dev/redress/services/intake/attachment"
	intakestore "github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// buildAttachments builds intake's service for files, in intake's database.
func (s *Suite) buildAttachments(ctx context.Context, db *sqldb.DB, log *eventlog.Log) (err error) {
	deps := attachment.Deps{
		Store: intakestore.NewAttachments(db, log), Policy: s.deps.Policy, Keyring: s.keys.vault, Now: s.deps.Now, IDs: s.ids,
		Pages: s.pages, Logger: s.deps.Logger,
	}
	if s.cfg.Attachments != "" {
		if deps.Bucket, err = attachment.OpenBucket(ctx, s.cfg.Attachments); err != nil {
			return fmt.Errorf("--attachments: %w", err)
		}
		s.onClose(deps.Bucket.Close)
	}
	if s.cfg.Scanner != "" {
		if deps.Scanner, err = attachment.NewClamd(s.cfg.Scanner); err != nil {
			return fmt.Errorf("--scanner: %w", err)
		}
	}
	if s.files, err = attachment.New(attachment.Config{}, deps); err != nil {
		return err
	}
	s.files.Register(s.grpc)
	return nil
}
