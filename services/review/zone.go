package review

import (
	"fmt"
	"time"

	"github.com/redress-dev/redress/services/internal/policy"
)

// Zone is the time zone in which days, weeks and months begin: that of the policy's reviews, or of its staffed hours.
func Zone(p *policy.Policy) (*time.Location, error) {
	name := p.Proto().GetReviews().GetTimeZone()
	if name == "" {
		return p.Hours().Zone(), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("review: time zone of reviews: %w", err)
	}
	return zone, nil
}
