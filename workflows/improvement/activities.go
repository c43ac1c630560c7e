package improvement

import (
	"context"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// Activities is how the workflow reaches review. All are idempotent. Their results and failures go into histories, so they hold names, times and
// words of the contract, and nothing that somebody wrote.
type Activities struct {
	// Improvements is review's.
	Improvements reviewv1.ImprovementServiceClient
}

// activities names the methods for the workflow; they are never called on it.
var activities *Activities

// SettleImprovement has review do what is due, and tell how it stands. It is tried until review answers: without the answer nobody would ask again.
func (a *Activities) SettleImprovement(
	ctx context.Context, question *reviewv1.SettleImprovementRequest,
) (*reviewv1.SettleImprovementResponse, error) {
	answer, err := a.Improvements.SettleImprovement(ctx, question)
	if err != nil {
		return nil, ask.KeepTrying(ctx, "review.SettleImprovement", err)
	}
	return answer, nil
}
