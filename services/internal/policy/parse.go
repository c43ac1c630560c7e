package policy

import (
	"crypto/sha256"
	_ "embed" // For the built-in default.
	"fmt"
	"strings"
	"sync"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

//go:embed default.yaml
var defaultYAML []byte

// riskYAML is the section "risk" of the built-in default, a lexicon as long as all the rest.
//
//go:embed risk.yaml
var riskYAML []byte

const defaultSource = "default.yaml"

// wordingYAML is the section "wording" of the built-in default, which would bury the numbers of default.yaml.
//
//go:embed wording.yaml
var wordingYAML []byte

// remedyYAML are the sections of the built-in default about what is given, promised and refused.
//
//go:embed remedy.yaml
var remedyYAML []byte

// playbooksYAML are the playbooks of the section "playbooks", which are words and would bury the numbers of remedy.yaml.
//
//go:embed playbooks.yaml
var playbooksYAML []byte

// timekeepingYAML is the section "timekeeping" of the built-in default.
//
//go:embed timekeeping.yaml
var timekeepingYAML []byte

// Error says why a policy was refused.
type Error struct {
	// Problems has an entry for each, "file:line:column field: what is wrong".
	Problems []string
}

// Error puts each problem on a line of its own.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// builtIn is read once in a process, since it is long and a part of the program: who lays a file over it need not read it anew.
//
//nolint:gochecknoglobals // Nothing changes it: a policy is only read, and a file is laid over a copy.
var builtIn = sync.OnceValues(readBuiltIn)

// Default is the built-in policy, whose numbers are those of the requirements. It is one for the whole process.
func Default() (*Policy, error) { return builtIn() }

func readBuiltIn() (*Policy, error) {
	base := &policyv1.Policy{}
	for _, section := range []struct {
		file string
		text []byte
	}{{"risk.yaml", riskYAML}, {"wording.yaml", wordingYAML}, {"remedy.yaml", remedyYAML}, {"playbooks.yaml", playbooksYAML}, {"timekeeping.yaml", timekeepingYAML}} {
		part := &policyv1.Policy{}
		if err := (protoyaml.UnmarshalOptions{Path: section.file}).Unmarshal(section.text, part); err != nil {
			return nil, &Error{Problems: explain(err)}
		}
		proto.Merge(base, part)
	}
	return parse(defaultYAML, defaultSource, base)
}

// Load reads a policy file and lays it over the default, field by field; with an empty path it
// is the default itself. A file that breaks a rule is refused with an *Error.
func Load(path string) (*Policy, error) {
	if path == "" {
		return Default()
	}
	text, err := document.Load(path)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return Parse(text, path)
}

// Parse reads a policy and lays it over the default. The source is what errors
// call the text, usually a file name. A text that breaks a rule is refused with
// an *Error. A text that states something but no version gets the default's
// version with a digest of the text, so that no two policies share a name.
func Parse(text []byte, source string) (*Policy, error) {
	base, err := Default()
	if err != nil {
		return nil, err
	}
	return parse(text, source, base.message)
}

// parse reads the text over the sections of base.
func parse(text []byte, source string, base *policyv1.Policy) (*Policy, error) {
	text = document.Unix(text)
	file, problems := read(text, source)
	switch {
	case file == nil:
		return nil, &Error{Problems: problems}
	case len(problems) == 0 && len(file.stated) == 0:
		return compile(base)
	}
	found := newMistakes(file, problems)
	overlay := &overlay{base: base, file: file, unread: found.unread}
	if base.GetVersion() != "" && !file.stated["version"] {
		overlay.version = fmt.Sprintf("%s+%.4x", base.GetVersion(), sha256.Sum256(text))
	}
	// First without the checks, which must know what could not be read and not complain about it again.
	unreadable := explain((protoyaml.UnmarshalOptions{Path: source}).Unmarshal(text, &policyv1.Policy{}))
	found.reading(unreadable)
	// What could not be read is told again, before what the checks find.
	all := explain((protoyaml.UnmarshalOptions{Path: source, Validator: overlay}).Unmarshal(text, &policyv1.Policy{}))
	found.checking(all[len(unreadable):])
	if len(found.problems) > 0 {
		return nil, &Error{Problems: found.sorted()}
	}
	return compile(overlay.merged)
}
