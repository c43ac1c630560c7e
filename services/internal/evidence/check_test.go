package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/evidence"
)

// files are those of a pack whose one event was never hashed.
func files(t *testing.T, subject string) []evidence.File {
	t.Helper()
	log, err := evidence.NewLog("intake", &eventv1.VerifyEventsResponse{
		Intact: true, Head: &eventv1.Checkpoint{Source: "intake", Sequence: 4},
	}, []*eventv1.Event{{EventId: "e1", Subject: subject, Position: 2, Sequence: 4, Hash: []byte("x")}})
	require.NoError(t, err)
	return []evidence.File{log, {Name: evidence.TimelineName, Content: []byte(`[{"eventId":"e2"}]`)}}
}

// TestASignatureDoesNotMakeALogWhole proves that what does not fit within a pack is found although it was signed (API-2).
func TestASignatureDoesNotMakeALogWhole(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	pack, err := evidence.Write(evidence.Manifest{Complaint: "complaints/a"}, files(t, "complaints/b"), key)
	require.NoError(t, err)
	report, err := evidence.Check(pack, public)
	require.NoError(t, err)
	found := strings.Join(report.Problems, "\n")
	for _, problem := range []string{
		"sequence 4: the event is of complaints/b", "1 events of the subject are missing before this one", "its hash does not fit",
		"event e2 is in no log", "event e1 of a log is not told", "the checkpoint at sequence 4 was altered",
	} {
		require.Contains(t, found, problem)
	}
	require.NotContains(t, found, evidence.ManifestName)
}

// TestWhatIsNoPack proves that anything else is refused, however large it makes itself.
func TestWhatIsNoPack(t *testing.T) {
	t.Parallel()
	pack := func(names []string, content []byte) []byte {
		var out bytes.Buffer
		writer := zip.NewWriter(&out)
		for _, name := range names {
			entry, err := writer.Create(name)
			require.NoError(t, err)
			_, err = entry.Write(content)
			require.NoError(t, err)
		}
		require.NoError(t, writer.Close())
		return out.Bytes()
	}
	many := make([]string, 201)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	for says, content := range map[string][]byte{
		"no zip archive":           []byte("x"),
		"there is no manifest":     pack([]string{"a"}, nil),
		"none of the form":         pack([]string{evidence.ManifestName}, []byte("{}")),
		"more files than any":      pack(many, nil),
		"larger than any of ours":  pack([]string{"a", "b"}, make([]byte, 35<<20)),
		"none of the form redress": pack([]string{evidence.ManifestName}, []byte(`{"format":"other/1"}`)),
	} {
		_, err := evidence.Check(content, nil)
		require.ErrorContains(t, err, says)
	}
}
