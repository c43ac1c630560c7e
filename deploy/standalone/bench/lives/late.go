package lives

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

const (
	// within is the time for a callback by the policy of the measurement; nothing else in it falls due meanwhile.
	within = 24 * time.Hour
	// patience is how long it is waited for the last escalation.
	patience = 15 * time.Minute
)

// Late measures how long after its due time a missed callback is recorded as broken and the first level of the ladder is told: many
// due in the same moment, and one after the other.
func Late(ctx context.Context, cfg Config) (tables []report.Table, err error) {
	policy, err := writePolicy(cfg.Maker.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(policy)) }()
	for _, engine := range cfg.Engines {
		t, err := cfg.late(ctx, engine, policy)
		if err != nil {
			return nil, fmt.Errorf("lateness on %s: %w", engine.Title(), err)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// late measures on one engine.
func (cfg Config) late(ctx context.Context, engine database.Engine, policy string) (report.Table, error) {
	t := report.Table{
		Title: "Lateness on " + engine.Title(),
		Lead: "Complaints that came by letter nearly a day ago are filed, all workflows begun, and then the callbacks fall due with nobody having called. From " +
			"the due time to the time at which followup recorded the breach and routing told the supervisor. Meanwhile all pages of the list of overdue " +
			"callbacks are read again and again; wrong is each reading with one too few or too many.",
		Columns: []string{
			"callbacks", "due", "breach recorded p50, s", "p95, s", "max, s", "escalation sent p50, s", "p95, s", "max, s",
			"lists read", "wrong", "first page p50, ms", "max, ms",
		},
		Notes: []string{"The breach counts from the due time in any case, and the list is right from that moment on; what comes later is the telling."},
	}
	for _, plan := range []schedule{{count: cfg.Due}, {count: cfg.Spread, every: cfg.Every}} {
		if plan.count == 0 {
			continue
		}
		err := cfg.with(ctx, "lateness", engine, policy, func(target Target) error {
			l, err := plan.measure(ctx, cfg, target)
			if err != nil {
				return err
			}
			t.Add(l.row(plan)...)
			cfg.Tell("lateness on %s, %s: %+v", engine.Title(), plan, l)
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// writePolicy writes the policy of the measurement beside the data.
func writePolicy(dir string) (string, error) {
	var b strings.Builder
	b.WriteString("version: lateness-1\nclocks:\n")
	for _, severity := range []string{"LOW", "NORMAL", "HIGH", "URGENT"} {
		fmt.Fprintf(&b, "  - severity: %s\n", severity)
		for _, clock := range []string{"acknowledge", "contact", "first_response", "resolution"} {
			fmt.Fprintf(&b, "    %s: {within: 240h, measure: ELAPSED}\n", clock)
		}
		fmt.Fprintf(&b, "    callback: {within: %s, measure: ELAPSED}\n", within)
	}
	path := filepath.Join(dir, "lateness.yaml")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}

// schedule says when callbacks fall due: so many, one every so often, or all at once.
type schedule struct {
	count int
	every time.Duration
}

func (s schedule) String() string {
	if s.every == 0 {
		return "in the same moment"
	}
	return "one every " + s.every.String()
}

// due counts those whose due time has passed.
func (s schedule) due(first, now time.Time) int {
	switch {
	case !now.After(first):
		return 0
	case s.every == 0:
		return s.count
	default:
		return min(s.count, int(now.Sub(first)/s.every)+1)
	}
}

// lateness is what was measured.
type lateness struct {
	// Breach and Escalation are from the due time to the record.
	Breach, Escalation Times
	// Pages is how long a first page took; Reads and Wrong count readings of the whole list.
	Pages        Times
	Reads, Wrong int
}

func (l lateness) row(s schedule) []string {
	return []string{
		fmt.Sprint(s.count), s.String(),
		report.Seconds(l.Breach.P50), report.Seconds(l.Breach.P95), report.Seconds(l.Breach.Max),
		report.Seconds(l.Escalation.P50), report.Seconds(l.Escalation.P95), report.Seconds(l.Escalation.Max),
		fmt.Sprint(l.Reads), fmt.Sprint(l.Wrong), report.Milliseconds(l.Pages.P50), report.Milliseconds(l.Pages.Max),
	}
}

// measure files, waits until everything is begun, and then for what is due.
func (s schedule) measure(ctx context.Context, cfg Config, t Target) (l lateness, err error) {
	f, err := newFront(t)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	ctx, stop := context.WithTimeout(ctx, cfg.Notice+time.Duration(s.count)*(cfg.Begin+s.every)+patience)
	defer stop()
	breaches, escalations := newTally(s.count), newTally(s.count)
	ctx, err = f.listen(ctx, map[string][]string{"followup": {"duty_settled"}, "routing": {"escalation_raised"}}, func(e heard) {
		if kind, due := missed(e); kind == policyv1.DutyKind_CALLBACK && e.kind == "duty_settled" {
			breaches.record(e, due)
		} else if kind == policyv1.DutyKind_CALLBACK {
			escalations.record(e, time.Time{})
		}
	})
	if err != nil {
		return l, err
	}
	first := t.Now().Add(cfg.Notice + time.Duration(s.count)*cfg.Begin).Truncate(time.Second)
	told, err := burst(ctx, t, s.count, func(i int) (time.Time, int64) {
		return first.Add(time.Duration(i)*s.every - within), int64(i)
	})
	if err != nil {
		return l, err
	}
	cfg.Tell("lateness, %s: filed in %s, all acknowledged after %s, %s before the first is due", s, told.filing, told.all, first.Sub(t.Now()))
	if t.Now().After(first) {
		return l, fmt.Errorf("the first callback was due before all workflows were begun: it took %s; raise --begin", told.all)
	}
	reading, end := context.WithCancel(ctx)
	read := make(chan error, 1)
	go func() { read <- f.readLists(reading, s, first, &l) }()
	err = errors.Join(breaches.wait(ctx), escalations.wait(ctx))
	end()
	if err = errors.Join(err, <-read); err != nil {
		return l, fmt.Errorf("%d breaches and %d escalations came: %w", breaches.count(), escalations.count(), err)
	}
	l.Breach, l.Escalation = breaches.late(breaches), escalations.late(breaches)
	return l, nil
}

// missed reads what kind of duty was missed and when it was due; zero when the event is about something else.
func missed(e heard) (policyv1.DutyKind, time.Time) {
	payload := &eventv1.Payload{}
	if err := proto.Unmarshal(e.payload, payload); err != nil {
		return 0, time.Time{}
	}
	if raised := payload.GetEscalationRaised(); raised != nil {
		return raised.GetKind(), time.Time{}
	}
	settled := payload.GetDutySettled()
	if settled.GetVerdict() != policyv1.Verdict_MISSED {
		return 0, time.Time{}
	}
	return settled.GetKind(), settled.GetDueTime().AsTime()
}

// tally notes the first event of each complaint.
type tally struct {
	mu   sync.Mutex
	want int
	at   map[string]heard
	due  map[string]time.Time
	all  chan struct{}
}

func newTally(want int) *tally {
	return &tally{want: want, at: map[string]heard{}, due: map[string]time.Time{}, all: make(chan struct{})}
}

func (t *tally) record(e heard, due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, again := t.at[e.complaint]; again {
		return
	}
	t.at[e.complaint], t.due[e.complaint] = e, due
	if len(t.at) == t.want {
		close(t.all)
	}
}

func (t *tally) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.at)
}

func (t *tally) wait(ctx context.Context) error {
	select {
	case <-t.all:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// late is how long after the due times, which the other tally knows, the events were recorded.
func (t *tally) late(breaches *tally) Times {
	var list []time.Duration
	for complaint, e := range t.at {
		list = append(list, e.recorded.Sub(breaches.due[complaint]))
	}
	return timesOf(list)
}
