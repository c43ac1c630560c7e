package embedded

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// loopback is where everything listens that is nobody else's business.
const loopback = "127.0.0.1"

// The options of the command that move the two public addresses. They are named
// in AddressInUseError, so that its reader knows what to do.
const (
	frontendOption = "--temporal-addr"
	uiOption       = "--temporal-ui-addr"
)

// AddressInUseError says that another program listens on a configured address.
type AddressInUseError struct {
	// Address is the host:port that is taken.
	Address string
	// Option is the command-line option that chooses another one.
	Option string
}

// Error implements error.
func (e *AddressInUseError) Error() string {
	return fmt.Sprintf("%s is already in use: stop the other program or choose another address with %s", e.Address, e.Option)
}

// listen takes the address, resolving names and port 0. The error is an
// *AddressInUseError when another program has it.
func listen(address, option string) (*net.TCPListener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s %q is not a usable host:port: %w", option, address, err)
	}
	// "localhost" may resolve to several addresses; one is enough, and an empty
	// host must not silently mean every interface.
	if resolved.IP == nil {
		return nil, fmt.Errorf("%s %q names no host: write 127.0.0.1 for this machine only, or 0.0.0.0 for every interface", option, address)
	}
	listener, err := net.ListenTCP("tcp", resolved)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &AddressInUseError{Address: address, Option: option}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s %s: %w", option, address, err)
	}
	return listener, nil
}

// reserve checks that the address can be listened on and gives it back with
// its host and port resolved. The Temporal server insists on opening its
// listeners itself, so the port is free again when reserve returns; see linger
// for why nobody gets it by chance meanwhile.
func reserve(address, option string) (*net.TCPAddr, error) {
	listener, err := listen(address, option)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	resolved := listener.Addr().(*net.TCPAddr)
	if _, port, _ := net.SplitHostPort(address); port == "0" {
		if err := linger(listener); err != nil {
			return nil, err
		}
	}
	return resolved, nil
}

// linger leaves a connection to the listener in the TIME_WAIT state, closed by
// the listening side. For the next minute the kernel gives the port to nobody
// who asks for any free one, while those who ask for this very port may have it.
func linger(listener *net.TCPListener) error {
	address := *listener.Addr().(*net.TCPAddr)
	if address.IP.IsUnspecified() {
		address.IP = net.ParseIP(loopback)
	}
	near, err := net.DialTCP("tcp", nil, &address)
	if err != nil {
		return fmt.Errorf("reserve a free port: %w", err)
	}
	defer near.Close()
	far, err := listener.Accept()
	if err != nil {
		return fmt.Errorf("reserve a free port: %w", err)
	}
	return far.Close()
}

// reachable returns the address under which a client on this machine reaches a
// listener, which differs where it listens on every interface.
func reachable(address *net.TCPAddr) string {
	if address.IP.IsUnspecified() {
		return net.JoinHostPort(loopback, strconv.Itoa(address.Port))
	}
	return address.String()
}
