package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// rest translates REST to gRPC. What it refuses never reaches a service.
type rest struct {
	routes       routes
	maxBodyBytes int64
}

// newREST builds the handler of /v1/….
func newREST(ctx context.Context, maxBodyBytes int64, conn grpc.ClientConnInterface) (http.Handler, error) {
	re := rest{routes: routesOf(contract()...), maxBodyBytes: maxBodyBytes}
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newStrictJSON()),
		runtime.WithMiddlewares(re.admit),
		runtime.WithErrorHandler(re.routes.handleError),
		runtime.WithRoutingErrorHandler(re.handleRouting),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithDisableHTTPMethodOverride(),
		// A POST with a form body must not be taken for a GET with parameters.
		runtime.WithDisablePathLengthFallback(),
	)
	files := files{client: intakev1.NewAttachmentServiceClient(conn), mux: mux, json: newStrictJSON()}
	err := errors.Join(
		intakev1.RegisterAttachmentServiceHandlerClient(ctx, mux, files.client),
		intakev1.RegisterIntakeServiceHandlerClient(ctx, mux, intakev1.NewIntakeServiceClient(conn)),
		intakev1.RegisterRecordServiceHandlerClient(ctx, mux, intakev1.NewRecordServiceClient(conn)),
		intakev1.RegisterDraftServiceHandlerClient(ctx, mux, intakev1.NewDraftServiceClient(conn)),
		intakev1.RegisterMatterServiceHandlerClient(ctx, mux, intakev1.NewMatterServiceClient(conn)),
		intakev1.RegisterAssessmentServiceHandlerClient(ctx, mux, intakev1.NewAssessmentServiceClient(conn)),
		routingv1.RegisterRoutingServiceHandlerClient(ctx, mux, routingv1.NewRoutingServiceClient(conn)),
		routingv1.RegisterDirectoryServiceHandlerClient(ctx, mux, routingv1.NewDirectoryServiceClient(conn)),
		routingv1.RegisterRuleServiceHandlerClient(ctx, mux, routingv1.NewRuleServiceClient(conn)),
		routingv1.RegisterHandOffServiceHandlerClient(ctx, mux, routingv1.NewHandOffServiceClient(conn)),
		routingv1.RegisterQueueServiceHandlerClient(ctx, mux, routingv1.NewQueueServiceClient(conn)),
		routingv1.RegisterEscalationServiceHandlerClient(ctx, mux, routingv1.NewEscalationServiceClient(conn)),
		routingv1.RegisterNoticeServiceHandlerClient(ctx, mux, routingv1.NewNoticeServiceClient(conn)),
		remedyv1.RegisterRemedyServiceHandlerClient(ctx, mux, remedyv1.NewRemedyServiceClient(conn)),
		remedyv1.RegisterPlaybookServiceHandlerClient(ctx, mux, remedyv1.NewPlaybookServiceClient(conn)),
		remedyv1.RegisterOfferServiceHandlerClient(ctx, mux, remedyv1.NewOfferServiceClient(conn)),
		remedyv1.RegisterApprovalServiceHandlerClient(ctx, mux, remedyv1.NewApprovalServiceClient(conn)),
		remedyv1.RegisterLedgerServiceHandlerClient(ctx, mux, remedyv1.NewLedgerServiceClient(conn)),
		remedyv1.RegisterClaimServiceHandlerClient(ctx, mux, remedyv1.NewClaimServiceClient(conn)),
		remedyv1.RegisterRefusalServiceHandlerClient(ctx, mux, remedyv1.NewRefusalServiceClient(conn)),
		remedyv1.RegisterDeductionServiceHandlerClient(ctx, mux, remedyv1.NewDeductionServiceClient(conn)),
		followupv1.RegisterPromiseServiceHandlerClient(ctx, mux, followupv1.NewPromiseServiceClient(conn)),
		followupv1.RegisterClockServiceHandlerClient(ctx, mux, followupv1.NewClockServiceClient(conn)),
		followupv1.RegisterSeriesServiceHandlerClient(ctx, mux, followupv1.NewSeriesServiceClient(conn)),
		followupv1.RegisterNotificationServiceHandlerClient(ctx, mux, followupv1.NewNotificationServiceClient(conn)),
		followupv1.RegisterWebhookServiceHandlerClient(ctx, mux, followupv1.NewWebhookServiceClient(conn)),
		followupv1.RegisterFollowupServiceHandlerClient(ctx, mux, followupv1.NewFollowupServiceClient(conn)),
		reviewv1.RegisterOutcomeServiceHandlerClient(ctx, mux, reviewv1.NewOutcomeServiceClient(conn)),
		reviewv1.RegisterImprovementServiceHandlerClient(ctx, mux, reviewv1.NewImprovementServiceClient(conn)),
		followupv1.RegisterCallbackServiceHandlerClient(ctx, mux, followupv1.NewCallbackServiceClient(conn)),
		gatewayv1.RegisterGatewayServiceHandlerClient(ctx, mux, gatewayv1.NewGatewayServiceClient(conn)),
		reviewv1.RegisterReviewServiceHandlerClient(ctx, mux, reviewv1.NewReviewServiceClient(conn)),
		reviews{client: reviewv1.NewReviewServiceClient(conn), mux: mux}.register(re.routes),
		packs{client: gatewayv1.NewGatewayServiceClient(conn), mux: mux}.register(re.routes),
		files.register(re.routes), // Last, for what is registered last is asked first, and ":download" is no part of a name.
	)
	if err != nil {
		return nil, fmt.Errorf("gateway: register: %w", err)
	}
	return surround(mux), nil
}

// contract lists the services that have a REST interface.
func contract() []protoreflect.ServiceDescriptor {
	return []protoreflect.ServiceDescriptor{
		intakev1.File_redress_intake_v1_intake_service_proto.Services().ByName("IntakeService"),
		intakev1.File_redress_intake_v1_record_service_proto.Services().ByName("RecordService"),
		intakev1.File_redress_intake_v1_attachment_service_proto.Services().ByName("AttachmentService"),
		intakev1.File_redress_intake_v1_draft_service_proto.Services().ByName("DraftService"),
		intakev1.File_redress_intake_v1_matter_service_proto.Services().ByName("MatterService"),
		intakev1.File_redress_intake_v1_assessment_service_proto.Services().ByName("AssessmentService"),
		routingv1.File_redress_routing_v1_routing_service_proto.Services().ByName("RoutingService"),
		routingv1.File_redress_routing_v1_directory_service_proto.Services().ByName("DirectoryService"),
		routingv1.File_redress_routing_v1_rule_service_proto.Services().ByName("RuleService"),
		routingv1.File_redress_routing_v1_handoff_service_proto.Services().ByName("HandOffService"),
		routingv1.File_redress_routing_v1_queue_service_proto.Services().ByName("QueueService"),
		routingv1.File_redress_routing_v1_escalation_service_proto.Services().ByName("EscalationService"),
		routingv1.File_redress_routing_v1_notice_service_proto.Services().ByName("NoticeService"),
		remedyv1.File_redress_remedy_v1_remedy_service_proto.Services().ByName("RemedyService"),
		remedyv1.File_redress_remedy_v1_playbook_service_proto.Services().ByName("PlaybookService"),
		remedyv1.File_redress_remedy_v1_offer_service_proto.Services().ByName("OfferService"),
		remedyv1.File_redress_remedy_v1_approval_service_proto.Services().ByName("ApprovalService"),
		remedyv1.File_redress_remedy_v1_ledger_service_proto.Services().ByName("LedgerService"),
		remedyv1.File_redress_remedy_v1_claim_service_proto.Services().ByName("ClaimService"),
		remedyv1.File_redress_remedy_v1_refusal_service_proto.Services().ByName("RefusalService"),
		remedyv1.File_redress_remedy_v1_deduction_service_proto.Services().ByName("DeductionService"),
		followupv1.File_redress_followup_v1_promise_service_proto.Services().ByName("PromiseService"),
		followupv1.File_redress_followup_v1_clock_service_proto.Services().ByName("ClockService"),
		followupv1.File_redress_followup_v1_series_service_proto.Services().ByName("SeriesService"),
		followupv1.File_redress_followup_v1_notification_service_proto.Services().ByName("NotificationService"),
		followupv1.File_redress_followup_v1_webhook_service_proto.Services().ByName("WebhookService"),
		followupv1.File_redress_followup_v1_followup_service_proto.Services().ByName("FollowupService"),
		reviewv1.File_redress_review_v1_outcome_service_proto.Services().ByName("OutcomeService"),
		reviewv1.File_redress_review_v1_improvement_service_proto.Services().ByName("ImprovementService"),
		reviewv1.File_redress_review_v1_review_service_proto.Services().ByName("ReviewService"),
		followupv1.File_redress_followup_v1_callback_service_proto.Services().ByName("CallbackService"),
		gatewayv1.File_redress_gateway_v1_gateway_service_proto.Services().ByName("GatewayService"),
	}
}

// surround does what every call needs: it keeps answers, which hold personal data, out of caches. What proxies say about the client is dropped: no service reads it, and gRPC would refuse the
// whole call for one character that is not ASCII.
func surround(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("X-Forwarded-For")
		r.Header.Del("X-Forwarded-Host")
		r.Host = ""
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// admit lets a request through to its method when its head and query are what the method takes, and reads its body.
func (re rest) admit(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, pathParams map[string]string) {
		pattern, _ := runtime.HTTPPattern(r.Context())
		method, ok := re.routes[r.Method+" "+pattern.String()]
		if !ok || !method.path.MatchString(r.URL.Path) {
			// grpc-gateway takes ":nonsense" for a part of the resource's name, and nothing for a name.
			re.refuseMethod(w, r)
			return
		}
		name(r.Context(), pattern.String())
		if !utf8.ValidString(r.URL.Path) {
			write(w, http.StatusBadRequest, problem(errorv1.Reason_INVALID_UTF8, "The path is not valid UTF-8; encode text as UTF-8."))
			return
		}
		if refused, httpStatus := checkHeaders(r.Header); refused != nil {
			if httpStatus == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			write(w, httpStatus, refused)
			return
		}
		if refused := method.checkQuery(r.URL.RawQuery); refused != nil {
			write(w, http.StatusBadRequest, refused)
			return
		}
		if method.raw {
			next(w, r, pathParams)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, re.maxBodyBytes))
		if err != nil {
			refused, httpStatus := unreadable(err)
			write(w, httpStatus, refused)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r, pathParams)
	}
}

// checkHeaders refuses headers that gRPC cannot carry. It would drop the key, so that the call were not protected against
// being carried out twice, and fail for the token as if the fault were ours.
func checkHeaders(header http.Header) (*errorv1.Problem, int) {
	for _, key := range header.Values("Idempotency-Key") {
		if !printable(key) {
			return problem(errorv1.Reason_IDEMPOTENCY_KEY_INVALID,
				"The idempotency key is not printable ASCII; use a UUID, for example."), http.StatusBadRequest
		}
	}
	for _, token := range header.Values("Authorization") {
		if !printable(token) {
			p := problem(errorv1.Reason_UNAUTHENTICATED, "The token is not printable ASCII.")
			p.Code = codeName(codes.Unauthenticated)
			return p, http.StatusUnauthorized
		}
	}
	return nil, 0
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// incomingHeader lets only the headers through that mean something to a service. Authorization passes by itself.
func incomingHeader(name string) (string, bool) {
	if textproto.CanonicalMIMEHeaderKey(name) == "Idempotency-Key" {
		return "idempotency-key", true
	}
	return "", false
}

// handleRouting answers requests that no method takes.
func (re rest) handleRouting(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	if httpStatus == http.StatusBadRequest {
		write(w, httpStatus, problem(errorv1.Reason_PATH_NOT_FOUND, "The path is malformed."))
		return
	}
	re.refuseMethod(w, r)
}

// refuseMethod answers 405 with the HTTP methods that the path has, or 404 when it has none.
func (re rest) refuseMethod(w http.ResponseWriter, r *http.Request) {
	allowed := re.routes.verbs(r.URL.Path)
	if len(allowed) == 0 {
		p := problem(errorv1.Reason_PATH_NOT_FOUND, "No method has this path; /docs/ lists them.")
		p.Code = codeName(codes.NotFound)
		write(w, http.StatusNotFound, p)
		return
	}
	notAllowed(w, r, allowed)
}

// notAllowed answers 405.
func notAllowed(w http.ResponseWriter, r *http.Request, allowed []string) {
	list := strings.Join(allowed, ", ")
	p := problem(errorv1.Reason_METHOD_NOT_ALLOWED, fmt.Sprintf("%s is not allowed here; use %s.", r.Method, list))
	p.Code = codeName(codes.Unimplemented)
	w.Header().Set("Allow", list)
	write(w, http.StatusMethodNotAllowed, p)
}
