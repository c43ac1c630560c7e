package rpc

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/limit"
)

const (
	// rememberedIdentities is how many callers are held against their limit at least.
	rememberedIdentities = 10_000
	// pushback is how a server has gRPC's clients not repeat a call by themselves.
	pushback = "grpc-retry-pushback-ms"
	// outermost is the package whose calls only ask other services: they take no
	// place, their questions do. With one each, they could take all places and
	// wait for each other's questions.
	outermost = "/redress.gateway.v1."
)

// traffic bounds how often a caller calls, and how many calls are carried out at
// a time: what is more than a process can do in time is turned away at once, before
// all calls take too long together. Calls of workers, of other services and of
// operators have places of their own, so that callers never keep duties from
// being done. Health and reflection are not counted.
type traffic struct {
	// identities is nil where there are no limits at all.
	identities                 *limit.Limiter
	callers, services, streams *places
	retryAfter                 time.Duration
	limited, shed              metric.Int64Counter
}

// newTraffic makes the limits of the policy.
func newTraffic(deps Deps) (*traffic, error) {
	rules := deps.Traffic
	if rules == nil {
		return &traffic{}, nil
	}
	each, wait := rules.GetPerIdentity(), rules.GetWait().AsDuration()
	t := &traffic{
		identities: limit.New(deps.Now, int(each.GetTimes()), each.GetWithin().AsDuration(), rememberedIdentities),
		callers:    newPlaces("callers", rules.GetCallers(), wait),
		services:   newPlaces("services", rules.GetServices(), wait),
		streams:    newPlaces("streams", rules.GetStreams(), 0),
		retryAfter: rules.GetRetryAfter().AsDuration(),
	}
	meter := deps.Telemetry.Meter().Meter("redress/rpc")
	var failed [2]error
	t.limited, failed[0] = meter.Int64Counter("redress_calls_limited",
		metric.WithDescription("Calls refused because their caller calls too often."))
	t.shed, failed[1] = meter.Int64Counter("redress_calls_shed",
		metric.WithDescription("Calls turned away because as many are carried out as may be at a time."))
	if err := errors.Join(failed[:]...); err != nil {
		return nil, err
	}
	t.limited.Add(context.Background(), 0)
	for _, p := range []*places{t.callers, t.services, t.streams} {
		t.shed.Add(context.Background(), 0, p.label())
	}
	return t, nil
}

func (t *traffic) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	leave, err := t.enter(ctx, info.FullMethod, t.callers, t.services)
	if err != nil {
		return nil, err
	}
	defer leave()
	return handler(ctx, request)
}

// stream counts the streams of callers; those between services last as long as
// they have to.
func (t *traffic) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	leave, err := t.enter(ss.Context(), info.FullMethod, t.streams, nil)
	if err != nil {
		return err
	}
	defer leave()
	return handler(server, ss)
}

// enter lets a call in, which calls leave at its end. Places of callers or, for
// those who go before, of preferred, which may be nil. Errors: TOO_MANY_REQUESTS,
// OVERLOADED.
func (t *traffic) enter(ctx context.Context, method string, callers, preferred *places) (leave func(), err error) {
	if t.identities == nil || open(method) {
		return func() {}, nil
	}
	identity, known := auth.FromContext(ctx)
	service := known && identity.Has(authv1.Role_SERVICE)
	if known && !service {
		if wait := t.identities.Allow(identity.Subject); wait > 0 {
			t.limited.Add(ctx, 1)
			return nil, errs.Exhausted(errorv1.Reason_TOO_MANY_REQUESTS.String(), "You call too often. Try again later.").
				With("limit", "identity").After(wait)
		}
	}
	taken := callers
	if service || known && identity.Has(authv1.Role_OPERATOR) {
		taken = preferred
	}
	if taken == nil || strings.HasPrefix(method, outermost) {
		return func() {}, nil
	}
	if !taken.take(ctx) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, t.turnAway(ctx, taken)
	}
	return taken.leave, nil
}

// turnAway refuses a call. Clients do not repeat it by themselves: that would be
// more to do when there is too much already.
func (t *traffic) turnAway(ctx context.Context, full *places) error {
	t.shed.Add(ctx, 1, full.label())
	if grpc.ServerTransportStreamFromContext(ctx) != nil {
		_ = grpc.SetTrailer(ctx, metadata.Pairs(pushback, "-1"))
	}
	return errs.Unavailable(errorv1.Reason_OVERLOADED.String(),
		"There is more to do than can be done in time; nothing was done. Try again later with the same idempotency key.").
		With("calls", full.name).After(t.retryAfter)
}

// label tells metrics whose places are full.
func (p *places) label() metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("calls", p.name))
}
