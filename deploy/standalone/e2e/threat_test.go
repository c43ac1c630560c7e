package e2e_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestAThreatTightensTheClocksAndTellsTheSupervisorOnce says it as customers do, twice.
func TestAThreatTightensTheClocksAndTellsTheSupervisorOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-5", "ROUTE-4")
	alone(t, alertPolicy(t)).threatTightens(t)
}

// threatTightens is what TestAThreatTightensTheClocksAndTellsTheSupervisorOnce tells, by the policy of alertPolicy.
func (w *world) threatTightens(t *testing.T) {
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

	// The timeline shows what it rests on, and why a person decided otherwise.
	said := of(w.timeline(name), "signals_raised", "")
	require.Len(t, said, 2)
	threat := said[0]["evidence"].([]any)[0].(object)
	quote := threat["quote"].(object)["text"].(string)
	require.Contains(t, "你们再不解决，我就打12315投诉你们！", quote)
	require.Contains(t, quote, "12315")
	require.Equal(t, []any{"THREAT", "REGULATOR"}, []any{threat["kind"], threat["target"]})
	require.Contains(t, threat["source"], name+"/messages/")
	w.post("/v1/"+name+":setSeverity", object{"severity": "HIGH", "reason": "He took it back by phone."})
	changed := of(w.timeline(name), "severity_changed", "")
	require.Len(t, changed, 2)
	require.Equal(t, quote, changed[0]["evidence"].([]any)[0].(object)["quote"].(object)["text"])
	require.Equal(t, "He took it back by phone.", changed[1]["reason"].(object)["text"])
	w.eventually("one by one, too, with all that each rests on", 5*time.Second, func() bool {
		return reflect.DeepEqual(w.timeline(name), w.timelineBy(name, 1))
	})
}
