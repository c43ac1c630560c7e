// Package gateway is the edge of Redress: the REST interface for front ends, and the few views that are put together from
// several services.
//
// It owns no records. It always dials the services over gRPC, so a call over REST passes the same interceptors as any other:
// token, roles, validation and idempotency are decided there, never here. What the edge adds is strictness that
// grpc-gateway does not have by default: unknown fields, unknown query parameters and trailing bytes are refused by name, and
// every error is a JSON body with a documented reason.
//
//   - service.go, timeline.go, duties.go, guide.go: GatewayService, itself a gRPC service.
//   - edge.go: the HTTP handler: REST, documents, health.
//   - rest.go: REST to gRPC, and what is refused on the way for its path, method or headers.
//   - files.go, form.go, patience.go: files, which pass as they are and piece by piece.
//   - query.go, strict.go, place.go: what is refused for its query or body, by the name of the parameter or field.
//   - problem.go: how an error looks over HTTP.
//   - summary.go, details.go: what each event says, without personal data.
//   - pack.go, pack_parts.go, pack_page.go, packs.go: the file of a complaint for a regulator, put together from all services.
//   - codec.go: what Temporal keeps of workflows, decrypted for its web interface.
//   - evidence.go: what signals quote and people give as reasons, opened for those whose work needs it.
package gateway
