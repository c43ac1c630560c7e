package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/namespace"
)

// Values of a Config field that is left zero.
const (
	// DefaultFrontendAddress is where SDK clients and the temporal command line look first.
	DefaultFrontendAddress = "127.0.0.1:7233"
	// DefaultNamespace is the namespace of a client that names none.
	DefaultNamespace = "default"
	// DefaultRetention keeps a closed workflow's history for a quarter. The
	// library's own default of one day would hide yesterday's case from an
	// operator.
	DefaultRetention = 90 * 24 * time.Hour
	// DefaultSynchronous flushes every commit to the disk.
	DefaultSynchronous = "FULL"
)

// Config says where the server keeps its data and on what addresses it answers.
// Only Dir is required.
type Config struct {
	// Dir is the directory of the data file, made with mode 0700 if absent.
	Dir string
	// FrontendAddress is the host:port of the gRPC frontend, loopback by
	// default. Port 0 picks a free one: see Server.FrontendAddress.
	FrontendAddress string
	// UIAddress is the host:port of the web interface. Empty means none;
	// port 0 picks a free one: see Server.UIAddress.
	UIAddress string
	// Namespace is made on the first start.
	Namespace string
	// Retention is how long the history of a closed workflow is kept, at least
	// one hour. A later start with another value changes the namespace.
	Retention time.Duration
	// SearchAttributes are the namespace's own, by name. A later start may name
	// more, and those that are no longer named stay. The data file has room for
	// ten keywords and three of each other type.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Synchronous is SQLite's setting of the same name. FULL keeps what was
	// acknowledged through a power loss. NORMAL is faster and keeps it through a
	// crash of the process only.
	Synchronous string
	// LogLevel is the least severe level that reaches Deps.Logger, slog.LevelWarn
	// when nil. The server is talkative below that.
	LogLevel slog.Leveler
}

// Deps are what the server needs from its surroundings.
type Deps struct {
	// Logger receives what the server and the web interface have to say.
	Logger *slog.Logger
}

// resolve returns the configuration with its zero fields filled in, or an error
// that names every field that cannot be used.
func (c Config) resolve() (Config, error) {
	if c.FrontendAddress == "" {
		c.FrontendAddress = DefaultFrontendAddress
	}
	if c.Namespace == "" {
		c.Namespace = DefaultNamespace
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Synchronous == "" {
		c.Synchronous = DefaultSynchronous
	}
	if c.LogLevel == nil {
		c.LogLevel = slog.LevelWarn
	}
	c.Synchronous = strings.ToUpper(c.Synchronous)
	c.SearchAttributes = maps.Clone(c.SearchAttributes)
	return c, c.validate()
}

func (c Config) validate() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("the Temporal data directory is not set"))
	}
	if c.Retention < namespace.MinRetentionLocal {
		errs = append(errs, fmt.Errorf("the retention of closed workflows is %s, but must be at least %s",
			c.Retention, namespace.MinRetentionLocal))
	}
	if c.Synchronous != "FULL" && c.Synchronous != "NORMAL" {
		errs = append(errs, fmt.Errorf("synchronous is %q, but must be FULL or NORMAL", c.Synchronous))
	}
	for name, kind := range c.SearchAttributes {
		if name == "" || enumspb.IndexedValueType_name[int32(kind)] == "" || kind == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
			errs = append(errs, fmt.Errorf("search attribute %q has no usable type", name))
		}
	}
	return errors.Join(errs...)
}
