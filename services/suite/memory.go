package suite

import (
	"os"
	"runtime/debug"

	"go.temporal.io/sdk/worker"
)

// garbage is how much may be thrown away before it is collected, in percent of what is in use. What services keep is small, and
// collecting as often as Go does by default took a tenth of the processor time.
const garbage = 250

// TuneMemory sets how often this process collects garbage, unless whoever started it has said so with $GOGC, and how many workflows
// its workers hold in memory. New calls it. A program that starts a Temporal server in this process calls it before: the server's own
// workers make the memory that all of the process share, with the size that is set at that moment.
func TuneMemory(cfg Config) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	worker.SetStickyWorkflowCacheSize(cfg.WithDefaults().WorkflowCache)
}
