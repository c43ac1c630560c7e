package gateway

import (
	"context"
	_ "embed" // For the page.
	"html/template"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/letter"
)

const (
	// statusPath is where customers ask by a browser.
	statusPath = "/status"
	// maxForm is more than the form holds.
	maxForm = 4 << 10
)

//go:embed status.html
var statusHTML string

//go:embed status.css
var statusCSS string

// statusPage is a form and its answer, without scripts, in three languages (ACK-3). What the customer types in is posted, so that
// it stands in no address, history or log.
type statusPage struct {
	htmlPage

	client gatewayv1.GatewayServiceClient
	texts  map[string]statusTexts
	zone   *time.Location
}

func newStatusPage(deps EdgeDeps) (http.Handler, error) {
	texts, err := readStatusTexts()
	if err != nil {
		return nil, err
	}
	page, err := newHTMLPage("status", statusHTML, statusCSS)
	if err != nil {
		return nil, err
	}
	return statusPage{
		htmlPage: page, client: gatewayv1.NewGatewayServiceClient(deps.Conn), texts: texts, zone: deps.Callers.Zone(),
	}, nil
}

// shown is what the page shows.
type shown struct {
	statusTexts

	Language         string
	Style            template.CSS
	Given, Problem   string
	Status           *gatewayv1.Status
	Receive, NextDue string
}

// refusedKey is under which counted leaves why a request is refused.
type refusedKey struct{}

// refused notes that the page is to say that it was asked for too often.
func refused(r *http.Request, err error) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), refusedKey{}, err))
}

// ServeHTTP answers GET with the form, and POST with what it asks for.
func (p statusPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		notAllowed(w, r, []string{http.MethodGet, http.MethodHead, http.MethodPost})
		return
	}
	name(r.Context(), statusPath)
	lang := p.asked(r)
	view := &shown{statusTexts: p.texts[lang], Language: lang, Style: p.style}
	httpStatus := http.StatusOK
	err, _ := r.Context().Value(refusedKey{}).(error)
	switch {
	case err != nil:
	case r.Method == http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		view.Given = strings.TrimSpace(r.PostFormValue("reference"))
		view.Status, err = p.client.GetStatus(r.Context(), &gatewayv1.GetStatusRequest{
			Reference: view.Given, Verification: r.PostFormValue("verification"), LanguageCode: lang,
		})
	}
	if err != nil {
		blame(r.Context(), err)
		httpStatus = view.failed(w, status.Convert(errs.Status(err).Err()))
	}
	if view.Status != nil {
		view.Receive = letter.When(lang, view.Status.GetReceiveTime().AsTime(), p.zone) // As letters write it.
		if due := view.Status.GetNextDueTime(); due != nil {
			view.NextDue = letter.When(lang, due.AsTime(), p.zone)
		}
	}
	p.write(w, httpStatus, lang, view.Trouble, view)
}

// failed says what went wrong in words for a customer, and returns the HTTP status.
func (v *shown) failed(w http.ResponseWriter, st *status.Status) int {
	_, httpStatus := problemOf(st)
	retryAfter(w, st)
	switch st.Code() {
	case codes.NotFound, codes.InvalidArgument:
		v.Problem = v.NotFound
	case codes.ResourceExhausted:
		v.Problem = v.TooMany
	default:
		v.Problem = v.Trouble
	}
	return httpStatus
}
