package routing

import (
	"fmt"
	"slices"
	"strconv"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/routing/rule"
)

// checkConditions refuses a set with conditions that cannot be used. Each is told, at the field that path makes of the rule's index.
func checkConditions(set *rule.Set, path string) error {
	problems := set.Problems()
	if len(problems) == 0 {
		return nil
	}
	first, reason := problems[0], routingv1.ErrorReason_RULE_CONDITION_INVALID.String()
	refusal := errs.Invalid(reason, "", "Rule %s, line %d, column %d: %s", first.ID, first.Line, first.Column, first.Text).
		With("rule", first.ID).With("line", strconv.Itoa(first.Line)).With("column", strconv.Itoa(first.Column)).With("problem", first.Text)
	for _, p := range problems {
		if path != "" {
			refusal = refusal.Field(reason, fmt.Sprintf(path, p.Index), "line %d, column %d: %s", p.Line, p.Column, p.Text)
		}
	}
	return refusal
}

// checkRules refuses a set that names departments that are not there, or skills that nobody has: no complaint would find anybody.
func (d *Directory) checkRules(set *rule.Set, path string) error {
	for i, r := range set.Proto().GetRules() {
		field := func(name string) string {
			if path == "" {
				return ""
			}
			return fmt.Sprintf(path, i) + name
		}
		if d.department(departmentID(r.GetDepartment())) == nil {
			return errs.Invalid(routingv1.ErrorReason_REFERENCE_UNKNOWN.String(), field("department"), "Rule %s: there is no %s.", r.GetId(), r.GetDepartment()).
				With("name", r.GetDepartment()).With("rule", r.GetId())
		}
		for _, skill := range r.GetSkills() {
			if !d.anybodyCan(skill.GetName()) {
				return errs.Invalid(routingv1.ErrorReason_SKILL_UNKNOWN.String(), field("skills"), "Rule %s: nobody has the skill %q.", r.GetId(), skill.GetName()).
					With("rule", r.GetId()).With("skill", skill.GetName())
			}
		}
	}
	return nil
}

// anybodyCan tells whether an active person has a skill, however well.
func (d *Directory) anybodyCan(skill string) bool {
	for _, r := range d.resources {
		agent, ok := r.(*routingv1.Agent)
		if ok && isActive(agent) && slices.ContainsFunc(agent.GetSkills(), func(s *routingv1.Skill) bool { return s.GetName() == skill }) {
			return true
		}
	}
	return false
}

func tooManyRules(most int32) error {
	return errs.Invalid(routingv1.ErrorReason_TOO_MANY_RULES.String(), "rule_set.rules", "A set has %d rules at most.", most).
		With("most", strconv.Itoa(int(most)))
}

func ruleTwice(i int, id string) error {
	return errs.Invalid(routingv1.ErrorReason_RULE_TWICE.String(), fmt.Sprintf("rule_set.rules[%d].id", i), "The set has two rules %s.", id).With("rule", id)
}
