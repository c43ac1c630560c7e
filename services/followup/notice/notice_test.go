package notice_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/followup/notice"
)

func config(t *testing.T) notice.Config {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	return notice.Config{
		Zone: zone, Fallback: "zh-Hans",
		Above: map[string]string{"zh-Hans": "可以找主管。", "zh-Hant": "可以找主管（繁）。", "en": "Ask for the supervisor."},
	}
}

func newWriter(t *testing.T) *notice.Writer {
	t.Helper()
	files, err := notice.Templates()
	require.NoError(t, err)
	w, err := notice.New(files, config(t))
	require.NoError(t, err)
	return w
}

func letter() notice.Letter {
	at := time.Date(2026, time.January, 2, 7, 4, 30, 0, time.UTC)
	return notice.Letter{
		DisplayName: "王女士", Reference: "R-7K3M-9QX2-C", Team: "客户关怀组",
		ContactTime: at, CallbackTime: at.Add(24 * time.Hour), ResolutionTime: at.Add(72 * time.Hour),
	}
}

func TestAcknowledgementTellsAllThatItMust(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	w := newWriter(t)
	for language, told := range map[string][]string{
		"zh-Hans": {"谢谢", "心情", "2026年1月2日（星期五）15:05（UTC+8）", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05", "可以找主管。"},
		"zh-Hant": {"謝謝", "心情", "2026年1月2日（星期五）15:05（UTC+8）", "2026年1月3日（星期六）15:05", "2026年1月5日（星期一）15:05", "可以找主管（繁）。"},
		"en":      {"Thank you", "how you feel", "Friday, 2 January 2026, 15:05 (UTC+8)", "Saturday, 3 January 2026, 15:05", "Monday, 5 January 2026, 15:05", "supervisor"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			text, err := w.Acknowledgement(language, letter())
			require.NoError(t, err)
			for _, part := range append(told, "王女士", "R-7K3M-9QX2-C", "客户关怀组") {
				require.Contains(t, text, part)
			}
			// Neither liability nor its denial (ACK-1), and nothing left unfilled.
			for _, word := range []string{"我们的错", "我們的錯", "责任", "責任", "赔", "賠", "our fault", "liab", "sorry", "apolog", "<no value>", "{{"} {
				require.NotContains(t, strings.ToLower(text), word)
			}
		})
	}
}

func TestNameAndTeamMayBeUnknown(t *testing.T) {
	t.Parallel()
	unknown := letter()
	unknown.DisplayName, unknown.Team = "", ""
	for _, language := range notice.Languages() {
		text, err := newWriter(t).Acknowledgement(language, unknown)
		require.NoError(t, err)
		first, _, _ := strings.Cut(text, "\n")
		require.Contains(t, []string{"您好！", "Hello,"}, first)
		require.NotContains(t, text, "由为")
		require.NotContains(t, text, "with our .")
	}
}

func TestUnknownLanguageIsAnError(t *testing.T) {
	t.Parallel()
	_, err := newWriter(t).Acknowledgement("fr", letter())
	require.ErrorContains(t, err, `"fr"`)
}

func TestMissingAboveFallsBack(t *testing.T) {
	t.Parallel()
	files, err := notice.Templates()
	require.NoError(t, err)
	cfg := config(t)
	delete(cfg.Above, "en")
	w, err := notice.New(files, cfg)
	require.NoError(t, err)
	text, err := w.Acknowledgement("en", letter())
	require.NoError(t, err)
	require.Contains(t, text, "可以找主管。")
}

func TestBrokenTemplatesAreRefusedAtTheStart(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	files, err := notice.Templates()
	require.NoError(t, err)
	whole, err := fs.ReadFile(files, "acknowledgement.en.txt")
	require.NoError(t, err)
	tests := map[string]struct {
		text, problem string
	}{
		"syntax":                   {text: "{{.Reference", problem: "acknowledgement.en.txt"},
		"unknown variable":         {text: string(whole) + "{{.Refund}}", problem: "Refund"},
		"no reference":             {text: strings.ReplaceAll(string(whole), "{{.Reference}}", ""), problem: "does not tell Reference"},
		"no contact time":          {text: strings.ReplaceAll(string(whole), "{{when .ContactTime}}", "soon"), problem: "does not tell ContactTime"},
		"no declared callback":     {text: strings.ReplaceAll(string(whole), "{{when .CallbackTime}}", ""), problem: "does not tell CallbackTime"},
		"no way to escalate":       {text: strings.ReplaceAll(string(whole), "{{.Above}}", ""), problem: "does not tell Above"},
		"resolution shows contact": {text: strings.ReplaceAll(string(whole), ".ResolutionTime", ".ContactTime"), problem: "does not tell ResolutionTime"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := fstest.MapFS{"acknowledgement.en.txt": {Data: []byte(test.text)}}
			for _, language := range []string{"zh-Hans", "zh-Hant"} {
				file := "acknowledgement." + language + ".txt"
				text, err := fs.ReadFile(files, file)
				require.NoError(t, err)
				broken[file] = &fstest.MapFile{Data: text}
			}
			_, err := notice.New(broken, config(t))
			require.ErrorContains(t, err, test.problem)
		})
	}
	t.Run("missing language", func(t *testing.T) {
		t.Parallel()
		_, err := notice.New(fstest.MapFS{}, config(t))
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("nobody above", func(t *testing.T) {
		t.Parallel()
		cfg := config(t)
		cfg.Above = map[string]string{"en": "Ask."}
		_, err := notice.New(files, cfg)
		require.ErrorContains(t, err, "zh-Hans")
	})
}

func TestWhenRoundsUpAndNamesTheOffset(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.December, 31, 18, 29, 59, 1000, time.UTC)
	require.Equal(t, "Friday, 1 January 2027, 00:00 (UTC+5:30)", notice.When("en", at, time.FixedZone("", 19800)))
	require.Equal(t, "2026年12月31日（星期四）15:00（UTC-3:30）", notice.When("zh-Hant", at, time.FixedZone("", -12600)))
	whole := at.Truncate(time.Minute)
	require.Equal(t, "Thursday, 31 December 2026, 18:29 (UTC+0)", notice.When("en", whole, time.UTC))
}
