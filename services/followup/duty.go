package followup

import (
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Duty is one thing owed to a customer in one cycle of a complaint.
type Duty struct {
	// Complaint is the complaint's id.
	Complaint string
	// ID is the duty's id within the complaint: "1-callback".
	ID string
	// Kind is what is owed.
	Kind policyv1.DutyKind
	// Cycle is the complaint's cycle it belongs to.
	Cycle int32
	// State says whether it is still owed.
	State followupv1.Duty_State
	// Verdict is how it ended, or MISSED while it is broken and still owed.
	Verdict policyv1.Verdict
	// OpenTime is when its clock began.
	OpenTime time.Time
	// DueTime is by when it is owed. It only ever moves to an earlier time
	// (CLK-4, RISK-5), but for a callback that the customer wishes to have later
	// (CALL-1), and for pauses and extensions (CLK-3).
	DueTime time.Time
	// Measure is how its clock counts; unset for a due time that somebody named.
	Measure policyv1.Clock_Measure
	// Calendar is what the clock goes by; empty for a clock that needs none.
	Calendar string
	// Pauses are when its clock stood still, in order (CLK-3).
	Pauses []Pause
	// Extensions are more time that was asked for, in order (CLK-3).
	Extensions []Extension
	// Moves is how often a pause, its end or an extension has moved DueTime.
	Moves int32
	// WarnTimes are when the owner is to be warned, in order.
	WarnTimes []time.Time
	// WarnedTimes are those of WarnTimes for which a warning is on record.
	WarnedTimes []time.Time
	// FactTime is the time of the fact that met it; zero while none has.
	FactTime time.Time
	// Evidence is the resource name of the fact that met it.
	Evidence string
	// Corrected is true when a verdict was overturned by what had been recorded in
	// time and arrived late.
	Corrected bool
	// SettleTime is when the verdict was reached or last changed.
	SettleTime time.Time
	// ReleaseReason says why it is no longer owed; empty unless RELEASED.
	ReleaseReason string
	// WishedFrom is by when a callback was owed before the customer wished for a later time; zero when they did not (CALL-1).
	WishedFrom time.Time
	// NoticeTime is when it was decided that a written notice stands in for a callback; zero when it was not (CALL-3).
	NoticeTime time.Time
}

// FactKind is a kind of event in the world that can meet a duty.
type FactKind int

const (
	// AcknowledgementSent is a channel's proof that the acknowledgement went out.
	AcknowledgementSent FactKind = iota + 1
	// AgentWrote is a message by a person to the customer.
	AgentWrote
	// CustomerReached is a two-way contact with the customer.
	CustomerReached
	// ResolutionConfirmed is the confirmed resolution of the complaint.
	ResolutionConfirmed
	// ClosedAsEnquiry is the finding that there was nothing to resolve.
	ClosedAsEnquiry
	// AuthorityAnswered is the answer to whoever forwarded the complaint.
	AuthorityAnswered
	// PromiseKept is what proves that a promise was kept.
	PromiseKept
	// NoticeGiven is a channel's proof that who could not be called was written to (CALL-3).
	NoticeGiven
	// FinalResponse is the response that the law demands.
	FinalResponse
	// FollowedUp is a survey that was sent after a resolution, or a conversation about it.
	FollowedUp
)

// Fact is something that happened and may meet duties.
type Fact struct {
	// Kind is what happened.
	Kind FactKind
	// Time is the recorded time that decides the verdict.
	Time time.Time
	// Evidence is the resource name under which it is recorded.
	Evidence string
	// Holding is true for a message that only says that the work goes on.
	Holding bool
}

// Meets is the table of which fact meets which duty. The automatic
// acknowledgement is no response (ACK-2), and only reaching the customer is a
// callback (CALL-2).
func (k FactKind) Meets(duty policyv1.DutyKind) bool {
	switch duty {
	case policyv1.DutyKind_ACKNOWLEDGE:
		return k == AcknowledgementSent
	case policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE:
		return k == AgentWrote || k == CustomerReached
	case policyv1.DutyKind_CALLBACK:
		return k == CustomerReached || k == NoticeGiven
	case policyv1.DutyKind_RESOLUTION:
		return k == ResolutionConfirmed || k == ClosedAsEnquiry
	case policyv1.DutyKind_AUTHORITY_REPLY:
		return k == AuthorityAnswered
	case policyv1.DutyKind_PROMISE: // What was said keeps a promise to say something, and no other (PROM-1).
		return k == PromiseKept || k == AgentWrote || k == CustomerReached
	case policyv1.DutyKind_FINAL_RESPONSE:
		return k == FinalResponse
	case policyv1.DutyKind_OFFER_FOLLOW_UP:
		return k == AgentWrote || k == CustomerReached
	case policyv1.DutyKind_FOLLOW_UP:
		return k == FollowedUp
	default:
		return false
	}
}

// Outcome is what a step did to a duty's verdict.
type Outcome int

const (
	// Unchanged means that the duty stands as it stood.
	Unchanged Outcome = iota
	// Decided means that a verdict was reached.
	Decided
	// Overturned means that a verdict that was wrong by recorded times was
	// replaced (CLK-1).
	Overturned
	// Redated means that the verdict stands, by an earlier fact than was known.
	Redated
)

// Overdue reports whether the duty is still owed after its due time. It is
// exact for any now, whether or not a timer has fired (CLK-1).
func (d *Duty) Overdue(now time.Time) bool {
	return d.State == followupv1.Duty_OPEN && d.DueTime.Before(now)
}

// Breached reports whether the duty was broken. It remains so when the duty is
// met late, also by a notice (CALL-3), or released.
func (d *Duty) Breached() bool {
	byNotice := d.Verdict == policyv1.Verdict_MET_BY_NOTICE
	return d.Verdict == policyv1.Verdict_MISSED || d.Verdict == policyv1.Verdict_MET_LATE || byNotice && d.FactTime.After(d.DueTime)
}

// Settle decides a duty whose time has come: one that is open at or after its
// due time is MISSED and still owed. The breach counts from the due time; now
// is only when it was noticed. A duty that is not due, or has a verdict, is
// Unchanged.
func (d *Duty) Settle(now time.Time) Outcome {
	if d.State != followupv1.Duty_OPEN || d.Verdict == policyv1.Verdict_MISSED || now.Before(d.DueTime) {
		return Unchanged
	}
	d.Verdict = policyv1.Verdict_MISSED
	d.SettleTime = now
	return Decided
}

// Meet lets a fact meet the duty, at the time now. A fact at the due time or
// before makes it MET, and overturns a MISSED or MET_LATE that was found before
// the fact arrived (CLK-1). A later fact makes it MET_LATE. A notice makes it
// MET_BY_NOTICE, early or late, and takes the place of no contact; a contact that
// was made before a notice takes the place of it. A fact of another
// kind, or for a duty that is released, changes nothing. Of
// several facts the earliest counts, whichever arrived first: one that is earlier
// and leaves the verdict as it is takes the place of the one known until now.
func (d *Duty) Meet(f Fact, now time.Time) Outcome {
	if !d.takes(f) || d.State == followupv1.Duty_RELEASED {
		return Unchanged
	}
	inTime := !f.Time.After(d.DueTime)
	kept, byNotice := d.State == followupv1.Duty_KEPT, d.Verdict == policyv1.Verdict_MET_BY_NOTICE
	outcome := Decided
	switch {
	case kept && (f.Kind == NoticeGiven || byNotice && !f.Time.Before(d.FactTime)):
		return Unchanged
	case kept && !byNotice && (d.Verdict != policyv1.Verdict_MET_LATE || !inTime):
		return d.redate(f)
	case byNotice || inTime && d.Breached():
		outcome = Overturned
		d.Corrected = true
	}
	d.State = followupv1.Duty_KEPT
	d.Verdict = f.verdict(inTime)
	d.FactTime = f.Time
	d.Evidence = f.Evidence
	d.SettleTime = now
	return outcome
}

// takes tells whether a fact can meet the duty. Whoever did not answer an offer is contacted after the time for it was over, and told more
// than that the work goes on (REM-4).
func (d *Duty) takes(f Fact) bool {
	about := d.Kind != policyv1.DutyKind_OFFER_FOLLOW_UP || !f.Holding && !f.Time.Before(d.OpenTime)
	return about && f.Kind.Meets(d.Kind)
}

// verdict is what a fact makes of a duty that it meets.
func (f Fact) verdict(inTime bool) policyv1.Verdict {
	switch {
	case f.Kind == NoticeGiven:
		return policyv1.Verdict_MET_BY_NOTICE
	case inTime:
		return policyv1.Verdict_MET
	default:
		return policyv1.Verdict_MET_LATE
	}
}

// redate takes an earlier fact over that changes no verdict.
func (d *Duty) redate(f Fact) Outcome {
	if !f.Time.Before(d.FactTime) {
		return Unchanged
	}
	d.FactTime, d.Evidence = f.Time, f.Evidence
	return Redated
}

// Release ends an open duty because nothing is owed any more since the time at.
// A breach stays: a duty that was due before at is MISSED even when no timer
// has said so yet, which the outcome Decided tells. Conversely a MISSED that
// was found although nothing was owed any more at the due time is Overturned.
// It reports false when the duty was not open.
func (d *Duty) Release(reason string, at, now time.Time) (outcome Outcome, released bool) {
	if d.State != followupv1.Duty_OPEN {
		return Unchanged, false
	}
	switch broken := at.After(d.DueTime); {
	case broken && d.Verdict != policyv1.Verdict_MISSED:
		outcome = Decided
		d.Verdict = policyv1.Verdict_MISSED
		d.SettleTime = now
	case !broken && d.Verdict == policyv1.Verdict_MISSED:
		outcome = Overturned
		d.Verdict = policyv1.Verdict_VERDICT_UNSPECIFIED
		d.Corrected = true
		d.SettleTime = now
	}
	d.State = followupv1.Duty_RELEASED
	d.ReleaseReason = reason
	return outcome, true
}

// Warn notes that the owner was warned. It reports whether that is new: a duty
// that is no longer open, or whose warning is on record, stands as it stood. The
// time must be one of WarnTimes.
func (d *Duty) Warn(at time.Time) bool {
	if d.State != followupv1.Duty_OPEN || slices.ContainsFunc(d.WarnedTimes, at.Equal) {
		return false
	}
	d.WarnedTimes = append(slices.Clone(d.WarnedTimes), at)
	return true
}

// DutyID is the id of a duty within its complaint: "1-first-response".
func DutyID(cycle int32, kind policyv1.DutyKind) string {
	return number(cycle) + "-" + word(kind)
}
