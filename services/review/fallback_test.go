package review_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestAFallbackThatWasTakenIsWhatWasGiven, with its parts; one of words alone is of no kind.
func TestAFallbackThatWasTakenIsWhatWasGiven(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld(t)
	name := w.lived()
	taken := w.owners.remedies[0]
	taken.Answer.Option = 0
	require.Empty(t, w.record(name, false).GetRemedyKinds())
	taken.FallbackOption = &remedyv1.Option{Kind: remedyv1.Option_REFUND, Parts: []*remedyv1.Part{{Kind: remedyv1.Option_GUIDANCE}}}
	require.Equal(t, []remedyv1.Option_Kind{remedyv1.Option_REFUND, remedyv1.Option_GUIDANCE}, w.record(name, true).GetRemedyKinds())
}
