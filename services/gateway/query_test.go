package gateway_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// bindings lists the HTTP method and a path for each REST form of each method of the contract.
func bindings(t *testing.T) map[string]string {
	t.Helper()
	variable := regexp.MustCompile(`\{[a-z_.]+=`)
	found := map[string]string{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				rule, ok := proto.GetExtension(methods.Get(j).Options(), annotations.E_Http).(*annotations.HttpRule)
				if !ok || rule == nil || !strings.HasPrefix(string(file.Package()), "redress.") {
					continue
				}
				for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
					verb, path := http.MethodGet, r.GetGet()
					if r.GetPost() != "" {
						verb, path = http.MethodPost, r.GetPost()
					}
					if r.GetPatch() != "" {
						verb, path = http.MethodPatch, r.GetPatch()
					}
					if r.GetDelete() != "" {
						verb, path = http.MethodDelete, r.GetDelete()
					}
					require.NotEmpty(t, path, "a kind of binding this test does not know: %v", r)
					path = variable.ReplaceAllString(path, "")
					path = strings.ReplaceAll(strings.ReplaceAll(path, "}", ""), "complaints/*", name)
					found[verb+" "+strings.ReplaceAll(path, "*", "1")] = string(methods.Get(j).FullName())
				}
			}
		}
		return true
	})
	require.Greater(t, len(found), 20)
	return found
}

func TestNoMethodTakesUnknownParameters(t *testing.T) {
	t.Parallel()
	w := start(t)
	for binding := range bindings(t) {
		t.Run(binding, func(t *testing.T) {
			verb, path, _ := strings.Cut(binding, " ")
			for _, parameter := range []string{"nonsense", "Nonsense[x]", "name", ""} {
				a := w.call(t, verb, path+"?"+parameter+"=1", "{}")
				requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_UNKNOWN_PARAMETER)
				require.Equal(t, object{"parameter": parameter}, a.body["metadata"])
				require.Equal(t, []string{parameter}, fields(a))
			}
			require.Empty(t, w.desk.seen(), "it reached the service")
		})
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, tc := range map[string]struct {
		verb, path string
		reason     errorv1.Reason
		field      string
	}{
		"given twice":              {"GET", "/v1/complaints?pageSize=1&pageSize=2", errorv1.Reason_INVALID_FIELD, "pageSize"},
		"given in two spellings":   {"GET", "/v1/complaints?pageSize=1&page_size=1", errorv1.Reason_INVALID_FIELD, "page_size"},
		"wrong type":               {"GET", "/v1/complaints?pageSize=many", errorv1.Reason_INVALID_FIELD, "pageSize"},
		"wrong type in snake case": {"GET", "/v1/complaints?page_size=1.5", errorv1.Reason_INVALID_FIELD, "pageSize"},
		"out of range":             {"GET", "/v1/complaints?pageSize=2147483648", errorv1.Reason_INVALID_FIELD, "pageSize"},
		"negative":                 {"GET", "/v1/complaints?pageSize=-1", errorv1.Reason_INVALID_FIELD, "pageSize"},
		"too long":                 {"GET", "/v1/complaints?filter=" + strings.Repeat("x", 1001), errorv1.Reason_INVALID_FIELD, "filter"},
		"unknown language":         {"GET", "/v1/guide?languageCode=tlh", errorv1.Reason_INVALID_FIELD, "languageCode"},
		"not UTF-8":                {"GET", "/v1/complaints?filter=%ff", errorv1.Reason_INVALID_UTF8, ""},
		"name not UTF-8":           {"GET", "/v1/complaints?%ff=1", errorv1.Reason_INVALID_UTF8, ""},
		"bad escape":               {"GET", "/v1/complaints?filter=%zz", errorv1.Reason_INVALID_FIELD, ""},
		"bad escape, no query":     {"GET", "/v1/" + name + "?%zz", errorv1.Reason_INVALID_FIELD, ""},
		"semicolon":                {"GET", "/v1/complaints?pageSize=1;pageToken=x", errorv1.Reason_INVALID_FIELD, ""},
		"the path's own":           {"GET", "/v1/" + name + "/messages?parent=complaints/other", errorv1.Reason_UNKNOWN_PARAMETER, "parent"},
		"the body's own":           {"POST", "/v1/" + name + ":close?reason=x", errorv1.Reason_UNKNOWN_PARAMETER, "reason"},
		"a part of the body's":     {"PATCH", "/v1/" + name + "?complaint.notes=x", errorv1.Reason_UNKNOWN_PARAMETER, "complaint.notes"},
		"as an index":              {"GET", "/v1/complaints?filter[x]=y", errorv1.Reason_UNKNOWN_PARAMETER, "filter[x]"},
		"given twice in a PATCH":   {"PATCH", "/v1/" + name + "?updateMask=notes&updateMask=complainant", errorv1.Reason_INVALID_FIELD, "updateMask"},
	} {
		t.Run(what, func(t *testing.T) {
			a := w.call(t, tc.verb, tc.path, "{}")
			requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", tc.reason)
			if tc.field != "" {
				require.Equal(t, []string{tc.field}, fields(a), a.text)
			}
			require.Empty(t, w.desk.seen(), "it reached the service")
		})
	}
}

func TestParametersThatAreTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, query := range []string{"pageSize=7&filter=a%20%3D%20%22%E5%AE%A2%22", "page_size=7&filter=a+=+%22客%22", "&pageSize=7&filter=a = \"客\""} {
		a := w.call(t, http.MethodGet, "/v1/complaints?"+strings.ReplaceAll(query, " ", "%20"), "")
		require.Equal(t, http.StatusOK, a.status, a.text)
		request, ok := w.desk.seen()[0].(*intakev1.ListComplaintsRequest)
		require.True(t, ok)
		require.EqualValues(t, 7, request.GetPageSize())
		require.Equal(t, `a = "客"`, request.GetFilter())
	}
	a := w.call(t, http.MethodPatch, "/v1/"+name+"?updateMask=notes", `{"notes": "n", "complainant": {"phone": "1"}}`)
	require.Equal(t, http.StatusOK, a.status, a.text)
	request, ok := w.desk.seen()[0].(*intakev1.UpdateComplaintRequest)
	require.True(t, ok)
	require.Equal(t, []string{"notes"}, request.GetUpdateMask().GetPaths())
}

// TestFormBodyIsNoQuery: a body of the type that forms have must not be read as parameters.
func TestFormBodyIsNoQuery(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, verb := range []string{http.MethodPost, http.MethodPatch} {
		path := map[string]string{http.MethodPost: "/v1/complaints", http.MethodPatch: "/v1/" + name}[verb]
		a := w.call(t, verb, path, "updateMask=notes", "Content-Type: application/x-www-form-urlencoded")
		requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_MALFORMED_BODY)
	}
	a := w.call(t, http.MethodPost, "/v1/callbacks", "pageSize=1", "Content-Type: application/x-www-form-urlencoded", "X-HTTP-Method-Override: GET")
	requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
	require.Empty(t, w.desk.seen())
}
