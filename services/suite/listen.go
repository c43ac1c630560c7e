package suite

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// off is the address that means "nowhere".
const off = "off"

// Listeners are the sockets that a suite answers on. Those that its roles do not need are nil.
type Listeners struct {
	grpc, http, admin net.Listener
}

// Listen takes the addresses of the configuration, before anything else is begun. Its error names the address and the flag
// that chooses another one, or the one that would protect a way that is in plaintext and leaves this host.
func Listen(cfg Config) (*Listeners, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.CheckPlaintext(); err != nil {
		return nil, err
	}
	l := &Listeners{}
	for _, wanted := range []struct {
		needed          bool
		address, option string
		listener        *net.Listener
	}{
		{cfg.has(Gateway), cfg.HTTPAddress, "--http-addr", &l.http},
		{cfg.listens(), cfg.GRPCAddress, "--grpc-addr", &l.grpc},
		{cfg.AdminAddress != off, cfg.AdminAddress, "--admin-addr", &l.admin},
	} {
		if !wanted.needed {
			continue
		}
		listener, err := listen(wanted.address, wanted.option)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		*wanted.listener = listener
	}
	return l, nil
}

// Close gives the addresses back. It may be called more than once.
func (l *Listeners) Close() error {
	var failed []error
	for _, listener := range []net.Listener{l.http, l.grpc, l.admin} {
		if listener == nil {
			continue
		}
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Admin is where operators are answered, from New on; empty when nowhere.
func (l *Listeners) Admin() string { return addressOf(l.admin) }

// Addresses are where REST and gRPC are answered, from New on; empty when nowhere.
func (l *Listeners) Addresses() (rest, services string) { return addressOf(l.http), addressOf(l.grpc) }

// addressOf is where a listener is reached; empty when there is none.
func addressOf(listener net.Listener) string {
	if listener == nil {
		return ""
	}
	return listener.Addr().String()
}

func listen(address, option string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%s %q is no host:port: %w", option, address, err)
	}
	if host == "" {
		// An empty host means every interface to Go. Nothing listens beyond loopback unless told to in so many words.
		return nil, fmt.Errorf("%s %q names no host: write 127.0.0.1 for this machine only, or 0.0.0.0 for every interface", option, address)
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is already in use: stop the other program or choose another address with %s", address, option)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s %s: %w", option, address, err)
	}
	return listener, nil
}
