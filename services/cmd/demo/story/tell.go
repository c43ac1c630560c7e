package story

import (
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
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
	case "escalation_raised", "escalation_raised.AGAIN", "hand_off_settled", "hand_off_settled.EXPIRED":
		return mark{"▲", magenta, magenta}
	default:
		return mark{"·", dim, plain}
	}
}

// echoed tells which events only repeat what the story has just told; the timeline at the end has them all.
func echoed(h happening) bool {
	switch h.event.GetType() {
	case "complaint_received", "complaint_activated", "duty_opened", "duty_warned", "message_recorded", "attempt_recorded",
		"resolution_requested", "remedy_proposed", "hand_off_proposed", "escalation_resolved", "demand_made", "complaint_closed",
		"complaint_linked", "understanding_changed", "record_changed", "offer_made", "offer_answered", "promise_made", "promise_kept",
		"refusal_begun", "refusal_step_recorded", "refusal_ended", "approver_chosen", "investigation_recorded", "complaint_assessed",
		"responsibility_ruled", "deduction_suggested", "deduction_changed", "touch_answered":
		return true
	case "escalation_acknowledged":
		return !h.payload.GetEscalationAcknowledged().GetLate()
	case "notice_sent": // Of an assignment, an escalation, a hand-off.
		return h.payload.GetNoticeSent().GetAbout() != routingv1.Notice_WARNING.String()
	default:
		return false
	}
}

// doer is who did what an event tells. What Redress concludes from somebody's words is its own doing, whoever spoke.
func (s *stage) doer(h happening) string {
	switch h.event.GetType() {
	case "signals_raised", "duty_rescheduled", "duty_opened":
		return s.words.say("redress")
	case "severity_changed":
		if !h.payload.GetSeverityChanged().GetByPerson() {
			return s.words.say("redress")
		}
	}
	return s.called(h.event.GetActor())
}

// keyOf is the event's type, with what makes a difference for the words: a verdict, what somebody is told of, how a hand-off ended,
// whether the ladder hears of it, whether a time has changed.
func keyOf(h happening) string {
	kind, p := h.event.GetType(), h.payload
	switch {
	case p.GetDutySettled().GetVerdict() != policyv1.Verdict_VERDICT_UNSPECIFIED:
		return kind + "." + p.GetDutySettled().GetVerdict().String()
	case p.GetNoticeSent().GetAbout() != "" && p.GetNoticeSent().GetAbout() != routingv1.Notice_WARNING.String():
		return kind + "." + p.GetNoticeSent().GetAbout()
	case p.GetHandOffSettled().GetState() == routingv1.HandOff_EXPIRED.String():
		return kind + ".EXPIRED"
	case p.GetRemedyGranted().GetApproval() != "":
		return kind + ".APPROVED"
	case p.GetApprovalMovedUp().GetSeconded():
		return kind + ".SECONDED"
	case p.GetSignalsRaised().GetEscalate():
		return kind + ".ESCALATED"
	case p.GetDutyRescheduled() != nil && p.GetDutyRescheduled().GetDueTime().AsTime().Equal(p.GetDutyRescheduled().GetPreviousDueTime().AsTime()):
		return kind + ".SAME"
	case p.GetDutyRescheduled() != nil && p.GetDutyRescheduled().GetDueTime().AsTime().After(p.GetDutyRescheduled().GetPreviousDueTime().AsTime()):
		return kind + ".LATER"
	case p.GetSeverityChanged() != nil && p.GetSeverityChanged().GetSeverity() < p.GetSeverityChanged().GetPrevious():
		return kind + ".LOWERED"
	case h.again:
		return kind + ".AGAIN"
	default:
		return kind
	}
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
	case f.IsList() && f.Kind() == protoreflect.StringKind:
		var all []string
		for i := range v.List().Len() {
			all = append(all, v.List().Get(i).String())
		}
		return strings.Join(all, " "), true
	case f.IsList():
		kinds := s.kinds(v.List())
		return strings.Join(kinds, s.words.say("list")), len(kinds) > 0
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
		return s.compound(v.Message())
	}
}

// compound is the text of a time or of an amount of money that is there.
func (s *stage) compound(m protoreflect.Message) (string, bool) {
	switch v := m.Interface().(type) {
	case *timestamppb.Timestamp:
		return s.since(v.AsTime()), m.IsValid()
	case *money.Money:
		return s.words.say("yuan", "amount", strconv.FormatInt(v.GetUnits(), 10)), m.IsValid()
	default:
		return "", false
	}
}

// kinds are what signals are called, each kind once; nothing for a list of anything else.
func (s *stage) kinds(list protoreflect.List) []string {
	var all []string
	for i := range list.Len() {
		signal, ok := list.Get(i).Interface().(protoreflect.Message)
		if !ok {
			return nil
		}
		raised, ok := signal.Interface().(*eventv1.SignalRaised)
		if !ok {
			return nil
		}
		if name := s.words.name("escalatedKind", raised.GetKind().String()); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
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
