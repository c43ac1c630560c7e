package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing/rule"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	for name, c := range map[string]struct {
		condition    string
		line, column int
		text         string
	}{
		"no CEL":                 {"complaint.severity ==", 1, 22, "Syntax error"},
		"on the second line":     {"complaint.reopened &&\n  complaint.anger > 3", 2, 12, "undefined field 'anger'"},
		"no such name":           {"true && TargetKind.PARCEL == 1", 1, 9, "undeclared reference"},
		"another type":           {`complaint.target_kind == "DELIVERY"`, 1, 23, "no matching overload"},
		"neither true nor false": {"complaint.severity", 1, 1, "true or false, and this is int"},
		"no such time zone":      {`now.getHours("Asia/Atlantis") > 1`, 1, 14, `no time zone "Asia/Atlantis"`},
		"no regular expression":  {`complaint.channel.matches("(")`, 1, 27, "no regular expression"},
		"a regular expression that is put together": {`complaint.channel.matches(complaint.language)`, 1, 36, "written out"},
		"no time":                                {`now > timestamp("yesterday")`, 1, 17, "invalid timestamp argument"},
		"lists in lists in lists":                {"[1].all(a, [1].all(b, [1].all(c, true)))", 1, 30, "exceeds nesting limit"},
		"too deep":                               {strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), 0, 0, "recursion limit"},
		"a regular expression that is too large": {`complaint.channel.matches("a{600}")`, 1, 27, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := compile(t, "true", c.condition)
			require.NotEmpty(t, s.Problems())
			p := s.Problems()[0]
			require.Equal(t, []any{1, "b"}, []any{p.Index, p.ID})
			require.Contains(t, p.Text, c.text)
			if c.line > 0 {
				require.Equal(t, []int{c.line, c.column}, []int{p.Line, p.Column}, p.Text)
			}
			require.Equal(t, "b", compile(t, c.condition, "true").Ask(&routingv1.RoutingFacts{}, noon()).Rule.GetId(), "it never matches")
		})
	}
}

// TestAConditionThatFails counts as false, and is told.
func TestAConditionThatFails(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	many := "[1" + strings.Repeat(", 1", 199) + "]"
	for name, c := range map[string]struct{ condition, problem string }{
		"what is not there":   {"complaint.demanded[0].units > 1", "index out of bounds"},
		"by nothing":          {"10 / complaint.cycle > 1", "division by zero"},
		"what costs too much": {many + ".all(x, " + many + ".all(y, x + y < 3))", "cost limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := compile(t, c.condition, "true")
			require.Empty(t, s.Problems())
			a := s.Ask(&routingv1.RoutingFacts{}, noon())
			require.Equal(t, "b", a.Rule.GetId())
			require.Equal(t, routingv1.RuleOutcome_FAILED, a.Outcomes[0].GetResult())
			require.Contains(t, a.Outcomes[0].GetProblem(), c.problem)
		})
	}
}

// TestTheFirstRuleThatMatchesWins, whatever the rules and the complaint are; each one before it has an outcome, and none after it.
func TestTheFirstRuleThatMatchesWins(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	conditions := map[string]func(*routingv1.RoutingFacts) bool{
		"complaint.target_kind == TargetKind.DELIVERY": func(f *routingv1.RoutingFacts) bool { return f.GetTargetKind() == policyv1.TargetKind_DELIVERY },
		"complaint.severity >= Severity.HIGH":          func(f *routingv1.RoutingFacts) bool { return f.GetSeverity() >= policyv1.Severity_HIGH },
		"complaint.reopened":                           (*routingv1.RoutingFacts).GetReopened,
		"SignalKind.THREAT in complaint.signals":       func(f *routingv1.RoutingFacts) bool { return len(f.GetSignals()) > 0 },
		"complaint.demanded[0].units > 0":              func(*routingv1.RoutingFacts) bool { return false }, // fails
		"false":                                        func(*routingv1.RoutingFacts) bool { return false },
	}
	texts := make([]string, 0, len(conditions))
	for text := range conditions {
		texts = append(texts, text)
	}
	rapid.Check(t, func(r *rapid.T) {
		chosen := rapid.SliceOfN(rapid.SampledFrom(texts), 0, 8).Draw(r, "rules")
		facts := &routingv1.RoutingFacts{
			TargetKind: policyv1.TargetKind(rapid.Int32Range(1, 6).Draw(r, "kind")), Severity: policyv1.Severity(rapid.Int32Range(1, 4).Draw(r, "severity")),
			Reopened: rapid.Bool().Draw(r, "reopened"),
		}
		if rapid.Bool().Draw(r, "threat") {
			facts.Signals = []policyv1.SignalKind{policyv1.SignalKind_THREAT}
		}
		want := -1
		for i, text := range chosen {
			if conditions[text](facts) {
				want = i
				break
			}
		}
		a := compile(t, chosen...).Ask(facts, noon())
		if want < 0 {
			require.Nil(r, a.Rule)
			require.Len(r, a.Outcomes, len(chosen))
			return
		}
		require.Equal(r, string(rune('a'+want)), a.Rule.GetId())
		require.Len(r, a.Outcomes, want+1)
		require.Equal(r, routingv1.RuleOutcome_MATCHED, a.Outcomes[want].GetResult())
		for _, o := range a.Outcomes[:want] {
			require.NotEqual(r, routingv1.RuleOutcome_MATCHED, o.GetResult())
		}
	})
}

// TestNoSet matches nothing, as before the first one was saved.
func TestNoSet(t *testing.T) {
	t.Parallel()
	var s *rule.Set
	require.Nil(t, s.Ask(&routingv1.RoutingFacts{}, noon()).Rule)
	require.Empty(t, s.Name())
}

// FuzzCondition: no text makes compiling or asking panic or take long.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"true", "complaint.target_kind == TargetKind.DELIVERY", "[1,2].all(x, x > complaint.cycle)", `now.getHours("Asia/Shanghai") > 1`,
		`complaint.channel.matches("(a+)+$")`, "complaint.demanded[0].units / 0 > 1", "((((((", "{'a': complaint}.a.signals.size() > 1",
		"has(complaint.demanded)", "dyn(now) == dyn(complaint)", `duration("x") > duration(1)`, "now.getHours(1)", "type(complaint)",
		"complaint.signals.map(x, complaint.signals.map(y, x)).size() > 1", "\"\\u{110000}\"", "b'a' == b'a'", "redress.routing.v1.RoutingFacts{cycle: 1}.cycle == 1",
	} {
		f.Add(seed)
	}
	facts := &routingv1.RoutingFacts{Channel: strings.Repeat("a", 100), Signals: []policyv1.SignalKind{1, 2, 3}, Cycle: 3}
	f.Fuzz(func(t *testing.T, condition string) {
		if len(condition) > 4000 {
			t.Skip("no request has one")
		}
		begun := time.Now()
		s := compile(t, condition)
		a := s.Ask(facts, noon())
		require.Less(t, time.Since(begun), 5*time.Second)
		require.Len(t, a.Outcomes, 1)
		if len(s.Problems()) > 0 {
			require.Equal(t, routingv1.RuleOutcome_FAILED, a.Outcomes[0].GetResult())
		}
	})
}
