package review

import (
	"slices"
	"strconv"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Outcome is a version of the record of one cycle of a complaint.
type Outcome struct {
	// Complaint is the complaint's id, Cycle the cycle.
	Complaint string
	Cycle     int32
	// Version counts the versions, from 1; Supersedes is the one before, 0 for none.
	Version, Supersedes int32
	// Sequence is the version's place among those of all records, SupersededBy the place of the next version; 0 while there is none.
	Sequence, SupersededBy int64
	// Origin is why it was written, RecordTime when, Recorder by whom.
	Origin     reviewv1.Outcome_Origin
	RecordTime time.Time
	Recorder   string
	// Facts are what the owners say.
	Facts Facts
	// Satisfaction is 1 to 5, or 0 while nobody knows.
	Satisfaction int32
	// Retention tells whether the customer stays one.
	Retention reviewv1.Outcome_Retention
	// Answer is the customer's last one at follow-up; nil for none.
	Answer *Answer
	// HandlingCost is in the smallest unit of the currency.
	HandlingCost int64
	// Lesson and Reason are sealed; nil for none. The lesson is bound to the version in which it was written.
	Lesson, Reason []byte
	// LessonVersion is the version in which the lesson was written.
	LessonVersion int32
}

// Facts are what intake, routing, remedy and followup say of a cycle that is over.
type Facts struct {
	// Reference is the complaint's, Customer "customers/{customer}".
	Reference, Customer string
	// PolicyVersion is the policy that the complaint was received under.
	PolicyVersion string
	// Channel is how it came in, Result how the cycle ended.
	Channel intakev1.Complaint_Channel
	Result  intakev1.Complaint_Outcome
	// StartTime is when the clocks began, EndTime when the cycle ended, FirstContact when a person was first in touch; zero for never.
	StartTime, EndTime, FirstContact time.Time
	// Severity is that at the end.
	Severity policyv1.Severity
	// Category, Causes, Established, Product and Fault are the assessment's.
	Category       policyv1.Scenario
	Causes         []policyv1.Cause
	Established    policyv1.Establishment
	Product, Fault string
	// CauseDepartment is where it was caused, by the assessment.
	CauseDepartment string
	// Department and Assignee were in charge when it ended.
	Department, Assignee string
	// Duties are what was owed.
	Duties []Duty
	// Contacts, Attempts, Transfers, Chases and ReExplanations are the customer's effort.
	Contacts, Attempts, Transfers, Chases, ReExplanations int32
	// Escalations is how often it was brought before the ladder, Level the highest that was told.
	Escalations, Level int32
	// Kinds are of what the customer accepted.
	Kinds []remedyv1.Option_Kind
	// Money is what the ledger has, by basis.
	Money []Money
	// Responsibility and RulingReason are the ruling's.
	Responsibility policyv1.Responsibility
	RulingReason   policyv1.RulingReason
	// Repeated is true of a further cycle, and of what was linked to an earlier complaint.
	Repeated bool
}

// Duty is something owed in a cycle, with followup's verdict.
type Duty struct {
	// Name is "complaints/{complaint}/duties/{duty}".
	Name string
	// Kind is what was owed.
	Kind policyv1.DutyKind
	// OpenTime, DueTime and FactTime are its times; FactTime is zero when nothing met it.
	OpenTime, DueTime, FactTime time.Time
	// Verdict is how it ended.
	Verdict policyv1.Verdict
	// Breached is true when it was broken; Open while it is owed.
	Breached, Open bool
}

// Money is what the ledger has on one basis, in the smallest unit of the currency.
type Money struct {
	// Basis is why the customer gets it.
	Basis remedyv1.Option_Basis
	// Held is set aside, Spent was given.
	Held, Spent int64
}

// Name is "complaints/{complaint}/outcomes/{cycle}".
func (o *Outcome) Name() string { return outcomeName(o.Complaint, o.Cycle) }

// Handling is how long the cycle took.
func (f *Facts) Handling() time.Duration { return f.EndTime.Sub(f.StartTime) }

// Promises counts the promises of the cycle whose verdict was reached, and those of them that were kept in time.
func (f *Facts) Promises() (judged, kept int32) {
	for _, d := range f.Duties {
		if d.Kind != policyv1.DutyKind_PROMISE || d.Verdict == policyv1.Verdict_VERDICT_UNSPECIFIED {
			continue
		}
		judged++
		if d.Verdict == policyv1.Verdict_MET && !d.Breached {
			kept++
		}
	}
	return judged, kept
}

// Broken counts the duties that were broken.
func (f *Facts) Broken() (n int32) {
	for _, d := range f.Duties {
		if d.Breached {
			n++
		}
	}
	return n
}

// Spent is what the ledger says was given on a basis.
func (f *Facts) Spent(basis remedyv1.Option_Basis) int64 {
	for _, m := range f.Money {
		if m.Basis == basis {
			return m.Spent
		}
	}
	return 0
}

// Held is what is set aside on all bases.
func (f *Facts) Held() (sum int64) {
	for _, m := range f.Money {
		sum += m.Held
	}
	return sum
}

// equal tells whether two answers of the owners say the same.
func (f *Facts) equal(other *Facts) bool {
	a, b := *f, *other
	same := slices.EqualFunc(a.Duties, b.Duties, Duty.equal) && slices.Equal(a.Causes, b.Causes) && slices.Equal(a.Kinds, b.Kinds) &&
		slices.Equal(a.Money, b.Money) && a.StartTime.Equal(b.StartTime) && a.EndTime.Equal(b.EndTime) && a.FirstContact.Equal(b.FirstContact)
	return same && a.scalars() == b.scalars()
}

func (d Duty) equal(other Duty) bool {
	return d.OpenTime.Equal(other.OpenTime) && d.DueTime.Equal(other.DueTime) && d.FactTime.Equal(other.FactTime) &&
		d.Name == other.Name && d.Kind == other.Kind && d.Verdict == other.Verdict && d.Breached == other.Breached && d.Open == other.Open
}

// scalars are the fields that == compares rightly, as one value.
func (f *Facts) scalars() any {
	return [...]any{
		f.Reference, f.Customer, f.PolicyVersion, f.Channel, f.Result, f.Severity, f.Category, f.Established, f.Product, f.Fault,
		f.CauseDepartment, f.Department, f.Assignee, f.Contacts, f.Attempts, f.Transfers, f.Chases, f.ReExplanations, f.Escalations, f.Level,
		f.Responsibility, f.RulingReason, f.Repeated,
	}
}

// next is a version that replaces o, with all that o says.
func (o *Outcome) next(origin reviewv1.Outcome_Origin, recorder string, now time.Time) Outcome {
	next := *o
	next.Version, next.Supersedes, next.Sequence, next.SupersededBy = o.Version+1, o.Version, 0, 0
	next.Origin, next.Recorder, next.RecordTime, next.Reason = origin, recorder, now, nil
	return next
}

// Draft is the event of a version.
func (o *Outcome) Draft() eventlog.Draft {
	words := o.Reason
	if words == nil && o.LessonVersion == o.Version {
		words = o.Lesson
	}
	told := &eventv1.OutcomeRecorded{
		Outcome: o.Name(), Version: o.Version, Origin: o.Origin.String(), Result: o.Facts.Result.String(), Satisfaction: o.Satisfaction,
		Retention: o.Retention.String(),
	}
	if words != nil {
		told.Words = &eventv1.Sealed{Customer: o.Facts.Customer, Ciphertext: words}
	}
	return eventlog.Draft{
		Subject: complaintName(o.Complaint), Cycle: o.Cycle, Actor: o.Recorder, RecordTime: o.RecordTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_OutcomeRecorded{OutcomeRecorded: told}},
	}
}

func complaintName(id string) string { return "complaints/" + id }

func outcomeName(complaint string, cycle int32) string {
	return complaintName(complaint) + "/outcomes/" + strconv.Itoa(int(cycle))
}
