package intake_test

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/idem"
)

// BenchmarkCreateComplaint files complaints of new customers on SQLite, each
// with an idempotency key and a commit of its own.
func BenchmarkCreateComplaint(b *testing.B) {
	f := &fixture{folder: b.TempDir(), clock: begin}
	service := f.service(b, slog.New(slog.DiscardHandler), func(*intake.Deps) {})
	var count atomic.Int64
	file := func() error {
		n := count.Add(1)
		ctx := auth.NewContext(b.Context(), auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{authv1.Role_AGENT}})
		ctx = idem.NewContext(ctx, idem.Command{
			Caller: "agents/lin", Method: "/bench", Key: fmt.Sprint(n), Fingerprint: []byte("f"), Now: begin, Retention: f.policy.Retention(),
		})
		req := request()
		req.Complainant.Phone = fmt.Sprintf("139%08d", n)
		req.Complainant.Email = fmt.Sprintf("%d@example.com", n)
		_, err := service.CreateComplaint(ctx, req)
		return err
	}
	b.Run("one at a time", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, file())
		}
	})
	b.Run("64 at a time", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := file(); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
