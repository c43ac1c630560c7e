// Package telemetry makes traces, metrics and trace ids in logs, with OpenTelemetry.
//
// One value, made at the start of a process, is handed to whatever is to be seen: gRPC servers and clients, the REST edge,
// the relays, Temporal's client, the log. Nothing is global: two suites in one process have two of them. Traces go to a
// collector over OTLP, metrics are read from Handler in Prometheus' format. Without either, only trace ids travel: an
// operator still finds by one id what a request has caused.
//
// Spans and metrics hold names of methods, kinds and states; spans also names of resources and times. Neither holds what
// somebody wrote or who somebody is.
package telemetry
