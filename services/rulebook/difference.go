package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Difference tells a person in what two sets differ: + a rule that is new, with where it comes; - one that is gone; ~ what changed of
// one; and the order if the rules that stay come in another one, since the first that matches decides. It is empty for equal rules.
func Difference(before, after []*routingv1.Rule) (lines []string) {
	for _, r := range before {
		if find(after, r.GetId()) == nil {
			lines = append(lines, "- "+r.GetId())
		}
	}
	for i, r := range after {
		old := find(before, r.GetId())
		if old == nil {
			lines = append(lines, "+ "+r.GetId()+", "+position(after, i))
			lines = append(lines, fields(&routingv1.Rule{}, r, "    ")...)
			continue
		}
		if changed := fields(old, r, "    "); len(changed) > 0 {
			lines = append(append(lines, "~ "+r.GetId()), changed...)
		}
	}
	was, is := order(before, after), order(after, before)
	if !slices.Equal(was, is) {
		lines = append(lines, "~ the order", "    - "+strings.Join(was, ", "), "    + "+strings.Join(is, ", "))
	}
	return lines
}

func find(rules []*routingv1.Rule, id string) *routingv1.Rule {
	for _, r := range rules {
		if r.GetId() == id {
			return r
		}
	}
	return nil
}

// position says where a rule comes.
func position(rules []*routingv1.Rule, i int) string {
	if i == len(rules)-1 {
		return "as the last one"
	}
	return "before " + rules[i+1].GetId()
}

// order are the ids of those rules that the others have, too.
func order(rules, others []*routingv1.Rule) (ids []string) {
	for _, r := range rules {
		if find(others, r.GetId()) != nil {
			ids = append(ids, r.GetId())
		}
	}
	return ids
}

// fields tells which fields of a rule differ, each line of what was and of what is.
func fields(before, after *routingv1.Rule, indent string) (lines []string) {
	descriptors := after.ProtoReflect().Descriptor().Fields()
	for i := range descriptors.Len() {
		f := descriptors.Get(i)
		was, is := show(before, f), show(after, f)
		if f.Name() == "id" || slices.Equal(was, is) {
			continue
		}
		lines = append(lines, indent+f.JSONName())
		for _, line := range was {
			lines = append(lines, indent+"  - "+line)
		}
		for _, line := range is {
			lines = append(lines, indent+"  + "+line)
		}
	}
	return lines
}

// show writes a field's value in lines: texts as they are, lists an entry a line; none for a field that is not set.
func show(r *routingv1.Rule, f protoreflect.FieldDescriptor) (lines []string) {
	value := r.ProtoReflect().Get(f)
	switch {
	case !r.ProtoReflect().Has(f):
		return nil
	case f.IsList():
		for i := range value.List().Len() {
			lines = append(lines, entry(f, value.List().Get(i)))
		}
		return lines
	default:
		return strings.Split(value.String(), "\n")
	}
}

// entry writes a value of a list: a language, or a skill with its level.
func entry(f protoreflect.FieldDescriptor, value protoreflect.Value) string {
	if f.Message() == nil {
		return value.String()
	}
	return fmt.Sprintf("%s %s", value.Message().Get(f.Message().Fields().ByName("name")), value.Message().Get(f.Message().Fields().ByName("level")))
}
