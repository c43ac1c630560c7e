package suite

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/redress-dev/redress/services/internal/policy"
)

// Policy is a firm's compiled policy. Load one with LoadPolicy.
type Policy = policy.Policy

// LoadPolicy reads the policy of a YAML file, laid over the built-in default; an empty path is the default itself. Its error
// names file, line and field.
func LoadPolicy(path string) (*Policy, error) { return policy.Load(path) }

// Config says where the suite keeps its data and where it listens. The zero value is usable but for DataDir.
type Config struct {
	// DataDir holds keys and, unless Database says otherwise, the databases. Made with mode 0700 if absent.
	DataDir string
	// Database is empty for SQLite files in DataDir, or the URL of a PostgreSQL database, in which each service has its schema.
	Database string
	// GRPCAddress is where all services listen; "127.0.0.1:9090" when empty. Port 0 picks a free one.
	GRPCAddress string
	// HTTPAddress is where the REST edge listens; "127.0.0.1:8080" when empty. Port 0 picks a free one.
	HTTPAddress string
	// TemporalAddress is Temporal's frontend; "127.0.0.1:7233" when empty. It need not be reachable.
	TemporalAddress string
	// Namespace is Temporal's; "redress" when empty.
	Namespace string
	// TemporalID tells one Temporal's data from another's, for example the id of the namespace. A Temporal that was not
	// delivered to before is told everything from the beginning, so that losing its data loses no deadline. Empty for a
	// Temporal whose data is taken to be always the same.
	TemporalID string
	// DrainTime is how long calls in flight may take to end; 5 s when zero.
	DrainTime time.Duration
}

// Deps are what the suite needs from its surroundings. All are required.
type Deps struct {
	// Policy is the firm's policy.
	Policy *Policy
	// Now is the clock that due times, verdicts and "overdue" are decided by.
	Now func() time.Time
	// Logger hears what operators should know. Nothing personal is written to it.
	Logger *slog.Logger
	// Listeners are where the suite answers: from Listen. The suite closes them.
	Listeners *Listeners
}

func (c Config) withDefaults() Config {
	c.GRPCAddress = cmp.Or(c.GRPCAddress, "127.0.0.1:9090")
	c.HTTPAddress = cmp.Or(c.HTTPAddress, "127.0.0.1:8080")
	c.TemporalAddress = cmp.Or(c.TemporalAddress, "127.0.0.1:7233")
	c.Namespace = cmp.Or(c.Namespace, "redress")
	c.DrainTime = cmp.Or(c.DrainTime, 5*time.Second)
	return c
}

func (d Deps) check() error {
	if d.Policy == nil || d.Now == nil || d.Logger == nil || d.Listeners == nil {
		return errors.New("suite: policy, clock, logger and listeners are required")
	}
	return nil
}

// prepareDir makes the data directory and finds out whether it can be written, before anything else is begun.
func prepareDir(dir string) error {
	if dir == "" {
		return errors.New("suite: no data directory")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	return os.Remove(filepath.Clean(probe.Name()))
}
