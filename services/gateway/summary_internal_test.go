package gateway

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// secret stands in every sealed field.
const secret = "customers/secret"

// kinds makes a payload of each kind with every field set, by the kind's name.
func kinds() map[string]*eventv1.Payload {
	made := map[string]*eventv1.Payload{}
	fields := (&eventv1.Payload{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	for i := range fields.Len() {
		p := &eventv1.Payload{}
		fill(p.ProtoReflect().Mutable(fields.Get(i)).Message())
		made[string(fields.Get(i).Name())] = p
	}
	return made
}

// fill sets every field of a message.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList() && f.Kind() == protoreflect.StringKind:
			m.Mutable(f).List().Append(protoreflect.ValueOfString(string(f.Name())))
		case f.IsList() && f.Kind() == protoreflect.EnumKind:
			m.Mutable(f).List().Append(protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len() - 1).Number()))
		case f.IsList() && f.Message() != nil:
			element := m.Mutable(f).List().AppendMutable()
			fill(element.Message())
		case f.Message() != nil && f.Message().FullName() == (&eventv1.Sealed{}).ProtoReflect().Descriptor().FullName():
			sealed := &eventv1.Sealed{Customer: secret, Ciphertext: []byte(secret)}
			m.Set(f, protoreflect.ValueOfMessage(sealed.ProtoReflect()))
		case f.IsMap():
			m.Mutable(f).Map().Set(protoreflect.ValueOfString("en").MapKey(), protoreflect.ValueOfString("the "+string(f.Name())))
		case f.Message() != nil:
			fill(m.Mutable(f).Message())
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("the "+string(f.Name())))
		case f.Kind() == protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len()-1).Number()))
		case f.Kind() == protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		case f.Kind() == protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(7))
		case f.Kind() == protoreflect.BytesKind:
			m.Set(f, protoreflect.ValueOfBytes([]byte(secret)))
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(1_700_000_000))
		default:
			panic("fill: " + string(f.FullName()))
		}
	}
}

// TestEveryKindOfEventHasASentence fails for a kind that was added to the contract and not to the summaries.
func TestEveryKindOfEventHasASentence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	unknown := summary(&eventv1.Payload{})
	told := map[string]string{}
	for kind, p := range kinds() {
		text := summary(p)
		require.NotEqual(t, unknown, text, "%s has no sentence", kind)
		require.NotContains(t, text, "%!", kind)
		require.Regexp(t, `^[A-Zt].*[.a-z]$`, text, kind)
		require.Empty(t, told[text], "%s says the same as %s", kind, told[text])
		told[text] = kind
	}
	require.GreaterOrEqual(t, len(told), 19)
}

func TestSentencesOfEmptyEvents(t *testing.T) {
	t.Parallel()
	fields := (&eventv1.Payload{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	for i := range fields.Len() {
		p := &eventv1.Payload{}
		p.ProtoReflect().Mutable(fields.Get(i))
		require.NotEmpty(t, summary(p))
		require.Empty(t, details(p))
	}
	require.Empty(t, details(&eventv1.Payload{}))
}

// TestNothingSealedIsShown walks every field of every kind: what is sealed must not come out, not even as ciphertext.
func TestNothingSealedIsShown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	sealed := 0
	for kind, p := range kinds() {
		var shown bytes.Buffer
		shown.WriteString(summary(p))
		for name, text := range details(p) {
			require.NotEmpty(t, text, name)
			shown.WriteString("\n" + name + "=" + text)
		}
		require.NotContains(t, shown.String(), secret, kind)
		m := p.ProtoReflect()
		m = m.Get(m.WhichOneof(m.Descriptor().Oneofs().ByName("kind"))).Message()
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			if f.Message() == nil || f.IsList() || f.IsMap() {
				return true
			}
			if _, ok := v.Message().Interface().(*eventv1.Sealed); ok {
				sealed++
				require.NotContains(t, shown.String(), "\n"+f.JSONName(), kind)
			}
			return true
		})
	}
	require.GreaterOrEqual(t, sealed, 4, "the sealed fields were looked at")
}

func TestDetails(t *testing.T) {
	t.Parallel()
	received := details(kinds()["complaint_received"])
	require.Equal(t, "the reference", received["reference"])
	require.Equal(t, "7", received["demandCount"])
	require.Equal(t, "2023-11-14T22:13:20.000000007Z", received["receiveTime"])
	require.Equal(t, "2023-11-14T22:13:20.000000007Z", received["targets.callback"])
	require.Equal(t, "URGENT", received["severity"])
	require.Equal(t, "1700000000.000000007 the currency_code", received["demanded"])
	unknown := &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{Kind: 99, DueTime: &timestamppb.Timestamp{}}}}
	require.Equal(t, map[string]string{"kind": "99", "dueTime": "1970-01-01T00:00:00Z"}, details(unknown))
	raised := &eventv1.SignalsRaised{Signals: []*eventv1.SignalRaised{
		{Kind: policyv1.SignalKind_THREAT, Signal: "complaints/a/signals/1"}, {Kind: policyv1.SignalKind_CHASE}, {Kind: policyv1.SignalKind_THREAT},
	}}
	require.Equal(t, map[string]string{"kinds": "THREAT,CHASE"},
		details(&eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: raised}}))
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]*money.Money{
		"500.00 CNY":   {CurrencyCode: "CNY", Units: 500},
		"0.50 EUR":     {CurrencyCode: "EUR", Nanos: 500_000_000},
		"1.234 KWD":    {CurrencyCode: "KWD", Units: 1, Nanos: 234_000_000},
		"-1.75 USD":    {CurrencyCode: "USD", Units: -1, Nanos: -750_000_000},
		"-0.01 USD":    {CurrencyCode: "USD", Nanos: -10_000_000},
		"0.000001 USD": {CurrencyCode: "USD", Nanos: 1_000},
	} {
		require.Equal(t, want, amount(m))
	}
}

// TestVerdictsAreToldApart: a broken promise must never read like a kept one.
func TestVerdictsAreToldApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for verdict, begins := range map[policyv1.Verdict]string{
		policyv1.Verdict_MET: "Kept: ", policyv1.Verdict_MET_LATE: "Kept late: ",
		policyv1.Verdict_MET_BY_NOTICE: "Met by written notice: ", policyv1.Verdict_MISSED: "Broken: ",
	} {
		p := kinds()["duty_settled"]
		settled := p.GetDutySettled()
		settled.Correction, settled.EarlierFact = false, false
		settled.Verdict = verdict
		text := summary(p)
		require.True(t, strings.HasPrefix(text, begins), text)
		require.False(t, seen[text])
		seen[text] = true
	}
}

// TestSentencesOfMovedDueTimes are those that differ by more than a name.
func TestSentencesOfMovedDueTimes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "API-2")
	noon := timestamppb.New(time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC))
	ten := timestamppb.New(noon.AsTime().Add(-2 * time.Hour))
	moved := func(due *timestamppb.Timestamp) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
			Kind: policyv1.DutyKind_RESOLUTION, PreviousDueTime: noon, DueTime: due, Reason: "The severity was raised from normal to urgent.",
		}}}
	}
	require.Equal(t, "Due earlier: resolution by 2026-01-05 10:00:00 UTC, before by 2026-01-05 12:00:00 UTC. "+
		"The severity was raised from normal to urgent.", summary(moved(ten)))
	require.Equal(t, "Warned at other times: resolution is due by 2026-01-05 12:00:00 UTC as before. "+
		"The severity was raised from normal to urgent.", summary(moved(noon)))
	require.Equal(t, "Corrected: callback was kept late, since it had been due earlier.",
		summary(&eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
			Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET_LATE, Correction: true,
		}}}))
	require.Equal(t, "Kept by something earlier than was known: callback, at 2026-01-05 10:00:00 UTC.",
		summary(&eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
			Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET, FactTime: ten, EarlierFact: true,
		}}}))
	require.Equal(t, "Escalated to level 1, agents/wu: regulator threat.",
		summary(&eventv1.Payload{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
			Level: 1, Recipient: "agents/wu", Reason: "REGULATOR_THREAT", Signal: policyv1.SignalKind_THREAT,
		}}}))
}

// TestTheLadderIsTold: who was told, who was not and why, and what became of it.
func TestTheLadderIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	over := []*eventv1.PassedOver{{Level: 1, Agent: "agents/zhao", Cause: "ABSENT"}, {Level: 2, Cause: "NOBODY"}}
	for want, p := range map[string]*eventv1.Payload{
		"Escalated to level 3, agents/fang: callback missed. agents/zhao is absent. Nobody stands at level 2.": {
			Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
				Level: 3, Recipient: "agents/fang", Reason: "CALLBACK_MISSED", Passed: over,
			}},
		},
		"Escalated to level 3, where nobody may hear of it: hand off undecided. agents/fang is recused.": {
			Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
				Level: 3, Reason: "HAND_OFF_UNDECIDED", Passed: []*eventv1.PassedOver{{Level: 3, Agent: "agents/fang", Cause: "RECUSED"}},
			}},
		},
		"Brought before level 1, agents/zhao: asked for.": {Kind: &eventv1.Payload_EscalationAsked{EscalationAsked: &eventv1.EscalationAsked{
			Level: 1, Recipient: "agents/zhao", Reason: "ASKED_FOR",
		}}},
		"Escalation acknowledged at level 1: asked for. Too late: the next level is told all the same.": {
			Kind: &eventv1.Payload_EscalationAcknowledged{EscalationAcknowledged: &eventv1.EscalationAcknowledged{
				Level: 1, Reason: "ASKED_FOR", Late: true,
			}},
		},
		"Escalation resolved, asked for: customer contacted.": {
			Kind: &eventv1.Payload_EscalationResolved{EscalationResolved: &eventv1.EscalationResolved{
				Reason: "ASKED_FOR", Resolution: "CUSTOMER_CONTACTED",
			}},
		},
	} {
		require.Equal(t, want, summary(p))
	}
}

// TestWarningsThatWaitAreNotToldAsGiven: the sentence of the notice that follows says who was told, and when.
func TestWarningsThatWaitAreNotToldAsGiven(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "REC-8")
	warned := &eventv1.DutyWarned{
		Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)),
	}
	p := &eventv1.Payload{Kind: &eventv1.Payload_DutyWarned{DutyWarned: warned}}
	require.Equal(t, "Warned: callback is due by 2026-01-05 12:00:00 UTC.", summary(p))
	warned.Waiting = true
	require.Equal(t, "Warning waits to be told: callback is due by 2026-01-05 12:00:00 UTC.", summary(p))
}

// TestNoticesAreAboutSomething: whoever reads the timeline sees what somebody was told of.
func TestNoticesAreAboutSomething(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for number, name := range routingv1.Notice_About_name {
		if number != 0 && number != int32(routingv1.Notice_WARNING) {
			require.Empty(t, seen[about(name)], "%s reads like another one", name)
			require.NotEqual(t, "a due time", about(name), name)
			seen[about(name)] = name
		}
	}
}
