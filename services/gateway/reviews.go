package gateway

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// The paths of reviews that are written for people. Their other methods are the contract's annotations.
const (
	reviewPagePath  = "/v1/{name=reviews/*}/page"
	reviewTablePath = "/v1/{name=reviews/*}/table"
)

// reviewPolicy lets a page have the style that it brings, and nothing from elsewhere.
const reviewPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reviews writes reviews as pages and tables (REV-1).
type reviews struct {
	client reviewv1.ReviewServiceClient
	mux    *runtime.ServeMux
}

// register adds the methods to the mux and to the table of routes.
func (rv reviews) register(table routes) error {
	for _, path := range []string{reviewPagePath, reviewTablePath} {
		table[http.MethodGet+" "+path] = route{verb: http.MethodGet, path: expressionOf(path), parameters: []string{"version", "languageCode"}, raw: true}
	}
	return errors.Join(
		rv.mux.HandlePath(http.MethodGet, reviewPagePath, rv.write(reviewv1.RenderReviewRequest_PAGE)),
		rv.mux.HandlePath(http.MethodGet, reviewTablePath, rv.write(reviewv1.RenderReviewRequest_TABLE)),
	)
}

// write answers with a review in a format.
func (rv reviews) write(format reviewv1.RenderReviewRequest_Format) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		request := &reviewv1.RenderReviewRequest{Name: path["name"], Format: format}
		version, err := versionOf(r)
		ctx := r.Context()
		if err == nil {
			request.Version, request.LanguageCode = version, r.URL.Query().Get("languageCode")
			ctx, err = runtime.AnnotateContext(ctx, rv.mux, r, reviewv1.ReviewService_RenderReview_FullMethodName)
		}
		var answer *reviewv1.RenderReviewResponse
		if err == nil {
			answer, err = rv.client.RenderReview(ctx, request)
		}
		if err != nil {
			route{}.refuse(ctx, w, err)
			return
		}
		header := w.Header()
		header.Set("Content-Type", answer.GetContentType())
		header.Set("Content-Security-Policy", reviewPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		_, _ = w.Write(answer.GetContent()) // The client is gone; there is nobody to tell.
	}
}

// versionOf reads the parameter; 0 for none.
func versionOf(r *http.Request) (int32, error) {
	text := r.URL.Query().Get("version")
	if text == "" {
		return 0, nil
	}
	version, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "version", "It is no number of a version.")
	}
	return int32(version), nil
}
