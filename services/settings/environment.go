package settings

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// prefix is what the names of Redress's variables begin with. Those that others choose, such as TOKEN, do not.
const prefix = "REDRESS_"

// Environment is an environment as os.Environ tells it: each variable as "NAME=value".
type Environment []string

// Lookup finds the value of a variable, and whether it is set.
func (e Environment) Lookup(name string) (string, bool) {
	for _, variable := range e {
		if key, value, ok := strings.Cut(variable, "="); ok && key == name {
			return value, true
		}
	}
	return "", false
}

// Variables are the names of the variables that set the fields of a tagged struct, for Source.Others of another program.
func Variables(target any) []string {
	var names []string
	for _, field := range tagged(reflect.TypeOf(target)) {
		if name, ok := field.Tag.Lookup("env"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Flags are the names of the flags that set the fields of a tagged struct, each with whether a value follows it, for a program that takes the
// command line of another one.
func Flags(target any) map[string]bool {
	flags := make(map[string]bool)
	for _, field := range tagged(reflect.TypeOf(target)) {
		if name, ok := field.Tag.Lookup("name"); ok {
			flags[name] = field.Type.Kind() != reflect.Bool
		}
	}
	return flags
}

// tagged are the fields of a struct, with those of the structs that are embedded in it.
func tagged(of reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	for i := range of.NumField() {
		field := of.Field(i)
		if _, embedded := field.Tag.Lookup("embed"); (embedded || field.Anonymous) && field.Type.Kind() == reflect.Struct {
			fields = append(fields, tagged(field.Type)...)
			continue
		}
		fields = append(fields, field)
	}
	return fields
}

// variables are the names of those that set something in a node or below, used there or not.
func variables(node *kong.Node) []string {
	var names []string
	for _, flag := range node.Flags {
		names = append(names, flag.Envs...)
	}
	for _, child := range node.Children {
		names = append(names, variables(child)...)
	}
	return names
}

// refuseUnknown finds variables that are named as ours are and that nobody reads: a letter wrong in a name, and what somebody
// meant to set would silently have its default.
func (s *Settings) refuseUnknown() {
	for _, variable := range s.from.Env {
		name, value, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, prefix) || slices.Contains(s.variables, name) || isTests(name) || isLink(name, value) {
			continue
		}
		var own []string
		for _, known := range s.variables {
			if strings.HasPrefix(known, prefix) {
				own = append(own, known)
			}
		}
		s.problems = append(s.problems, "$"+name+": no such setting"+suggest(name, own))
	}
}

// isTests tells whether a variable is read by the tests and benchmarks of the source tree, whose developers may have exported it.
func isTests(name string) bool {
	return strings.HasPrefix(name, "REDRESS_TEST_") || strings.HasPrefix(name, "REDRESS_BENCH_") ||
		slices.Contains([]string{"REDRESS_CRASH_COMPLAINTS", "REDRESS_IMPORT_ROWS", "REDRESS_OUTAGE", "REDRESS_RECORD_HISTORIES"}, name)
}

// isLink tells whether Kubernetes made a variable by itself, as it does in every pod for a Service that is named redress or
// redress-…: REDRESS_SERVICE_HOST, REDRESS_INTAKE_PORT=tcp://10.0.0.1:9091, REDRESS_INTAKE_PORT_9091_TCP_ADDR. Docker's links are
// like them. A port that somebody wrote is a number and no such address.
func isLink(name, value string) bool {
	return regexp.MustCompile(`_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$`).MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}
