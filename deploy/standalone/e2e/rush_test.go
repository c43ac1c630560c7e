package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// concurrency is how many complaints are being filed at any moment of a crash test.
const concurrency = 64

// crashSize is how many complaints a crash test files: few by default, many with `make test-crash`.
func crashSize(t *testing.T) int {
	t.Helper()
	text, ok := os.LookupEnv("REDRESS_CRASH_COMPLAINTS")
	if !ok {
		return 400
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "REDRESS_CRASH_COMPLAINTS")
	require.GreaterOrEqual(t, n, concurrency, "REDRESS_CRASH_COMPLAINTS")
	return n
}

// filing is one complaint that somebody wants on record, and does not rest until told that it is.
type filing struct {
	number int
	key    string
	// failures counts the calls that were not answered 200.
	failures int
	// answer is the first and only 200, end its time.
	answer filed
	end    time.Time
}

func (f *filing) body() object {
	return object{
		"statement": fmt.Sprintf("Complaint number %d: I was charged twice. Call me back.", f.number),
		// A customer has three complaints, so that filings also meet at the same rows.
		"complainant": object{"phone": fmt.Sprintf("+86138%08d", f.number/3)},
	}
}

// rush is many people filing at a time. Who gets no answer, or one that says to try again, sends the same key again.
type rush struct {
	front   *front
	filings []*filing
	began   time.Time
	took    time.Duration
	done    chan struct{}

	answered, failed atomic.Int64
	next             atomic.Int64

	mu sync.Mutex
	// kinds counts the failures by what was told; unanswered calls count under noAnswer.
	kinds map[string]int
	// refused is the first answer after which trying again makes no sense.
	refused string
}

const noAnswer = "no answer"

// newRush begins to file n complaints. It ends with the test at the latest.
func newRush(t *testing.T, f *front, n int) *rush {
	t.Helper()
	r := &rush{front: f, began: time.Now(), done: make(chan struct{}), kinds: map[string]int{}}
	for i := range n {
		r.filings = append(r.filings, &filing{number: i, key: uuid.NewString()})
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); <-r.done })
	var people sync.WaitGroup
	for range concurrency {
		people.Go(func() {
			for i := r.next.Add(1); i <= int64(n) && ctx.Err() == nil; i = r.next.Add(1) {
				r.file(ctx, r.filings[i-1])
			}
		})
	}
	go func() {
		people.Wait()
		r.took = time.Since(r.began)
		close(r.done)
	}()
	return r
}

// file sends one complaint until it is on record.
func (r *rush) file(ctx context.Context, f *filing) {
	for ctx.Err() == nil {
		status, text, err := r.front.call(ctx, http.MethodPost, "/v1/complaints", f.key, f.body())
		if err == nil && status == http.StatusOK && json.Unmarshal(text, &f.answer) == nil {
			f.end = time.Now()
			r.answered.Add(1)
			return
		}
		f.failures++
		r.failed.Add(1)
		r.note(status, text, err)
		if err == nil && status < http.StatusInternalServerError {
			return
		}
		time.Sleep(20*time.Millisecond + rand.N(80*time.Millisecond))
	}
}

func (r *rush) note(status int, text []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := noAnswer
	if err == nil {
		kind = kindOf(status, text)
		if status < http.StatusInternalServerError && r.refused == "" {
			r.refused = fmt.Sprintf("%d: %s", status, text)
		}
	}
	r.kinds[kind]++
}

// told gives the failures by what was told.
func (r *rush) told() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.kinds)
}

// until waits for a moment in the rush at random between two shares of the complaints being answered, and returns how many
// were.
func (r *rush) until(t *testing.T, from, to float64) int64 {
	t.Helper()
	moment := int64((from + rand.Float64()*(to-from)) * float64(len(r.filings)))
	await(t, r.limit(), time.Millisecond, func() string {
		if r.answered.Load() >= moment {
			return ""
		}
		return fmt.Sprintf("the rush got nowhere: %d answered, failed calls: %v", r.answered.Load(), r.told())
	})
	return r.answered.Load()
}

// noticed waits until more calls have failed than the given number.
func (r *rush) noticed(t *testing.T, failed int64) {
	t.Helper()
	await(t, r.limit(), time.Millisecond, func() string {
		if r.failed.Load() > failed {
			return ""
		}
		return "nobody noticed that something is gone"
	})
}

// limit is how long the rush, or what follows from it, may take: far longer than it does.
func (r *rush) limit() time.Duration {
	return time.Minute + time.Duration(len(r.filings))*100*time.Millisecond
}

// finish waits until everything is on record, and says what it took.
func (r *rush) finish(t *testing.T) {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(r.limit()):
		t.Fatalf("the rush does not end: %d answered, failed calls: %v", r.answered.Load(), r.told())
	}
	require.Empty(t, r.refused, "a complaint was refused")
	require.EqualValues(t, len(r.filings), r.answered.Load())
	t.Logf("%d complaints filed in %s (%.0f per second); %d keys sent more than once; failed calls: %v",
		len(r.filings), r.took.Round(10*time.Millisecond), float64(len(r.filings))/r.took.Seconds(), len(r.retried()), r.told())
}

// retried are the filings whose key was sent more than once.
func (r *rush) retried() []*filing {
	var list []*filing
	for _, f := range r.filings {
		if f.failures > 0 {
			list = append(list, f)
		}
	}
	return list
}

// kept counts the filings whose first answer got lost although they were on record: made before one of the moments at
// which something was killed, answered after it.
func (r *rush) kept(kills ...time.Time) int {
	n := 0
	for _, f := range r.retried() {
		for _, killed := range kills {
			if f.answer.CreateTime.Before(killed) && f.end.After(killed) {
				n++
			}
		}
	}
	return n
}

// await asks every now and then what is wrong, until it is nothing, the empty string.
func await(t *testing.T, within, every time.Duration, wrong func() string) {
	t.Helper()
	for limit := time.Now().Add(within); ; time.Sleep(every) {
		problem := wrong()
		if problem == "" {
			return
		}
		require.Less(t, time.Now(), limit, problem)
	}
}
