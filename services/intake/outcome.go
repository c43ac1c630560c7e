package intake

import (
	"cmp"
	"maps"
)

// withResult adds to what a writer gives what is on record of how the complaint ended (REM-6): what the customer was told when it was
// resolved, or that there was no answer to what was offered.
func withResult(given map[string]string, c *Complaint, details Details, language string) map[string]string {
	result := details.Resolution
	if c.Outcome == Unreachable {
		result = cmp.Or(result, silence(language))
	}
	if c.Open() || result == "" || given["result"] != "" {
		return given
	}
	all := map[string]string{"result": result}
	maps.Copy(all, given)
	return all
}

// silence says why a complaint was ended whose customer did not answer (REM-4). It blames nobody, and leaves the door open.
func silence(language string) string {
	switch language {
	case "zh-Hans":
		return "我们提出了处理方案，也再次联系过您，还没有收到答复，所以先把这件投诉结束。您随时可以答复，我们接着办理。"
	case "zh-Hant":
		return "我們提出了處理方案，也再次聯絡過您，還沒有收到答覆，所以先把這件投訴結束。您隨時可以答覆，我們接著辦理。"
	default:
		return "We offered you a solution and got in touch once more, and have had no answer, so we end it for now. Answer at any time, and we go on."
	}
}
