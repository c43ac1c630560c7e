package review

import (
	"strings"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// WorkflowName is the type under which Review is registered. WorkflowType="Review" finds all runs.
const WorkflowName = "Review"

// WorkflowID is what the schedule of a kind names its workflows by: "review/daily". Temporal adds the time for which a run was planned, so that
// each has an id of its own, and one time has one run: "review/daily-2026-11-17T00:30:00+08:00".
func WorkflowID(kind reviewv1.Review_Kind) string { return "review/" + word(kind) }

// ScheduleID is the id of the schedule of a kind: "review-daily".
func ScheduleID(kind reviewv1.Review_Kind) string { return "review-" + word(kind) }

// Kinds are all that are reviewed.
func Kinds() []reviewv1.Review_Kind {
	return []reviewv1.Review_Kind{reviewv1.Review_DAILY, reviewv1.Review_WEEKLY, reviewv1.Review_MONTHLY}
}

func word(kind reviewv1.Review_Kind) string { return strings.ToLower(kind.String()) }
