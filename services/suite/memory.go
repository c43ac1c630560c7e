package suite

import (
	"os"
	"runtime/debug"
)

// garbage is how much may be thrown away before it is collected, in percent of what is in use. What services keep is small, and
// collecting as often as Go does by default took a tenth of the processor time.
const garbage = 250

// TuneMemory sets how often this process collects garbage, unless whoever started it has said so with $GOGC. New calls it; programs
// that measure beside a suite call it too, so that both have the same.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}
