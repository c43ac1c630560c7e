package floor

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// alphabet has 32 characters in the order in which databases sort them.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// counterChars hold the part of an id that grows: 32^8 rows.
const counterChars = 8

// insert is the statement for one row; its placeholders begin after the given number.
func (t *Table) insert(engine database.Engine, after int) string {
	return "INSERT INTO " + database.Quote(t.Name) + " (" + t.names() + ") VALUES (" + engine.Marks(after, len(t.columns)) + ")"
}

func (t *Table) names() string {
	columns := make([]database.Column, len(t.columns))
	for i, c := range t.columns {
		columns[i] = c.Column
	}
	return database.Names(columns)
}

// values adds a row's values: those of a sample, with new names. No two rows have the same number.
func (t *Table) values(to []any, row int64) []any {
	sample := t.samples[row%int64(len(t.samples))]
	for i, c := range t.columns {
		to = append(to, c.value(sample[i], row))
	}
	return to
}

// value is as long as the sample.
func (c *column) value(sample any, row int64) any {
	if !c.fresh {
		return sample
	}
	switch v := sample.(type) {
	case int64:
		return c.last + 1 + row
	case string:
		return c.text(len(v), row)
	case []byte:
		return randomBytes(len(v))
	default:
		return sample
	}
}

// text grows with the row where the samples grow with time, and is random elsewhere, since the two cost an index different work.
func (c *column) text(length int, row int64) string {
	out := make([]byte, 0, length)
	if c.prefix != "" {
		out = append(out, c.prefix[:max(0, min(len(c.prefix), length-counterChars))]...)
		for shift := 5 * (counterChars - 1); shift >= 0; shift -= 5 {
			out = append(out, alphabet[row>>shift&31])
		}
	}
	for len(out) < length {
		for bits, n := rand.Uint64(), 0; n < 12 && len(out) < length; bits, n = bits>>5, n+1 { //nolint:gosec // Filler.
			out = append(out, alphabet[bits&31])
		}
	}
	return string(out[:length])
}

func randomBytes(length int) []byte {
	out := make([]byte, 0, length+8)
	for len(out) < length {
		out = binary.LittleEndian.AppendUint64(out, rand.Uint64()) //nolint:gosec // Filler.
	}
	return out[:length]
}

// pairID is the id of Pair's row, which grows with time like the product's.
func pairID(row int64) string {
	ids := column{prefix: "01jz0000000000"}
	return ids.text(26, row)
}
