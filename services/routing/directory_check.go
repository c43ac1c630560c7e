package routing

import (
	"cmp"
	"slices"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/policy"
)

// check refuses a resource that cannot be part of the directory it would be in (ROUTE-1, ROUTE-2).
func (d *Directory) check(r Resource, now time.Time) error {
	switch r := r.(type) {
	case *routingv1.Department:
		return d.checkDepartment(r)
	case *routingv1.Team:
		if r.GetDisplayName() == "" {
			return unnamed("team")
		}
		if d.Find(parentOf(r.GetName())) == nil {
			return unknownReference("parent", parentOf(r.GetName()))
		}
		return d.wantAgent("team.lead", r.GetLead())
	case *routingv1.Agent:
		return d.checkAgent(r, now)
	default:
		return nil
	}
}

func (d *Directory) checkDepartment(r *routingv1.Department) error {
	if r.GetDisplayName() == "" {
		return unnamed("department")
	}
	if err := d.wantAgent("department.manager", r.GetManager()); err != nil {
		return err
	}
	if err := d.wantAgent("department.supervisor", r.GetSupervisor()); err != nil {
		return err
	}
	if err := checkHours("department.hours", r.GetHours()); err != nil {
		return err
	}
	if r.GetParent() != "" && d.department(departmentID(r.GetParent())) == nil && r.GetParent() != r.GetName() {
		return unknownReference("department.parent", r.GetParent())
	}
	above := func(name string) string { return d.department(departmentID(name)).GetParent() }
	if d.circular(r.GetName(), r.GetParent(), above) {
		return errs.Invalid(routingv1.ErrorReason_DEPARTMENT_CYCLE.String(), "department.parent",
			"%s would be above itself.", r.GetName()).With("name", r.GetName())
	}
	return nil
}

func (d *Directory) checkAgent(r *routingv1.Agent, now time.Time) error {
	switch {
	case r.GetDisplayName() == "":
		return unnamed("agent")
	case d.department(departmentID(r.GetDepartment())) == nil:
		return unknownReference("agent.department", r.GetDepartment())
	case r.Capacity != nil && r.GetCapacity() < 1:
		return errs.Invalid(routingv1.ErrorReason_CAPACITY_INVALID.String(), "agent.capacity",
			"Who takes complaints has room for one; for somebody who takes none, takes_complaints is false.")
	case r.GetTakesComplaints() && len(r.GetLanguages()) == 0:
		return errs.Invalid(routingv1.ErrorReason_LANGUAGE_MISSING.String(), "agent.languages",
			"Who takes complaints speaks a language; without one nobody could be given to this person.")
	case r.GetSupervisor() != r.GetName():
		if err := d.wantAgent("agent.supervisor", r.GetSupervisor()); err != nil {
			return err
		}
	}
	if d.circular(r.GetName(), r.GetSupervisor(), func(name string) string { return d.agent(name).GetSupervisor() }) {
		return errs.Invalid(routingv1.ErrorReason_REPORTING_LINE_CYCLE.String(), "agent.supervisor",
			"%s would be above themselves.", r.GetName()).With("name", r.GetName())
	}
	for _, team := range r.GetTeams() {
		if d.Find(team) == nil || parentOf(team) != r.GetDepartment() {
			return unknownReference("agent.teams", team)
		}
	}
	for i, skill := range r.GetSkills() {
		if slices.ContainsFunc(r.GetSkills()[:i], func(other *routingv1.Skill) bool { return other.GetName() == skill.GetName() }) {
			return invalid("agent.skills", "has a skill twice")
		}
	}
	if err := checkHours("agent.shifts", r.GetShifts()); err != nil {
		return err
	}
	return d.checkAbsences(r, now)
}

// checkAbsences wants each to end after it begins, none to overlap another one, and delegates who are there while it lasts.
func (d *Directory) checkAbsences(r *routingv1.Agent, now time.Time) error {
	sorted := slices.SortedFunc(slices.Values(r.GetAbsences()), func(a, b *routingv1.Absence) int {
		return cmp.Or(a.GetStartTime().AsTime().Compare(b.GetStartTime().AsTime()), a.GetEndTime().AsTime().Compare(b.GetEndTime().AsTime()))
	})
	var end time.Time
	for i, a := range sorted {
		switch {
		case !a.GetStartTime().AsTime().Before(a.GetEndTime().AsTime()):
			return scheduleInvalid("agent.absences", "an absence ends before it begins")
		case i > 0 && a.GetStartTime().AsTime().Before(end):
			return scheduleInvalid("agent.absences", "two absences overlap")
		case a.GetDelegate() == r.GetName():
			return unknownReference("agent.absences.delegate", a.GetDelegate())
		}
		if end = a.GetEndTime().AsTime(); !now.Before(end) {
			continue
		}
		if err := d.wantAgent("agent.absences.delegate", a.GetDelegate()); err != nil {
			return err
		}
	}
	return nil
}

// circular tells whether somebody or something would be above itself.
func (d *Directory) circular(name, above string, next func(string) string) bool {
	for range len(d.resources) + 1 {
		switch above {
		case "":
			return false
		case name:
			return true
		}
		above = next(above)
	}
	return true
}

// wantAgent wants somebody to be there and active, if anybody is named.
func (d *Directory) wantAgent(field, name string) error {
	if name != "" && !isActive(d.agent(name)) {
		return unknownReference(field, name)
	}
	return nil
}

// user is who or what keeps somebody or something from leaving the directory; empty when nothing does. Absences that are over, and
// people who have left, hold nobody.
func (d *Directory) user(name string, rules *policyv1.Directory, now time.Time) string {
	for _, r := range d.rules.Proto().GetRules() {
		if r.GetDepartment() == name {
			return d.rules.Name()
		}
	}
	if departmentName(rules.GetDefaultDepartment()) == name || agentName(rules.GetExecutive()) == name {
		return "policy"
	}
	users := d.names(func(r Resource) bool { return r.GetName() != name && uses(r, name, now) }, "")
	if len(users) == 0 {
		return ""
	}
	return users[0]
}

// uses tells whether a resource names another one.
func uses(r Resource, name string, now time.Time) bool {
	switch r := r.(type) {
	case *routingv1.Department:
		return r.GetManager() == name || r.GetSupervisor() == name || r.GetParent() == name
	case *routingv1.Team:
		return r.GetLead() == name || parentOf(r.GetName()) == name
	case *routingv1.Agent:
		if !isActive(r) {
			return false
		}
		return r.GetDepartment() == name || r.GetSupervisor() == name || slices.Contains(r.GetTeams(), name) ||
			slices.ContainsFunc(r.GetAbsences(), func(a *routingv1.Absence) bool {
				return a.GetDelegate() == name && now.Before(a.GetEndTime().AsTime())
			})
	default:
		return false
	}
}

func checkHours(field string, hours *policyv1.StaffedHours) error {
	if hours == nil {
		return nil
	}
	if _, err := policy.Weekly(hours); err != nil {
		return scheduleInvalid(field, err.Error()).Wrap(err)
	}
	return nil
}

func scheduleInvalid(field, what string) *errs.Error {
	return errs.Invalid(routingv1.ErrorReason_SCHEDULE_INVALID.String(), field, "The times cannot be: %s.", what)
}

func unknownReference(field, name string) error {
	return errs.Invalid(routingv1.ErrorReason_REFERENCE_UNKNOWN.String(), field,
		"There is no %q here that could be meant: it does not exist, has left, or is not of this department.", name).With("name", name)
}

func unnamed(what string) error { return invalid(what+".display_name", "must not be empty") }

func invalid(field, what string) error {
	return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), field, "%s %s", field, what)
}
