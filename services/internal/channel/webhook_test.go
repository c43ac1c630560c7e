package channel_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/channel"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func hook(t *testing.T, url string) *channel.Webhook {
	t.Helper()
	w, err := channel.NewWebhook(channel.WebhookConfig{URL: url, Secret: secret, Now: time.Now})
	require.NoError(t, err)
	return w
}

// The receivers' own library verifies what was sent, and nothing that was changed.
func TestWebhookIsSigned(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	var ids []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert(t, err == nil, "body")
		assert(t, verifier.Verify(body, r.Header) == nil, "signature")
		assert(t, verifier.Verify(append(body, ' '), r.Header) != nil, "another body")
		ids = append(ids, r.Header.Get("webhook-id"))
		var got struct {
			Type      string
			Timestamp time.Time
			Data      map[string]string
		}
		assert(t, json.Unmarshal(body, &got) == nil, "JSON")
		assert(t, got.Type == "redress.notice" && !got.Timestamp.IsZero(), "layout")
		assert(t, got.Data["recipient"] == "agents/zhao" && got.Data["complaint"] == "complaints/01abc", "data")
		assert(t, got.Data["address"] == "", "no address")
	}))
	t.Cleanup(server.Close)
	w := hook(t, server.URL)
	for range 2 {
		_, err := w.Send(t.Context(), message())
		require.NoError(t, err)
	}
	require.Equal(t, []string{"01abc-1-callback-1", "01abc-1-callback-1"}, ids, "sent again it is the same notice")
}

// assert is require for a handler, which must not end the test from another goroutine.
func assert(t *testing.T, ok bool, what string) {
	t.Helper()
	if !ok {
		t.Error(what)
	}
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	for status, refused := range map[int]bool{400: true, 401: false, 404: false, 410: true, 413: true, 422: true, 429: false, 500: false, 503: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		_, err := hook(t, server.URL).Send(t.Context(), message())
		require.Error(t, err)
		require.Equal(t, refused, channel.Refused(err), "%d", status)
		require.NotContains(t, err.Error(), server.URL)
	}
}

// A redirect is not followed: what is signed for one address is for no other.
func TestWebhookIsNotRedirected(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	_, err := hook(t, server.URL).Send(t.Context(), message())
	require.ErrorContains(t, err, "307")
	require.False(t, reached.Load())
}

// One that does not answer, or never stops answering, is given up.
func TestWebhookThatHangs(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"an answer without end": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := hook(t, server.URL+"/s3cret").Send(ctx, message())
			require.Error(t, err)
			require.Equal(t, name == "no answer", channel.Unsure(err), "it has the request")
			require.Less(t, time.Since(began), 5*time.Second)
		})
	}
}

func TestWebhookSettings(t *testing.T) {
	t.Parallel()
	for _, cfg := range []channel.WebhookConfig{
		{URL: "ftp://a/s3cret", Secret: secret, Now: time.Now}, {URL: "https://a/s3cret", Secret: "whsec_c2hvcnQ=", Now: time.Now},
		{URL: "https://a/s3cret", Secret: "s3cret!", Now: time.Now}, {URL: "https://a/s3cret", Secret: secret},
	} {
		_, err := channel.NewWebhook(cfg)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
	}
}
