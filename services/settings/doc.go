// Package settings reads the settings of a program into a struct whose tags are their one description: name, variable, default,
// help. A value comes from the command line, else from the environment, else from a file (--config or $REDRESS_CONFIG), else it
// is the default. Print shows the outcome with where each value came from and without secrets.
//
//	type Config struct {
//		Database string `name:"database" env:"REDRESS_DATABASE" secret:"true" group:"data" help:"URL of the database."`
//	}
//
// The tags are those of github.com/alecthomas/kong, which also reads the command line and prints the help. Ours is secret:"true".
// A flag with a variable is a setting: it may stand in the file, under the flag's name, and is printed. A flag without one is an
// option of this one call.
//
//   - settings.go: Read.
//   - model.go: what is taken over from the tags, and what is put right.
//   - layers.go: environment and file, and which wins.
//   - environment.go: the environment, and what in it nobody reads.
//   - file.go: the file.
//   - value.go: kinds of values, secrets.
//   - print.go: Print.
//   - program.go: the settings that every program has.
package settings
