package main

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/evidence"
)

// packOf makes the file of a complaint without events, and the installation whose key signed it.
func packOf(t *testing.T) (path, dir string) {
	t.Helper()
	dir = t.TempDir()
	key, err := auth.LoadOrCreateKey(filepath.Join(dir, "evidence.key"))
	require.NoError(t, err)
	log, err := evidence.NewLog("intake", &eventv1.VerifyEventsResponse{Intact: true}, nil)
	require.NoError(t, err)
	timeline, err := evidence.Messages[*eventv1.Event](evidence.TimelineName, nil)
	require.NoError(t, err)
	manifest := evidence.Manifest{Complaint: "complaints/x", Reference: "R-1", Reader: "agents/ada", Withheld: []string{"messages"}}
	pack, err := evidence.Write(manifest, []evidence.File{log, timeline}, key)
	require.NoError(t, err)
	again, err := evidence.Write(manifest, []evidence.File{timeline, log}, key)
	require.NoError(t, err)
	require.True(t, bytes.Equal(pack, again), "the same content gives the same bytes")
	return write(t, "evidence.zip", string(pack)), dir
}

// TestEvidenceIsVerifiedOffline: a file is checked with nothing but a key, and what is wrong is named.
func TestEvidenceIsVerifiedOffline(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	path, dir := packOf(t)
	key := call(t, []string{"evidence", "key", "--data-dir", dir})
	require.Zero(t, key.code, key.errors)
	ok := call(t, []string{"evidence", "verify", path, "--key", strings.TrimSpace(key.out)})
	require.Zero(t, ok.code, ok.errors)
	require.Contains(t, ok.out, "ok: complaints/x (R-1)")
	require.Contains(t, ok.out, "ok: log of intake: 0 events")
	require.Contains(t, ok.out, "withheld from the reader's roles: messages")
	require.Contains(t, ok.out, "the key that is expected")
	require.Contains(t, call(t, []string{"evidence", "verify", path}).out, "which the file itself names")

	other, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	wrong := call(t, []string{"evidence", "verify", path, "--key", evidence.EncodeKey(other)})
	require.Equal(t, failed, wrong.code)
	require.Contains(t, wrong.out, "WRONG manifest.json: it was signed with another key")
	require.Contains(t, wrong.errors, "is not as it was made")
	require.Equal(t, misused, call(t, []string{"evidence", "verify", path, "--key", "x"}).code)

	for text, says := range map[string]string{"no archive": "no zip archive", "": "no zip archive"} {
		bad := call(t, []string{"evidence", "verify", write(t, "bad.zip", text)})
		require.Equal(t, failed, bad.code)
		require.Contains(t, bad.errors, says)
	}
	require.Equal(t, failed, call(t, []string{"evidence", "verify", path + ".none"}).code)
	require.Equal(t, failed, call(t, []string{"evidence", "key", "--data-dir", t.TempDir()}).code)
}

// TestTemporalKeyIsRotated: keys are added, promoted and listed, and a bad mode or a missing key is told in a line.
func TestTemporalKeyIsRotated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4", "OPS-1")
	dir := installation(t)
	at := func(args ...string) outcome {
		return call(t, append([]string{"temporal", "key"}, append(args, "--data-dir", dir)...))
	}
	first := strings.TrimSpace(at("list").out)
	added := strings.TrimSpace(at("add").out)
	require.Equal(t, first+"\n"+added+"\n", at("list").out)
	require.Zero(t, at("promote", added).code)
	require.Equal(t, added+"\n"+first+"\n", at("list").out)
	require.Equal(t, failed, at("promote", "1").code)

	serve := []string{"serve", "all", "--data-dir", dir, "--admin-addr", "off", "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0"}
	bad := call(t, append(serve, "--temporal-encryption", "yes"))
	require.Equal(t, misused, bad.code)
	require.Contains(t, bad.errors, `--temporal-encryption "yes" is none of off, read and on`)
	bad = call(t, append(serve, "--temporal-ui-origin", "https://temporal.example/ui"))
	require.Equal(t, misused, bad.code)
	require.Contains(t, bad.errors, "is no origin")
	require.NoError(t, os.Remove(filepath.Join(dir, "temporal.key")))
	for _, mode := range []string{"read", "on"} {
		missing := call(t, append(serve, "--temporal-encryption", mode))
		require.Equal(t, failed, missing.code)
		require.Regexp(t, `(?m)^redress: --temporal-encryption `+mode+` needs .*temporal\.key: restore it`, missing.errors)
	}
}
