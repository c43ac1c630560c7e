package tlsfile

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc/credentials"
)

// File is a file and the setting that names it, for errors.
type File struct {
	Setting, Path string
}

func (f File) String() string { return f.Setting + " " + f.Path }

// Pair is a certificate, with those between it and its authority, and its key.
type Pair struct{ *watched[*tls.Certificate] }

// OpenPair reads the PEM files of a certificate and its key. It fails with a line that names the settings: a file cannot be read,
// the key is not the certificate's, or the certificate is not valid now.
func OpenPair(cert, key File, deps Deps) (*Pair, error) {
	read := func() (*tls.Certificate, error) {
		for _, file := range []File{cert, key} {
			if err := readable(file); err != nil {
				return nil, err
			}
		}
		pair, err := tls.LoadX509KeyPair(cert.Path, key.Path)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %s", cert, key, strings.TrimPrefix(err.Error(), "tls: "))
		}
		return &pair, valid(cert, pair.Leaf, deps.Now())
	}
	w, err := watch(deps, read, cert.Path, key.Path)
	if err != nil {
		return nil, err
	}
	return &Pair{w}, nil
}

// Pool is certificates of authorities.
type Pool struct{ *watched[*x509.CertPool] }

// OpenPool reads a PEM file of authorities' certificates. It fails with a line that names the setting: the file cannot be read,
// has no certificate, or none that is valid now.
func OpenPool(ca File, deps Deps) (*Pool, error) {
	read := func() (*x509.CertPool, error) {
		if err := readable(ca); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(ca.Path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ca.Setting, err)
		}
		return pool(ca, text, deps.Now())
	}
	w, err := watch(deps, read, ca.Path)
	if err != nil {
		return nil, err
	}
	return &Pool{w}, nil
}

// Server is what a listener offers: the pair's certificate, from the version on. With clients, whoever connects has to show a
// certificate of one of them. protocols are those of ALPN, the preferred one first.
func Server(pair *Pair, clients *Pool, least uint16, protocols ...string) *tls.Config {
	fresh := func() *tls.Config {
		config := &tls.Config{MinVersion: least, NextProtos: protocols, Certificates: []tls.Certificate{*pair.current()}}
		if clients != nil {
			config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, clients.current()
		}
		return config
	}
	config := fresh()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return fresh(), nil }
	return config
}

// Client is how a connection is begun: the other side has to show a certificate for name, or for the host that is connected to
// when name is empty, of one of servers, or of the host's own authorities when that is nil. pair is shown to those who ask for
// a certificate; it may be nil.
func Client(pair *Pair, servers *Pool, name string, least uint16) credentials.TransportCredentials {
	return dialing{credentials.NewTLS(&tls.Config{MinVersion: least, ServerName: name}), name, func() *tls.Config {
		config := &tls.Config{MinVersion: least}
		if pair != nil {
			config.Certificates = []tls.Certificate{*pair.current()}
		}
		if servers != nil {
			config.RootCAs = servers.current()
		}
		return config
	}}
}

// dialing takes the newest content of the files for each connection.
type dialing struct {
	credentials.TransportCredentials // Tells what it is, and to whom it speaks.

	name  string
	fresh func() *tls.Config
}

// ClientHandshake implements credentials.TransportCredentials.
func (d dialing) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(d.fresh()).ClientHandshake(ctx, cmp.Or(d.name, authority), conn)
}

// Clone implements credentials.TransportCredentials.
func (d dialing) Clone() credentials.TransportCredentials {
	return dialing{d.TransportCredentials.Clone(), d.name, d.fresh}
}

// readable says by which setting a file is named that cannot be read.
func readable(f File) error {
	info, err := os.Stat(f.Path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", f.Setting, err)
	case info.IsDir():
		return fmt.Errorf("%s is a directory", f)
	}
	return nil
}

// valid says when a certificate is valid that is not now.
func valid(f File, cert *x509.Certificate, now time.Time) error {
	switch {
	case now.After(cert.NotAfter):
		return fmt.Errorf("%s: the certificate expired at %s", f, cert.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(cert.NotBefore):
		return fmt.Errorf("%s: the certificate is valid from %s on", f, cert.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}
