package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// The tests of this file and of its neighbours outage_test.go and postgres_test.go are not parallel: they keep the machine
// busy, and others measure seconds. `make test-crash` runs them in full size.

// TestCrashStandalone kills the program twice while complaints are being filed, and once afterwards. Whoever was answered
// 200 has a complaint, and one only: with its workflow, its callback and the due time that was answered.
func TestCrashStandalone(t *testing.T) {
	covers.Requirement(t, "API-1", "OPS-1")
	p := newStandalone(t)
	p.start(t)
	f := newFront(t, p.http, p.dir)
	f.ready(t)
	r := newRush(t, f, crashSize(t))
	var kills []time.Time
	for _, share := range [][2]float64{{0.15, 0.45}, {0.55, 0.8}} {
		answered, failed := r.until(t, share[0], share[1]), r.failed.Load()
		require.Less(t, answered, int64(len(r.filings)), "there was nobody left to be interrupted")
		kills = append(kills, time.Now())
		p.kill(t)
		r.noticed(t, failed)
		p.start(t)
		t.Logf("killed when %d were answered, away for %s, %d calls failed",
			answered, time.Since(kills[len(kills)-1]).Round(10*time.Millisecond), r.failed.Load()-failed)
	}
	r.finish(t)
	t.Logf("on record before the kill, but answered after it: %d", r.kept(kills...))
	// Once more, while what was filed is on its way to Temporal and to the other services.
	a := newAudit(t, f, p.grpc, p.temporal, r.limit())
	t.Logf("killed when %d had their workflow", a.until(t, r, 0.2, 0.6))
	p.kill(t)
	p.start(t)
	a.rush(t, r)
	p.requireCached(t)
	p.interrupt(t)
}
