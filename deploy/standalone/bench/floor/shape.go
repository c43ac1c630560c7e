// Package floor is what filing is measured against: the bare database doing the same work, without a product around it.
//
// What "the same work" is, is not written down here but learnt: Learn looks at the rows that real filings wrote, and the floors
// insert rows like them into tables that are copies of the product's, with the same columns, keys and indexes. So a product that
// writes less gets a higher floor, not a better grade.
//
//   - Rows: BEGIN, one prepared INSERT for each row, COMMIT, one round trip each.
//   - Pair: BEGIN, one row of 1 KB, one row of an outbox, COMMIT, one round trip each: the least that an outbox needs.
//   - Statement: the rows of Rows in one statement, which is one round trip and the least a database can be asked.
package floor

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

const (
	// sampleRows is how many rows of each table are copied from.
	sampleRows = 256
	// leastShare of a row for each filing makes a table one that filing writes to; less is upkeep.
	leastShare = 0.05
	// keyBytes is up to what length a text is taken for a name rather than for content.
	keyBytes = 64
	// clockPrefix is how many characters ids must have in common to be taken for ids that grow with time.
	clockPrefix = 4
)

// Table is a table that filing writes to.
type Table struct {
	// Name is the table's.
	Name string
	// PerFiling is how many rows a filing adds on average.
	PerFiling float64
	// Bytes is how long the values of a row are on average: texts as they are, 8 for a number.
	Bytes int

	columns []column
	samples [][]any
}

// column is a column that an INSERT gives a value to.
type column struct {
	database.Column

	// fresh columns get a new value in each row; the others that of a sample.
	fresh bool
	// prefix is what texts that grow with time have in common; empty for texts in no order.
	prefix string
	// last is the largest sample of a number.
	last int64
}

// Shape is all that filing writes, on average.
type Shape struct {
	// Engine is where it was learnt, and where it can be used.
	Engine database.Engine
	// Tables are those that filing writes to, in the order of their names.
	Tables []Table

	// ddl makes the tables, keys and indexes; on SQLite only.
	ddl []string
}

// Learn calls file n times, by which n complaints are filed, and looks at what that added to intake's database.
func Learn(ctx context.Context, place *database.Place, n int, file func(context.Context) error) (*Shape, error) {
	db, err := place.Open("intake")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	before, err := place.Engine.Counts(ctx, db)
	if err != nil {
		return nil, err
	}
	for range n {
		if err := file(ctx); err != nil {
			return nil, fmt.Errorf("floor: file a complaint: %w", err)
		}
	}
	after, err := place.Engine.Counts(ctx, db)
	if err != nil {
		return nil, err
	}
	s := &Shape{Engine: place.Engine}
	for name, count := range after {
		share := float64(count-before[name]) / float64(n)
		if share < leastShare {
			continue
		}
		table, err := learnTable(ctx, place.Engine, db, name)
		if err != nil {
			return nil, fmt.Errorf("floor: table %s: %w", name, err)
		}
		table.PerFiling = share
		s.Tables = append(s.Tables, table)
	}
	slices.SortFunc(s.Tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	if len(s.Tables) == 0 {
		return nil, fmt.Errorf("floor: %d filings added no row", n)
	}
	if place.Engine == database.SQLite {
		s.ddl, err = statements(ctx, db, s.Tables)
	}
	return s, err
}

func learnTable(ctx context.Context, engine database.Engine, db *sql.DB, name string) (Table, error) {
	t := Table{Name: name}
	all, err := engine.Columns(ctx, db, name)
	if err != nil {
		return t, err
	}
	all = slices.DeleteFunc(all, func(c database.Column) bool { return c.Numbered })
	if t.samples, err = engine.Sample(ctx, db, name, all, sampleRows); err != nil {
		return t, err
	}
	for i, c := range all {
		t.columns = append(t.columns, learnColumn(c, t.samples, i))
	}
	total := 0
	for _, row := range t.samples {
		for _, value := range row {
			total += size(value)
		}
	}
	t.Bytes = total / len(t.samples)
	return t, nil
}

// learnColumn finds out whether a column names something, which is different in nearly each row.
func learnColumn(c database.Column, samples [][]any, i int) column {
	out := column{Column: c}
	distinct := map[string]bool{}
	prefix, longest := "", 0
	for n, row := range samples {
		switch v := row[i].(type) {
		case int64:
			out.last = max(out.last, v)
			distinct[fmt.Sprint(v)] = true
		case string:
			distinct[v], longest = true, max(longest, len(v))
			if n == 0 {
				prefix = v
			}
			prefix = common(prefix, v)
		case []byte:
			distinct[string(v)], longest = true, max(longest, len(v))
		}
	}
	out.fresh = len(distinct)*10 >= len(samples)*9 && longest <= keyBytes
	if len(prefix)-strings.LastIndex(prefix, "/")-1 >= clockPrefix {
		out.prefix = prefix
	}
	return out
}

// statements are those that made the tables and their indexes.
func statements(ctx context.Context, db *sql.DB, tables []Table) ([]string, error) {
	var list []string
	for _, t := range tables {
		rows, err := db.QueryContext(ctx, "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", t.Name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return nil, err
			}
			list = append(list, text)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rows says how many rows of each table the filing with this number adds, so that the averages are kept.
func (s *Shape) rows(filing int64) []int {
	counts := make([]int, len(s.Tables))
	for i, t := range s.Tables {
		counts[i] = int(math.Floor(float64(filing+1)*t.PerFiling) - math.Floor(float64(filing)*t.PerFiling))
	}
	return counts
}

// variants are all that rows can return, the same ones for any filing.
func (s *Shape) variants() [][]int {
	list := [][]int{{}}
	for _, t := range s.Tables {
		var longer [][]int
		for _, counts := range list {
			for n := math.Floor(t.PerFiling); n <= math.Ceil(t.PerFiling); n++ {
				longer = append(longer, append(slices.Clone(counts), int(n)))
			}
		}
		list = longer
	}
	return list
}

func common(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func size(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case nil:
		return 0
	default:
		return 8
	}
}
