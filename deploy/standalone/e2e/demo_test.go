package e2e_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/cmd/demo/story"
)

// teller is the demonstration on a world.
func teller(t *testing.T, w *world, language string, out *safeBuffer) *story.Story {
	t.Helper()
	teller, err := story.New(story.Config{
		HTTPAddress: w.program.HTTPAddress(), GRPCAddress: w.program.GRPCAddress(), UIAddress: w.program.UIAddress(), Language: language,
	}, story.Deps{Out: out, Now: time.Now, Token: w.program.Token})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, teller.Close()) })
	return teller
}

// TestDemo proves that the demonstration tells on real calls what its readers are promised, in order, and again on the data of another
// telling: the second one begins beside the first, in the other language, once that one's complaint is on record.
func TestDemo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "CALL-1", "CALL-2", "ROUTE-1", "ROUTE-3", "ROUTE-4")
	w := start(t, t.TempDir(), demoPolicy)
	first := &safeBuffer{}
	told := make(chan error, 1)
	begun := teller(t, w, "en", first)
	go func() { told <- begun.Tell(t.Context()) }()
	w.eventually("the first complaint is acknowledged", 20*time.Second, func() bool { return strings.Contains(first.String(), "王先生，您好！") })
	second := &safeBuffer{}
	err := teller(t, w, "zh", second).Tell(t.Context())
	require.NoError(t, <-told, "%s", first)
	require.NoError(t, err, "%s", second)
	stories := map[string]*safeBuffer{"en": first, "zh": second}
	for language, promised := range map[string][]string{
		"en": {
			"complains on the web page", "callback by +20.0s", "is in charge", "the acknowledgement is sent", "王先生，您好！", "受理编号是 R-",
			"explain says why: rule", "writes to the customer", "kept: first response", "take it to the regulator", "is warned: callback due +20.0s",
			"asks to resolve", "resolution refused", "BROKEN: callback was due +20.0s", "ESCALATED to level 1, Zhao Min",
			"filter=overdue=true shows it", "500 yuan", "ESCALATED to level 2, Sun Li", "calls and reaches him", "kept late: callback",
			"proposes a remedy with 2 options", "third level would have heard", "resolved: remedied",
			"offers it to", "BACK: nobody has accepted", "a hand-off was not answered", "in charge as before",
			"The timeline", "complaint R-", "responsible", "BROKEN", "remedy proposed with 2 options", "met late; due +20.0s", "breach on record", "all as expected",
			"/namespaces/redress/workflows/complaint%2F",
		},
		"zh": {
			"在网页上投诉", "回电 +20.0s 前", "承办人：", "受理告知已发给客户", "写给客户", "按时履行：首次响应", "工信部", "预警", "申请以“已解释”结案", "不予结案",
			"逾期：回电应在 +20.0s 前完成", "升级到第 1 级", "500元", "升级到第 2 级", "通过电话联系上客户", "逾期履行：回电", "结案：已补救", "退回：没有人按时", "中间没有落空", "时间线", "均符合预期",
		},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			out := stories[language]
			// Lines break where they may, so blanks do not count.
			blank := func(text string) string { return strings.Join(strings.Fields(text), "") }
			rest := blank(out.String())
			for _, text := range promised {
				_, after, ok := strings.Cut(rest, blank(text))
				require.True(t, ok, "%q does not come, or not in its place:\n%s", text, out)
				rest = after
			}
			require.NotContains(t, out.String(), "(event.", "an event without words")
			require.NotRegexp(t, `_UNSPECIFIED|\{[a-zA-Z]+\}`, out.String(), "a value without words")
			require.NotContains(t, out.String(), "\x1b", "colours in what is no terminal")
		})
	}
}

// TestDemoIsForTheDemoPolicy proves that nobody waits a day for the end of the story.
func TestDemoIsForTheDemoPolicy(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), "")
	out := &safeBuffer{}
	err := teller(t, w, "en", out).Tell(t.Context())
	require.ErrorContains(t, err, "24h0m0s")
	require.ErrorContains(t, err, "make run POLICY=deploy/standalone/policy-demo.yaml")
	require.Empty(t, out.String())
	list, _ := w.get("/v1/complaints")["complaints"].([]any)
	require.Empty(t, list, "nothing was filed")
}

// TestDemoStopped proves that a story that is stopped leaves nobody behind who is called again and again.
func TestDemoStopped(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), demoPolicy)
	out := &safeBuffer{}
	ctx, stop := context.WithCancel(t.Context())
	told, done := teller(t, w, "en", out), make(chan error, 1)
	go func() { done <- told.Tell(ctx) }()
	w.eventually("the acknowledgement is told", 20*time.Second, func() bool { return strings.Contains(out.String(), "王先生，您好！") })
	stop()
	require.ErrorContains(t, <-done, "canceled")
	require.Contains(t, out.String(), "withdrawn")
	list, _ := w.get("/v1/complaints")["complaints"].([]any)
	require.Len(t, list, 1)
	require.Equal(t, "WITHDRAWN", list[0].(object)["outcome"])
}
