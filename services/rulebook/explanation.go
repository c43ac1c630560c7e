package rulebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Explanation tells a person why a complaint would be given to whom: what the rules went by, what each of them said, who was considered
// and what stood in the way, and who won. The first line says of what and when it speaks.
func Explanation(subject string, told *routingv1.ExplainRoutingResponse) string {
	var b strings.Builder
	rules := cmp.Or(told.GetRuleSet(), "the rules of the file")
	fmt.Fprintf(&b, "%s, by %s, as if it were assigned for the first time at %s\n", subject, rules, stamp(told.GetTime().AsTime()))
	fmt.Fprintf(&b, "\nWhat the rules go by\n  %s\n", strings.Join(known(told.GetFacts().ProtoReflect()), ", "))
	b.WriteString("\nRules, until one matches\n")
	lines := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, outcome := range told.GetRules() {
		fmt.Fprintf(lines, "  %s\t%s\t%s\n", outcome.GetRule(), result(outcome.GetResult()), outcome.GetProblem())
	}
	if told.GetRule() == "" {
		fmt.Fprintf(lines, "  none matches\tthe policy's default department has it\t\n")
	}
	_ = lines.Flush()
	fmt.Fprintf(&b, "\nDepartment\n  %s%s\n", told.GetDepartment(), wanted(told.GetNeeds()))
	b.WriteString("\nPeople\n")
	if len(told.GetAgents()) == 0 {
		b.WriteString("  nobody active\n")
	}
	lines = tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, agent := range told.GetAgents() {
		fmt.Fprintf(lines, "  %s\t%d of %d open\t%s\n", agent.GetAgent(), agent.GetOpenCount(), agent.GetCapacity(), standing(agent))
	}
	_ = lines.Flush()
	fmt.Fprintf(&b, "\nGiven to\n  %s: %s\n", cmp.Or(told.GetAssignee(), "nobody"), told.GetReason())
	return trimmed(b.String())
}

// known are the fields that are set, in the words that conditions use.
func known(facts protoreflect.Message) (list []string) {
	fields := facts.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); facts.Has(f) {
			list = append(list, string(f.Name())+" "+value(f, facts.Get(f)))
		}
	}
	if len(list) == 0 {
		return []string{"nothing is known of it"}
	}
	return list
}

// value writes a value of a fact: enumerations by their names, sums of money as sums.
func value(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	one := func(v protoreflect.Value) string {
		switch {
		case f.Enum() != nil:
			return string(f.Enum().Values().ByNumber(v.Enum()).Name())
		case f.Message() != nil:
			fields := f.Message().Fields()
			sum := fmt.Sprintf("%s %s", v.Message().Get(fields.ByName("currency_code")), v.Message().Get(fields.ByName("units")))
			if nanos := v.Message().Get(fields.ByName("nanos")).Int(); nanos != 0 {
				sum += strings.TrimRight(fmt.Sprintf(".%09d", max(nanos, -nanos)), "0")
			}
			return sum
		default:
			return v.String()
		}
	}
	if !f.IsList() {
		return one(v)
	}
	var all []string
	for i := range v.List().Len() {
		all = append(all, one(v.List().Get(i)))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func result(r routingv1.RuleOutcome_Result) string {
	switch r {
	case routingv1.RuleOutcome_MATCHED:
		return "matches"
	case routingv1.RuleOutcome_FALSE:
		return "is false"
	case routingv1.RuleOutcome_FAILED:
		return "fails, which counts as false:"
	default:
		return strings.ToLower(r.String())
	}
}

// wanted says what whoever takes it must be able to do.
func wanted(needs *routingv1.Needs) string {
	var list []string
	for _, skill := range needs.GetSkills() {
		list = append(list, fmt.Sprintf("%s from level %d", skill.GetName(), skill.GetLevel()))
	}
	list = append(list, needs.GetLanguages()...)
	if len(list) == 0 {
		return ""
	}
	return ", wanted: " + strings.Join(list, ", ")
}

// standing says what stands in somebody's way, or what speaks for them.
func standing(agent *routingv1.ConsideredAgent) string {
	switch agent.GetObstacle() {
	case routingv1.ConsideredAgent_OBSTACLE_UNSPECIFIED:
		said := []string{"can take it", "never given one"}
		if last := agent.GetLastAssignTime(); last != nil {
			said[1] = "last given one at " + stamp(last.AsTime())
		}
		if agent.GetKnowsCustomer() {
			said = slices.Insert(said, 1, "knows the customer")
		}
		return strings.Join(said, ", ")
	case routingv1.ConsideredAgent_TAKES_NONE:
		return "no: takes no complaints"
	case routingv1.ConsideredAgent_OFF_SHIFT:
		return "no: off shift"
	case routingv1.ConsideredAgent_ABSENT:
		return "no: absent"
	case routingv1.ConsideredAgent_AT_CAPACITY:
		return "no: has as many as there is room for"
	case routingv1.ConsideredAgent_LACKS_LANGUAGE:
		return "no: does not speak a language that is needed"
	case routingv1.ConsideredAgent_LACKS_SKILL:
		return "no: lacks " + agent.GetLackingSkill() + " at that level"
	case routingv1.ConsideredAgent_RECUSED:
		return "no: is complained about, or stands directly above or below who is"
	case routingv1.ConsideredAgent_RELIEVED:
		return "no: had it, and it was taken away by hand"
	default:
		return "no: " + agent.GetObstacle().String()
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// trimmed takes away what a table leaves at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
