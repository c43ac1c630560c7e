package playbook_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// standard is the checker and the playbooks of the built-in policy.
type standard struct {
	checker *wording.Checker
	book    *playbook.Book
}

var built = sync.OnceValues(func() (standard, error) {
	p, err := policy.Default()
	if err != nil {
		return standard{}, err
	}
	checker, err := wording.New(p.Proto().GetWording())
	if err != nil {
		return standard{}, err
	}
	book, err := playbook.New(p.Proto().GetPlaybooks(), checker)
	return standard{checker, book}, err
})

func open(t *testing.T) (*playbook.Book, *wording.Checker) {
	t.Helper()
	all, err := built()
	require.NoError(t, err)
	return all.book, all.checker
}

// books reads playbooks of a test.
func books(t *testing.T, all ...*policyv1.Playbook) *playbook.Book {
	t.Helper()
	_, checker := open(t)
	b, err := playbook.New(&policyv1.Playbooks{Playbooks: all}, checker)
	require.NoError(t, err)
	return b
}

func names(plays []playbook.Play) []string {
	var all []string
	for _, p := range plays {
		all = append(all, p.Name)
	}
	return all
}

func one(id string) []*policyv1.Play { return []*policyv1.Play{{Id: id}} }

// TestWhatSaysMostIsAskedFirst: the product says more than the cause, and the cause more than the scenario (REM-2).
func TestWhatSaysMostIsAskedFirst(t *testing.T) {
	covers.Requirement(t, "REM-2")
	t.Parallel()
	b := books(t,
		&policyv1.Playbook{Id: "any", Plays: one("a")},
		&policyv1.Playbook{Id: "price", Scenarios: []policyv1.Scenario{policyv1.Scenario_PRICE}, Plays: one("b"), Validation: map[string]string{"en": "Dear."}},
		&policyv1.Playbook{Id: "rigid", Causes: []policyv1.Cause{policyv1.Cause_STAFF_RIGID}, Plays: one("c")},
		&policyv1.Playbook{Id: "lock", Products: []string{"Door-Lock"}, Plays: one("d"), Validation: map[string]string{"zh-Hans": "锁在门外。"}},
		&policyv1.Playbook{Id: "late", Scenarios: []policyv1.Scenario{policyv1.Scenario_LOGISTICS}, Plays: one("e")},
	)
	all := playbook.Matter{Scenario: policyv1.Scenario_PRICE, Causes: []policyv1.Cause{policyv1.Cause_THIRD_PARTY, policyv1.Cause_STAFF_RIGID}, Product: "door-lock"}
	require.Equal(t, []string{"playbooks/lock/plays/d", "playbooks/rigid/plays/c", "playbooks/price/plays/b", "playbooks/any/plays/a"}, names(b.Plays(all)))
	require.Equal(t, "锁在门外。", b.Validation(all, "zh-Hans"))
	require.Equal(t, "Dear.", b.Validation(all, "en"), "of the next one that has words")
	require.Empty(t, b.Validation(all, "zh-Hant"))
	require.Equal(t, []string{"playbooks/any/plays/a"}, names(b.Plays(playbook.Matter{})), "what was not assessed is for all")
	play, ok := b.Play("playbooks/lock/plays/d")
	require.True(t, ok)
	require.Equal(t, "lock", play.Playbook.GetId())
	_, ok = b.Play("playbooks/lock/plays/e")
	require.False(t, ok)
	require.Len(t, b.Playbooks(), 5)
}

// TestNeverSaid: a playbook's phrases are found for its matter alone, in whatever language, and not where they are quoted (REM-2, SAY-1).
func TestNeverSaid(t *testing.T) {
	covers.Requirement(t, "REM-2", "SAY-1")
	t.Parallel()
	b, _ := open(t)
	logistics := playbook.Matter{Scenario: policyv1.Scenario_LOGISTICS}
	said := b.NeverSaid(logistics, "您好，這是物流公司的事。")
	require.Len(t, said, 1)
	require.Equal(t, "這是物流公司的事", said[0].Quote)
	require.Equal(t, "playbooks/logistics", said[0].Playbook)
	require.Empty(t, b.NeverSaid(playbook.Matter{Scenario: policyv1.Scenario_QUALITY}, "您好，這是物流公司的事。"))
	require.Empty(t, b.NeverSaid(logistics, "您说客服告诉您“这是物流公司的事”，我们正在核实。"))
	require.Equal(t, "playbooks/any", b.NeverSaid(playbook.Matter{}, "Rules are rules.")[0].Playbook)
	require.Contains(t, b.NeverSay(logistics, "en"), "you signed for it")
	require.Contains(t, b.NeverSay(logistics, "en"), "rules are rules", "what holds for all holds here")
	require.NotContains(t, b.NeverSay(logistics, "en"), "that is normal")
}

// TestAPlayThatSaysWhatIsNeverSaidIsNone.
func TestAPlayThatSaysWhatIsNeverSaidIsNone(t *testing.T) {
	t.Parallel()
	never := map[string]*policyv1.Phrases{"en": {Phrases: []string{"rules are rules"}}}
	b := books(t,
		&policyv1.Playbook{Id: "any", NeverSay: never, Plays: one("kind")},
		&policyv1.Playbook{Id: "stern", Plays: []*policyv1.Play{{Id: "no", Wording: map[string]string{"en": "Well, Rules are rules."}}}},
		&policyv1.Playbook{Id: "harsh", Scenarios: []policyv1.Scenario{policyv1.Scenario_PRICE}, Plays: []*policyv1.Play{{
			Id: "no", Parts: []*policyv1.PlayPart{{Contents: map[string]string{"en": "rules are rules"}}},
		}}},
	)
	require.Equal(t, []string{"playbooks/any/plays/kind"}, names(b.Plays(playbook.Matter{Scenario: policyv1.Scenario_PRICE})))
}

// TestNeeds: words count as whole words, in either way to write Chinese, once each (REC-2).
func TestNeeds(t *testing.T) {
	covers.Requirement(t, "REC-2")
	t.Parallel()
	b, _ := open(t)
	pause, ok := b.Play("playbooks/telecom-contract/plays/pause")
	require.True(t, ok)
	for need, want := range map[string][]string{
		"担心孩子暑假玩游戏，先停两个月，孩子开学再用":                           {"孩子", "暑假", "游戏", "先停"},
		"擔心孩子暑假玩遊戲":                                        {"孩子", "暑假", "遊戲"},
		"Pause it over the holidays, my CHILD plays games": {"Pause", "holidays", "CHILD", "games"},
		"childish gamers": nil,
		"":                nil,
	} {
		require.Equal(t, want, b.Needs(need).Speak(pause), need)
	}
}

// TestBuiltInPlaybooksSayNothingWrong: what we put into people's mouths passes the checks that we make of what they write, in every
// language, and no playbook says what another one forbids (REM-2, SAY-1, PROM-2).
func TestBuiltInPlaybooksSayNothingWrong(t *testing.T) {
	covers.Requirement(t, "REM-2", "SAY-1", "PROM-2")
	t.Parallel()
	b, checker := open(t)
	check := func(where string, texts map[string]string) {
		require.Len(t, texts, 3, where)
		for language, text := range texts {
			text = strings.NewReplacer("{due}", "in 24 hours", "{amount}", "20").Replace(text)
			for _, found := range checker.Check(wording.Draft{Text: text, LanguageCode: language, Kind: policyv1.LetterTemplate_REMEDY}) {
				t.Errorf("%s: %s: %q: %s", where, language, found.Quote, found.Why)
			}
			for _, book := range b.Playbooks() {
				m := playbook.Matter{Product: strings.Join(book.GetProducts()[:min(1, len(book.GetProducts()))], "")}
				for _, scenario := range book.GetScenarios() {
					m.Scenario = scenario
				}
				require.Empty(t, b.NeverSaid(m, text), where)
			}
		}
	}
	for _, book := range b.Playbooks() {
		check(book.GetId(), book.GetValidation())
		require.Len(t, book.GetNeverSay(), 3, book.GetId())
		for _, play := range book.GetPlays() {
			where := fmt.Sprintf("%s/%s", book.GetId(), play.GetId())
			check(where, play.GetWording())
			for _, part := range play.GetParts() {
				check(where, part.GetContents())
			}
		}
	}
}

// TestNeverSayIsSaid: every phrase of the built-in playbooks is found in its own scenario, in traditional characters and to 你 as well.
func TestNeverSayIsSaid(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	phrases := 0
	for _, book := range b.Playbooks() {
		m := playbook.Matter{}
		if len(book.GetScenarios()) > 0 {
			m.Scenario = book.GetScenarios()[0]
		}
		if len(book.GetProducts()) > 0 {
			m.Product = book.GetProducts()[0]
		}
		for language, list := range book.GetNeverSay() {
			for _, phrase := range list.GetPhrases() {
				phrases++
				for _, text := range []string{phrase, "Well: " + strings.ToUpper(phrase) + ".", strings.ReplaceAll(phrase, "您", "你")} {
					require.NotEmpty(t, b.NeverSaid(m, text), "%s %s: %q", book.GetId(), language, text)
				}
			}
		}
	}
	require.Greater(t, phrases, 100)
}
