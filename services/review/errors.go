package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/wording"
)

func cycleNotEnded(complaint string, cycle int32) error {
	return errs.Precondition(reviewv1.ErrorReason_CYCLE_NOT_ENDED.String(), "Cycle %d of %s goes on; there is no record of it before it has ended.",
		cycle, complaint).With("complaint", complaint).With("cycle", strconv.Itoa(int(cycle)))
}

func nothingCorrected(name string) error {
	return errs.Precondition(reviewv1.ErrorReason_NOTHING_CORRECTED.String(), "%s says that already.", name).With("name", name)
}

func correctionNotAllowed(field string) error {
	return errs.Denied(reviewv1.ErrorReason_CORRECTION_NOT_ALLOWED.String(),
		"An agent adds the lesson and says whether the customer stays; a supervisor corrects the rest.").With("field", field)
}

func agentRecused(complaint string) error {
	return errs.Denied(reviewv1.ErrorReason_AGENT_RECUSED.String(), "The complaint is about you; somebody else says what is to be learned from it.").
		With("name", complaint)
}

func improvementOpen(name string) error {
	return errs.Precondition(reviewv1.ErrorReason_IMPROVEMENT_OPEN.String(), "%s is about the same and is not over.", name).With("name", name)
}

func stateForbids(i *Improvement) error {
	return errs.Precondition(reviewv1.ErrorReason_IMPROVEMENT_STATE_FORBIDS.String(), "%s is %s.", i.Name(), i.State).
		With("name", i.Name()).With("state", i.State.String())
}

func agentUnknown(agent string) error {
	return errs.Invalid(reviewv1.ErrorReason_AGENT_UNKNOWN.String(), "owner", "The directory has no %s, or they have left.", agent).With("agent", agent)
}

func dueTimeInvalid(field, why string) error {
	return errs.Invalid(reviewv1.ErrorReason_DUE_TIME_INVALID.String(), field, why).With("field", field)
}

func subjectInvalid() error {
	return errs.InvalidField(reviewv1.ErrorReason_SUBJECT_INVALID.String(), "improvement.subject",
		"Name either a category, or a product with its fault.")
}

func languageTwice(language string) error {
	return errs.InvalidField(reviewv1.ErrorReason_LANGUAGE_TWICE.String(), "customer_texts", "Each language has one text.").With("language", language)
}

// textUnfit names what stands at which characters, and what to say instead.
func textUnfit(field string, found []wording.Finding) error {
	var spans, rules, instead []string
	for _, f := range found {
		spans, rules = append(spans, fmt.Sprintf("%d-%d", f.Start, f.End)), append(rules, f.Rule)
		if !slices.Contains(instead, f.Instead) {
			instead = append(instead, f.Instead)
		}
	}
	at := strings.Join(spans, ", ")
	return errs.InvalidField(reviewv1.ErrorReason_TEXT_UNFIT.String(), field,
		"Customers are told this as it stands, and none is told what stands at characters "+at+". "+strings.Join(instead, " ")).
		With("field", field).With("spans", at).With("rules", strings.Join(rules, ", "))
}

func invalidField(field, why string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, why)
}

func notFound(name string) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

// stale is a change based on a version that is not the current one.
func stale(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "Somebody else changed it meanwhile; read it again.").With("etag", current)
}

// notTheHighest is a correction of a version of a record that is not its highest.
func notTheHighest(name string, told, highest int32) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "The highest version of %s is %d, and you correct version %d: read the highest first.",
		name, highest, told).With("name", name).With("etag", strconv.Itoa(int(highest)))
}

func versionNotFound(name string, version, highest int32) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "%s has no version %d; its highest is version %d.", name, version, highest).
		With("name", name).With("version", strconv.Itoa(int(highest)))
}

func notTheOwner(i *Improvement) error {
	return errs.Denied(errorv1.Reason_ROLE_NOT_ALLOWED.String(), "Whoever sees to %s says that it was done, or a supervisor.", i.Name()).
		With("owner", i.Owner)
}

func reviewPeriodInvalid(field, date string) error {
	return errs.InvalidField(reviewv1.ErrorReason_REVIEW_PERIOD_INVALID.String(), field,
		"There is no such date, or what begins then is not over or has not begun yet.").With("date", date)
}
