package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
	return slices.Contains([]string{"admin-addr", "config", "live"}, flag)
}

// Help implements kong's HelpProvider.
func (probe) Help() string {
	return `Asks the process on this host, at its operators' address, and ends with 0 when it is well and with 1 when not, saying why: for
container images that have no other program to ask with. Give it the address that the process was given; a host that stands for
every interface is asked over loopback.`
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
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	status, err := ask(ctx, "http://"+address+path)
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

// ask returns what the process says of itself; an error when it is not well.
func ask(ctx context.Context, url string) (status string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	// A proxy of the environment has no business between a process and its own host.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
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
