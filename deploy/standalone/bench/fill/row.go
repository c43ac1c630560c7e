package fill

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// ages are for how long ago the oldest copy was received.
const (
	openAge  = 72 * time.Hour
	endedAge = 2 * 365 * 24 * time.Hour
)

// table is a table with rows of templates.
type table struct {
	service, name string
	columns       []database.Column
	// key is the column with the complaint's id.
	key int
	// rows are those of each template.
	rows [][][]any
}

// replica is what is different in the rows of one copy.
type replica struct {
	number        int64
	id, reference string
	template      *Template
	shift         time.Duration
}

// places is how many places in the order of all records the templates may have taken.
const places = 1_000_000

// place is that of a copy's record in the order of all of them: before those of real ones, which go on with theirs, and in the order that the
// template's have among themselves.
func (r replica) place(of int64) int64 { return of - places*(r.number+1) }

// copyOf says what the copy with this number is; the last one is the youngest.
func (f *Filler) copyOf(number, first, last int64) replica {
	t := &f.templates[number%int64(len(f.templates))]
	age := endedAge
	if t.Open {
		age = openAge
	}
	return replica{
		number: number, id: CopyID(number), reference: fmt.Sprintf("R-%04X-%04X-C", number>>16, number&0xffff), template: t,
		shift: time.Duration(float64(age) * float64(last-number+1) / float64(last-first+1)),
	}
}

// CopyID is the id of the copy with this number, counted from 0. It sorts before those of real complaints, which are younger.
func CopyID(number int64) string { return fmt.Sprintf("00%024d", number) }

// read reads the rows of the templates. Tables without a complaint's id are none of ours.
func (f *Filler) read(ctx context.Context, db *sql.DB, service, name string) (*table, error) {
	columns, err := f.place.Engine.Columns(ctx, db, name)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "index_") {
		return nil, nil // Made from events, which copies have not.
	}
	t := &table{service: service, name: name, columns: columns, key: keyColumn(name, columns), rows: make([][][]any, len(f.templates))}
	if t.key < 0 {
		return nil, nil
	}
	found := 0
	for i := range f.templates {
		rows, err := f.place.Engine.Where(ctx, db, name, columns, columns[t.key].Name, f.templates[i].ID)
		if err != nil {
			return nil, err
		}
		t.rows[i] = rows
		found += len(rows)
	}
	if found == 0 {
		return nil, nil
	}
	return t, nil
}

// keyColumn is the place of the column with a complaint's id, or -1.
func keyColumn(table string, columns []database.Column) int {
	for i, c := range columns {
		if c.Name == "complaint_id" || c.Name == "complaint" || table == "complaints" && c.Name == "id" {
			return i
		}
	}
	return -1
}

// rewrite makes the row of a copy from that of its template.
func (t *table) rewrite(row []any, r replica) ([]any, error) {
	out := make([]any, len(row))
	for i, c := range t.columns {
		switch v := row[i].(type) {
		case string:
			out[i] = strings.ReplaceAll(v, r.template.ID, r.id) // Names of what belongs to the complaint begin with its own.
			switch {
			case c.Name == "reference":
				out[i] = r.reference
			case strings.HasSuffix(c.Name, "_times"):
				out[i] = shiftAll(v, r.shift)
			}
		case int64:
			out[i] = v
			if v > 0 && t.service == "review" && (c.Name == "sequence" || c.Name == "superseded_by") {
				out[i] = r.place(v)
			}
			if v > 0 && (strings.HasSuffix(c.Name, "_time") || strings.HasPrefix(c.Name, "due_")) {
				out[i] = v - r.shift.Microseconds()
			}
		case []byte:
			sealed, err := t.reseal(v, c.Name, row, r)
			if err != nil {
				return nil, err
			}
			out[i] = sealed
		default:
			out[i] = v
		}
	}
	return out, nil
}

// reseal moves what lists open. Other sealed texts are copied as they are, and would not open.
func (t *table) reseal(sealed []byte, column string, row []any, r replica) ([]byte, error) {
	place := func(id string) string { return "complaints/" + id + "#" + column }
	switch t.service + "." + t.name + "." + column {
	case "intake.complaints.filing", "intake.complaints.details":
	case "followup.attempts.note":
		place = func(id string) string {
			return fmt.Sprintf("complaints/%s/callbacks/%v/attempts/%v#note", id, t.value(row, "cycle"), t.value(row, "attempt_id"))
		}
	default:
		return sealed, nil
	}
	return r.template.moved(sealed, place(r.template.ID), place(r.id))
}

func (t *table) value(row []any, column string) any {
	for i, c := range t.columns {
		if c.Name == column {
			return row[i]
		}
	}
	return nil
}

// shiftAll moves times in microseconds that are separated by spaces.
func shiftAll(text string, shift time.Duration) string {
	words := strings.Fields(text)
	for i, word := range words {
		if micros, err := strconv.ParseInt(word, 10, 64); err == nil {
			words[i] = strconv.FormatInt(micros-shift.Microseconds(), 10)
		}
	}
	return strings.Join(words, " ")
}
