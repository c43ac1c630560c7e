package remedy

import (
	"cmp"
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/playbook"
)

// Circumstances are what suggestions and warnings go by of a complaint.
type Circumstances struct {
	// Matter is what it is about; the zero value while it was not assessed.
	Matter playbook.Matter
	// Established is whether it was found to be so; unspecified while it was not assessed.
	Established policyv1.Establishment
	// OurFault is true when we are at fault, by ruling or, before that, by assessment (REM-3).
	OurFault bool
	// Motive is what the customer seeks.
	Motive policyv1.Motive
	// Need is what the customer really needs, in words; empty when it is not known, or not for the caller to read.
	Need string
	// Language is that of the words.
	Language string
	// Restated is true when the restatement is confirmed or excused (REC-4).
	Restated bool
	// Ruling is what was ruled on responsibility, as far as customers may be told.
	Ruling policyv1.Responsibility
}

// entitled tells whether the customer may ask for what the law or the contract gives.
func (c Circumstances) entitled() bool {
	return c.Established == policyv1.Establishment_ESTABLISHED || c.Established == policyv1.Establishment_PARTLY
}

// Judge is the first level that has to approve an option; 0 when its proposer may grant it alone (APPR-1).
type Judge func(*remedyv1.Option) int32

// suggester makes options of plays.
type suggester struct {
	book  *playbook.Book
	terms terms
	judge Judge
	now   time.Time
}

// candidate is a play that fits, with what its place in the answer goes by.
type candidate struct {
	play  playbook.Play
	words []string
	group int
	score int
	// general is 1 for one of a playbook for all matters.
	general int
	option  *remedyv1.SuggestedOption
}

// The groups, in the order in which they are suggested.
const (
	groupDue   = iota // What the customer is entitled to, or what we owe because we are at fault.
	groupFree         // What costs no money.
	groupCosts        // All else.
)

// suggest are the options that fit, the best first: what is due before what costs no money, and that before all else (REM-1); within
// each what the proposer may grant alone, then what the customer seeks and needs. Of more than are suggested those of playbooks for such
// matters are kept before those for all. It is a pure function of what it is given.
func (s *suggester) suggest(c Circumstances) []*remedyv1.SuggestedOption {
	var all []candidate
	needs := s.book.Needs(c.Need)
	for _, play := range s.book.Plays(c.Matter) {
		if c.allow(play) {
			words := needs.Speak(play)
			all = append(all, candidate{play: play, words: words, group: c.group(play), score: c.score(play, words), general: general(play)})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(min(a.group, groupFree), min(b.group, groupFree)), cmp.Compare(a.general, b.general), cmp.Compare(b.score, a.score))
	})
	all = all[:min(len(all), s.terms.most)]
	for i := range all {
		all[i].option = s.option(all[i].play, c.Language)
		s.judged(all[i].option, all[i].play, c, all[i].words)
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.needsApproval(), b.needsApproval()), cmp.Compare(b.score, a.score))
	})
	var options []*remedyv1.SuggestedOption
	for _, found := range all {
		options = append(options, found.option)
	}
	return options
}

// general is 1 for a play of a playbook for all matters.
func general(play playbook.Play) int {
	if book := play.Playbook; len(book.GetScenarios())+len(book.GetCauses())+len(book.GetProducts()) > 0 {
		return 0
	}
	return 1
}

// needsApproval is 1 for what somebody has to approve.
func (c candidate) needsApproval() int {
	if c.option.GetWithinAuthority() {
		return 0
	}
	return 1
}

// allow leaves out what would be refused: compensation without a fault of ours, and rights in a matter that was found not to be so.
func (c Circumstances) allow(play playbook.Play) bool {
	return (c.OurFault || !onBasis(play, "FAULT")) && (c.Established != policyv1.Establishment_NOT_ESTABLISHED || !onBasis(play, "ENTITLEMENT"))
}

// group is where a play stands.
func (c Circumstances) group(play playbook.Play) int {
	switch {
	case c.entitled() && onBasis(play, "ENTITLEMENT"), c.OurFault && onBasis(play, "FAULT"):
		return groupDue
	case slices.ContainsFunc(play.GetParts(), costly):
		return groupCosts
	default:
		return groupFree
	}
}

// onBasis tells whether a play has a part on a basis.
func onBasis(play playbook.Play, basis string) bool {
	return slices.ContainsFunc(play.GetParts(), func(p *policyv1.PlayPart) bool { return p.GetBasis() == basis })
}

// costly tells whether a part costs money, be it in goods or work.
func costly(part *policyv1.PlayPart) bool {
	switch remedyv1.Option_Kind(remedyv1.Option_Kind_value[part.GetKind()]) {
	case remedyv1.Option_APOLOGY, remedyv1.Option_EXPLANATION, remedyv1.Option_GUIDANCE, remedyv1.Option_EVIDENCE_DOCUMENT,
		remedyv1.Option_WARRANTY_EXTENSION, remedyv1.Option_SERVICE_CHANGE, remedyv1.Option_PRIORITY_SERVICE, remedyv1.Option_DEDICATED_AGENT,
		remedyv1.Option_TRAINING:
		return part.GetAmount() != ""
	default:
		return true
	}
}

// score counts what speaks for a play: each word of the need and the motive twice, an open motive once where there is one, and twice that it is an
// alternative where what was demanded cannot be given.
func (c Circumstances) score(play playbook.Play, words []string) int {
	score := 2 * len(words)
	switch {
	case c.Motive == policyv1.Motive_MOTIVE_UNSPECIFIED: // Nothing is known that a play for any motive would have over the others.
	case len(play.GetMotives()) == 0:
		score++
	case slices.Contains(play.GetMotives(), c.Motive):
		score += 2
	}
	if play.GetAlternative() && c.Established == policyv1.Establishment_NOT_ESTABLISHED {
		score += 2
	}
	return score
}

// judged says who may grant an option, and why it is suggested. How much what has no amount yet will be is not known, so nobody is told
// that it needs no approval.
func (s *suggester) judged(o *remedyv1.SuggestedOption, play playbook.Play, c Circumstances, words []string) {
	text := wordsIn(c.Language)
	switch c.group(play) {
	case groupDue:
		o.Why = append(o.Why, text.due(onBasis(play, "ENTITLEMENT")))
	case groupFree:
		o.Why = append(o.Why, text.free)
	}
	if len(words) > 0 {
		o.Why = append(o.Why, text.need(words))
	}
	if slices.Contains(play.GetMotives(), c.Motive) {
		o.Why = append(o.Why, text.motive(c.Motive))
	}
	if play.GetAlternative() && c.Established == policyv1.Establishment_NOT_ESTABLISHED {
		o.Why = append(o.Why, text.alternative)
	}
	o.Why = append(o.Why, text.from(play.Playbook.GetDisplayName()[c.Language]))
	o.ApprovalLevel = s.judge(o.GetOption())
	if slices.ContainsFunc(play.GetParts(), openAmount) {
		o.ApprovalLevel = max(o.GetApprovalLevel(), 1)
		o.Why = append(o.Why, text.open)
	}
	o.WithinAuthority = o.GetApprovalLevel() == 0
}

// openAmount tells whether a part is an amount of money that is only known in the case: what the customer paid.
func openAmount(part *policyv1.PlayPart) bool {
	return part.GetAmount() == "" && monetary(kindOf(part.GetKind()))
}

// missing says what is needed before something may be offered.
func (c Circumstances) missing() []string {
	var missing []string
	text := wordsIn(c.Language)
	if c.Established == policyv1.Establishment_ESTABLISHMENT_UNSPECIFIED {
		missing = append(missing, text.assess)
	}
	if !c.Restated {
		missing = append(missing, text.restate)
	}
	return missing
}
