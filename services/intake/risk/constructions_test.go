package risk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestConstructions: each construction with words that no letter of testdata has, and next to it texts that look alike.
func TestConstructions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2")
	a := grammar(t)
	for name, c := range map[string]struct {
		kind string
		is   []string
		// not has texts that must not get the kind.
		not []string
	}{
		"what it takes lies ready": {"THREAT", []string{
			"给消委会的信我昨晚拟好了，信封上就差一张邮票。", "金融監管局的申訴表我填好了，隨時可以寄。", "My email to the energy ombudsman is drafted and sitting in my drafts.",
			"I have the small claims form filled in on the kitchen table.",
		}, []string{
			"我的抖音打开了没声音。", "The parking form is filled in, please send the permit.", "合同我已经打印好了，什么时候签？",
		}},
		"left to the other side to think": {"THREAT", []string{
			"我在小红书有两万粉丝，你们自己掂量。", "Would be a pity if this found its way onto Trustpilot.", "業主群三百多人，媒體朋友我也有，你們看著辦。",
		}, []string{
			"方案你们看着办就行，谢谢。", "It would be a shame if the shop closed, I like it.", "Your choice of colour is fine.",
		}},
		"easy to do": {"THREAT", []string{
			"市长热线那边说一声也就一个电话的事。", "消保官的辦公室離我公司走路就到。", "Filing with the CFPB costs nothing, I checked.",
		}, []string{"换个灯泡五分钟的事。", "Delivery costs nothing, right?"}},
		"an unknown verb under a condition": {"THREAT", []string{
			"月底前还不到账，我就把全部凭证摆到银保监的桌上。", "如果明天還沒有人來，我會讓記者來拍一拍。", "If I have no answer by Friday I will have the FCA look through your books.",
		}, []string{"If the regulator on the boiler fails again, will you replace it?"}},
		"a queue of authorities": {"THREAT", []string{
			"消协已经去过了，下一个就是法院。", "Trading Standards first. Next up is the county court.", "明早我就坐在消协门口。", "One more fob-off and this goes to the FCA.", "12315要是没用，接下来是电视台。",
		}, []string{"Next up is the kitchen tap, please.", "下一个是二号楼的电梯。"}},
		"a clause that only says so": {"THREAT", []string{
			"外壳一掰就断，客服装死。举报315", "That's it. Filing with the CFPB tonight.", "Reporting this to Trading Standards. Goodbye.", "Or my lawyer takes over.",
		}, []string{"315举报电话是多少？", "Writing to ask about the FCA leaflet.", "Filing cabinets for the court office: where is my order?"}},
		"let go": {"PAST_OR_HYPOTHETICAL", []string{
			"律师我就不请了，大家各退一步。", "I was going to ring the papers but thought better of it.", "消保官那邊我就不去了，東西收到就好。", "No solicitors, no newspapers, just a call back please.",
			"We were minutes away from ringing the ombudsman when your van arrived.", "以前的我早就去消协了，現在年紀大了。", "諗過搵消委會，費事喇。",
		}, []string{"包装我就不退了。", "No sugar, no milk, please."}},
		"resolved upon, and what came of it": {"ALREADY_ESCALATED", []string{
			"最后只好打12345，结果他们说不归他们管。", "我们只能去找消委会，登记完就没了消息。", "業主只好向環保局反映，結果人家說要等。", "我们又只好求助市长热线。",
		}, []string{"再不退我只好打12345，结果自负。", "只好等结果了。", "我又不得不打给你们。"}},
		"the payment is taken back": {"THREAT", []string{
			"If it isn't back by Monday I'll do a chargeback.", "Unless you refund the fee I will dispute this with my card issuer.", "明天不退款我就申请拒付。", "再不處理我就刷退。",
		}, []string{"The chargeback form on your page does not load.", "店家刷退怎麼這麼慢？", "I dispute your reading of the meter."}},
		"on file": {"ALREADY_ESCALATED", []string{
			"My complaint was registered with the FCA on Monday.", "I sent the recordings to the ombudsman yesterday.", "It's not as if I haven't told Trading Standards.",
			"单子已经入咗消委会。", "當初向消保官申訴也是不得已。",
		}, []string{"I sent the recordings to your agent yesterday.", "My order was registered with the courier on Monday."}},
		"readers": {"CALL_TO_EXPOSE", []string{
			"路过的朋友帮忙转起来！", "大家帮我顶一下，别让更多人上当", "拜託分享出去，讓更多人看到", "Would the FCA please have a word with this lender?", "RT please, people should know.",
		}, []string{"请把链接分享给我。", "Would the fitter please have a word with my builder?", "大家都很满意"}},
		"force": {"OPPONENT_THREAT", []string{
			"物业经理说再来就报警。", "Their agent told me he would have me prosecuted.", "保安说再拍就叫派出所。", "They sent another letter threatening bailiffs.", "店長嗆說要告我。",
		}, []string{"我要报警。", "Please don't send debt collectors adverts.", "噪音对孩子健康造成威胁。"}},
		"more than before": {"DEMAND_RISE", []string{
			"上周我只要求换新，现在要退全款。", "昨天说退运费就行，今天发现还有划痕，现在要求全退。", "之前要两百，现在三百五。", "My original claim was $50. I now also want the cab fare.", "先前只請你們道歉，現在還要賠償。",
		}, []string{"之前要三百，现在一百就行。", "现在要求退款。", "I want a refund."}},
		"faults that come again": {"REPEATED_ISSUE", []string{
			"水管又漏了", "快递弄丢两次", "洗衣機修三次還是不轉", "The boiler failed again.", "My parcel went missing twice.", "又把地址弄錯",
		}, []string{"水管漏了", "我给你们打了三次电话表扬小王", "If it fails again I will let you know."}},
		"an answer to one's own question": {"OFFER_REJECTED", []string{
			"一张抵用券？不要。", "50% off my next stay? No thanks.", "多谢好意，赠品就不必了。", "礼盒请收回。", "Your voucher can stay where it is.",
		}, []string{"要发票吗？不需要。请放门口。", "Do I need a receipt? No."}},
		"how far": {"CHASE", []string{
			"何时轮到我家安装？", "说好的回复呢？又一个星期了", "Did you receive my form?", "個case搞成點？", "Just checking, any movement on this?",
		}, []string{"请问几点开门？", "不退款我就打12315，怎么还没消息？"}},
	} {
		for i, text := range c.is {
			require.Contains(t, kinds(a.Analyse(text)), c.kind, "%s %d: %s", name, i, text)
		}
		for i, text := range c.not {
			require.NotContains(t, kinds(a.Analyse(text)), c.kind, "%s, look-alike %d: %s", name, i, text)
		}
	}
}
