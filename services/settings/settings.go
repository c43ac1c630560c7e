package settings

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// ErrPrinted says that the command line asked to be told something, and was; there is nothing to run.
var ErrPrinted = errors.New("what was asked for was printed")

// Error lists what is wrong with the settings, each problem with the flag, the variable or the line of the file that it is in.
type Error struct {
	Problems []string
}

// Error puts each problem on a line of its own.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// Source is where settings come from, and for whom.
type Source struct {
	// Program is the program's name, and About what it is, in a sentence or two; for the help.
	Program, About string
	// Args are the command line's, without the program.
	Args []string
	// Env is the environment. A variable of it that is named as Redress's are and that no program reads is refused.
	Env Environment
	// Others are the variables of other programs of Redress, which may be set here too and mean nothing.
	Others []string
	// Out is where help is printed.
	Out io.Writer
	// Defaults replace the defaults of the tags, by the flag's name.
	Defaults map[string]string
}

// Selective is implemented by a target, or by a command of one, that does not use all flags of a struct it embeds. The others
// are unknown to it, and have their default values.
type Selective interface {
	// Uses tells whether the flag of that name is used.
	Uses(flag string) bool
}

// Settings are the outcome of Read: which command was meant, and where each value came from.
type Settings struct {
	from     Source
	parser   *kong.Kong
	ctx      *kong.Context
	file     *file
	origins  map[string]string // By the flag's name, where its value came from.
	problems []string
	// variables are the names of those that may be set, be it for another command or program.
	variables []string
}

// Read fills in the target, a pointer to a tagged struct. It returns ErrPrinted when the command line asked for help, and an *Error
// when a flag, a variable or the file is wrong.
func Read(target any, from Source) (*Settings, error) {
	s := &Settings{from: from, origins: make(map[string]string)}
	helped := false
	var err error
	s.parser, err = kong.New(target,
		kong.Name(from.Program), kong.Description(from.About), kong.Writers(from.Out, from.Out),
		kong.Exit(func(int) { helped = true }),
		kong.Resolvers(s),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(decodeDuration)),
		kong.TypeMapper(reflect.TypeFor[slog.Level](), kong.MapperFunc(decodeLevel)),
		kong.ValueFormatter(explain),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120, FlagsLast: true}),
	)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	s.variables = append(variables(s.parser.Model.Node), from.Others...)
	if err := s.prepare(s.parser.Model.Node); err != nil {
		return nil, err
	}
	if s.ctx, err = s.parser.Parse(from.Args); !helped {
		s.refuseUnknown()
	}
	switch {
	case helped:
		return nil, ErrPrinted
	case err != nil:
		return nil, &Error{Problems: append(s.problems, err.Error())}
	case len(s.problems) > 0:
		return nil, &Error{Problems: s.problems}
	}
	s.originsOfFlags()
	if s.refuseMasked(); len(s.problems) > 0 {
		return nil, &Error{Problems: s.problems}
	}
	return s, nil
}

// Command is the command that was called, a pointer to its struct in the target; the target itself when it has no commands.
func (s *Settings) Command() any {
	node := s.parser.Model.Node
	if selected := s.ctx.Selected(); selected != nil {
		node = selected
	}
	return node.Target.Addr().Interface()
}

// flags are the settings of the command that was called, in the order of the struct.
func (s *Settings) flags() []*kong.Flag {
	var all []*kong.Flag
	for _, flag := range s.ctx.Flags() {
		if isSetting(flag) {
			all = append(all, flag)
		}
	}
	return all
}

// originsOfFlags notes what was stated on the command line.
func (s *Settings) originsOfFlags() {
	for _, path := range s.ctx.Path {
		if path.Flag != nil && !path.Resolved {
			s.origins[path.Flag.Name] = "--" + path.Flag.Name
		}
	}
}

// refuseMasked finds secrets that were copied from what Print printed.
func (s *Settings) refuseMasked() {
	for _, flag := range s.flags() {
		if value := format(flag.Target); isMasked(flag, value) {
			s.problems = append(s.problems, fmt.Sprintf("%s: holds %q in place of the secret, as printed settings do; put in the secret itself",
				s.origin(flag), hidden))
		}
	}
}

// origin says where a value came from.
func (s *Settings) origin(flag *kong.Flag) string {
	if origin, ok := s.origins[flag.Name]; ok {
		return origin
	}
	return "default"
}
