package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/redress-dev/redress/gen/redress/remedy/v1"  // Its reasons are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/routing/v1" // Its reasons are in the contract too.
)

// TestEveryReasonIsProvoked fails for a reason of the contract that no test provokes through a real connection. It reads the
// source of the tests: a reason counts where a function that asserts what came over the wire names it, as Go's constant or as
// text, unless the same function makes the error itself, in the place of a service.
func TestEveryReasonIsProvoked(t *testing.T) {
	t.Parallel()
	provoked := map[string][]string{}
	for _, folder := range wireTests(t, "../../../services", ".") {
		for reason, where := range readReasons(t, folder) {
			provoked[reason] = append(provoked[reason], where...)
		}
	}
	count := 0
	for _, reason := range contractReasons() {
		count++
		if len(provoked[reason]) == 0 {
			t.Errorf("no test provokes %s", reason)
		}
	}
	require.Greater(t, count, 40, "the contract was read")
}

// contractReasons lists the values of all enums of reasons, as "errorv1.Reason_UNAVAILABLE".
func contractReasons() []string {
	var reasons []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		parts := strings.Split(string(file.Package()), ".")
		for i := range file.Enums().Len() {
			enum := file.Enums().Get(i)
			if parts[0] != "redress" || enum.Name() != "ErrorReason" && enum.FullName() != "redress.error.v1.Reason" {
				continue
			}
			for j := range enum.Values().Len() {
				if value := enum.Values().Get(j); value.Number() != 0 {
					reasons = append(reasons, parts[1]+parts[2]+"."+string(enum.Name())+"_"+string(value.Name()))
				}
			}
		}
		return true
	})
	slices.Sort(reasons)
	return reasons
}

// wireTests lists the folders below the roots whose tests speak to a server: this one, and those that use rpctest.
func wireTests(t *testing.T, roots ...string) []string {
	t.Helper()
	var folders []string
	for _, root := range roots {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			files, err := filepath.Glob(filepath.Join(path, "*_test.go"))
			for _, file := range files {
				parsed, parseErr := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
				require.NoError(t, parseErr)
				for _, spec := range parsed.Imports {
					if name := spec.Path.Value; strings.HasSuffix(name, `/rpc/rpctest"`) || strings.HasSuffix(name, `/standalone/program"`) {
						folders = append(folders, path)
						return nil
					}
				}
			}
			return err
		}))
	}
	require.Greater(t, len(folders), 4, "the tests were found")
	return folders
}

// readReasons finds the reasons that the tests of a folder provoke, with the functions that do.
func readReasons(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	require.NoError(t, err)
	found := map[string][]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			s := scan{named: map[string]bool{}, made: map[string]bool{}}
			s.walk(function.Body, false)
			for reason := range s.named {
				if s.asserts && !s.made[reason] {
					found[reason] = append(found[reason], file+": "+function.Name.Name)
				}
			}
		}
	}
	return found
}

// scan is what one function says about reasons.
type scan struct {
	// asserts is true when it requires a reason, or lists calls with the reasons that others require.
	asserts bool
	// named are the reasons in it, and made those that it makes errors of.
	named, made map[string]bool
}

// walk reads a part of the function; inError is true within a call that makes an error.
func (s *scan) walk(node ast.Node, inError bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			pkg, name := calledBy(n)
			s.asserts = s.asserts || slices.Contains([]string{"RequireReason", "requireProblem", "refused", "refuse"}, name)
			if pkg == "errs" && name != "Reason" && !inError {
				for _, argument := range n.Args {
					s.walk(argument, true)
				}
				return false
			}
		case *ast.CompositeLit:
			element := n.Type
			if list, ok := element.(*ast.ArrayType); ok {
				element = list.Elt
			}
			ident, ok := element.(*ast.Ident)
			s.asserts = s.asserts || ok && ident.Name == "bad"
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && strings.Contains(n.Sel.Name, "Reason_") {
				s.note(pkg.Name+"."+n.Sel.Name, inError)
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && regexp.MustCompile("^[A-Z][A-Z0-9_]+$").MatchString(text) {
				s.note("errorv1.Reason_"+text, inError)
			}
		}
		return true
	})
}

func (s *scan) note(reason string, inError bool) {
	if inError {
		s.made[reason] = true
	} else {
		s.named[reason] = true
	}
}

// calledBy returns the names in "pkg.name(…)", or only the second in "name(…)".
func calledBy(call *ast.CallExpr) (pkg, name string) {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return "", f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			pkg = x.Name
		}
		return pkg, f.Sel.Name
	}
	return "", ""
}
