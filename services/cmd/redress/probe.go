package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

const (
	// probeWithin bounds a probe: a little more than the process gives its own questions.
	probeWithin = 3 * time.Second
	// probeReads bounds what is read of the answer.
	probeReads = 4096
)

// probe asks a process of this host how it is.
type probe struct {
	suite.Config
	settings.Program

	Live bool `help:"Ask whether the process lives (/healthz), not whether it takes calls (/readyz)."`
}

// Uses implements settings.Selective.
func (probe) Uses(flag string) bool {
	return slices.Contains([]string{"admin-addr", "config", "live", "http-tls-cert", "tls-ca", "tls-cert", "tls-key"}, flag)
}

// Help implements kong's HelpProvider.
func (probe) Help() string {
	return `Asks the process on this host, at its operators' address, and ends with 0 when it is well and with 1 when not, saying why: for
container images that have no other program to ask with. Give it the address that the process was given; a host that stands for
every interface is asked over loopback. A process with --http-tls-cert is asked over TLS: it must show the certificate of that file, or
another for the same name of an authority in --tls-ca; to one that wants a certificate --tls-cert is shown.`
}

func (c *probe) run(ctx context.Context, in *surroundings) error {
	address, err := probed(c.WithDefaults().AdminAddress)
	if err != nil {
		return misuse(err)
	}
	path := "/readyz"
	if c.Live {
		path = "/healthz"
	}
	transport, err := c.transport()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	status, err := ask(ctx, transport, c.TLS.Scheme()+"://"+address+path)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	_, err = fmt.Fprintln(in.stdout, status)
	return err
}

// probed is where a process is asked that listens on an address.
func probed(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("--admin-addr %q cannot be asked: %w", address, err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}

// transport is how the process is spoken with.
func (c *probe) transport() (*http.Transport, error) {
	// A proxy of the environment has no business between a process and its own host.
	transport := &http.Transport{DisableKeepAlives: true}
	if c.TLS.HTTPCert == "" {
		return transport, nil
	}
	text, err := os.ReadFile(c.TLS.HTTPCert)
	if err != nil {
		return nil, fmt.Errorf("--http-tls-cert: %w", err)
	}
	name, err := named(text)
	if err != nil {
		return nil, fmt.Errorf("--http-tls-cert %s: %w", c.TLS.HTTPCert, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name, RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(text) // named has read it.
	if c.TLS.CA != "" {
		authorities, err := os.ReadFile(c.TLS.CA)
		if err != nil {
			return nil, fmt.Errorf("--tls-ca: %w", err)
		}
		config.RootCAs.AppendCertsFromPEM(authorities) // The process itself complains of what is none.
	}
	if c.TLS.Cert != "" {
		own, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	transport.TLSClientConfig = config
	return transport, nil
}

// named is a name that the first certificate of a file is for. The process is asked over loopback, which it need not be for.
func named(text []byte) (string, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return "", errors.New("no certificate in PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	switch {
	case err != nil:
		return "", err
	case len(cert.DNSNames) > 0:
		return cert.DNSNames[0], nil
	case len(cert.IPAddresses) > 0:
		return cert.IPAddresses[0].String(), nil
	default:
		return "", errors.New("the certificate is for no name")
	}
}

// ask returns what the process says of itself; an error when it is not well.
func ask(ctx context.Context, transport *http.Transport, url string) (status string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	var answer struct {
		Status string `json:"status"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, probeReads)).Decode(&answer); err != nil {
		return "", fmt.Errorf("%s answers %s, which is not Redress: %w", url, response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", errors.New(answer.Status)
	}
	return answer.Status, nil
}
