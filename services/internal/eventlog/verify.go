package eventlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// maxFindings bounds an answer; the walk goes on to count the events.
const maxFindings = 100

// Verify walks the whole log, or the events of one subject, and tells what does
// not fit (API-2): events that were altered, removed, put in or reordered,
// checkpoints that were altered or removed, and an end that was cut off after a
// checkpoint covered it, in the database or with the witness. It holds a batch in
// memory at a time. Not found is the removal of events that no checkpoint covers
// yet, and of an end whose checkpoints the witness has lost too.
func (l *Log) Verify(ctx context.Context, subject string) (*eventv1.VerifyEventsResponse, error) {
	v := &verifier{log: l, result: &eventv1.VerifyEventsResponse{}}
	if err := v.chains(ctx, subject); err != nil {
		return nil, err
	}
	if subject == "" {
		if err := errors.Join(v.checkpoints(ctx), v.witnessed(ctx)); err != nil {
			return nil, err
		}
	}
	head, err := l.lastCheckpoint(ctx)
	if err != nil {
		return nil, err
	}
	if head.GetSequence() > 0 {
		v.result.Head = head
	}
	v.result.Intact = len(v.result.GetFindings()) == 0
	return v.result, nil
}

// verifier is one walk.
type verifier struct {
	log    *Log
	result *eventv1.VerifyEventsResponse
}

func (v *verifier) find(sequence int64, subject, format string, args ...any) {
	if len(v.result.GetFindings()) < maxFindings {
		v.result.Findings = append(v.result.Findings,
			&eventv1.Finding{Sequence: sequence, Subject: subject, Problem: fmt.Sprintf(format, args...)})
	}
}

// chains checks the events of each subject against each other.
func (v *verifier) chains(ctx context.Context, subject string) error {
	previous := &eventv1.Event{Subject: subject}
	for {
		var events []*eventv1.Event
		err := v.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			var err error
			events, err = v.log.queryEvents(ctx, tx, `WHERE (e.subject, e.position) > (?, ?) AND (e.subject = ? OR ? = '')
				ORDER BY e.subject, e.position LIMIT ?`, previous.GetSubject(), previous.GetPosition(), subject, subject, v.log.cfg.BatchSize)
			return err
		})
		if err != nil {
			return fmt.Errorf("eventlog: verify: %w", err)
		}
		for _, e := range events {
			if e.GetSubject() != previous.GetSubject() {
				previous = &eventv1.Event{Subject: e.GetSubject()}
			}
			v.link(previous, e)
			previous = e
		}
		v.result.EventCount += int64(len(events))
		if len(events) < v.log.cfg.BatchSize {
			return nil
		}
	}
}

// link checks one event and that it follows the previous one.
func (v *verifier) link(previous, e *eventv1.Event) {
	for _, problem := range misfits(previous, e) {
		v.find(e.GetSequence(), e.GetSubject(), "%s", problem)
	}
}

// checkpoints checks each checkpoint against the one before it and against the
// hashes that it covers.
func (v *verifier) checkpoints(ctx context.Context) error {
	previous := &eventv1.Checkpoint{}
	for {
		batch, err := v.log.queryCheckpoints(ctx, "WHERE seq > ? ORDER BY seq LIMIT ?", previous.GetSequence(), v.log.cfg.BatchSize)
		if err != nil {
			return err
		}
		for _, c := range batch {
			if err := v.checkpoint(ctx, previous, c); err != nil {
				return err
			}
			previous = c.Checkpoint
		}
		v.result.CheckpointCount += int64(len(batch))
		if len(batch) < v.log.cfg.BatchSize {
			return nil
		}
	}
}

// witnessed checks that the log still has what the witness saw last.
func (v *verifier) witnessed(ctx context.Context) error {
	if v.log.witness == nil {
		return nil
	}
	seen, err := v.log.witness.Last()
	if err != nil || seen == nil {
		return err
	}
	kept, err := v.log.queryCheckpoints(ctx, "WHERE seq = ?", seen.GetSequence())
	if err != nil {
		return err
	}
	if len(kept) == 0 || !bytes.Equal(kept[0].GetDigest(), seen.GetDigest()) {
		v.find(seen.GetSequence(), "", "the witness saw the log up to here, but the log's checkpoint is gone: its end was cut off or replaced")
	}
	return nil
}

func (v *verifier) checkpoint(ctx context.Context, previous *eventv1.Checkpoint, c linkedCheckpoint) error {
	if err := v.log.checkSignature(c.Checkpoint); err != nil {
		v.find(c.GetSequence(), "", "the checkpoint was altered or is not ours: %v", err)
	}
	if c.previous != previous.GetSequence() {
		v.find(c.GetSequence(), "", "the checkpoint at sequence %d, which this one continues, is missing", c.previous)
		return nil
	}
	digest, count, last, err := v.digest(ctx, previous, c.GetSequence())
	if err != nil {
		return err
	}
	covered := c.GetEventCount() - previous.GetEventCount()
	switch {
	case last < c.GetSequence():
		return v.cut(ctx, c.Checkpoint)
	case count != covered:
		v.find(c.GetSequence(), "", "the checkpoint covers %d events since the one before it, but the log has %d there", covered, count)
	case !bytes.Equal(digest, c.GetDigest()):
		v.find(c.GetSequence(), "", "the checkpoint's digest does not fit: an event that it covers was altered, replaced or reordered")
	}
	return nil
}

// cut reports a checkpoint whose last event is not there.
func (v *verifier) cut(ctx context.Context, c *eventv1.Checkpoint) error {
	var end int64
	err := v.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT COALESCE(MAX(seq), 0) FROM events").Scan(&end)
	})
	if err != nil {
		return fmt.Errorf("eventlog: verify: %w", err)
	}
	if end < c.GetSequence() {
		v.find(c.GetSequence(), "", "the log ends at sequence %d, but the checkpoint covers it up to %d", end, c.GetSequence())
	} else {
		v.find(c.GetSequence(), "", "the last event that the checkpoint covers is missing")
	}
	return nil
}

// digest recomputes a checkpoint's digest from the hashes on record. Last is the
// sequence of the last event there.
func (v *verifier) digest(ctx context.Context, previous *eventv1.Checkpoint, upTo int64) (digest []byte, count, last int64, err error) {
	h := sha256.New()
	h.Write(previous.GetDigest())
	last = previous.GetSequence()
	for {
		var hashes [][]byte
		next := last
		err := v.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			hashes, next = nil, last
			return forEach(ctx, tx, "SELECT seq, hash FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
				[]any{last, upTo, v.log.cfg.BatchSize}, func(rows sqldb.Rows) error {
					var hash []byte
					err := rows.Scan(&next, &hash)
					hashes = append(hashes, hash)
					return err
				})
		})
		if err != nil {
			return nil, 0, 0, fmt.Errorf("eventlog: verify: %w", err)
		}
		for _, hash := range hashes {
			h.Write(hash)
		}
		count, last = count+int64(len(hashes)), next
		if len(hashes) < v.log.cfg.BatchSize {
			return h.Sum(nil), count, last, nil
		}
	}
}
