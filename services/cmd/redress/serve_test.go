package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/redress-dev/redress/services/internal/tlsfile/tlstest"
)

// TestPrintConfig: what a process would use, where each value came from, and no secret.
func TestPrintConfig(t *testing.T) {
	t.Parallel()
	file := write(t, "redress.yaml", "data-dir: /srv/redress\ndatabase: postgres://redress:s3cret@db/redress\n")
	got := call(t, []string{"serve", "remedy", "worker", "--print-config", "--trace-ratio", "0.1"},
		"REDRESS_CONFIG="+file, "REDRESS_INTAKE_ADDR=one:9091,two:9091", "REDRESS_PLAINTEXT=true")
	require.Zero(t, got.code, got.errors)
	for _, line := range []string{
		"data-dir: /srv/redress # " + file + ":1",
		"database: postgres://redress:xxxxx@db/redress # " + file + ":2, masked",
		"grpc-addr: 127.0.0.1:9093 # default",
		"admin-addr: 127.0.0.1:9193 # default",
		"intake-addr: one:9091,two:9091 # $REDRESS_INTAKE_ADDR",
		"trace-ratio: 0.1 # --trace-ratio",
		"log-level: info # default",
	} {
		require.Contains(t, got.out, "\n"+line+"\n")
	}
	printed := write(t, "printed.yaml", strings.ReplaceAll(got.out, "xxxxx", "s3cret"))
	again := call(t, []string{"serve", "remedy", "worker", "--print-config", "--config", printed})
	require.Zero(t, again.code, again.errors)
	require.Equal(t, values(got.out), values(again.out), "what is printed can be given back")
	require.NotContains(t, call(t, []string{"migrate", "--print-config", "--config", file}).out, "grpc-addr")

	for _, command := range [][]string{{"serve", "remedy"}, {"migrate"}} {
		got = call(t, append(command, "--print-config", "--config", file, "--temporal-addr", "temporal:7233"))
		require.Equal(t, failed, got.code, "it would not start")
		require.Contains(t, got.errors, "--temporal-addr temporal:7233: would be spoken to in plaintext")
		require.Contains(t, got.out, "\ntemporal-addr: temporal:7233 # ")
	}
}

// TestPrintConfigHidesPasswords: a URL that is no secret may have a password in it too.
func TestPrintConfigHidesPasswords(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"serve", "all", "--print-config", "--scanner=tcp://user:s3cret@clam:3310"}, "REDRESS_OTLP_ENDPOINT=http://user:s3cret@collector:4317")
	require.Zero(t, got.code, got.errors)
	require.Contains(t, got.out, "\notlp-endpoint: http://user:xxxxx@collector:4317 # $REDRESS_OTLP_ENDPOINT, masked\n")
	require.Contains(t, got.out, "\nscanner: tcp://user:xxxxx@clam:3310 # --scanner, masked\n")
}

// TestVariables: one that nobody reads is refused by every command, one of another program of Redress is not.
func TestVariables(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"version"}, "REDRESS_DATA_DRI=var", "REDRESS_TEMPORAL_ADDRESS=a:1", "REDRESS_TEMPORAL_UI_ADDR=", "REDRESS_SERVER=a:1")
	require.Equal(t, misused, got.code)
	require.Equal(t, "redress: $REDRESS_DATA_DRI: no such setting; did you mean REDRESS_DATA_DIR?\n"+
		"redress: $REDRESS_TEMPORAL_ADDRESS: no such setting; did you mean REDRESS_TEMPORAL_ADDR?\n"+
		"redress --help, and --help after a command, say what there is.\n", got.errors)
	require.Zero(t, call(t, []string{"version"}, "REDRESS_TEMPORAL_UI_ADDR=", "REDRESS_SERVER=a:1", "REDRESS_PORT=tcp://10.0.0.1:9090").code)
}

// values are the lines of printed settings without their comments.
func values(printed string) []string {
	var all []string
	for line := range strings.Lines(printed) {
		value, _, _ := strings.Cut(line, " #")
		all = append(all, strings.TrimSpace(value))
	}
	return all
}

// TestMistakesAreToldAtOnce: bad settings fail without waiting, by a line that says what to do.
func TestMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	bad := write(t, "bad.yaml", "ladder: {levels: []}\n")
	for args, want := range map[string]string{
		"serve all --policy " + bad:                      bad + ":1:18 ladder.levels:",
		"serve all --policy none.yaml":                   "none.yaml",
		"serve all --http-addr " + taken.Addr().String(): "is already in use: stop the other program or choose another address with --http-addr",
		"serve all --grpc-addr :1":                       "names no host",
		"serve all --oidc-issuer https://login.example":  "the audience is missing",
		"serve all --oidc-audience redress":              "--oidc-issuer is not",
		"serve all --break-glass /etc/redress/glass":     "--oidc-issuer is not",
		"token --data-dir " + t.TempDir():                "there is no installation in",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(args)
			if args[0] == "serve" {
				args = append([]string{"serve", args[1], "--data-dir", installation(t), "--admin-addr", "off", "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0"}, args[2:]...)
			}
			got := call(t, args)
			require.NotZero(t, got.code)
			require.Contains(t, got.errors, "redress: ")
			require.Contains(t, got.errors, want)
			require.NotContains(t, got.errors, "s3cret")
		})
	}
}

// TestTransportMistakes: what is wrong with certificates, or would leave the host in plaintext, is one line and exit 1.
func TestTransportMistakes(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	ours := tlstest.New(t, "ours")
	cert, key := ours.Pair(dir, "good", time.Hour, "x.example")
	expired, expiredKey := ours.Pair(dir, "expired", -time.Minute, "x.example")
	for args, want := range map[string]string{
		"--tls-cert=none.pem --tls-key=" + key:                          "redress: --tls-cert: stat none.pem: no such file or directory\n",
		"--tls-cert=" + cert:                                            "redress: --tls-cert and --tls-key: one of them is missing\n",
		"--tls-cert=" + cert + " --tls-key=" + expiredKey:               "redress: --tls-cert " + cert + ", --tls-key " + expiredKey + ": private key does not match public key\n",
		"--http-tls-cert=" + expired + " --http-tls-key=" + expiredKey:  "redress: --http-tls-cert " + expired + ": the certificate expired at ",
		"--tls-client-ca=" + cert:                                       "redress: --tls-client-ca: without --tls-cert nobody is asked for a certificate\n",
		"--tls-ca=" + key:                                               "redress: --tls-ca " + key + " has a PRIVATE KEY: ",
		"--temporal-addr=temporal:7233":                                 "redress: --temporal-addr temporal:7233: would be spoken to in plaintext beyond this host; protect it with --temporal-tls, or allow it with --plaintext\n",
		"--admin-addr=0.0.0.0:0":                                        "redress: --admin-addr 0.0.0.0:0: would be listened on in plaintext beyond this host; protect it with --http-tls-cert, or allow it with --plaintext\n",
		"--temporal-tls-ca=none.pem --temporal-addr=temporal.example:1": "redress: --temporal-tls-ca: stat none.pem: no such file or directory\n",
	} {
		line := []string{"serve", "all", "--data-dir", data, "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0"}
		got := call(t, append(line, strings.Fields(args)...))
		require.Equal(t, failed, got.code, args)
		require.True(t, strings.HasPrefix(got.errors, want), got.errors)
		require.Equal(t, 1, strings.Count(got.errors, "\n"), got.errors)
		require.Empty(t, got.out)
	}
	got := call(t, []string{"migrate", "--data-dir", data, "--temporal-addr=temporal:7233"})
	require.Equal(t, failed, got.code)
	require.Contains(t, got.errors, "--temporal-tls")
}

// TestCommandsSpeakTLS: a command finds a server over mutual TLS; beyond this host it speaks nothing else unless told to.
func TestCommandsSpeakTLS(t *testing.T) {
	t.Parallel()
	dir, ours := t.TempDir(), tlstest.New(t, "ours")
	cert, key := ours.Pair(dir, "own", time.Hour, "127.0.0.1")
	ca := ours.CA(filepath.Join(dir, "ca.pem"))
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.Pool(),
	})))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); require.NoError(t, <-served) })
	ask := func(args ...string) string {
		got := call(t, append([]string{"rules", "get", "--token", "x", "--server", listener.Addr().String()}, args...))
		require.Equal(t, failed, got.code)
		return got.errors
	}
	require.Contains(t, ask("--tls-ca", ca, "--tls-cert", cert, "--tls-key", key), "unknown service", "it was reached, and has no rules")
	require.Contains(t, ask("--tls-ca", ca), "cannot be reached")
	require.Contains(t, ask(), "cannot be reached")
	require.Contains(t, ask("--tls-ca", key), "--tls-ca "+key+" has a PRIVATE KEY")
	option, err := protection{Plaintext: true}.option("10.1.2.3:1")
	require.NoError(t, err)
	require.Equal(t, grpc.EmptyDialOption{}, option)
	option, err = protection{}.option("10.1.2.3:1")
	require.NoError(t, err)
	require.NotEqual(t, grpc.EmptyDialOption{}, option)
}

// TestWrongIssuer: a provider that is none ends the start, in one line.
func TestWrongIssuer(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>\n<body>nothing here</body>\n</html>", http.StatusNotFound)
	}))
	t.Cleanup(page.Close)
	got := call(t, []string{
		"serve", "all", "--data-dir", installation(t), "--admin-addr=off", "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0",
		"--oidc-issuer", page.URL, "--oidc-audience", "redress",
	})
	require.Equal(t, 1, got.code)
	require.Equal(t, "redress: --oidc-issuer: openid: issuer "+page.URL+": 404 Not Found: <html>\n", got.errors)
}

// installation is a data directory with keys and tables. Temporal is not there: migrate says so, and has done the rest.
func installation(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	address := closedAddress(t)
	got := call(t, []string{"migrate", "--data-dir", dir, "--temporal-addr", address})
	require.Equal(t, 1, got.code)
	require.Contains(t, got.errors, "temporal at "+address)
	require.Contains(t, got.out, "ready: keys in "+dir+"\nready: tables of intake\n")
	require.Contains(t, got.out, "ready: tables of followup\n")
	for _, name := range []string{"token.key", "log.key", "vault.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	return dir
}

// TestServe: a process says what it serves, serves it, and stops when it is told to. Another migration beside it changes nothing.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := installation(t)
	out, errors, stop := begin(t, []string{"serve", "all", "--data-dir", dir, "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0"},
		"REDRESS_TEMPORAL_ADDR="+closedAddress(t), "REDRESS_LOG_FORMAT=json")
	require.Eventually(t, func() bool { return strings.HasSuffix(out.String(), "\n") }, time.Minute, 10*time.Millisecond, errors)
	line := out.String()
	require.Regexp(t, `^redress: serving intake, routing, remedy, followup, gateway, worker, review; gRPC at 127\.0\.0\.1:\d+; REST at http://127.*; operators at http://127.*\n$`, line)
	_, rest, _ := strings.Cut(line, "REST at ")
	rest, _, _ = strings.Cut(rest, ";")
	token := call(t, []string{"token", "--data-dir", dir, "--roles", "agent"})
	require.Zero(t, token.code, token.errors)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rest+"/v1/complaints", strings.NewReader(`{"statement": "x", "complainant": {"customerId": "1"}}`))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token.out))
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	require.Equal(t, 1, call(t, []string{"migrate", "--data-dir", dir, "--temporal-addr", closedAddress(t)}).code)
	require.Zero(t, stop(), errors)
	require.True(t, strings.HasSuffix(out.String(), "\nredress: stopped\n"))
	for line := range strings.Lines(errors.String()) {
		require.True(t, strings.HasPrefix(line, `{"time":`), line)
	}
}

// TestServeWaits: a process that starts before its database and its keys waits, and can be stopped. The password is nowhere.
func TestServeWaits(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), installation(t)} {
		database := "postgres://redress:s3cret@" + closedAddress(t) + "/redress"
		out, errors, stop := begin(t, []string{"serve", "intake", "--grpc-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0", "--log-level=debug"},
			"REDRESS_DATABASE="+database, "REDRESS_DATA_DIR="+dir)
		require.Eventually(t, func() bool { return strings.Contains(errors.String(), "waiting") }, time.Minute, 10*time.Millisecond)
		require.Empty(t, out.String())
		require.Zero(t, stop(), errors)
		require.NotContains(t, errors.String(), "s3cret")
	}
	got := call(t, []string{"migrate", "--data-dir", t.TempDir(), "--database", "postgres://redress:s3cret@" + closedAddress(t) + "/redress"})
	require.Equal(t, 1, got.code)
	require.NotContains(t, got.out+got.errors, "s3cret")
}
