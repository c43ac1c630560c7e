package gateway

import (
	"cmp"
	"context"
	_ "embed" // For the page.
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/letter"
)

const (
	// surveysPath is before the token where customers answer by a browser.
	surveysPath = "/surveys/"
	// stopPart follows the token where a customer says to want no more surveys, by a browser or a mail program (RFC 8058).
	stopPart = "/stop"
	// maxSurveyForm is more than the form holds: a comment of 2,000 characters takes 12 bytes for each at most.
	maxSurveyForm = 32 << 10
	// longestComment is what the contract takes, in characters.
	longestComment = 2000
	// doneYes and doneNo are what the form says to the first question.
	doneYes, doneNo = "yes", "no"
)

//go:embed survey.html
var surveyHTML string

//go:embed survey.css
var surveyCSS string

//go:embed survey.yaml
var surveyYAML []byte

// surveyTexts are the texts of the survey's page in one language.
type surveyTexts struct {
	Name, Title, About, Yes, No, Worst, Best, Stop, Send, Until string
	// Problems, in words for a customer.
	Incomplete, TooLong, NotFound, TooMany, Trouble string
	// What is asked and answered about surveys as such.
	Unsubscribe, UnsubscribeButton, Unsubscribed string
}

// surveyPage is a form without scripts by which a customer answers a survey, once, and a button to have no more of them (FUP-2, FUP-3). It shows
// the questions and nothing of the complaint or the customer, who may have passed the link on. Forms and links lead to where the page is, so that
// it works behind whatever path a proxy gives it.
type surveyPage struct {
	htmlPage

	client gatewayv1.GatewayServiceClient
	texts  map[string]surveyTexts
	after  map[string]statusTexts
	zone   *time.Location
}

func newSurveyPage(deps EdgeDeps) (http.Handler, error) {
	texts := map[string]surveyTexts{}
	if err := yaml.Unmarshal(surveyYAML, &texts); err != nil {
		return nil, fmt.Errorf("gateway: survey.yaml: %w", err)
	}
	after, err := readStatusTexts()
	if err != nil {
		return nil, err
	}
	page, err := newHTMLPage("survey", surveyHTML, statusCSS, surveyCSS)
	if err != nil {
		return nil, err
	}
	return surveyPage{
		htmlPage: page, client: gatewayv1.NewGatewayServiceClient(deps.Conn), texts: texts, after: after, zone: deps.Callers.Zone(),
	}, nil
}

// surveyShown is what the page shows.
type surveyShown struct {
	surveyTexts

	Language  string
	Style     template.CSS
	Questions *followupv1.Survey
	// Expires is until when the survey can be answered.
	Expires string
	Marks   []string
	Given   surveyForm
	// Problem is what went wrong, and Said what was done.
	Problem, Said string
	// Unsubscribing is true where the customer is asked whether to end all surveys.
	Unsubscribing bool
	Others        []otherLanguage
}

// otherLanguage is one that the page can be read in.
type otherLanguage struct{ Code, Name string }

// surveyForm is what the customer has filled in.
type surveyForm struct {
	Done, Satisfaction, Comment string
	Stop                        bool
}

// ServeHTTP answers GET with the questions, and POST with what becomes of the answers.
func (p surveyPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		notAllowed(w, r, []string{http.MethodGet, http.MethodHead, http.MethodPost})
		return
	}
	token, stop := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, surveysPath), stopPart)
	name(r.Context(), surveyRoute(r))
	lang := r.URL.Query().Get("language")
	if !slices.Contains(pageLanguages(), lang) {
		lang = ""
	}
	v := &surveyShown{Language: lang}
	err, _ := r.Context().Value(refusedKey{}).(error)
	switch {
	case err != nil:
	case token == "" || strings.Contains(token, "/") || !utf8.ValidString(token):
		err = errs.NotFound(followupv1.ErrorReason_SURVEY_NOT_FOUND.String(), "There is no survey to answer here.")
	case stop && r.Method == http.MethodPost:
		err = p.unsubscribe(r, token, v)
	case stop:
		v.Unsubscribing = true
	case r.Method == http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxSurveyForm)
		err = p.answer(r, token, v)
	default:
		err = p.ask(r.Context(), token, v)
	}
	p.show(w, r, v, err)
}

// ask reads the questions.
func (p surveyPage) ask(ctx context.Context, token string, v *surveyShown) error {
	asked, err := p.client.GetSurvey(ctx, &gatewayv1.GetSurveyRequest{Token: token, LanguageCode: v.Language})
	if err != nil {
		return err
	}
	v.Questions, v.Language = asked, asked.GetLanguageCode()
	return nil
}

// answer sends what the customer has filled in. What is missing is asked for again, with what was given.
func (p surveyPage) answer(r *http.Request, token string, v *surveyShown) error {
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return errs.Exhausted(errorv1.Reason_BODY_TOO_LARGE.String(), "The form is larger than %d bytes.", maxSurveyForm)
		}
		return errs.Invalid(errorv1.Reason_MALFORMED_BODY.String(), "body", "The form cannot be read.")
	}
	v.Given = surveyForm{
		Done: r.PostForm.Get("done"), Satisfaction: r.PostForm.Get("satisfaction"), Stop: r.PostForm.Get("stop") != "",
		Comment: strings.ToValidUTF8(strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("comment"), "\r\n", "\n")), "\uFFFD"),
	}
	if refused := v.Given.check(); refused != nil {
		return cmp.Or(p.ask(r.Context(), token, v), refused)
	}
	mark, _ := strconv.ParseInt(v.Given.Satisfaction, 10, 32)
	answered, err := p.client.SubmitSurvey(r.Context(), &gatewayv1.SubmitSurveyRequest{
		Token: token, Done: new(v.Given.Done == doneYes), Satisfaction: int32(mark), Comment: v.Given.Comment, Stop: v.Given.Stop,
	})
	if err != nil {
		return err
	}
	v.Language = cmp.Or(v.Language, answered.GetLanguageCode())
	v.Said = p.after[v.Language].Thanks
	if answered.GetReopened() {
		v.Said = p.after[v.Language].Reopened
	}
	return nil
}

// check says what is missing or too long; nil when nothing is.
func (f surveyForm) check() error {
	switch {
	case f.Done != doneYes && f.Done != doneNo:
		return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "done", "is missing")
	case !slices.Contains(marks(), f.Satisfaction):
		return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "satisfaction", "is missing")
	case utf8.RuneCountInString(f.Comment) > longestComment:
		return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "comment", "is too long")
	default:
		return nil
	}
}

// marks are those that a customer can give.
func marks() []string { return []string{"1", "2", "3", "4", "5"} }

// unsubscribe ends surveys, whatever the body says: a mail program sends "List-Unsubscribe=One-Click" (RFC 8058), a browser nothing.
func (p surveyPage) unsubscribe(r *http.Request, token string, v *surveyShown) error {
	if _, err := p.client.UnsubscribeSurveys(r.Context(), &gatewayv1.UnsubscribeSurveysRequest{Token: token}); err != nil {
		return err
	}
	v.Language = cmp.Or(v.Language, p.asked(r))
	v.Said = p.texts[v.Language].Unsubscribed
	return nil
}

// show answers with the page, and says what went wrong in words for a customer, with the status that the API has for it.
func (p surveyPage) show(w http.ResponseWriter, r *http.Request, v *surveyShown, err error) {
	v.Language = cmp.Or(v.Language, p.asked(r))
	v.surveyTexts, v.Style, v.Marks = p.texts[v.Language], p.style, marks()
	httpStatus := http.StatusOK
	if err != nil {
		blame(r.Context(), err)
		st := status.Convert(errs.Status(err).Err())
		_, httpStatus = problemOf(st)
		retryAfter(w, st)
		v.Problem = v.problem(st)
	}
	if v.Questions != nil {
		v.Expires = letter.Until(v.Language, v.Questions.GetExpireTime().AsTime(), p.zone)
	}
	if v.Questions != nil || v.Unsubscribing {
		for _, code := range pageLanguages() {
			if code != v.Language {
				v.Others = append(v.Others, otherLanguage{code, p.texts[code].Name})
			}
		}
	}
	p.write(w, httpStatus, v.Language, v.Trouble, v)
}

// problem says in words for a customer what is wrong.
func (v *surveyShown) problem(st *status.Status) string {
	reason, tooLong := errs.Reason(st.Err()), utf8.RuneCountInString(v.Given.Comment) > longestComment
	switch {
	case reason == errorv1.Reason_BODY_TOO_LARGE.String(), v.Questions != nil && tooLong:
		return v.TooLong
	case v.Questions != nil:
		return v.Incomplete
	case st.Code() == codes.NotFound, st.Code() == codes.InvalidArgument:
		return v.NotFound
	case st.Code() == codes.ResourceExhausted:
		return v.TooMany
	default:
		return v.Trouble
	}
}

// isSurveyPage tells which requests are for the page of a survey.
func isSurveyPage(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, surveysPath) }

// surveyRoute is the route of a survey, by the API or the page, without its token: nobody reads one in a measurement.
func surveyRoute(r *http.Request) string {
	switch {
	case isSurvey(r):
		return surveyPath + "{token=*}"
	case strings.HasSuffix(r.URL.Path, stopPart):
		return surveysPath + "{token=*}" + stopPart
	default:
		return surveysPath + "{token=*}"
	}
}
