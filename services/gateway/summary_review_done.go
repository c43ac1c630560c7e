package gateway

import (
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// reviewDoneSummary tells a review of a period.
func reviewDoneSummary(r *eventv1.ReviewDone) string {
	text := fmt.Sprintf("%s, version %d, was made of %s", r.GetReview(), r.GetVersion(), several(r.GetRecordCount(), "record"))
	if n := len(r.GetOpened()); n > 0 {
		text += "; it opened " + several(int64(n), "improvement")
	}
	return text + "."
}

// several is a number of things: "1 record", "2 records".
func several(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
