package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// postgresVariable names the server on which databases may be made: `.ci/postgres run` sets it.
const postgresVariable = "REDRESS_TEST_POSTGRES_URL"

// flags are what the command line says.
type flags struct {
	only, database, file, commit, dir, profiles, callers, sizes string

	quick    bool
	duration time.Duration
	begin    time.Duration
	rounds   int
	// The sizes of the parts.
	running, open, lives, burst, due int
}

// parse reads the command line.
func parse(args []string) (*bench, error) {
	b := &bench{}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.StringVar(&b.only, "only", strings.Join(names(), ","), "parts to measure, separated by commas")
	set.StringVar(&b.database, "database", "both", "sqlite, postgres or both; PostgreSQL is where $"+postgresVariable+" says")
	set.StringVar(&b.file, "out", "", "file in which the sections that are measured are replaced, and nothing else; standard output when empty")
	set.StringVar(&b.commit, "commit", "", "what is measured, to be told beside each result; what the program was built from when empty")
	set.StringVar(&b.dir, "dir", "", "directory for data; the system's for temporary files when empty. On a file system in memory, commits cost nothing")
	set.StringVar(&b.profiles, "profiles", "", "directory for profiles of the product's processor time and memory while it files and lives")
	set.StringVar(&b.flags.callers, "callers", "1,16,64", "concurrencies of filing, separated by commas")
	set.StringVar(&b.flags.sizes, "sizes", "10000,100000,1000000", "numbers of complaints that lists are read at, growing, separated by commas")
	set.IntVar(&b.running, "running", 10_000, "open complaints with workflows whose memory is looked at")
	set.IntVar(&b.open, "open", 100_000, "open complaints whose memory is looked at; those beyond --running are copies without workflows")
	set.IntVar(&b.lives, "lives", 500, "lives whose bytes and events are counted, and whose rate is measured")
	set.IntVar(&b.burst, "burst", 5000, "complaints of a burst")
	set.IntVar(&b.due, "due", 10_000, "callbacks that are due in the same moment")
	set.DurationVar(&b.begin, "begin", 30*time.Millisecond, "time allowed for each of them to be filed and its workflow begun, before the first is due; more on a busy machine")
	set.BoolVar(&b.quick, "quick", false, "small sizes: proves that everything works, and measures nothing")
	set.DurationVar(&b.duration, "duration", 1500*time.Millisecond, "length of one measurement of a rate")
	set.IntVar(&b.rounds, "rounds", 5, "how often each rate is measured")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	b.command = commandOf(set)
	return b, errors.Join(b.chooseParts(), b.chooseSizes(), b.chooseEngines())
}

// commandOf is what one would say to measure the same again: where the results go to is of no importance to that.
func commandOf(set *flag.FlagSet) string {
	words := []string{"bench"}
	set.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "out", "commit", "dir", "profiles":
		case "quick":
			words = append(words, "--quick")
		default:
			words = append(words, "--"+f.Name, f.Value.String())
		}
	})
	return strings.Join(words, " ")
}

func names() []string {
	var list []string
	for _, p := range parts() {
		list = append(list, p.name)
	}
	return list
}

func (b *bench) chooseParts() error {
	for _, name := range strings.Split(b.only, ",") {
		i := slices.IndexFunc(parts(), func(p part) bool { return p.name == name })
		if i < 0 {
			return fmt.Errorf("--only: there is no part %q; there are %s", name, strings.Join(names(), ", "))
		}
		b.parts = append(b.parts, parts()[i])
	}
	return nil
}

func (b *bench) chooseSizes() (err error) {
	if b.callers, err = numbers("--callers", b.flags.callers); err != nil {
		return err
	}
	if b.sizes, err = numbers("--sizes", b.flags.sizes); err != nil {
		return err
	}
	if !slices.IsSorted(b.sizes) || b.sizes[0] < leastSize {
		return fmt.Errorf("--sizes: %q are not growing numbers of at least %d", b.flags.sizes, leastSize)
	}
	if b.rounds < 1 || b.duration <= 0 || b.running < 1 || b.lives < 1 || b.burst < 1 || b.due < 1 || b.begin < 0 || b.open < b.running {
		return errors.New("--rounds, --duration, --running, --lives, --burst and --due must be positive, --begin not negative, and --open not less than --running")
	}
	return nil
}

// leastSize is more than the real complaints that copies are made of.
const leastSize = 1000

func numbers(flag, text string) (list []int, err error) {
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is no positive number", flag, word)
		}
		list = append(list, n)
	}
	return list, nil
}

func (b *bench) chooseEngines() error {
	switch b.database {
	case "both":
		b.engines = []database.Engine{database.SQLite, database.Postgres}
	case string(database.SQLite), string(database.Postgres):
		b.engines = []database.Engine{database.Engine(b.database)}
	default:
		return fmt.Errorf("--database: %q is none of sqlite, postgres and both", b.database)
	}
	if !slices.Contains(b.engines, database.Postgres) {
		return nil
	}
	if b.maker.URL = os.Getenv(postgresVariable); b.maker.URL == "" {
		return errors.New("set $" + postgresVariable + " to the URL of a PostgreSQL server on which databases may be made, or measure --database sqlite only")
	}
	return nil
}
