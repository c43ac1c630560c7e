package story

import (
	"fmt"
	"time"
)

// day is as long as anybody reckons in hours.
const day = 24 * time.Hour

// span writes how long after something another thing is: "+20.0s", and from a minute on in the two largest units, "+1 min 5 s", "+3 d 0 h".
func span(d time.Duration) string {
	sign, d := "+", d.Round(100*time.Millisecond)
	if d < 0 {
		sign, d = "-", -d
	}
	units := []struct {
		name string
		is   time.Duration
	}{{"d", day}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, unit := range units[:3] {
		if d >= unit.is {
			return fmt.Sprintf("%s%d %s %d %s", sign, d/unit.is, unit.name, d%unit.is/units[i+1].is, units[i+1].name)
		}
	}
	return fmt.Sprintf("%s%.1fs", sign, d.Seconds())
}
