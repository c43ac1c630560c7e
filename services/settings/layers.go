package settings

import (
	"slices"

	"github.com/alecthomas/kong"
)

// Settings is kong's resolver for flags that are not on the command line.
var _ kong.Resolver = (*Settings)(nil)

// Validate implements kong.Resolver.
func (s *Settings) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver: the environment's value, else the file's, else none. A wrong value is noted, and not the end:
// all of them are reported at once.
func (s *Settings) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if s.file == nil {
		s.file = s.openFile(ctx)
	}
	if !isSetting(flag) {
		return nil, nil
	}
	found, ok := s.lookUp(flag)
	if !ok {
		return nil, nil
	}
	if problem := check(flag, found.value); problem != "" {
		s.problems = append(s.problems, found.place+": "+problem)
		return nil, nil
	}
	s.origins[flag.Name] = found.line
	return found.value, nil
}

// lookUp finds what environment and file say.
func (s *Settings) lookUp(flag *kong.Flag) (entry, bool) {
	for _, name := range flag.Envs {
		if value, ok := s.from.Env.Lookup(name); ok {
			return entry{value: value, line: "$" + name, place: "$" + name}, true
		}
	}
	found, ok := s.file.entries[flag.Name]
	return found, ok
}

// openFile reads the file that the command line, or else the environment, names. There need not be one.
func (s *Settings) openFile(ctx *kong.Context) *file {
	all := ctx.Flags()
	i := slices.IndexFunc(all, func(flag *kong.Flag) bool { return flag.Name == configFlag })
	if i < 0 {
		return &file{}
	}
	flag := all[i]
	path, _ := ctx.FlagValue(flag).(string)
	origin := "--" + configFlag
	if path == "" {
		path, _ = s.from.Env.Lookup(flag.Envs[0])
		origin = "$" + flag.Envs[0]
	}
	if path == "" {
		return &file{}
	}
	file, problems := loadFile(path, origin, s.names())
	s.problems = append(s.problems, problems...)
	return file
}

// names lists the settings of all commands: one file may serve them all.
func (s *Settings) names() []string {
	var names []string
	var visit func(*kong.Node)
	visit = func(node *kong.Node) {
		for _, flag := range node.Flags {
			if isSetting(flag) {
				names = append(names, flag.Name)
			}
		}
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(s.parser.Model.Node)
	return names
}
