package remedy

import (
	"strconv"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Deduction is a suggested deduction from performance pay or bonus (ACC-1). It touches nobody's pay. Its words are those of staff about staff,
// with no data of a customer, so they are not sealed: they are HR's records, which outlive a customer's erasure.
type Deduction struct {
	// Complaint is the complaint's id, ID the deduction's own.
	Complaint, ID string
	// Cycle is the complaint's cycle it belongs to.
	Cycle int32
	// State is where it stands; SUGGESTED also when the time to be heard has passed.
	State remedyv1.Deduction_State
	// Agent is whom it concerns: "agents/{agent}"; AsManager is true when it is as the manager of who erred.
	Agent     string
	AsManager bool
	// Ruling is the ruling it follows, by name; Reason is why somebody answers for it, unset for delay; Duty is the broken duty then.
	Ruling string
	Reason policyv1.RulingReason
	Duty   string
	// Computation is how it was computed, a line each.
	Computation []string
	// Loss and Amount are in the smallest unit of the currency. Further is what of the loss was told beside what the ledger says; nil for what was
	// suggested before that was kept.
	Loss, Amount int64
	Further      *int64
	// Month is the month whose pay it is for: "2026-11".
	Month string
	// ToldTime is when the person was told that it is suggested; zero before. ToldEvidence is what shows it when it was no notice.
	ToldTime     time.Time
	ToldEvidence string
	// HearTime is by when the person is to be heard, AppealTime until when the person may appeal. They hold from when the person was told.
	HearTime, AppealTime time.Time
	// Answer and Grounds are the person's words, Decision is HR's.
	Answer, Grounds, Decision string
	// Proposer suggested it, AppealDecider decided the appeal, Decider whatever was decided last.
	Proposer, AppealDecider, Decider string
	// CreateTime is when it was suggested, UpdateTime when it last changed.
	CreateTime, UpdateTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
	// Batch is the call that suggested it, Export the one that exported it; empty before.
	Batch, Export string
}

// Name is the deduction's resource name.
func (d *Deduction) Name() string { return complaintName(d.Complaint) + "/deductions/" + d.ID }

// deductionIDs takes the ids out of "complaints/{complaint}/deductions/{deduction}", whose form validation has checked.
func deductionIDs(name string) (complaint, deduction string) {
	parent, deduction, _ := strings.Cut(name, "/deductions/")
	complaint, _ = complaintID(parent)
	return complaint, deduction
}

// Stands is where it stands at a time: whoever was told, and lets the time to be heard pass, was heard.
func (d *Deduction) Stands(now time.Time) remedyv1.Deduction_State {
	if d.State == remedyv1.Deduction_SUGGESTED && d.told() && !now.Before(d.HearTime) {
		return remedyv1.Deduction_HEARD
	}
	return d.State
}

// told is true once the person was told that it is suggested.
func (d *Deduction) told() bool { return !d.ToldTime.IsZero() }

// knows is true once the person knows of it for certain: was told, or has said something.
func (d *Deduction) knows() bool { return d.told() || d.Answer != "" || d.Grounds != "" }

// notified notes when the person was told. Unless the person has spoken before, the times count from then on. False for what is known already.
func (d *Deduction) notified(at time.Time, evidence string, hear, appeal time.Duration) bool {
	if d.told() {
		return false
	}
	if !d.knows() {
		d.HearTime = at.Add(hear)
		d.AppealTime = d.HearTime.Add(appeal)
	}
	d.ToldTime, d.ToldEvidence = at, evidence
	return true
}

// undecided is true while HR has not decided.
func (d *Deduction) undecided() bool {
	return d.State == remedyv1.Deduction_SUGGESTED || d.State == remedyv1.Deduction_HEARD
}

// answer records what the person has to say, once. The time to appeal counts from then on; nobody gets more of it by answering late. Errors:
// DEDUCTION_STATE_FORBIDS.
func (d *Deduction) answer(words string, within time.Duration, now time.Time) error {
	if d.State != remedyv1.Deduction_SUGGESTED {
		return deductionStateForbids(d.Stands(now))
	}
	until, told := now.Add(within), d.told()
	d.State, d.Answer = remedyv1.Deduction_HEARD, words
	if !told || until.Before(d.AppealTime) {
		d.AppealTime = until
	}
	return nil
}

// appeal records an appeal: there is one, and it comes in time. Errors: APPEALED_BEFORE, DEDUCTION_STATE_FORBIDS.
func (d *Deduction) appeal(grounds string, now time.Time) error {
	switch {
	case d.Grounds != "":
		return appealedBefore()
	case !d.undecided() || d.knows() && !now.Before(d.AppealTime):
		return deductionStateForbids(d.Stands(now))
	}
	d.State, d.Grounds = remedyv1.Deduction_APPEALED, grounds
	return nil
}

// decideAppeal says what becomes of an appeal. Errors: DEDUCTION_STATE_FORBIDS, DECIDER_NOT_INDEPENDENT.
func (d *Deduction) decideAppeal(upheld bool, reason, decider string, now time.Time) error {
	switch {
	case d.State != remedyv1.Deduction_APPEALED:
		return deductionStateForbids(d.Stands(now))
	case !d.independent(decider):
		return deciderNotIndependent()
	}
	d.State = remedyv1.Deduction_HEARD
	if upheld {
		d.State = remedyv1.Deduction_DISMISSED
	}
	d.AppealDecider = decider
	d.decided(decider, reason)
	return nil
}

// independent tells whether somebody neither is concerned nor has suggested it.
func (d *Deduction) independent(decider string) bool {
	return decider != d.Agent && decider != d.Proposer
}

// dismiss takes it back, which nobody has to wait for. While an appeal waits, that is decided. Errors: DEDUCTION_STATE_FORBIDS,
// DECIDER_NOT_INDEPENDENT.
func (d *Deduction) dismiss(reason, decider string, now time.Time) error {
	switch {
	case !d.undecided() && d.State != remedyv1.Deduction_CONFIRMED:
		return deductionStateForbids(d.Stands(now))
	case !d.independent(decider):
		return deciderNotIndependent()
	}
	d.State = remedyv1.Deduction_DISMISSED
	d.decided(decider, reason)
	return nil
}

// confirm makes it one that may be exported: once the person was heard and can appeal no more, by somebody who has decided nothing of it.
// Errors: DEDUCTION_STATE_FORBIDS, DECIDER_NOT_INDEPENDENT, HEARING_OPEN, DEDUCTION_NOT_TOLD.
func (d *Deduction) confirm(amount int64, reason, decider string, now time.Time) error {
	switch {
	case !d.undecided():
		return deductionStateForbids(d.Stands(now))
	case !d.independent(decider) || decider == d.AppealDecider:
		return deciderNotIndependent()
	case d.Grounds == "" && now.Before(d.AppealTime):
		return hearingOpen(d.AppealTime)
	case !d.knows():
		return deductionNotTold()
	}
	d.State, d.Amount = remedyv1.Deduction_CONFIRMED, amount
	d.decided(decider, reason)
	return nil
}

// fall takes it back because what it was suggested for is gone; false for what was exported or dismissed.
func (d *Deduction) fall(why, actor string) bool {
	if d.State == remedyv1.Deduction_EXPORTED || d.State == remedyv1.Deduction_DISMISSED {
		return false
	}
	d.State = remedyv1.Deduction_DISMISSED
	d.decided(actor, why)
	return true
}

// decidedOn is true of what was just decided on in a way that the person is told of: confirmed, dismissed, or left to HR after an appeal that
// was rejected.
func (d *Deduction) decidedOn() bool {
	switch d.State {
	case remedyv1.Deduction_CONFIRMED, remedyv1.Deduction_DISMISSED:
		return true
	default:
		return d.State == remedyv1.Deduction_HEARD && d.AppealDecider != ""
	}
}

// decided notes who has decided, and why; what was said of an appeal stays.
func (d *Deduction) decided(decider, reason string) {
	d.Decider = decider
	if d.Decision != "" {
		reason = d.Decision + "\n" + reason
	}
	d.Decision = reason
}

// touched is noted of every change.
func (d *Deduction) touched(now time.Time) {
	d.Version++
	d.UpdateTime = now
}

// concerns tells whether somebody may see it who is neither of HR nor an auditor.
func (d *Deduction) concerns(subject string) bool { return subject == d.Agent || subject == d.Proposer }

// deductionActor is on record for what the person concerned does.
const deductionActor = "services/remedy"

// teller is who is on record for a change that somebody makes. Answering and appealing are calls of the person concerned alone, and the event
// is there for all who read the complaint: the name on it would tell whom it concerns.
func (d *Deduction) teller(subject string) string {
	if subject == d.Agent {
		return deductionActor
	}
	return subject
}

// deductionEtag is the version as callers see it.
func deductionEtag(d *Deduction) string { return strconv.Quote(strconv.FormatInt(d.Version, 36)) }
