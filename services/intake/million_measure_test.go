package intake_test

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// measure asks what people ask.
func (m *many) measure() {
	ctx := auth.NewContext(m.t.Context(), auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{authv1.Role_AGENT}})
	if m.db.Dialect() == sqldb.Postgres {
		require.NoError(m.t, m.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "ANALYZE")
			return err
		}))
	}
	began := time.Now()
	require.NoError(m.t, m.service.Indexer().Tidy(ctx))
	m.t.Logf("%s: sketches of the window read into memory in %s", m.db.Dialect(), time.Since(began).Round(time.Millisecond))
	m.sizes()
	random := mathrand.New(mathrand.NewPCG(7, 7))
	m.percentiles("candidates", 300, func() int {
		out, err := m.service.ListDuplicates(ctx, &intakev1.ListDuplicatesRequest{Parent: m.records[random.IntN(len(m.records))]})
		require.NoError(m.t, err)
		return len(out.GetCandidates())
	})
	search := func(query string) int {
		out, err := m.service.SearchComplaints(ctx, &intakev1.SearchComplaintsRequest{Query: query})
		require.NoError(m.t, err)
		return len(out.GetResults())
	}
	for name, query := range map[string]func() string{
		"words, one frequent":         func() string { return m.letters.common(random) },
		"words, one of any":           func() string { return m.letters.any(random) },
		"words, one that no text has": func() string { return "zz" + strconv.Itoa(random.IntN(1_000_000)) },
		"words, three of one text":    func() string { return m.letters.three(random, m.known(random)) },
		"telephone number":            func() string { return fmt.Sprintf("139%08d", m.known(random)/perCustomer*perCustomer) },
	} {
		m.percentiles("search: "+name, 300, func() int { return search(query()) })
	}
	m.percentiles("customer history", 300, func() int {
		out, err := m.service.LookupCustomer(ctx, &intakev1.LookupCustomerRequest{Phone: fmt.Sprintf("139%08d", m.known(random)/perCustomer*perCustomer)})
		require.NoError(m.t, err)
		return len(out.GetEntries())
	})
	m.lag(ctx)
	m.filing(fmt.Sprintf("%d on record", m.count))
}

// filing is how long it takes to file, one complaint after the other.
func (m *many) filing(when string) {
	random := mathrand.New(mathrand.NewPCG(11, uint64(len(when))))
	ctx := auth.NewContext(m.t.Context(), auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{authv1.Role_AGENT}})
	number := 0
	m.percentiles("filing, "+when, 1000, func() int {
		number++
		req := request()
		req.Statement = m.letters.write(random, number)
		req.Complainant.Phone = fmt.Sprintf("+86138%08d", random.IntN(100_000_000))
		command := idem.Command{
			Caller: "agents/lin", Method: "/measured", Key: when + strconv.Itoa(number), Fingerprint: []byte("f"), Now: m.now, Retention: 24 * time.Hour,
		}
		_, err := m.service.CreateComplaint(idem.NewContext(ctx, command), req)
		require.NoError(m.t, err)
		return 1
	})
}

// known is the number of a complaint whose words are known.
func (m *many) known(random *mathrand.Rand) int {
	return m.count - 1 - random.IntN(min(m.count, spoken))
}

// lag is how long the indexer needs for what is filed now.
func (m *many) lag(ctx context.Context) {
	const rounds = 30
	random := mathrand.New(mathrand.NewPCG(9, 9))
	texts := 0
	took := time.Duration(0)
	count := m.count
	for range rounds {
		first := m.count
		m.count += 32
		b := m.make(random, first)
		m.insert(b)
		var places []intake.Place
		for i := range b.records {
			places = append(places, intake.Place{Complaint: b.records[i].ID})
		}
		at := time.Now()
		require.NoError(m.t, m.service.IndexAll(ctx, places))
		took += time.Since(at)
		texts += len(places)
	}
	m.count = count
	m.t.Logf("%s: the indexer takes %.2f ms a complaint, 32 at a time", m.db.Dialect(), float64(took.Microseconds())/float64(texts)/1000)
}

// percentiles tells how long something takes, and how much it finds.
func (m *many) percentiles(name string, times int, do func() int) {
	var all []time.Duration
	found := 0
	do()
	for range times {
		at := time.Now()
		found += do()
		all = append(all, time.Since(at))
	}
	slices.Sort(all)
	m.t.Logf("| %s | %s | %.1f | %.1f | %.1f | %.1f |", m.db.Dialect(), name, float64(found)/float64(times),
		float64(all[times/2].Microseconds())/1000, float64(all[times*99/100].Microseconds())/1000, float64(all[times-1].Microseconds())/1000)
}

// sizes tells how many bytes each table of the index has for a complaint.
func (m *many) sizes() {
	query := "SELECT name, SUM(pgsize) FROM dbstat WHERE name LIKE 'index%' OR name = 'complaints' GROUP BY name"
	if m.db.Dialect() == sqldb.Postgres {
		query = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND (relname LIKE 'index%' OR relname = 'complaints')"
	}
	err := m.db.Read(m.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			var size int64
			if err := rows.Scan(&name, &size); err != nil {
				return err
			}
			m.t.Logf("%s: %s has %d bytes a complaint", m.db.Dialect(), name, size/int64(m.count))
		}
		return rows.Err()
	})
	if err != nil {
		m.t.Logf("sizes: %v", err)
	}
}

// letters writes texts whose words are as unequally frequent as those of a language.
type letters struct{ english, chinese []string }

func newLetters() *letters {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	l := &letters{}
	for range 60_000 {
		word := make([]byte, 3+random.IntN(8))
		for i := range word {
			word[i] = "etaoinshrdlucmfwypvbgk"[min(random.IntN(22), random.IntN(22))]
		}
		l.english = append(l.english, string(word))
		han := make([]rune, 2+random.IntN(2))
		for i := range han {
			han[i] = '\u4e00' + rune(min(random.IntN(6000), random.IntN(6000)))
		}
		l.chinese = append(l.chinese, string(han))
	}
	return l
}

// write makes the n-th text: 130 English words or 140 Chinese ones.
func (l *letters) write(random *mathrand.Rand, n int) string {
	zipf := mathrand.NewZipf(random, 1.1, 8, uint64(len(l.english)-1))
	var text strings.Builder
	for i := range 135 {
		if n%2 == 0 {
			text.WriteString(l.english[zipf.Uint64()])
			text.WriteByte(' ')
			continue
		}
		text.WriteString(l.chinese[zipf.Uint64()])
		if i%12 == 11 {
			text.WriteString("，")
		}
	}
	// Three words that only this text has together, by its number.
	fmt.Fprintf(&text, " %s", strings.Join(l.own(n), " "))
	return text.String()
}

// own are the words that stand together only in the n-th text.
func (l *letters) own(n int) []string {
	return []string{l.english[n%60_000], l.english[(n/7+n*31)%60_000], l.chinese[(n*17+n/3)%60_000]}
}

func (l *letters) common(random *mathrand.Rand) string {
	return [][]string{l.english, l.chinese}[random.IntN(2)][random.IntN(50)]
}

func (l *letters) any(random *mathrand.Rand) string {
	return [][]string{l.english, l.chinese}[random.IntN(2)][random.IntN(60_000)]
}

func (l *letters) three(_ *mathrand.Rand, n int) string { return strings.Join(l.own(n), " ") }
