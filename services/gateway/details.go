package gateway

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// details lists the fields of an event by their JSON names: names, times, enums, numbers, amounts and digests. Fields of a message in
// it are listed as "targets.callback". Sealed text is never listed, and neither are lists, which the summary tells, but for the kinds of
// signals.
func details(p *eventv1.Payload) map[string]string {
	out := map[string]string{}
	kind := p.ProtoReflect().WhichOneof(p.ProtoReflect().Descriptor().Oneofs().ByName("kind"))
	if kind != nil {
		list(out, "", p.ProtoReflect().Get(kind).Message())
	}
	signalDetails(out, p.GetSignalsRaised())
	if d := p.GetDeductionSuggested(); d.GetDeduction() != "" { // The ruling says whom it concerns, and why which one it is; older events have both.
		return map[string]string{"deduction": d.GetDeduction()}
	}
	return out
}

// signalDetails lists the kinds of signals of risk, each once and in their order: what a front end shows and filters by. It needs nothing else
// of them, and the customer's words are none of it.
func signalDetails(out map[string]string, raised *eventv1.SignalsRaised) {
	var kinds []string
	for _, signal := range raised.GetSignals() {
		if kind := signal.GetKind().String(); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) > 0 {
		out["kinds"] = strings.Join(kinds, ",")
	}
}

func list(out map[string]string, prefix string, m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := prefix + f.JSONName()
		switch {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.BytesKind:
			out[name] = hex.EncodeToString(v.Bytes())
		case f.Message() == nil:
			out[name] = scalar(f, v)
		default:
			listMessage(out, name, v.Message())
		}
		return true
	})
}

func listMessage(out map[string]string, name string, m protoreflect.Message) {
	switch v := m.Interface().(type) {
	case *eventv1.Sealed:
	case *timestamppb.Timestamp:
		out[name] = v.AsTime().UTC().Format(time.RFC3339Nano)
	case *money.Money:
		out[name] = amount(v)
	default:
		list(out, name+".", m)
	}
}

func scalar(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if f.Kind() == protoreflect.EnumKind {
		if value := f.Enum().Values().ByNumber(v.Enum()); value != nil {
			return string(value.Name())
		}
		return fmt.Sprint(v.Enum())
	}
	return v.String()
}

// amount writes money with two decimals, or as many as it has: "500.00 CNY".
func amount(m *money.Money) string {
	units, nanos, sign := m.GetUnits(), m.GetNanos(), ""
	if units < 0 || nanos < 0 {
		units, nanos, sign = -units, -nanos, "-"
	}
	decimals := fmt.Sprintf("%09d", nanos)
	for len(decimals) > 2 && decimals[len(decimals)-1] == '0' {
		decimals = decimals[:len(decimals)-1]
	}
	return fmt.Sprintf("%s%d.%s %s", sign, units, decimals, m.GetCurrencyCode())
}
