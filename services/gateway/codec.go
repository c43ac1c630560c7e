package gateway

import (
	"context"
	"net/http"

	commonpb "go.temporal.io/api/common/v1"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/errs"
)

// codecPath is where Temporal's web interface has payloads decrypted, when its codec endpoint is /v1/codec.
const codecPath = "/v1/codec/decode"

// Codec decrypts what Temporal keeps of workflows. An envelope.Codec is one.
type Codec interface {
	// Decode returns payloads as they were before they were encrypted; those that were not as they are.
	Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error)
}

// DecodePayloads decrypts what Temporal keeps of workflows, for its web interface. Errors: PAYLOAD_UNREADABLE.
func (s *Service) DecodePayloads(_ context.Context, req *gatewayv1.DecodePayloadsRequest) (*gatewayv1.DecodePayloadsResponse, error) {
	payloads := make([]*commonpb.Payload, len(req.GetPayloads()))
	for i, p := range req.GetPayloads() {
		payloads[i] = &commonpb.Payload{Metadata: p.GetMetadata(), Data: p.GetData()}
		for _, external := range p.GetExternalPayloads() {
			payloads[i].ExternalPayloads = append(payloads[i].ExternalPayloads, &commonpb.Payload_ExternalPayloadDetails{SizeBytes: external.GetSizeBytes()})
		}
	}
	if s.deps.Codec != nil {
		opened, err := s.deps.Codec.Decode(payloads)
		if err != nil {
			return nil, unreadablePayload(payloads, err)
		}
		payloads = opened
	} else if err := unreadablePayload(payloads, nil); err != nil {
		return nil, err
	}
	resp := &gatewayv1.DecodePayloadsResponse{}
	for _, p := range payloads {
		answer := &gatewayv1.TemporalPayload{Metadata: p.GetMetadata(), Data: p.GetData()}
		for _, external := range p.GetExternalPayloads() {
			answer.ExternalPayloads = append(answer.ExternalPayloads, &gatewayv1.TemporalPayload_ExternalPayload{SizeBytes: external.GetSizeBytes()})
		}
		resp.Payloads = append(resp.Payloads, answer)
	}
	return resp, nil
}

// unreadablePayload refuses payloads that are encrypted and cannot be decrypted, by the key of the first one; nil when none is encrypted.
func unreadablePayload(payloads []*commonpb.Payload, cause error) error {
	for _, p := range payloads {
		if !envelope.Sealed(p) {
			continue
		}
		id := string(p.GetMetadata()[envelope.KeyIDKey])
		why := "this gateway decrypts nothing: --temporal-encryption is off"
		if cause != nil {
			why = "this gateway has other keys, or it was altered"
		}
		return errs.Precondition(errorv1.Reason_PAYLOAD_UNREADABLE.String(), "What was encrypted with key %q cannot be read here; %s.", id, why).With("key", id)
	}
	return cause
}

// crossOrigin lets pages of one origin, and no other, call what is behind it (CORS). With no origin none does.
func crossOrigin(origin string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		allowed := origin != "" && r.Header.Get("Origin") == origin
		if allowed {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
		}
		if allowed && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", http.MethodPost)
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
			header.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
