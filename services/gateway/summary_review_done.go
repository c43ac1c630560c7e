package gateway

import (
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// reviewDoneSummary tells a review of a period.
func reviewDoneSummary(r *eventv1.ReviewDone) string {
	text := fmt.Sprintf("%s, version %d, was made of %d records", r.GetReview(), r.GetVersion(), r.GetRecordCount())
	if n := len(r.GetOpened()); n > 0 {
		text += fmt.Sprintf("; it opened %d", n)
		if n == 1 {
			text += " improvement"
		} else {
			text += " improvements"
		}
	}
	return text + "."
}
