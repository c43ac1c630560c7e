package complaint_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
)

// lines keeps what is logged, by level.
type lines struct {
	mu     sync.Mutex
	levels map[string][]string
}

func (l *lines) add(level, message string, more []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.levels == nil {
		l.levels = map[string][]string{}
	}
	l.levels[level] = append(l.levels[level], message+" "+fmt.Sprint(more...))
}

func (l *lines) Debug(message string, more ...any) { l.add("debug", message, more) }
func (l *lines) Info(message string, more ...any)  { l.add("info", message, more) }
func (l *lines) Warn(message string, more ...any)  { l.add("warn", message, more) }
func (l *lines) Error(message string, more ...any) { l.add("error", message, more) }

// failures counts the lines of a level that tell of an attempt that failed.
func (l *lines) failures(level string) (count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.levels[level] {
		if strings.HasPrefix(line, "Activity error.") {
			count++
		}
	}
	return count
}

// TestWhatIsNotKnownYetIsNoError in the log, as long as that is a matter of moments; whatever else fails is one from the beginning, and
// what is still not known after half a minute is one, too.
func TestWhatIsNotKnownYetIsNoError(t *testing.T) {
	t.Parallel()
	unknown := reasoned(codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	for title, c := range map[string]struct {
		method string
		err    error
		hidden bool
		until  time.Duration
		errors bool
	}{
		"the duties are opened in a moment":      {"", nil, true, 20 * time.Second, false},
		"they are not opened for long":           {"", nil, true, 10 * time.Minute, true},
		"followup hears of it in a moment":       {"ListDuties", unknown, false, 20 * time.Second, false},
		"followup hears of it after long":        {"ListDuties", unknown, false, 10 * time.Minute, true},
		"routing hears of it in a moment":        {"AssignComplaint", unknown, false, 20 * time.Second, false},
		"routing hears of it after long":         {"AssignComplaint", unknown, false, 10 * time.Minute, true},
		"followup is away for a moment":          {"ListDuties", down(), false, 20 * time.Second, true},
		"routing cannot tell, for a moment":      {"AssignComplaint", reasoned(codes.Internal, "INTERNAL"), false, 20 * time.Second, true},
		"routing does not know it, for a moment": {"AssignComplaint", reasoned(codes.NotFound, "COMPLAINT_NOT_FOUND"), false, 20 * time.Second, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w, log := onlyCallback(), &lines{}
			w.logger = log
			w.enter(t, 0)
			if w.hidden = c.hidden; c.hidden {
				w.at(c.until, func() { w.mu.Lock(); w.hidden = false; w.mu.Unlock() })
			} else {
				w.during(c.method, c.until, c.err)
			}
			w.at(time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.errors, log.failures("error") > 0, log.levels["error"])
			require.Equal(t, c.hidden || errors.Is(c.err, unknown), log.failures("debug") > 0, log.levels["debug"])
		})
	}
}
