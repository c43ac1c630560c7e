package letter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/policy"
)

func config(t *testing.T) letter.Config {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	return letter.Config{
		Zone: zone, Fallback: "zh-Hans",
		Above: map[string]string{"zh-Hans": "可以找主管。", "zh-Hant": "可以找主管（繁）。", "en": "Ask for the supervisor."},
	}
}

// templates are those of the built-in policy.
func templates(t *testing.T) []*policyv1.LetterTemplate {
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	return p.Proto().GetWording().GetTemplates()
}

func book(t *testing.T) *letter.Book {
	t.Helper()
	b, err := letter.New(templates(t), config(t))
	require.NoError(t, err)
	return b
}

func languages() []string { return []string{"zh-Hans", "zh-Hant", "en"} }

func facts() letter.Facts {
	at := time.Date(2026, time.January, 2, 7, 4, 30, 0, time.UTC)
	return letter.Facts{
		DisplayName: "王女士", Reference: "R-7K3M-9QX2-C", Team: "客户关怀组",
		ContactTime: at, CallbackTime: at.Add(24 * time.Hour), ResolutionTime: at.Add(72 * time.Hour),
		SettleTime: at.Add(-time.Hour), Answer: "<answer>", Remedy: "<remedy>", GoesOn: "R-ANOTHER", Attempts: 3,
		DueTime: at.Add(720 * time.Hour), ExpireTime: at.Add(96 * time.Hour),
	}
}

// given is something for each variable that a writer gives.
func given(kind policyv1.LetterTemplate_Kind) map[string]string {
	values := make(map[string]string)
	for _, name := range letter.Given(letter.Variables(kind)) {
		values[name] = "<" + name + ">"
	}
	return values
}

func TestAcknowledgementTellsAllThatItMust(t *testing.T) {
	covers.Requirement(t, "ACK-1", "SAY-1")
	t.Parallel()
	b := book(t)
	require.Equal(t, "acknowledgement", b.Acknowledgement())
	for language, told := range map[string][]string{
		"zh-Hans": {"谢谢", "心情", "2026年1月2日（星期五）15:05（UTC+8）", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05", "可以找主管。"},
		"zh-Hant": {"謝謝", "心情", "2026年1月2日（星期五）15:05（UTC+8）", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05", "可以找主管（繁）。"},
		"en":      {"Thank you", "how you feel", "Friday, 2 January 2026, 15:05 (UTC+8)", "Saturday, 3 January 2026, 15:05", "Monday, 5 January 2026, 15:05", "supervisor"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			written, err := b.Write(b.Acknowledgement(), language, facts(), nil)
			require.NoError(t, err)
			for _, part := range append(told, "王女士", "R-7K3M-9QX2-C", "客户关怀组") {
				require.Contains(t, written.Text, part)
			}
			// Neither liability nor its denial (SAY-1), and nothing left unfilled.
			for _, word := range []string{"我们的错", "我們的錯", "责任", "責任", "赔", "賠", "our fault", "liab", "sorry", "apolog", "<no value>", "{{"} {
				require.NotContains(t, strings.ToLower(written.Text), word)
			}
		})
	}
}

// What is over is not promised: the acknowledgement of a complaint that was received long ago says what is still to come.
func TestAcknowledgementDoesNotPromiseWhatIsOver(t *testing.T) {
	covers.Requirement(t, "ACK-1", "REC-8")
	t.Parallel()
	b := book(t)
	times := map[string][3]string{
		"zh-Hans": {"2026年1月2日（星期五）15:05", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05"},
		"zh-Hant": {"2026年1月2日（星期五）15:05", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05"},
		"en":      {"2 January 2026", "3 January 2026", "5 January 2026"},
	}
	instead := map[string][3]string{
		"zh-Hans": {"专人会马上与您联系", "专人会马上联系您", "会告诉您何时有结果"},
		"zh-Hant": {"專人會馬上與您聯絡", "專人會馬上聯絡您", "會告訴您何時有結果"},
		"en":      {"in touch with you at once", "we call you at once", "says when it comes"},
	}
	for _, language := range languages() {
		for over, now := range []time.Time{
			facts().ContactTime.Add(-time.Microsecond), facts().ContactTime, facts().CallbackTime, facts().ResolutionTime.Add(time.Hour),
		} {
			f := facts()
			f.Now = now
			written, err := b.Write(b.Acknowledgement(), language, f, nil)
			require.NoError(t, err)
			for i := range 3 {
				require.Equal(t, i >= over, strings.Contains(written.Text, times[language][i]), "%s, %d are over: %s", language, over, written.Text)
				require.Equal(t, i < over, strings.Contains(written.Text, instead[language][i]), "%s, %d are over: %s", language, over, written.Text)
			}
			for _, gap := range []string{"最迟在，", "最遲在，", "by  ", "by ,", "  ", "\n\n\n", "{{"} {
				require.NotContains(t, written.Text, gap)
			}
		}
	}
	f := facts()
	f.CallbackTime, f.Now = time.Time{}, f.ContactTime
	_, err := b.Write(b.Acknowledgement(), "en", f, nil)
	var missing *letter.MissingError
	require.ErrorAs(t, err, &missing, "a time that is not known is not one that is over")
}

// Every letter is written whatever is known, tells what it is given, and leaves no gap where something is unknown.
func TestEveryLetterInEveryLanguage(t *testing.T) {
	covers.Requirement(t, "SAY-1")
	t.Parallel()
	b := book(t)
	require.Equal(t, []string{
		"acknowledgement", "answer", "remedy", "refusal", "contact-ended", "closing", "closing-without-reply", "settled", "not-a-complaint", "withdrawn", "survey", "survey-reminder",
		"merged", "unreached", "extension",
	}, b.Templates())
	require.Equal(t, []string{"survey", "survey-reminder"}, []string{b.Survey(false), b.Survey(true)})
	require.Equal(t, []string{"unreached", "extension"}, []string{b.Unreached(), b.Extension()})
	require.Equal(t, []string{"not-a-complaint", "withdrawn", "merged"}, []string{b.NotAComplaint(), b.Withdrawn(), b.Merged()})
	for _, id := range b.Templates() {
		for _, language := range languages() {
			t.Run(id+" in "+language, func(t *testing.T) {
				t.Parallel()
				kind, ok := b.Kind(id)
				require.True(t, ok)
				values := given(kind)
				written, err := b.Write(id, language, facts(), values)
				require.NoError(t, err)
				for _, value := range values {
					require.Contains(t, written.Text, value)
				}
				require.Contains(t, written.Text, "R-7K3M-9QX2-C")
				require.Contains(t, written.Subject, "R-7K3M-9QX2-C")

				for _, v := range letter.Variables(kind) {
					if !v.Required {
						delete(values, v.Name)
					}
				}
				f := facts()
				f.DisplayName, f.Team = "", ""
				switch id {
				case b.Acknowledgement():
				case b.Settled():
					f = letter.Facts{Reference: f.Reference, SettleTime: f.SettleTime, Answer: f.Answer}
				default:
					f = letter.Facts{Reference: f.Reference, GoesOn: f.GoesOn, Attempts: f.Attempts, DueTime: f.DueTime, ExpireTime: f.ExpireTime}
				}
				written, err = b.Write(id, language, f, values)
				require.NoError(t, err)
				first, _, _ := strings.Cut(written.Text, "\n")
				require.Contains(t, []string{"您好！", "Hello,"}, first)
				for _, gap := range []string{"由为", "由為", "由跟", "our .", "our ;", "\n\n\n", "{{", "<no value>", "UTC+0", "由再", " ,", "  "} {
					require.NotContains(t, written.Text, gap)
				}
				require.True(t, strings.HasSuffix(written.Text, "\n"))
			})
		}
	}
}

func TestWhatIsGivenIsChecked(t *testing.T) {
	t.Parallel()
	b := book(t)
	_, err := b.Write("answer", "en", facts(), map[string]string{"next_step": "a call"})
	var missing *letter.MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "answer", missing.Variable)
	_, err = b.Write("answer", "en", facts(), map[string]string{"answer": " \n"})
	require.ErrorAs(t, err, &missing, "blanks are no answer")

	var unknown *letter.UnknownError
	for _, name := range []string{"answr", "reference"} {
		_, err = b.Write("answer", "en", facts(), map[string]string{"answer": "yes", name: "x"})
		require.ErrorAs(t, err, &unknown, "what Redress fills in is not for the writer to say")
		require.Equal(t, name, unknown.Variable)
		require.Equal(t, []string{"answer", "next_step"}, unknown.Given)
	}

	_, err = b.Write("thanks", "en", facts(), nil)
	require.ErrorIs(t, err, letter.ErrNoTemplate)
	_, ok := b.Kind("thanks")
	require.False(t, ok)
	_, err = b.Write("answer", "fr", facts(), map[string]string{"answer": "oui"})
	require.ErrorContains(t, err, `"fr"`)
}

// What is given is text: it is neither read as a template nor able to add a head to an e-mail.
func TestWhatIsGivenIsText(t *testing.T) {
	t.Parallel()
	f := facts()
	f.DisplayName = "{{.above}} <b>&\r\nBcc: x"
	f.Reference = "R\r\nBcc: x"
	written, err := book(t).Write("answer", "en", f, map[string]string{"answer": "{{.reference}} & <i>"})
	require.NoError(t, err)
	require.Contains(t, written.Text, "{{.above}} <b>&")
	require.Contains(t, written.Text, "{{.reference}} & <i>")
	require.NotContains(t, written.Subject, "\n")
	require.NotContains(t, written.Subject, "\r")
}

func TestMissingAboveFallsBack(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	delete(cfg.Above, "en")
	b, err := letter.New(templates(t), cfg)
	require.NoError(t, err)
	written, err := b.Write("acknowledgement", "en", facts(), nil)
	require.NoError(t, err)
	require.Contains(t, written.Text, "可以找主管。")
}

func TestNewRefusesWhatCheckRefuses(t *testing.T) {
	t.Parallel()
	broken := []*policyv1.LetterTemplate{{Id: "x", Kind: policyv1.LetterTemplate_ANSWER, Texts: map[string]*policyv1.LetterText{
		"en": {Subject: "x", Body: "{{.wrong}}"},
	}}}
	_, err := letter.New(broken, config(t))
	require.ErrorContains(t, err, "x in en")
	_, err = letter.New(nil, letter.Config{})
	require.ErrorContains(t, err, "time zone")
}

func TestCheck(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	whole := templates(t)[0].GetTexts()["en"].GetBody()
	cut := func(old, replacement string) string {
		require.Contains(t, whole, old)
		return strings.ReplaceAll(whole, old, replacement)
	}
	for name, tc := range map[string]struct{ body, problem string }{
		"as it is":                 {whole, ""},
		"comments":                 {whole + "{{/* for translators */}}", ""},
		"syntax":                   {"{{.reference", "unclosed action"},
		"unknown variable":         {whole + "{{.refund}}", "there is no such variable; there are reference, above"},
		"unknown in a branch":      {whole + "{{if .team}}{{else}}{{.refund}}{{end}}", "no such variable"},
		"of another kind":          {whole + "{{.answer}}", "no such variable"},
		"field of a field":         {whole + "{{.team.name}}", "variables only"},
		"the dot":                  {whole + "{{.}}", "variables only"},
		"dollar":                   {whole + "{{with .team}}{{$}}{{end}}", "variables only"},
		"variable inside with":     {whole + "{{with .team}}{{.reference}}{{end}}", "{{$.reference}}"},
		"dollar inside with":       {whole + "{{with .team}}{{$.reference}}{{end}}", ""},
		"else with":                {whole + "{{with .team}}{{.}}{{else with .display_name}}{{.}}{{else}}{{.reference}}{{end}}", ""},
		"a loop":                   {whole + "{{range .team}}{{end}}", "variables, with and if"},
		"a function":               {whole + "{{len .team}}", "variables only"},
		"an unknown function":      {whole + "{{exec .team}}", "not defined"},
		"a pipe":                   {whole + "{{.team | html}}", "variables only"},
		"a declaration":            {whole + "{{$x := .team}}", "variables only"},
		"a literal":                {whole + `{{"x"}}`, "variables only"},
		"a template":               {whole + `{{define "x"}}y{{end}}`, "defines a template"},
		"a call of a template":     {whole + `{{template "x"}}`, "variables, with and if"},
		"no reference":             {cut("{{.reference}}", ""), "does not tell reference"},
		"no contact time":          {cut("in touch with you by {{.}}", "in touch with you soon"), "does not tell contact_time"},
		"no declared callback":     {cut("by {{.}} a person speaks", "a person speaks"), "does not tell callback_time"},
		"nothing for a time over":  {cut("{{else}}A person will be in touch with you at once.", ""), ""},
		"a time over is a gap":     {cut("{{with .contact_time}}A person will be in touch with you by {{.}}.{{else}}A person will be in touch with you at once.{{end}}", "By {{.contact_time}}."), "what holds once contact_time is over"},
		"no way to escalate":       {cut("{{.above}}", ""), "does not tell above"},
		"resolution shows contact": {cut("by {{.}} you have our answer", "by {{$.contact_time}} you have our answer"), "does not tell resolution_time"},
		"no name":                  {cut("{{with .display_name}} {{.}}{{end}}", ""), "does not tell display_name"},
		"only with a team":         {cut("{{.above}}", "{{if .team}}{{.above}}{{end}}"), "does not tell above"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := letter.Check(policyv1.LetterTemplate_ACKNOWLEDGEMENT, &policyv1.LetterText{Subject: "{{.reference}}", Body: tc.body})
			if tc.problem == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			require.Equal(t, "body", problems[0].Field)
			require.Contains(t, problems[0].Message, tc.problem)
		})
	}
	for subject, problem := range map[string]string{"one\ntwo": "more than one line", "{{.wrong}}": "no such variable", "{{": "unclosed"} {
		problems := letter.Check(policyv1.LetterTemplate_ACKNOWLEDGEMENT, &policyv1.LetterText{Subject: subject, Body: whole})
		require.Len(t, problems, 1)
		require.Equal(t, "subject", problems[0].Field)
		require.Contains(t, problems[0].Message, problem)
	}
}

func TestWhenRoundsUpAndNamesTheOffset(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.December, 31, 18, 29, 59, 1000, time.UTC)
	require.Equal(t, "Friday, 1 January 2027, 00:00 (UTC+5:30)", letter.When("en", at, time.FixedZone("", 19800)))
	require.Equal(t, "2026年12月31日（星期四）15:00（UTC-3:30）", letter.When("zh-Hant", at, time.FixedZone("", -12600)))
	whole := at.Truncate(time.Minute)
	require.Equal(t, "Thursday, 31 December 2026, 18:29 (UTC+0)", letter.When("en", whole, time.UTC))
}

// TestWhatTheCustomerHasToKeepIsNeverToldLater than it is, in the letter either.
func TestWhatTheCustomerHasToKeepIsNeverToldLater(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 5, 20, 36, 2, 0, time.UTC)
	require.Equal(t, "Thursday, 5 March 2026, 20:36 (UTC+0)", letter.Until("en", at, time.UTC))
	require.Equal(t, "2026年3月6日（星期五）04:36（UTC+8）", letter.Until("zh-Hans", at.Add(57*time.Second), time.FixedZone("", 28800)))
	b := book(t)
	f := facts()
	f.ExpireTime, f.Zone = at, time.UTC
	written, err := b.Write(b.Survey(false), "en", f, map[string]string{"link": "https://firm.example/surveys/x"})
	require.NoError(t, err)
	require.Contains(t, written.Text, "20:36")
	require.NotContains(t, written.Text, "20:37")
}

// FuzzCheck: whatever a policy says, a letter that passes can be written; nothing panics.
func FuzzCheck(f *testing.F) {
	for _, body := range []string{
		"{{.reference}} {{.above}} {{.answer}} {{with .next_step}}{{.}}{{end}}", "{{with .team}}{{with $.above}}{{.}}{{end}}{{end}}",
		"{{if .team}}{{break}}{{end}}", "{{- .reference -}}", "{{nil}}", "{{.reference.x}}", "{{$.reference}}", "{{(.team)}}", "{{with (.team)}}{{.}}{{end}}",
		"{{and .team .above}}", "{{with $x := .team}}{{$x}}{{end}}", "{{block \"x\" .}}{{end}}", "\xff{{.answer}}",
	} {
		f.Add(body)
	}
	zone := time.UTC
	f.Fuzz(func(t *testing.T, body string) {
		kind := policyv1.LetterTemplate_ANSWER
		text := &policyv1.LetterText{Subject: "x", Body: body}
		if len(letter.Check(kind, text)) > 0 {
			return
		}
		b, err := letter.New([]*policyv1.LetterTemplate{{Id: "x", Kind: kind, Texts: map[string]*policyv1.LetterText{"en": text}}},
			letter.Config{Zone: zone, Above: map[string]string{"en": "above"}})
		require.NoError(t, err)
		_, err = b.Write("x", "en", letter.Facts{Reference: "R"}, map[string]string{"answer": "yes"})
		require.NoError(t, err)
	})
}
