// Package machine tells what results were measured on: without that they are worth nothing.
package machine

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // The driver "sqlite".

	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// Config says what to look at.
type Config struct {
	// Dir is where data are written.
	Dir string
	// Postgres is the server's URL; empty when none is measured.
	Postgres string
	// Now is the clock.
	Now func() time.Time
}

// syncs is how often a write is flushed to find out how long that takes.
const syncs = 200

// unknown stands for what the system does not tell.
const unknown = "unknown"

// The rows that Brief tells.
const (
	rowProcessors = "processors"
	rowFileSystem = "file system of the data"
	rowFlush      = "write of 4 KiB and fsync there"
	rowGo         = "Go"
	rowSQLite     = "SQLite"
	rowPostgres   = "PostgreSQL"
)

// Brief is what of a description belongs beside each result, since results of several machines may stand in one document.
func Brief(t report.Table) string {
	var told []string
	for _, row := range t.Rows {
		switch row[0] {
		case rowFlush:
			told = append(told, "a write and fsync "+row[1])
		case rowProcessors:
			told = append(told, strings.Split(row[1], ";")[0])
		case rowFileSystem, rowGo:
			told = append(told, row[1])
		case rowSQLite:
			told = append(told, "SQLite "+strings.ReplaceAll(row[1], ",", ""))
		case rowPostgres:
			words := strings.Split(strings.TrimPrefix(row[1], "server_version="), ", ")
			told = append(told, "PostgreSQL "+strings.Join(words[:min(3, len(words))], " "))
		}
	}
	return strings.Join(told, ", ")
}

// Load is the load of the last minute, five and fifteen minutes, as the system tells it.
func Load() string {
	words := strings.Fields(file("/proc/loadavg"))
	return strings.Join(words[:min(3, len(words))], " ")
}

// Describe tells machine, versions and settings. It takes some moments, for it measures the disk.
func Describe(ctx context.Context, cfg Config) (report.Table, error) {
	t := report.Table{Title: "Machine and settings", Columns: []string{"what", "value"}}
	t.Add(rowProcessors, fmt.Sprintf("%d × %s; client, product and PostgreSQL share them", runtime.NumCPU(), field("/proc/cpuinfo", "model name", ":")))
	t.Add("memory", memory())
	t.Add("kernel", runtime.GOOS+"/"+runtime.GOARCH+" "+file("/proc/sys/kernel/osrelease"))
	t.Add(rowFileSystem, fileSystem(cfg.Dir))
	latency, err := flush(cfg)
	if err != nil {
		return t, err
	}
	t.Add(rowFlush, latency)
	t.Add(rowGo, runtime.Version())
	for _, name := range []string{"go.temporal.io/server", "go.temporal.io/sdk", "google.golang.org/grpc", "github.com/jackc/pgx/v5", "modernc.org/sqlite"} {
		t.Add(name, version(name))
	}
	if err := sqlite(ctx, cfg.Dir, &t); err != nil {
		return t, err
	}
	if cfg.Postgres != "" {
		err = postgres(ctx, cfg.Postgres, &t)
	}
	return t, err
}

// flush measures what a commit waits for.
func flush(cfg Config) (string, error) {
	f, err := os.CreateTemp(cfg.Dir, "flush-*")
	if err != nil {
		return "", err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	page := make([]byte, 4096)
	took := make([]time.Duration, syncs)
	for i := range took {
		began := cfg.Now()
		if _, err := f.Write(page); err != nil {
			return "", err
		}
		if err := f.Sync(); err != nil {
			return "", err
		}
		took[i] = cfg.Now().Sub(began)
	}
	slices.Sort(took)
	return fmt.Sprintf("p50 %s ms, p99 %s ms", report.Milliseconds(took[syncs/2]), report.Milliseconds(took[syncs*99/100])), nil
}

func sqlite(ctx context.Context, dir string, t *report.Table) (err error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "version.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	t.Add(rowSQLite, version+", journal_mode=WAL, synchronous=FULL, one writing connection")
	return nil
}

func postgres(ctx context.Context, url string, t *report.Table) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var settings []string
	for _, name := range []string{"server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size", "max_connections"} {
		var value string
		if err := conn.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return err
		}
		settings = append(settings, name+"="+value)
	}
	t.Add(rowPostgres, strings.Join(settings, ", "))
	return nil
}

// fileSystem is the kind of the file system that a directory is on.
func fileSystem(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return unknown
	}
	kind, longest := unknown, -1
	for line := range strings.Lines(file("/proc/mounts")) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		at := words[1]
		if (dir == at || strings.HasPrefix(dir, strings.TrimSuffix(at, "/")+"/")) && len(at) > longest {
			kind, longest = words[2], len(at)
		}
	}
	return kind
}

// version is that of a module that this program is built from.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return unknown
}

// field is what stands behind a name in a file of the kernel's.
func field(path, name, sign string) string {
	for line := range strings.Lines(file(path)) {
		if key, value, ok := strings.Cut(line, sign); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

func file(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return unknown
	}
	return strings.TrimSpace(string(text))
}

func memory() string {
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal", ":"), " kB"), 10, 64)
	if err != nil {
		return unknown
	}
	return report.Bytes(kilobytes * 1024)
}

// look is for how long it is looked whether the machine is at rest.
const look = 3 * time.Second

// Busy tells how much of the processors is in use while the benchmark does nothing: whatever that is will be in the results, too.
func Busy(ctx context.Context) (string, error) {
	used, all := processors()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(look):
	}
	usedThen, allThen := processors()
	if allThen == all {
		return unknown, nil
	}
	return fmt.Sprintf("%.0f %%", 100*float64(usedThen-used)/float64(allThen-all)), nil
}

// Use is what the processors have done since some moment.
type Use struct{ used, all, own int64 }

// Used begins to look at what the processors do.
func Used() Use {
	used, all := processors()
	return Use{used: used, all: all, own: own()}
}

// Since tells how much of the processors this program and those that it started and that have ended used since then, and how much
// others did.
func (u Use) Since() string {
	now := Used()
	if now.all == u.all {
		return unknown
	}
	share := func(ticks int64) float64 { return 100 * float64(max(0, ticks)) / float64(now.all-u.all) }
	mine := now.own - u.own
	return fmt.Sprintf("%.0f %% of the processors by load generator and product, %.0f %% by others, PostgreSQL among them", share(mine), share(now.used-u.used-mine))
}

// own counts the ticks of this process and of its children that have ended.
func own() (all int64) {
	text := file("/proc/self/stat")
	// The name, in brackets, may contain anything; the four times are the 12th to the 15th word behind it.
	words := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	for i := 11; i < min(15, len(words)); i++ {
		n, err := strconv.ParseInt(words[i], 10, 64)
		if err != nil {
			return 0
		}
		all += n
	}
	return all
}

// processors counts the ticks of all processors, and those in which they did something or were taken away by the host.
func processors() (used, all int64) {
	words := strings.Fields(file("/proc/stat"))
	for i := 1; i < len(words) && i <= 8; i++ {
		n, err := strconv.ParseInt(words[i], 10, 64)
		if err != nil {
			return 0, 0
		}
		all += n
		if i != 4 && i != 5 { // Neither idle nor waiting for a disk.
			used += n
		}
	}
	return used, all
}
