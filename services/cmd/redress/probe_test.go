package main

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/tlsfile/tlstest"
)

// answering is an operators' address that says this.
func answering(t *testing.T, status int, text string) (address string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), asked
}

func TestProbeTellsHowAProcessIs(t *testing.T) {
	t.Parallel()
	address, asked := answering(t, http.StatusOK, `{"status":"ok"}`)
	got := call(t, []string{"probe", "--admin-addr", address})
	require.Equal(t, outcome{done, "ok\n", ""}, got)
	got = call(t, []string{"probe", "--live"}, "REDRESS_ADMIN_ADDR="+address)
	require.Equal(t, outcome{done, "ok\n", ""}, got)
	require.Equal(t, []string{"/readyz", "/healthz"}, *asked)

	_, port, _ := strings.Cut(address, ":")
	require.Equal(t, done, call(t, []string{"probe", "--admin-addr", "0.0.0.0:" + port}).code, "every interface is asked over loopback")
}

// TestProbeSpeaksTLS: where the operators' address has a certificate, that one has to be shown; and one of ours is shown where it is asked for.
func TestProbeSpeaksTLS(t *testing.T) {
	t.Parallel()
	dir, ours, theirs := t.TempDir(), tlstest.New(t, "ours"), tlstest.New(t, "theirs")
	cert, key := ours.Pair(dir, "gateway", time.Hour, "gateway")
	ca := ours.CA(filepath.Join(dir, "ca.pem"))
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) }))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.Pool()}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	to := []string{"probe", "--admin-addr", strings.TrimPrefix(server.URL, "https://")}
	with := func(cert, key string, more ...string) []string {
		return append(append(slices.Clone(to), "--http-tls-cert", cert, "--tls-cert", cert, "--tls-key", key), more...)
	}
	require.Equal(t, outcome{done, "ok\n", ""}, call(t, with(cert, key)))
	newCert, newKey := ours.Pair(dir, "new", time.Hour, "gateway")
	require.Equal(t, failed, call(t, with(newCert, newKey)).code, "another certificate")
	require.Equal(t, outcome{done, "ok\n", ""}, call(t, with(newCert, newKey, "--tls-ca", ca)), "which is about to be shown")
	otherCert, otherKey := theirs.Pair(dir, "other", time.Hour, "gateway")
	require.Equal(t, failed, call(t, with(otherCert, otherKey, "--tls-ca", ca)).code)
	require.Equal(t, failed, call(t, append(slices.Clone(to), "--http-tls-cert", cert)).code, "it wants a certificate")
	require.Equal(t, failed, call(t, to).code, "it speaks no plaintext")

	got := call(t, append(slices.Clone(to), "--http-tls-cert", key))
	require.Equal(t, failed, got.code)
	require.Contains(t, got.errors, "--http-tls-cert "+key)
	require.Contains(t, call(t, append(slices.Clone(to), "--http-tls-cert", ca)).errors, "for no name")
}

func TestProbeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	address, _ := answering(t, http.StatusServiceUnavailable, `{"status":"waiting for tables"}`)
	got := call(t, []string{"probe", "--admin-addr", address})
	require.Equal(t, outcome{failed, "", "redress: probe: waiting for tables\n"}, got)

	other, _ := answering(t, http.StatusOK, "<html>")
	got = call(t, []string{"probe", "--admin-addr", other})
	require.Equal(t, failed, got.code)
	require.Contains(t, got.errors, "not Redress")

	require.Equal(t, failed, call(t, []string{"probe", "--admin-addr", closedAddress(t)}).code)
	got = call(t, []string{"probe", "--admin-addr", "off"})
	require.Equal(t, misused, got.code)
	require.Contains(t, got.errors, "--admin-addr")
}

func TestKeysAreMadeAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	got := call(t, []string{"keys", "--data-dir", dir})
	require.Equal(t, outcome{done, "ready: keys in " + dir + "\n", ""}, got)
	before := map[string]string{}
	for _, name := range []string{"vault.key", "token.key", "log.key", "evidence.key", "temporal.key"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		before[name] = string(text)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, len(before), "and nothing else")
	require.Equal(t, done, call(t, []string{"keys", "--data-dir", dir}).code)
	for name, was := range before {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, was, string(text), "a key that is there stays")
	}
}
