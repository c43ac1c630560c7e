package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
)

// rebuildBatch is after how many texts it is noted how far the index is.
const rebuildBatch = 512

// Rebuilt is how far the index is made anew.
type Rebuilt struct {
	// After is the last text that is in it, in the order of complaint and message.
	After Place
	// Texts counts those up to there.
	Texts int64
}

// RebuildStore keeps how far the index is made anew, and what it is made of. Each method is one transaction.
type RebuildStore interface {
	// BeginRebuild empties the index, unless that was begun before by the same settings and is not done; at is how far it is then. It
	// empties it as well where what was done then is gone, and when it is told to restart.
	BeginRebuild(ctx context.Context, settings string, restart bool) (at Rebuilt, err error)
	// TextsOnRecord counts the texts that are to be indexed.
	TextsOnRecord(ctx context.Context) (int64, error)
	// PlacesAfter lists where texts stand, in the order of complaint and message, behind the given one.
	PlacesAfter(ctx context.Context, after Place, limit int) ([]Place, error)
	// SaveRebuild notes how far it is, unless somebody else is further.
	SaveRebuild(ctx context.Context, at Rebuilt) error
	// EndRebuild notes that it is done.
	EndRebuild(ctx context.Context) error
}

// ReindexDeps is what Reindex needs; all fields are required.
type ReindexDeps struct {
	Rebuild  RebuildStore
	Matters  MatterStore
	Texts    TextIndex
	Sketches SketchIndex
	Words    *words.Splitter
	Policy   *policy.Policy
	Keyring  *vault.Keyring
	Now      func() time.Time
	Logger   *slog.Logger
	// Restart has it begin anew also where an earlier one was interrupted. It is not for beside another one.
	Restart bool
}

// Reindex empties the index of texts and makes it anew from what is on record, for the search by words and for finding duplicates.
// One that was interrupted is gone on with, unless the index is empty by now, the policy makes another one, or Restart is set. It may
// run beside services that write the index as well, and beside another Reindex: what is there is left. Until it is done, what is not there yet is not found. Customers whose key was destroyed are left out. tell
// hears how far it is, and of how many texts. Nothing is linked and nobody is told anything, unlike when a complaint is new.
func Reindex(ctx context.Context, deps ReindexDeps, tell func(at Rebuilt, of int64)) error {
	s := &Service{
		matters: deps.Matters, policy: deps.Policy, keyring: deps.Keyring, clock: deps.Now, logger: deps.Logger,
		index: newIndex(Deps{Texts: deps.Texts, Sketches: deps.Sketches, Words: deps.Words, Policy: deps.Policy, Keyring: deps.Keyring}),
	}
	at, err := deps.Rebuild.BeginRebuild(ctx, s.indexSettings(), deps.Restart)
	if err != nil {
		return fmt.Errorf("reindex: %w", err)
	}
	of, err := deps.Rebuild.TextsOnRecord(ctx)
	if err != nil {
		return fmt.Errorf("reindex: %w", err)
	}
	for {
		tell(at, max(of, at.Texts))
		places, err := deps.Rebuild.PlacesAfter(ctx, at.After, rebuildBatch)
		if err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
		if len(places) == 0 {
			break
		}
		for some := range slices.Chunk(places, maxBatch) {
			if _, err := s.indexTexts(ctx, some); err != nil {
				return fmt.Errorf("reindex behind %s: %w", at.After.Complaint, err)
			}
		}
		at.After, at.Texts = places[len(places)-1], at.Texts+int64(len(places))
		if err := deps.Rebuild.SaveRebuild(ctx, at); err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
	}
	// Whoever was erased while a text was read is forgotten, as by a running service.
	return errors.Join(s.Indexer().Tidy(ctx), deps.Rebuild.EndRebuild(ctx))
}

// indexSettings stand for what is indexed, and for what of the policy that depends on: with others the index is another one.
func (s *Service) indexSettings() string {
	matters := s.policy.Proto().GetMatters()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %q", s.Indexer().Name(), matters.GetMaxTerms(), matters.GetCommonWords()))
	return hex.EncodeToString(sum[:])
}
