package hook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// RefusedError says that requests do not go somewhere.
type RefusedError struct {
	// Cause is MALFORMED, NOT_HTTPS or NOT_PUBLIC.
	Cause string
	// Problem is for people.
	Problem string
}

// Error is the problem.
func (e *RefusedError) Error() string { return e.Problem }

// Why requests do not go somewhere.
const (
	// Malformed is no URL that a request can go to.
	Malformed = "MALFORMED"
	// NotHTTPS is one without TLS.
	NotHTTPS = "NOT_HTTPS"
	// NotPublic is an address inside a network.
	NotPublic = "NOT_PUBLIC"
)

// errNotAllowed is the guard's refusal of an address without TLS that is public.
var errNotAllowed = errors.New("hook: the address is not allowed without TLS")

// guard decides where requests may go.
type guard struct {
	prefixes []netip.Prefix
	hosts    []string
	public   *ssrf.Guardian
}

// ParseAllow reads what is allowed besides the public network: prefixes, single addresses, and names of hosts.
func ParseAllow(allow []string) (prefixes []netip.Prefix, hosts []string, err error) {
	for _, text := range allow {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			if prefix != prefix.Masked() || prefix.Addr().Is4In6() {
				return nil, nil, errors.New(text + " is not how the prefix is written: " + prefix.Masked().String())
			}
			prefixes = append(prefixes, prefix)
			continue
		}
		if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
			address = address.Unmap()
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		host := strings.ToLower(text)
		if host == "" || strings.ContainsFunc(host, notOfHost) || strings.Trim(host, ".-") != host {
			return nil, nil, errors.New(text + " is no prefix, address or name of a host")
		}
		hosts = append(hosts, host)
	}
	return prefixes, hosts, nil
}

// notOfHost holds for what stands in no name of a host.
func notOfHost(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

func newGuard(allow []string) (*guard, error) {
	prefixes, hosts, err := ParseAllow(allow)
	if err != nil {
		return nil, err
	}
	return &guard{prefixes: prefixes, hosts: hosts, public: ssrf.New(ssrf.WithAnyPort())}, nil
}

// inside holds for an address that the firm allows.
func (g *guard) inside(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(g.prefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}

// named holds for a host that the firm allows by its name.
func (g *guard) named(host string) bool {
	return slices.Contains(g.hosts, strings.TrimSuffix(strings.ToLower(host), "."))
}

// control looks at each address before it is dialled.
func (g *guard) control(plain bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, conn syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if g.inside(to.Addr()) {
			return nil
		}
		if plain {
			return errNotAllowed
		}
		return g.public.Safe(network, address, conn)
	}
}

// parse reads a URL that requests may go to as far as it says itself where.
func (g *guard) parse(text string) (*url.URL, error) {
	target, err := url.Parse(text)
	switch {
	case err != nil, target.Hostname() == "", target.Opaque != "", target.Scheme != "http" && target.Scheme != "https":
		return nil, &RefusedError{Malformed, "It is no https URL."}
	case target.Port() != "" && !isPort(target.Port()):
		return nil, &RefusedError{Malformed, "Its port is none."}
	case target.User != nil:
		return nil, &RefusedError{Malformed, "It names a user: requests are known by their signature."}
	case target.Fragment != "":
		return nil, &RefusedError{Malformed, "It has a fragment, which is never sent."}
	}
	return target, nil
}

// isPort holds for what can be a port.
func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

// Lookup finds the addresses of a name.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// check refuses a URL that requests must not go to, as far as it can be known now. A name that cannot be found yet is let through: what is
// dialled is looked at each time.
func (g *guard) check(ctx context.Context, text string, lookup Lookup) error {
	target, err := g.parse(text)
	if err != nil {
		return err
	}
	host, plain := target.Hostname(), target.Scheme == "http"
	if g.named(host) {
		return nil
	}
	addresses, found := literal(host)
	if !found {
		if addresses, err = lookup(ctx, host); err != nil || len(addresses) == 0 {
			if plain {
				return &RefusedError{NotHTTPS, "It is not https, and its host is not one that the policy allows."}
			}
			return nil
		}
	}
	secured := true
	for _, address := range addresses {
		if g.inside(address) {
			continue
		}
		if g.public.SafeAddr(address.Unmap()) != nil {
			return &RefusedError{NotPublic, "Its host has an address that is not public, and that the policy does not allow."}
		}
		secured = secured && !plain
	}
	if !secured {
		return &RefusedError{NotHTTPS, "It is not https, and its host is not one that the policy allows."}
	}
	return nil
}

// literal is the address that a host is written as.
func literal(host string) ([]netip.Addr, bool) {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return nil, false
	}
	return []netip.Addr{address.WithZone("")}, true
}

// resolve finds the addresses of a name by the system.
func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
