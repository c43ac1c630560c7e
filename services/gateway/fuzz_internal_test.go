package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// FuzzBody: whatever the bytes are, the decoder takes exactly one JSON object or says why not, in words that get through a
// status; and what it took says the same when it is read again.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"statement":"x","complainant":{"phone":"1"}}`, `{"a":1}`, `{"demands":[{"amount":{"units":"x"}}]}`, "{}{}", "{\xff}",
		`{"target":{"kind":"ORDER"},"receiveTime":"2026-01-31T09:30:00+08:00"}`, "\n {\n\"demands\" :[null]}", `{"statement":"\ud83d\ude00","x":[{}]}`,
	} {
		f.Add([]byte(seed))
	}
	strict := newStrictJSON()
	f.Fuzz(func(t *testing.T, body []byte) {
		taken := &intakev1.CreateComplaintRequest{}
		err := strict.NewDecoder(bytes.NewReader(body)).Decode(taken)
		switch {
		case err == nil:
			require.True(t, json.Valid(body))
			again, err := strict.Marshal(taken)
			require.NoError(t, err)
			read := &intakev1.CreateComplaintRequest{}
			require.NoError(t, strict.NewDecoder(bytes.NewReader(again)).Decode(read))
			require.True(t, proto.Equal(taken, read))
		case errors.Is(err, io.EOF):
			require.Empty(t, strings.Trim(string(body), jsonSpace))
		default:
			p, ok := unmark(err.Error())
			require.True(t, ok, err.Error())
			require.NotEmpty(t, p.GetMessage())
			require.Contains(t, []string{"UNKNOWN_FIELD", "INVALID_FIELD", "MALFORMED_BODY", "TRAILING_BYTES", "INVALID_UTF8"}, p.GetReason())
			if p.GetReason() == errorv1.Reason_UNKNOWN_FIELD.String() || p.GetReason() == errorv1.Reason_INVALID_FIELD.String() {
				require.Len(t, p.GetFields(), 1)
			}
		}
	})
}

// FuzzQuery: whatever the query is, it is refused with a problem that can be written, or has only parameters that the
// method knows, each once.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "pageSize=1", "page_size=1&pageSize=2", "x=1", "%ff", "a;b", "filter=%e5%ae%a2", "=&=", "%zz", "pageToken[a]=1"} {
		f.Add(seed)
	}
	list := routesOf(contract()...)["GET /v1/complaints"]
	f.Fuzz(func(t *testing.T, query string) {
		if p := list.checkQuery(query); p != nil {
			require.True(t, utf8.ValidString(p.GetMessage()))
			_, ok := unmark(marked{p}.Error())
			require.True(t, ok)
			return
		}
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		for name, given := range values {
			require.True(t, slices.Contains(list.parameters, name))
			require.Len(t, given, 1)
			require.True(t, utf8.ValidString(given[0]))
		}
	})
}

func TestFieldAt(t *testing.T) {
	t.Parallel()
	body := []byte("{\"a\": [1, {\"客\": {\"b\":\n  [[], [7]]}}], \"\": {\"c.d\": 0}}")
	for _, tc := range []struct{ line, column, want string }{
		{"1", "1", ""}, {"1", "2", "a"}, {"1", "7", "a"}, {"1", "8", "a[0]"}, {"1", "11", "a[1]"}, {"1", "12", "a[1].客"}, {"1", "18", "a[1].客.b"},
		{"2", "3", "a[1].客.b"}, {"2", "4", "a[1].客.b[0]"}, {"2", "8", "a[1].客.b[1]"}, {"2", "9", "a[1].客.b[1][0]"}, {"2", "24", "c.d"},
		{"3", "1", ""}, {"x", "1", ""}, {"1", "", ""}, {"9", "9", ""}, {"1", "999", ""},
	} {
		require.Equal(t, tc.want, fieldAt(body, tc.line, tc.column), "%s:%s", tc.line, tc.column)
	}
}
