package suite

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listeners are the sockets that a suite answers on.
type Listeners struct {
	grpc, http net.Listener
}

// Listen takes the addresses of the configuration, before anything else is begun. Its error names the address and the flag
// that chooses another one.
func Listen(cfg Config) (*Listeners, error) {
	cfg = cfg.withDefaults()
	http, err := listen(cfg.HTTPAddress, "--http-addr")
	if err != nil {
		return nil, err
	}
	grpc, err := listen(cfg.GRPCAddress, "--grpc-addr")
	if err != nil {
		return nil, errors.Join(err, http.Close())
	}
	return &Listeners{grpc: grpc, http: http}, nil
}

// Close gives the addresses back. It may be called more than once.
func (l *Listeners) Close() error {
	return errors.Join(ignoreClosed(l.http.Close()), ignoreClosed(l.grpc.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
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
