package telemetry

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// measure makes the provider of metrics and the handler that serves them, with those of Go and of the process.
func (t *Telemetry) measure(described *resource.Resource) error {
	registry := prometheus.NewRegistry()
	for _, collector := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(collector); err != nil {
			return fmt.Errorf("telemetry: Prometheus: %w", err)
		}
	}
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return fmt.Errorf("telemetry: Prometheus: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithResource(described), sdkmetric.WithReader(exporter), sdkmetric.WithView(temporalSeconds()))
	t.meter, t.metrics, t.handler = provider, true, plain(promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, EnableOpenMetrics: true}))
	t.stop = append(t.stop, provider.Shutdown)
	return nil
}

// temporalSeconds gives the durations that Temporal's SDK measures buckets in seconds: OpenTelemetry's default ones are
// meant for milliseconds.
func temporalSeconds() sdkmetric.View {
	return sdkmetric.NewView(sdkmetric.Instrument{Name: "temporal_*", Kind: sdkmetric.InstrumentKindHistogram, Unit: "s"},
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{
			Boundaries: []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60},
		}})
}

// plain serves every reader the same names, with underscores: newer servers of Prometheus ask for the dots of
// OpenTelemetry's names, and then one dashboard would not fit all. Who understands OpenMetrics, as Prometheus does, is told
// exemplars too: the trace of a call that took so long.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		format := "text/plain;version=0.0.4;escaping=underscores"
		if strings.Contains(r.Header.Get("Accept"), "application/openmetrics-text") {
			format = "application/openmetrics-text;version=1.0.0;escaping=underscores"
		}
		r = r.Clone(r.Context())
		r.Header.Set("Accept", format)
		next.ServeHTTP(w, r)
	})
}
