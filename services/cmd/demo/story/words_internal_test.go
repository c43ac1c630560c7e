package story

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// values finds the names of the values in a text.
func values(text string) []string {
	return regexp.MustCompile(`\{[a-zA-Z]+\}`).FindAllString(text, -1)
}

// TestLanguagesTellTheSame proves that each text is there in both languages and tells the same values.
func TestLanguagesTellTheSame(t *testing.T) {
	t.Parallel()
	english, err := newWords("en")
	require.NoError(t, err)
	chinese, err := newWords("zh")
	require.NoError(t, err)
	for key, text := range english.texts {
		other, ok := chinese.texts[key]
		require.True(t, ok, "zh.yaml has no %s", key)
		require.ElementsMatch(t, values(text), values(other), key)
	}
	require.Len(t, chinese.texts, len(english.texts))
	_, err = newWords("fr")
	require.ErrorContains(t, err, "en and zh")
}

// TestEveryTextIsThere proves that no key that the program says is without words.
func TestEveryTextIsThere(t *testing.T) {
	t.Parallel()
	w, err := newWords("en")
	require.NoError(t, err)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	said := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`say\("([a-z.]+[a-z])"[,)]`).FindAllStringSubmatch(string(source), -1) {
			require.Contains(t, w.texts, found[1], file)
			said++
		}
	}
	require.Greater(t, said, 20)
}

// TestEventsHaveWords proves that the words for an event exist under its type, and name values that such an event has.
func TestEventsHaveWords(t *testing.T) {
	t.Parallel()
	w, err := newWords("en")
	require.NoError(t, err)
	kinds := (&eventv1.Payload{}).ProtoReflect().Descriptor().Fields()
	checked := 0
	for key, text := range w.texts {
		name, ok := strings.CutPrefix(key, "event.")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ".")
		field := kinds.ByName(protoreflect.Name(name))
		require.NotNil(t, field, "%s: there is no such event", key)
		for _, value := range values(text) {
			require.NotNil(t, field.Message().Fields().ByJSONName(strings.Trim(value, "{}")), "%s has no %s", key, value)
		}
		checked++
	}
	require.Greater(t, checked, 15)
	require.Equal(t, "(event.of_the_future)", w.say("event.of_the_future"))
	require.Equal(t, "FUTURE", w.name("kind", "FUTURE"))
}
