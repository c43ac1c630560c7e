package remedy

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// ready is a service without a store: suggestions and warnings need none.
var ready = sync.OnceValues(func() (*Service, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	checker, err := wording.New(p.Proto().GetWording())
	if err != nil {
		return nil, err
	}
	book, err := playbook.New(p.Proto().GetPlaybooks(), checker)
	if err != nil {
		return nil, err
	}
	rules, err := NewRules(p)
	if err != nil {
		return nil, err
	}
	s := &Service{deps: Deps{Policy: p, Playbooks: book, Checker: checker}, rules: rules, terms: newTerms(p)}
	s.guard = newGuard(checker, book, s.terms, p.Proto().GetWording().GetRules())
	return s, nil
})

func moment() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }

// suggesting suggests from the built-in policy.
func suggesting(t *testing.T) *suggester {
	t.Helper()
	s, err := ready()
	require.NoError(t, err)
	return &suggester{book: s.deps.Playbooks, terms: s.terms, judge: s.approval, now: moment()}
}

func plays(options []*remedyv1.SuggestedOption) []string {
	var all []string
	for _, o := range options {
		all = append(all, strings.TrimPrefix(strings.Replace(o.GetOption().GetPlay(), "/plays/", "/", 1), "playbooks/"))
	}
	return all
}

// TestTheTelecomCaseEndsWithoutMoney: the father who feared his child's gaming is first offered the pause he asked for, then help with
// the games; nothing costs money (S0, REC-2, REM-1).
func TestTheTelecomCaseEndsWithoutMoney(t *testing.T) {
	covers.Requirement(t, "REM-1", "REM-2", "REC-2")
	t.Parallel()
	s := suggesting(t)
	c := Circumstances{
		Matter: playbook.Matter{Scenario: policyv1.Scenario_PRICE, Product: "broadband", Causes: []policyv1.Cause{policyv1.Cause_STAFF_RIGID}},
		Motive: policyv1.Motive_RESPECT, Language: "zh-Hans",
		Need: "担心孩子暑假玩游戏，想七八月先暂停宽带，九月接着用，不是要取消",
	}
	options := s.suggest(c)
	require.Equal(t, []string{"telecom-contract/pause", "telecom-contract/quiet-hours"}, plays(options)[:2])
	for _, o := range options {
		require.Nil(t, o.GetOption().GetAmount())
		require.True(t, o.GetWithinAuthority(), "what costs nothing is granted alone")
	}
	pause := options[0]
	require.True(t, pause.GetAlone())
	require.Equal(t, remedyv1.Option_SERVICE_CHANGE, pause.GetOption().GetKind())
	require.Contains(t, pause.GetOption().GetContents(), "您同意后3天内")
	require.Contains(t, pause.GetWording(), "不是取消，对吗？")
	require.Contains(t, strings.Join(pause.GetWhy(), ""), "孩子、暑假、游戏")
	require.Len(t, c.missing(), 2)
}

// TestWhatIsDueComesFirst: not what costs nothing, where the customer is entitled or we are at fault (REM-1, REM-3).
func TestWhatIsDueComesFirst(t *testing.T) {
	covers.Requirement(t, "REM-1", "REM-3")
	t.Parallel()
	s := suggesting(t)
	quality := playbook.Matter{Scenario: policyv1.Scenario_QUALITY}
	before := s.suggest(Circumstances{Matter: quality, Language: "en", Motive: policyv1.Motive_COMPENSATION})
	require.Equal(t, []string{"quality/how-to", "quality/longer-warranty"}, plays(before)[:2], "before an assessment, what costs no money")
	require.Len(t, before, 6)
	for _, play := range plays(before) {
		require.Contains(t, play, "quality/", "what is for such matters is kept before what is for all")
	}
	require.NotContains(t, plays(before), "quality/for-the-trouble", "no compensation without our fault")

	after := s.suggest(Circumstances{
		Matter: quality, Language: "en", Motive: policyv1.Motive_COMPENSATION, Established: policyv1.Establishment_ESTABLISHED, OurFault: true,
		Need: "I want my money back and compensation for the trouble",
	})
	first := plays(after)[:5]
	require.ElementsMatch(t, []string{"quality/exchange", "quality/missing-part", "quality/repair", "quality/for-the-trouble", "quality/return-refund"}, first)
	trouble := after[slices.Index(plays(after), "quality/for-the-trouble")]
	require.True(t, trouble.GetOption().GetExceptional(), "compensation is an exception")
	require.True(t, trouble.GetWithinAuthority())
	require.EqualValues(t, 20, trouble.GetOption().GetAmount().GetUnits())
	require.Equal(t, moment().Add(8760*time.Hour), trouble.GetOption().GetCoupon().GetExpireTime().AsTime())
	refund := after[slices.Index(plays(after), "quality/return-refund")]
	require.False(t, refund.GetOption().GetExceptional(), "what somebody is entitled to never is")
	require.Nil(t, refund.GetOption().GetAmount(), "what the customer paid is known in the case alone")
	require.False(t, refund.GetWithinAuthority(), "and so is whether it needs approval")
	require.Contains(t, refund.GetOption().GetContents(), "within 24 hours of your yes")
	require.EqualValues(t, 10, refund.GetOption().GetParts()[0].GetAmount().GetUnits())

	refused := s.suggest(Circumstances{Matter: quality, Language: "en", Established: policyv1.Establishment_NOT_ESTABLISHED})
	require.True(t, refused[0].GetAlternative(), "an alternative to what cannot be given (REF-1)")
	for _, o := range refused {
		require.NotEqual(t, remedyv1.Option_ENTITLEMENT, o.GetOption().GetBasis())
		require.NotEqual(t, remedyv1.Option_FAULT, o.GetOption().GetBasis())
	}
}

// TestEveryPlayCanBeSaid: in all languages, with nothing left to fill in but amounts that only the case knows, and without a warning.
func TestEveryPlayCanBeSaid(t *testing.T) {
	covers.Requirement(t, "REM-2", "PROM-2")
	t.Parallel()
	s := suggesting(t)
	service, err := ready()
	require.NoError(t, err)
	for _, book := range s.book.Playbooks() {
		for _, written := range book.GetPlays() {
			play, ok := s.book.Play("playbooks/" + book.GetId() + "/plays/" + written.GetId())
			require.True(t, ok)
			for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
				o := s.option(play, language)
				texts := []string{o.GetWording()}
				for _, part := range partsOf(o.GetOption()) {
					require.NotZero(t, part.GetKind())
					require.NotZero(t, part.GetBasis())
					texts = append(texts, part.GetContents())
				}
				for _, text := range texts {
					require.NotEmpty(t, text)
					require.NotContains(t, text, "{", play.Name)
				}
				c := Circumstances{Matter: playbook.Matter{Scenario: append(book.GetScenarios(), 0)[0]}, Language: language}
				for _, w := range service.guard.warnings(&remedyv1.Remedy{Options: []*remedyv1.Option{o.GetOption()}, Fallback: o.GetWording()}, c, s.judge, moment()) {
					require.Equal(t, remedyv1.Warning_ABOVE_AUTHORITY, w.GetKind(), "%s: %v", play.Name, w)
				}
			}
		}
	}
}

// circumstances draws what may be the case.
func circumstances(t *rapid.T) Circumstances {
	enum := func(name string, all ...int32) int32 { return rapid.SampledFrom(all).Draw(t, name) }
	return Circumstances{
		Matter: playbook.Matter{
			Scenario: policyv1.Scenario(enum("scenario", 0, 1, 2, 3, 4, 5)), Causes: []policyv1.Cause{policyv1.Cause(enum("cause", 1, 11, 23, 41))},
			Product: rapid.SampledFrom([]string{"", "broadband", "door-lock", "p1"}).Draw(t, "product"),
		},
		Established: policyv1.Establishment(enum("established", 0, 1, 2, 3)), OurFault: rapid.Bool().Draw(t, "fault"),
		Motive: policyv1.Motive(enum("motive", 0, 1, 2, 3)), Language: rapid.SampledFrom([]string{"zh-Hans", "zh-Hant", "en"}).Draw(t, "language"),
		Need: rapid.StringOfN(rapid.SampledFrom([]rune("孩子退款玩游戏查一下 refund")), 0, 12, -1).Draw(t, "need"),
	}
}

// section draws playbooks.
func section(t *rapid.T) *policyv1.Playbooks {
	kinds := []string{"APOLOGY", "REFUND", "COUPON", "GUIDANCE", "GIFT", "RESHIP"}
	bases := []string{"ENTITLEMENT", "FAULT", "GOODWILL"}
	out := &policyv1.Playbooks{}
	for i := range rapid.IntRange(1, 4).Draw(t, "books") {
		book := &policyv1.Playbook{Id: "b" + string(rune('0'+i))}
		if rapid.Bool().Draw(t, "of a scenario") {
			book.Scenarios = []policyv1.Scenario{policyv1.Scenario(rapid.Int32Range(1, 5).Draw(t, "scenario"))}
		}
		if rapid.Bool().Draw(t, "of a product") {
			book.Products = []string{"p1"}
		}
		if rapid.Bool().Draw(t, "forbids") {
			book.NeverSay = map[string]*policyv1.Phrases{"en": {Phrases: []string{"play 1", "play 2"}}}
		}
		for j := range rapid.IntRange(1, 4).Draw(t, "plays") {
			words := "play " + string(rune('0'+j))
			play := &policyv1.Play{Id: "p" + string(rune('0'+j)), Wording: map[string]string{"en": words, "zh-Hans": words, "zh-Hant": words}}
			for range rapid.IntRange(1, 2).Draw(t, "parts") {
				part := &policyv1.PlayPart{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Basis: rapid.SampledFrom(bases).Draw(t, "basis")}
				if costly(part) && rapid.Bool().Draw(t, "amount known") {
					part.Amount = rapid.SampledFrom([]string{"3", "19.99", "20.01", "600", "999999999999"}).Draw(t, "amount")
				}
				part.CouponValidity = durationpb.New(time.Hour)
				play.Parts = append(play.Parts, part)
			}
			book.Plays = append(book.Plays, play)
		}
		out.Playbooks = append(out.Playbooks, book)
	}
	return out
}

// TestSuggestionsHoldTheirOrder: whatever the policy and the case, what is due comes before what costs nothing, and that before all else;
// within each what may be granted alone is first; never more than the most, nothing that a playbook forbids, no compensation without
// fault, nothing above authority as within; and the same answer twice (REM-1, REM-2, REM-3, APPR-1).
func TestSuggestionsHoldTheirOrder(t *testing.T) {
	covers.Requirement(t, "REM-1", "REM-2", "REM-3", "APPR-1")
	t.Parallel()
	s := suggesting(t)
	checker := func() *wording.Checker { service, _ := ready(); return service.deps.Checker }()
	makers := []*suggester{s}
	for seed := range 12 {
		drawn := rapid.Custom(section).Example(seed)
		book, err := playbook.New(drawn, checker)
		require.NoError(t, err)
		other := *s
		other.book, other.terms.most = book, seed%4
		makers = append(makers, &other)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(makers).Draw(t, "policy")
		c := circumstances(t)
		options := s.suggest(c)
		require.LessOrEqual(t, len(options), s.terms.most)
		again := s.suggest(c)
		require.Len(t, again, len(options))
		group, approved := 0, false
		for i, o := range options {
			require.True(t, proto.Equal(o, again[i]), "pure")
			play, ok := s.book.Play(o.GetOption().GetPlay())
			require.True(t, ok)
			now := c.group(play)
			require.GreaterOrEqual(t, now, group)
			if now > group {
				group, approved = now, false
			}
			require.False(t, approved && o.GetWithinAuthority(), "what may be granted alone comes first")
			approved = !o.GetWithinAuthority()
			require.Equal(t, o.GetWithinAuthority(), o.GetApprovalLevel() == 0)
			if o.GetWithinAuthority() {
				require.Zero(t, s.judge(o.GetOption()))
			}
			require.True(t, c.OurFault || !o.GetOption().GetExceptional())
			for _, part := range partsOf(o.GetOption()) {
				require.Empty(t, s.book.NeverSaid(c.Matter, part.GetContents()))
				require.True(t, c.OurFault || part.GetBasis() != remedyv1.Option_FAULT)
				require.True(t, c.Established != policyv1.Establishment_NOT_ESTABLISHED || part.GetBasis() != remedyv1.Option_ENTITLEMENT)
			}
			require.Empty(t, s.book.NeverSaid(c.Matter, o.GetWording()))
			require.NotEmpty(t, o.GetWhy())
		}
	})
}

// BenchmarkSuggest: what 200 playbooks take beside those built in.
func BenchmarkSuggest(b *testing.B) {
	service, err := ready()
	require.NoError(b, err)
	section := proto.CloneOf(service.deps.Policy.Proto().GetPlaybooks())
	for i := 0; len(section.GetPlaybooks()) < 200; i++ {
		more := proto.CloneOf(section.GetPlaybooks()[i])
		more.Id += "x"
		section.Playbooks = append(section.Playbooks, more)
	}
	many, err := playbook.New(section, service.deps.Checker)
	require.NoError(b, err)
	c := Circumstances{
		Matter: playbook.Matter{Scenario: policyv1.Scenario_QUALITY}, Established: policyv1.Establishment_ESTABLISHED, OurFault: true, Language: "zh-Hans",
		Need: "退款，或者换一件新的，孩子等着用",
	}
	for name, book := range map[string]*playbook.Book{"built-in": service.deps.Playbooks, "200 playbooks": many} {
		b.Run(name, func(b *testing.B) {
			s := &suggester{book: book, terms: service.terms, judge: service.approval, now: moment()}
			for b.Loop() {
				s.suggest(c)
			}
		})
	}
}

// TestAnApologyComesBeforeADocument where somebody was cold to the customer and nobody has said yet what the customer seeks.
func TestAnApologyComesBeforeADocument(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1", "ASSESS-3")
	found := suggesting(t).suggest(Circumstances{
		Matter:      playbook.Matter{Scenario: policyv1.Scenario_ATTITUDE, Causes: []policyv1.Cause{policyv1.Cause_STAFF_COLD}},
		Established: policyv1.Establishment_ESTABLISHED, OurFault: true, Language: "en",
	})
	require.NotEmpty(t, found)
	require.Equal(t, remedyv1.Option_APOLOGY, found[0].GetOption().GetKind(), plays(found))
}

// TestAProductOfAKindHasThePlaysOfTheKind, in whatever case its code is written.
func TestAProductOfAKindHasThePlaysOfTheKind(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1")
	of := func(product string) []string {
		return plays(suggesting(t).suggest(Circumstances{
			Matter:      playbook.Matter{Scenario: policyv1.Scenario_PRICE, Product: product},
			Established: policyv1.Establishment_ESTABLISHED, Language: "en",
		}))
	}
	wanted := of("broadband")
	require.NotEqual(t, wanted, of(""))
	for _, product := range []string{"Broadband", "BROADBAND-100M", "broadband/fibre"} {
		require.Equal(t, wanted, of(product), product)
	}
	for _, product := range []string{"broadbandit", "broad"} {
		require.Equal(t, of(""), of(product), product)
	}
}
