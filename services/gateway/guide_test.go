package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestGuide proves the first part of ACK-3: anybody can read, in three languages, where to complain, what happens, by when,
// and who to turn to above. TestStatus proves the second.
func TestGuide(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	w := start(t)
	w.token = ""
	rules, err := policy.Default()
	require.NoError(t, err)
	written := rules.Proto().GetGuide()
	for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
		a := w.call(t, http.MethodGet, "/v1/guide?languageCode="+language, "")
		require.Equal(t, http.StatusOK, a.status, a.text)
		require.Equal(t, language, a.body["languageCode"])
		require.Equal(t, written.GetAbove()[language], a.body["above"])
		channels, ok := a.body["channels"].([]any)
		require.True(t, ok)
		require.Len(t, channels, len(written.GetChannels()))
		require.Equal(t, object{"name": written.GetChannels()[0].GetName()[language], "address": written.GetChannels()[0].GetAddress()}, channels[0])
		steps, ok := a.body["steps"].([]any)
		require.True(t, ok)
		require.Len(t, steps, 5)
		for _, step := range steps {
			require.Contains(t, written.GetSteps()[language], step)
		}
		targets, ok := a.body["targets"].([]any)
		require.True(t, ok)
		require.Len(t, targets, 4)
		require.Contains(t, targets, object{
			"severity": "NORMAL", "contact": "900s", "firstResponse": "1800s", "callback": "86400s", "resolution": "259200s", "terms": []any{},
		})
	}
	a := w.call(t, http.MethodGet, "/v1/guide", "")
	require.Equal(t, rules.Proto().GetLanguages().GetFallback(), a.body["languageCode"])
	a = w.call(t, http.MethodGet, "/v1/guide", "", "Authorization: Bearer expired")
	require.Equal(t, http.StatusOK, a.status, "who shows a bad token gets the guide too")
}
