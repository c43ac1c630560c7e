package telemetry

import (
	"fmt"
	"net/http"

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
	t.meter, t.metrics, t.handler = provider, true, plain(promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
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
// OpenTelemetry's names, and then one dashboard would not fit all.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Set("Accept", "text/plain;version=0.0.4;escaping=underscores")
		next.ServeHTTP(w, r)
	})
}
