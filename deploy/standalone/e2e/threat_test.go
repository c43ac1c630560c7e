package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestAThreatTightensTheClocksAndTellsTheSupervisorOnce says it as customers do, twice.
func TestAThreatTightensTheClocksAndTellsTheSupervisorOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-5", "ROUTE-4")
	w := start(t, t.TempDir(), alertPolicy(t))
	name := w.file(repair)
	w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(name, "1-acknowledge")["verdict"] == "MET" })
	before := at(t, w.duty(name, "1-resolution"), "dueTime")
	for range 2 {
		w.post("/v1/"+name+"/messages", object{"author": "CUSTOMER", "text": "你们再不解决，我就打12315投诉你们！", "way": "CHAT"})
	}
	w.eventually("due earlier, and told", 5*time.Second, func() bool {
		return len(of(w.timeline(name), "duty_rescheduled", name+"/duties/1-resolution")) == 1 && len(w.alarmed(name)) == 1
	})
	require.Equal(t, "URGENT", w.get("/v1/" + name)["severity"])
	require.True(t, at(t, w.duty(name, "1-resolution"), "dueTime").Before(before))
	time.Sleep(time.Second)
	told := w.alarmed(name)
	require.Len(t, told, 1, "told once, though threatened twice")
	require.Equal(t, []any{"THREAT", "REGULATOR_THREAT"}, []any{told[0]["details"].(object)["signal"], told[0]["details"].(object)["reason"]})
}
