package e2e_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// page reads a page, or posts a form to it, as a browser does.
func (w *world) page(path string, form url.Values) (status int, text string) {
	w.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.gateways[0]+path, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res.StatusCode, string(read)
}

// TestACustomerAnswersOnAPage that it was not done, and has the complaint dealt with again; the link answers once, and ends surveys after that.
func TestACustomerAnswersOnAPage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "FUP-3")
	w := start(t, t.TempDir(), seriesPolicy(t, time.Second, 20*time.Second, 60*time.Second))
	complaint := w.resolvedBy("EMAIL", "+8613812340921")
	w.eventually("it was asked by a survey", 30*time.Second, func() bool { return w.followUps(complaint)[0]["mode"] == "SURVEY" })
	link := "/surveys/" + w.surveyToken(complaint)
	status, text := w.page(link, nil)
	require.Equal(t, http.StatusOK, status, text)
	for _, secret := range []string{complaint, strings.TrimPrefix(complaint, "complaints/"), w.get("/v1/" + complaint)["reference"].(string), "wang", "1381234"} {
		require.NotContains(t, text, secret)
	}
	require.Contains(t, text, "真的办好了吗")
	status, text = w.page(link, url.Values{"done": {"no"}})
	require.Equal(t, http.StatusBadRequest, status, text)
	status, text = w.page(link, url.Values{"done": {"no"}, "satisfaction": {"1"}, "comment": {"没有人来修"}})
	require.Equal(t, http.StatusOK, status, text)
	require.Contains(t, text, "已经重新办理")
	status, again := w.page(link, url.Values{"done": {"yes"}, "satisfaction": {"5"}})
	require.Equal(t, http.StatusNotFound, status)
	_, forged := w.page(link+"x", nil)
	require.Equal(t, forged, again, "spent and forged are not told apart")
	w.eventually("it is dealt with again", 30*time.Second, func() bool { return w.get("/v1/" + complaint)["cycle"] == 2.0 })

	status, text = w.page(link+"/stop", url.Values{"List-Unsubscribe": {"One-Click"}})
	require.Equal(t, http.StatusOK, status, text)
	wish := w.get("/v1/" + complaint + "/surveyWish")
	require.Equal(t, []any{true, true}, []any{wish["stopped"], wish["allComplaints"]})
	status, _ = w.page(link+"x/stop", url.Values{})
	require.Equal(t, http.StatusNotFound, status)
}
