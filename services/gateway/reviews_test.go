package gateway_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
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
	return &reviewv1.RenderReviewResponse{ContentType: "text/html; charset=utf-8", Content: []byte(req.GetFormat().String() + req.GetLanguageCode())}, nil
}

// TestReviewsForPeople: a page and a table come as what they are, and the page may load nothing.
func TestReviewsForPeople(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := start(t)
	w.token = w.mint(authv1.Role_MANAGER)
	for path, content := range map[string]string{"page": "PAGE", "table": "TABLE", "page?version=2": "PAGE", "page?languageCode=en": "PAGEen"} {
		a := w.call(t, http.MethodGet, "/v1/reviews/daily-2026-11-22/"+path, "")
		require.Equal(t, http.StatusOK, a.status, a.text)
		require.Equal(t, content, a.text)
		require.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
		require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}
	requireProblem(t, w.call(t, http.MethodGet, "/v1/reviews/daily-2026-11-21/page", ""), http.StatusNotFound, "NOT_FOUND", errorv1.Reason_RESOURCE_NOT_FOUND)
	requireProblem(t, w.call(t, http.MethodGet, "/v1/reviews/daily-2026-11-22/page?version=two", ""), http.StatusBadRequest, "INVALID_ARGUMENT",
		errorv1.Reason_INVALID_FIELD)
	requireProblem(t, w.call(t, http.MethodGet, "/v1/reviews/daily-2026-11-22/page?languageCode=fr", ""), http.StatusBadRequest, "INVALID_ARGUMENT",
		errorv1.Reason_INVALID_FIELD)
	w.token = w.mint(authv1.Role_AGENT)
	requireProblem(t, w.call(t, http.MethodGet, "/v1/reviews/daily-2026-11-22/page", ""), http.StatusForbidden, "PERMISSION_DENIED",
		errorv1.Reason_ROLE_NOT_ALLOWED)
}
