package playbook

import (
	"cmp"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Book are the policy's playbooks, read once. It never changes and is safe for concurrent use.
type Book struct {
	playbooks []*policyv1.Playbook
	// plays are those of each playbook.
	plays  [][]Play
	byName map[string]Play
	// never finds what playbooks say never to say; a list is the number of the playbook.
	never *wording.Phrases
	// needs finds what plays are good for; a list is the number of the play.
	needs   *wording.Phrases
	checker *wording.Checker
}

// Play is an option of a playbook.
type Play struct {
	*policyv1.Play
	// Name is "playbooks/{playbook}/plays/{play}".
	Name string
	// Playbook is where it stands.
	Playbook *policyv1.Playbook
	// number counts the plays of all playbooks.
	number int
	// against are the playbooks, by number, that say never to say what its words say.
	against []int
}

// Matter is what a complaint is about, as assessed; the zero value before that.
type Matter struct {
	// Scenario is what it is about.
	Scenario policyv1.Scenario
	// Causes are why it came to it.
	Causes []policyv1.Cause
	// Product is the product's code.
	Product string
}

// New reads the playbooks of a checked policy. The checker knows what is quoted rather than said. It fails when the tables of Chinese
// characters cannot be read.
func New(section *policyv1.Playbooks, checker *wording.Checker) (*Book, error) {
	b := &Book{playbooks: section.GetPlaybooks(), byName: make(map[string]Play), checker: checker}
	never := make([][]string, len(b.playbooks))
	var needs [][]string
	for i, book := range b.playbooks {
		for _, phrases := range book.GetNeverSay() {
			never[i] = append(never[i], phrases.GetPhrases()...)
		}
		for _, play := range book.GetPlays() {
			needs = append(needs, play.GetNeedWords())
		}
	}
	var err error
	if b.never, err = wording.NewPhrases(never); err != nil {
		return nil, err
	}
	if b.needs, err = wording.NewPhrases(needs); err != nil {
		return nil, err
	}
	for _, book := range b.playbooks {
		var plays []Play
		for _, play := range book.GetPlays() {
			p := Play{
				Play: play, Playbook: book, number: len(b.byName), against: b.against(play),
				Name: "playbooks/" + book.GetId() + "/plays/" + play.GetId(),
			}
			b.byName[p.Name] = p
			plays = append(plays, p)
		}
		b.plays = append(b.plays, plays)
	}
	return b, nil
}

// against are the playbooks that forbid what a play says.
func (b *Book) against(play *policyv1.Play) []int {
	var against []int
	say := func(texts map[string]string) {
		for _, text := range texts {
			for _, said := range b.never.In(text, b.all()...) {
				against = append(against, said.Lists...)
			}
		}
	}
	say(play.GetWording())
	for _, part := range play.GetParts() {
		say(part.GetContents())
	}
	slices.Sort(against)
	return slices.Compact(against)
}

// all are the numbers of all playbooks.
func (b *Book) all() []int {
	numbers := make([]int, len(b.playbooks))
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// Play is the play of a name; false when the policy has none.
func (b *Book) Play(name string) (Play, bool) {
	play, ok := b.byName[name]
	return play, ok
}

// Playbooks are all of them, in the policy's order. They are shared: callers must not change them.
func (b *Book) Playbooks() []*policyv1.Playbook { return b.playbooks }

// fitting are the numbers of the playbooks that are for a matter. Of several the one that says most about it comes first: the product
// says more than the cause, and the cause more than the scenario.
func (b *Book) fitting(m Matter) []int {
	var numbers []int
	says := make(map[int]int)
	for i, book := range b.playbooks {
		if points, fits := fit(book, m); fits {
			numbers, says[i] = append(numbers, i), points
		}
	}
	slices.SortStableFunc(numbers, func(i, j int) int { return cmp.Compare(says[j], says[i]) })
	return numbers
}

// fit tells whether a playbook is for a matter, and how much it says about it.
func fit(book *policyv1.Playbook, m Matter) (points int, fits bool) {
	if len(book.GetScenarios()) > 0 {
		if !slices.Contains(book.GetScenarios(), m.Scenario) {
			return 0, false
		}
		points++
	}
	if len(book.GetCauses()) > 0 {
		if !slices.ContainsFunc(m.Causes, func(c policyv1.Cause) bool { return slices.Contains(book.GetCauses(), c) }) {
			return 0, false
		}
		points += 2
	}
	if len(book.GetProducts()) > 0 {
		if !slices.ContainsFunc(book.GetProducts(), func(p string) bool { return isOf(m.Product, p) }) {
			return 0, false
		}
		points += 4
	}
	return points, true
}

// isOf tells whether a product's code is a playbook's, in whatever case, or one of its kind: broadband-100m is of broadband.
func isOf(product, listed string) bool {
	if len(product) < len(listed) || !strings.EqualFold(product[:len(listed)], listed) {
		return false
	}
	rest := product[len(listed):]
	return rest == "" || strings.ContainsRune("-_./: ", rune(rest[0]))
}

// Plays are those of the playbooks that are for a matter, of the one that says most about it first. What one of these playbooks says
// never to say is not among them.
func (b *Book) Plays(m Matter) []Play {
	var plays []Play
	numbers := b.fitting(m)
	for _, i := range numbers {
		for _, play := range b.plays[i] {
			if !slices.ContainsFunc(play.against, func(against int) bool { return slices.Contains(numbers, against) }) {
				plays = append(plays, play)
			}
		}
	}
	return plays
}

// Validation shows the customer that the feeling was heard, in the words of the playbook that says most about the matter; empty when none
// has words in the language.
func (b *Book) Validation(m Matter, language string) string {
	for _, i := range b.fitting(m) {
		if words := b.playbooks[i].GetValidation()[language]; words != "" {
			return words
		}
	}
	return ""
}

// NeverSay are the phrases of a language that are never to be said of a matter.
func (b *Book) NeverSay(m Matter, language string) []string {
	var phrases []string
	for _, i := range b.fitting(m) {
		for _, phrase := range b.playbooks[i].GetNeverSay()[language].GetPhrases() {
			if !slices.Contains(phrases, phrase) {
				phrases = append(phrases, phrase)
			}
		}
	}
	return phrases
}

// Said is a phrase that should not have been said.
type Said struct {
	wording.Phrase
	// Playbook is the one that says so: "playbooks/{playbook}"; of several the one that says most about the matter.
	Playbook string
}

// NeverSaid finds in a text, of whatever language, what is never to be said of a matter. What the text quotes somebody else with is not
// said.
func (b *Book) NeverSaid(m Matter, text string) []Said {
	var all []Said
	numbers := b.fitting(m)
	for _, phrase := range b.checker.Said(b.never, text, numbers...) {
		for _, i := range numbers {
			if slices.Contains(phrase.Lists, i) {
				all = append(all, Said{phrase, "playbooks/" + b.playbooks[i].GetId()})
				break
			}
		}
	}
	return all
}

// Needs is what a customer needs, read once for all plays.
type Needs struct{ words map[int][]string }

// Needs reads what the customer needs.
func (b *Book) Needs(need string) Needs {
	words := make(map[int][]string)
	var plays []int
	for i := range len(b.byName) {
		plays = append(plays, i)
	}
	for _, found := range b.needs.In(need, plays...) {
		for _, play := range found.Lists {
			if !slices.Contains(words[play], found.Quote) {
				words[play] = append(words[play], found.Quote)
			}
		}
	}
	return Needs{words}
}

// Speak are the words of the need that speak for a play, in their order.
func (n Needs) Speak(p Play) []string { return n.words[p.number] }
