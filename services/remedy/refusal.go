package remedy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Refusal is a refusal on its way: a ladder of steps, so that nobody is refused flatly (REF-1). Its words are sealed.
type Refusal struct {
	// Complaint is the complaint's id.
	Complaint string
	// Number is its number within the complaint, from 1.
	Number int32
	// Cycle is the complaint's cycle it belongs to.
	Cycle int32
	// State is where it stands.
	State remedyv1.Refusal_State
	// Customer is "customers/{customer}", whose data key seals the words, and who is watched for.
	Customer string
	// Decision is what cannot be given, and why; Clause the clause or rule it goes by.
	Decision, Clause []byte
	// Words are what the customer said who accepts it, or why it is not refused after all; empty for any other end.
	Words []byte
	// Steps are the steps on record, in order.
	Steps []RefusalStep
	// WatchTime is until when a further complaint of the customer is told to the supervisor; zero unless the contact was ended.
	WatchTime time.Time
	// Repeats are the complaints, by id, with which the customer came again meanwhile.
	Repeats []string
	// Actor is who began it.
	Actor string
	// CreateTime is when it was begun, EndTime when it ended; zero while it goes on.
	CreateTime, EndTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
}

// RefusalStep is a step of a refusal on record. Its words are sealed.
type RefusalStep struct {
	// Kind is which one.
	Kind remedyv1.RefusalStep_Kind
	// Done is false for one that does not apply.
	Done bool
	// Abuse is true when steps before it were passed over because of abuse.
	Abuse bool
	// Words are the evidence of what was done, or the reason why it does not apply.
	Words []byte
	// Alternative is what can be done instead, of the step that gives the reason.
	Alternative []byte
	// AlternativeDue is by when that is done; zero where nothing is promised. AlternativeOwner is "agents/{agent}"; empty for whoever is in charge.
	AlternativeDue   time.Time
	AlternativeOwner string
	// Party is who was asked for support; of the last step the supervisor who was told. It may be empty there.
	Party string
	// Actor is who put it on record.
	Actor string
	// Time is when.
	Time time.Time
}

// Repeat is a complaint with which a customer came again with whom contact was ended.
type Repeat struct {
	// Refusal is the complaint, by id, and the number of the refusal.
	Refusal string
	Number  int32
	// Complaint and Cycle are what the customer came with.
	Complaint string
	Cycle     int32
}

// Name is the refusal's resource name.
func (r *Refusal) Name() string { return refusalName(r.Complaint, r.Number) }

// Open is true while it goes on.
func (r *Refusal) Open() bool { return r.State == remedyv1.Refusal_OPEN }

// Next is the step that comes next; unspecified when the refusal has ended.
func (r *Refusal) Next() remedyv1.RefusalStep_Kind {
	switch {
	case !r.Open():
		return remedyv1.RefusalStep_KIND_UNSPECIFIED
	case len(r.Steps) == 0:
		return remedyv1.RefusalStep_SET_EXPECTATIONS
	}
	return r.Steps[len(r.Steps)-1].Kind + 1
}

// attempt is a step that somebody wants to put on record.
type attempt struct {
	kind                          remedyv1.RefusalStep_Kind
	evidence, reason, alternative string
	abuse                         bool
	caller, party                 string
	byTheRules, withoutAttitude   bool
	// leads is true when the caller leads others.
	leads bool
}

// done is false for what is said not to apply.
func (a attempt) done() bool { return a.reason == "" }

// circumstance is what the steps depend on besides those on record.
type circumstance struct {
	// ourFault is true when our fault caused it, so that compensation is due.
	ourFault bool
	// granted tells whether a name is that of what compensates: a proposal of this cycle that gives something for our fault, was made by who had looked at the customer's history,
	// and that the customer was offered.
	granted func(name string) bool
	// compensated is true when there is anything of the kind by now.
	compensated bool
}

// owed tells whether our fault is still to be compensated.
func (c circumstance) owed() bool { return c.ourFault && !c.compensated }

// next says whether a step may be put on record now (REF-1): in order, each once, and none without what proves it. Abuse may go to the last
// step. Errors, in this order: REFUSAL_ENDED, INVALID_FIELD, STEP_OUT_OF_ORDER, STEP_APPLIES, CONTACT_NOT_TO_BE_ENDED,
// COMPENSATION_OWED.
func (r *Refusal) next(a attempt, c circumstance) error {
	last := a.kind == remedyv1.RefusalStep_END_CONTACT
	switch {
	case !r.Open():
		return refusalEnded(r)
	case a.abuse && !last:
		return invalidField("abuse", "Abuse may go to the last step, and to no other one.")
	case a.kind != r.Next() && !a.abuse:
		return stepOutOfOrder(r.Next())
	case !a.done() && !c.waives(a.kind):
		return stepApplies(a.kind)
	}
	if err := a.names(); err != nil {
		return err
	}
	if !a.done() {
		if wording.Blank(a.reason) {
			return invalidField("reason", "Say why it does not apply.")
		}
		return nil
	}
	if err := a.proven(c); err != nil {
		return err
	}
	if last && a.kind == r.Next() && c.owed() { // It may have been found since, or what was offered was taken back.
		return compensationOwed()
	}
	return nil
}

// waives tells whether a step may be said not to apply: compensation where we are not at fault, and support. The others always apply: nobody is
// refused without knowing what to expect, unheard, or flatly; and a contact that is not to be ended goes on.
func (c circumstance) waives(kind remedyv1.RefusalStep_Kind) bool {
	return kind == remedyv1.RefusalStep_SUPPORT || kind == remedyv1.RefusalStep_COMPENSATE && !c.ourFault
}

// names holds that what goes with one step is not said of another.
func (a attempt) names() error {
	reasons := a.kind == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE
	switch {
	case reasons && wording.Blank(a.alternative):
		return invalidField("alternative", "Say what can be done instead: nobody is refused flatly.")
	case !reasons && a.alternative != "":
		return invalidField("alternative", "It goes with the step that gives the reason.")
	case a.party != "" && a.kind != remedyv1.RefusalStep_END_CONTACT && (a.kind != remedyv1.RefusalStep_SUPPORT || !a.done()):
		return invalidField("party", "It goes with the step of asking for support, and with the last one.")
	}
	return nil
}

// proven holds that a step was done in earnest.
func (a attempt) proven(c circumstance) error {
	switch a.kind {
	case remedyv1.RefusalStep_COMPENSATE:
		if !c.granted(a.evidence) {
			return invalidField("evidence", "Name a remedy of this cycle that gives something on the basis FAULT, not words alone, and was offered, not taken back, and proposed by somebody who had looked at the customer's history.")
		}
	case remedyv1.RefusalStep_SUPPORT:
		switch a.party {
		case "":
			return invalidField("party", "Say who was asked.")
		case a.caller:
			return invalidField("party", "Support is somebody else's.")
		}
	case remedyv1.RefusalStep_END_CONTACT:
		if missing := a.unconfirmed(); len(missing) > 0 {
			return contactNotToBeEnded(missing)
		}
	default:
	}
	if wording.Blank(a.evidence) {
		return invalidField("evidence", "It is blank.")
	}
	return nil
}

// unconfirmed are the confirmations without which no contact is ended: that it is by the rules, without an attitude issue, and the supervisor's, who says so
// by recording the step.
func (a attempt) unconfirmed() []string {
	var missing []string
	for _, c := range []struct {
		name string
		has  bool
	}{{"by_the_rules", a.byTheRules}, {"without_attitude_issue", a.withoutAttitude}, {"supervisor", a.leads}} {
		if !c.has {
			missing = append(missing, c.name)
		}
	}
	return missing
}

// take puts a step on record. The last one ends the refusal, and the customer is watched for from then on.
func (r *Refusal) take(step RefusalStep, watch time.Duration) {
	step.Abuse = step.Abuse && r.Next() != step.Kind // Nothing was passed over otherwise.
	r.Steps = append(r.Steps, step)
	if step.Kind == remedyv1.RefusalStep_END_CONTACT {
		r.end(remedyv1.Refusal_CONTACT_ENDED, step.Time)
		r.WatchTime = step.Time.Add(watch)
	}
}

// end ends it.
func (r *Refusal) end(state remedyv1.Refusal_State, now time.Time) { r.State, r.EndTime = state, now }

// asked tells whether the refusal is past the question whether our fault is compensated: who accepts it before that step, or is cut off for abuse,
// leaves it open.
func (r *Refusal) asked() bool {
	past := func(s RefusalStep) bool { return s.Kind == remedyv1.RefusalStep_COMPENSATE }
	return slices.ContainsFunc(r.Steps, past) && !r.Steps[len(r.Steps)-1].Abuse
}

// reasoned is when the reason was put on record; zero for not yet.
func (r *Refusal) reasoned() time.Time {
	for _, s := range r.Steps {
		if s.Kind == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE {
			return s.Time
		}
	}
	return time.Time{}
}

// lastDone is the last step that was done, by name; empty for none.
func (r *Refusal) lastDone() string {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Done {
			return r.Steps[i].Kind.String()
		}
	}
	return ""
}

// watches tells whether the refusal's customer was watched for at a time.
func (r *Refusal) watches(at time.Time) bool {
	return r.State == remedyv1.Refusal_CONTACT_ENDED && !at.Before(r.EndTime) && at.Before(r.WatchTime)
}

// The places that the sealed words are bound to.
func (r *Refusal) decisionPlace() string { return r.Name() + "#decision" }
func (r *Refusal) clausePlace() string   { return r.Name() + "#clause" }
func (r *Refusal) wordsPlace() string    { return r.Name() + "#words" }

func (r *Refusal) stepPlace(kind remedyv1.RefusalStep_Kind) string {
	return fmt.Sprintf("%s#step-%d", r.Name(), kind)
}

func (r *Refusal) alternativePlace() string { return r.Name() + "#alternative" }

func refusalName(complaint string, number int32) string {
	return complaintName(complaint) + "/refusals/" + strconv.Itoa(int(number))
}

// refusalIDs takes complaint and number out of "complaints/{complaint}/refusals/{refusal}", whose form validation has checked.
func refusalIDs(name string) (complaint string, number int32) {
	parent, last, _ := strings.Cut(name, "/refusals/")
	complaint, _ = complaintID(parent)
	n, _ := strconv.ParseInt(last, 10, 32)
	return complaint, int32(n)
}
