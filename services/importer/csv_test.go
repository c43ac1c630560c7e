package importer_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/importer"
)

const mapping = `
zone: Asia/Shanghai
columns:
  编号: externalId
  内容: {field: statement}
  电话: complainant.phone
  时间: {field: receiveTime}
  渠道: {field: channel, values: {电话: HOTLINE, 微信: WECHAT}, default: WEB}
  金额: {field: demands.0.amount, currency: CNY}
  事项: {field: items, split: ；}
  结果: {field: closed.outcome, values: {已退款: REMEDIED, 解释: EXPLAINED}}
  办结: {field: closed.closeTime, layout: "02.01.2006", zone: UTC}
constants:
  target.kind: SERVICE
`

const header = "编号,内容,电话,时间,渠道,金额,事项,结果,办结,备注\r\n"

// read reads all rows.
func read(t *testing.T, rows importer.Rows) (lines []importer.Line, failed error) {
	t.Helper()
	for {
		line, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
		require.Equal(t, len(lines), line.Number)
		require.NotEqual(t, line.Row == nil, line.Problem == nil)
	}
}

func open(t *testing.T, text, encoding string, m *importer.Mapping) (importer.Rows, error) {
	t.Helper()
	decoded, err := importer.Decoded(strings.NewReader(text), encoding)
	require.NoError(t, err)
	return importer.NewTable(decoded, m)
}

func parse(t *testing.T, text string) *importer.Mapping {
	t.Helper()
	m, err := importer.ParseMapping([]byte(text))
	require.NoError(t, err)
	return m
}

func TestTable(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	text := header +
		"T-1,\"他们说\n\"\"24小时\"\"发货，没有\",13812345678,2026/3/1 9:30,电话,\"1,200.5\",停机；退费,,,随便\r\n" +
		"T-2,没有人理我,13812345679,2026-03-01 09:30:00,,,,已退款,05.03.2026,\r\n"
	packed, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	require.NoError(t, err)
	for encoding, text := range map[string]string{"utf-8": "\ufeff" + text, "": text, "GB18030": packed, "gbk": packed} {
		rows, err := open(t, text, encoding, parse(t, mapping))
		require.NoError(t, err, encoding)
		lines, err := read(t, rows)
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.Equal(t, 2, lines[0].Place)
		require.Equal(t, 4, lines[1].Place, "the line of the file, though a cell has several")
		for i, wanted := range []string{
			`{"externalId": "T-1", "complaint": {"statement": "他们说\n\"24小时\"发货，没有", "complainant": {"phone": "13812345678"},
				"receiveTime": "2026-03-01T01:30:00Z", "channel": "HOTLINE", "items": ["停机", "退费"], "target": {"kind": "SERVICE"},
				"demands": [{"amount": {"currencyCode": "CNY", "units": 1200, "nanos": 500000000}}]}}`,
			`{"externalId": "T-2", "complaint": {"statement": "没有人理我", "complainant": {"phone": "13812345679"},
				"receiveTime": "2026-03-01T01:30:00Z", "channel": "WEB", "target": {"kind": "SERVICE"}},
				"closed": {"outcome": "REMEDIED", "closeTime": "2026-03-05T00:00:00Z"}}`,
		} {
			row := &intakev1.ImportRow{}
			require.NoError(t, protojson.Unmarshal([]byte(wanted), row))
			require.Nil(t, lines[i].Problem)
			require.True(t, proto.Equal(row, lines[i].Row), "%s: %v", encoding, lines[i].Row)
		}
	}
}

func TestTableJudgesEachRow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	rows, err := open(t, header+
		"1,x,1,2026-03-01,电话,,,,,\n"+
		"2,x,1,yesterday,电话,,,,,\n"+
		"3,x,1,2026-03-01,传真,,,,,\n"+
		"4,x,1,2026-03-01,电话,五百,,,,\n"+
		"5,x,1\n"+
		"6,x \"y,1,2026-03-01,电话,,,,,\n"+
		"7,\xff,1,2026-03-01,电话,,,,,\n"+
		"8,x,1,2026-03-01,电话,,,,,\n", "", parse(t, mapping))
	require.NoError(t, err)
	lines, err := read(t, rows)
	require.NoError(t, err)
	var told []string
	for _, line := range lines {
		told = append(told, line.Problem.GetReason())
		require.NotContains(t, line.Problem.GetMessage(), "yesterday", "what stands in a cell may be personal")
	}
	require.Equal(t, []string{"", "INVALID_FIELD", "INVALID_FIELD", "INVALID_FIELD", "MALFORMED_BODY", "MALFORMED_BODY", "INVALID_UTF8", ""}, told)
	require.Equal(t, "时间", lines[1].Problem.GetFields()[0].GetField())
	var ids []string
	for _, line := range lines {
		ids = append(ids, line.ExternalID)
	}
	require.Equal(t, []string{"1", "2", "3", "4", "", "", "", "8"}, ids, "a row is found again by its id though a cell cannot be read")
}

// A quotation mark that nobody closes must not take the whole file into memory.
func TestTableWithoutEnd(t *testing.T) {
	t.Parallel()
	rows, err := open(t, "externalId,statement\n1,x\n2,\""+strings.Repeat("long\n", 1<<20), "", parse(t, ""))
	require.NoError(t, err)
	lines, err := read(t, rows)
	require.ErrorContains(t, err, "row 2")
	require.Len(t, lines, 1)
}

// One quotation mark too many stops the file where it stands: the rows behind it are not taken in unseen.
func TestTableWithAMarkThatIsNotClosed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	text := func(third string) string {
		var b strings.Builder
		b.WriteString("externalId,statement\n1,x\n\"2\",\"two\nlines\"\n" + third)
		for i := range 30000 {
			fmt.Fprintf(&b, "%d,没有人管\n", i+4)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		third, mapping string
		line, lines    int
	}{
		"a cell":            {"3,\"x\n", "", 5, 200},
		"behind a long one": {"3,\"x\ny\",\"z\n", "rowLines: 10", 6, 10},
		"with doubled ones": {"3,\"x \"\"y\"\" \n\"\"\n", "", 5, 200},
	} {
		rows, err := open(t, text(c.third), "", parse(t, c.mapping))
		require.NoError(t, err, name)
		lines, err := read(t, rows)
		var endless *importer.EndlessError
		require.ErrorAs(t, err, &endless, name)
		require.Equal(t, importer.EndlessError{Line: c.line, Row: 3, Lines: c.lines}, *endless, name)
		require.Len(t, lines, 2, name)
		require.Equal(t, []int{3, 4}, []int{lines[1].Place, lines[1].End})
	}
	letter := "3,\"" + strings.Repeat("a line\n", 150) + strings.Repeat("\n", 300) + "\"\n" + strings.Repeat("\n", 300)
	rows, err := open(t, text(letter), "", parse(t, ""))
	require.NoError(t, err)
	lines, err := read(t, rows)
	require.NoError(t, err, "a long letter is no mistake, and empty lines are none")
	require.Len(t, lines, 30003)
	require.Equal(t, 455, lines[2].End)
	require.Equal(t, lines[2].End+301, lines[3].Place)
	rows, err = open(t, text("3,\"x\n4,y\n5,\"z\n"), "", parse(t, ""))
	require.NoError(t, err)
	lines, err = read(t, rows)
	require.NoError(t, err)
	require.Len(t, lines, 30003, "a mark that is closed by another one takes in what is between")
	require.Contains(t, lines[2].Problem.GetMessage(), "from line 5 to line 7", "and that is told")
	_, err = open(t, "externalId,\"statement\n"+strings.Repeat("1,x\n", 300), "", parse(t, ""))
	require.ErrorContains(t, err, "the header cannot be read: line 1")
}

func TestMappingMistakes(t *testing.T) {
	t.Parallel()
	for text, wanted := range map[string]string{
		"columns: {a: nothing}":                                        `a row has no such field`,
		"columns: {a: complaint}":                                      `name a field within`,
		"columns: {a: demands.0}":                                      `name a field within`,
		"columns: {a: demands.99.text}":                                `is no number from 0 to 19`,
		"columns: {a: statement.x}":                                    `nothing can be within`,
		"columns: {a: {field: receiveTime, zone: Here}}":               `there is no time zone "Here"`,
		"columns: {a: {feild: statement}}":                             `a column has no "feild"`,
		"rowLines: -1":                                                 `rowLines cannot be`,
		"columns: {a: {}}":                                             `no field is named`,
		"delimiter: ab":                                                `not one character`,
		"colums: {}":                                                   `colums`,
		"constants: {nothing: x}":                                      `a row has no such field`,
		"columns: {b: statement, a: statement}":                        `the column "a" and the column "b" both mean the field "complaint.statement"`,
		"columns: {a: demands.1.text, b: complaint.demands.1.text}":    `the column "a" and the column "b" both mean the field "complaint.demands.1.text"`,
		"columns: {a: externalId, b: external_id}":                     `the column "a" and the column "b" both mean the field "externalId"`,
		"columns: {a: target.kind}\nconstants: {target.kind: SERVICE}": `the constant "target.kind" and the column "a" both mean`,
	} {
		_, err := importer.ParseMapping([]byte(text))
		require.ErrorContains(t, err, wanted, text)
	}
	for text, wanted := range map[string]string{
		"externalId,nothing\n":            "a row has no such field",
		"externalId,externalId\n":         "two columns",
		"statement,complaint.statement\n": `the column "complaint.statement" and the column "statement" both mean`,
		"":                                "header cannot be read",
		"\xff\n":                          "--encoding",
	} {
		_, err := open(t, text, "", parse(t, ""))
		require.ErrorContains(t, err, wanted, text)
	}
	_, err := open(t, "a,b\n", "", parse(t, "columns: {c: statement}"))
	require.ErrorContains(t, err, `no column ["c"]`)
	_, err = importer.Decoded(strings.NewReader(""), "klingon")
	require.ErrorContains(t, err, "no encoding")
}

// Columns whose values go into one list are added together, and fields of different elements are different fields.
func TestColumnsOfOneList(t *testing.T) {
	t.Parallel()
	rows, err := open(t, "a,b,c,d\n停机,退费,x,y\n", "", parse(t, "columns: {a: items, b: items, c: demands.0.text, d: demands.1.text}"))
	require.NoError(t, err)
	lines, err := read(t, rows)
	require.NoError(t, err)
	require.Equal(t, []string{"停机", "退费"}, lines[0].Row.GetComplaint().GetItems())
	require.Len(t, lines[0].Row.GetComplaint().GetDemands(), 2)
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	decoded, err := importer.Decoded(strings.NewReader("\ufeff{\"externalId\":\"a\"}\r\n\n{\"x\":1}\n{\"externalId\":\"\xff\"}\n"+
		strings.Repeat(" ", 2<<20)+"{}\n{\"externalId\":\"b\"}"), "")
	require.NoError(t, err)
	lines, err := read(t, importer.NewJSONLines(decoded))
	require.NoError(t, err)
	var told []string
	for _, line := range lines {
		told = append(told, line.Row.GetExternalId()+line.Problem.GetReason())
	}
	require.Equal(t, []string{"a", "MALFORMED_BODY", "INVALID_UTF8", "BODY_TOO_LARGE", "b"}, told)
	require.Equal(t, 3, lines[1].Place)
	lines, err = read(t, importer.NewJSONLines(strings.NewReader(`{"complaint":{"receiveTime":"yesterday"},"externalId":"T-1"}`)))
	require.NoError(t, err)
	require.Equal(t, []string{"T-1", "MALFORMED_BODY"}, []string{lines[0].ExternalID, lines[0].Problem.GetReason()})
}

// FuzzImportLine: no line of a file, whatever it is, is more than a row or a problem.
func FuzzImportLine(f *testing.F) {
	f.Add([]byte(`{"externalId":"a","complaint":{"statement":"x","receiveTime":"2026-03-01T00:00:00Z"}}`))
	f.Add([]byte(`{"closed":{"outcome":"REMEDIED"}}`))
	f.Add([]byte("\xff\x00\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := read(t, importer.NewJSONLines(strings.NewReader(string(text))))
		require.NoError(t, err)
		for _, line := range lines {
			if line.Row != nil {
				_, err := proto.Marshal(line.Row)
				require.NoError(t, err, "what is read can be sent")
			}
		}
	})
}

// FuzzCSVMapping: no mapping and no table bring the importer down, and what it reads can be sent.
func FuzzCSVMapping(f *testing.F) {
	f.Add([]byte(mapping), header+"T-1,x,1,2026-03-01,电话,500,a；b,已退款,05.03.2026,\n")
	f.Add([]byte("columns: {a: demands.3.amount}"), "a\n\"1,0.5 CNY\"\n")
	f.Add([]byte("header: [externalId]\ndelimiter: ;"), "x\n")
	f.Add([]byte(""), "externalId,closed.closeTime\n1,2026-03-01T00:00:00Z\n")
	f.Fuzz(func(t *testing.T, text []byte, table string) {
		m, err := importer.ParseMapping(text)
		if err != nil {
			return
		}
		rows, err := importer.NewTable(strings.NewReader(table), m)
		if err != nil {
			return
		}
		for {
			line, err := rows.Next()
			if err != nil {
				return
			}
			require.NotEqual(t, line.Row == nil, line.Problem == nil)
			if line.Row != nil {
				_, err := proto.Marshal(line.Row)
				require.NoError(t, err, "what is read can be sent")
			}
		}
	})
}
