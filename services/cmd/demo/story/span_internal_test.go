package story

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSpansCanBeRead proves that nobody has to divide by 3,600.
func TestSpansCanBeRead(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "+0.0s", 20 * time.Second: "+20.0s", 59_940 * time.Millisecond: "+59.9s", 59_960 * time.Millisecond: "+1 min 0 s",
		65 * time.Second: "+1 min 5 s", 2*time.Hour + 3*time.Minute: "+2 h 3 min", 259_230 * time.Second: "+3 d 0 h", -90 * time.Second: "-1 min 30 s",
		-time.Second: "-1.0s",
	} {
		require.Equal(t, want, span(d))
	}
}
