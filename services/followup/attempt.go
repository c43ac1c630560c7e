package followup

import (
	"fmt"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Attempt is one attempt to reach the customer (CALL-1). It never changes, but that one that was dated back is judged once.
type Attempt struct {
	// Complaint is the complaint's id.
	Complaint string
	// Cycle is the complaint's cycle, and so the callback's id.
	Cycle int32
	// ID is the attempt's id within the callback.
	ID string
	// Outcome is what came of it.
	Outcome followupv1.Attempt_Outcome
	// Way is the way it was tried.
	Way policyv1.ContactWay
	// AttemptTime is when it was made; it decides the verdict.
	AttemptTime time.Time
	// RecordTime is when it was recorded.
	RecordTime time.Time
	// Agent is who made it.
	Agent string
	// Note is what was said, sealed; empty when nothing was noted.
	Note []byte
	// Customer is "customers/{customer}", whose data key seals the note.
	Customer string
	// FlagReason says why the attempt changes no verdict; empty when it is not
	// flagged.
	FlagReason string
	// AgreedTime is when the customer asked to be called; zero when no time was named.
	AgreedTime time.Time
	// Wish is what the customer said about a time after the due time, sealed; empty for none.
	Wish []byte
	// Judgement is what was made of a flagged one: CONFIRMED or REJECTED; unset before, and for one that is not flagged.
	Judgement followupv1.Attempt_Judgement
	// Judge is who judged it.
	Judge string
	// JudgeTime is when.
	JudgeTime time.Time
	// Evidence is what confirmed it, by name.
	Evidence string
	// PhoneTime is when the customer's number was last corrected; zero for never.
	PhoneTime time.Time
	// Date is the day on which it was made where the customer was, as far as that was known then: "2006-01-02". Empty for the firm's.
	Date string
	// zone is the customer's, while the attempt is being recorded; nil for the firm's.
	zone *time.Location
	// Hours is how it lies to the customer's hours, of one in vain, and Suited are the times of day that those meet.
	Hours  HoursFit
	Suited []string
}

// Name is the attempt's resource name.
func (a *Attempt) Name() string { return attemptName(a.Complaint, a.Cycle, a.ID) }

// Flagged reports whether it was dated back further than the policy allows (CALL-2).
func (a *Attempt) Flagged() bool { return a.FlagReason != "" }

// Counts reports whether it may change anything: it was not dated back too far, or was confirmed (CALL-2).
func (a *Attempt) Counts() bool {
	return !a.Flagged() || a.Judgement == followupv1.Attempt_CONFIRMED
}

// Held reports whether it waits for a supervisor.
func (a *Attempt) Held() bool {
	return a.Flagged() && a.Judgement == followupv1.Attempt_JUDGEMENT_UNSPECIFIED
}

// Fact is what the attempt proves: only one that reached the customer, and that
// was not dated back too far or was confirmed, proves anything (CALL-2).
func (a *Attempt) Fact() (Fact, bool) {
	if a.Outcome != followupv1.Attempt_REACHED || !a.Counts() {
		return Fact{}, false
	}
	return Fact{Kind: CustomerReached, Time: a.AttemptTime, Evidence: a.Name()}, true
}

// twoWay tells by which ways a customer can be reached, which takes an answer
// (CALL-1). An e-mail counts because REACHED says that the customer answered it;
// what was only sent is a message.
func twoWay(way policyv1.ContactWay) bool {
	switch way {
	case policyv1.ContactWay_PHONE, policyv1.ContactWay_WECHAT, policyv1.ContactWay_CHAT, policyv1.ContactWay_VISIT,
		policyv1.ContactWay_EMAIL:
		return true
	default:
		return false
	}
}

// flagReason says why an attempt is dated back too far; empty when it is not.
func flagReason(at, recorded time.Time, limit time.Duration) string {
	if back := recorded.Sub(at); back > limit {
		return fmt.Sprintf("Dated back %s before it was recorded; the policy allows %s. "+
			"It is on record and changes no verdict until a supervisor confirms it; make or record another contact now.",
			back.Round(time.Second), limit)
	}
	return ""
}

// Callback is a callback duty with its attempts.
type Callback struct {
	// Duty is the duty.
	Duty Duty
	// Attempts are all attempts, oldest first.
	Attempts []Attempt
}
