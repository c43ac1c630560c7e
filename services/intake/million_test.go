package intake_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
)

// TestManyComplaints measures filing, search, candidates and indexing with many complaints
// on record. It runs only when it is told how many:
//
//	REDRESS_BENCH_COMPLAINTS=1000000 go test -run TestManyComplaints -v -timeout 2h ./services/intake
//
// With REDRESS_BENCH_BARE=1 only the index is that large, which takes a fraction of the time.
func TestManyComplaints(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("REDRESS_BENCH_COMPLAINTS"))
	if err != nil {
		t.Skip("REDRESS_BENCH_COMPLAINTS says with how many complaints to measure")
	}
	m := newMany(t, sqltest.SQLite(t), count)
	all := []*many{m}
	if os.Getenv("REDRESS_TEST_POSTGRES_URL") != "" {
		all = append(all, m.beside(sqltest.Postgres(t)))
	}
	for _, one := range all {
		one.filing("nothing on record")
		one.background(count - min(count, spoken))
	}
	m.fill(all)
	for _, one := range all {
		one.records = m.records
		one.measure()
	}
}

// many is the service with many complaints.
type many struct {
	t       *testing.T
	db      *sqldb.DB
	service *intake.Service
	store   *sqlstore.Store
	keyring *vault.Keyring
	ids     ids.Generator
	count   int
	now     time.Time
	letters *letters
	records []string
}

func newMany(t *testing.T, db *sqldb.DB, count int) *many {
	t.Helper()
	m := &many{t: t, db: db, count: count, now: begin, letters: newLetters()}
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	var err error
	m.keyring, err = vault.LoadOrCreateKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	require.NoError(t, err)
	m.serve()
	return m
}

// beside is the same with another database.
func (m *many) beside(db *sqldb.DB) *many {
	other := *m
	other.db = db
	require.NoError(m.t, eventlog.Migrate(m.t.Context(), db))
	require.NoError(m.t, sqlstore.Migrate(m.t.Context(), db))
	other.serve()
	return &other
}

func (m *many) serve() {
	t, db := m.t, m.db
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	now := func() time.Time { return m.now }
	log, err := eventlog.New(eventlog.Config{Source: "intake"}, eventlog.Deps{
		DB: db, Now: now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, 32)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	m.store = sqlstore.New(db, log)
	store := m.store
	m.ids = ids.New(time.Now, rand.Reader)
	reader, err := analyser()
	require.NoError(t, err)
	critic, err := checker()
	require.NoError(t, err)
	m.service, err = intake.New(intake.Config{}, intake.Deps{
		Store: store, Records: store, Matters: store, Texts: store, Sketches: store, Words: splitter(t), Analyser: reader, Checker: critic, Suggester: suggester(t, p), Imports: store, References: store, Directory: store, Policy: p,
		Keyring: m.keyring, Log: log, Now: now, IDs: m.ids, Pages: pages, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
}

// spoken is how many complaints have words that can be searched for. The others are
// on record too, and in the index, with signatures and sketches of words that
// nobody asks for.
const spoken = 30_000

// background puts complaints on record whose words are not known.
func (m *many) background(count int) {
	began := time.Now()
	random := mathrand.New(mathrand.NewPCG(3, 4))
	english, chinese := sketch.Shelf(1), sketch.Shelf(3)
	slots := map[sketch.Shelf]int64{}
	number := int64(0)
	for int(number) < count {
		shelf := []sketch.Shelf{english, chinese}[number/20_000%2]
		m.block(random, shelf, slots[shelf]/shelf.Block())
		texts := min(shelf.Block(), int64(count)-number)
		m.owners(random, shelf, slots[shelf], number, texts)
		slots[shelf] += shelf.Block()
		number += texts
	}
	require.NoError(m.t, m.db.Write(m.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		slots[-1] = number
		for shelf, next := range slots {
			if _, err := tx.Exec(ctx, "INSERT INTO index_shelves (shelf, next, folded) VALUES (?, ?, ?)", int32(shelf), next, max(0, next*min(1, int64(shelf)+1))); err != nil {
				return err
			}
		}
		return nil
	}))
	m.t.Logf("%s: %d complaints of unknown words in %s", m.db.Dialect(), count, time.Since(began).Round(time.Second))
}

// block writes the slices of a full block, of which every fourth bit is set: as many
// as where each signature has as many terms as it may.
func (m *many) block(random *mathrand.Rand, shelf sketch.Shelf, block int64) {
	require.NoError(m.t, m.db.Write(m.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for bit := range int64(shelf.Bits()) {
			var column []byte
			for int64(len(column)) < shelf.Block()/8 {
				column = binary.LittleEndian.AppendUint64(column, random.Uint64()&random.Uint64())
			}
			if err := tx.Queue(ctx, nil, "INSERT INTO index_slices (slice, bits) VALUES (?, ?)", int64(shelf)<<52|block<<20|bit, column); err != nil {
				return err
			}
		}
		return nil
	}))
}

// owners puts the complaints on record that the texts of a block are of.
func (m *many) owners(random *mathrand.Rand, shelf sketch.Shelf, slot, number, texts int64) {
	filing := make([]byte, 1000)
	for i := range filing {
		filing[i] = byte(random.Uint32())
	}
	for first := int64(0); first < texts; first += chunk {
		var b batch
		var places, sketches []any
		for n := first; n < min(first+chunk, texts); n++ {
			r := intake.Record{WrappedKey: filing[:80], Filing: filing, Details: filing[:200]}
			r.ID, r.Reference, r.State = m.ids.ID(), m.ids.Reference()+strconv.FormatInt(number+n, 10), intake.Active
			if n%perCustomer == 0 {
				r.Customer = "customers/" + m.ids.ID()
				b.lookups = append(b.lookups, m.keyring.Lookup("phone", "old"+strconv.FormatInt(number+n, 10)))
			} else {
				r.Customer = b.records[n-first-1].Customer
			}
			r.ReceiveTime = m.now.Add(-time.Duration(random.Int64N(int64(85 * 24 * time.Hour))))
			b.records = append(b.records, r)
			var drawn sketch.Sketch
			for i := range drawn {
				drawn[i] = random.Uint64()
			}
			places = append(places, int64(shelf)<<48|slot+n, r.ID, "", number+n+1)
			sketches = append(sketches, number+n+1, r.ID, sqldb.Micros(r.ReceiveTime), drawn.Bytes())
		}
		if os.Getenv("REDRESS_BENCH_BARE") == "" {
			m.insert(b)
		}
		require.NoError(m.t, m.db.Write(m.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			row := strings.TrimPrefix(strings.Repeat(", (?, ?, ?, ?)", len(b.records)), ", ")
			return errors.Join(
				tx.Queue(ctx, nil, "INSERT INTO index_texts (place, complaint, message, sketch) VALUES "+row, places...),
				tx.Queue(ctx, nil, "INSERT INTO index_sketches (number, complaint, receive_time, bits) VALUES "+row, sketches...))
		}))
	}
}

// perCustomer is how many complaints each customer has.
const perCustomer = 4

// chunk is what is written at once.
const chunk = 1000

// batch is a chunk on its way.
type batch struct {
	records []intake.Record
	texts   []intake.Text
	lookups [][]byte
}

// fill puts complaints on record and indexes them. They lie within 90 days, so that all are candidates.
func (m *many) fill(all []*many) {
	began := time.Now()
	writing := make([]time.Duration, len(all))
	todo, done := make(chan int), make(chan batch)
	go func() {
		defer close(todo)
		for first := m.count - min(m.count, spoken); first < m.count; first += chunk {
			todo <- first
		}
	}()
	var makers sync.WaitGroup
	for range 2 {
		makers.Go(func() {
			random := mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 1))
			for first := range todo {
				done <- m.make(random, first)
			}
		})
	}
	go func() { makers.Wait(); close(done) }()
	for b := range done {
		for i, one := range all {
			one.insert(b)
			at := time.Now()
			for some := range slices.Chunk(b.texts, 250) {
				require.NoError(m.t, one.service.PutTexts(m.t.Context(), some))
			}
			writing[i] += time.Since(at)
		}
		for i := range b.records {
			if len(m.records) < 20_000 {
				m.records = append(m.records, b.records[i].Name())
			}
		}
	}
	for i, one := range all {
		m.t.Logf("%s: %d complaints in %s; writing the index: %.0f µs a complaint in transactions of 250",
			one.db.Dialect(), min(m.count, spoken), time.Since(began).Round(time.Second), float64(writing[i].Microseconds())/float64(min(m.count, spoken)))
	}
}

func (m *many) make(random *mathrand.Rand, first int) batch {
	var b batch
	var customer string
	var wrapped []byte
	for n := first; n < min(first+chunk, m.count); n++ {
		if (n-first)%perCustomer == 0 {
			var err error
			customer = "customers/" + m.ids.ID()
			_, wrapped, err = m.keyring.NewDataKey(customer)
			require.NoError(m.t, err)
			b.lookups = append(b.lookups, m.keyring.Lookup("phone", fmt.Sprintf("+86139%08d", n)))
		}
		r := intake.Record{WrappedKey: wrapped}
		received := m.now.Add(-time.Duration(m.count-n) * 80 * 24 * time.Hour / time.Duration(m.count))
		r.ID, r.Reference, r.Customer, r.ReceiveTime, r.State = m.ids.ID(), m.ids.Reference()+strconv.Itoa(n), customer, received, intake.Active
		var err error
		r.Filing, r.Details, err = m.service.SealFiling(customer, wrapped, r.Name(),
			intake.Filing{Statement: m.letters.write(random, n)}, intake.Details{Complainant: intake.Complainant{Phone: fmt.Sprintf("+86139%08d", n)}})
		require.NoError(m.t, err)
		b.records = append(b.records, r)
	}
	b.texts = m.service.TextsOf(m.t.Context(), b.records)
	return b
}

const insertMany = `INSERT INTO complaints (id, reference, customer, state, outcome, cycle, version, severity, channel, target_kind,
	department, assignee, language, policy_version, receive_time, cycle_time, create_time, update_time,
	resolve_time, close_time, due_acknowledge, due_contact, due_first_response, due_callback, due_resolution,
	request_id, request_outcome, request_time, request_phase, demanded_currency, demanded_units, demanded_nanos,
	demand_count, filing, details) VALUES `

func (m *many) insert(b batch) {
	require.NoError(m.t, m.db.Write(m.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		last := ""
		for some := range slices.Chunk(b.records, 50) {
			var args []any
			for i := range some {
				r := &some[i]
				at := sqldb.Micros(r.ReceiveTime)
				args = append(args, r.ID, r.Reference, r.Customer, int32(r.State), 0, 1, 1, 2, 2, 1, "departments/logistics", "agents/he", "zh-Hans", "default-1",
					at, at, at, at, 0, 0, 0, 0, 0, 0, 0, "", 0, 0, 0, "", 0, 0, 0, r.Filing, r.Details)
			}
			row := "(?" + strings.Repeat(", ?", 34) + ")"
			if err := tx.Queue(ctx, nil, insertMany+row+strings.Repeat(", "+row, len(some)-1), args...); err != nil {
				return err
			}
		}
		for i := range b.records {
			if r := &b.records[i]; r.Customer != last {
				last = r.Customer
				if err := tx.Queue(ctx, nil, "INSERT INTO customers (name, wrapped_key, create_time) VALUES (?, ?, 1)", r.Customer, r.WrappedKey); err != nil {
					return err
				}
				if err := tx.Queue(ctx, nil, "INSERT INTO customer_lookups (hash, customer) VALUES (?, ?)", b.lookups[i/perCustomer], r.Customer); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}
