package suite

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
)

// TLSConfig names the files that connections are protected with. What is empty is not protected, which is refused beyond loopback
// unless Plaintext says otherwise. The files are read again when they change.
type TLSConfig struct {
	// Cert and Key are what this process shows of itself to those who call its services, and to services that it calls.
	Cert string `name:"tls-cert" env:"REDRESS_TLS_CERT" placeholder:"FILE" group:"tls" help:"Certificate in PEM, with those between it and its authority, that this process shows to those who call its services over gRPC, and to services that it calls. Read again when it changes, like all files of TLS."`
	Key  string `name:"tls-key" env:"REDRESS_TLS_KEY" placeholder:"FILE" group:"tls" help:"The certificate's key, in PEM."`
	// CA are authorities of the services that are called.
	CA string `name:"tls-ca" env:"REDRESS_TLS_CA" placeholder:"FILE" group:"tls" help:"Certificates, in PEM, of the authorities of services that are called. By default those that this host trusts."`
	// ServerName is what the certificates of services are for.
	ServerName string `name:"tls-server-name" env:"REDRESS_TLS_SERVER_NAME" placeholder:"NAME" group:"tls" help:"Name that the certificates of services that are called are for. By default the host in their address."`
	// ClientCA are the authorities of those who call the services of this process.
	ClientCA string `name:"tls-client-ca" env:"REDRESS_TLS_CLIENT_CA" placeholder:"FILE" group:"tls" help:"Mutual TLS: whoever calls the services of this process over gRPC has to show a certificate of one of these authorities."`
	// HTTPCert and HTTPKey are shown to callers of REST and to operators.
	HTTPCert string `name:"http-tls-cert" env:"REDRESS_HTTP_TLS_CERT" placeholder:"FILE" group:"tls" help:"Certificate that REST and the operators' address show."`
	HTTPKey  string `name:"http-tls-key" env:"REDRESS_HTTP_TLS_KEY" placeholder:"FILE" group:"tls" help:"Its key."`
	// HTTPClientCA and AdminClientCA are the authorities of those who call them.
	HTTPClientCA  string `name:"http-tls-client-ca" env:"REDRESS_HTTP_TLS_CLIENT_CA" placeholder:"FILE" group:"tls" help:"Mutual TLS for REST: callers have to show a certificate of one of these authorities."`
	AdminClientCA string `name:"admin-tls-client-ca" env:"REDRESS_ADMIN_TLS_CLIENT_CA" placeholder:"FILE" group:"tls" help:"The same for the operators' address."`
	// Temporal says that Temporal's frontend speaks TLS; naming any of the files says so too.
	Temporal bool `name:"temporal-tls" env:"REDRESS_TEMPORAL_TLS" group:"tls" help:"Speak TLS with Temporal. Naming one of its files, or its server name, says so too."`
	// TemporalCert and TemporalKey are shown to Temporal.
	TemporalCert string `name:"temporal-tls-cert" env:"REDRESS_TEMPORAL_TLS_CERT" placeholder:"FILE" group:"tls" help:"Certificate that is shown to Temporal."`
	TemporalKey  string `name:"temporal-tls-key" env:"REDRESS_TEMPORAL_TLS_KEY" placeholder:"FILE" group:"tls" help:"Its key."`
	// TemporalCA are Temporal's authorities.
	TemporalCA string `name:"temporal-tls-ca" env:"REDRESS_TEMPORAL_TLS_CA" placeholder:"FILE" group:"tls" help:"Certificates of Temporal's authorities. By default those that this host trusts."`
	// TemporalServerName is what Temporal's certificate is for.
	TemporalServerName string `name:"temporal-tls-server-name" env:"REDRESS_TEMPORAL_TLS_SERVER_NAME" placeholder:"NAME" group:"tls" help:"Name that Temporal's certificate is for. By default the host of its address."`
	// Plaintext allows what is not protected beyond loopback.
	Plaintext bool `name:"plaintext" env:"REDRESS_PLAINTEXT" group:"tls" help:"Listen and call in plaintext beyond this host where no TLS is set up: for networks that protect what goes over them. The log warns of each."`
}

// services tells whether the services of other processes are called over TLS.
func (c TLSConfig) services() bool { return c.Cert != "" || c.CA != "" || c.ServerName != "" }

// temporal tells whether Temporal is spoken to over TLS.
func (c TLSConfig) temporal() bool {
	return c.Temporal || c.TemporalCert != "" || c.TemporalCA != "" || c.TemporalServerName != ""
}

// Scheme is that of the URLs of REST and of the operators' address.
func (c TLSConfig) Scheme() string {
	if c.HTTPCert != "" {
		return "https"
	}
	return "http"
}

// check says what does not fit together.
func (c TLSConfig) check() error {
	for _, pair := range []struct{ prefix, cert, key string }{
		{"--tls", c.Cert, c.Key}, {"--http-tls", c.HTTPCert, c.HTTPKey}, {"--temporal-tls", c.TemporalCert, c.TemporalKey},
	} {
		if (pair.cert == "") != (pair.key == "") {
			return fmt.Errorf("%s-cert and %s-key: one of them is missing", pair.prefix, pair.prefix)
		}
	}
	if c.ClientCA != "" && c.Cert == "" {
		return errors.New("--tls-client-ca: without --tls-cert nobody is asked for a certificate")
	}
	if c.HTTPClientCA+c.AdminClientCA != "" && c.HTTPCert == "" {
		return errors.New("--http-tls-client-ca, --admin-tls-client-ca: without --http-tls-cert nobody is asked for a certificate")
	}
	return nil
}

// way is a way that something is sent over.
type way struct {
	// option is the flag that names the address, and with is the one that would protect the way.
	option, address, with string
	listens, secure       bool
}

// ways are all those of this process.
func (c Config) ways() []way {
	all := []way{
		{"--grpc-addr", c.GRPCAddress, "--tls-cert", true, c.TLS.Cert != "" || !c.listens()},
		{"--http-addr", c.HTTPAddress, "--http-tls-cert", true, c.TLS.HTTPCert != "" || !c.has(Gateway)},
		{"--admin-addr", c.AdminAddress, "--http-tls-cert", true, c.TLS.HTTPCert != "" || c.AdminAddress == off},
		{"--temporal-addr", c.TemporalAddress, "--temporal-tls", false, c.TLS.temporal() || !c.meetsTemporal()},
	}
	for _, peer := range []struct {
		role            Role
		option, address string
	}{
		{Intake, "--intake-addr", c.IntakeAddress}, {Routing, "--routing-addr", c.RoutingAddress}, {Remedy, "--remedy-addr", c.RemedyAddress},
		{Followup, "--followup-addr", c.FollowupAddress}, {Review, "--review-addr", c.ReviewAddress},
	} {
		all = append(all, way{peer.option, peer.address, "--tls-ca", false, c.TLS.services() || c.has(peer.role)})
	}
	return all
}

// open are the ways that leave this host in plaintext.
func open(ways []way) []way {
	var found []way
	for _, w := range ways {
		if !w.secure && !IsLoopback(w.address) {
			found = append(found, w)
		}
	}
	return found
}

// CheckPlaintext refuses ways that leave this host in plaintext, unless Plaintext allows them. It names the first one, and the
// flags that would help.
func (c Config) CheckPlaintext() error {
	found := open(c.WithDefaults().ways())
	if c.TLS.Plaintext || len(found) == 0 {
		return nil
	}
	return refusePlaintext(found[0])
}

func refusePlaintext(w way) error {
	what := "would be spoken to"
	if w.listens {
		what = "would be listened on"
	}
	return fmt.Errorf("%s %s: %s in plaintext beyond this host; protect it with %s, or allow it with --plaintext", w.option, w.address, what, cmp.Or(w.with, "TLS"))
}

// IsLoopback tells whether all of some addresses, separated by commas, are this host's own.
func IsLoopback(addresses string) bool {
	for address := range strings.SplitSeq(addresses, ",") {
		host, _, err := net.SplitHostPort(strings.TrimSpace(address))
		if err != nil {
			continue // What is no address is refused elsewhere, in words that say so.
		}
		if ip := net.ParseIP(host); host != "localhost" && host != "" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}
