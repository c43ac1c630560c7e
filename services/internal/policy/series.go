package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// seriesField and contactsField are the fields of the series after a resolution, and of the contacts of one.
const (
	seriesField   protoreflect.FullName = "redress.policy.v1.FollowUps.plans"
	contactsField protoreflect.FullName = "redress.policy.v1.FollowUpPlan.touches"
)

// laySeries lays the series that a file states over the others, each by its severity: whoever changes one does not mean that nobody asks the rest.
// Those of the file come first, so that they have the places that they have in the file.
func laySeries(to, from proto.Message, node *yaml.Node) {
	into, okInto := to.(*policyv1.FollowUps)
	file, okFile := from.(*policyv1.FollowUps)
	if !okInto || !okFile {
		return
	}
	others := into.GetPlans()
	into.Plans = nil
	for i, plan := range file.GetPlans() {
		plan = proto.CloneOf(plan)
		if before := seriesOf(others, plan.GetSeverity()); before != nil && !statesContacts(node, i) {
			plan.Touches = before.GetTouches()
		}
		into.Plans = append(into.Plans, plan)
	}
	for _, plan := range others {
		if seriesOf(file.GetPlans(), plan.GetSeverity()) == nil {
			into.Plans = append(into.Plans, plan)
		}
	}
}

// statesContacts tells whether a file states the contacts of its series of a number, be it none.
func statesContacts(node *yaml.Node, number int) bool {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if number >= len(node.Content) {
		return true
	}
	for field := range stated((&policyv1.FollowUpPlan{}).ProtoReflect().Descriptor(), node.Content[number]) {
		if field.FullName() == contactsField {
			return true
		}
	}
	return false
}

// seriesOf is the series of a severity; nil for none.
func seriesOf(plans []*policyv1.FollowUpPlan, severity policyv1.Severity) *policyv1.FollowUpPlan {
	for _, plan := range plans {
		if plan.GetSeverity() == severity {
			return plan
		}
	}
	return nil
}

// sortSeries has a policy's series in the order of their severities, however a file states them.
func sortSeries(p *policyv1.Policy) {
	slices.SortStableFunc(p.GetFollowups().GetPlans(), func(a, b *policyv1.FollowUpPlan) int { return int(a.GetSeverity() - b.GetSeverity()) })
}

// asksAnybody tells whether there is a contact after any resolution.
func asksAnybody(rules *policyv1.FollowUps) bool {
	return slices.ContainsFunc(rules.GetPlans(), func(plan *policyv1.FollowUpPlan) bool { return len(plan.GetTouches()) > 0 })
}

// series finds customers whom a file has nobody ask, not all of whom it has asked, or not within the time of the built-in default (FUP-1).
func (a *adviser) series(file, holds *policyv1.FollowUps) {
	if !a.file.states("followups", "plans") {
		return
	}
	at := path{}.field("followups")
	if len(file.GetPlans()) == 0 {
		a.add(at.field("plans"), "series", "is empty: nobody is asked whether a resolution held, whatever letters say of it")
	}
	for i, plan := range file.GetPlans() {
		here := at.item("plans", i)
		touches := seriesOf(holds.GetPlans(), plan.GetSeverity()).GetTouches()
		required := seriesOf(a.standard.message.GetFollowups().GetPlans(), plan.GetSeverity()).GetTouches()
		if len(required) == 0 {
			continue
		}
		most := required[0].GetWithin().AsDuration()
		switch {
		case len(touches) == 0:
			a.add(here.field("touches"), "series", "is empty: nobody is asked whether the resolution held; the built-in default asks within %s, and so letters may say",
				document.Duration(most))
		case slices.ContainsFunc(touches, func(t *policyv1.FollowUpTouch) bool { return t.GetWithin().AsDuration() <= most && t.GetShare() >= 1 }):
		case touches[0].GetWithin().AsDuration() > most:
			a.add(here.item("touches", 0).field("within"), "longer", "is longer than the %s of the built-in default", document.Duration(most))
		default:
			a.add(here.item("touches", 0), "series", "has a share of less than 1; the built-in default asks everybody within %s", document.Duration(most))
		}
	}
}
