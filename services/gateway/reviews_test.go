package gateway_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// lookback stands in for reviews behind the edge.
type lookback struct {
	reviewv1.UnimplementedReviewServiceServer
}

func (lookback) RenderReview(_ context.Context, req *reviewv1.RenderReviewRequest) (*reviewv1.RenderReviewResponse, error) {
	if req.GetName() != "reviews/daily-2026-11-22" || req.GetVersion() > 2 {
		return nil, errs.NotFound("RESOURCE_NOT_FOUND", "There is no such review.")
	}
	return &reviewv1.RenderReviewResponse{ContentType: "text/html; charset=utf-8", Content: []byte(req.GetFormat().String())}, nil
}
