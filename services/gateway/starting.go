package gateway

import (
	"errors"
	"net/http"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// startingAgain is when somebody who was refused because the gateway starts may ask again.
const startingAgain = time.Second

// NewStarting returns the handler of a gateway that cannot serve yet, because its installation or another process is not there: /healthz
// says that it lives, /readyz what it waits for, and every other request is refused at once with UNAVAILABLE, so that callers ask again,
// or a replica, instead of waiting without an answer. It needs Ready and Now of its deps.
func NewStarting(deps EdgeDeps) (http.Handler, error) {
	if deps.Ready == nil || deps.Now == nil {
		return nil, errors.New("gateway: a gateway that starts needs a readiness check and a clock")
	}
	seen, err := newWatch(deps)
	if err != nil {
		return nil, err
	}
	refusal := errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(),
		"The service is starting and cannot be reached yet; try again with the same idempotency key.").After(startingAgain)
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", alive())
	mux.Handle("GET /readyz", readiness(deps.Ready))
	mux.Handle("/", seen.over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(r.Context(), w, refusal) })))
	return mux, nil
}
