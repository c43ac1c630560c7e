package followup

import (
	"slices"
	"strings"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// news are the improvements of a request of which the customer has not heard at another touch about the complaint (REV-2).
func news(l ledger, t *Touch, req *followupv1.AskFollowUpRequest) []Improvement {
	var list []Improvement
	for _, told := range req.GetImprovements() {
		heard := slices.ContainsFunc(l.Touches, func(o *Touch) bool {
			return o.ID() != t.ID() && o.heard() && slices.Contains(improvementNames(o.Improvements), told.GetImprovement())
		})
		if !heard {
			list = append(list, Improvement{Name: told.GetImprovement(), Text: told.GetText()})
		}
	}
	return list
}

// heard tells whether the customer was told what there was to tell: by the survey that was sent, or by who was spoken with.
func (t *Touch) heard() bool {
	return t.Mode == followupv1.FollowUp_SURVEY && !t.AskTime.IsZero() || t.State == followupv1.FollowUp_ANSWERED
}

func improvementNames(list []Improvement) []string {
	var names []string
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names
}

// improvementTexts is what a message tells of improvements, each on a line of its own; empty for none.
func improvementTexts(list []Improvement) string {
	var texts []string
	for _, i := range list {
		texts = append(texts, strings.TrimSpace(i.Text))
	}
	return strings.Join(texts, "\n")
}
