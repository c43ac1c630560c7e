// Package storetest is what every review store must do. There are no exceptions.
package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review"
)

// Env is an empty store with what a test needs to look behind it.
type Env struct {
	// Outcomes keeps records.
	Outcomes review.OutcomeStore
	// Improvements keeps what is improved.
	Improvements review.ImprovementStore
	// Types reads the types of the events that the store has put into its log for a subject, in order.
	Types func(t *testing.T, subject string) []string
}

// Run checks the stores that open makes, each empty and independent of the others.
func Run(t *testing.T, open func(t *testing.T) Env) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Env){
		"a record is written whole":         whole,
		"nothing is written":                nothing,
		"a command is carried out once":     commandOnce,
		"versions supersede each other":     versions,
		"places are taken in order":         places,
		"answers are kept":                  answers,
		"records are listed":                list,
		"escalated records are counted":     escalated,
		"an improvement is written whole":   improvement,
		"one improvement for each subject":  oneAtATime,
		"a fault is one however written":    oneHoweverWritten,
		"many open the same":                race,
		"improvements are listed":           improvementList,
		"improvements that are not over":    openImprovements,
		"what was improved for a complaint": improved,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// at is a moment in the precision that stores keep, so many seconds after the first one.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 123_000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// outcome is a record that says all there is to say.
func outcome(complaint string, end int) review.Outcome {
	return review.Outcome{
		Complaint: complaint, Cycle: 2, Version: 1, Origin: reviewv1.Outcome_WRITTEN, RecordTime: at(end + 1), Recorder: "services/worker",
		Satisfaction: 4, Retention: reviewv1.Outcome_RETAINED, HandlingCost: 1 << 50, Lesson: []byte{0, 255}, LessonVersion: 1, Reason: []byte{7},
		Facts: review.Facts{
			Reference: "CMP-1", Customer: "customers/a", PolicyVersion: "v1", Channel: intakev1.Complaint_HOTLINE,
			Result: intakev1.Complaint_REMEDIED, StartTime: at(0), EndTime: at(end), FirstContact: at(5), Severity: policyv1.Severity_HIGH,
			Category: policyv1.Scenario_QUALITY, Causes: []policyv1.Cause{policyv1.Cause_STAFF_COLD, policyv1.Cause_THIRD_PARTY},
			Established: policyv1.Establishment_PARTLY, Product: "门锁 1", Fault: "jam", CauseDepartment: "departments/quality",
			Department: "departments/returns", Assignee: "agents/lin",
			Duties: []review.Duty{
				{Name: "d1", Kind: policyv1.DutyKind_CALLBACK, OpenTime: at(0), DueTime: at(9), FactTime: at(5), Verdict: policyv1.Verdict_MET},
				{Name: "d2", Kind: policyv1.DutyKind_PROMISE, OpenTime: at(1), DueTime: at(2), Verdict: policyv1.Verdict_MISSED, Breached: true, Open: true},
			},
			Contacts: 3, Attempts: 2, Transfers: 1, Chases: 4, ReExplanations: 5, Escalations: 2, Level: 3,
			Kinds:          []remedyv1.Option_Kind{remedyv1.Option_RETURN, remedyv1.Option_REPAIR},
			Money:          []review.Money{{Basis: remedyv1.Option_FAULT, Held: 5, Spent: 1 << 40}},
			Responsibility: policyv1.Responsibility_RESPONSIBLE, RulingReason: policyv1.RulingReason_SHIRKING, Repeated: true,
		},
	}
}

// put writes a version and returns it as it is on record.
func put(t *testing.T, env Env, o review.Outcome) review.Outcome {
	t.Helper()
	done, err := env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: o.Complaint, Cycle: o.Cycle},
		func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &o, nil })
	require.NoError(t, err)
	require.False(t, done.Repeated)
	return o
}
