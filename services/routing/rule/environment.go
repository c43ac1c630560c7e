package rule

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/overloads"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Technical limits of one condition. Sensible ones stay far below; they are there so that no condition holds up an assignment.
const (
	mostCost    = 10000
	mostDepth   = 50
	mostNodes   = 2000
	mostNested  = 2
	mostRegex   = 500
	variable    = "complaint"
	moment      = "now"
	enumeration = "redress.policy.v1"
)

// environment is what conditions may speak of.
func environment() (*cel.Env, error) {
	e, err := cel.NewEnv(
		cel.Container(enumeration),
		cel.Types(&routingv1.RoutingFacts{}),
		cel.Variable(variable, cel.ObjectType(string((&routingv1.RoutingFacts{}).ProtoReflect().Descriptor().FullName()))),
		cel.Variable(moment, cel.TimestampType),
		cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(mostDepth),
		cel.ExpressionNestingDepthLimit(mostDepth),
		cel.ExpressionNodeLimit(mostNodes),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateHomogeneousAggregateLiterals(),
			cel.ValidateComprehensionNestingLimit(mostNested), zones{}, patterns{}),
	)
	if err != nil {
		return nil, fmt.Errorf("rule: environment: %w", err)
	}
	return e, nil
}

// zones finds time zones that do not exist: now.getHours("Asia/Atlantis") would fail for every complaint.
type zones struct{}

// Name is the validator's.
func (zones) Name() string { return "redress.validate.zones" }

// ToConfig describes the validator.
func (z zones) ToConfig() *env.Validator { return env.NewValidator(z.Name()) }

// Validate reports literals in the place of a time zone that are none.
func (zones) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for _, call := range ast.MatchDescendants(ast.NavigateAST(a), ast.KindMatcher(ast.CallKind)) {
		args := call.AsCall().Args()
		if !slices.Contains(getters(), call.AsCall().FunctionName()) || len(args) != 1 || args[0].Kind() != ast.LiteralKind {
			continue
		}
		name, ok := args[0].AsLiteral().Value().(string)
		if !ok || offset(name) {
			continue
		}
		if _, err := time.LoadLocation(name); err != nil {
			issues.ReportErrorAtID(args[0].ID(), "there is no time zone %q", name)
		}
	}
}

// patterns finds regular expressions that are large once their repetitions are written out, or not known before there is a complaint.
// (cel-go's own limit panics on repetitions.)
type patterns struct{}

// Name is the validator's.
func (patterns) Name() string { return "redress.validate.patterns" }

// ToConfig describes the validator.
func (p patterns) ToConfig() *env.Validator { return env.NewValidator(p.Name()) }

// Validate reports patterns that cannot be used.
func (patterns) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for _, call := range ast.MatchDescendants(ast.NavigateAST(a), ast.FunctionMatcher(overloads.Matches)) {
		args := call.AsCall().Args()
		if len(args) == 0 {
			continue
		}
		pattern := args[len(args)-1] // The function's second argument, the method's only one.
		if pattern.Kind() != ast.LiteralKind {
			issues.ReportErrorAtID(pattern.ID(), "a regular expression is written out, not put together")
			continue
		}
		text, _ := pattern.AsLiteral().Value().(string)
		parsed, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			issues.ReportErrorAtID(pattern.ID(), "this is no regular expression")
			continue
		}
		if program, err := syntax.Compile(parsed.Simplify()); err != nil || len(program.Inst) > mostRegex {
			issues.ReportErrorAtID(pattern.ID(), "this regular expression is too large")
		}
	}
}

// getters are the functions that take a time zone.
func getters() []string {
	return []string{
		"getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes", "getSeconds",
		"getMilliseconds",
	}
}

// offset tells whether a time zone is a difference from UTC: "+08:00".
func offset(zone string) bool {
	for _, form := range []string{"-07:00", "07:00"} {
		if _, err := time.Parse(form, zone); err == nil {
			return true
		}
	}
	_, err := time.Parse("15:04", zone)
	return err == nil
}
