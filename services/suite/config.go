package suite

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Policy is a firm's compiled policy. Load one with LoadPolicy.
type Policy = policy.Policy

// LoadPolicy reads the policy of a YAML file, laid over the built-in default; an empty path is the default itself. Its error
// names file, line and field.
func LoadPolicy(path string) (*Policy, error) { return policy.Load(path) }

// Config says which parts of Redress run in this process, where they keep their data and where they are reached. The zero
// value is usable but for DataDir. The tags are the one description of flags, environment and configuration file, for every
// program that runs a suite: package settings reads them.
type Config struct {
	// Roles are the parts that run here; all when empty.
	Roles []Role `kong:"-"`
	// DataDir holds keys and, unless Database says otherwise, the databases. Made with mode 0700 if absent and Migrate is set.
	DataDir string `name:"data-dir" env:"REDRESS_DATA_DIR" default:"var" placeholder:"DIR" group:"data" help:"Directory for keys, for SQLite databases, and for the newest checkpoint of each event log."`
	// Database is empty for SQLite files in DataDir, or the URL of a PostgreSQL database, in which each service has its schema.
	Database string `name:"database" env:"REDRESS_DATABASE" placeholder:"URL" secret:"true" group:"data" help:"PostgreSQL URL (postgres://user:password@host/database) instead of SQLite files. Each service works in a schema of its own."`
	// DatabaseConns is how many connections each service of this process keeps to PostgreSQL at most; 16 when zero.
	DatabaseConns int `name:"database-conns" env:"REDRESS_DATABASE_CONNS" default:"16" placeholder:"N" group:"data" help:"How many connections each service of this process keeps to PostgreSQL at most. The server must allow those of all processes together (max_connections); each service holds one more, to hear of its replicas' commits."`
	// Attachments is where the content of attachments lies: a directory, or the URL of a bucket. Empty for "attachments" in DataDir
	// with SQLite, and for nowhere with PostgreSQL, whose processes may run on several hosts.
	Attachments string `name:"attachments" env:"REDRESS_ATTACHMENTS" placeholder:"PLACE" group:"data" help:"Where intake keeps the content of attachments, encrypted: a directory that all its replicas share, or the URL of a bucket. By default DIR/attachments in the data directory; with PostgreSQL nowhere, and attachments are refused."`
	// Scanner is a ClamAV daemon that looks at what is uploaded; empty for none.
	Scanner string `name:"scanner" env:"REDRESS_SCANNER" placeholder:"URL" group:"data" help:"ClamAV daemon that intake has look at attachments: tcp://host:port or unix:///path/of/socket. While it is away attachments are refused. Without one nothing is scanned."`
	// GRPCAddress is where the roles of this process listen for gRPC. Port 0 picks a free one.
	GRPCAddress string `name:"grpc-addr" env:"REDRESS_GRPC_ADDR" placeholder:"HOST:PORT" group:"addresses" help:"Where this process listens for gRPC. By default 127.0.0.1:9090; with fewer than all roles 9091 for intake, 9092 routing, 9093 remedy, 9094 followup, 9095 gateway, 9097 review, whichever is named first."`
	// HTTPAddress is where the REST edge listens; "127.0.0.1:8080" when empty. Port 0 picks a free one.
	HTTPAddress string `name:"http-addr" env:"REDRESS_HTTP_ADDR" placeholder:"HOST:PORT" group:"addresses" help:"Where the gateway listens for REST. By default 127.0.0.1:8080."`
	// AdminAddress is where metrics and health are read; "off" for nowhere.
	AdminAddress string `name:"admin-addr" env:"REDRESS_ADMIN_ADDR" placeholder:"HOST:PORT" group:"addresses" help:"Where operators read /metrics, /healthz and /readyz, or off. By default 127.0.0.1:9190; with fewer than all roles 9191 for intake to 9196 for worker, 9197 for review."`
	// IntakeAddress is where intake answers when it does not run here; several addresses are separated by commas.
	IntakeAddress string `name:"intake-addr" env:"REDRESS_INTAKE_ADDR" default:"127.0.0.1:9091" placeholder:"HOST:PORT,…" group:"addresses" help:"Where intake answers when it does not run in this process: host:port, or several separated by commas. A host name with several addresses stands for all of them."`
	// RoutingAddress is the same for routing.
	RoutingAddress string `name:"routing-addr" env:"REDRESS_ROUTING_ADDR" default:"127.0.0.1:9092" placeholder:"HOST:PORT,…" group:"addresses" help:"The same for routing."`
	// RemedyAddress is the same for remedy.
	RemedyAddress string `name:"remedy-addr" env:"REDRESS_REMEDY_ADDR" default:"127.0.0.1:9093" placeholder:"HOST:PORT,…" group:"addresses" help:"The same for remedy."`
	// FollowupAddress is the same for followup.
	FollowupAddress string `name:"followup-addr" env:"REDRESS_FOLLOWUP_ADDR" default:"127.0.0.1:9094" placeholder:"HOST:PORT,…" group:"addresses" help:"The same for followup."`
	// ReviewAddress is the same for review.
	ReviewAddress string `name:"review-addr" env:"REDRESS_REVIEW_ADDR" default:"127.0.0.1:9097" placeholder:"HOST:PORT,…" group:"addresses" help:"The same for review."`
	// TemporalAddress is Temporal's frontend. It need not be reachable.
	TemporalAddress string `name:"temporal-addr" env:"REDRESS_TEMPORAL_ADDR" default:"127.0.0.1:7233" placeholder:"HOST:PORT" group:"temporal" help:"Temporal's frontend."`
	// Namespace is Temporal's; "redress" when empty.
	Namespace string `name:"temporal-namespace" env:"REDRESS_TEMPORAL_NAMESPACE" default:"redress" placeholder:"NAME" group:"temporal" help:"Namespace in Temporal."`
	// HistoryRetention is how long Temporal keeps the histories of ended workflows, in a namespace that Migrate makes; 90 days
	// when zero.
	HistoryRetention time.Duration `name:"temporal-retention" env:"REDRESS_TEMPORAL_RETENTION" default:"2160h" group:"temporal" help:"How long Temporal keeps the histories of ended workflows, in a namespace that redress migrate makes."`
	// TemporalEncryption is what is done with what Temporal keeps of workflows: "off", "read" or "on"; off when empty.
	TemporalEncryption string `name:"temporal-encryption" env:"REDRESS_TEMPORAL_ENCRYPTION" default:"off" placeholder:"MODE" group:"temporal" help:"Whether what Temporal keeps of workflows is encrypted with temporal.key: off; read for what is encrypted is read, and nothing more is encrypted; on. Set read in all processes before on in any."`
	// TemporalUIOrigin is where Temporal's web interface is opened that may have payloads decrypted; empty for none.
	TemporalUIOrigin string `name:"temporal-ui-origin" env:"REDRESS_TEMPORAL_UI_ORIGIN" placeholder:"URL" group:"temporal" help:"Origin of the Temporal web interface (https://host:port) whose pages may have the gateway decrypt what they show, at /v1/codec. None by default."`
	// WorkflowCache is how many workflows the worker holds in memory between their tasks; 1000 when zero.
	WorkflowCache int `name:"workflow-cache" env:"REDRESS_WORKFLOW_CACHE" default:"1000" placeholder:"N" group:"temporal" help:"How many workflows the worker holds in memory between their tasks, about 150 kB each. The others are read again from their histories when something happens to them."`
	// WorkerDeployment and WorkerBuild name the deployment that the worker belongs to and its version there; both empty for a worker without
	// versions. One with a version gets nothing to do before it is the current one: see Promote.
	WorkerDeployment string `name:"worker-deployment" env:"REDRESS_WORKER_DEPLOYMENT" placeholder:"NAME" group:"temporal" help:"Worker Deployment in Temporal that the workers of this installation belong to, such as redress. With it a worker gets nothing to do before redress promote has made its version the current one."`
	// WorkerBuild is the version.
	WorkerBuild string `name:"worker-build" env:"REDRESS_WORKER_BUILD" placeholder:"ID" group:"temporal" help:"Version of this worker in its deployment: a build or image tag, another one for each binary."`
	// OTLPEndpoint is where traces are sent; empty for nowhere.
	OTLPEndpoint string `name:"otlp-endpoint" env:"REDRESS_OTLP_ENDPOINT" placeholder:"HOST:PORT" group:"telemetry" help:"OpenTelemetry collector (OTLP over gRPC) that traces are sent to. Without one no spans are made; trace ids still travel."`
	// TraceRatio is the share of traces that begin here and are sent; those that a caller began are sent when the caller's are.
	TraceRatio float64 `name:"trace-ratio" env:"REDRESS_TRACE_RATIO" default:"1" placeholder:"0..1" group:"telemetry" help:"Share of the traces begun here that are sent."`
	// StopDelay is how long the process says that it stops while it still serves, so that load balancers take it out first.
	StopDelay time.Duration `name:"stop-delay" env:"REDRESS_STOP_DELAY" default:"0s" group:"stopping" help:"How long the process says at /readyz and to gRPC's health checks that it stops, while it still serves, so that load balancers take it out before it refuses anybody."`
	// DrainTime is how long calls in flight may take to end; 5 s when zero.
	DrainTime time.Duration `name:"drain-time" env:"REDRESS_DRAIN_TIME" default:"5s" group:"stopping" help:"How long calls in flight may take to end when the process is stopped."`
	// Identity says who vouches for people.
	Identity IdentityConfig `embed:""`
	// Notices are the ways to the firm's own people.
	Notices NoticeConfig `embed:""`
	// TLS says how connections are protected. Without it nothing but loopback is spoken over.
	TLS TLSConfig `embed:""`
	// TemporalID tells one Temporal's data from another's: the id of the namespace, which the suite asks for when this is empty.
	TemporalID string `kong:"-"`
	// Migrate makes missing keys and brings tables up to date at the start. Without it the suite waits until Migrate, the
	// function, has done so: several processes share the keys, and none of them may make its own.
	Migrate bool `kong:"-"`
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

// WithDefaults fills in what is empty. It returns what the suite will use.
func (c Config) WithDefaults() Config {
	if len(c.Roles) == 0 {
		c.Roles = Roles()
	}
	if c.Database == "" {
		c.Attachments = cmp.Or(c.Attachments, filepath.Join(c.DataDir, "attachments"))
	}
	c.GRPCAddress = cmp.Or(c.GRPCAddress, fmt.Sprintf("127.0.0.1:%d", port(c.Roles, 9090)))
	c.HTTPAddress = cmp.Or(c.HTTPAddress, "127.0.0.1:8080")
	c.AdminAddress = cmp.Or(c.AdminAddress, fmt.Sprintf("127.0.0.1:%d", port(c.Roles, 9190)))
	for i, address := range []*string{&c.IntakeAddress, &c.RoutingAddress, &c.RemedyAddress, &c.FollowupAddress} {
		*address = cmp.Or(*address, fmt.Sprintf("127.0.0.1:%d", 9091+i))
	}
	c.ReviewAddress = cmp.Or(c.ReviewAddress, "127.0.0.1:9097")
	c.TemporalAddress = cmp.Or(c.TemporalAddress, "127.0.0.1:7233")
	c.TemporalEncryption = cmp.Or(c.TemporalEncryption, string(envelope.Off))
	c.Namespace = cmp.Or(c.Namespace, "redress")
	c.HistoryRetention = cmp.Or(c.HistoryRetention, 90*24*time.Hour)
	c.DrainTime = cmp.Or(c.DrainTime, 5*time.Second)
	c.WorkflowCache = cmp.Or(c.WorkflowCache, 1000)
	return c
}

// seals is what is done with what Temporal keeps.
func (c Config) seals() envelope.Mode { return envelope.Mode(c.TemporalEncryption) }

// has tells whether the role runs in this process.
func (c Config) has(role Role) bool { return slices.Contains(c.Roles, role) }

// meetsTemporal tells whether anything in this process needs Temporal.
func (c Config) meetsTemporal() bool {
	return slices.ContainsFunc(c.Roles, func(r Role) bool { return r != Gateway })
}

// listens tells whether anything in this process answers gRPC.
func (c Config) listens() bool {
	return slices.ContainsFunc(c.Roles, func(r Role) bool { return r != Worker })
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
