package rulebook_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/rulebook"
)

// mistakes are those of a text, without the file's name.
func mistakes(t *testing.T, text string) []string {
	t.Helper()
	_, err := rulebook.Parse([]byte(text), "r.yaml")
	var found *rulebook.MistakesError
	require.ErrorAs(t, err, &found)
	require.Equal(t, strings.Join(found.Lines, "\n"), err.Error())
	lines := make([]string, len(found.Lines))
	for i, line := range found.Lines {
		lines[i] = strings.TrimPrefix(line, "r.yaml:")
	}
	return lines
}

// TestEveryMistakeIsToldWhereItIs: of the form, of the contract, and of conditions, in the order of the file.
func TestEveryMistakeIsToldWhereItIs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	found := mistakes(t, `name: ruleSets/3
rules:
  - id: Parcels
    condition: complaint.reopened
    department: logistics
  - id: angry
    condition: >-
      complaint.severity >= Severity.HIGH ||
      complaint.angry
    department: departments/logistics
    colour: red
  - id: angry
    condition: complaint.angry || complaint.severity == "HIGH"
    department: departments/logistics
    skills: [{name: claims, level: 9}, {name: claims, level: 1}]
  - id: nothing
    department: departments/logistics
    languages: english
`)
	want := []string{
		"1:1 name is the server's to say", "3:9 rules[0].id: must be an id", "5:17 rules[0].department: must be", "9:16 rules[1].condition: undefined field 'angry'",
		"11:5 ", "12:9 rules[2].id: there is another rule angry", "13:25 rules[2].condition: undefined field 'angry'", "13:54 rules[2].condition: found no matching overload",
		"15:36 rules[2].skills[0].level: ", "15:40 rules[2].skills[1]: the skill claims is wanted before", "16:5 rules[3].condition: ", "18:16 ",
	}
	require.Len(t, found, len(want), strings.Join(found, "\n"))
	for i, line := range want {
		require.True(t, strings.HasPrefix(found[i], line), "%q is not %q", found[i], line)
	}
}

func TestWhatIsNoFileOfRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         " states no rules",
		"- id: a\n":                "1:1 a file of rules is a mapping",
		"rulez: []\n":              "1:1 ",
		"etag: x\n":                "1:1 rules: missing",
		"rules: [\n":               "",
		"rules: []\nrules: []\n":   "2:1 rules: stated twice",
		"rules: [1]\n":             "1:9 ",
		"rules: []\ncurrent: true": "2:1 current is the server's to say",
	} {
		require.True(t, strings.HasPrefix(mistakes(t, text)[0], want), "%q: %v", text, mistakes(t, text))
	}
}

// TestConditionsAreFoundHoweverTheyAreWritten: YAML has many ways to write a text, and the mistake is always where the file has it.
func TestConditionsAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct{ condition, place string }{
		"plain":                   {"complaint.reopened || complaint.angry", "3:47"},
		"after wide characters":   {`complaint.channel == "电话" || complaint.angry`, "3:54"},
		"in single quotes":        {"'complaint.angry'", "3:26"},
		"in double quotes":        {`"complaint.reopened || complaint.angry"`, "3:48"},
		"literal":                 {"|\n      complaint.reopened ||\n        complaint.angry", "5:18"},
		"literal without its end": {"|-\n\n        complaint.reopened ||\n        complaint.angry\n", "6:18"},
		"folded":                  {">-\n      complaint.reopened\n      || complaint.angry", "5:19"},
		"over two lines":          {"complaint.reopened ||\n      complaint.angry", "4:16"},
		"double quotes over two":  {"\"complaint.reopened ||\n      complaint.angry\"", "4:16"},
		"at its end":              {"complaint.reopened &&", "3:37"},
		"with an escape before":   {`"complaint.channel == \"电话\" || complaint.angry"`, "3:16 rules[0].condition, its line 1, column 39"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			found := mistakes(t, "rules:\n  - id: a\n    condition: "+c.condition+"\n    department: departments/a\n")
			require.Len(t, found, 1)
			require.True(t, strings.HasPrefix(found[0], c.place), found[0])
		})
	}
}

// TestFilesAreReadAsTheyWereWritten, whatever the rules are.
func TestFilesAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	rapid.Check(t, func(r *rapid.T) {
		set := &routingv1.RuleSet{Name: "ruleSets/3", Current: rapid.Bool().Draw(r, "current"), Etag: rapid.SampledFrom([]string{"", `"1a"`, "true"}).Draw(r, "etag")}
		for _, id := range rapid.SliceOfNDistinct(rapid.StringMatching("[a-z]{1,8}"), 0, 4, rapid.ID[string]).Draw(r, "ids") {
			rule := &routingv1.Rule{
				Id: id, DisplayName: rapid.SampledFrom([]string{"", "null", "Night: all", "夜间", "- #"}).Draw(r, "name"), Department: "departments/" + id,
				Condition: rapid.SampledFrom([]string{
					"true", `complaint.channel == "HOTLINE"`, "complaint.reopened ||\n  complaint.imported", "complaint.channel == 'a: b' // why",
					"\n  true\n\n", "complaint.severity < Severity.HIGH && [1].all(x, x > 0)",
				}).Draw(r, "condition"),
				Languages: rapid.SampledFrom([][]string{nil, {"zh-Hans", "en"}}).Draw(r, "languages"),
			}
			if rapid.Bool().Draw(r, "skilled") {
				rule.Skills = []*routingv1.Skill{{Name: "claims", Level: 3}}
			}
			set.Rules = append(set.Rules, rule)
		}
		text, err := rulebook.Format(set)
		require.NoError(r, err)
		read, err := rulebook.Parse(text, "r.yaml")
		require.NoError(r, err, string(text))
		require.True(r, proto.Equal(&routingv1.RuleSet{Rules: set.GetRules(), Etag: set.GetEtag()}, read.Set), string(text))
	})
}

// TestWhatTheServerRefusesIsToldInLinesOfTheFile.
func TestWhatTheServerRefusesIsToldInLinesOfTheFile(t *testing.T) {
	t.Parallel()
	file, err := rulebook.Parse([]byte("rules:\n  - id: a\n    condition: \"true\"\n    department: departments/none\n"), "r.yaml")
	require.NoError(t, err)
	refused, err := status.New(codes.InvalidArgument, "no").WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "rule_set.rules[0].department", Description: "there is no departments/none"}, {Field: "etag", Description: "is no matter of the file"},
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"r.yaml:4:17 rules[0].department: there is no departments/none"}, file.Refused(refused.Err()).Lines)
	require.Nil(t, file.Refused(status.Error(codes.Unavailable, "away")))
}
