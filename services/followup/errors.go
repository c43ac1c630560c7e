package followup

import (
	"strings"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
)

// missing is the answer to a service that asks for a duty which a known
// complaint does not have. The next cycle may have begun a moment ago.
func missing(c Complaint, cycle int32, duty string) error {
	if cycle == c.Cycle+1 {
		return arrival.Early(complaintName(c.ID), "The cycle began a moment ago and is not known here yet. Try again.")
	}
	return dutyNotFound(dutyName(c.ID, duty))
}

func dutyNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_DUTY_NOT_FOUND.String(), "The complaint has no such duty.").With("name", name)
}

func callbackNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_CALLBACK_NOT_FOUND.String(), "The complaint has no such callback.").
		With("name", name)
}

func callbackReleased(name, why string) error {
	return errs.Precondition(followupv1.ErrorReason_CALLBACK_RELEASED.String(), "The callback is not owed any more: %s.", why).
		With("name", name)
}

func attemptInFuture() error {
	return errs.Invalid(followupv1.ErrorReason_ATTEMPT_TIME_IN_FUTURE.String(), "attempt_time",
		"The attempt's time lies in the future.")
}

func attemptBeforeReceipt(received time.Time) error {
	return errs.Invalid(followupv1.ErrorReason_ATTEMPT_TIME_BEFORE_RECEIPT.String(), "attempt_time",
		"The attempt's time lies before the complaint was received at %s.", instant(received))
}

func wayNotTwoWay(way policyv1.ContactWay) error {
	return errs.Invalid(followupv1.ErrorReason_WAY_NOT_TWO_WAY.String(), "way",
		"REACHED needs a conversation, and %s carries no answer. Record the attempt with another outcome, or what was sent as a message.",
		way)
}

func warnTimeUnknown() error {
	return errs.Invalid(followupv1.ErrorReason_WARN_TIME_UNKNOWN.String(), "warn_time", "The duty has no such warn time.")
}

func promiseNotFound(name string) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

func promiseSettled(p *Promise, state followupv1.Promise_State) error {
	return errs.Precondition(followupv1.ErrorReason_PROMISE_SETTLED.String(), "%s is %s; that stays on record.", p.Name(), state).
		With("name", p.Name()).With("state", state.String())
}

func promiseTimeInvalid(field, why string) error {
	return errs.InvalidField(followupv1.ErrorReason_PROMISE_TIME_INVALID.String(), field, why).With("field", field)
}

// matterWentOn refuses a promise in a complaint that was merged into another one, by its id.
func matterWentOn(name, into string) error {
	return errs.Precondition(followupv1.ErrorReason_MATTER_WENT_ON.String(),
		"%s was merged, and the matter goes on in %s: put the promise on record there.", name, complaintName(into)).With("into", complaintName(into))
}

func tooManyPromises(most int32) error {
	return errs.Precondition(followupv1.ErrorReason_TOO_MANY_PROMISES.String(),
		"The complaint has %d promises that are neither kept nor released, and more may not be open at once.", most).With("most", number(most))
}

func evidenceNotFound(evidence string) error {
	return errs.NotFound(followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String(),
		"The complaint has no %s that proves anything. Name a message, attachment, attempt or letter of it.", evidence).
		With("evidence", evidence)
}

// keepingNotProven says why what is named shows nothing of the kind.
func keepingNotProven(evidence, why string) error {
	return errs.Precondition(followupv1.ErrorReason_KEEPING_NOT_PROVEN.String(),
		"%s does not show that the promise was kept. %s Name what does, or say the reference: of the payment, the parcel, the document.", evidence, why).
		With("evidence", evidence)
}

// releaseNotProven says what does: evidence in words is nobody's but its own caller's, and is not repeated.
func releaseNotProven(evidence, why string) error {
	if !named(evidence) {
		evidence = ""
	}
	return errs.Precondition(followupv1.ErrorReason_RELEASE_NOT_PROVEN.String(),
		"Only the customer gives a promise up. %s Name a message of the customer's, or an attempt that reached them, since it was promised: "+
			"complaints/*/messages/* or complaints/*/callbacks/*/attempts/*; or have a supervisor note the conversation with its way and time.", why).
		With("evidence", evidence)
}

func agentUnknown(field, name, why string) error {
	return errs.InvalidField(followupv1.ErrorReason_AGENT_UNKNOWN.String(), field, why).With("agent", name)
}

func keepTimeInvalid(why string) error {
	return errs.InvalidField(followupv1.ErrorReason_KEEP_TIME_INVALID.String(), "keep_time", why)
}

func cycleEnded(name string) error {
	return errs.Precondition(followupv1.ErrorReason_CYCLE_ENDED.String(), "The complaint was resolved or closed; reopen it first.").
		With("name", name)
}

func statutoryClock(name string) error {
	return errs.Precondition(followupv1.ErrorReason_STATUTORY_CLOCK.String(), "What is owed by law or to an authority never stands still.").
		With("name", name)
}

func clockNotPausable(name, cause, why string) error {
	return errs.Precondition(followupv1.ErrorReason_CLOCK_NOT_PAUSABLE.String(), "%s cannot be paused. %s", name, why).
		With("name", name).With("cause", cause)
}

func clocksPaused(name string, until time.Time) error {
	return errs.Precondition(followupv1.ErrorReason_CLOCKS_PAUSED.String(), "The clock stands still already, until %s at the latest.", instant(until)).
		With("name", name).With("until", instant(until))
}

func clocksNotPaused(name string) error {
	return errs.Precondition(followupv1.ErrorReason_CLOCKS_NOT_PAUSED.String(), "No clock stands still.").With("name", name)
}

func extensionNotPossible(name, cause, why string) error {
	return errs.Precondition(followupv1.ErrorReason_EXTENSION_NOT_POSSIBLE.String(), "%s cannot be extended. %s", name, why).
		With("name", name).With("cause", cause)
}

func ownExtension(name string) error {
	return errs.Denied(followupv1.ErrorReason_OWN_EXTENSION.String(), "Somebody else decides on it than who asked.").With("name", name)
}

func extensionRecused(name string) error {
	return errs.Denied(followupv1.ErrorReason_EXTENSION_RECUSED.String(), "Nobody decides on a complaint about themselves.").With("name", name)
}

func agentRecused(complaint string) error {
	return errs.Denied(followupv1.ErrorReason_AGENT_RECUSED.String(), "The complaint is about you; somebody else handles it.").With("name", complaint)
}

// wishNotProven says what does.
func wishNotProven(evidence, why string) error {
	return errs.Precondition(followupv1.ErrorReason_WISH_NOT_PROVEN.String(),
		"Only the customer says not to be asked. %s Name a message of the customer's, or an attempt that reached them: complaints/*/messages/* or "+
			"complaints/*/callbacks/*/attempts/*.", why).With("evidence", evidence)
}

func finalResponseIncomplete(name string, missing []policyv1.FinalContent) error {
	words := make([]string, len(missing))
	for i, content := range missing {
		words[i] = content.String()
	}
	list := strings.Join(words, ",")
	return errs.Precondition(followupv1.ErrorReason_FINAL_RESPONSE_INCOMPLETE.String(), "The final response lacks %s.", list).
		With("name", name).With("missing", list)
}

func finalResponseNotProven(evidence, why string) error {
	return errs.Precondition(followupv1.ErrorReason_FINAL_RESPONSE_NOT_PROVEN.String(),
		"%s is no final response. %s Name an agent's message, a file of ours, or a letter that answers.", evidence, why).With("evidence", evidence)
}

func finalResponseNotOwed(name string, d *Duty) error {
	return errs.Precondition(followupv1.ErrorReason_FINAL_RESPONSE_NOT_OWED.String(), "It is %s; that stays on record.", d.State).
		With("name", name).With("state", d.State.String()).With("evidence", d.Evidence)
}

// stale is a change based on a version that is not the current one.
func stale(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "Somebody else changed it meanwhile; read it again.").With("etag", current)
}

func invalidField(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}

func followUpNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_FOLLOW_UP_NOT_FOUND.String(), "The complaint has no such follow-up.").With("name", name)
}

// followUpNotOpen is the answer to whoever tells of one that nobody is asked at now.
func followUpNotOpen(t *Touch) error {
	return errs.Precondition(followupv1.ErrorReason_FOLLOW_UP_NOT_OPEN.String(), "The follow-up has not begun, was answered, or is over.").
		With("name", t.Name()).With("state", t.State.String())
}

func contactTimeInvalid(message string) error {
	return errs.InvalidField(followupv1.ErrorReason_CONTACT_TIME_INVALID.String(), "contact_time", message)
}

// surveyNotFound is the one answer to a token that is wrong, too old, or was used.
func surveyNotFound() error {
	return errs.NotFound(followupv1.ErrorReason_SURVEY_NOT_FOUND.String(), "There is no survey to answer here. The link may have expired, or have been used.")
}

func nothingToStop(name string) error {
	return errs.Precondition(followupv1.ErrorReason_NOTHING_TO_STOP.String(), "Nothing follows the resolution that could be stopped.").With("name", name)
}

func channelFailed(err error) error {
	return errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "The channel did not take the message. Try again.").Wrap(err)
}

func notificationNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_NOTIFICATION_NOT_FOUND.String(), "The complaint has no such message.").With("name", name)
}

func notificationNotSent(name string, state followupv1.Notification_State) error {
	return errs.Precondition(followupv1.ErrorReason_NOTIFICATION_NOT_SENT.String(),
		"The message is %s: it cannot have come back.", state).With("name", name).With("state", state.String())
}

func notificationNotDead(name string, state followupv1.Notification_State) error {
	return errs.Precondition(followupv1.ErrorReason_NOTIFICATION_NOT_DEAD.String(),
		"The message is %s: it was sent, or is tried again without help.", state).With("name", name).With("state", state.String())
}
