package gateway

import (
	"context"

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

// reader reads the events of one timeline, oldest first.
type reader struct {
	service *Service
	// allowed tells whether the caller's work needs the words (API-4).
	allowed bool
	// keys are those that were asked for, so that each is asked for once.
	keys map[string]answeredKey
	// seen is each signal as it was told last, for what names it later.
	seen map[string]*gatewayv1.Evidence
}

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
func (r *reader) prove(ctx context.Context, complaint string, entry *gatewayv1.TimelineEntry, payload *eventv1.Payload) {
	for _, raised := range payload.GetSignalsRaised().GetSignals() {
		evidence := &gatewayv1.Evidence{
			Signal: raised.GetSignal(), Kind: raised.GetKind(), Target: raised.GetTarget(), Weight: raised.GetWeight(), RuleId: raised.GetRuleId(),
			Source: raised.GetSource(), Start: raised.GetStart(), End: raised.GetEnd(),
			Quote: r.open(ctx, raised.GetQuote(), raised.GetSignal()+"#quote"),
		}
		r.seen[evidence.GetSignal()] = evidence
		entry.Evidence = append(entry.Evidence, evidence)
	}
	if changed := payload.GetSeverityChanged(); changed != nil {
		for _, name := range changed.GetSignals() {
			evidence, known := r.seen[name]
			if !known {
				evidence = &gatewayv1.Evidence{Signal: name}
			}
			entry.Evidence = append(entry.Evidence, evidence)
		}
		entry.Reason = r.open(ctx, changed.GetReason(), complaint+"#severity")
	}
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
