package complaint

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// attributes are the search attributes that change while the workflow runs.
type attributes struct {
	stage, severity      string
	department, assignee string
	duties, breaches     []string
	waitsFor             []string
	dueTime              time.Time
	level                int64
}

// StartAttributes returns the search attributes that a workflow is started with.
func StartAttributes(input *workflowv1.ComplaintInput) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		ComplaintKey.ValueSet(input.GetComplaint()),
		StageKey.ValueSet((&cycle{}).stage().String()),
		SeverityKey.ValueSet(input.GetSeverity().String()),
	)
}

// attributes tells what the search attributes should be now. When the cycle has ended nothing is owed in it but what outlives it.
func (c *cycle) attributes() attributes {
	a := attributes{
		stage:      c.stage().String(),
		severity:   c.input.GetSeverity().String(),
		department: c.state.GetDepartment(),
		assignee:   c.state.GetAssignee(),
		level:      int64(c.state.GetEscalationLevel()),
	}
	for _, d := range c.duties {
		if !d.owed() || (c.over() && !outlives(d.DutyState)) {
			continue
		}
		a.duties = d.among(a.duties)
		a.waitsFor = append(a.waitsFor, d.GetToDepartment(), d.GetToAgent())
		if d.GetVerdict() == policyv1.Verdict_MISSED {
			a.breaches = d.among(a.breaches)
			a.waitsFor = append(a.waitsFor, d.GetRecipient())
		} else if due := d.GetDueTime().AsTime(); a.dueTime.IsZero() || due.Before(a.dueTime) {
			a.dueTime = due
		}
	}
	if !c.over() {
		for _, e := range c.state.GetEscalations() {
			a.waitsFor = append(a.waitsFor, e.GetRecipient())
		}
	}
	slices.Sort(a.waitsFor)
	a.waitsFor = slices.DeleteFunc(slices.Compact(a.waitsFor), func(name string) bool { return name == "" })
	return a
}

// among adds a duty's kind. There may be many promises, and several offers, of which one word tells as much.
func (d *duty) among(kinds []string) []string {
	many := d.GetKind() == policyv1.DutyKind_PROMISE || d.GetKind() == policyv1.DutyKind_OFFER_FOLLOW_UP
	if many && slices.Contains(kinds, d.kind()) {
		return kinds
	}
	return append(kinds, d.kind())
}

// publish notes that something changed that operators should see.
func (c *cycle) publish() { c.unwritten = true }

// show writes what changed, as soon as no quick call is under way: quick calls stay within a workflow task, so what they bring
// about is written once a task. Each writing of search attributes is paid for in Temporal's visibility store.
func (c *cycle) show(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return c.unwritten && c.trying == 0 }) == nil {
		c.write(ctx)
	}
}

// write shows operators how the cycle stands: in the current details, and in the search attributes where they changed.
func (c *cycle) write(ctx workflow.Context) {
	c.unwritten = false
	workflow.SetCurrentDetails(ctx, c.details(workflow.Now(ctx)))
	now := c.attributes()
	updates := now.since(c.published)
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes were not written", "error", err)
		return
	}
	c.published = now
}

// since lists what must be written so that what was written before becomes this.
func (a attributes) since(before attributes) []temporal.SearchAttributeUpdate {
	var updates []temporal.SearchAttributeUpdate
	keyword := func(key temporal.SearchAttributeKeyKeyword, now, before string) {
		switch now {
		case before:
		case "":
			updates = append(updates, key.ValueUnset())
		default:
			updates = append(updates, key.ValueSet(now))
		}
	}
	keyword(StageKey, a.stage, before.stage)
	keyword(SeverityKey, a.severity, before.severity)
	keyword(DepartmentKey, a.department, before.department)
	keyword(AssigneeKey, a.assignee, before.assignee)
	list := func(key temporal.SearchAttributeKeyKeywordList, now, before []string) {
		switch {
		case slices.Equal(now, before):
		case len(now) == 0:
			updates = append(updates, key.ValueUnset())
		default:
			updates = append(updates, key.ValueSet(now))
		}
	}
	list(DutyKey, a.duties, before.duties)
	list(BreachKey, a.breaches, before.breaches)
	list(WaitsForKey, a.waitsFor, before.waitsFor)
	switch {
	case a.dueTime.Equal(before.dueTime):
	case a.dueTime.IsZero():
		updates = append(updates, DueTimeKey.ValueUnset())
	default:
		updates = append(updates, DueTimeKey.ValueSet(a.dueTime))
	}
	if a.level != before.level {
		updates = append(updates, LevelKey.ValueSet(a.level))
	}
	return updates
}
