package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestTemporalLosesItsData deletes all that Temporal knows while a callback is owed: the facts are the services', so the next
// start tells an empty Temporal everything, and the callback is enforced all the same.
func TestTemporalLosesItsData(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CLK-1")
	dir := t.TempDir()
	var owed, withdrawn string
	t.Run("before", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		owed, withdrawn = w.file("call me"), w.file("never mind")
		w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(owed, "1-acknowledge")["verdict"] == "MET" })
		w.post("/v1/"+withdrawn+":withdraw", object{})
	})
	files, err := filepath.Glob(filepath.Join(dir, "temporal-*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.NoError(t, os.Remove(file))
	}
	// Elsewhere, since Temporal's library goes on with the file of a name, deleted or not, for as long as the process lives.
	moved := move(t, dir, "*")
	t.Run("after", func(t *testing.T) {
		w := start(t, moved, demoPolicy)
		w.eventually("broken and escalated", 40*time.Second, func() bool {
			return len(of(w.timeline(owed), "escalation_raised", owed+"/duties/1-callback")) > 0
		})
		require.Len(t, of(w.timeline(owed), "message_sent", ""), 1, "what was done is not done again")
		w.eventually("the withdrawn one is not watched", 10*time.Second, func() bool {
			return len(w.running(`RedressComplaint="`+withdrawn+`" AND ExecutionStatus="Completed"`)) == 1
		})
	})
}
