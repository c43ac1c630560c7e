package followup

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// dutyWord is what search attributes call the duty.
const dutyWord = "follow-up"

// attributes are the search attributes that change while the workflow runs.
type attributes struct {
	stage          string
	duties, broken []string
	waitsFor       []string
	dueTime        time.Time
}

// StartAttributes returns the search attributes that a workflow is started with. They hold no personal data.
func StartAttributes(input *workflowv1.FollowUpInput) temporal.SearchAttributes {
	s := &series{}
	for _, state := range input.GetTouches() {
		s.touches = append(s.touches, &touch{TouchState: state})
	}
	a := s.attributes()
	return temporal.NewSearchAttributes(
		complaint.ComplaintKey.ValueSet(input.GetComplaint()), complaint.StageKey.ValueSet(a.stage), complaint.DutyKey.ValueSet(a.duties),
		complaint.DueTimeKey.ValueSet(a.dueTime),
	)
}

// attributes tells what the search attributes should be now.
func (s *series) attributes() attributes {
	a := attributes{stage: stageEnded}
	for _, t := range s.touches {
		if t.GetEnded() {
			continue
		}
		a.stage, a.duties = stageOpen, []string{dutyWord}
		if t.GetBroken() {
			a.broken = []string{dutyWord}
			if t.GetRecipient() != "" {
				a.waitsFor = append(a.waitsFor, t.GetRecipient())
			}
		} else if due := t.GetDueTime().AsTime(); a.dueTime.IsZero() || due.Before(a.dueTime) {
			a.dueTime = due
		}
	}
	slices.Sort(a.waitsFor)
	a.waitsFor = slices.Compact(a.waitsFor)
	return a
}

// write shows operators how the series stands: in the current details, and in the search attributes where they changed.
func (s *series) write(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, s.details())
	now := s.attributes()
	updates := now.since(s.published)
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes were not written", "error", err)
		return
	}
	s.published = now
}

// since lists what must be written so that what was written before becomes this.
func (a attributes) since(before attributes) []temporal.SearchAttributeUpdate {
	var updates []temporal.SearchAttributeUpdate
	if a.stage != before.stage {
		updates = append(updates, complaint.StageKey.ValueSet(a.stage))
	}
	list := func(key temporal.SearchAttributeKeyKeywordList, now, then []string) {
		switch {
		case slices.Equal(now, then):
		case len(now) == 0:
			updates = append(updates, key.ValueUnset())
		default:
			updates = append(updates, key.ValueSet(now))
		}
	}
	list(complaint.DutyKey, a.duties, before.duties)
	list(complaint.BreachKey, a.broken, before.broken)
	list(complaint.WaitsForKey, a.waitsFor, before.waitsFor)
	switch {
	case a.dueTime.Equal(before.dueTime):
	case a.dueTime.IsZero():
		updates = append(updates, complaint.DueTimeKey.ValueUnset())
	default:
		updates = append(updates, complaint.DueTimeKey.ValueSet(a.dueTime))
	}
	return updates
}
