package suite

import (
	"context"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// flushWithin bounds the last sending of spans.
const flushWithin = time.Second

// openTelemetry begins traces and metrics: traces when a collector is named, metrics when operators have an address to read
// them at.
func (s *Suite) openTelemetry(ctx context.Context) (err error) {
	s.telemetry, err = telemetry.New(ctx, telemetry.Config{
		Service: serviceName(s.cfg.Roles), Version: version(), OTLPEndpoint: s.cfg.OTLPEndpoint, TraceRatio: s.cfg.TraceRatio,
		Prometheus: s.deps.Listeners.admin != nil, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	s.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
		defer cancel()
		if err := s.telemetry.Shutdown(ctx); err != nil {
			// A collector that is away must not make a clean stop look like a failure.
			s.deps.Logger.WarnContext(ctx, "the last spans were not sent", "error", err)
		}
		return nil
	})
	s.deps.Logger = slog.New(s.telemetry.Logs(s.deps.Logger.Handler()))
	s.facts, err = facts.New(s.telemetry.Meter())
	return err
}

// serviceName is under which traces and metrics tell of this process.
func serviceName(roles []Role) string {
	if len(roles) == 1 {
		return "redress-" + string(roles[0])
	}
	return "redress"
}

// version is the one that the program was built from; empty when it does not say.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version
}

// observe connects a log to traces and metrics.
func (s *Suite) observe(deps eventlog.Deps) eventlog.Deps {
	if s.telemetry.Traces() {
		deps.Tracer = s.telemetry.Tracer()
	}
	if s.telemetry.Metrics() {
		deps.Recorded = s.facts.Recorded
	}
	return deps
}

// watch offers what is read from databases as metrics, when somebody reads them.
func (s *Suite) watch() error {
	if !s.telemetry.Metrics() {
		return nil
	}
	sources := facts.Sources{Duties: s.duties, Deliveries: s.deliveries, Notices: s.notices, Logs: map[string]facts.Log{}, Databases: map[string]facts.Database{},
		Soon: s.deps.Policy.Proto().GetQueues().GetDueSoon().AsDuration(), Now: s.deps.Now, Logger: s.deps.Logger}
	for role, log := range s.logs {
		sources.Logs[string(role)] = log
	}
	for role, db := range s.databases {
		sources.Databases[string(role)] = db
	}
	if s.cfg.meetsTemporal() {
		if err := s.watchTemporal(); err != nil {
			return err
		}
	}
	return facts.Watch(s.telemetry.Meter(), sources)
}

// begin has the counters of this process stand at 0.
func (s *Suite) begin(ctx context.Context) {
	if !s.telemetry.Metrics() {
		return
	}
	s.facts.Begin(ctx, facts.Beginning{
		Intake: s.cfg.has(Intake), Routing: s.cfg.has(Routing), Followup: s.cfg.has(Followup),
		Levels: s.deps.Policy.Levels(), MessageChannels: followup.ChannelNames(s.deps.Policy), Templates: s.templates(),
		SuggestedFields: intake.SuggestedFields(),
	})
}

// templates are what messages to customers can be called: counters of them begin at zero.
func (s *Suite) templates() []string {
	letters := s.deps.Policy.Letters()
	ends := []string{letters.Closing(), letters.Refusal(), letters.NotAComplaint(), letters.Withdrawn(), letters.Merged(), letters.Unreached(), letters.Extension(),
		letters.Survey(false), letters.Survey(true), letters.ContactEnded(), letters.ClosingWithoutReply()}
	return slices.DeleteFunc(append(followup.Templates(), ends...), func(id string) bool { return id == "" })
}
