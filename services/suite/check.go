package suite

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// maxConns is more than any PostgreSQL would take.
const maxConns = 10_000

// Check says what is wrong with the settings, so that a mistake is told at once and not waited for.
func (c Config) Check() error {
	if c.Database == "" && len(c.Roles) < len(Roles()) && slices.ContainsFunc(c.Roles, Role.stores) {
		return errors.New("a process with fewer than all roles needs PostgreSQL: give its URL with --database ($REDRESS_DATABASE)")
	}
	if c.Database != "" {
		if err := sqldb.CheckPostgres(c.Database); err != nil {
			return fmt.Errorf("--database: %w", err)
		}
	}
	if c.Scanner != "" {
		if _, err := attachment.NewClamd(c.Scanner); err != nil {
			return fmt.Errorf("--scanner: %w", err)
		}
	}
	if err := errors.Join(c.Notices.check(), c.Identity.check()); err != nil {
		return err
	}
	if c.DatabaseConns < 0 || c.DatabaseConns > maxConns {
		return fmt.Errorf("--database-conns %d is not between 1 and %d", c.DatabaseConns, maxConns)
	}
	if c.WorkflowCache < 0 {
		return fmt.Errorf("--workflow-cache %d is negative", c.WorkflowCache)
	}
	if c.StopDelay < 0 || c.DrainTime < 0 {
		return errors.New("--stop-delay and --drain-time must not be negative")
	}
	if !(c.TraceRatio >= 0 && c.TraceRatio <= 1) { // Neither holds for NaN.
		return fmt.Errorf("--trace-ratio %v is not between 0 and 1", c.TraceRatio)
	}
	if c.TemporalEncryption != "" && !c.seals().Valid() {
		return fmt.Errorf("--temporal-encryption %q is none of off, read and on", c.TemporalEncryption)
	}
	if c.TemporalUIOrigin != "" {
		if origin, err := url.Parse(c.TemporalUIOrigin); err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" ||
			c.TemporalUIOrigin != origin.Scheme+"://"+origin.Host {
			return fmt.Errorf("--temporal-ui-origin %q is no origin: a scheme and a host alone, such as https://temporal.example", c.TemporalUIOrigin)
		}
	}
	if (c.WorkerDeployment == "") != (c.WorkerBuild == "") {
		return errors.New("--worker-deployment and --worker-build belong together: give both, or neither")
	}
	if strings.ContainsAny(c.WorkerDeployment, ".:") {
		return fmt.Errorf("--worker-deployment %q: no dots and colons, which Temporal separates it from the build by", c.WorkerDeployment)
	}
	if strings.Contains(c.TemporalAddress, ",") {
		return errors.New("--temporal-addr: only one address; a name may stand for several")
	}
	for option, addresses := range map[string]string{
		"--intake-addr": c.IntakeAddress, "--routing-addr": c.RoutingAddress, "--remedy-addr": c.RemedyAddress,
		"--followup-addr": c.FollowupAddress, "--review-addr": c.ReviewAddress, "--temporal-addr": c.TemporalAddress,
	} {
		if err := checkAddresses(addresses); err != nil {
			return fmt.Errorf("%s: %w", option, err)
		}
	}
	return nil
}

// checkAddresses wants host:port, or several separated by commas. None is the default's.
func checkAddresses(addresses string) error {
	if addresses == "" {
		return nil
	}
	for address := range strings.SplitSeq(addresses, ",") {
		host, port, err := net.SplitHostPort(strings.TrimSpace(address))
		if err != nil || host == "" {
			return fmt.Errorf("%q is no host:port", address)
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("%q has no port: a number up to 65535 after the colon", address)
		}
	}
	return nil
}
