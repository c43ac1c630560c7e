package letter

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Problem is something that keeps a letter from being filled in.
type Problem struct {
	// Field is "subject" or "body".
	Field string
	// Message says what is wrong.
	Message string
}

// Check finds what is wrong with a letter of a kind in one language: what cannot be read, variables that there are not, parts of
// the notation that could fail, and what it does not tell though it must. A letter without problems can be written whatever is
// known of a complaint.
func Check(kind policyv1.LetterTemplate_Kind, text *policyv1.LetterText) []Problem {
	variables := Variables(kind)
	var problems []Problem
	subject, err := compile(text.GetSubject(), variables)
	if err != nil {
		problems = append(problems, Problem{"subject", err.Error()})
	} else if strings.ContainsAny(text.GetSubject(), "\r\n") {
		problems = append(problems, Problem{"subject", "has more than one line"})
	} else if err := try(subject, variables, false); err != nil {
		problems = append(problems, Problem{"subject", err.Error()})
	}
	body, err := compile(text.GetBody(), variables)
	if err == nil {
		err = try(body, variables, true)
	}
	if err != nil {
		problems = append(problems, Problem{"body", err.Error()})
	}
	return problems
}

// compile reads a text in the notation that letters may use.
func compile(text string, variables []Variable) (*template.Template, error) {
	t, err := template.New("text").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "template: "))
	}
	if len(t.Templates()) > 1 || t.Tree == nil {
		return nil, errors.New(`defines a template; a letter has one text`)
	}
	return t, admit(t.Root, variables, false)
}

// admit refuses what letters may not use. Inside "with" the dot is the variable itself.
func admit(list *parse.ListNode, variables []Variable, inside bool) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			err = admitPipe(n.Pipe, variables, inside)
		case *parse.IfNode:
			err = admitBranch(&n.BranchNode, variables, inside, inside)
		case *parse.WithNode:
			err = admitBranch(&n.BranchNode, variables, inside, true)
		default:
			err = fmt.Errorf("%s: a letter may use variables, with and if", node)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func admitBranch(branch *parse.BranchNode, variables []Variable, inside, insideBranch bool) error {
	return errors.Join(admitPipe(branch.Pipe, variables, inside), admit(branch.List, variables, insideBranch), admit(branch.ElseList, variables, inside))
}

// admitPipe wants a single variable: {{.reference}}, or inside "with" {{.}} and {{$.reference}}.
func admitPipe(pipe *parse.PipeNode, variables []Variable, inside bool) error {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return fmt.Errorf("{{%s}}: a letter has variables only, such as {{.reference}}", pipe)
	}
	var path []string
	switch arg := pipe.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
		if inside {
			return nil
		}
	case *parse.FieldNode:
		if inside {
			return fmt.Errorf(`{{%s}}: inside "with" the variable itself is {{.}}, another one {{$%s}}`, pipe, pipe)
		}
		path = arg.Ident
	case *parse.VariableNode:
		path = arg.Ident[1:]
	}
	if len(path) != 1 {
		return fmt.Errorf("{{%s}}: a letter has variables only, such as {{.reference}}", pipe)
	}
	if _, ok := find(variables, path[0]); !ok {
		return fmt.Errorf("{{%s}}: there is no such variable; there are %s", pipe,
			strings.Join(names(variables, func(Variable) bool { return true }), ", "))
	}
	return nil
}

// try fills in the text with every combination of what may be unknown, and looks for what must be told.
func try(t *template.Template, variables []Variable, complete bool) error {
	optional := names(variables, func(v Variable) bool { return !v.Required || v.Passes })
	for known := range 1 << len(optional) {
		values := make(map[string]string)
		for _, v := range variables {
			values[v.Name] = "{" + v.Name + "}"
		}
		for i, name := range optional {
			if known>>i&1 == 0 {
				values[name] = ""
			}
		}
		text, err := execute(t, values)
		if err != nil {
			return err
		}
		for _, v := range variables {
			if complete && v.Told && !strings.Contains(text, values[v.Name]) {
				return fmt.Errorf("does not tell %s", v.Name)
			}
			if complete && v.Passes && values[v.Name] == "" {
				if err := tryOver(t, values, text, v.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tryOver wants a letter to say something in the place of a time that is over: with the time it must differ by more than the time.
func tryOver(t *template.Template, values map[string]string, without, name string) error {
	values[name] = "{" + name + "}"
	defer func() { values[name] = "" }()
	with, err := execute(t, values)
	if err != nil {
		return err
	}
	if strings.ReplaceAll(with, values[name], "") == without {
		return fmt.Errorf("does not say what holds once %[1]s is over; write {{with .%[1]s}}…{{else}}…{{end}}", name)
	}
	return nil
}

func execute(t *template.Template, values map[string]string) (string, error) {
	var text strings.Builder
	if err := t.Execute(&text, values); err != nil {
		return "", err
	}
	return text.String(), nil
}
