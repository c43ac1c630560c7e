package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/cmd/demo/story"
	"github.com/redress-dev/redress/services/suite"
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
	covers.Requirement(t, "ACK-1", "CALL-1", "CALL-2", "ROUTE-1", "ROUTE-3", "ROUTE-4", "APPR-3", "PROM-1", "REF-1", "REM-6", "ACC-1", "FUP-2", "REV-1", "REV-2", "REV-3")
	w := start(t, t.TempDir(), toldPolicy)
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
			"Why this person?", "writes to the customer", "kept: first response", "take it to the regulator", "acknowledges it", "is warned: callback due +20.0s",
			"wants to close the case", "NOT CLOSED", "BROKEN: callback was due +20.0s", "ESCALATED to level 1 (supervisor), Zhao Min",
			"filter=overdue=true", "500 yuan", "ESCALATED to level 2 (department manager), Sun Li", "calls and reaches him", "kept late: callback",
			"proposes a remedy with 2 options", "executive would have heard", "resolved: remedied",
			"offers it to", "BACK: nobody has accepted", "ESCALATED to level 1 (supervisor), Zhao Min: a hand-off was not answered", "in charge as before",
			"ESCALATED to level 2 (department manager), Sun Li", "Zhao Min has not acknowledged it", "ESCALATED to level 3 (executive), Fang Hua",
			"Sun Li has not acknowledged it", "TOLD AGAIN at level 3 (executive), Fang Hua", "nobody is above Fang Hua", "acknowledges it", "decides",
			"resolved: remedied",
			"Money, and who may give it", "is on leave", "proposes a remedy with 2 options", "Waits for Liu Wen", "and approves", "approved at level 1",
			"Waits for Sun Li", "the options may be offered; 200 yuan", "is owed from now on", "BROKEN: promise was due", "ESCALATED to level 1",
			"what was promised was not done", "NOT CLOSED", "pays, and says what proves it", "kept late: promise", "resolved: remedied",
			"Who answers for it", "Published rule, PROMISE_NOT_KEPT: 30 % of the loss = CNY 60.00", "Limit of the month: 20 %", "is told that there is no such thing",
			"HEARING_OPEN", "is heard", "appeals, which is possible once", "Somebody of HR", "Another one of HR", "confirms 20 yuan", "takes over what is confirmed",
			"Refused with dignity", "STEP_OUT_OF_ORDER", "first step", "fifth", "he accepts it", "resolved: refused",
			"Every end is told", "takes the complaint back", "letter on the withdrawal", "重新开启这件投诉",
			"Did it hold?", "complains on the web page, about a modem", "Satisfied? 2 of 5", "the complaint is open again", "on the record of cycle 1: satisfied 2 of 5",
			"What the day was", "looks back at the day", "review page daily-", "What becomes of it", "is looked at whether it helped", "callback of its own",
			"says what was improved since", "satisfied, 5 of 5", "on the record of cycle 2: satisfied 5 of 5",
			"The timeline", "complaint R-", "responsible", "BROKEN", "remedy proposed with 2 options", "kept late; due +20.0s", "breach stays on record", "all as expected",
			"/namespaces/redress/workflows/complaint%2F",
		},
		"zh": {
			"在网页上投诉", "回电 +20.0s 前", "承办人：", "受理告知已发给客户", "写给客户", "按时履行：首次响应", "工信部", "确认知悉", "预警", "申请以“已解释”结案", "不予结案",
			"逾期：回电应在 +20.0s 前完成", "上报到第一级（主管）", "500元", "上报到第二级（部门经理）", "通过电话联系上客户", "逾期履行：回电", "结案：已补救",
			"退回：没有人按时", "中间没有落空", "上报到第二级（部门经理）", "上报到第三级（公司负责人），Fang Hua：交接无人应答",
			"再次告知第三级（公司负责人）", "确认知悉", "作出决定", "等 Liu Wen 决定", "第 1 级已同意", "等 Sun Li 决定", "逾期：承诺应在", "不予结案",
			"逾期履行：承诺", "谁来负责", "损失的 30% ＝ CNY 60.00", "没有这个东西", "HEARING_OPEN", "作出说明", "提出申诉", "确认20元", "取走",
			"STEP_OUT_OF_ORDER", "第五步", "结案：已拒绝", "撤回投诉", "撤回告知函",
			"真的解决了吗", "在网页上投诉光猫", "2 分（满分 5 分）", "投诉已重新打开", "第 1 轮的记录：满意度 2 分", "复盘这一天", "review page daily-", "后来改了什么",
			"任务里写着后来改了什么", "第 2 轮的记录：满意度 5 分", "时间线", "均符合预期",
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
			require.NotRegexp(t, `\((event|act|scene|end)\.`, out.String(), "a text without words")
			require.NotRegexp(t, `_UNSPECIFIED|\{[a-zA-Z]+\}`, out.String(), "a value without words")
			require.NotContains(t, out.String(), "\x1b", "colours in what is no terminal")
		})
	}
}

// TestTestsHaveTheDemonstrationsRules proves that the other tests run by the rules that the demonstration shows, but for the time in which
// somebody has to acknowledge something. Whoever changes one of the two files changes the other.
func TestTestsHaveTheDemonstrationsRules(t *testing.T) {
	t.Parallel()
	told, err := suite.LoadPolicy(toldPolicy)
	require.NoError(t, err)
	tested, err := suite.LoadPolicy(demoPolicy)
	require.NoError(t, err)
	want := proto.CloneOf(tested.Proto())
	want.Ladder.AcknowledgeWithin = told.Proto().GetLadder().GetAcknowledgeWithin()
	want.Ladder.AcknowledgeUrgentWithin = told.Proto().GetLadder().GetAcknowledgeUrgentWithin()
	want.Traffic = told.Proto().GetTraffic() // A test's caller does what many do.
	require.Equal(t, protojson.Format(want), protojson.Format(told.Proto()), "policy-demo.yaml and e2e/testdata/policy.yaml")
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

// TestDemoStopped proves that a story that is stopped leaves nobody behind who is called again and again, whichever complaint it is at.
func TestDemoStopped(t *testing.T) {
	t.Parallel()
	for outcomes, text := range map[string]string{"WITHDRAWN": "王先生，您好！", "REMEDIED WITHDRAWN": "offers it to the"} {
		t.Run(outcomes, func(t *testing.T) {
			t.Parallel()
			w := start(t, t.TempDir(), toldPolicy)
			out := &safeBuffer{}
			ctx, stop := context.WithCancel(t.Context())
			told, done := teller(t, w, "en", out), make(chan error, 1)
			go func() { done <- told.Tell(ctx) }()
			w.eventually("it is told", 2*time.Minute, func() bool { return strings.Contains(out.String(), text) })
			stop()
			require.ErrorContains(t, <-done, "canceled")
			require.Contains(t, out.String(), "withdrawn")
			var found []string
			list, _ := w.get("/v1/complaints")["complaints"].([]any)
			for _, complaint := range list {
				found = append(found, fmt.Sprint(complaint.(object)["outcome"]))
			}
			slices.Sort(found)
			require.Equal(t, outcomes, strings.Join(found, " "))
		})
	}
}
