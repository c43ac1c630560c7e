package suite

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/redress-dev/redress/services/internal/tlsfile"
)

// transport is how the connections of this process are protected. What is nil is plaintext.
type transport struct {
	grpc               credentials.TransportCredentials
	http, admin        *tls.Config
	services, temporal credentials.TransportCredentials
}

// openTransport reads all files of TLS, so that a mistake in any of them is told before anything else is begun.
func openTransport(c TLSConfig, now func() time.Time, logger *slog.Logger) (*transport, error) {
	o := opener{deps: tlsfile.Deps{Now: now, Logger: logger}}
	own, edge := o.pair("--tls", c.Cert, c.Key), o.pair("--http-tls", c.HTTPCert, c.HTTPKey)
	shown := o.pair("--temporal-tls", c.TemporalCert, c.TemporalKey)
	servers, callers := o.pool("--tls-ca", c.CA), o.pool("--tls-client-ca", c.ClientCA)
	front, operators := o.pool("--http-tls-client-ca", c.HTTPClientCA), o.pool("--admin-tls-client-ca", c.AdminClientCA)
	temporal := o.pool("--temporal-tls-ca", c.TemporalCA)
	if o.err != nil {
		return nil, o.err
	}
	t := &transport{}
	if own != nil {
		t.grpc = credentials.NewTLS(tlsfile.Server(own, callers, tls.VersionTLS13, "h2"))
	}
	if edge != nil {
		t.http = tlsfile.Server(edge, front, tls.VersionTLS12, "h2", "http/1.1")
		t.admin = tlsfile.Server(edge, operators, tls.VersionTLS12, "h2", "http/1.1")
	}
	if c.services() {
		t.services = tlsfile.Client(own, servers, c.ServerName, tls.VersionTLS13)
	}
	if c.temporal() {
		t.temporal = tlsfile.Client(shown, temporal, c.TemporalServerName, tls.VersionTLS12)
	}
	return t, nil
}

// opener reads files until one cannot be used.
type opener struct {
	deps tlsfile.Deps
	err  error
}

func (o *opener) pair(prefix, cert, key string) (pair *tlsfile.Pair) {
	if cert == "" || o.err != nil {
		return nil
	}
	pair, o.err = tlsfile.OpenPair(tlsfile.File{Setting: prefix + "-cert", Path: cert}, tlsfile.File{Setting: prefix + "-key", Path: key}, o.deps)
	return pair
}

func (o *opener) pool(setting, path string) (pool *tlsfile.Pool) {
	if path == "" || o.err != nil {
		return nil
	}
	pool, o.err = tlsfile.OpenPool(tlsfile.File{Setting: setting, Path: path}, o.deps)
	return pool
}

// openTransport prepares TLS, and warns of what goes without.
func (s *Suite) openTransport() error {
	err := errors.Join(s.cfg.TLS.check(), s.cfg.CheckPlaintext())
	if err != nil {
		return err
	}
	if s.transport, err = openTransport(s.cfg.TLS, s.deps.Now, s.deps.Logger); err != nil {
		return err
	}
	for _, w := range open(s.cfg.ways()) {
		message := "plaintext beyond this host, as --plaintext allows: whoever is on the way reads and changes what is sent, tokens too"
		s.deps.Logger.Warn(message, "setting", w.option, "address", w.address, "protect with", w.with)
	}
	return nil
}

// serveHTTP answers at a listener, over TLS where there is any, until the server is closed.
func serveHTTP(server *http.Server, listener net.Listener, config *tls.Config, logger *slog.Logger) error {
	if config == nil {
		return server.Serve(listener)
	}
	// Whoever connects can make a handshake fail: that is no news for the log.
	server.TLSConfig, server.ErrorLog = config, slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
	return server.ServeTLS(listener, "", "")
}
