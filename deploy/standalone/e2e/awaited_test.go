package e2e_test

import (
	"slices"
)

// awaited are reasons that the contract has and no service gives yet. One that a test provokes must not stand here any more, so the list
// only ever gets shorter.
func awaited() []string {
	return slices.Concat(awaitedOfRefusals(), awaitedOfPromises())
}

func awaitedOfRefusals() []string {
	return []string{
		"remedyv1.ErrorReason_CLAIM_SETTLED",
	}
}

func awaitedOfPromises() []string {
	return []string{
		"followupv1.ErrorReason_PROMISE_SETTLED",
		"followupv1.ErrorReason_PROMISE_TIME_INVALID",
		"followupv1.ErrorReason_TOO_MANY_PROMISES",
		"followupv1.ErrorReason_KEEP_TIME_INVALID",
		"followupv1.ErrorReason_CYCLE_ENDED",
	}
}
