package story

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// mark is what a line of the story begins with, and how it looks.
type mark struct {
	sign string
	ink  ink // Of the sign.
	text ink
}

// marks by what an event tells: its type, or its type and verdict. Other events have a dot.
func markOf(key string) mark {
	switch key {
	case "act":
		return mark{">", cyan, bold}
	case "notice_sent", "resolution_refused":
		return mark{"!", yellow, yellow}
	case "duty_settled.MISSED":
		return mark{"✗", red, red}
	case "duty_settled.MET_LATE":
		return mark{"✓", yellow, yellow}
	case "duty_settled.MET", "complaint_resolved", "message_sent":
		return mark{"✓", green, plain}
	case "escalation_raised", "hand_off_settled":
		return mark{"▲", magenta, magenta}
	default:
		return mark{"·", dim, plain}
	}
}

// echoed tells which events only repeat what the story has just told; the timeline at the end has them all.
func echoed(h happening) bool {
	switch h.event.GetType() {
	case "complaint_received", "complaint_activated", "duty_opened", "duty_warned", "message_recorded", "attempt_recorded",
		"resolution_requested", "remedy_proposed", "hand_off_proposed":
		return true
	case "notice_sent": // Of an assignment, an escalation, a hand-off.
		return h.payload.GetNoticeSent().GetAbout() != routingv1.Notice_WARNING.String()
	default:
		return false
	}
}

// keyOf is the event's type, with the verdict where there is one.
func keyOf(h happening) string {
	if settled := h.payload.GetDutySettled(); settled != nil && settled.GetVerdict() != policyv1.Verdict_VERDICT_UNSPECIFIED {
		return h.event.GetType() + "." + settled.GetVerdict().String()
	}
	if about := h.payload.GetNoticeSent().GetAbout(); about != "" && about != routingv1.Notice_WARNING.String() {
		return h.event.GetType() + "." + about
	}
	if state := h.payload.GetHandOffSettled().GetState(); state == routingv1.HandOff_EXPIRED.String() {
		return h.event.GetType() + "." + state
	}
	return h.event.GetType()
}

// tell says what an event tells.
func (s *stage) tell(h happening) string {
	var values []string
	message := h.payload.ProtoReflect()
	if kind := message.WhichOneof(message.Descriptor().Oneofs().ByName("kind")); kind != nil {
		values = s.values(message.Get(kind).Message())
	}
	return s.words.say("event."+keyOf(h), values...)
}

// values lists the fields of an event with what people call them: agents by their names, times from the filing, and names of the
// contract in the language of the narration. Sealed text is not among them.
func (s *stage) values(m protoreflect.Message) []string {
	var values []string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if text, ok := s.value(f, m.Get(f)); ok {
			values = append(values, f.JSONName(), text)
		}
	}
	return values
}

func (s *stage) value(f protoreflect.FieldDescriptor, v protoreflect.Value) (string, bool) {
	switch {
	case f.IsList():
		var all []string
		for i := range v.List().Len() {
			all = append(all, v.List().Get(i).String())
		}
		return strings.Join(all, " "), f.Kind() == protoreflect.StringKind
	case f.IsMap() || f.Kind() == protoreflect.BytesKind:
		return "", false
	case f.Kind() == protoreflect.EnumKind:
		if value := f.Enum().Values().ByNumber(v.Enum()); value != nil {
			return s.words.name(f.JSONName(), string(value.Name())), true
		}
		return "?", true
	case f.Message() == nil:
		return s.called(s.words.name(f.JSONName(), v.String())), true
	default:
		t, ok := v.Message().Interface().(*timestamppb.Timestamp)
		return s.since(t.AsTime()), ok && v.Message().IsValid()
	}
}

// called returns what people call somebody or something with a resource name, and shortens proofs.
func (s *stage) called(name string) string {
	if known, ok := s.names[name]; ok {
		return known
	}
	switch kind, id, _ := strings.Cut(name, "/"); {
	case kind == "services":
		return s.words.say("redress")
	case kind == "frontends":
		return s.words.say("customer")
	case strings.HasPrefix(name, "sha256:") && len(name) > 20 && id == "":
		return name[:19] + "…"
	default:
		return name
	}
}
