package intake

import (
	"errors"
	"strconv"
	"strings"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// fault turns the errors of the domain and the store into those of the
// contract; what it does not know it passes on.
func fault(err error) error {
	var state *StateError
	switch {
	case errors.As(err, &state):
		return errs.Precondition(intakev1.ErrorReason_STATE_FORBIDS.String(),
			"The complaint is %s; this needs %s.%s", state.State, state.wanted(), state.advice()).
			With("state", state.State.String()).With("wanted", state.wanted())
	case errors.Is(err, ErrNotFound):
		return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no such complaint.").Wrap(err)
	default:
		return err
	}
}

// invalid is a field that breaks the contract in a way that the validation of
// single fields cannot see.
func invalid(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}

// notPending is a resolution that cannot be confirmed or refused any more.
func notPending(request string) error {
	return errs.Precondition(intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String(),
		"This resolution is not the one requested last, or it was decided otherwise.").With("request_id", request)
}

// noDataKey is a customer without a key.
func noDataKey(err error) error {
	return errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(),
		"The customer's data key does not exist, or was destroyed at the customer's wish.").Wrap(err)
}

// noMessage is a message that does not exist.
func noMessage(err error) error {
	return errs.NotFound(intakev1.ErrorReason_MESSAGE_NOT_FOUND.String(), "There is no such message.").Wrap(err)
}

// noEntry is an entry of a record that does not exist.
func noEntry(kind EntryKind) error {
	return errs.NotFound(intakev1.ErrorReason_ENTRY_NOT_FOUND.String(),
		"The complaint's record has no such entry.").With("kind", kind.collection())
}

// notForwarded is a complaint whose answer no authority waits for.
func notForwarded() error {
	return errs.Precondition(intakev1.ErrorReason_NOT_FORWARDED.String(),
		"Nobody forwarded this complaint, so nobody waits for an answer but the customer.")
}

// itemsOpen is a complaint that cannot be resolved yet (REC-3).
func itemsOpen(count int32) error {
	return errs.Precondition(intakev1.ErrorReason_ITEMS_OPEN.String(),
		"%d of the requests within the complaint are still open; mark each as done or dropped first.", count).
		With("open_item_count", strconv.Itoa(int(count)))
}

// agentRecused is somebody who would decide on a complaint about themselves (ROUTE-2).
func agentRecused() error {
	return errs.Denied(intakev1.ErrorReason_AGENT_RECUSED.String(),
		"Nobody decides on how a complaint about themselves ends or goes on. Have somebody else take it over, or ask the supervisor.")
}

// notInCharge is somebody who would say whom a complaint is about that is none of theirs.
func notInCharge() error {
	return errs.Denied(intakev1.ErrorReason_NOT_IN_CHARGE.String(),
		"Whom of ours a complaint is about only who is in charge of it says, or a supervisor, manager or executive.")
}

// judgesOwnPromise is somebody who would judge whether they promised something.
func judgesOwnPromise() error {
	return errs.Denied(intakev1.ErrorReason_AGENT_RECUSED.String(),
		"Nobody judges whether they promised something themselves. Have somebody else look at it, or ask the supervisor.")
}

// verifiedAlready is an agent who would take back what somebody has verified, which is owed.
func verifiedAlready() error {
	return errs.Denied(intakev1.ErrorReason_VERIFIED_ALREADY.String(),
		"It was verified that this was promised, so it is owed. That it was not promised after all only a supervisor, manager or executive says.")
}

// promisesOwed is a complaint that ends as if nothing had been promised (PROM-1).
func promisesOwed(names []string) error {
	const most = 5
	listed := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		listed += " and " + strconv.Itoa(more) + " more"
	}
	return errs.Precondition(intakev1.ErrorReason_PROMISE_OWED.String(),
		"The customer is still owed what was promised: %s. Keep it (:keep) or record where the customer said that it is not wanted any more "+
			"(:release), each of them, and then end the complaint.", listed).
		With("promise", names[0]).With("count", strconv.Itoa(len(names)))
}

// investigationMissing is a ruling that nothing was found out for (INV-1).
func investigationMissing(missing string) error {
	return errs.Precondition(intakev1.ErrorReason_INVESTIGATION_MISSING.String(),
		"Nothing is ruled before it was investigated in this cycle, our own process included; record a step with an own_process_check that is done.").
		With("missing", missing)
}

// assessmentMissing is a ruling before an assessment.
func assessmentMissing() error {
	return errs.Precondition(intakev1.ErrorReason_ASSESSMENT_MISSING.String(),
		"Nothing is ruled before it was assessed in this cycle; use :assess first.")
}

// precedentInvalid is a precedent that is none.
func precedentInvalid(name string) error {
	return errs.Invalid(intakev1.ErrorReason_PRECEDENT_INVALID.String(), "ruling.precedents",
		"%s is no other complaint that was ruled.", name).With("name", name)
}

// rulerConcerned is a ruling by somebody it is about.
func rulerConcerned() error {
	return errs.Denied(intakev1.ErrorReason_RULER_CONCERNED.String(), "Nobody rules about themselves, or about a department that they lead.")
}

// refusalAtFault is a refusal that was called faultless and is not (ASSESS-4).
func refusalAtFault() error {
	return errs.Invalid(intakev1.ErrorReason_REFUSAL_AT_FAULT.String(), "ruling.responsibility",
		"A refusal is no fault only if it was made by the rules and without an attitude issue.")
}

// rulingMissing is an appeal against nothing.
func rulingMissing() error {
	return errs.Precondition(intakev1.ErrorReason_RULING_MISSING.String(), "Nothing was ruled in this cycle.")
}

// rulingAppealed is a second appeal, or a ruling in place of one that was appealed.
func rulingAppealed() error {
	return errs.Precondition(intakev1.ErrorReason_RULING_APPEALED.String(),
		"The ruling of this cycle was appealed, which is possible once; the decision on the appeal ends the matter.")
}

// appealNotAllowed is an appeal by somebody whom the ruling does not concern.
func appealNotAllowed() error {
	return errs.Denied(intakev1.ErrorReason_APPEAL_NOT_ALLOWED.String(),
		"A ruling is appealed by those whom it concerns, or their supervisor.")
}

// appealNotPending is a decision that nobody waits for.
func appealNotPending() error {
	return errs.Precondition(intakev1.ErrorReason_APPEAL_NOT_PENDING.String(), "No appeal of this cycle waits for a decision.")
}

// deciderNotIndependent is a decision by somebody who has a part in the matter.
func deciderNotIndependent(because string) error {
	return errs.Denied(intakev1.ErrorReason_DECIDER_NOT_INDEPENDENT.String(),
		"An appeal is decided by somebody who does not handle the complaint, has not ruled or appealed, and is not concerned.").
		With("because", because)
}

// stale is a change based on a version that is not the current one.
func stale(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(),
		"Somebody else changed the complaint meanwhile; read it again.").With("etag", current)
}

// complaintID takes the id out of a resource name.
func complaintID(field, name string) (string, error) {
	id, ok := strings.CutPrefix(name, "complaints/")
	const length = 26
	if !ok || len(id) != length || strings.ContainsRune(id, '/') {
		return "", invalid(field, "must be the name of a complaint: complaints/{complaint}")
	}
	return id, nil
}

// mergeIntoItself is a complaint that is to go on in itself.
func mergeIntoItself() error {
	return errs.Invalid(intakev1.ErrorReason_MERGE_INTO_ITSELF.String(), "into", "A complaint cannot be merged into itself.")
}

// linkToItself is a complaint that is to belong to itself.
func linkToItself() error {
	return errs.Invalid(intakev1.ErrorReason_LINK_TO_ITSELF.String(), "to", "A complaint cannot be linked to itself.")
}

// mergedAlready is a complaint that went on in another one.
func mergedAlready(complaint, survivor string) error {
	return errs.Precondition(intakev1.ErrorReason_MERGED_ALREADY.String(),
		"%s was merged already; it goes on in %s.", complaint, survivor).With("complaint", complaint).With("survivor", survivor)
}

// mergeCycle is a merger into a complaint that went on in the one to be merged.
func mergeCycle(survivor string) error {
	return errs.Precondition(intakev1.ErrorReason_MERGE_CYCLE.String(),
		"The complaint to merge into was merged into this one.").With("survivor", survivor)
}

// forwardedNotMerged is a complaint that keeps its own clocks (REC-6).
func forwardedNotMerged() error {
	return errs.Precondition(intakev1.ErrorReason_FORWARDED_NOT_MERGED.String(),
		"An authority forwarded this complaint and waits for its own answer; link it to the other one instead.")
}

// customersDiffer is a merger that an agent may not decide on.
func customersDiffer() error {
	return errs.Denied(intakev1.ErrorReason_CUSTOMERS_DIFFER.String(),
		"The complaints are of two customers; a supervisor may merge them all the same, or link them.")
}

// noCustomer is a customer who is not known.
func noCustomer(err error) error {
	return errs.NotFound(intakev1.ErrorReason_CUSTOMER_NOT_FOUND.String(), "Nobody who complained is known by this.").Wrap(err)
}

// queryTooShort is a search that would find too much.
func queryTooShort() error {
	return errs.Invalid(intakev1.ErrorReason_QUERY_TOO_SHORT.String(), "query",
		"Search for a word, or for two Chinese characters in a row, at least.")
}
