package rule

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Set is a compiled set of rules. It never changes and is safe for concurrent use.
type Set struct {
	message  *routingv1.RuleSet
	programs []cel.Program // One for each rule; nil where its condition cannot be used.
	problems []Problem
}

// Problem is why a condition cannot be used.
type Problem struct {
	// Index is the rule's place in the set, from 0, and ID its id.
	Index int
	ID    string
	// Line and Column are where, from 1; both are 0 when it is no one place.
	Line, Column int
	// Text says what is wrong.
	Text string
}

// Answer is what a set says of a complaint.
type Answer struct {
	// Rule is the one that matched; nil when none did.
	Rule *routingv1.Rule
	// Outcomes are those of the rules that were asked, in order.
	Outcomes []*routingv1.RuleOutcome
}

// Compile compiles the rules of a set, which must not be changed any more. A condition that cannot be used is a Problem, and its rule
// never matches: a set that was saved by an earlier version must not keep anything from being routed. It fails for no set.
func Compile(set *routingv1.RuleSet) (*Set, error) {
	e, err := environment()
	if err != nil {
		return nil, err
	}
	s := &Set{message: set, programs: make([]cel.Program, len(set.GetRules()))}
	for i, r := range set.GetRules() {
		program, problems := compile(e, r.GetCondition())
		for _, p := range problems {
			p.Index, p.ID = i, r.GetId()
			s.problems = append(s.problems, p)
		}
		s.programs[i] = program
	}
	return s, nil
}

// compile compiles one condition; it returns a program or what is wrong. People write what is compiled, so that a defect of the
// compiler is a refusal, not the end of the process.
func compile(e *cel.Env, condition string) (program cel.Program, problems []Problem) {
	defer func() {
		if defect := recover(); defect != nil {
			program, problems = nil, []Problem{{Text: fmt.Sprintf("the compiler fails on this condition: %v", defect)}}
		}
	}()
	checked, issues := e.Compile(condition)
	if issues.Err() != nil {
		for _, found := range issues.Errors() {
			problems = append(problems, Problem{Line: found.Location.Line(), Column: found.Location.Column() + 1, Text: found.Message})
		}
		return nil, problems
	}
	if kind := checked.OutputType(); !kind.IsExactType(cel.BoolType) {
		return nil, []Problem{{Line: 1, Column: 1, Text: "a condition is true or false, and this is " + cel.FormatCELType(kind)}}
	}
	program, err := e.Program(checked, cel.CostLimit(mostCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, []Problem{{Text: err.Error()}}
	}
	return program, nil
}

// Proto is the set as it was compiled, to be read only; nil for no set.
func (s *Set) Proto() *routingv1.RuleSet {
	if s == nil {
		return nil
	}
	return s.message
}

// Name is "ruleSets/{number}"; empty for no set, and for one that was not saved.
func (s *Set) Name() string {
	if s == nil {
		return ""
	}
	return s.message.GetName()
}

// As is the set with other rules' surroundings: name, etag and times.
func (s *Set) As(change func(*routingv1.RuleSet)) *Set {
	next := *s
	next.message = proto.CloneOf(s.message)
	change(next.message)
	return &next
}

// Problems are those of all rules, in their order.
func (s *Set) Problems() []Problem { return s.problems }

// Ask asks the rules in their order until one matches. No set matches nothing.
func (s *Set) Ask(facts *routingv1.RoutingFacts, now time.Time) Answer {
	var a Answer
	if s == nil {
		return a
	}
	for i, r := range s.message.GetRules() {
		outcome := &routingv1.RuleOutcome{Rule: r.GetId(), Result: routingv1.RuleOutcome_FALSE}
		a.Outcomes = append(a.Outcomes, outcome)
		matched, err := s.ask(i, facts, now)
		switch {
		case err != nil:
			outcome.Result, outcome.Problem = routingv1.RuleOutcome_FAILED, err.Error()
		case matched:
			outcome.Result, a.Rule = routingv1.RuleOutcome_MATCHED, r
			return a
		}
	}
	return a
}

// ask evaluates one rule.
func (s *Set) ask(i int, facts *routingv1.RoutingFacts, now time.Time) (bool, error) {
	if s.programs[i] == nil {
		for _, p := range s.problems {
			if p.Index == i {
				return false, fmt.Errorf("line %d, column %d: %s", p.Line, p.Column, p.Text)
			}
		}
	}
	value, _, err := s.programs[i].Eval(map[string]any{variable: facts, moment: now})
	if err != nil {
		return false, fmt.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	matched, _ := value.Value().(bool)
	return matched, nil
}
