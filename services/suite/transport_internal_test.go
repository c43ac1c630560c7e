package suite

import (
	"context"
	"crypto/tls"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/internal/tlsfile/tlstest"
)

// TestTemporalOverMutualTLS proves that a Temporal which asks for a certificate gets it, and is spoken to only when its own fits.
func TestTemporalOverMutualTLS(t *testing.T) {
	t.Parallel()
	dir, ours := t.TempDir(), tlstest.New(t, "ours")
	cert, key := ours.Pair(dir, "redress", time.Hour, "redress.example")
	ca := ours.CA(filepath.Join(dir, "ca.pem"))
	stranger := tlstest.New(t, "stranger").CA(filepath.Join(dir, "stranger.pem"))
	own, secret := ours.Pair(dir, "temporal", time.Hour, "temporal.example")
	pair, err := tls.LoadX509KeyPair(own, secret)
	require.NoError(t, err)
	temporal := &frontend{}
	temporal.answer.Store(answer(well))
	address, stop := temporal.serve(t, "127.0.0.1:0", grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.Pool(),
	})))
	t.Cleanup(stop)
	const name = "temporal.example"
	for what, test := range map[string]struct {
		with TLSConfig
		well bool
	}{
		"all of it":         {TLSConfig{TemporalCert: cert, TemporalKey: key, TemporalCA: ca, TemporalServerName: name}, true},
		"no certificate":    {TLSConfig{TemporalCA: ca, TemporalServerName: name}, false},
		"another name":      {TLSConfig{TemporalCert: cert, TemporalKey: key, TemporalCA: ca}, false},
		"another authority": {TLSConfig{TemporalCert: cert, TemporalKey: key, TemporalCA: stranger, TemporalServerName: name}, false},
		"plaintext":         {TLSConfig{}, false},
	} {
		way, err := openTransport(test.with, time.Now, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		cfg := Config{TemporalAddress: address, TLS: test.with}.WithDefaults()
		client, err := temporalClient(cfg, way.temporal, slog.New(slog.DiscardHandler), time.Now, telemetry.None(), nil)
		require.NoError(t, err)
		within := time.Minute
		if !test.well {
			within = 2 * time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), within)
		_, err = client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "redress"})
		require.Equal(t, test.well, err == nil, "%s: %v", what, err)
		cancel()
		client.Close()
	}
}
