package e2e_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestSecondStartCarriesOn stops the program while a callback is owed and finds it broken on time, and only once, after the
// next start on the same data.
func TestSecondStartCarriesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1", "CALL-2", "API-1")
	dir := t.TempDir()
	var complaint string
	key := uuid.NewString()
	body := object{"statement": "call me", "complainant": object{"customerId": "C-1"}}
	t.Run("first start", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		_, answer := w.callKey("POST", "/v1/complaints", body, key)
		complaint, _ = answer["name"].(string)
		w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(complaint, "1-acknowledge")["verdict"] == "MET" })
	})
	t.Run("second start", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		_, answer := w.callKey("POST", "/v1/complaints", body, key)
		require.Equal(t, complaint, answer["name"], "a key is remembered over a restart")
		w.eventually("broken and escalated", 40*time.Second, func() bool {
			return len(of(w.timeline(complaint), "escalation_raised", complaint+"/duties/1-callback")) > 0
		})
		require.Len(t, of(w.timeline(complaint), "complaint_received", ""), 1)
		require.Len(t, of(w.timeline(complaint), "message_sent", ""), 1, "acknowledged once")
	})
}
