package policy_test

import (
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
