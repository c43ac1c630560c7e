package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// customer is whose words the timeline quotes.
const customer = "customers/0123456789abcdefghjkmnpqrs"

// keys stands in for the data keys that intake holds: that of one customer, or the error.
type keys struct {
	mu    sync.Mutex
	key   *vault.DataKey
	err   error
	asked int
}

func (k *keys) Key(context.Context, string) (*vault.DataKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	return k.key, k.err
}

func (k *keys) set(key *vault.DataKey, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key, k.err, k.asked = key, err, 0
}

// told is an event of intake with a payload.
func told(t *testing.T, number int, payload *eventv1.Payload) *eventv1.Event {
	t.Helper()
	e := event("intake", number, number)
	encoded, err := proto.Marshal(payload)
	require.NoError(t, err)
	e.Payload = encoded
	return e
}

// threatened has intake tell of a threat, of the severity that it raised, and of the one that a person set then.
func (w *world) threatened(t *testing.T) {
	t.Helper()
	keyring, err := vault.LoadOrCreateKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	require.NoError(t, err)
	key, _, err := keyring.NewDataKey(customer)
	require.NoError(t, err)
	w.keys.set(key, nil)
	sealed := func(text, place string) *eventv1.Sealed {
		ciphertext, err := key.Seal([]byte(text), place)
		require.NoError(t, err)
		return &eventv1.Sealed{Customer: customer, Ciphertext: ciphertext}
	}
	signal := name + "/signals/1"
	w.logs["intake"].set([]*eventv1.Event{
		told(t, 1, &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: &eventv1.SignalsRaised{Signals: []*eventv1.SignalRaised{{
			Signal: signal, Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_REGULATOR, Weight: 60, RuleId: "zh-12315",
			Source: name + "/messages/2", Start: 3, End: 12, Quote: sealed("不解决我就打12315", signal+"#quote"),
		}}}}}),
		told(t, 2, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
			Previous: policyv1.Severity_NORMAL, Severity: policyv1.Severity_URGENT, Signals: []string{signal, name + "/signals/0"},
		}}}),
		told(t, 3, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
			Previous: policyv1.Severity_URGENT, Severity: policyv1.Severity_NORMAL, ByPerson: true, Reason: sealed("He took it back by phone.", name+"#severity"),
		}}}),
	}, 0)
}

// proof is the evidence of the threat with its quotation.
func proof(quote *gatewayv1.Quotation) *gatewayv1.Evidence {
	return &gatewayv1.Evidence{
		Signal: name + "/signals/1", Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_REGULATOR, Weight: 60, RuleId: "zh-12315",
		Source: name + "/messages/2", Start: 3, End: 12, Quote: quote,
	}
}

func same(t *testing.T, wanted, got proto.Message) {
	t.Helper()
	require.True(t, proto.Equal(wanted, got), "%v is not %v", got, wanted)
}

// TestTimelineShowsEvidence: each signal with its words, each change of severity with what it rests on, for those whose work needs it.
func TestTimelineShowsEvidence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "API-4")
	shown := func(text string) *gatewayv1.Quotation { return &gatewayv1.Quotation{Text: text} }
	withheld := func(why gatewayv1.Quotation_Withheld) *gatewayv1.Quotation {
		return &gatewayv1.Quotation{Withheld: why}
	}
	quote, reason := shown("不解决我就打12315"), shown("He took it back by phone.")
	destroyed := errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "The key was destroyed.")
	role, erased, unreadable := withheld(gatewayv1.Quotation_ROLE), withheld(gatewayv1.Quotation_ERASED), withheld(gatewayv1.Quotation_UNREADABLE)
	for title, c := range map[string]struct {
		role          authv1.Role
		err           error
		quote, reason *gatewayv1.Quotation
		asked         int
	}{
		"an agent":               {authv1.Role_AGENT, nil, quote, reason, 1},
		"a supervisor":           {authv1.Role_SUPERVISOR, nil, quote, reason, 1},
		"an auditor":             {authv1.Role_AUDITOR, nil, role, role, 0},
		"an operator":            {authv1.Role_OPERATOR, nil, role, role, 0},
		"an erased customer":     {authv1.Role_AGENT, destroyed, erased, erased, 1},
		"intake cannot be asked": {authv1.Role_AGENT, errors.New("the wire is broken"), unreadable, unreadable, 1},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.threatened(t)
			if c.err != nil {
				w.keys.set(nil, c.err)
			}
			response, err := gatewayv1.NewGatewayServiceClient(w.as(c.role)).ListTimeline(t.Context(), &gatewayv1.ListTimelineRequest{Parent: name})
			require.NoError(t, err)
			entries := response.GetEntries()
			require.Len(t, entries, 3)
			same(t, &gatewayv1.TimelineEntry{Evidence: []*gatewayv1.Evidence{proof(c.quote)}}, &gatewayv1.TimelineEntry{Evidence: entries[0].GetEvidence()})
			// A signal that is not on the timeline is named nevertheless.
			unknown := &gatewayv1.Evidence{Signal: name + "/signals/0"}
			same(t, &gatewayv1.TimelineEntry{Evidence: []*gatewayv1.Evidence{proof(c.quote), unknown}}, &gatewayv1.TimelineEntry{Evidence: entries[1].GetEvidence()})
			require.Nil(t, entries[1].GetReason())
			require.Empty(t, entries[2].GetEvidence())
			same(t, c.reason, entries[2].GetReason())
			require.Equal(t, c.asked, w.keys.asked)
		})
	}
}

// TestTimelineWithADamagedQuotation: one text that cannot be opened hides no other.
func TestTimelineWithADamagedQuotation(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.threatened(t)
	events := w.logs["intake"].events
	damaged := told(t, 4, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		ByPerson: true, Reason: &eventv1.Sealed{Customer: customer, Ciphertext: []byte("damaged")},
	}}})
	w.logs["intake"].set(append(events, damaged), 0)
	entries := w.timeline(t).GetEntries()
	require.Equal(t, "不解决我就打12315", entries[0].GetEvidence()[0].GetQuote().GetText())
	require.Equal(t, gatewayv1.Quotation_UNREADABLE, entries[3].GetReason().GetWithheld())
}

func TestTimelineShowsEvidenceOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := start(t)
	w.threatened(t)
	a := w.call(t, http.MethodGet, "/v1/"+name+"/timeline", "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	entries, ok := a.body["entries"].([]any)
	require.True(t, ok)
	threat, _ := entries[0].(object)
	require.Equal(t, []any{object{
		"signal": name + "/signals/1", "kind": "THREAT", "target": "REGULATOR", "weight": 60.0, "ruleId": "zh-12315",
		"source": name + "/messages/2", "start": 3.0, "end": 12.0, "quote": object{"text": "不解决我就打12315", "withheld": "WITHHELD_UNSPECIFIED"},
	}}, threat["evidence"])
	lowered, _ := entries[2].(object)
	require.Equal(t, object{"text": "He took it back by phone.", "withheld": "WITHHELD_UNSPECIFIED"}, lowered["reason"])
	require.NotContains(t, threat["summary"], "12315", "summaries are free of personal data")
}
