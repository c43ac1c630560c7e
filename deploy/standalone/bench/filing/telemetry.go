package filing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
)

// The ways to observe the product, each by its own settings.
const (
	unobserved = "none: --admin-addr off"
	metrics    = "as by default: metrics, no exporter of traces"
	traces     = "metrics, and every trace sent: --otlp-endpoint"
)

func observations() []string { return []string{unobserved, metrics, traces} }

// Telemetry measures what it costs to observe filing over gRPC, on each engine in turn: products that differ in nothing else take turns.
func Telemetry(ctx context.Context, cfg Config) (tables []report.Table, err error) {
	collector, err := collect(ctx)
	if err != nil {
		return nil, err
	}
	defer collector.Stop()
	for _, engine := range cfg.Engines {
		found, err := cfg.observe(ctx, engine, collector.address)
		if err != nil {
			return nil, fmt.Errorf("telemetry on %s: %w", engine.Title(), err)
		}
		tables = append(tables, cfg.telemetryTable(engine, slices.Max(cfg.Callers), found))
	}
	return tables, nil
}

// observe lets the products take turns at the highest concurrency, in an order that moves on by one each round.
func (cfg Config) observe(ctx context.Context, engine database.Engine, collector string) (found rounds, err error) {
	callers, products := slices.Max(cfg.Callers), map[string]*product{}
	defer func() {
		for _, p := range products {
			err = errors.Join(err, p.close(ctx))
		}
	}()
	for name, as := range map[string]server.Config{
		unobserved: {Paused: true, NoAdmin: true}, metrics: {Paused: true}, traces: {Paused: true, Collector: collector},
	} {
		p, err := cfg.open(ctx, engine, as)
		if err != nil {
			return nil, err
		}
		products[name] = p
	}
	found = rounds{}
	for round := range cfg.Rounds {
		at := round % len(products)
		for _, name := range slices.Concat(observations()[at:], observations()[:at]) {
			p := products[name]
			r, err := cfg.turn(ctx, p, callers, p.grpc.File(p.deck))
			if err != nil {
				return nil, err
			}
			found[name] = append(found[name], r)
			cfg.Tell("%s, telemetry %s: %s", engine.Title(), name, say(r.Result))
		}
	}
	return found, ctx.Err()
}

func (cfg Config) telemetryTable(engine database.Engine, callers int, found rounds) report.Table {
	t := report.Table{
		Title: "Telemetry on " + engine.Title(),
		Lead: fmt.Sprintf("Filing over gRPC, closed loop of %d callers, deliveries paused; three products that differ in their telemetry only, each on data of its own. "+
			"%d rounds in which each takes its turn for %s, after %s that is not counted; the median of the rounds and, in brackets, the slowest and the fastest. "+
			"A ratio is the median of the ratios within each round; half of them are within the brackets behind it.", callers, cfg.Rounds, cfg.Duration, cfg.WarmUp),
		Columns: []string{"telemetry", "per second", "(rounds)", "errors", "rate, of none", "(half of the rounds)", "processor ms each", "processor, of none", "(half of the rounds)"},
		Notes: []string{
			"Without telemetry no handler of statistics is in the gRPC server and no counter in the log of events; that the id of a caller's trace travels on is part of the product and stays.",
			"The collector takes what it is sent and forgets it, in the process of the load generator.",
		},
	}
	for _, name := range observations() {
		cells := append([]string{name}, found.cells(name)...)
		cells = append(cells, spread(found.ratios(name, unobserved))...)
		cells = append(cells, found.processor(name))
		t.Add(append(cells, spread(found.processors(name, unobserved))...)...)
	}
	if err := found.problem(); err != nil {
		t.Notes = append(t.Notes, "The first error: "+err.Error())
	}
	return t
}

// processors are the ratios of the product's processor time within each round; none where the system does not tell it.
func (r rounds) processors(name, of string) (list []float64) {
	for i, base := range r[of] {
		if base.processor > 0 {
			list = append(list, float64(r[name][i].processor)/float64(base.processor))
		}
	}
	return list
}

// spread is the median of ratios and the middle half of them.
func spread(ratios []float64) []string {
	if len(ratios) == 0 {
		return []string{"", ""}
	}
	sorted := slices.Sorted(slices.Values(ratios))
	return []string{fmt.Sprintf("%.3f", report.Median(sorted)), fmt.Sprintf("(%.3f–%.3f)", sorted[len(sorted)/4], sorted[(len(sorted)-1)*3/4])}
}

// collector takes whatever it is sent over gRPC.
type collector struct {
	*grpc.Server

	address string
}

func collect(ctx context.Context) (*collector, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &collector{address: listener.Addr().String(), Server: grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		// Every message can be read as an empty one, and an empty answer says that all was taken.
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		return stream.SendMsg(&emptypb.Empty{})
	}))}
	go func() { _ = c.Serve(listener) }() // It ends with Stop.
	return c, nil
}
