package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/swaggest/swgui/v5emb"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/gen/openapi"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// EdgeConfig configures the HTTP edge. The zero value is usable.
type EdgeConfig struct {
	// MaxBodyBytes is the largest body that is read; 0 for 1 MiB.
	MaxBodyBytes int64
}

// EdgeDeps are what the HTTP edge needs. All are required but Telemetry and Logger.
type EdgeDeps struct {
	// Conn reaches all services, without credentials of its own: each call carries the caller's token.
	Conn grpc.ClientConnInterface
	// Ready tells whether requests can be served now, with the reason when not.
	Ready func(ctx context.Context) error
	// Telemetry makes a span of each call and measures it; nil is as good as telemetry.None.
	Telemetry *telemetry.Telemetry
	// Logger hears why no service answered; nobody does when nil.
	Logger *slog.Logger
	// TemporalUI is the origin of the pages that may have what Temporal keeps decrypted; empty for none.
	TemporalUI string
	// Callers holds those without a token against their limits.
	Callers Callers
	// Now is the clock.
	Now func() time.Time
}

// NewEdge returns the handler of everything that is served over HTTP: /v1/…, the pages for customers, /openapi.json, /docs/, /healthz and /readyz.
func NewEdge(ctx context.Context, cfg EdgeConfig, deps EdgeDeps) (http.Handler, error) {
	if deps.Conn == nil || deps.Ready == nil || deps.Callers == nil || deps.Now == nil {
		return nil, errors.New("gateway: the edge needs a connection, a readiness check, the callers' limits and a clock")
	}
	limit := cmp.Or(cfg.MaxBodyBytes, 1<<20)
	rest, err := newREST(ctx, limit, deps.Conn)
	if err != nil {
		return nil, err
	}
	document, err := openapi.Document()
	if err != nil {
		return nil, err
	}
	page, err := newStatusPage(deps)
	if err != nil {
		return nil, err
	}
	answers, err := newSurveyPage(deps)
	if err != nil {
		return nil, err
	}
	seen, err := newWatch(deps)
	if err != nil {
		return nil, err
	}
	raw := map[string]http.Handler{
		"/v1/complaints:import": seen.over(surround(newImports(limit, deps))),
		"/v1/status":            seen.over(counted(deps.Callers, rest)),
		statusPath:              seen.over(counted(deps.Callers, page)),
	}
	raw[codecPath] = seen.over(crossOrigin(deps.TemporalUI, rest))
	surveys, surveyPages := seen.over(counted(deps.Callers, rest)), seen.over(counted(deps.Callers, answers))
	rest = seen.over(rest)
	documents := map[string]http.Handler{
		"/openapi.json": serveOpenAPI(document),
		"/docs":         http.RedirectHandler("/docs/", http.StatusMovedPermanently),
		"/docs/":        closed(v5emb.New("Redress", "/openapi.json", "/docs/")),
		"/healthz":      alive(),
		"/readyz":       readiness(deps.Ready),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if strings.HasPrefix(path, "/docs/") {
			path = "/docs/"
		}
		document, ok := documents[path]
		switch {
		case raw[path] != nil:
			raw[path].ServeHTTP(w, r)
		case isSurvey(r):
			surveys.ServeHTTP(w, r)
		case isSurveyPage(r):
			surveyPages.ServeHTTP(w, r)
		case !ok:
			rest.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			notAllowed(w, r, []string{http.MethodGet, http.MethodHead})
		default:
			document.ServeHTTP(w, r)
		}
	}), nil
}

// closed keeps the pages of the viewer, into which people paste tokens, from loading or telling anything elsewhere.
func closed(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func alive() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeState(w, http.StatusOK, "ok") }
}

func readiness(ready func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			writeState(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		writeState(w, http.StatusOK, "ready")
	}
}

func serveOpenAPI(document []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document) // The client is gone; there is nobody to tell.
	}
}

func writeState(w http.ResponseWriter, httpStatus int, state string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(httpStatus)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": state}) // As above.
}
