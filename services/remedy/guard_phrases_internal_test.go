package remedy

import remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"

// phrases are what people write, by language and by the warning it deserves; KIND_UNSPECIFIED for none. Those of the playbook are of a
// complaint about delivery.
func phrases() map[string]map[remedyv1.Warning_Kind][]string {
	const (
		absolute = remedyv1.Warning_TOO_ABSOLUTE
		soon     = remedyv1.Warning_TOO_SOON
		above    = remedyv1.Warning_ABOVE_AUTHORITY
		never    = remedyv1.Warning_NEVER_SAY
		nothing  = remedyv1.Warning_KIND_UNSPECIFIED
	)
	return map[string]map[remedyv1.Warning_Kind][]string{
		"zh-Hans": {
			absolute: {
				"今天一定解决", "我们保证今天处理好", "明天肯定送到", "绝对不会再发生", "我们承诺百分之百解决", "给您最高补偿", "保证让您满意", "今天之内必定解决",
				"一定给您解决好", "我们保证以后不会再出现", "肯定能解决", "我向您保证，今晚一定送到", "保证今天发货", "保证您满意", "最高赔偿",
			},
			soon: {
				"退款十分钟内到账", "退款半小时到账", "退款一小时内到账", "今天退款到账", "一小时内发货", "两小时内发出", "半小时内发货", "十分钟内退款", "两小时内退款到账", "今天之内退款",
			},
			above: {"我们会开除他", "他会被开除", "一定会处分当事人"},
			never: {
				"这是快递的责任", "这是物流公司的事", "您去找快递", "你自己联系快递", "等快递赔了再说", "快递赔了才能退", "可能路上堵车", "再等等就到了", "您怎么签收了", "谁让您不验货",
				"规定就是这样", "您先冷静一下", "我太能理解您的心情了", "您是第一个反映的", "您到底想怎么样",
			},
			nothing: {
				"您同意后24小时内退款到账", "您同意后12小时内发出", "重新发一件给您，运费由我们付", "一张20元优惠券", "我们尽力今天办好", "我们不能保证今天送到", "对给您带来的不便致歉",
				"负责人致电向您道歉", "收到后三天内检测", "保证金原路退回", "保修延长一年", "我们会一直跟进", "明天上午十点给您回电", "您说客服告诉您“这是快递的责任”，我们正在核实",
				"如果三天没有消息，请告诉我们", "书面说明事情经过", "核实后把结果告诉您", "按合同减免本月费用", "由专人跟进", "下一单优先发货", "包裹由我们去查",
			},
		},
		"zh-Hant": {
			absolute: {
				"今天一定解決", "我們保證今天處理好", "明天肯定送到", "絕對不會再發生", "我們承諾百分之百解決", "給您最高補償", "保證讓您滿意", "今天之內必定解決", "一定給您解決好",
				"我們保證以後不會再出現", "肯定能解決", "我向您保證，今晚一定送到", "保證今天出貨", "保證您滿意", "最高賠償",
			},
			soon:  {"退款十分鐘內到帳", "退款半小時到帳", "退款一小時內到帳", "今天退款到帳", "一小時內發貨", "兩小時內寄出", "半小時內發貨", "十分鐘內退款", "兩小時內退款到帳", "今天之內退款"},
			above: {"我們會開除他", "他會被開除", "一定會處分當事人"},
			never: {
				"這是快遞的責任", "這是物流公司的事", "您去找快遞", "你自己聯絡物流", "等物流賠了再說", "可能路上塞車", "再等等就到了", "您怎麼簽收了", "規定就是這樣", "您先冷靜一下",
				"我太能理解您的心情了", "您是第一個反應的", "您到底想怎樣", "我也沒辦法", "隨便您投訴",
			},
			nothing: {
				"您同意後24小時內退款到帳", "您同意後12小時內寄出", "重新寄一件給您，運費由我們付", "一張20元優惠券", "我們盡力今天辦好", "我們不能保證今天送到", "對給您帶來的不便致歉",
				"負責人致電向您道歉", "收到後三天內檢測", "保證金原路退回", "保固延長一年", "我們會一直跟進", "明天上午十點給您回電", "您說客服告訴您「這是快遞的責任」，我們正在核實",
				"如果三天沒有消息，請告訴我們", "書面說明事情經過", "核實後把結果告訴您", "由專人跟進", "下一單優先出貨", "包裹由我們去查",
			},
		},
		"en": {
			absolute: {
				"We guarantee it will be solved", "It will definitely be fixed today", "We promise you 100% satisfaction", "It will never happen again", "You will surely have it by tomorrow",
				"We guarantee you will be satisfied", "I assure you it will be resolved today without fail", "It will certainly arrive tomorrow", "The highest compensation",
				"We guarantee delivery today", "The problem will be solved today without fail", "This will never happen again", "We guarantee that you will be happy",
				"Your parcel will definitely arrive today", "I guarantee it",
			},
			soon: {
				"Your refund within ten minutes", "A refund within an hour", "Refunded within 30 minutes", "The refund arrives in two hours", "Shipped within an hour", "Dispatched within two hours",
				"Your refund today", "Your money is refunded in 2 hours", "Another one is shipped within 3 hours",
			},
			above: {"We will fire him", "The driver will be sacked", "She will be sacked", "He will be dismissed"},
			never: {
				"That's the courier's fault", "That is the courier's fault", "You will have to ask the courier", "You'll have to ask the courier", "Once the courier has paid", "Just wait a bit longer",
				"You signed for it", "Rules are rules", "Please calm down", "You need to calm down", "My hands are tied", "I know exactly how you feel", "You are the first to complain",
				"What do you want me to do", "As I have already told you",
			},
			nothing: {
				"Your money back within 24 hours of your yes", "On its way within 12 hours of your yes", "Another one, carriage paid by us", "A coupon of 20 for any purchase", "We do our best to have it done today",
				"We cannot guarantee that it arrives today", "An apology for the trouble", "The manager calls you to apologise", "Checked within three days of arrival", "Your two-year guarantee stays as it is",
				"A year more of warranty", "We stay with it", "We call you tomorrow at ten", "You wrote that our agent told you \"rules are rules\"; we are looking into it",
				"If you hear nothing for three days, please tell us", "What happened, in writing", "We tell you what we found", "One person looks after this", "Your next order goes first",
				"We find out where your parcel is",
			},
		},
	}
}
