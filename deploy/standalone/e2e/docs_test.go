package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The contract's packages that nothing else here imports.
	_ "github.com/redress-dev/redress/gen/redress/gateway/v1"
	_ "github.com/redress-dev/redress/gen/redress/policy/v1"
	_ "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// root is the repository.
const root = "../../.."

// pages are the documents that tell people what to type.
func pages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			name, err := filepath.Rel(root, file)
			require.NoError(t, err)
			pages[name] = string(text)
		}
	}
	require.Greater(t, len(pages), 15)
	return pages
}

// each calls check with each match of the pattern's first group in each page.
func each(t *testing.T, pattern string, check func(page, found string)) {
	t.Helper()
	matches := 0
	for page, text := range pages(t) {
		for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			check(page, found[1])
			matches++
		}
	}
	require.Positive(t, matches, "%s is found nowhere", pattern)
}

// setting is what the tag of a field says about a flag.
type setting struct {
	env, fallback string
}

// described reads the tags of all structs in folders: flags by their name, and commands.
func described(t *testing.T, folders ...string) (flags map[string]setting, commands []string) {
	t.Helper()
	flags = map[string]setting{"help": {}}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		require.NoError(t, err)
		files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
		require.NotEmpty(t, files, folder)
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				field, ok := n.(*ast.Field)
				if !ok || field.Tag == nil || len(field.Names) == 0 {
					return true
				}
				text, err := strconv.Unquote(field.Tag.Value)
				require.NoError(t, err)
				tag := reflect.StructTag(text)
				name, named := tag.Lookup("name")
				if _, ok := tag.Lookup("cmd"); ok {
					commands = append(commands, dashed(field.Names[0].Name))
				} else if _, ok := tag.Lookup("help"); ok || named {
					if !named {
						name = dashed(field.Names[0].Name)
					}
					flags[name] = setting{env: tag.Get("env"), fallback: tag.Get("default")}
				}
				return true
			})
		}
	}
	return flags, commands
}

// dashed writes the name of a field as that of a flag.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func programs() []string {
	return []string{"services/suite", "services/settings", "services/cmd/redress", "services/cmd/demo", "deploy/standalone/program"}
}

// TestDocsNameWhatExists proves that whoever types what the documents say is understood.
func TestDocsNameWhatExists(t *testing.T) {
	t.Parallel()
	flags, commands := described(t, programs()...)
	text, err := os.ReadFile(filepath.Join(root, "deploy/standalone/bench/flags.go"))
	require.NoError(t, err)
	bench := map[string]bool{}
	for _, found := range regexp.MustCompile(`Var\([^,]+, "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		bench[found[1]] = true
	}
	variables := []string{"REDRESS_TEST_POSTGRES_URL", "REDRESS_TEST_", "REDRESS_IMPORT_ROWS", "REDRESS_BENCH_COMPLAINTS", "REDRESS_BENCH_BARE", "REDRESS_BENCH_ROWS", // For tests, not for programs.
		"REDRESS_SERVICE_HOST", "REDRESS_INTAKE_PORT"} // Made by Kubernetes.
	for _, s := range flags {
		variables = append(variables, s.env)
	}
	each(t, `[\s"'(\x60]--([a-z][a-z-]+)`, func(page, flag string) {
		_, ok := flags[flag]
		known := ok || page == "docs/benchmarks.md" && bench[flag] || flag == "include" // grep's.
		require.True(t, known, "%s: no program has --%s", page, flag)
	})
	each(t, `\b(REDRESS_[A-Z_]+)`, func(page, variable string) { require.Contains(t, variables, variable, page) })
	each(t, `(?m)(?:^|\x60|; )redress ([a-z][a-z-]*)`, func(page, command string) { require.Contains(t, commands, command, page) })

	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	each(t, `(?m)(?:^|\x60)make ([a-z-]+)`, func(page, target string) {
		require.Regexp(t, `(?m)^`+target+`:`, string(makefile), "%s: make %s", page, target)
	})
}

// TestDocsLinksLead proves that every link within the repository leads to a file and to a heading in it.
func TestDocsLinksLead(t *testing.T) {
	t.Parallel()
	each(t, `\]\(([^)\s]+)\)`, func(page, link string) {
		if strings.Contains(link, "://") {
			return
		}
		path, anchor, _ := strings.Cut(link, "#")
		file := filepath.Join(root, page)
		if path != "" {
			file = filepath.Join(root, filepath.Dir(page), path)
		}
		_, err := os.Stat(file)
		require.NoError(t, err, "%s links to %s", page, link)
		if anchor == "" {
			return
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var anchors []string
		for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
			anchors = append(anchors, slug(heading[1]))
		}
		require.Contains(t, anchors, anchor, "%s links to %s", page, link)
	})
}

// slug is how a heading is linked to.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, heading)
}

// TestOperationsListsEverySetting proves that the table of settings has each of them, with its variable and its default.
func TestOperationsListsEverySetting(t *testing.T) {
	t.Parallel()
	flags, _ := described(t, "services/suite", "services/settings", "deploy/standalone/program")
	page := pages(t)["docs/operations.md"]
	rows := regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `(REDRESS_[A-Z_]+)` \\| (?:`([^`]*)`)? *\\|").FindAllStringSubmatch(page, -1)
	listed := map[string]setting{}
	for _, row := range rows {
		listed[row[1]] = setting{env: row[2], fallback: row[3]}
	}
	for name, s := range flags {
		if s.env == "" {
			delete(flags, name) // For one call only, such as --help.
		}
	}
	require.Equal(t, flags, listed)
}

// TestOperationsListsEveryMetric proves that operators are told of each metric, by the name that Prometheus sees, and of no other.
func TestOperationsListsEveryMetric(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "services/internal/telemetry/facts/*.go"))
	require.NoError(t, err)
	files = append(files, filepath.Join(root, "services/suite/namespace.go"), filepath.Join(root, "services/internal/rpc/traffic.go"))
	var made []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range regexp.MustCompile(`"(redress_[a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			made = append(made, found[1])
		}
	}
	require.NotEmpty(t, made)
	var listed []string
	each(t, `\b(redress_[a-z_]+)`, func(page, metric string) {
		name := strings.TrimSuffix(strings.TrimSuffix(metric, "_total"), "_seconds")
		require.Contains(t, made, name, "%s names %s", page, metric)
		listed = append(listed, name)
	})
	for _, name := range made {
		require.Contains(t, listed, name, "no page tells of it")
	}
}

// TestGlossaryNamesTheContract proves that the glossary says truly where its terms are found.
func TestGlossaryNamesTheContract(t *testing.T) {
	t.Parallel()
	var contract []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), "redress.") {
			contract = append(contract, names(file)...)
		}
		return true
	})
	requirements := pages(t)["docs/requirements.md"]
	checked := 0
	for line := range strings.Lines(pages(t)["docs/glossary.md"]) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || !strings.ContainsRune(line, '`') && !strings.Contains(line, "-") {
			continue
		}
		where := cells[len(cells)-2]
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(where, -1) {
			name := found[1]
			if _, err := os.Stat(filepath.Join(root, name)); err == nil {
				continue // A folder.
			}
			require.True(t, slices.ContainsFunc(contract, func(full string) bool { return strings.HasSuffix(full, "."+name) }),
				"%s stands in the glossary and not in the contract", name)
			checked++
		}
		for _, id := range regexp.MustCompile(`\b[A-Z]+-[0-9]+\b`).FindAllString(where, -1) {
			require.Contains(t, requirements, "- "+id+" ", "a requirement of the glossary")
		}
	}
	require.Greater(t, checked, 40)
}

// names lists everything in a file of the contract by its full name; values of enums behind their enum, as people write them.
func names(file protoreflect.FileDescriptor) []string {
	var all []string
	enums := func(list protoreflect.EnumDescriptors) {
		for i := range list.Len() {
			all = append(all, string(list.Get(i).FullName()))
			for j := range list.Get(i).Values().Len() {
				all = append(all, string(list.Get(i).FullName())+"."+string(list.Get(i).Values().Get(j).Name()))
			}
		}
	}
	var messages func(list protoreflect.MessageDescriptors)
	messages = func(list protoreflect.MessageDescriptors) {
		for i := range list.Len() {
			m := list.Get(i)
			all = append(all, string(m.FullName()))
			for j := range m.Fields().Len() {
				all = append(all, string(m.Fields().Get(j).FullName()))
			}
			enums(m.Enums())
			messages(m.Messages())
		}
	}
	enums(file.Enums())
	messages(file.Messages())
	for i := range file.Services().Len() {
		service := file.Services().Get(i)
		all = append(all, string(service.FullName()))
		for j := range service.Methods().Len() {
			all = append(all, string(service.Methods().Get(j).FullName()))
		}
	}
	return all
}
