package channel_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/channel"
)

// Mail programs are told where a message of its kind is ended, with one click over an encrypted way only (RFC 2369, RFC 8058); nothing of
// what is owed.
func TestMailSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	for link, want := range map[string][2]string{
		"": {}, "https://firm.example/surveys/mzxw6/stop": {"<https://firm.example/surveys/mzxw6/stop>", "List-Unsubscribe=One-Click"},
		"http://127.0.0.1:8080/surveys/mzxw6/stop": {"<http://127.0.0.1:8080/surveys/mzxw6/stop>", ""},
	} {
		s := serve(t, false)
		m, err := channel.NewMail(channel.MailConfig{Address: s.address, Security: channel.Plain, From: "redress@firm.example"})
		require.NoError(t, err)
		msg := message()
		msg.Unsubscribe = link
		_, err = m.Send(t.Context(), msg)
		require.NoError(t, err)
		head := s.letters[0].Header
		require.Equal(t, want, [2]string{head.Get("List-Unsubscribe"), head.Get("List-Unsubscribe-Post")})
	}
}

func TestWebhookSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	var got []any
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Data map[string]any }
		assert(t, json.NewDecoder(r.Body).Decode(&body) == nil, "JSON")
		got = append(got, body.Data["unsubscribe"])
	}))
	t.Cleanup(server.Close)
	for _, link := range []string{"", "https://firm.example/surveys/mzxw6/stop"} {
		msg := message()
		msg.Unsubscribe = link
		_, err := hook(t, server.URL).Send(t.Context(), msg)
		require.NoError(t, err)
	}
	require.Equal(t, []any{nil, "https://firm.example/surveys/mzxw6/stop"}, got)
}
