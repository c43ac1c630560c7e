package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/letter"
)

// TestTheClosingLetterPromisesWhatIsPlanned: that somebody asks once more is said where somebody does, and in no language otherwise.
func TestTheClosingLetterPromisesWhatIsPlanned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "REM-6")
	letters := parsed(t, "{}").Letters()
	for language, promise := range map[string]string{
		"zh-Hans": "之后我们会再向您回访一次。如果事情没有真正解决", "zh-Hant": "之後我們會再向您回訪一次。如果事情沒有真正解決",
		"en": "We will ask you once more later how things are. If it is not really solved",
	} {
		for _, asked := range []bool{true, false} {
			facts := letter.Facts{Reference: "CMP-1", AskedAgain: asked}
			written, err := letters.Write(letters.Closing(), language, facts, map[string]string{"result": "x"})
			require.NoError(t, err)
			if asked {
				require.Contains(t, written.Text, promise)
				continue
			}
			for _, word := range []string{"回访", "回訪", "once more", "later", "yes"} {
				require.NotContains(t, written.Text, word, language)
			}
			require.Contains(t, written.Text, map[string]string{"en": "\n\nIf it is not really solved", "zh-Hans": "\n\n如果", "zh-Hant": "\n\n如果"}[language])
		}
	}
}
