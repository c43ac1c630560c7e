package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// filing returns the body of a complaint with more fields: text such as `"channel": "WEB"`.
func filing(more ...string) string {
	return "{" + strings.Join(append([]string{`"statement": "It never came."`, `"complainant": {"phone": "13800000000"}`}, more...), ",\n ") + "}"
}

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, tc := range map[string]struct {
		body   string
		reason errorv1.Reason
		field  string
	}{
		"unknown field":          {filing(`"urgent": true`), errorv1.Reason_UNKNOWN_FIELD, "urgent"},
		"unknown nested field":   {`{"statement": "x", "complainant": {"fone": ""}}`, errorv1.Reason_UNKNOWN_FIELD, "complainant.fone"},
		"unknown in a list":      {filing(`"demands": [{}, {"amount": {"unit": 1}}]`), errorv1.Reason_UNKNOWN_FIELD, "demands[1].amount.unit"},
		"unknown after 客户":       {filing(`"target": {"person": "客户\n", "x": [1]}`), errorv1.Reason_UNKNOWN_FIELD, "target.x"},
		"unknown field of null":  {filing(`"colour": null`), errorv1.Reason_UNKNOWN_FIELD, "colour"},
		"server's own field":     {filing(`"name": "complaints/mine"`), errorv1.Reason_UNKNOWN_FIELD, "name"},
		"given twice":            {filing(`"statement": "Other."`), errorv1.Reason_INVALID_FIELD, "statement"},
		"given in two spellings": {`{"statement": "x", "complainant": {"customerId": "1", "customer_id": "2"}}`, errorv1.Reason_INVALID_FIELD, "complainant.customer_id"},
		"unknown enum":           {filing(`"channel": "PIGEON"`), errorv1.Reason_INVALID_FIELD, "channel"},
		"unknown nested enum":    {filing(`"demands": [{"kind": "refund"}]`), errorv1.Reason_INVALID_FIELD, "demands[0].kind"},
		"unknown enum number":    {filing(`"channel": 99`), errorv1.Reason_INVALID_FIELD, "channel"},
		"number for text":        {`{"statement": 5, "complainant": {"phone": "1"}}`, errorv1.Reason_INVALID_FIELD, "statement"},
		"text for a number":      {filing(`"demands": [{"amount": {"units": "many"}}]`), errorv1.Reason_INVALID_FIELD, "demands[0].amount.units"},
		"fraction":               {filing(`"demands": [{"amount": {"units": 1.5}}]`), errorv1.Reason_INVALID_FIELD, "demands[0].amount.units"},
		"number out of range":    {filing(`"demands": [{"amount": {"units": 9223372036854775808}}]`), errorv1.Reason_INVALID_FIELD, "demands[0].amount.units"},
		"text for an object":     {`{"statement": "x", "complainant": "13800000000"}`, errorv1.Reason_INVALID_FIELD, "complainant"},
		"object for a list":      {filing(`"demands": {}`), errorv1.Reason_INVALID_FIELD, "demands"},
		"no time":                {filing(`"receiveTime": "yesterday"`), errorv1.Reason_INVALID_FIELD, "receiveTime"},
		"time out of range":      {filing(`"receiveTime": "9999-12-31T23:59:59-01:00"`), errorv1.Reason_INVALID_FIELD, "receiveTime"},
		"negative amount":        {filing(`"demands": [{"amount": {"currencyCode": "CNY", "units": -1}}]`), errorv1.Reason_INVALID_FIELD, "demands[0].amount"},
		"no currency":            {filing(`"demands": [{"amount": {"units": 1}}]`), errorv1.Reason_INVALID_FIELD, "demands[0].amount"},
		"empty statement":        {`{"statement": "", "complainant": {"phone": "1"}}`, errorv1.Reason_INVALID_FIELD, "statement"},
		"nothing":                {"", errorv1.Reason_INVALID_FIELD, "statement"},
		"spaces":                 {" \n", errorv1.Reason_INVALID_FIELD, "statement"},
		"empty object":           {"{}", errorv1.Reason_INVALID_FIELD, "statement"},
		"half a surrogate":       {filing(`"target": {"place": "\ud800"}`), errorv1.Reason_MALFORMED_BODY, ""},
		"null":                   {"null", errorv1.Reason_MALFORMED_BODY, ""},
		"text":                   {`"statement"`, errorv1.Reason_MALFORMED_BODY, ""},
		"list":                   {"[" + filing() + "]", errorv1.Reason_MALFORMED_BODY, ""},
		"cut off":                {strings.TrimSuffix(filing(), "}"), errorv1.Reason_MALFORMED_BODY, ""},
		"no JSON":                {"statement=x", errorv1.Reason_MALFORMED_BODY, ""},
		"byte order mark":        {"\ufeff" + filing(), errorv1.Reason_MALFORMED_BODY, ""},
		"no-break space":         {"\u00a0" + filing(), errorv1.Reason_MALFORMED_BODY, ""},
		"trailing comma":         {strings.TrimSuffix(filing(), "}") + ",}", errorv1.Reason_MALFORMED_BODY, ""},
		"comment":                {filing() + "// so there", errorv1.Reason_TRAILING_BYTES, ""},
		"two objects":            {filing() + filing(), errorv1.Reason_TRAILING_BYTES, ""},
		"trailing zero byte":     {filing() + "\x00", errorv1.Reason_TRAILING_BYTES, ""},
		"too deep":               {filing(`"demands": ` + strings.Repeat("[", 20_000)), errorv1.Reason_MALFORMED_BODY, ""},
		"not UTF-8":              {filing(`"target": {"place": "caf` + "\xe9" + `"}`), errorv1.Reason_INVALID_UTF8, ""},
		"UTF-16":                 {"\xff\xfe{\x00}\x00", errorv1.Reason_INVALID_UTF8, ""},
	} {
		t.Run(what, func(t *testing.T) {
			a := w.call(t, http.MethodPost, "/v1/complaints", tc.body)
			requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", tc.reason)
			if tc.field == "" {
				require.Empty(t, fields(a), a.text)
			} else {
				require.Contains(t, fields(a), tc.field, a.text)
			}
			require.Empty(t, w.desk.seen(), "it reached the service")
		})
	}
}

func TestUnknownFieldIsInTheMetadata(t *testing.T) {
	t.Parallel()
	a := start(t).call(t, http.MethodPost, "/v1/complaints", `{"complainant": {"fone": ""}}`)
	require.Equal(t, object{"field": "complainant.fone"}, a.body["metadata"])
	require.Contains(t, a.body["message"], "complainant.fone")
}

func TestValuesAreNotRepeated(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, more := range []string{`"channel": "13812345678"`, `"receiveTime": "13812345678"`, `"target": "13812345678"`, `"demands": 13812345678`} {
		a := w.call(t, http.MethodPost, "/v1/complaints", filing(more))
		requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
		require.NotContains(t, a.text, "13812345678", "what callers send may be personal, and errors are logged by front ends")
	}
}

func TestBodiesThatAreTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, body := range map[string]string{
		"indented":        "\r\n\t " + filing() + " \n",
		"snake case":      `{"statement": "x", "complainant": {"customer_id": "7"}}`,
		"nulls":           filing(`"target": null`, `"channel": null`),
		"enum by name":    filing(`"channel": "WEB"`),
		"units as text":   filing(`"demands": [{"amount": {"currencyCode": "CNY", "units": "500"}}]`),
		"units as number": filing(`"demands": [{"amount": {"currencyCode": "CNY", "units": 500}}]`),
	} {
		t.Run(what, func(t *testing.T) {
			a := w.call(t, http.MethodPost, "/v1/complaints", body, "Content-Type: application/x-www-form-urlencoded")
			require.Equal(t, http.StatusOK, a.status, "%s: curl -d sends this type unless told otherwise", a.text)
			request, ok := w.desk.seen()[0].(*intakev1.CreateComplaintRequest)
			require.True(t, ok)
			for _, demand := range request.GetDemands() {
				require.EqualValues(t, 500, demand.GetAmount().GetUnits())
			}
		})
	}
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, tc := range []struct{ method, path string }{
		{http.MethodPost, "/v1/complaints"}, {http.MethodPatch, "/v1/" + name}, {http.MethodGet, "/v1/complaints"},
	} {
		a := w.call(t, tc.method, tc.path, `{"statement": "`+strings.Repeat("x", 1<<20)+`"}`)
		requireProblem(t, a, http.StatusRequestEntityTooLarge, "RESOURCE_EXHAUSTED", errorv1.Reason_BODY_TOO_LARGE)
		require.Equal(t, object{"limit_bytes": "1048576"}, a.body["metadata"])
	}
	require.Empty(t, w.desk.seen())
	a := w.call(t, http.MethodPost, "/v1/complaints", `{"statement": "`+strings.Repeat("x", 1_000_000)+`", "complainant": {"phone": "1"}}`)
	requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	require.Equal(t, []string{"statement"}, fields(a))
}

// TestPatch reads the body twice: once for the values, once for which fields it has.
func TestPatch(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.call(t, http.MethodPatch, "/v1/"+name, "\n  "+`{"notes": "n", "complainant": {"displayName": "Lin", "phone": ""}, "etag": "e1"}`)
	require.Equal(t, http.StatusOK, a.status, a.text)
	request, ok := w.desk.seen()[0].(*intakev1.UpdateComplaintRequest)
	require.True(t, ok)
	require.Equal(t, name, request.GetComplaint().GetName())
	require.Equal(t, "e1", request.GetComplaint().GetEtag())
	require.ElementsMatch(t, []string{"notes", "etag", "complainant.display_name", "complainant.phone"}, request.GetUpdateMask().GetPaths())

	for what, tc := range map[string]struct {
		body   string
		reason errorv1.Reason
		fields []string
	}{
		"unknown field": {"\n\n  " + `{"notes": "n",` + "\n" + `"complainant": {"fone": 1}}`, errorv1.Reason_UNKNOWN_FIELD, []string{"complainant.fone"}},
		"unknown enum":  {"\n " + `{"complainant": {"preferredChannel": "OWL"}}`, errorv1.Reason_INVALID_FIELD, []string{"complainant.preferredChannel"}},
		"null":          {"null", errorv1.Reason_MALFORMED_BODY, nil},
		"list":          {"[]", errorv1.Reason_MALFORMED_BODY, nil},
		"cut off":       {`{"notes"`, errorv1.Reason_MALFORMED_BODY, nil},
		"trailing":      {`{"notes": ""} {}`, errorv1.Reason_TRAILING_BYTES, nil},
	} {
		t.Run(what, func(t *testing.T) {
			a := w.call(t, http.MethodPatch, "/v1/"+name, tc.body)
			requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", tc.reason)
			require.Equal(t, tc.fields, fields(a), a.text)
			require.Empty(t, w.desk.seen())
		})
	}
}
