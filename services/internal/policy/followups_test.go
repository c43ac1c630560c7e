package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestSeriesThatMakeNoSenseAreRefused when the policy is read, and not when a customer is to be asked (FUP-1).
func TestSeriesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	for text, field := range map[string]string{
		"plans: [{severity: LOW, touches: [{within: 1h, lead: 2h, share: 1}]}]":                                           "followups.plans[0].touches[0].lead",
		"plans: [{severity: LOW, touches: [{within: 2h, lead: 1h, share: 1}, {within: 2h, lead: 1h, share: 1}]}]":         "followups.plans[0].touches[1].within",
		"plans: [{severity: LOW, touches: [{within: 2h, lead: 1h}]}, {severity: LOW, touches: [{within: 2h, lead: 1h}]}]": "followups.plans[1].severity",
		"reminders: [72h]":                              "followups.reminders[0]",
		"reminders: [36h, 12h]":                         "followups.reminders[1]",
		"satisfied_from: 1":                             "followups.satisfied_from",
		"questions: {done: {en: Was it done}}":          "followups.questions.done",
		"survey_link: complaints.firm.example/surveys/": "followups.survey_link",
		"survey_link: ftp://firm.example/":              "followups.survey_link",
		"survey_link: https://firm.example/a b/":        "followups.survey_link",
		"survey_link: https://u:p@firm.example/":        "followups.survey_link",
		"survey_link: https://投诉.example/":              "followups.survey_link",
		"survey_link: https://firm.example/#/":          "followups.survey_link",
		"per_token: {times: 0, within: 1h}":             "followups.per_token.times",
		"per_unsubscriber: {times: 0, within: 1m}":      "followups.per_unsubscriber.times",
	} {
		_, err := policy.Parse([]byte("followups:\n  "+text+"\n"), "policy.yaml")
		require.ErrorContains(t, err, field, text)
	}
	_, err := policy.Parse([]byte("followups: {plans: []}\n"), "policy.yaml")
	require.NoError(t, err, "a firm that asks nobody needs no letters for it")
}

// TestASeriesOfOneSeverityLeavesTheOthers as they are built in, unless it is stated that nobody is asked (FUP-1).
func TestASeriesOfOneSeverityLeavesTheOthers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	builtIn, err := policy.Default()
	require.NoError(t, err)
	const none, own, standard = 0, 1, 4
	for text, want := range map[string][]int{
		"{plans: [{severity: HIGH, touches: [{within: 2h, lead: 1h, share: 1}]}]}": {own, standard, own, standard},
		"{plans: [{severity: URGENT, touches: []}, {severity: LOW}]}":              {own, standard, standard, none},
		"{plans: []}": nil,
		"{gap: 24h}":  {own, standard, standard, standard},
	} {
		p, err := policy.Parse([]byte("version: x\nfollowups: "+text+"\n"), "policy.yaml")
		require.NoError(t, err)
		plans := p.Proto().GetFollowups().GetPlans()
		require.Len(t, plans, len(want), text)
		for i, plan := range plans {
			require.Equal(t, int32(i+1), int32(plan.GetSeverity()), "in the order of severities: %s", text)
			require.Len(t, plan.GetTouches(), want[i], "%s %s", text, plan.GetSeverity())
		}
		printed, err := p.YAML()
		require.NoError(t, err)
		again, err := policy.Parse(printed, "policy.yaml")
		require.NoError(t, err)
		require.Empty(t, policy.Diff(p, again), "what is printed is the same policy")
	}
	require.Len(t, builtIn.Proto().GetFollowups().GetPlans()[2].GetTouches(), standard, "the built-in one stays as it is")
}

// TestAdviceOnSeries: whom nobody asks, not everybody, or late, is told by policy check (FUP-1).
func TestAdviceOnSeries(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	for text, want := range map[string]string{
		"[]":                              "followups.plans: is empty",
		"[{severity: HIGH, touches: []}]": "followups.plans[0].touches: is empty",
		"[{severity: HIGH, touches: [{within: 72h, lead: 4h, share: 1}]}]":                                     "followups.plans[0].touches[0].within: is longer than the 24h",
		"[{severity: HIGH, touches: [{within: 4h, lead: 1h, share: 0.5}]}]":                                    "followups.plans[0].touches[0]: has a share of less than 1",
		"[{severity: HIGH, touches: [{within: 4h, lead: 1h, share: 0.5}, {within: 20h, lead: 1h, share: 1}]}]": "",
		"[{severity: URGENT, touches: [{within: 1h, lead: 1h, share: 1}]}, {severity: LOW}]":                   "",
	} {
		advice, err := policy.Advice([]byte("version: x\nfollowups: {plans: "+text+"}\n"), "p.yaml", shanghai(t, "2026-03-02 10:00:00"))
		require.NoError(t, err)
		found := slices.DeleteFunc(advice, func(line string) bool { return !strings.Contains(line, "followups") })
		if want == "" {
			require.Empty(t, found, text)
			continue
		}
		require.Len(t, found, 1, text)
		require.Contains(t, found[0], want)
	}
}
