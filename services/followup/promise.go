package followup

import (
	"strconv"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Promise is something that was told to a customer with a time (PROM-1). When it is due, and whether it was kept, is its duty's to say.
type Promise struct {
	// Complaint is the complaint's id.
	Complaint string
	// ID is the promise's id within the complaint.
	ID string
	// Duty is the id of the duty: "1-promise-2".
	Duty string
	// Source is where it comes from.
	Source followupv1.Promise_Source
	// Text is what was promised, sealed with the customer's data key.
	Text []byte
	// TextPlace is what the text is bound to: what another service sealed is kept as it came.
	TextPlace string
	// Period is how far apart progress updates are; 0 for what is promised once.
	Period time.Duration
	// UntilTime is until when there are updates; zero for until the cycle ends.
	UntilTime time.Time
	// Update is true for what an agent's message or a two-way contact keeps.
	Update bool
	// Owner is who owes it: "agents/{agent}"; empty for whoever is in charge.
	Owner string
	// Speaker is who said it: "agents/{agent}"; empty when that is not known.
	Speaker string
	// PromiseTime is when it was said; zero when that is not known.
	PromiseTime time.Time
	// Amount is how much was promised; the zero value for what is no money.
	Amount Money
	// Excesses are why there was no authority to promise it (PROM-2).
	Excesses []followupv1.Promise_Excess
	// Evidence is what proves that it was kept or released, sealed.
	Evidence []byte
	// Settler is who said that it was kept or released.
	Settler string
	// Way is how the customer gave it up to a supervisor who notes it; unset for what is on record otherwise.
	Way policyv1.ContactWay
	// ConversationTime is when that was; zero likewise.
	ConversationTime time.Time
	// Remedy is what it is a part of: "complaints/{complaint}/remedies/{remedy}", or the refusal whose alternative it is,
	// "complaints/{complaint}/refusals/{refusal}"; empty for none.
	Remedy string
	// Part is that part's number, from 1.
	Part int32
	// AfterEnd is true for what was promised after its complaint had ended, while it is put on record: it is in the cycle that begins by it.
	AfterEnd bool
	// Alleged is the allegation that was verified, by name; empty for none.
	Alleged string
	// Previous is the id of the update before it; empty for none.
	Previous string
	// CreateTime is when it was put on record.
	CreateTime time.Time
	// Version grows with every change.
	Version int64
}

// Money is an amount in a currency, exactly as it was said.
type Money struct {
	// Currency is the ISO 4217 code; empty for no amount.
	Currency string
	// Units are the whole units.
	Units int64
	// Nanos are billionths of a unit.
	Nanos int32
}

// Pledge is a promise with its duty.
type Pledge struct {
	// Promise is what was promised.
	Promise Promise
	// Duty is by when, and whether it was kept.
	Duty Duty
	// Customer is "customers/{customer}", whose data key seals the texts.
	Customer string
}

// Name is the promise's resource name.
func (p *Promise) Name() string { return promiseName(p.Complaint, p.ID) }

// Series reports whether it is one of several progress updates.
func (p *Promise) Series() bool { return p.Period > 0 }

// evidencePlace is what the evidence is bound to.
func (p *Promise) evidencePlace() string { return p.Name() + "#evidence" }

// State is where the promise stands, exact for any now (CLK-1).
func (p *Pledge) State(now time.Time) followupv1.Promise_State {
	switch {
	case p.Duty.State == followupv1.Duty_KEPT:
		return followupv1.Promise_KEPT
	case p.Duty.State == followupv1.Duty_RELEASED:
		return followupv1.Promise_RELEASED
	case p.Duty.Overdue(now) || p.Duty.Verdict == policyv1.Verdict_MISSED:
		return followupv1.Promise_BROKEN
	default:
		return followupv1.Promise_OPEN
	}
}

// keptBy tells whether a fact keeps a promise by itself: an update is kept by whatever tells the customer something after it was promised,
// and nothing else but its evidence keeps a promise.
func (p *Promise) keptBy(f Fact, d *Duty) bool {
	return p.Update && (f.Kind == AgentWrote || f.Kind == CustomerReached) && f.Time.After(d.OpenTime)
}

// promiseDuty is the id of the duty of a complaint's n-th promise.
func promiseDuty(cycle int32, n int) string {
	return DutyID(cycle, policyv1.DutyKind_PROMISE) + "-" + strconv.Itoa(n)
}

func promiseName(complaint, promise string) string {
	return complaintName(complaint) + "/promises/" + promise
}

// promiseIDs takes the ids out of "complaints/{complaint}/promises/{promise}".
func promiseIDs(name string) (complaint, promise string, err error) {
	complaint, promise, ok := child(name, "promises")
	if !ok || strings.Contains(promise, "/") {
		return "", "", promiseNotFound(name)
	}
	return complaint, promise, nil
}
