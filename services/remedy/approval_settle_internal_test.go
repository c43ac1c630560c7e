package remedy

import (
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestSettlingGoesByRecordedTimes: how an approval stands at a moment is the same whenever, and however often, it was asked before (CLK-1). It
// is never approved by time, never goes down, and somebody's turn goes on at any moment.
func TestSettlingGoesByRecordedTimes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "CLK-1")
	begin := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	property := func(level, last uint8, minutes, percent uint8, asked []uint16, at uint16) bool {
		p := patience{within: (time.Duration(minutes) + 1) * time.Minute, percent: int32(1 + percent%99), last: int(last%8) + 1}
		fresh := func() Approval {
			return Approval{State: remedyv1.Approval_PENDING, Steps: []Step{p.step(min(int(level%8)+1, p.last), begin)}}
		}
		now := begin.Add(time.Duration(at) * time.Minute)
		once, often := fresh(), fresh()
		once.settle(now, p)
		var moves int
		var newest time.Time
		for _, minute := range asked {
			earlier := begin.Add(time.Duration(minute) * time.Minute)
			if earlier.After(now) || earlier.Before(newest) {
				continue // The clock does not go back.
			}
			newest = earlier
			moves += len(often.settle(earlier, p))
		}
		moves += len(often.settle(now, p))
		return stands(once, now, p) && stands(often, now, p) && len(often.settle(now, p)) == 0 && moves == len(often.Steps)-1 &&
			once.step().Level == often.step().Level && once.step().DueTime.Equal(often.step().DueTime) &&
			once.step().RemindTime.Equal(often.step().RemindTime) && once.Overdue == often.Overdue
	}
	require.NoError(t, quick.Check(property, &quick.Config{MaxCount: 3000}))
}

// stands tells whether an approval makes sense at a moment.
func stands(a Approval, now time.Time, p patience) bool {
	if !a.pending() || a.step().Outcome != 0 || !now.Before(a.step().DueTime) || a.approvals() != 0 {
		return false
	}
	for i, s := range a.Steps {
		if !s.BeginTime.Before(s.DueTime) || s.RemindTime.Before(s.BeginTime) || !s.RemindTime.Before(s.DueTime) || s.DueTime.Sub(s.BeginTime) != p.within {
			return false
		}
		if i == 0 {
			continue
		}
		before := a.Steps[i-1]
		up := s.Level == before.Level+1 || s.Level == p.last && before.Level == p.last
		if !up || before.Outcome != remedyv1.ApprovalStep_EXPIRED || !before.EndTime.Equal(before.DueTime) || s.BeginTime.Before(before.DueTime) {
			return false
		}
	}
	return true
}
