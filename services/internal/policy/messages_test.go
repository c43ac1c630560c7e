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

// What is not owed at a time waits for the hours that the customer says, or else for those of the policy.
func TestSending(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	p, err := policy.Default()
	require.NoError(t, err)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 1, day, hour, minute, 0, 0, shanghai) }
	for name, test := range map[string]struct {
		now  time.Time
		said string
		then time.Time
		zone string
	}{
		"by day":                      {at(5, 12, 0), "", at(5, 12, 0), ""},
		"by night":                    {at(5, 23, 30), "", at(6, 9, 0), ""},
		"before the day":              {at(5, 3, 0), "", at(5, 9, 0), ""},
		"the customer's own":          {at(5, 12, 0), "18:00-21:00", at(5, 18, 0), ""},
		"and late":                    {at(5, 23, 30), "22:00-24:00", at(5, 23, 30), ""},
		"several":                     {at(5, 13, 0), "12:00-13:00,18:00-20:00,19:00-21:00", at(5, 18, 0), ""},
		"over midnight":               {at(6, 0, 30), "22:00-02:00", at(6, 0, 30), ""},
		"past midnight's":             {at(6, 2, 0), "22:00-02:00", at(6, 22, 0), ""},
		"hours that say naught":       {at(5, 23, 0), "08:00-08:00", at(6, 9, 0), ""},
		"no hours":                    {at(5, 23, 0), "any time", at(6, 9, 0), ""},
		"their day is our night":      {at(6, 0, 30), "", at(6, 0, 30), "Europe/London"},
		"our day is their night":      {at(5, 12, 0), "", at(5, 17, 0), "Europe/London"},
		"their hours, by their clock": {at(5, 12, 0), "18:00-21:00", at(6, 2, 0), "Europe/London"},
		"a zone that there is not":    {at(5, 23, 30), "", at(6, 9, 0), "Nowhere/Else"},
	} {
		require.True(t, test.then.Equal(p.Sending(test.now, test.said, test.zone)), "%s: %s", name, p.Sending(test.now, test.said, test.zone).In(shanghai))
	}
	for problem, text := range map[string]string{
		"unknown time zone Nowhere": "messages: {sending_hours: [], time_zone: Nowhere}\n",
		"messages.retry_after":      "messages: {retry_after: 0s}\n",
		"messages.channels":         "messages: {channels: []}\n",
		"messages.channels[1]: LOG": "messages: {channels: [MAIL, LOG]}\n",
		"messages.channels[0]: LOG": "messages: {channels: [LOG, WEBHOOK]}\n",
	} {
		_, err := policy.Parse([]byte(text), "p.yaml")
		require.ErrorContains(t, err, problem)
	}
	anyTime, err := policy.Parse([]byte("messages: {sending_hours: []}\n"), "p.yaml")
	require.NoError(t, err)
	require.True(t, at(5, 3, 0).Equal(anyTime.Sending(at(5, 3, 0), "", "")))
}

// What Redress sends by itself must be there when it starts, and not when it is to be sent.
func TestALetterThatIsMissing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	text, err := os.ReadFile("wording.yaml")
	require.NoError(t, err)
	whole := strings.Replace(string(text), "wording:\n", "wording:\n  whole: true\n", 1)
	for _, kind := range []string{"CLOSING", "REFUSAL", "NOT_A_COMPLAINT", "WITHDRAWN", "MERGED", "ACKNOWLEDGEMENT", "SETTLED"} {
		_, err := policy.Parse([]byte(strings.Replace(whole, "kind: "+kind+"\n", "kind: ANSWER\n", 1)), "p.yaml")
		require.ErrorContains(t, err, "there is no "+kind+" to send")
	}
	_, err = policy.Parse([]byte(strings.Replace(whole, "{{.goes_on}}", "{{.goes_off}}", 1)), "p.yaml")
	require.ErrorContains(t, err, "there is no such variable")
}
