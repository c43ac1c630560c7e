package rulebook_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/rulebook"
)

// TestDifference tells what a person must know before replacing rules: also that the order is another one.
func TestDifference(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	rule := func(id, condition string) *routingv1.Rule {
		return &routingv1.Rule{Id: id, Condition: condition, Department: "departments/" + id}
	}
	a, b, c := rule("a", "true"), rule("b", "complaint.reopened ||\n  complaint.imported"), rule("c", "false")
	changed := rule("b", "complaint.reopened ||\n  complaint.assessed")
	changed.Skills, changed.Languages = []*routingv1.Skill{{Name: "claims", Level: 3}, {Name: "photos", Level: 1}}, []string{"en"}
	for title, test := range map[string]struct {
		before, after []*routingv1.Rule
		want          string
	}{
		"nothing":       {[]*routingv1.Rule{a, b}, []*routingv1.Rule{a, b}, ""},
		"from nothing":  {nil, []*routingv1.Rule{a}, "+ a, as the last one\n    condition\n      + true\n    department\n      + departments/a"},
		"gone":          {[]*routingv1.Rule{a, b}, []*routingv1.Rule{b}, "- a"},
		"another order": {[]*routingv1.Rule{a, b, c}, []*routingv1.Rule{c, a, b}, "~ the order\n    - a, b, c\n    + c, a, b"},
		"in between": {[]*routingv1.Rule{a, c}, []*routingv1.Rule{a, b, c}, "+ b, before c\n    condition\n      + complaint.reopened ||\n" +
			"      +   complaint.imported\n    department\n      + departments/b"},
		"changed": {[]*routingv1.Rule{a, b}, []*routingv1.Rule{a, changed}, "~ b\n    condition\n      - complaint.reopened ||\n      -   complaint.imported\n" +
			"      + complaint.reopened ||\n      +   complaint.assessed\n    skills\n      + claims 3\n      + photos 1\n    languages\n      + en"},
	} {
		require.Equal(t, test.want, strings.Join(rulebook.Difference(test.before, test.after), "\n"), title)
	}
}
