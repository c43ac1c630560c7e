package envelope_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/envelope"
)

// keys makes a key file and reads it.
func keys(t *testing.T) (path string, k *envelope.Keys) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "temporal.key")
	k, err := envelope.LoadOrCreateKeys(path)
	require.NoError(t, err)
	return path, k
}

func payload(t *testing.T, text string) *commonpb.Payload {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayload(text)
	require.NoError(t, err)
	return p
}

// TestWhatIsSealedTellsNothing proves that in the mode on a payload tells neither its content nor its kind, only its key, and comes back whole.
func TestWhatIsSealedTellsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	_, k := keys(t)
	codec := envelope.NewCodec(k, envelope.On)
	plain := payload(t, "13812345678")
	sealed, err := codec.Encode([]*commonpb.Payload{plain})
	require.NoError(t, err)
	require.NotContains(t, sealed[0].String(), "13812345678")
	require.NotContains(t, sealed[0].String(), "json/plain")
	require.Equal(t, k.Primary(), string(sealed[0].GetMetadata()[envelope.KeyIDKey]))
	opened, err := codec.Decode(sealed)
	require.NoError(t, err)
	require.Equal(t, plain.String(), opened[0].String())
}

// TestModes proves that plain payloads are read in every mode, and that only on seals.
func TestModes(t *testing.T) {
	t.Parallel()
	_, k := keys(t)
	plain := []*commonpb.Payload{payload(t, "x")}
	sealed, err := envelope.NewCodec(k, envelope.On).Encode(plain)
	require.NoError(t, err)
	for _, mode := range []envelope.Mode{envelope.Read, envelope.On} {
		codec := envelope.NewCodec(k, mode)
		for _, payloads := range [][]*commonpb.Payload{plain, sealed} {
			opened, err := codec.Decode(payloads)
			require.NoError(t, err)
			require.Equal(t, plain[0].String(), opened[0].String())
		}
		written, err := codec.Encode(plain)
		require.NoError(t, err)
		require.Equal(t, mode == envelope.On, envelope.Sealed(written[0]), mode)
	}
	require.True(t, envelope.Mode("read").Valid())
	require.False(t, envelope.Mode("yes").Valid())
}

// TestAnotherKeyOpensNothing proves that another key, and a payload that was altered, are errors, and stop a worker.
func TestAnotherKeyOpensNothing(t *testing.T) {
	t.Parallel()
	_, k := keys(t)
	_, other := keys(t)
	sealed, err := envelope.NewCodec(k, envelope.On).Encode([]*commonpb.Payload{payload(t, "x")})
	require.NoError(t, err)
	codec := envelope.NewCodec(other, envelope.Read)
	_, err = codec.Decode(sealed)
	require.ErrorIs(t, err, envelope.ErrOpen)
	require.ErrorContains(t, err, k.Primary())
	require.Panics(t, func() { _, _ = codec.Blocking().Decode(sealed) })
	sealed[0].Data[len(sealed[0].GetData())-1] ^= 1
	_, err = envelope.NewCodec(k, envelope.Read).Decode(sealed)
	require.ErrorIs(t, err, envelope.ErrOpen)
	mark, err := k.Mark()
	require.NoError(t, err)
	current, err := k.CheckMark(mark)
	require.NoError(t, err)
	require.True(t, current)
	for _, bad := range []string{mark[:len(mark)-4], "1:x", "", "nonsense"} {
		_, err = k.CheckMark(bad)
		require.ErrorIs(t, err, envelope.ErrOpen, bad)
	}
	_, err = other.CheckMark(mark)
	require.ErrorIs(t, err, envelope.ErrOpen)
}

// TestKeysRotate proves that what was sealed with an older key is read as before, and that a new key seals only once it is promoted.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	path, before := keys(t)
	old, err := envelope.NewCodec(before, envelope.On).Encode([]*commonpb.Payload{payload(t, "x")})
	require.NoError(t, err)
	mark, err := before.Mark()
	require.NoError(t, err)
	id, err := envelope.Add(path)
	require.NoError(t, err)
	added, err := envelope.LoadKeys(path)
	require.NoError(t, err)
	require.Equal(t, []string{before.Primary(), id}, added.IDs())
	require.NoError(t, envelope.Promote(path, id))
	require.Error(t, envelope.Promote(path, "1"))
	require.Error(t, envelope.Promote(path, "x"))
	after, err := envelope.LoadKeys(path)
	require.NoError(t, err)
	require.Equal(t, id, after.Primary())
	young, err := envelope.NewCodec(after, envelope.On).Encode([]*commonpb.Payload{payload(t, "x")})
	require.NoError(t, err)
	_, err = envelope.NewCodec(added, envelope.Read).Decode(young)
	require.NoError(t, err, "who has the file with the key added reads it before it is promoted there")
	_, err = envelope.NewCodec(after, envelope.Read).Decode(old)
	require.NoError(t, err)
	current, err := after.CheckMark(mark)
	require.NoError(t, err)
	require.False(t, current, "the mark is of a key that seals no more")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// TestBadKeyFiles proves that a file that is damaged, or that others may read, is refused and left as it is.
func TestBadKeyFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "temporal.key")
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	_, err := envelope.LoadOrCreateKeys(path)
	require.ErrorContains(t, err, "damaged")
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = envelope.LoadOrCreateKeys(path)
	require.ErrorContains(t, err, "chmod 600")
	_, err = envelope.LoadKeys(path + ".none")
	require.ErrorIs(t, err, os.ErrNotExist)
}
