// Package arrival explains a complaint that a service has not heard of. Facts travel as events, so a complaint may be asked for
// a moment before its event arrives; an id tells when it was made, and so which of the two it is.
package arrival

import (
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/ids"
)

const (
	// grace is how old an id may be while its event is taken to be on its way.
	grace = time.Minute
	// again is when a caller who was too early should ask again.
	again = 100 * time.Millisecond
)

// Unknown is the answer for a complaint that the service does not know at the time now: NOT_YET_KNOWN for an id that was made
// within the last minute, COMPLAINT_NOT_FOUND otherwise.
func Unknown(complaint string, now time.Time) error {
	name := "complaints/" + complaint
	if Expected(complaint, now) {
		return Early(name, "%s was filed a moment ago and is not known here yet. Try again.", name)
	}
	return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no complaint %s.", name).With("name", name)
}

// Expected tells whether the event of what has this id may still be on its way at the time now: it was made within the last minute.
func Expected(id string, now time.Time) bool {
	made, ok := ids.TimeOf(id)
	return ok && now.Sub(made).Abs() < grace
}

// Early is the answer for anything else whose event is on its way: NOT_YET_KNOWN, worth asking again in a moment.
func Early(name, format string, args ...any) error {
	return errs.Unavailable(errorv1.Reason_NOT_YET_KNOWN.String(), format, args...).With("name", name).After(again)
}
