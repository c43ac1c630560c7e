package tlsfile_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/tlsfile"
	"github.com/redress-dev/redress/services/internal/tlsfile/tlstest"
)

// later is a clock that runs ahead, so that tests need not wait for the next look.
type later struct{ ahead time.Duration }

func (l *later) now() time.Time { return time.Now().Add(l.ahead) }

func (l *later) deps(out *bytes.Buffer) tlsfile.Deps {
	return tlsfile.Deps{Now: l.now, Logger: slog.New(slog.NewTextHandler(out, nil))}
}

func certOf(path string) tlsfile.File { return tlsfile.File{Setting: "--tls-cert", Path: path} }
func keyOf(path string) tlsfile.File  { return tlsfile.File{Setting: "--tls-key", Path: path} }
func caOf(path string) tlsfile.File   { return tlsfile.File{Setting: "--tls-ca", Path: path} }

// shake has a client and a server meet, and returns the serial number of the server's certificate.
func shake(t *testing.T, server *tls.Config, client interface {
	ClientHandshake(ctx context.Context, authority string, conn net.Conn) error
}) error {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	done := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			done <- err
			return
		}
		done <- tls.Server(conn, server).HandshakeContext(t.Context())
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	err = client.ClientHandshake(t.Context(), "services.example:1", conn)
	_ = conn.Close()
	if there := <-done; err == nil {
		return there
	}
	return err
}

// shaker is a client without what a handshake returns.
type shaker struct {
	pair    *tlsfile.Pair
	servers *tlsfile.Pool
	name    string
}

func (s shaker) ClientHandshake(ctx context.Context, authority string, conn net.Conn) error {
	_, _, err := tlsfile.Client(s.pair, s.servers, s.name, tls.VersionTLS13).Clone().ClientHandshake(ctx, authority, conn)
	return err
}

// TestRotatedFilesAreUsed proves that new content is used without a restart, and that a half or wrong rotation changes nothing.
func TestRotatedFilesAreUsed(t *testing.T) {
	t.Parallel()
	dir, clock, out := t.TempDir(), &later{}, &bytes.Buffer{}
	old, young := tlstest.New(t, "old"), tlstest.New(t, "young")
	cert, key := old.Pair(dir, "server", time.Hour, "services.example")
	pair, err := tlsfile.OpenPair(certOf(cert), keyOf(key), clock.deps(out))
	require.NoError(t, err)
	trust, err := tlsfile.OpenPool(caOf(old.CA(filepath.Join(dir, "ca.pem"))), clock.deps(out))
	require.NoError(t, err)
	server := tlsfile.Server(pair, nil, tls.VersionTLS13, "h2")
	require.NoError(t, shake(t, server, shaker{servers: trust}))

	before, err := os.ReadFile(key)
	require.NoError(t, err)
	young.Pair(dir, "server", time.Hour, "services.example")
	require.NoError(t, os.WriteFile(key, before, 0o600)) // As if only the certificate had been replaced yet.
	clock.ahead += 2 * time.Second
	require.NoError(t, shake(t, server, shaker{servers: trust}), "those before stay in use")
	require.Contains(t, out.String(), "private key does not match public key")
	clock.ahead += 2 * time.Second
	require.NoError(t, shake(t, server, shaker{servers: trust}))
	require.Equal(t, 1, strings.Count(out.String(), "cannot be used"), "it is said once")
	require.NotContains(t, out.String(), "PRIVATE")

	young.Pair(dir, "server", time.Hour, "services.example")
	clock.ahead += 2 * time.Second
	require.Error(t, shake(t, server, shaker{servers: trust}), "the new certificate is another authority's")
	young.CA(filepath.Join(dir, "ca.pem"))
	clock.ahead += 2 * time.Second
	require.NoError(t, shake(t, server, shaker{servers: trust}))
}

// TestWhoIsTrusted: the name is checked, and a client that has to show a certificate needs one of the right authority.
func TestWhoIsTrusted(t *testing.T) {
	t.Parallel()
	dir, clock, out := t.TempDir(), &later{}, &bytes.Buffer{}
	ours, theirs := tlstest.New(t, "ours"), tlstest.New(t, "theirs")
	open := func(a *tlstest.Authority, name, host string) *tlsfile.Pair {
		cert, key := a.Pair(dir, name, time.Hour, host)
		pair, err := tlsfile.OpenPair(certOf(cert), keyOf(key), clock.deps(out))
		require.NoError(t, err)
		return pair
	}
	trust, err := tlsfile.OpenPool(caOf(ours.CA(filepath.Join(dir, "ca.pem"))), clock.deps(out))
	require.NoError(t, err)
	mutual := tlsfile.Server(open(ours, "server", "services.example"), trust, tls.VersionTLS13, "h2")
	mine, others := open(ours, "client", "client.example"), open(theirs, "other", "client.example")
	require.NoError(t, shake(t, mutual, shaker{pair: mine, servers: trust}))
	require.ErrorContains(t, shake(t, mutual, shaker{servers: trust}), "client didn't provide a certificate")
	require.Error(t, shake(t, mutual, shaker{pair: others, servers: trust}))
	require.Error(t, shake(t, mutual, shaker{pair: mine}), "the host's own authorities do not know it")
	elsewhere := tlsfile.Server(open(ours, "elsewhere", "elsewhere.example"), nil, tls.VersionTLS13, "h2")
	require.ErrorContains(t, shake(t, elsewhere, shaker{servers: trust}), "services.example")
	require.NoError(t, shake(t, elsewhere, shaker{servers: trust, name: "elsewhere.example"}))
	old := tlsfile.Server(open(ours, "old", "services.example"), nil, tls.VersionTLS12, "h2")
	old.GetConfigForClient, old.MaxVersion = nil, tls.VersionTLS12
	require.ErrorContains(t, shake(t, old, shaker{servers: trust}), "protocol version")
}

// TestMistakes: each is one line that names the setting and the file.
func TestMistakes(t *testing.T) {
	t.Parallel()
	dir, clock, out := t.TempDir(), &later{}, &bytes.Buffer{}
	a := tlstest.New(t, "authority")
	cert, key := a.Pair(dir, "good", time.Hour, "x.example")
	expired, expiredKey := a.Pair(dir, "expired", -time.Minute, "x.example")
	empty := filepath.Join(dir, "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("nothing"), 0o600))
	for name, test := range map[string]struct{ cert, key, says string }{
		"missing certificate": {"none.pem", key, "--tls-cert: stat none.pem: no such file"},
		"missing key":         {cert, "none.pem", "--tls-key: stat none.pem: no such file"},
		"a directory":         {dir, key, "--tls-cert " + dir + " is a directory"},
		"another's key":       {cert, expiredKey, "private key does not match public key"},
		"no certificate":      {empty, key, "--tls-cert " + empty},
		"key for certificate": {key, key, "found a certificate rather than a key|failed to find certificate PEM data"},
		"expired":             {expired, expiredKey, "--tls-cert " + expired + ": the certificate expired at "},
	} {
		_, err := tlsfile.OpenPair(certOf(test.cert), keyOf(test.key), clock.deps(out))
		require.Error(t, err, name)
		require.Regexp(t, test.says, err.Error(), name)
		require.NotContains(t, err.Error(), "\n", name)
	}
	for path, says := range map[string]string{
		"none.pem": "--tls-ca: stat none.pem", empty: "--tls-ca " + empty + " has no certificate in PEM", key: "has a PRIVATE KEY", expired: "expired at",
	} {
		_, err := tlsfile.OpenPool(caOf(path), clock.deps(out))
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
	clock.ahead = -24 * time.Hour
	_, err := tlsfile.OpenPair(certOf(cert), keyOf(key), clock.deps(out))
	require.ErrorContains(t, err, "is valid from")
}
