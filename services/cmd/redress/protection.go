package main

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"time"

	"google.golang.org/grpc"

	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/tlsfile"
	"github.com/redress-dev/redress/services/suite"
)

// protection says how the connection to a server is protected.
type protection struct {
	CA         string `name:"tls-ca" env:"REDRESS_TLS_CA" placeholder:"FILE" help:"Certificates of the server's authorities. By default those that this host trusts. Beyond this host TLS is spoken always, unless --plaintext says otherwise; on it when one of its files is named."`
	Cert       string `name:"tls-cert" env:"REDRESS_TLS_CERT" placeholder:"FILE" help:"Certificate that is shown to the server, where it asks for one."`
	Key        string `name:"tls-key" env:"REDRESS_TLS_KEY" placeholder:"FILE" help:"The certificate's key."`
	ServerName string `name:"tls-server-name" env:"REDRESS_TLS_SERVER_NAME" placeholder:"NAME" help:"Name that the server's certificate is for. By default the host in its address."`
	Plaintext  bool   `name:"plaintext" env:"REDRESS_PLAINTEXT" help:"Call a server on another host without TLS: the token can be read on the way."`
}

// remoteFlags are those of every command that calls a server, and more.
func remoteFlags(more ...string) []string {
	return append(more, "config", "server", "token", "tls-ca", "tls-cert", "tls-key", "tls-server-name", "plaintext")
}

// option protects a connection to the server. It fails when a file cannot be used.
func (p protection) option(server string) (grpc.DialOption, error) {
	if (p.Cert == "") != (p.Key == "") {
		return nil, misuse(errors.New("--tls-cert and --tls-key: one of them is missing"))
	}
	named := p.CA != "" || p.Cert != "" || p.ServerName != ""
	if !named && (p.Plaintext || suite.IsLoopback(server)) {
		return rpc.Secured(nil), nil
	}
	deps := tlsfile.Deps{Now: time.Now, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	var pair *tlsfile.Pair
	var pool *tlsfile.Pool
	var err error
	if p.Cert != "" {
		if pair, err = tlsfile.OpenPair(tlsfile.File{Setting: "--tls-cert", Path: p.Cert}, tlsfile.File{Setting: "--tls-key", Path: p.Key}, deps); err != nil {
			return nil, err
		}
	}
	if p.CA != "" {
		if pool, err = tlsfile.OpenPool(tlsfile.File{Setting: "--tls-ca", Path: p.CA}, deps); err != nil {
			return nil, err
		}
	}
	return rpc.Secured(tlsfile.Client(pair, pool, p.ServerName, tls.VersionTLS13)), nil
}
