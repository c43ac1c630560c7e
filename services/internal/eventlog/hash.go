package eventlog

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

const (
	// eventDomain and checkpointDomain begin what is hashed and signed, so that
	// the one can never be taken for the other, or for a later form of itself.
	eventDomain      = "redress.event.v1.Event"
	checkpointDomain = "redress.event.v1.Checkpoint"
)

// hashOf is the SHA-256 over the event's previous_hash and all its fields but
// source and sequence, which name the log and the place, not the fact. Each
// field has its length before it, so that no two events have the same encoding.
// It is stable for ever: recorded hashes must stay verifiable.
func hashOf(e *eventv1.Event) []byte {
	w := newEncoder(eventDomain)
	w.bytes(e.GetPreviousHash())
	w.text(e.GetEventId())
	w.text(e.GetSubject())
	w.number(e.GetPosition())
	w.number(int64(e.GetCycle()))
	w.text(e.GetType())
	w.text(e.GetActor())
	w.number(e.GetRecordTime().AsTime().UnixMicro())
	w.text(e.GetTraceParent())
	w.bytes(e.GetPayload())
	return w.sum()
}

// signedBytes is the hash that a checkpoint's signature is made over.
func signedBytes(c *eventv1.Checkpoint) []byte {
	w := newEncoder(checkpointDomain)
	w.text(c.GetSource())
	w.number(c.GetSequence())
	w.number(c.GetEventCount())
	w.bytes(c.GetDigest())
	w.number(c.GetCreateTime().AsTime().UnixMicro())
	return w.sum()
}

// encoder hashes a sequence of fields unambiguously.
type encoder struct{ h hash.Hash }

func newEncoder(domain string) encoder {
	w := encoder{h: sha256.New()}
	w.text(domain)
	return w
}

func (w encoder) number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	w.h.Write(b[:])
}

func (w encoder) bytes(b []byte) {
	w.number(int64(len(b)))
	w.h.Write(b)
}

func (w encoder) text(s string) {
	w.number(int64(len(s)))
	w.h.Write([]byte(s))
}

func (w encoder) sum() []byte { return w.h.Sum(nil) }
