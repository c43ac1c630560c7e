package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestTimekeepingByDefault: the resolution alone may be paused, and no law is named.
func TestTimekeepingByDefault(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	p, err := policy.Default()
	require.NoError(t, err)
	for number := range policyv1.DutyKind_name {
		kind := policyv1.DutyKind(number)
		require.Equal(t, kind == policyv1.DutyKind_RESOLUTION, p.Pausable(kind), kind)
	}
	require.Nil(t, p.Statutory(true, policyv1.TargetKind_BILLING))
}

// TestStatutoryTimes are those of the profile that holds, each counted from receipt.
func TestStatutoryTimes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	p, err := policy.Parse([]byte("timekeeping: {statutory: {profile: banking}}"), "p.yaml")
	require.NoError(t, err)
	require.Nil(t, p.Statutory(false, policyv1.TargetKind_BILLING))
	profile := p.Statutory(true, policyv1.TargetKind_BILLING)
	from := time.Date(2026, time.January, 31, 3, 0, 0, 0, time.UTC)
	for step, days := range []int{15, 30, 60} {
		due, warnings, err := p.StatutoryDue(profile, step, from)
		require.NoError(t, err)
		require.Equal(t, from.AddDate(0, 0, days), due)
		require.Equal(t, []time.Time{due.AddDate(0, 0, -5), due.AddDate(0, 0, -2), due.AddDate(0, 0, -1)}, warnings)
	}
}

// TestTimekeepingThatMakesNoSense is refused with line and field.
func TestTimekeepingThatMakesNoSense(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	profile := func(text string) string {
		return "timekeeping: {statutory: {profiles: [{id: ours, days: [15, 30], contents: [FINDING]" + text + "}]}}"
	}
	for text, problem := range map[string]string{
		"timekeeping: {pauses: {kinds: [PROMISE]}}":                                            "timekeeping.pauses.kinds[0]: must be one of CONTACT, FIRST_RESPONSE, CALLBACK, RESOLUTION, OFFER_FOLLOW_UP",
		"timekeeping: {pauses: {kinds: [AUTHORITY_REPLY]}}":                                    "timekeeping.pauses.kinds[0]",
		"timekeeping: {pauses: {kinds: [FINAL_RESPONSE]}}":                                     "timekeeping.pauses.kinds[0]",
		"timekeeping: {pauses: {longest: 0s}}":                                                 "timekeeping.pauses.longest",
		"timekeeping: {statutory: {profile: insurance}}":                                       `timekeeping.statutory.profile: there is no profile "insurance"`,
		profile(", calendar: office"):                                                          `timekeeping.statutory.profiles[0].calendar: there is no calendar "office"`,
		profile(", contents: []"):                                                              "contents",
		"timekeeping: {statutory: {profiles: [{id: a, days: [30, 15], contents: [FINDING]}]}}": "timekeeping.statutory.profiles[0].days[1]",
		"timekeeping: {statutory: {profiles: [{id: a, days: [1], contents: [FINDING]}, {id: a, days: [1], contents: [FINDING]}]}}": "there is a profile \"a\" already",
		"timekeeping: {statutory: {profile: banking}}\nwording: {whole: true, templates: []}":                                      "no letter of kind EXTENSION",
	} {
		_, err := policy.Parse([]byte(text), "p.yaml")
		require.ErrorContains(t, err, problem, text)
	}
}
