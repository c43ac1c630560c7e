package filing

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/floor"
	"github.com/redress-dev/redress/deploy/standalone/bench/load"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// turn is what one closed loop gave.
type turn struct {
	load.Result
	// processor is the product's processor time for each complaint that was filed; zero for a floor.
	processor time.Duration
}

// rounds are results by what was measured, in the order of the rounds.
type rounds map[string][]turn

// rate is the median of the rounds' rates.
func (r rounds) rate(name string) float64 { return report.Median(rates(r[name])) }

// ratio is the median of the ratios within each round, in which both met the same machine.
func (r rounds) ratio(name, of string) float64 {
	return report.Median(r.ratios(name, of))
}

func (r rounds) ratios(name, of string) (list []float64) {
	for i, base := range r[of] {
		if base.Rate() > 0 {
			list = append(list, r[name][i].Rate()/base.Rate())
		}
	}
	return list
}

func (r rounds) errors(name string) (n int) {
	for _, result := range r[name] {
		n += result.Errors
	}
	return n
}

// problem is the first error of all, for a note.
func (r rounds) problem() error {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		for _, result := range r[name] {
			if result.Problem != nil {
				return result.Problem
			}
		}
	}
	return nil
}

// processor is the median of the product's processor time for a filing, in milliseconds; empty where there is none.
func (r rounds) processor(name string) string {
	var list []float64
	for _, t := range r[name] {
		if t.processor > 0 {
			list = append(list, t.processor.Seconds()*1000)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return report.Number(report.Median(list))
}

func rates(turns []turn) []float64 {
	list := make([]float64, len(turns))
	for i := range turns {
		list[i] = turns[i].Rate()
	}
	return list
}

func say(r load.Result) string {
	text := fmt.Sprintf("%.0f/s", r.Rate())
	if r.Errors > 0 {
		text += fmt.Sprintf(", %d errors, the first: %v", r.Errors, r.Problem)
	}
	return text
}

func percent(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }

// place names the results of one concurrency.
func place(engine database.Engine, callers int) string {
	if callers == 1 {
		return "Filing on " + engine.Title() + ", 1 caller: "
	}
	return fmt.Sprintf("Filing on %s, %d callers: ", engine.Title(), callers)
}

// rateTable compares the product with the floors at one concurrency.
func (cfg Config) rateTable(engine database.Engine, callers int, found rounds) report.Table {
	t := report.Table{
		Title: place(engine, callers) + "rate",
		Lead: fmt.Sprintf("Closed loop, deliveries paused. %d rounds in which each takes its turn for %s, after %s that is not counted; "+
			"the median of the rounds and, in brackets, the slowest and the fastest. A share of a floor is the median of the shares within each round. "+
			"Processor is what the product's process used for a filing, without the client and PostgreSQL.",
			cfg.Rounds, cfg.Duration, cfg.WarmUp),
		Columns: []string{"what", "per second", "(rounds)", "errors", "of a statement a row", "of two rows", "of one statement", "processor ms each"},
	}
	for _, name := range names() {
		row := append([]string{name}, found.cells(name)...)
		for _, base := range []string{rowsFloor, pairFloor, oneFloor} {
			share := ""
			if name == overGRPC || name == overREST {
				share = percent(found.ratio(name, base))
			}
			row = append(row, share)
		}
		t.Add(append(row, found.processor(name))...)
	}
	if err := found.problem(); err != nil {
		t.Notes = append(t.Notes, "The first error: "+err.Error())
	}
	return t
}

// cells are the rate, its range and the errors.
func (r rounds) cells(name string) []string {
	list := rates(r[name])
	return []string{report.Number(r.rate(name)), fmt.Sprintf("(%.0f–%.0f)", slices.Min(list), slices.Max(list)), strconv.Itoa(r.errors(name))}
}

// floorNotes say what the floors are.
func (cfg Config) floorNotes(engine database.Engine, connections int) []string {
	rows := "A statement a row: BEGIN, one prepared INSERT for each row that a filing writes (see the table), COMMIT, one round trip each. " +
		"Two rows: BEGIN, a row of 1 KB, an outbox row of 256 B, COMMIT. One statement: the rows of the first in a single prepared statement."
	if engine == database.Postgres {
		return []string{
			rows + " The floors' tables are made with LIKE … INCLUDING ALL from the product's, so columns, keys and indexes are the same.",
			fmt.Sprintf("A floor has a connection for each caller; the product had %d connections in all at most.", connections),
		}
	}
	return []string{
		rows + " On SQLite a round trip is a function call, and the one statement is an INSERT into a view whose trigger writes the rows, " +
			"since SQLite has no INSERT within WITH. The floors' tables are made by the product's own CREATE statements.",
		"Product and floors use the same driver (modernc.org/sqlite), write-ahead log, synchronous=FULL and one writing connection, for which callers queue.",
	}
}

func (cfg Config) mix() string {
	return fmt.Sprintf("Complaints: statements of 700 to 950 bytes, English and Chinese by turns, each with a telephone number, one in four with an e-mail address; "+
		"%d %% are of %d customers who complained before, the others of new ones, for whom a data key is made. Each has an idempotency key. "+
		"gRPC uses one connection for all callers, REST one for each.", cfg.Known, cfg.Customers)
}

// shapeTable says what is filed and what the floors are.
func (cfg Config) shapeTable(engine database.Engine, shape *floor.Shape, connections int) report.Table {
	t := report.Table{
		Title:   "Filing on " + engine.Title() + ": rows written, and the floors",
		Lead:    fmt.Sprintf("Rows that %d filings added to intake's tables, found by counting, and the length of their values.", cfg.Customers),
		Columns: []string{"table", "rows a filing", "bytes a row"},
		Notes:   append(cfg.floorNotes(engine, connections), cfg.mix()),
	}
	for _, table := range shape.Tables {
		t.Add(table.Name, fmt.Sprintf("%.2f", table.PerFiling), strconv.Itoa(table.Bytes))
	}
	return t
}

// latencyTable has a row for each open loop of one concurrency.
func (cfg Config) latencyTable(engine database.Engine, callers int, list []waiting, running bool) report.Table {
	title, lead := "latency", "deliveries paused"
	if running {
		title, lead = "latency with deliveries running", "deliveries to the other services and to Temporal running in the same process"
	}
	t := report.Table{
		Title: place(engine, callers) + title,
		Lead: fmt.Sprintf("Open loop, %s: calls leave at random moments (Poisson) at half the rate of the closed loop with so many callers, for %s after %s that is not counted. "+
			"Milliseconds from the moment when a call was to be sent to the end of its answer; exact percentiles.", lead, cfg.Duration*openTimes, cfg.WarmUp),
		Columns: []string{"what", "sent per second", "calls", "errors", "p50 ms", "p95 ms", "p99 ms", "max ms", "sent late, p99 ms"},
	}
	for _, w := range list {
		if w.callers != callers {
			continue
		}
		t.Add(strings.TrimPrefix(w.name, "filing "), report.Number(w.rate), strconv.Itoa(w.Calls), strconv.Itoa(w.Errors),
			report.Milliseconds(w.Latency(0.5)), report.Milliseconds(w.Latency(0.95)), report.Milliseconds(w.Latency(0.99)),
			report.Milliseconds(w.Latency(1)), report.Milliseconds(w.Late(0.99)))
		if w.Problem != nil {
			t.Notes = append(t.Notes, "The first error "+w.name+": "+w.Problem.Error())
		}
	}
	t.Notes = append(t.Notes, "What the load generator itself was late by, because the processors were busy, is part of the latencies and is told beside them.")
	return t
}

// runningTable compares the rates with those when deliveries were paused.
func (cfg Config) runningTable(engine database.Engine, callers int, found, paused rounds, backlog string) report.Table {
	t := report.Table{
		Title: place(engine, callers) + "rate with deliveries running",
		Lead: "Closed loop as above, in a new database, with deliveries to the other services and to Temporal running in the same process on the same processors: " +
			"each complaint begins a workflow, is acknowledged and assigned.",
		Columns: []string{"what", "per second", "(rounds)", "errors", "of the rate when paused", "processor ms each"},
		Notes:   []string{backlog},
	}
	for _, name := range []string{overGRPC, overREST} {
		share := ""
		if base := paused.rate(name); base > 0 {
			share = percent(found.rate(name) / base)
		}
		t.Add(append(append([]string{name}, found.cells(name)...), share, found.processor(name))...)
	}
	if err := found.problem(); err != nil {
		t.Notes = append(t.Notes, "The first error: "+err.Error())
	}
	return t
}
