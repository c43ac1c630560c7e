package playbook

// NeverSayWhy says in a language why a phrase should not be said that a playbook forbids.
func NeverSayWhy(language string) string {
	switch language {
	case "en":
		return "The playbook for such complaints says never to say it: customers hear that they do not matter."
	case "zh-Hant":
		return "這類投訴的處理手冊寫明不要這樣說：客戶聽到的是自己不被當回事。"
	default:
		return "这类投诉的处理手册写明不要这样说：客户听到的是自己不被当回事。"
	}
}
