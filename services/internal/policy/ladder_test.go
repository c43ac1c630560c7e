package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/policy"
)

// ladder is the built-in policy with something of its ladder changed.
func ladder(t *testing.T, old, replaced string) (*policy.Policy, error) {
	t.Helper()
	text, err := os.ReadFile("default.yaml")
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	return policy.Parse([]byte(strings.Replace(string(text), old, replaced, 1)), "p.yaml")
}

func TestLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	p, err := ladder(t, "{role: DEPARTMENT_MANAGER, climb: 12h}", "{role: NEXT_SUPERVISOR, climb: 6h, acknowledge_within: 20m}\n    - {role: DEPARTMENT_MANAGER, climb: 12h}")
	require.NoError(t, err)
	require.Equal(t, 4, p.Levels())
	require.Equal(t, 2*time.Hour, p.AcknowledgeWithin(1, false))
	require.Equal(t, 30*time.Minute, p.AcknowledgeWithin(1, true))
	require.Equal(t, 20*time.Minute, p.AcknowledgeWithin(2, false), "the level's own")
	require.Equal(t, 20*time.Minute, p.AcknowledgeWithin(2, true), "the shorter one")
	require.Equal(t, 2*time.Hour, p.AcknowledgeWithin(9, false), "above the top the top is told again")
	urgent, first := p.Reason("REGULATOR_THREAT")
	require.True(t, urgent)
	require.Equal(t, 1, first)
	urgent, first = p.Reason("CHASED")
	require.False(t, urgent)
	require.Equal(t, 1, first)
}

func TestLadderThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, replaced, told string }{
		"down":           {"{role: DEPARTMENT_MANAGER, climb: 12h}", "{role: DEPARTMENT_MANAGER, climb: 12h}\n    - {role: NEXT_SUPERVISOR, climb: 1h}", "is not above"},
		"no such level":  {"{reason: REGULATOR_THREAT, urgent: true}", "{reason: REGULATOR_THREAT, first_level: 4}", "has 3 levels"},
		"twice":          {"{reason: REGULATOR_THREAT, urgent: true}", "{reason: AUTHORITY_REPLY_OVERDUE}", "named twice"},
		"no such reason": {"{reason: REGULATOR_THREAT, urgent: true}", "{reason: WHIM}", "ladder.reasons"},
		"always quiet":   {"openings: []}", `openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY], from: "00:00", to: "24:00"}]}`, "never not quiet"},
		"no such zone":   {"quiet_hours: {time_zone: Asia/Shanghai, openings: []}", `quiet_hours: {time_zone: Nowhere, openings: [{days: [MONDAY], from: "00:00", to: "06:00"}]}`, "quiet_hours"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ladder(t, c.old, c.replaced)
			require.ErrorContains(t, err, c.told)
		})
	}
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	p, err := ladder(t, "openings: []}", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}, {days: [TUESDAY], from: "00:00", to: "07:30"}]}`)
	require.NoError(t, err)
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	monday := func(hour, minute int) time.Time { return time.Date(2026, time.March, 2, hour, minute, 0, 0, zone) }
	for _, c := range []struct{ now, want time.Time }{
		{monday(20, 59), monday(20, 59)}, {monday(21, 0), monday(31, 30)}, {monday(26, 0), monday(31, 30)}, {monday(31, 30), monday(31, 30)}, {monday(50, 0), monday(50, 0)},
	} {
		require.True(t, c.want.Equal(p.Awake(c.now)), "%s: %s", c.now, p.Awake(c.now))
	}
	none, err := policy.Default()
	require.NoError(t, err)
	require.Equal(t, monday(3, 0), none.Awake(monday(3, 0)))
}
