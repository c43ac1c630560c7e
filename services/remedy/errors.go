package remedy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/wording"
)

// unknown explains a complaint that remedy has not heard of: too early, or no complaint at all.
func (s *Service) unknown(err error, complaint string) error {
	if !errors.Is(err, ErrUnknown) {
		return err
	}
	return arrival.Unknown(complaint, s.deps.Now())
}

func complaintEnded(c Complaint) error {
	return errs.Precondition(remedyv1.ErrorReason_COMPLAINT_ENDED.String(),
		"%s has ended (%s). Reopen it before you propose a remedy.", complaintName(c.ID), c.End).
		With("name", complaintName(c.ID)).With("state", c.End.String())
}

// answeredBeforeTheEnd is an answer that was given in time to an offer whose silence has closed the complaint.
func answeredBeforeTheEnd(c Complaint) error {
	return errs.Precondition(remedyv1.ErrorReason_COMPLAINT_ENDED.String(),
		"The customer answered in time, but %s has ended (%s). Reopen it; then put the answer on record with its time.", complaintName(c.ID), c.End).
		With("name", complaintName(c.ID)).With("state", c.End.String())
}

func restatementMissing() error {
	return errs.Precondition(remedyv1.ErrorReason_RESTATEMENT_MISSING.String(),
		"Say back to the customer what was understood, and record that it was confirmed, or why it could not be, before anything is proposed.")
}

func currencyNotSupported(field, currency string) error {
	return errs.InvalidField(remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED.String(), field, "All amounts are in "+currency+".").
		With("currency", currency)
}

func amountTooFine(field string, digits int32) error {
	return errs.InvalidField(remedyv1.ErrorReason_AMOUNT_TOO_FINE.String(), field,
		"The currency has "+strconv.Itoa(int(digits))+" digits after the point.").With("digits", strconv.Itoa(int(digits)))
}

func amountMissing(field string, kind remedyv1.Option_Kind) error {
	return errs.InvalidField(remedyv1.ErrorReason_AMOUNT_MISSING.String(), field, "It is money, so it has to say how much.").
		With("kind", kind.String())
}

func playUnknown(field, play string) error {
	return errs.InvalidField(remedyv1.ErrorReason_PLAY_UNKNOWN.String(), field, "The policy has no such play.").With("play", play)
}

func tooFewOptions(least int) error {
	return errs.InvalidField(remedyv1.ErrorReason_TOO_FEW_OPTIONS.String(), "remedy.options",
		"The customer has a choice of "+strconv.Itoa(least)+" at least, unless the one option follows a play that may stand alone.").
		With("least", strconv.Itoa(least))
}

func fallbackPromises(said string) error {
	return errs.InvalidField(remedyv1.ErrorReason_FALLBACK_PROMISES.String(), "remedy.fallback",
		"The fallback says \""+said+"\", which nobody would owe: what has a time or an amount is an option (fallback_option), with an owner and a due time.").
		With("said", said)
}

func fallbackMissing() error {
	return errs.InvalidField(remedyv1.ErrorReason_FALLBACK_MISSING.String(), "remedy.fallback",
		"Say what is done if the customer wants none of the options: in words, or as fallback_option, which is owed.")
}

func promiseTooFar(field string, latest time.Time) error {
	at := latest.UTC().Format(time.RFC3339)
	return errs.InvalidField(remedyv1.ErrorReason_PROMISE_TOO_FAR.String(), field, "Nothing is promised for later than "+at+".").
		With("field", field).With("latest", at)
}

func optionsAlike(o Option, at, same int) error {
	return errs.InvalidField(remedyv1.ErrorReason_OPTIONS_ALIKE.String(), o.field,
		"It gives the customer the same as option "+strconv.Itoa(same)+", which is no choice.").
		With("option", strconv.Itoa(o.number(at))).With("same", strconv.Itoa(same))
}

func entitlementExceptional(o Option, at int) error {
	return errs.InvalidField(remedyv1.ErrorReason_ENTITLEMENT_EXCEPTIONAL.String(), o.field+".exceptional",
		"What somebody is entitled to is no exception, and compensation always is: propose the two apart.").With("option", strconv.Itoa(o.number(at)))
}

func compensationNotExceptional(o Option, at int) error {
	return errs.InvalidField(remedyv1.ErrorReason_COMPENSATION_NOT_EXCEPTIONAL.String(), o.field+".exceptional",
		"Compensation is declared to the customer as an exception.").With("option", strconv.Itoa(o.number(at)))
}

func notOurFault(option int) error {
	return errs.Precondition(remedyv1.ErrorReason_NOT_OUR_FAULT.String(),
		"%s compensates for a fault of ours, and neither ruling nor assessment has found one. Assess the complaint first, or give it as goodwill.",
		called(option)).With("option", strconv.Itoa(option))
}

func historyNotSeen(option int) error {
	return errs.Precondition(remedyv1.ErrorReason_HISTORY_NOT_SEEN.String(),
		"%s compensates. Look at what the customer complained of and was given before, and say so.", called(option)).
		With("option", strconv.Itoa(option))
}

func itemNotCovered(option int, item string) error {
	return errs.Precondition(remedyv1.ErrorReason_ITEM_NOT_COVERED.String(), "%s leaves %s open.", called(option), item).
		With("option", strconv.Itoa(option)).With("item", item)
}

func itemUnknown(option int, field, item string) error {
	return errs.InvalidField(remedyv1.ErrorReason_ITEM_UNKNOWN.String(), field, "The complaint has no "+item+".").
		With("option", strconv.Itoa(option)).With("item", item)
}

func notInDirectory(field, name string) error {
	return errs.InvalidField(remedyv1.ErrorReason_NOT_IN_DIRECTORY.String(), field, "The directory has no "+name+".").
		With("field", field).With("name", name)
}

// stateForbids refuses what needs the proposal to stand elsewhere.
func stateForbids(r *Remedy, wanted string) error {
	return errs.Precondition(remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String(), "%s is %s; it takes %s.", r.Name(), r.State, wanted).
		With("state", r.State.String()).With("wanted", wanted)
}

func (s *Service) capExceeded(e *Excess) error {
	return errs.Precondition(remedyv1.ErrorReason_CAP_EXCEEDED.String(),
		"%s more than the %s used would exceed the cap %q of %s. Nobody below the last level of approvals grants that.", e.Asked, e.Used, e.Cap, e.Most).
		With("cap", e.Cap).With("most", e.Most.String()).With("used", e.Used.String()).With("asked", e.Asked.String())
}

func notFound(name string) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

// stale is a change based on a version that is not the current one.
func stale(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "Somebody else changed it meanwhile; read it again.").With("etag", current)
}

func offerExpired(at time.Time) error {
	return errs.Precondition(remedyv1.ErrorReason_OFFER_EXPIRED.String(), "The offer was open until %s. Make it again.", at.UTC().Format(time.RFC3339)).
		With("answer_time", at.UTC().Format(time.RFC3339Nano))
}

func alternativeAboveGrant(said Amount) error {
	return errs.InvalidField(remedyv1.ErrorReason_WORDS_ABOVE_GRANT.String(), "alternative",
		"It promises "+said.String()+", which nobody has granted: propose it as a remedy, or say it without the amount.").
		With("amount", said.String()).With("most", "0")
}

func wordsAboveGrant(said, most Amount) error {
	return errs.InvalidField(remedyv1.ErrorReason_WORDS_ABOVE_GRANT.String(), "words",
		"They promise "+said.String()+", and no more than "+most.String()+" was granted. Revise the proposal; what was said already is a promise to be recorded.").
		With("most", most.String()).With("amount", said.String())
}

func offeredTooOften(r *Remedy, most int32) error {
	return errs.Precondition(remedyv1.ErrorReason_OFFERED_TOO_OFTEN.String(),
		"Version %d of %s was offered again %d times, and is not a further time: the customer had time to answer. Revise the proposal, or withdraw it.", r.Revision, r.Name(), most).
		With("most", strconv.Itoa(int(most)))
}

func offerOutdated(current int32) error {
	return errs.Precondition(remedyv1.ErrorReason_OFFER_OUTDATED.String(), "Version %d is the current one.", current).
		With("version", strconv.Itoa(int(current)))
}

func optionUnknown(option int32) error {
	return errs.Invalid(remedyv1.ErrorReason_OPTION_UNKNOWN.String(), "option", "The proposal has no such option, or no fallback.").
		With("option", strconv.Itoa(int(option)))
}

func timeInvalid(field, why string) error {
	return errs.InvalidField(remedyv1.ErrorReason_TIME_INVALID.String(), field, why).With("field", field)
}

func grantNotPending(state remedyv1.GrantReview_State) error {
	return errs.Precondition(remedyv1.ErrorReason_GRANT_NOT_PENDING.String(), "There is nothing to look at in it (%s).", state).
		With("state", state.String())
}

func grantIsOwn() error {
	return errs.Denied(remedyv1.ErrorReason_GRANT_IS_OWN.String(), "Nobody looks at what they decided themselves.")
}

func refusalOpen(r *Refusal) error {
	return errs.Precondition(remedyv1.ErrorReason_REFUSAL_OPEN.String(), "%s goes on; put its next step on record, or end it.", r.Name()).
		With("name", r.Name())
}

func refusalEnded(r *Refusal) error {
	return errs.Precondition(remedyv1.ErrorReason_REFUSAL_ENDED.String(), "%s has ended (%s).", r.Name(), r.State).
		With("state", r.State.String())
}

func stepOutOfOrder(next remedyv1.RefusalStep_Kind) error {
	return errs.Precondition(remedyv1.ErrorReason_STEP_OUT_OF_ORDER.String(),
		"The steps are made in order, and %s comes next. Abuse alone may go to the last step.", next).With("next", next.String())
}

func stepApplies(step remedyv1.RefusalStep_Kind) error {
	return errs.Precondition(remedyv1.ErrorReason_STEP_APPLIES.String(), "%s always applies here; do it, and say what proves it.", step).
		With("step", step.String())
}

func acceptedTooSoon(next remedyv1.RefusalStep_Kind) error {
	return errs.Precondition(remedyv1.ErrorReason_STEP_OUT_OF_ORDER.String(),
		"The customer accepts what was explained: put the steps on record up to REASON_AND_ALTERNATIVE first. %s comes next.", next).
		With("next", next.String())
}

func acceptanceNotProven(evidence, why string) error {
	return errs.Precondition(remedyv1.ErrorReason_ACCEPTANCE_NOT_PROVEN.String(),
		"Only the customer accepts a refusal. %s Name a message of the customer's, or an attempt that reached them, since the reason was put on record: "+
			"complaints/*/messages/* or complaints/*/callbacks/*/attempts/*; or have a supervisor note the conversation with its way and time.", why).
		With("evidence", evidence)
}

// wordsUnfit names the places and not the words: these are the customer's matter.
func wordsUnfit(field string, found []wording.Finding) error {
	var spans, rules, instead []string
	for _, f := range found {
		spans, rules = append(spans, fmt.Sprintf("%d-%d", f.Start, f.End)), append(rules, f.Rule)
		if !slices.Contains(instead, f.Instead) {
			instead = append(instead, f.Instead)
		}
	}
	at := strings.Join(spans, ", ")
	return errs.InvalidField(remedyv1.ErrorReason_WORDS_UNFIT.String(), field,
		"The customer is told this as it stands, and no refusal says what stands at characters "+at+". "+strings.Join(instead, " ")).
		With("field", field).With("spans", at).With("rules", strings.Join(rules, ", "))
}

func approvalNeeded(asked Request) error {
	return errs.Precondition(remedyv1.ErrorReason_APPROVAL_NEEDED.String(),
		"With what the complaint was given since, this needs approval from level %d on, by %d. Revise the proposal (:reviseRemedy): the new version is "+
			"decided anew.", asked.Level, asked.Needed).
		With("level", strconv.Itoa(asked.Level)).With("needed", strconv.Itoa(int(asked.Needed)))
}

func answerNotShown(evidence, why string) error {
	return errs.Precondition(remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String(),
		"What is named does not show that the customer accepts. %s Name a message of the customer's since the offer, or an attempt that reached them: "+
			"complaints/*/messages/* or complaints/*/callbacks/*/attempts/*; or name nothing.", why).
		With("evidence", evidence)
}

func answerNotProven(evidence, why string) error {
	return errs.Precondition(remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String(),
		"The offer had lapsed, and with what the complaint was given since this would be more than is granted. %s Name a message of the customer's, or an "+
			"attempt that reached them, of that time: complaints/*/messages/* or complaints/*/callbacks/*/attempts/*; or have a supervisor put it on record.", why).
		With("evidence", evidence)
}

func agentRecused() error {
	return errs.Denied(remedyv1.ErrorReason_AGENT_RECUSED.String(),
		"Nobody decides on a complaint about themselves. Have somebody else take it over, or ask the supervisor.")
}

func partyRecused(party string) error {
	return errs.Denied(remedyv1.ErrorReason_AGENT_RECUSED.String(),
		"The complaint is about %s, who neither supports a refusal of it nor watches over one. Ask somebody else.", party).With("field", "party")
}

// contactNotToBeEnded says which confirmations are missing.
func contactNotToBeEnded(missing []string) error {
	return errs.Precondition(remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED.String(),
		"Contact is ended by the rules, without an attitude issue, and by a supervisor, or not at all: confirm the first two, and have a supervisor record this step.").
		With("missing", strings.Join(missing, ", "))
}

func compensationOwed() error {
	return errs.Precondition(remedyv1.ErrorReason_COMPENSATION_OWED.String(),
		"The fault is ours, and nothing that compensates it is offered: offer a remedy of this cycle, on the basis FAULT and not of words alone, proposed with the customer's history looked at (historySeen).")
}

func claimSettled(c *Claim) error {
	return errs.Precondition(remedyv1.ErrorReason_CLAIM_SETTLED.String(), "%s is settled (%s).", c.Name(), c.State).
		With("state", c.State.String())
}

func recoveredTooMuch(most string) error {
	return errs.InvalidField(remedyv1.ErrorReason_RECOVERED_TOO_MUCH.String(), "recovered", "No more than "+most+" was claimed.").
		With("most", most)
}

func rulingNotFinal(ruling string) error {
	return errs.Precondition(remedyv1.ErrorReason_RULING_NOT_FINAL.String(),
		"There is no ruling %s that holds: it was replaced or overturned, an appeal against it waits, or it was never made.", ruling).
		With("ruling", ruling)
}

func notConcerned() error {
	return errs.Denied(remedyv1.ErrorReason_NOT_CONCERNED.String(), "Only the person concerned answers and appeals.")
}

func deductionStateForbids(state remedyv1.Deduction_State) error {
	return errs.Precondition(remedyv1.ErrorReason_DEDUCTION_STATE_FORBIDS.String(), "It cannot be done as the deduction stands (%s).", state).
		With("state", state.String())
}

func hearingOpen(until time.Time) error {
	return errs.Precondition(remedyv1.ErrorReason_HEARING_OPEN.String(), "The person is to be heard, and may appeal, until %s.",
		until.UTC().Format(time.RFC3339)).With("until", until.UTC().Format(time.RFC3339Nano))
}

func deductionNotTold() error {
	return errs.Precondition(remedyv1.ErrorReason_DEDUCTION_NOT_TOLD.String(),
		"No notice has reached the person concerned, who has said nothing. Have them told, and say how in told_otherwise.")
}

func appealedBefore() error {
	return errs.Precondition(remedyv1.ErrorReason_APPEALED_BEFORE.String(), "An appeal is possible once.")
}

func deciderNotIndependent() error {
	return errs.Denied(remedyv1.ErrorReason_DECIDER_NOT_INDEPENDENT.String(),
		"Somebody else of HR decides: not who is concerned, has suggested it, or has decided on it before.")
}

func suggesterConcerned() error {
	return errs.Denied(remedyv1.ErrorReason_DECIDER_NOT_INDEPENDENT.String(),
		"It would be suggested for you as well: somebody suggests it who answers for nothing of it.")
}

func deductionTooHigh(most string) error {
	return errs.InvalidField(remedyv1.ErrorReason_DEDUCTION_TOO_HIGH.String(), "amount",
		"HR confirms what was suggested, or less, and no more than the month's pay leaves: "+most+".").With("most", most)
}

func payToldDifferently(agent, month string) error {
	return errs.Precondition(remedyv1.ErrorReason_PAY_TOLD_DIFFERENTLY.String(),
		"Another pay of %s for %s is on record. Tell that, or say why it is corrected.", agent, month).With("agent", agent).With("month", month)
}

func payBelowConfirmed(agent, month, least string) error {
	return errs.Precondition(remedyv1.ErrorReason_PAY_BELOW_CONFIRMED.String(),
		"What HR has confirmed for %s in %s would be more than the limit of that pay. It is %s at least, as long as that stands.",
		agent, month, least).With("agent", agent).With("month", month).With("least", least)
}

func invalidField(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}

// noApproval explains an approval that cannot be read.
func (s *Service) noApproval(err error, name string) error {
	if errors.Is(err, ErrUnknown) {
		return notFound(name)
	}
	return err
}

func approvalNotPending(state remedyv1.Approval_State) error {
	return errs.Precondition(remedyv1.ErrorReason_APPROVAL_NOT_PENDING.String(), "It is %s; there is nothing to decide any more.", state).
		With("state", state.String())
}

func approvalSuperseded(current int32) error {
	return errs.Precondition(remedyv1.ErrorReason_APPROVAL_SUPERSEDED.String(),
		"Something else is proposed by now, version %d. Decide on that, if it needs a decision.", current).
		With("version", strconv.Itoa(int(current)))
}

func notTheApprover(approver string) error {
	return errs.Denied(remedyv1.ErrorReason_NOT_THE_APPROVER.String(), "Somebody else decides, or an executive.").With("approver", approver)
}

func approverIsProposer() error {
	return errs.Denied(remedyv1.ErrorReason_APPROVER_IS_PROPOSER.String(), "Nobody decides on what they proposed.")
}

func approverRecused() error {
	return errs.Denied(remedyv1.ErrorReason_APPROVER_RECUSED.String(), "Nobody decides on a complaint about themselves, or about who stands directly above or below them.")
}

func approvedBelow() error {
	return errs.Denied(remedyv1.ErrorReason_APPROVED_BELOW.String(), "You have approved it; somebody else has to as well.")
}

func aboveOwnLimit(limit, amount Amount) error {
	return errs.Denied(remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String(),
		"%s of it is more than your role may grant, which is %s at most. Return it, or leave it to the next level.",
		amount, limit).With("limit", limit.String()).With("amount", amount.String())
}

func approvalMovedUp(due time.Time) error {
	return errs.Precondition(remedyv1.ErrorReason_APPROVAL_MOVED_UP.String(), "It was yours to decide until %s; the next level decides now.",
		due.UTC().Format(time.RFC3339)).With("due_time", due.UTC().Format(time.RFC3339Nano))
}
