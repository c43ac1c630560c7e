package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/services/internal/errs"
)

// Callers holds callers without a token against their limits, and knows what the public page needs. Service implements it.
type Callers interface {
	// Admit counts a question of a network address. The error is TOO_MANY_REQUESTS.
	Admit(address netip.Addr) error
	// AdmitUnsubscription counts an address from which surveys are ended. The error is TOO_MANY_REQUESTS.
	AdmitUnsubscription(address netip.Addr) error
	// Proxies is how many proxies of the firm add to X-Forwarded-For before a request arrives.
	Proxies() int
	// Zone is the one that times are told in.
	Zone() *time.Location
}

// counted lets a request through that is within its caller's limit.
func counted(callers Callers, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admit := callers.Admit
		if endsSurveys(r) {
			admit = callers.AdmitUnsubscription
		}
		if err := admit(addressOf(r, callers.Proxies())); err != nil {
			if r.URL.Path != statusPath && !isSurveyPage(r) {
				path := r.URL.Path
				if isSurvey(r) {
					path = surveyRoute(r)
				}
				name(r.Context(), path)
				refuse(r.Context(), w, err)
				return
			}
			r = refused(r, err)
		}
		next.ServeHTTP(w, r)
	})
}

// addressOf is the caller's network address: that of the connection, or what the outermost proxy of the firm saw. What stands
// before it in the header anybody may have written. It is not valid when it cannot be read.
func addressOf(r *http.Request, proxies int) netip.Addr {
	if proxies > 0 {
		seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if len(seen) < proxies {
			return netip.Addr{}
		}
		address, _ := netip.ParseAddr(strings.TrimSpace(seen[len(seen)-proxies]))
		return address
	}
	address, _ := netip.ParseAddrPort(r.RemoteAddr)
	return address.Addr()
}

// refuse answers with the problem that an error of ours stands for.
func refuse(ctx context.Context, w http.ResponseWriter, err error) {
	blame(ctx, err)
	st := status.Convert(errs.Status(err).Err())
	p, httpStatus := problemOf(st)
	p.TraceId = traceOf(ctx)
	retryAfter(w, st)
	write(w, httpStatus, p)
}
