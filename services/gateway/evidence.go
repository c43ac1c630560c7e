package gateway

import (
	"context"

	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// Keys finds the data key of a customer. In production it is a vault.Cache over intake's GetDataKey; a key that was destroyed
// answers DATA_KEY_NOT_FOUND.
type Keys interface {
	// Key returns the data key of a customer.
	Key(ctx context.Context, customer string) (*vault.DataKey, error)
}

// reader reads the events of a page of one timeline, oldest first.
type reader struct {
	service *Service
	// allowed tells whether the caller's work needs the words (API-4).
	allowed bool
	// keys are those that were asked for, so that each is asked for once.
	keys map[string]answeredKey
	// seen is each signal of the page as it was told last, for what names it later.
	seen map[string]*gatewayv1.Evidence
	// recalled is the same of pages before, once it was asked for.
	recalled map[string]*eventv1.SignalRaised
}

// recalling is how many events are read at once for signals of pages before.
const recalling = 1000

// answeredKey is a customer's data key, or why there is none.
type answeredKey struct {
	key      *vault.DataKey
	withheld gatewayv1.Quotation_Withheld
}

func (s *Service) reader(ctx context.Context) *reader {
	caller, _ := auth.FromContext(ctx)
	return &reader{
		service: s,
		// The roles are those to which intake shows its record.
		allowed: caller.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_SERVICE),
		keys:    map[string]answeredKey{}, seen: map[string]*gatewayv1.Evidence{},
	}
}

// prove adds to an entry what its event rests on (RISK-5).
func (r *reader) prove(ctx context.Context, t *track, entry *gatewayv1.TimelineEntry, payload *eventv1.Payload) {
	for _, raised := range payload.GetSignalsRaised().GetSignals() {
		entry.Evidence = append(entry.Evidence, r.evidence(ctx, raised))
	}
	if changed := payload.GetSeverityChanged(); changed != nil {
		for _, name := range changed.GetSignals() {
			evidence, known := r.seen[name]
			if !known {
				evidence = r.earlier(ctx, t, name)
			}
			entry.Evidence = append(entry.Evidence, evidence)
		}
		entry.Reason = r.open(ctx, changed.GetReason(), t.subject+"#severity")
	}
}

// evidence tells a signal, and keeps it for what names it later.
func (r *reader) evidence(ctx context.Context, raised *eventv1.SignalRaised) *gatewayv1.Evidence {
	evidence := &gatewayv1.Evidence{
		Signal: raised.GetSignal(), Kind: raised.GetKind(), Target: raised.GetTarget(), Weight: raised.GetWeight(), RuleId: raised.GetRuleId(),
		Source: raised.GetSource(), Start: raised.GetStart(), End: raised.GetEnd(),
		Quote: r.open(ctx, raised.GetQuote(), raised.GetSignal()+"#quote"),
	}
	r.seen[evidence.GetSignal()] = evidence
	return evidence
}

// earlier tells a signal that is not on this page: from the pages before, which are read once for it, or else its name alone.
func (r *reader) earlier(ctx context.Context, t *track, name string) *gatewayv1.Evidence {
	if r.recalled == nil {
		r.recalled = t.recall(ctx)
	}
	if raised := r.recalled[name]; raised != nil {
		return r.evidence(ctx, raised)
	}
	return &gatewayv1.Evidence{Signal: name}
}

// recall reads the signals that the service told on pages before, as it told them last.
func (t *track) recall(ctx context.Context) map[string]*eventv1.SignalRaised {
	signals := map[string]*eventv1.SignalRaised{}
	for at := int64(0); at < t.began && !t.failed; {
		events := t.read(ctx, at, int(min(recalling, t.began-at)))
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			payload := &eventv1.Payload{}
			if proto.Unmarshal(e.GetPayload(), payload) != nil {
				continue // The page that tells it says so.
			}
			for _, raised := range payload.GetSignalsRaised().GetSignals() {
				signals[raised.GetSignal()] = raised
			}
		}
		at = events[len(events)-1].GetPosition()
	}
	return signals
}

// open opens a sealed text of an event, or says why it is not shown; nil when there is none.
func (r *reader) open(ctx context.Context, sealed *eventv1.Sealed, place string) *gatewayv1.Quotation {
	if len(sealed.GetCiphertext()) == 0 {
		return nil
	}
	if !r.allowed {
		return &gatewayv1.Quotation{Withheld: gatewayv1.Quotation_ROLE}
	}
	answered := r.key(ctx, sealed.GetCustomer())
	if answered.key == nil {
		return &gatewayv1.Quotation{Withheld: answered.withheld}
	}
	text, err := answered.key.Open(sealed.GetCiphertext(), place)
	if err != nil {
		// One damaged text must not make the whole story unreadable.
		r.service.deps.Logger.ErrorContext(ctx, "timeline: a text cannot be opened", "place", place, "error", err)
		return &gatewayv1.Quotation{Withheld: gatewayv1.Quotation_UNREADABLE}
	}
	return &gatewayv1.Quotation{Text: string(text)}
}

func (r *reader) key(ctx context.Context, customer string) answeredKey {
	if known, ok := r.keys[customer]; ok {
		return known
	}
	key, err := r.service.deps.Keys.Key(ctx, customer)
	answered := answeredKey{key: key}
	switch {
	case err == nil:
	case errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String():
		answered = answeredKey{withheld: gatewayv1.Quotation_ERASED}
	default:
		r.service.deps.Logger.WarnContext(ctx, "timeline: a data key cannot be asked for", "error", err)
		answered = answeredKey{withheld: gatewayv1.Quotation_UNREADABLE}
	}
	r.keys[customer] = answered
	return answered
}
