package eventlog

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestMigrationsAreAlike(t *testing.T) {
	t.Parallel()
	require.NoError(t, sqldb.VerifyMigrations(migrations))
}

func golden() *eventv1.Event {
	return &eventv1.Event{
		EventId: "0198c1f0-0000-7000-8000-000000000001", Source: "intake", Sequence: 5, Subject: "complaints/a", Position: 2, Cycle: 1,
		Type: "message_recorded", Actor: "agents/lin", RecordTime: timestamppb.New(time.UnixMicro(1772442000123456)),
		TraceParent: "00-01-02-01", Payload: []byte{1, 2, 3}, PreviousHash: []byte{9},
	}
}

// TestHashIsStable: recorded hashes must stay verifiable for as long as there
// are logs.
func TestHashIsStable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "29aef7844e436deb3a5df1f21d19fc9ab96e179b71f9ea6dcbf6e71ba805dd73", hex.EncodeToString(hashOf(golden())))
	require.Equal(t, "2bcf38be987bd1ddbe84eab4b20e5e7c487c756b412594a5e6d4b8172229bfbd", hex.EncodeToString(signedBytes(&eventv1.Checkpoint{
		Source: "intake", Sequence: 7, EventCount: 6, Digest: []byte{1}, CreateTime: timestamppb.New(time.UnixMicro(1772442000123456)),
	})))
}

// TestHashCoversEveryField but those that name the place and the hash itself.
func TestHashCoversEveryField(t *testing.T) {
	t.Parallel()
	fields := golden().ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		e := golden()
		e.ProtoReflect().Clear(field)
		covered := hex.EncodeToString(hashOf(e)) != hex.EncodeToString(hashOf(golden()))
		switch field.Name() {
		case "source", "sequence", "hash":
			require.False(t, covered, field.Name())
		default:
			require.True(t, covered, field.Name())
		}
	}
	moved := proto.CloneOf(golden())
	moved.Subject, moved.Type = "complaints/am", "essage_recorded"
	require.NotEqual(t, hashOf(golden()), hashOf(moved), "no byte can move from one field to another")
}

func TestBackoffGrowsToItsLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "limit"))
		attempts := rapid.IntRange(1, 1000).Draw(t, "attempts")
		wait := backoff(attempts, limit)
		require.LessOrEqual(t, wait, limit)
		require.LessOrEqual(t, wait, firstBackoff<<min(attempts-1, 20))
		require.GreaterOrEqual(t, wait, min(limit, firstBackoff)*4/5)
	})
}

func TestOneSubjectIsNoOutage(t *testing.T) {
	t.Parallel()
	var o outage
	for range 100 {
		require.False(t, o.failed("a"))
	}
	require.False(t, o.failed("b"))
	require.True(t, o.failed("c"), "the outage begins")
	require.False(t, o.failed("d"), "and began once")
	require.True(t, o.open())
	require.True(t, o.succeeded(), "it ends")
	require.False(t, o.succeeded())
	for _, subject := range []string{"a", "b", "c", "d"} {
		require.False(t, o.failed(subject))
	}
	require.True(t, o.failed("e"))
}

// TestWindow drives a window at random against a plain account of what it
// should hold.
func TestWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 8).Draw(t, "size")
		w := newWindow(size, 100)
		seq := int64(100)
		open := map[int64]string{} // Not done yet, with the subject.
		var busy []*lane
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				if w.room() == 0 {
					continue
				}
				seq += rapid.Int64Range(1, 3).Draw(t, "gap")
				subject := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "subject"))
				open[seq] = subject
				w.add(&eventv1.Event{Sequence: seq, Subject: subject})
			case 2:
				if w.room() > 0 {
					seq++
					w.skip(seq)
				}
			case 3:
				l := w.next()
				if l == nil {
					continue
				}
				for _, other := range busy {
					require.NotEqual(t, other.subject, l.subject, "one at a time of a subject")
				}
				for s, subject := range open {
					if subject == l.subject {
						require.LessOrEqual(t, l.items[0].event.GetSequence(), s, "in order of the subject")
					}
				}
				busy = append(busy, l)
			case 4:
				if len(busy) > 0 {
					delete(open, busy[0].items[0].event.GetSequence())
					w.advance(busy[0], 1)
					busy = busy[1:]
				}
			case 5:
				if len(busy) > 0 && rapid.Bool().Draw(t, "drop") {
					for _, it := range busy[0].items {
						delete(open, it.event.GetSequence())
					}
					w.drop(busy[0])
					busy = busy[1:]
				} else if len(busy) > 0 {
					w.makeReady(busy[0])
					busy = busy[1:]
				}
			}
			require.Equal(t, len(open), w.held)
			require.LessOrEqual(t, w.held, size)
			for s := range open {
				require.Less(t, w.position, s, "what is open is not passed")
			}
			if len(open) == 0 {
				require.Equal(t, seq, w.position, "what is done is passed")
			}
		}
	})
}
