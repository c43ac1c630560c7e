package hook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/followup/hook"
)

// local is what tests allow to reach servers of their own.
const local = "127.0.0.0/8"

func sender(t *testing.T, cfg hook.Config, deps hook.Deps) *hook.Sender {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s, err := hook.New(cfg, deps)
	require.NoError(t, err)
	return s
}

func secret(t *testing.T) (text string, key []byte) {
	t.Helper()
	text, err := hook.MakeSecret(32)
	require.NoError(t, err)
	key, err = hook.Secret(text)
	require.NoError(t, err)
	return text, key
}

// TestSend: a request can be verified with each of its secrets by what others use for that, and by no other.
func TestSend(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	one, oneKey := secret(t)
	two, twoKey := secret(t)
	other, _ := secret(t)
	var heads http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heads, body = r.Header, nil
		body, _ = io.ReadAll(r.Body)
		_, _ = w.Write([]byte("taken\x00, " + strings.Repeat("x", 100)))
	}))
	t.Cleanup(server.Close)
	out := sender(t, hook.Config{Allow: []string{local}, SnippetBytes: 10}, hook.Deps{}).Send(t.Context(), hook.Request{
		URL: server.URL + "/in?a=b", ID: "0198c1b0-0000-7000-8000-0000000000ab", Body: []byte(`{"a":1}`), Secrets: [][]byte{oneKey, twoKey},
	})
	require.Empty(t, out.Problem)
	require.Equal(t, 200, out.Code)
	require.Equal(t, "taken, xx", out.Snippet)
	require.Equal(t, `{"a":1}`, string(body))
	require.Equal(t, "0198c1b0-0000-7000-8000-0000000000ab", heads.Get("webhook-id"))
	for text, good := range map[string]bool{one: true, two: true, other: false} {
		verifier, err := standardwebhooks.NewWebhook(text)
		require.NoError(t, err)
		require.Equal(t, good, verifier.Verify(body, heads) == nil)
	}
}

// TestNotTaken: what is no success says why, and no problem has the URL.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/moved":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/slow":
			_, _ = io.Copy(io.Discard, r.Body) // Only then it is noticed that the other side has gone.
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	_, key := secret(t)
	send := func(target string, timeout time.Duration) hook.Outcome {
		out := sender(t, hook.Config{Allow: []string{local}, Timeout: timeout}, hook.Deps{}).Send(t.Context(),
			hook.Request{URL: target, ID: "x", Body: []byte("{}"), Secrets: [][]byte{key}})
		require.NotContains(t, out.Problem, "127.0.0.1")
		return out
	}
	require.Equal(t, 410, send(server.URL+"/gone", 0).Code)
	busy := send(server.URL+"/busy", 0)
	require.Equal(t, "it answers 429", busy.Problem)
	require.Equal(t, 7*time.Second, busy.RetryAfter)
	require.Equal(t, "it answers 307", send(server.URL+"/moved", 0).Problem)
	require.False(t, reached, "a redirect is not followed")
	require.Equal(t, "it did not answer in time", send(server.URL+"/slow", 100*time.Millisecond).Problem)
	require.Equal(t, "it cannot be reached", send(closed.URL, 0).Problem)
}

// TestTLS: who does not prove who it is gets nothing.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	_, key := secret(t)
	request := hook.Request{URL: server.URL, ID: "x", Body: []byte("{}"), Secrets: [][]byte{key}}
	out := sender(t, hook.Config{Allow: []string{local}}, hook.Deps{}).Send(t.Context(), request)
	require.Equal(t, "it does not prove who it is (TLS)", out.Problem)
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	trusting := hook.Deps{TLS: &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12}}
	out = sender(t, hook.Config{Allow: []string{local}}, trusting).Send(t.Context(), request)
	require.Empty(t, out.Problem)
}

// TestRebinding: a name that leads elsewhere than it did when it was checked leads nowhere.
func TestRebinding(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	reached := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(server.Close)
	target := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	public := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
	}
	_, key := secret(t)
	s := sender(t, hook.Config{}, hook.Deps{Lookup: public})
	require.NoError(t, s.Check(t.Context(), target))
	out := s.Send(t.Context(), hook.Request{URL: target, ID: "x", Body: []byte("{}"), Secrets: [][]byte{key}})
	require.Equal(t, "its host has an address that is not allowed", out.Problem)
	require.False(t, reached)
	plain := strings.Replace(target, "https", "http", 1)
	out = s.Send(t.Context(), hook.Request{URL: plain, ID: "x", Body: []byte("{}"), Secrets: [][]byte{key}})
	require.Equal(t, "its host has an address that is not allowed", out.Problem)
}

// TestCheck: https and public, or allowed.
func TestCheck(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	names := map[string]string{"public.example": "93.184.216.34", "inside.example": "10.1.2.3", "near.example": "10.20.1.1", "six.example": "fe80::1"}
	lookup := func(_ context.Context, host string) ([]netip.Addr, error) {
		if address, ok := names[host]; ok {
			return []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr(address)}, nil
		}
		return nil, errors.New("no such host")
	}
	s := sender(t, hook.Config{Allow: []string{"10.20.0.0/16", "fd00::/8", "192.168.7.7", "erp.inside.example"}}, hook.Deps{Lookup: lookup})
	for target, cause := range map[string]string{
		"https://public.example/in":        "",
		"https://8.8.8.8/in":               "",
		"https://not-yet.example/in":       "",
		"https://[2606:4700::1111]:8443/":  "",
		"http://public.example/in":         hook.NotHTTPS,
		"http://8.8.8.8/in":                hook.NotHTTPS,
		"http://not-yet.example/in":        hook.NotHTTPS,
		"https://inside.example/in":        hook.NotPublic,
		"http://inside.example/in":         hook.NotPublic,
		"https://six.example/in":           hook.NotPublic,
		"https://127.0.0.1/in":             hook.NotPublic,
		"https://[::1]/in":                 hook.NotPublic,
		"https://[::ffff:127.0.0.1]/in":    hook.NotPublic,
		"https://[::ffff:10.1.2.3]/in":     hook.NotPublic,
		"https://[64:ff9b::7f00:1]/in":     hook.NotPublic,
		"https://169.254.169.254/latest":   hook.NotPublic,
		"https://100.64.0.1/":              hook.NotPublic,
		"https://0.0.0.0/":                 hook.NotPublic,
		"https://224.0.0.1/":               hook.NotPublic,
		"https://[fe80::1]/":               hook.NotPublic,
		"https://192.168.7.8/":             hook.NotPublic,
		"http://192.168.7.7:81/":           "",
		"https://10.20.3.4/":               "",
		"https://[::ffff:10.20.3.4]/":      "",
		"http://[fd00::5]/":                "",
		"https://near.example/":            "",
		"http://erp.inside.example:8080/":  "",
		"http://ERP.inside.example./":      "",
		"":                                 hook.Malformed,
		"ftp://public.example/":            hook.Malformed,
		"https://":                         hook.Malformed,
		"https:public.example":             hook.Malformed,
		"https://me:secret@public.example": hook.Malformed,
		"https://public.example/#there":    hook.Malformed,
		"/in":                              hook.Malformed,
	} {
		err := s.Check(t.Context(), target)
		if cause == "" {
			require.NoError(t, err, target)
			continue
		}
		var refused *hook.RefusedError
		require.ErrorAs(t, err, &refused, target)
		require.Equal(t, cause, refused.Cause, target)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, allow := range []string{"10.1.2.3/8", "::ffff:10.0.0.0/104", "a b", ".", "https://inside.example", "*.example", ""} {
		_, err := hook.New(hook.Config{Allow: []string{allow}, Timeout: time.Second}, hook.Deps{Now: time.Now})
		require.Error(t, err, allow)
	}
	_, err := hook.New(hook.Config{}, hook.Deps{Now: time.Now})
	require.Error(t, err)
	for _, text := range []string{"", "whsec_", "whsec_AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_" + strings.Repeat("A", 88)} {
		_, err := hook.Secret(text)
		require.Error(t, err, text)
	}
}
