package eventlog

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	// checkpointColumns are what scanCheckpoint reads.
	checkpointColumns = "seq, event_count, digest, create_time, signature, previous_seq"
	// gapPatience bounds how long a checkpoint waits for an open number; what
	// comes after it is covered by the next one.
	gapPatience = time.Second
)

// runCheckpoints signs the log's head at intervals, and at the end.
func (l *Log) runCheckpoints(ctx context.Context) {
	for {
		ended := sleep(ctx, l.cfg.CheckpointEvery) != nil
		signing, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(closing, l.cfg.CheckpointEvery))
		if err := l.checkpoint(signing); err != nil {
			l.logger.Warn("checkpoint not written", "error", err)
		}
		cancel()
		if ended {
			return
		}
	}
}

// checkpoint signs the log up to its last settled event, if there is one that
// no checkpoint covers. Of two replicas that do this at the same time, one
// writes the checkpoint and the other nothing.
func (l *Log) checkpoint(ctx context.Context) error {
	last, err := l.lastCheckpoint(ctx)
	if err != nil {
		return err
	}
	c, err := l.extend(ctx, last)
	if err != nil || c == nil {
		return err
	}
	c.Signature = ed25519.Sign(l.signer, signedBytes(c))
	err = l.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO checkpoints ("+checkpointColumns+") VALUES (?, ?, ?, ?, ?, ?)",
			c.GetSequence(), c.GetEventCount(), c.GetDigest(), sqldb.Micros(c.GetCreateTime().AsTime()), c.GetSignature(), last.GetSequence())
		return err
	})
	if l.db.Dialect().IsUniqueViolation(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("eventlog: checkpoint: %w", err)
	}
	l.logger.Info("checkpoint", "sequence", c.GetSequence(), "event_count", c.GetEventCount(), "digest", hex.EncodeToString(c.GetDigest()),
		"create_time", c.GetCreateTime().AsTime(), "signature", hex.EncodeToString(c.GetSignature()))
	if l.witness != nil {
		return l.witness.Keep(c)
	}
	return nil
}

// extend makes the checkpoint that follows last, without its signature; nil when
// there is nothing new.
func (l *Log) extend(ctx context.Context, last *eventv1.Checkpoint) (*eventv1.Checkpoint, error) {
	digest := sha256.New()
	digest.Write(last.GetDigest())
	count := last.GetEventCount()
	r := l.newReader(last.GetSequence())
	for waited := time.Duration(0); waited < gapPatience; {
		b, err := r.next(ctx, l.cfg.BatchSize)
		if err != nil {
			return nil, err
		}
		for _, e := range b.events {
			digest.Write(e.GetHash())
			count++
		}
		if b.gap {
			waited += gapPoll
			if err := sleep(ctx, gapPoll); err != nil {
				return nil, err
			}
		} else if !b.more {
			break
		}
	}
	if r.after == last.GetSequence() {
		return nil, nil
	}
	return &eventv1.Checkpoint{
		Source: l.cfg.Source, Sequence: r.after, EventCount: count, Digest: digest.Sum(nil),
		CreateTime: timestamppb.New(l.now().UTC().Truncate(time.Microsecond)),
	}, nil
}

// lastCheckpoint is the newest one, empty when there is none.
func (l *Log) lastCheckpoint(ctx context.Context) (*eventv1.Checkpoint, error) {
	last, err := l.queryCheckpoints(ctx, "ORDER BY seq DESC LIMIT 1")
	if err != nil || len(last) == 0 {
		return &eventv1.Checkpoint{}, err
	}
	return last[0].Checkpoint, nil
}

// linkedCheckpoint is a checkpoint with the sequence of the one before it.
type linkedCheckpoint struct {
	*eventv1.Checkpoint
	previous int64
}

// queryCheckpoints reads the checkpoints that the rest of the query selects.
func (l *Log) queryCheckpoints(ctx context.Context, rest string, args ...any) ([]linkedCheckpoint, error) {
	var out []linkedCheckpoint
	err := l.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		out = nil
		return forEach(ctx, tx, "SELECT "+checkpointColumns+" FROM checkpoints "+rest, args, func(rows sqldb.Rows) error {
			c := linkedCheckpoint{Checkpoint: &eventv1.Checkpoint{Source: l.cfg.Source}}
			var created int64
			err := rows.Scan(&c.Sequence, &c.EventCount, &c.Digest, &created, &c.Signature, &c.previous)
			c.CreateTime = timestamppb.New(time.UnixMicro(created))
			out = append(out, c)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: checkpoints: %w", err)
	}
	return out, nil
}

// errNoSignature is a checkpoint whose signature does not hold.
var errNoSignature = errors.New("the signature does not hold")

// checkSignature fails unless this service signed the checkpoint as it stands.
func (l *Log) checkSignature(c *eventv1.Checkpoint) error {
	public := ed25519.PublicKey(bytes.Clone(l.signer[ed25519.PublicKeySize:]))
	if !ed25519.Verify(public, signedBytes(c), c.GetSignature()) {
		return errNoSignature
	}
	return nil
}

// CheckSigner tells whether the log's key is the one that signed its newest
// checkpoint. Another key makes all earlier checkpoints look foreign.
func (l *Log) CheckSigner(ctx context.Context) error {
	last, err := l.lastCheckpoint(ctx)
	if err != nil || last.GetSequence() == 0 {
		return err
	}
	return l.checkSignature(last)
}
