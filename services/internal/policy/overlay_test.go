package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestLaidOverByID: a firm states what it changes of wording and risk, by id, role or kind, and by language; all else stays, and
// diff lists the change alone.
func TestLaidOverByID(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		file string
		want []string
	}{
		"words in one language":   {"wording: {words: [{id: loss, zh: [损失, 亏空]}]}", []string{"~ wording.words[loss].zh"}},
		"words added":             {"wording: {words: [{id: ours-too, en: [acme]}]}", []string{"+ wording.words[ours-too]"}},
		"a rule switched off":     {"wording: {rules: [{id: highest-offer, off: true}]}", []string{"+ wording.rules[highest-offer].off"}},
		"a lead time":             {"wording: {rules: [{id: refund-too-soon, sooner_than: 48h}]}", []string{"~ wording.rules[refund-too-soon].sooner_than: 24h -> 48h"}},
		"an exception more":       {"wording: {rules: [{id: flat-refusal, unless: {we: CLAUSE}}]}", []string{"+ wording.rules[flat-refusal].unless.we"}},
		"a reason in one tongue":  {"wording: {rules: [{id: surely, why: {en: Never.}}]}", []string{"~ wording.rules[surely].why.en"}},
		"a letter in one tongue":  {"wording: {templates: [{id: closing, texts: {en: {subject: Done}}}]}", []string{"~ wording.templates[closing].texts.en.subject"}},
		"how long a day is":       {"wording: {times: [{id: today, long: 6h}]}", []string{"~ wording.times[today].long: 12h -> 6h"}},
		"a word of risk":          {"risk: {words: [{role: OBSERVES, zh: 某}]}", nil},
		"a weight":                {"risk: {weights: [{kind: MENTION, weight: 6}]}", []string{"~ risk.weights[MENTION].weight: 5 -> 6"}},
		"a distance":              {"risk: {limits: {reach: 15}}", []string{"~ risk.limits.reach: 14 -> 15"}},
		"words of risk":           {"risk: {words: [{role: BODY, target: REGULATOR, en: the authority}]}", []string{"- risk.words[BODY REGULATOR].en", "+ risk.words[BODY REGULATOR].en"}},
		"nothing":                 {"wording: {}", []string{}},
		"nothing of the sections": {"risk:\nwording:", []string{}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			changed, err := policy.Parse([]byte(tc.file), "p.yaml")
			if tc.want == nil {
				require.ErrorContains(t, err, "p.yaml:1:", "a mistake is told where it stands")
				return
			}
			require.NoError(t, err)
			all := policy.Diff(standard(t), changed)[1:] // The version comes first.
			require.Len(t, all, len(tc.want), all)
			for i, want := range tc.want {
				require.Contains(t, all[i].String(), want)
			}
			printed, err := changed.YAML()
			require.NoError(t, err)
			back, err := policy.Parse(printed, "printed.yaml")
			require.NoError(t, err)
			require.True(t, proto.Equal(changed.Proto(), back.Proto()), "what is printed means the same")
		})
	}
}

// TestMattersOfOneLine: who only chooses what a repeat brings about keeps what a repeat is. Without the common words and weights two
// matters of one customer would be merged for good.
func TestMattersOfOneLine(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte("version: default-1\nmatters: {repeat: REOPEN}\n"), "p.yaml")
	require.NoError(t, err)
	want := proto.CloneOf(standard(t).Proto())
	want.Matters.Repeat = policyv1.Matters_REOPEN
	require.True(t, proto.Equal(want, p.Proto()))
}

// TestLeftOutKeepsBuiltIn: in every section, a file that states any single field of the default policy is the default policy.
func TestLeftOutKeepsBuiltIn(t *testing.T) {
	t.Parallel()
	whole := standard(t).Proto()
	fields(t, func(place []*yaml.Node, _ protoreflect.FieldDescriptor, value *yaml.Node) {
		p, err := policy.Parse(alone(t, place, value), "p.yaml")
		require.NoError(t, err, names(place))
		require.True(t, proto.Equal(whole, p.Proto()), names(place))
	})
}

// TestStatedNothingHolds: in every section, a stated 0, false, empty text, list or map is what holds, or is refused; all else stays.
// It is printed, too, and read back.
func TestStatedNothingHolds(t *testing.T) {
	t.Parallel()
	held, whole := 0, standard(t).Proto()
	fields(t, func(place []*yaml.Node, of protoreflect.FieldDescriptor, _ *yaml.Node) {
		nothing := &yaml.Node{Kind: yaml.ScalarNode, Value: "0"}
		switch {
		case of.IsList():
			nothing = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		case of.IsMap():
			nothing = &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		case of.Message() != nil:
			nothing.Value = "0s"
		case of.Kind() == protoreflect.StringKind:
			nothing = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle}
		case of.Kind() == protoreflect.BoolKind:
			nothing.Value = "false"
		}
		p, err := policy.Parse(alone(t, place, nothing), "p.yaml")
		var refused *policy.Error
		if errors.As(err, &refused) {
			require.Contains(t, err.Error(), place[0].Value, names(place))
			return
		}
		require.NoError(t, err)
		held++
		want := proto.CloneOf(whole)
		in := want.ProtoReflect()
		for _, key := range place[:len(place)-1] {
			in = in.Mutable(in.Descriptor().Fields().ByName(protoreflect.Name(key.Value))).Message()
		}
		if in.Clear(of); of.Message() != nil && !of.IsList() && !of.IsMap() {
			in.Mutable(of)
		}
		require.True(t, proto.Equal(want, p.Proto()), names(place))
		if testing.Short() && held%10 != 1 {
			return // What is printed is the whole policy each time, and long.
		}
		printed, err := p.YAML()
		require.NoError(t, err)
		back, err := policy.Parse(printed, "printed.yaml")
		require.NoError(t, err)
		require.True(t, proto.Equal(want, back.Proto()), names(place))
	})
	least := 10
	if testing.Short() {
		least = 1
	}
	require.Greater(t, held, least)
}

// fields visits the fields of all sections of the default policy, those of messages in them too, with their keys and what is printed of
// them; with -short every fifth, for each is a policy read anew.
func fields(t *testing.T, visit func(place []*yaml.Node, of protoreflect.FieldDescriptor, value *yaml.Node)) {
	t.Helper()
	text, err := standard(t).YAML()
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	seen := 0
	var walk func(place []*yaml.Node, of protoreflect.MessageDescriptor, node *yaml.Node)
	walk = func(place []*yaml.Node, of protoreflect.MessageDescriptor, node *yaml.Node) {
		for i := 0; i < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			field := of.Fields().ByName(protoreflect.Name(key.Value))
			require.NotNil(t, field, key.Value)
			switch here := append(slices.Clip(place), key); {
			case key.Value == "whole" || key.Value == "version":
			case field.Message() != nil && !field.IsMap() && value.Kind == yaml.MappingNode:
				walk(here, field.Message(), value)
			default:
				if seen++; !testing.Short() || seen%5 == 1 {
					visit(here, field, value)
				}
			}
		}
	}
	walk(nil, standard(t).Proto().ProtoReflect().Descriptor(), document.Content[0])
	require.Greater(t, seen, 80, "all sections are visited")
}

// alone is a file that states one field, under the default's name.
func alone(t *testing.T, place []*yaml.Node, value *yaml.Node) []byte {
	t.Helper()
	for _, key := range slices.Backward(place) {
		value = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key.Value}, value}}
	}
	text, err := yaml.Marshal(value)
	require.NoError(t, err)
	return append([]byte("version: default-1\n"), text...)
}

func names(place []*yaml.Node) string {
	all := make([]string, len(place))
	for i, key := range place {
		all[i] = key.Value
	}
	return strings.Join(all, ".")
}

// TestLaidOverMistakes: problems are told at the line of the firm's file, whatever place the entry has in the whole, and those of
// built-in entries that no longer fit by their name.
func TestLaidOverMistakes(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"wording:\n  words:\n  - {id: nobody, zh: [无人]}\n  - {id: loss, zh: [损失, 损失]}\n":        `p.yaml:4:25 wording.words[1].zh[1]: "损失" is in the list "loss" twice`,
		"wording:\n  rules:\n  - {id: surely, patterns: [surely nowhere]}\n":                    `p.yaml:3:29 wording.rules[0].patterns[0]: there is no word list "nowhere"`,
		"wording:\n  rules:\n  - {id: mine, kind: BLAME, patterns: [we]}\n":                     `p.yaml:3:5 wording.rules[0].why: has no text in "zh-Hans"`,
		"wording:\n  words:\n  - {id: loss, zh: [亏]}\n  - {id: loss, zh: [损]}\n":                `p.yaml:4:10 wording.words[1].id: there is a word list "loss" already`,
		"wording:\n  templates:\n  - {id: answer, texts: {en: {body: nothing}}}\n":              `p.yaml:3:37 wording.templates[0].texts["en"].body: does not tell`,
		"wording:\n  times:\n  - {id: hours, long: 0s}\n":                                       `p.yaml:3:23 wording.times[0].long: a unit`,
		"languages: {fallback: zh-Hans, traditional_markers: 消}\nrisk: {limits: {reach: 15}}\n": `p.yaml:2:7 risk: risk.words[BODY REGULATOR]: `,
		"risk:\n  words:\n  - {role: BODY, target: REGULATOR, zh: '消 协'}\n":                     `p.yaml:3:41 risk.words[0].zh`,
	} {
		_, err := policy.Parse([]byte(file), "p.yaml")
		require.ErrorContains(t, err, want, file)
	}
	// Several problems of one entry are all told of that one.
	_, err := policy.Parse([]byte("wording:\n  templates:\n  - {id: closing, texts: {en: {subject: '{{.x}}', body: nothing}}}\n"), "p.yaml")
	require.ErrorContains(t, err, `p.yaml:3:41 wording.templates[0].texts["en"].subject`)
	require.ErrorContains(t, err, `wording.templates[0].texts["en"].body: does not tell`)
	require.NotContains(t, err.Error(), "acknowledgement")
	// A letter of the built-in policy that a second acknowledgement makes one too many.
	_, err = policy.Parse([]byte("wording:\n  templates:\n  - {id: closing, kind: ACKNOWLEDGEMENT}\n"), "p.yaml")
	require.ErrorContains(t, err, "wording.templates[0].kind: there is an ACKNOWLEDGEMENT already")
}

// TestBaseIsNotChanged: what one file changes is not in the next policy.
func TestBaseIsNotChanged(t *testing.T) {
	t.Parallel()
	before := proto.CloneOf(standard(t).Proto())
	_, err := policy.Parse([]byte("wording: {words: [{id: loss, zh: [亏]}]}\nrisk: {weights: [{kind: MENTION, weight: 6}]}\n"), "p.yaml")
	require.NoError(t, err)
	require.True(t, proto.Equal(before, standard(t).Proto()))
	require.False(t, standard(t).Proto().GetWording().GetWhole())
	require.NotEqual(t, policyv1.WordingRule_KIND_UNSPECIFIED, standard(t).Proto().GetWording().GetRules()[0].GetKind())
}
