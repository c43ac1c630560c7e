package complaint

import (
	"context"

	"github.com/redress-dev/redress/workflows/ask"
)

// failure is what an activity answers when a service refused or failed (ask.Failure).
func failure(ctx context.Context, method string, err error) error {
	return ask.Failure(ctx, method, err)
}

// keepTrying is failure for calls without whose answer the workflow cannot go on (ask.KeepTrying).
func keepTrying(ctx context.Context, method string, err error) error {
	return ask.KeepTrying(ctx, method, err)
}
