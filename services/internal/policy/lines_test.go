package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestALastKeyWithoutAValue is told at its place, which is after the end of the text.
func TestALastKeyWithoutAValue(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte("version: x\n? clocks"), "p.yaml")
	require.ErrorContains(t, err, "p.yaml:3:1 clocks: expected sequence")
}
