package filter_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/filter"
)

var fields = map[string]filter.Field{
	"state":        {Column: "state", Kind: filter.Enum, Names: map[string]int32{"OPEN": 1, "DONE": 2}},
	"way":          {Column: "way", Kind: filter.Enum},
	"assignee":     {Column: "assignee"},
	"cycle":        {Column: "cycle", Kind: filter.Int},
	"flagged":      {Column: "flagged", Kind: filter.Bool},
	"receive_time": {Column: "receive_time", Kind: filter.Time},
	"overdue":      {Column: "(due_time < ?)", Args: []any{int64(77)}, Kind: filter.Bool},
	"owner.name":   {Column: "owner_name"},
}

func TestParse(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC).UnixMicro()
	for text, want := range map[string]filter.Where{
		"":                         {},
		" \t":                      {},
		`state = "OPEN"`:           {SQL: "(state = ?)", Args: []any{int32(1)}},
		`state != DONE`:            {SQL: "(state <> ?)", Args: []any{int32(2)}},
		`way = "PHONE"`:            {SQL: "(way = ?)", Args: []any{"PHONE"}},
		`assignee="agents/lin"`:    {SQL: "(assignee = ?)", Args: []any{"agents/lin"}},
		`assignee = ""`:            {SQL: "(assignee = ?)", Args: []any{""}},
		`assignee = "a' OR 1=1--"`: {SQL: "(assignee = ?)", Args: []any{"a' OR 1=1--"}},
		`owner.name = "林"`:         {SQL: "(owner_name = ?)", Args: []any{"林"}},
		`cycle > 1`:                {SQL: "(cycle > CAST(? AS BIGINT))", Args: []any{int64(1)}},
		`cycle >= -1`:              {SQL: "(cycle >= CAST(? AS BIGINT))", Args: []any{int64(-1)}},
		`flagged`:                  {SQL: "(flagged = ?)", Args: []any{true}},
		`NOT flagged`:              {SQL: "(NOT (flagged = ?))", Args: []any{true}},
		`-flagged`:                 {SQL: "(NOT (flagged = ?))", Args: []any{true}},
		`flagged != true`:          {SQL: "(flagged <> ?)", Args: []any{true}},
		`overdue = false`:          {SQL: "((due_time < ?) = ?)", Args: []any{int64(77), false}},
		`receive_time >= "2026-01-02T12:00:00Z" AND receive_time < "2026-01-02T20:00:00+08:00"`: {
			SQL: "((receive_time >= ?) AND (receive_time < ?))", Args: []any{noon, noon},
		},
		// As AIP-160 has it, OR binds more tightly than AND.
		`cycle = 1 AND state = "OPEN" OR state = "DONE"`: {
			SQL:  "((cycle = CAST(? AS BIGINT)) AND ((state = ?) OR (state = ?)))",
			Args: []any{int64(1), int32(1), int32(2)},
		},
		`(cycle = 1 AND flagged) OR NOT (cycle <= 3)`: {
			SQL:  "(((cycle = CAST(? AS BIGINT)) AND (flagged = ?)) OR (NOT (cycle <= CAST(? AS BIGINT))))",
			Args: []any{int64(1), true, int64(3)},
		},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := filter.Parse(fields, text)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// TestSparse: the addition must never change what a filter finds, so it is made
// only where the value is left out anyway.
func TestSparse(t *testing.T) {
	t.Parallel()
	sparse := map[string]filter.Field{
		"state": {Column: "state", Kind: filter.Enum, Names: map[string]int32{"OPEN": 1, "DONE": 2}, Sparse: "1"},
		"cycle": {Column: "cycle", Kind: filter.Int, Sparse: "1"},
	}
	for text, want := range map[string]string{
		`state = "DONE"`:     "(state = ? AND state <> 1)",
		`state = "OPEN"`:     "(state = ?)",
		`state != "DONE"`:    "(state <> ?)",
		`NOT state = "DONE"`: "(NOT (state = ? AND state <> 1))",
		`cycle = 2`:          "(cycle = CAST(? AS BIGINT) AND cycle <> 1)",
		`cycle = 1`:          "(cycle = CAST(? AS BIGINT))",
		`cycle > 1`:          "(cycle > CAST(? AS BIGINT) AND cycle <> 1)",
		`cycle > 0`:          "(cycle > CAST(? AS BIGINT))",
		`cycle >= 2`:         "(cycle >= CAST(? AS BIGINT) AND cycle <> 1)",
		`cycle >= 1`:         "(cycle >= CAST(? AS BIGINT))",
		`cycle < 1`:          "(cycle < CAST(? AS BIGINT))",
	} {
		got, err := filter.Parse(sparse, text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.SQL, text)
	}
}

// TestImplies: what a computed column cannot be found by is said beside it, where it holds for all that is found.
func TestImplies(t *testing.T) {
	t.Parallel()
	implying := map[string]filter.Field{
		"overdue": {Column: "(due < ?)", Args: []any{int64(7)}, Kind: filter.Bool, Implies: map[string]string{"true": "state = 1"}},
		"state":   {Column: "(now)", Kind: filter.Enum, Names: map[string]int32{"OPEN": 1, "DONE": 2}, Implies: map[string]string{"OPEN": "s IN (1, 2)"}},
		"amount":  {Column: "minor", Kind: filter.Int, Scale: 100},
		"create":  {Column: "created", Kind: filter.Time, Until: "due"},
	}
	for text, want := range map[string]filter.Where{
		`overdue`:                          {SQL: "((due < ?) = ? AND state = 1)", Args: []any{int64(7), true}},
		`overdue = true`:                   {SQL: "((due < ?) = ? AND state = 1)", Args: []any{int64(7), true}},
		`overdue = false`:                  {SQL: "((due < ?) = ?)", Args: []any{int64(7), false}},
		`overdue != true`:                  {SQL: "((due < ?) <> ?)", Args: []any{int64(7), true}},
		`NOT overdue`:                      {SQL: "(NOT ((due < ?) = ? AND state = 1))", Args: []any{int64(7), true}},
		`state = "OPEN"`:                   {SQL: "((now) = ? AND s IN (1, 2))", Args: []any{int32(1)}},
		`state = DONE`:                     {SQL: "((now) = ?)", Args: []any{int32(2)}},
		`create >= "1970-01-01T00:00:01Z"`: {SQL: "(created >= ? AND due >= ?)", Args: []any{int64(1_000_000), int64(1_000_000)}},
		`create < "1970-01-01T00:00:01Z"`:  {SQL: "(created < ?)", Args: []any{int64(1_000_000)}},
		`amount >= 200`:                    {SQL: "(minor >= CAST(? AS BIGINT))", Args: []any{int64(20_000)}},
		`amount >= 199.9`:                  {SQL: "(minor >= CAST(? AS BIGINT))", Args: []any{int64(19_990)}},
		`amount = 0.29`:                    {SQL: "(minor = CAST(? AS BIGINT))", Args: []any{int64(29)}},
		`amount < 1000000000000.01`:        {SQL: "(minor < CAST(? AS BIGINT))", Args: []any{int64(100_000_000_000_001)}},
		`amount > -3.50`:                   {SQL: "(minor > CAST(? AS BIGINT))", Args: []any{int64(-350)}},
		`amount != -3`:                     {SQL: "(minor <> CAST(? AS BIGINT))", Args: []any{int64(-300)}},
		`amount < 9000000000000000000`:     {SQL: "(minor < CAST(? AS BIGINT))", Args: []any{int64(math.MaxInt64)}},
		`amount > -9000000000000000000`:    {SQL: "(minor > CAST(? AS BIGINT))", Args: []any{int64(math.MinInt64)}},
	} {
		got, err := filter.Parse(implying, text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{`amount = 0.001`, `amount > 99999999999999999.5`, `amount = "199.90"`} {
		_, err := filter.Parse(implying, text)
		require.ErrorContains(t, err, "no finer than 1/100", text)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, message := range map[string]string{
		`phone = "1"`:                "phone",
		`state`:                      "compare state",
		`state = "GONE"`:             "DONE, OPEN",
		`state > "OPEN"`:             "= and !=",
		`state = 1`:                  "DONE, OPEN",
		`way = ""`:                   "way",
		`assignee < "b"`:             "= and !=",
		`assignee = 3`:               "text",
		`cycle = "1"`:                "whole number",
		`cycle = 1.5`:                "whole number",
		`flagged = 1`:                "true or false",
		`receive_time > 5`:           "2026-01-01T00:00:00Z",
		`receive_time > "yesterday"`: "2026-01-01T00:00:00Z",
		`cycle = 1 flagged`:          "AND or OR",
		`assignee:"x"`:               "operator",
		`length(assignee) = 3`:       "begins with a field",
		`"assignee" = "x"`:           "begins with a field",
		`1 = cycle`:                  "begins with a field",
		`AND`:                        "cannot be read",
		`(cycle = 1`:                 "cannot be read",
		`cycle = 1)`:                 "cannot be read",
		`assignee = "x`:              "cannot be read",
		`cycle == 1`:                 "cannot be read",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := filter.Parse(fields, text)
			requireInvalid(t, err)
			require.ErrorContains(t, err, message)
		})
	}
}

func TestUnknownFieldNamesTheKnownOnes(t *testing.T) {
	t.Parallel()
	_, err := filter.Parse(fields, `secret = "x"`)
	require.ErrorContains(t, err, "assignee, cycle, flagged, overdue, owner.name, receive_time, state, way")
}

// A caller may nest as deep as the length of a filter allows.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	const deep = 400
	where, err := filter.Parse(fields, strings.Repeat("(", deep)+"flagged"+strings.Repeat(")", deep))
	require.NoError(t, err)
	require.Equal(t, "(flagged = ?)", where.SQL)
	for _, opening := range []string{"(", "NOT (", "a(", "state = (", "-"} {
		_, err = filter.Parse(fields, strings.Repeat(opening, 1000/len(opening)))
		requireInvalid(t, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`state = "OPEN" AND cycle > 1`, `NOT (flagged OR overdue)`, `receive_time < "2026-01-02T12:00:00Z"`,
		`owner.name = 'x\'y'`, `a(b, c.d) : *`, `-cycle = -3`, "assignee = \"?\x00\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			t.Skip("longer than any list call lets through")
		}
		where, err := filter.Parse(fields, text)
		if err != nil {
			requireInvalid(t, err)
			return
		}
		require.Equal(t, len(where.Args), strings.Count(where.SQL, "?"))
		require.Equal(t, strings.Count(where.SQL, "("), strings.Count(where.SQL, ")"))
		require.NotContains(t, where.SQL, `"`)
		require.NotContains(t, where.SQL, "'")
	})
}

func requireInvalid(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, codes.InvalidArgument, errs.Status(err).Code())
	require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err))
}
