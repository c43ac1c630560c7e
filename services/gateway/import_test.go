package gateway_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// importer is a world whose token may import.
func importer(t *testing.T) *world {
	t.Helper()
	w := start(t)
	w.token = w.mint(authv1.Role_SUPERVISOR)
	return w
}

// outcomes reads the lines of an answer.
func outcomes(t *testing.T, a answer) []object {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Equal(t, "application/x-ndjson", a.header.Get("Content-Type"))
	var lines []object
	for line := range strings.Lines(a.text) {
		var outcome object
		require.NoError(t, json.Unmarshal([]byte(line), &outcome), line)
		lines = append(lines, outcome)
	}
	return lines
}

func TestImportLines(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	w := importer(t)
	body := "\ufeff" + strings.Join([]string{
		`{"externalId":"a"}`, `nonsense`, ``, `{"externalId":"bad"}`, `{"unknown":1,"externalId":"d"}`, `{"externalId":"` + "\xff" + `"}`,
		`{"externalId":"` + strings.Repeat("x", 1<<20) + `"}`, "{\"externalId\":\"b\"}\r", `{"externalId":"c"}`,
	}, "\n")
	lines := outcomes(t, w.call(t, http.MethodPost, "/v1/complaints:import?source=crm&notifyCustomers=true&importId=x", body))
	var told []any
	for _, line := range lines {
		reason := any("")
		if p, ok := line["problem"].(object); ok {
			reason = p["reason"]
		}
		told = append(told, line["row"], reason)
	}
	require.Equal(t, []any{
		1., "", 2., "MALFORMED_BODY", 4., "INVALID_FIELD", 5., "UNKNOWN_FIELD", 6., "INVALID_UTF8", 7., "BODY_TOO_LARGE", 8., "", 9., "",
	}, told, "a line is known by its number, and one that is wrong disturbs no other")
	require.Equal(t, "d", lines[3]["externalId"], "and by its own key, where that can be read")
	require.NotContains(t, lines[4], "externalId")
	fields, _ := lines[2]["problem"].(object)["fields"].([]any)
	require.Equal(t, "externalId", fields[0].(object)["field"]) //nolint:forcetypeassert // A test.
	seen, ok := w.desk.seen()[0].(*intakev1.ImportComplaintsRequest)
	require.True(t, ok)
	require.Equal(t, "crm", seen.GetOptions().GetSource())
	require.True(t, seen.GetOptions().GetNotifyCustomers())
	require.False(t, seen.GetOptions().GetDryRun())
}

func TestImportPacked(t *testing.T) {
	t.Parallel()
	w := importer(t)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	for range 2000 {
		_, err := io.WriteString(zip, `{"externalId":"a"}`+"\n")
		require.NoError(t, err)
	}
	require.NoError(t, zip.Close())
	require.Len(t, outcomes(t, w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", packed.String(), "Content-Encoding: gzip")), 2000)
	a := w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "{}", "Content-Encoding: gzip")
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_MALFORMED_BODY)
}

// Outcomes come while the body is still being sent.
func TestImportAnswersWhileItReads(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	w := importer(t)
	out, in := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/complaints:import?source=crm", out)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+w.token)
	go func() { _, _ = io.WriteString(in, "{\"externalId\":\"1\"}\n") }()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for range 100 {
		require.True(t, lines.Scan(), lines.Err())
		require.Contains(t, lines.Text(), name)
		_, err := io.WriteString(in, "{\"externalId\":\"2\"}\n")
		require.NoError(t, err)
	}
	require.NoError(t, in.Close())
	require.True(t, lines.Scan())
	require.False(t, lines.Scan())
}

func TestImportRefused(t *testing.T) {
	t.Parallel()
	w := importer(t)
	a := w.call(t, http.MethodPost, "/v1/complaints:import?speed=1", "")
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_UNKNOWN_PARAMETER)
	a = w.call(t, http.MethodPost, "/v1/complaints:import?dryRun=perhaps", "")
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	a = w.call(t, http.MethodGet, "/v1/complaints:import", "")
	requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
	require.Equal(t, http.MethodPost, a.header.Get("Allow"))
	for _, query := range []string{"", "?source=", "?source=%20"} {
		a = w.call(t, http.MethodPost, "/v1/complaints:import"+query, `{"externalId":"a"}`)
		requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
		require.Contains(t, a.text, `"field":"source"`)
	}
	a = w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "")
	require.Equal(t, http.StatusOK, a.status)
	w.token = w.mint(authv1.Role_AGENT)
	a = w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", `{"externalId":"a"}`)
	requireProblem(t, a, http.StatusForbidden, "PERMISSION_DENIED", errorv1.Reason_ROLE_NOT_ALLOWED)
	w.token = ""
	a = w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", `{"externalId":"a"}`)
	requireProblem(t, a, http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED)
}

// An import that breaks off ends with a line that is no row.
func TestImportBreaksOff(t *testing.T) {
	t.Parallel()
	w := importer(t)
	a := w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "{\"externalId\":\"a\"}\n{\"externalId\":\"down\"}\n{\"externalId\":\"b\"}\n")
	lines := outcomes(t, a)
	require.Len(t, lines, 2)
	require.NotContains(t, lines[1], "row")
	require.Equal(t, "UNAVAILABLE", lines[1]["problem"].(object)["reason"]) //nolint:forcetypeassert // A test.
	a = w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "{\"externalId\":\"down\"}\n")
	requireProblem(t, a, http.StatusServiceUnavailable, "UNAVAILABLE", errorv1.Reason_UNAVAILABLE)
}

// An import does not disturb the calls that follow it.
func TestImportLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := importer(t)
	for range 20 {
		require.Len(t, outcomes(t, w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "{\"externalId\":\"a\"}\n{\"externalId\":\"b\"}\n")), 2)
		a := w.call(t, http.MethodGet, "/v1/"+name, "")
		require.Equal(t, http.StatusOK, a.status, a.text)
	}
}
