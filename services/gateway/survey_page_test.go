package gateway_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

const formType = "Content-Type: application/x-www-form-urlencoded"

// TestSurveyPage asks and takes the answers, without scripts, in three languages (FUP-2).
func TestSurveyPage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	page := "/surveys/" + goodToken
	for query, title := range map[string]string{
		"": "我们想听听您的意见", "?language=zh-Hans": "我们想听听您的意见", "?language=zh-Hant": "我們想聽聽您的意見",
		"?language=en": "We would like to hear from you", "?language=fr&utm_source=mail": "我们想听听您的意见",
	} {
		a := w.call(t, http.MethodGet, page+query, "", "Accept-Language: en")
		require.Equal(t, http.StatusOK, a.status, a.text)
		require.Contains(t, a.text, "<h1>"+title+"</h1>", "the customer's language, or the one that was chosen")
		require.Contains(t, a.text, "办好了吗？")
		require.NotContains(t, a.text, "<script")
		require.NotContains(t, a.text, goodToken, "whoever sees the page over a shoulder, or prints it, has no link")
		require.Equal(t, 2, strings.Count(a.text, "<a href="), "the other languages, and no way to anywhere else")
	}
	a := w.call(t, http.MethodGet, page, "")
	require.Contains(t, a.text, "可以回答到 2026年3月5日（星期四）09:00（UTC&#43;8）")
	for header, value := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex", "Content-Language": "zh-Hans",
	} {
		require.Contains(t, a.header.Get(header), value)
	}
	a = w.call(t, http.MethodPost, page, "done=yes&satisfaction=5&comment=", formType)
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Contains(t, a.text, "谢谢您，您的回答已经记下。")
	require.NotContains(t, a.text, "<form", "it was answered")
	a = w.call(t, http.MethodPost, page+"?language=en", "done=no&satisfaction=1&stop=yes", formType)
	require.Contains(t, a.text, "being dealt with again")
	a = w.call(t, http.MethodDelete, page, "")
	requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
}

// TestSurveyPageAsksAgain for what is missing, with what was given.
func TestSurveyPageAsksAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	for _, body := range []string{"", "done=yes", "satisfaction=5", "done=maybe&satisfaction=5", "done=yes&satisfaction=6", "done=yes&satisfaction=x"} {
		a := w.call(t, http.MethodPost, "/surveys/"+goodToken+"?language=en", body+"&comment=%3Cb%3Ewords", formType)
		require.Equal(t, http.StatusBadRequest, a.status, "as the API: %s", body)
		require.Contains(t, a.text, "Something is missing")
		require.Contains(t, a.text, "&lt;b&gt;words</textarea>", "nobody writes it twice")
	}
	a := w.call(t, http.MethodPost, "/surveys/"+goodToken, "done=no&satisfaction=2&comment="+strings.Repeat("%E5%A5%BD", 2001), formType)
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.text, "太长")
	require.Contains(t, a.text, `value="no" checked`)
	a = w.call(t, http.MethodPost, "/surveys/"+goodToken, "done=no&satisfaction=2&comment="+strings.Repeat("%E5%A5%BD", 2000), formType)
	require.Equal(t, http.StatusOK, a.status, "as long as the API takes")
	a = w.call(t, http.MethodPost, "/surveys/"+goodToken, "comment="+strings.Repeat("x", 40_000), formType)
	require.Equal(t, http.StatusRequestEntityTooLarge, a.status)
	a = w.call(t, http.MethodPost, "/surveys/"+goodToken, "done=yes&satisfaction=5&comment=%FF", formType)
	require.Equal(t, http.StatusOK, a.status, "what is no text is no reason to lose the answer: %s", a.text)
	a = w.call(t, http.MethodPost, "/surveys/"+goodToken, "done=%zz", formType)
	require.Equal(t, http.StatusBadRequest, a.status)
}

// TestSurveyPageOfNoSurvey says the same in kind words, with the API's status, whatever is wrong with the link.
func TestSurveyPageOfNoSurvey(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	var texts []string
	for _, path := range []string{"forged", "", "a/b", "stop", "%FF", "%3Cscript%3E", "forged/more/stop"} {
		a := w.call(t, http.MethodGet, "/surveys/"+path, "", "Accept-Language: en")
		require.Equal(t, http.StatusNotFound, a.status, path)
		require.Contains(t, a.text, "This link cannot be used any more")
		texts = append(texts, a.text)
	}
	for _, text := range texts {
		require.Equal(t, texts[0], text)
	}
	a := w.call(t, http.MethodPost, "/surveys/forged", "done=yes&satisfaction=5", formType, "Accept-Language: zh-TW")
	require.Equal(t, http.StatusNotFound, a.status)
	require.Contains(t, a.text, "這個連結不能用了")
	a = w.call(t, http.MethodGet, "/surveys/"+strings.Repeat("x", 201), "")
	require.Equal(t, http.StatusBadRequest, a.status)
}

// TestSurveyPageIsLimited as the API is, by token and address, which count together.
func TestSurveyPageIsLimited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	for range 20 {
		require.Equal(t, http.StatusOK, w.call(t, http.MethodGet, "/surveys/"+goodToken, "").status)
	}
	a := w.call(t, http.MethodPost, "/surveys/"+goodToken, "done=yes&satisfaction=5", formType, "Accept-Language: en")
	require.Equal(t, http.StatusTooManyRequests, a.status)
	require.Contains(t, a.text, "opened too often")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	a = w.call(t, http.MethodGet, "/v1/surveys/"+goodToken, "")
	require.Equal(t, http.StatusTooManyRequests, a.status, "neither is a way around the other")
	for range 38 {
		w.call(t, http.MethodGet, "/surveys/guess", "")
	}
	a = w.call(t, http.MethodGet, "/surveys/another", "", "Accept-Language: en")
	require.Equal(t, http.StatusTooManyRequests, a.status, "who guesses is held up")
	require.Contains(t, a.text, "opened too often")
}

// TestSurveysEndByALink that is followed by a person, or a mail program with one request (RFC 8058).
func TestSurveysEndByALink(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	w := start(t)
	w.token = ""
	a := w.call(t, http.MethodGet, "/surveys/"+goodToken+"/stop", "", "Accept-Language: en")
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.text, "Would you like to be sent no more surveys?")
	require.Empty(t, w.surveys.unsubscribed(), "programs that follow links end nothing")
	for range 2 {
		a = w.call(t, http.MethodPost, "/surveys/"+goodToken+"/stop", url.Values{"List-Unsubscribe": {"One-Click"}}.Encode(), formType, "Accept-Language: en")
		require.Equal(t, http.StatusOK, a.status, a.text)
		require.Contains(t, a.text, "We send you no more surveys")
	}
	a = w.call(t, http.MethodPost, "/surveys/"+goodToken+"/stop", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
		"Content-Type: multipart/form-data; boundary=x")
	require.Equal(t, http.StatusOK, a.status, "both kinds of forms are allowed")
	a = w.call(t, http.MethodPost, "/v1/surveys/"+goodToken+":unsubscribe", "{}")
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Len(t, w.surveys.unsubscribed(), 4)
	a = w.call(t, http.MethodPost, "/surveys/forged/stop", "", formType)
	require.Equal(t, http.StatusNotFound, a.status)
	a = w.call(t, http.MethodPost, "/v1/surveys/forged:unsubscribe", "{}")
	requireProblem(t, a, http.StatusNotFound, "NOT_FOUND", followupv1.ErrorReason_SURVEY_NOT_FOUND)
}

// TestEndingSurveysHasALimitOfItsOwn: a mail provider ends them from one address for all of its customers, and is neither held up by what else came
// from there nor holds that up (RFC 8058). It has an end all the same.
func TestEndingSurveysHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	for name, ends := range map[string]func(token string) (path, body, kind string){
		"page": func(token string) (string, string, string) {
			return "/surveys/" + token + "/stop", "List-Unsubscribe=One-Click", formType
		},
		"API": func(token string) (string, string, string) {
			return "/v1/surveys/" + token + ":unsubscribe", "{}", "Content-Type: application/json"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.token = ""
			for i := range 1200 { // As many as the policy allows.
				path, body, kind := ends("customer" + strconv.Itoa(i))
				require.Equal(t, http.StatusNotFound, w.call(t, http.MethodPost, path, body, kind).status)
			}
			path, body, kind := ends("one-more")
			a := w.call(t, http.MethodPost, path, body, kind)
			require.Equal(t, http.StatusTooManyRequests, a.status)
			require.NotEmpty(t, a.header.Get("Retry-After"))
			for range 20 {
				require.Equal(t, http.StatusOK, w.call(t, http.MethodGet, "/surveys/"+goodToken, "").status, "others are served there")
			}
		})
	}
	w := start(t)
	w.token = ""
	for range 60 {
		w.call(t, http.MethodGet, "/surveys/guess", "")
	}
	require.Equal(t, http.StatusTooManyRequests, w.call(t, http.MethodGet, "/surveys/"+goodToken+"/stop", "").status, "reading the page is as any other")
	a := w.call(t, http.MethodPost, "/surveys/"+goodToken+"/stop", "List-Unsubscribe=One-Click", formType)
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Len(t, w.surveys.unsubscribed(), 1)
}
