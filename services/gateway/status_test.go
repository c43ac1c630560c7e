package gateway_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/ids"
)

// knownReference is one that the desk knows.
const knownReference = "R-0000-0000-0"

// status asks where a complaint stands.
func (w *world) status(t *testing.T, reference, verification string, headers ...string) answer {
	t.Helper()
	return w.call(t, http.MethodPost, "/v1/status", fmt.Sprintf(`{"reference": %q, "verification": %q}`, reference, verification), headers...)
}

// TestStatus proves the second part of ACK-3: a customer sees state and next due time by reference and verification, and nobody
// else sees anything, nor finds out by trying.
func TestStatus(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	w := start(t)
	w.token = ""
	a := w.status(t, knownReference, "5678")
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Equal(t, object{
		"reference": knownReference, "languageCode": "zh-Hans", "state": "ACTIVE", "stateMeaning": "正在处理，已有专人负责。",
		"receiveTime": "2026-03-01T01:00:00Z", "nextDueTime": "2026-03-02T01:00:00Z", "nextDueMeaning": "我们会给您回电话", "overdue": true,
	}, a.body, "no name of the complaint and nothing personal is told")
	a = w.call(t, http.MethodPost, "/v1/status", `{"reference": "`+knownReference+`", "verification": "5678", "languageCode": "en"}`)
	require.Equal(t, "We will call you", a.body["nextDueMeaning"])
	wrong := w.status(t, knownReference, "0000")
	requireProblem(t, wrong, http.StatusNotFound, "NOT_FOUND", intakev1.ErrorReason_STATUS_NOT_FOUND)
	unknown := w.status(t, "nonsense", "5678")
	delete(wrong.body, "traceId")
	delete(unknown.body, "traceId")
	require.Equal(t, wrong.body, unknown.body)
	a = w.status(t, knownReference, "")
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
}

// TestStatusIsAskedForInABody: a URL would keep both halves of the proof in the logs of proxies.
func TestStatusIsAskedForInABody(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.token = ""
	const query = "?reference=" + knownReference + "&verification=5678"
	a := w.call(t, http.MethodGet, "/v1/status"+query, "")
	requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
	require.Equal(t, "POST", a.header.Get("Allow"))
	a = w.call(t, http.MethodPost, "/v1/status"+query, "{}")
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_UNKNOWN_PARAMETER)
	require.NotContains(t, a.text, "5678")
}

func TestStatusOfOneReferenceIsLimited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	w := start(t)
	reference, err := ids.ParseReference(knownReference)
	require.NoError(t, err)
	for i := range 5 {
		a := w.status(t, reference, strconv.Itoa(1000+i))
		require.Equal(t, http.StatusNotFound, a.status, a.text)
	}
	for _, spelling := range []string{reference, "r 0000 0000 0", "ROOOO-OOOO-O"} {
		a := w.status(t, spelling, "5678")
		requireProblem(t, a, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", errorv1.Reason_TOO_MANY_REQUESTS)
		require.Equal(t, object{"limit": "reference"}, a.body["metadata"])
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		require.NoError(t, err)
		require.InDelta(t, 180, seconds, 2)
	}
}

func TestStatusForOneAddressIsLimited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	w := start(t)
	w.token = ""
	for range 60 {
		// What stands in the header anybody may have written.
		a := w.status(t, "nonsense", "1", "X-Forwarded-For: 192.0.2.7")
		require.Equal(t, http.StatusNotFound, a.status, a.text)
	}
	a := w.status(t, "nonsense", "1", "X-Forwarded-For: 192.0.2.8")
	requireProblem(t, a, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", errorv1.Reason_TOO_MANY_REQUESTS)
	require.Equal(t, object{"limit": "address"}, a.body["metadata"])
	require.NotEmpty(t, a.header.Get("Retry-After"))
	page := w.call(t, http.MethodGet, "/status", "", "Accept-Language: en")
	require.Equal(t, http.StatusTooManyRequests, page.status)
	require.Contains(t, page.text, "asked for too often")
	a = w.call(t, http.MethodGet, "/v1/guide", "")
	require.Equal(t, http.StatusOK, a.status, "the guide is for everybody")
}

func TestStatusPage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	w := start(t)
	w.token = ""
	const form = "Content-Type: application/x-www-form-urlencoded"
	for language, title := range map[string]string{
		"": "投诉进度查询", "zh-CN": "投诉进度查询", "zh-TW,zh;q=0.9": "投訴進度查詢", "zh-HK": "投訴進度查詢", "en-GB": "Where your complaint stands", "fr, en;q=0.3": "Where your complaint stands",
	} {
		a := w.call(t, http.MethodGet, "/status", "", "Accept-Language: "+language)
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, a.text, "<h1>"+title+"</h1>", language)
		require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, a.text, "<script")
	}
	a := w.call(t, http.MethodPost, "/status", "reference="+knownReference+"&verification=5678", form, "Accept-Language: en")
	require.Equal(t, http.StatusOK, a.status, a.text)
	for _, told := range []string{knownReference, "Sunday, 1 March 2026, 09:00 (UTC&#43;8)", "Somebody is in charge", "We will call you", "Monday, 2 March 2026, 09:00 (UTC&#43;8)", "We are late"} {
		require.Contains(t, a.text, told)
	}
	a = w.call(t, http.MethodPost, "/status", "reference="+knownReference+"%3Cscript%3E&verification=0000", form, "Accept-Language: en")
	require.Equal(t, http.StatusNotFound, a.status)
	require.Contains(t, a.text, "We found no complaint")
	require.Contains(t, a.text, "&lt;script&gt;")
	require.NotContains(t, a.text, "0000\"", "what was typed in to prove oneself is not repeated")
	a = w.call(t, http.MethodPost, "/status", strings.Repeat("x", 5000), form)
	require.Equal(t, http.StatusBadRequest, a.status)
	a = w.call(t, http.MethodDelete, "/status", "")
	requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
}
