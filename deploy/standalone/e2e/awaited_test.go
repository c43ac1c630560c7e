package e2e_test

// awaited are reasons that the contract has and no service gives yet. One that a test provokes must not stand here any more, so the list
// only ever gets shorter.
func awaited() []string {
	return awaitedOfRefusals()
}

func awaitedOfRefusals() []string {
	return []string{
		"remedyv1.ErrorReason_CLAIM_SETTLED",
	}
}
