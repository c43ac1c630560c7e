package filter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// writer collects the condition while it walks the parsed filter.
type writer struct {
	fields map[string]Field
	sql    strings.Builder
	args   []any
}

// condition writes one expression that is true or false.
func (w *writer) condition(e *expr.Expr) error {
	call := e.GetCallExpr()
	if call == nil {
		return w.bare(e)
	}
	operands := call.GetArgs()
	switch name := call.GetFunction(); {
	case name == filtering.FunctionAnd && len(operands) == 2:
		return w.join(" AND ", operands)
	case name == filtering.FunctionOr && len(operands) == 2:
		return w.join(" OR ", operands)
	case name == filtering.FunctionNot && len(operands) == 1:
		w.sql.WriteString("(NOT ")
		if err := w.condition(operands[0]); err != nil {
			return err
		}
		w.sql.WriteString(")")
		return nil
	case name == filtering.FunctionFuzzyAnd:
		return invalid("put AND or OR between two comparisons")
	case len(operands) == 2 && operator(name) != "":
		return w.comparison(operands[0], name, operands[1])
	default:
		return invalid("the operator %q is not known; use =, !=, <, <=, >, >=, AND, OR and NOT", name)
	}
}

// join writes two conditions with a word between them.
func (w *writer) join(word string, operands []*expr.Expr) error {
	w.sql.WriteString("(")
	if err := w.condition(operands[0]); err != nil {
		return err
	}
	w.sql.WriteString(word)
	if err := w.condition(operands[1]); err != nil {
		return err
	}
	w.sql.WriteString(")")
	return nil
}

// bare writes the condition of a name that stands alone: a Bool that is true.
func (w *writer) bare(e *expr.Expr) error {
	name, field, err := w.field(e)
	if err != nil {
		return err
	}
	if field.Kind != Bool {
		return invalid("compare %s with a value", name)
	}
	w.compare(field, "=", true, field.Implies["true"])
	return nil
}

// comparison writes a field, an operator and a value.
func (w *writer) comparison(left *expr.Expr, op string, right *expr.Expr) error {
	name, field, err := w.field(left)
	if err != nil {
		return err
	}
	if field.Kind != Int && field.Kind != Time && op != filtering.FunctionEquals && op != filtering.FunctionNotEquals {
		return invalid("%s can be compared by = and != only", name)
	}
	value, err := field.value(name, right)
	if err != nil {
		return err
	}
	implied := ""
	if text, ok := word(right); ok && op == filtering.FunctionEquals {
		implied = field.Implies[text]
	}
	w.compare(field, operator(op), value, implied)
	return nil
}

// precise is the largest number of units that a decimal is read as exactly.
const precise = 1 << 53

// number reads what an Int is compared with, in the column's units. What is beyond any of them stays so.
func (f Field) number(name string, e *expr.Expr) (int64, error) {
	scale := max(f.Scale, 1)
	switch value := e.GetConstExpr().GetConstantKind().(type) {
	case *expr.Constant_Int64Value:
		switch whole := value.Int64Value; {
		case whole > math.MaxInt64/scale:
			return math.MaxInt64, nil
		case whole < math.MinInt64/scale:
			return math.MinInt64, nil
		default:
			return whole * scale, nil
		}
	case *expr.Constant_DoubleValue:
		units := decimal.NewFromFloat(value.DoubleValue).Mul(decimal.NewFromInt(scale))
		if units.IsInteger() && units.Abs().LessThanOrEqual(decimal.NewFromInt(precise)) {
			return units.IntPart(), nil
		}
	}
	if scale == 1 {
		return 0, invalid("%s is compared with a whole number", name)
	}
	return 0, invalid("%s is compared with a number that is no finer than 1/%d", name, scale)
}

// compare writes the SQL of a comparison, with what it implies.
func (w *writer) compare(field Field, op string, value any, implied string) {
	mark := "?"
	if field.Kind == Int {
		// Else PostgreSQL takes a number that the column cannot hold for an error.
		mark = "CAST(? AS BIGINT)"
	}
	sparse := ""
	if field.leavesOut(op, value) {
		sparse = " AND " + field.Column + " <> " + field.Sparse
	}
	if implied != "" {
		implied = " AND " + implied
	}
	if field.Until != "" && (op == "=" || op == ">" || op == ">=") {
		implied += " AND " + field.Until + " >= " + mark
	}
	w.sql.WriteString("(" + field.Column + " " + op + " " + mark + sparse + implied + ")")
	w.args = append(append(w.args, field.Args...), value)
	if field.Until != "" && (op == "=" || op == ">" || op == ">=") {
		w.args = append(w.args, value)
	}
}

// leavesOut tells whether no row that has the sparse value meets a comparison.
func (f Field) leavesOut(op string, value any) bool {
	if f.Sparse == "" {
		return false
	}
	switch v := value.(type) {
	case int32:
		return op == "=" && strconv.Itoa(int(v)) != f.Sparse
	case int64:
		sparse, err := strconv.ParseInt(f.Sparse, 10, 64)
		return err == nil && (op == "=" && v != sparse || op == ">" && v >= sparse || op == ">=" && v > sparse)
	default:
		return false
	}
}

// field finds the declared field that an expression names.
func (w *writer) field(e *expr.Expr) (string, Field, error) {
	name, ok := path(e)
	if !ok {
		return "", Field{}, invalid("a comparison begins with a field; known are %s", names(w.fields))
	}
	field, ok := w.fields[name]
	if !ok {
		return "", Field{}, invalid("the field %q cannot be filtered; known are %s", name, names(w.fields))
	}
	return name, field, nil
}

// path is the dotted name that an expression is, if it is one.
func path(e *expr.Expr) (string, bool) {
	if ident := e.GetIdentExpr(); ident != nil {
		return ident.GetName(), true
	}
	member := e.GetSelectExpr()
	if member == nil {
		return "", false
	}
	parent, ok := path(member.GetOperand())
	return parent + "." + member.GetField(), ok
}

// operator is the SQL of a comparison operator, empty for everything else.
func operator(name string) string {
	switch name {
	case filtering.FunctionEquals, filtering.FunctionLessThan, filtering.FunctionLessEquals,
		filtering.FunctionGreaterThan, filtering.FunctionGreaterEquals:
		return name
	case filtering.FunctionNotEquals:
		return "<>"
	default:
		return ""
	}
}

// value reads what a field is compared with.
func (f Field) value(name string, e *expr.Expr) (any, error) {
	switch f.Kind {
	case Int:
		return f.number(name, e)
	case Bool:
		switch word, _ := word(e); word {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, invalid("%s is compared with true or false", name)
	case Time:
		text, _ := word(e)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, invalid("%s is compared with a time in quotes, like \"2026-01-01T00:00:00Z\"", name)
		}
		return at.UnixMicro(), nil
	case Enum:
		text, _ := word(e)
		if f.Names == nil && text != "" && !strings.ContainsRune(text, 0) {
			return text, nil
		}
		number, ok := f.Names[text]
		if !ok {
			return nil, invalid("%s is compared with one of %s", name, names(f.Names))
		}
		return number, nil
	default:
		text, ok := word(e)
		// PostgreSQL refuses this character in any text.
		if !ok || strings.ContainsRune(text, 0) {
			return nil, invalid("%s is compared with a text in quotes", name)
		}
		return text, nil
	}
}

// word is a text in quotes, or a bare word, which AIP-160 allows too.
func word(e *expr.Expr) (string, bool) {
	if text, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue); ok {
		return text.StringValue, true
	}
	if ident := e.GetIdentExpr(); ident != nil {
		return ident.GetName(), true
	}
	return "", false
}
