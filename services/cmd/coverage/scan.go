package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const coversPath = "github.com/redress-dev/redress/gen/covers"

// mark is one id that one test names.
type mark struct {
	id   string
	test string // folder.Function
}

// scan finds the marks in all Go files below root that import covers: tests, and
// the suites that tests of several packages share. Its error names the place of a
// call whose ids are not string literals.
func scan(root string) ([]mark, error) {
	var marks []mark
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(filepath.ToSlash(folder)):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		found, err := scanFile(root, name)
		marks = append(marks, found...)
		return err
	})
	return marks, err
}

// skipped tells whether a folder holds no marks of ours: hidden ones, data of a
// running Redress, what Go itself passes over, and the tests of covers, which call
// Requirement without proving one.
func skipped(folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	return folder == "var" || folder == "gen/covers" || base == "testdata" || base == "node_modules" ||
		strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func scanFile(root, name string) ([]mark, error) {
	set := token.NewFileSet()
	head, err := parser.ParseFile(set, name, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	alias := coversAlias(head)
	if alias == "" {
		return nil, nil
	}
	file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Rel(root, filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	var marks []mark
	for _, decl := range file.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ids, err := idsIn(set, function, alias)
		if err != nil {
			return nil, err
		}
		test := path.Clean(filepath.ToSlash(folder)) + "." + function.Name.Name
		for _, id := range ids {
			marks = append(marks, mark{id: id, test: test})
		}
	}
	return marks, nil
}

// coversAlias returns the name under which a file imports covers, or nothing.
func coversAlias(file *ast.File) string {
	for _, spec := range file.Imports {
		switch imported, err := strconv.Unquote(spec.Path.Value); {
		case err != nil || imported != coversPath:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(coversPath)
		}
	}
	return ""
}

// idsIn returns the ids that the calls of Requirement inside a function name.
func idsIn(set *token.FileSet, function *ast.FuncDecl, alias string) ([]string, error) {
	var ids []string
	var wrong error
	ast.Inspect(function, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || !isRequirement(call.Fun, alias) || len(call.Args) == 0 {
			return true
		}
		for _, arg := range call.Args[1:] {
			literal, ok := arg.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				wrong = fmt.Errorf("%s: requirement ids must be string literals", set.Position(arg.Pos()))
				return false
			}
			// The parser has accepted the literal, so it can be unquoted.
			id, _ := strconv.Unquote(literal.Value)
			ids = append(ids, id)
		}
		return true
	})
	return ids, wrong
}

// isRequirement tells whether a called expression is covers.Requirement.
func isRequirement(called ast.Expr, alias string) bool {
	selector, ok := called.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Requirement" {
		return false
	}
	qualifier, ok := selector.X.(*ast.Ident)
	return ok && qualifier.Name == alias
}
