package story

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/suite"
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

// TestNamesHaveWords proves that nobody reads a name of the contract in capitals: of a duty, a severity, a signal, a reason, an obstacle.
func TestNamesHaveWords(t *testing.T) {
	t.Parallel()
	w, err := newWords("en")
	require.NoError(t, err)
	for of, kind := range map[string]protoreflect.EnumDescriptor{
		"kind": policyv1.DutyKind(0).Descriptor(), "severity": policyv1.Severity(0).Descriptor(), "previous": policyv1.Severity(0).Descriptor(),
		"escalatedKind": policyv1.SignalKind(0).Descriptor(), "reason": routingv1.Escalation_Reason(0).Descriptor(),
		"obstacle": routingv1.ConsideredAgent_Obstacle(0).Descriptor(),
	} {
		for i := range kind.Values().Len() {
			if value := kind.Values().Get(i); value.Number() != 0 {
				require.Contains(t, w.texts, of+"."+string(value.Name()))
			}
		}
	}
	require.Contains(t, w.texts, "obstacle.OBSTACLE_UNSPECIFIED", "nothing stands in the way")
}

// TestEveryEventHasWords proves that nobody reads the key of an event instead of what happened: there are words for each kind, or for each of what
// it distinguishes.
func TestEveryEventHasWords(t *testing.T) {
	t.Parallel()
	w, err := newWords("en")
	require.NoError(t, err)
	kinds := (&eventv1.Payload{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	for i := range kinds.Len() {
		key := "event." + string(kinds.Get(i).Name())
		told := slices.ContainsFunc(slices.Collect(maps.Keys(w.texts)), func(k string) bool { return k == key || strings.HasPrefix(k, key+".") })
		require.True(t, told, key)
	}
	abouts := routingv1.Notice_About(0).Descriptor().Values()
	for i := range abouts.Len() {
		if about := abouts.Get(i); about.Number() != 0 && about.Number() != routingv1.Notice_WARNING.Number() {
			require.Contains(t, w.texts, "event.notice_sent."+string(about.Name()))
		}
	}
}

// TestLevelsAreCalledWhatTheyAre proves that the levels of the ladder have the words of those who stand there by the demo policy.
func TestLevelsAreCalledWhatTheyAre(t *testing.T) {
	t.Parallel()
	demo, err := suite.LoadPolicy("../../../../deploy/standalone/policy-demo.yaml")
	require.NoError(t, err)
	w, err := newWords("en")
	require.NoError(t, err)
	levels := demo.Proto().GetLadder().GetLevels()
	for i, level := range levels {
		called := map[policyv1.LadderRole]string{
			policyv1.LadderRole_TEAM_SUPERVISOR: "supervisor", policyv1.LadderRole_DEPARTMENT_MANAGER: "department manager",
			policyv1.LadderRole_COMPANY_EXECUTIVE: "executive",
		}[level.GetRole()]
		number := strconv.Itoa(i + 1)
		require.Equal(t, number+" ("+called+")", w.name("level", number))
	}
	require.Equal(t, "4", w.name("level", strconv.Itoa(len(levels)+1)))
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
