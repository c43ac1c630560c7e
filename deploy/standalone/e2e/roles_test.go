package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// in is the same world in another test.
func (w *world) in(t *testing.T) *world {
	other := *w
	other.t = t
	return &other
}

// alone returns a standalone for a story that TestRoles tells, too. `make test-postgres` tells it there only, since `make test`
// has told it here.
func alone(t *testing.T, policy string) *world {
	t.Helper()
	if os.Getenv("REDRESS_TEST_POSTGRES_REQUIRED") == "1" {
		t.Skip("TestRoles tells this story, in the shape of production; without PostgreSQL it is told here")
	}
	return start(t, t.TempDir(), policy)
}

// stories are those that need no more than REST, gRPC and Temporal: they are told in both shapes. In that of production they share
// an installation, with the policy of crowdPolicy, and are told at the same time.
func stories() map[string]func(*world, *testing.T) {
	return map[string]func(*world, *testing.T){
		"callback": (*world).callbackStory, "breach is listed": (*world).breachIsListed, "resolving": (*world).resolving,
		"signal tightens": (*world).signalTightens, "threat tightens": (*world).threatTightens,
		"threat after the end": (*world).threatAfterTheEnd, "authority is owed": (*world).authorityIsOwed,
		"answer dated back": (*world).answerDatedBack, "directory decides": (*world).directoryDecides,
		"imported late": (*world).importedLate, "what is learned": (*world).whatIsLearned, "data stays sealed": (*world).dataStaysSealed,
		"reused key": (*world).reusedKey, "bad input over gRPC": (*world).badInputOverGRPC, "forms of input": (*world).formsOfInput,
		"bad input": (*world).badInputAmongOthers, "who may not": (*world).whoMayNotAmongOthers,
	}
}

// TestRoles tells the stories of the standalone in the shape of production, where each role is a process of its own and runs
// twice. It is not parallel: it keeps the machine busy, and others measure seconds.
func TestRoles(t *testing.T) {
	covers.Requirement(t, "OPS-1", "API-1", "CALL-2")
	in := newInstallation(t)
	in.start(t)
	w := in.enter(t)
	// Alone: what happens at the same time is delivered together, within the trace of one of those that caused it.
	t.Run("one trace", func(t *testing.T) { w.in(t).oneTrace(t, in.traces, processes) })
	t.Run("rules decide", func(t *testing.T) { w.in(t).rulesDecide(t) })
	t.Run("stories", func(t *testing.T) {
		var telling sync.WaitGroup
		for name, story := range stories() {
			telling.Go(func() { t.Run(name, func(t *testing.T) { story(w.in(t), t) }) })
		}
		for scenario, live := range scenarios() {
			if scenario != "services_late" {
				telling.Go(func() { t.Run("replay "+scenario, func(t *testing.T) { w.in(t).replays(t, scenario, live) }) })
			}
		}
		telling.Wait()
	})
	t.Run("nobody notices a restart", func(t *testing.T) { in.restartsAreNotNoticed(t, w.in(t)) })
	t.Run("half of all is killed", func(t *testing.T) { in.halfIsKilled(t, w.in(t)) })
}

// processes are what the processes of roles call themselves.
func processes(roles ...string) []string {
	var names []string
	for _, role := range roles {
		names = append(names, "redress-"+role)
	}
	return names
}

// restartsAreNotNoticed restarts every process while front ends work: no call fails.
func (in *installation) restartsAreNotNoticed(t *testing.T, w *world) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var working sync.WaitGroup
	var mu sync.Mutex
	done, failures := 0, []string{}
	for range 6 {
		working.Go(func() {
			for ctx.Err() == nil {
				failure := w.work()
				mu.Lock()
				done++
				if failure != "" {
					failures = append(failures, failure)
				}
				mu.Unlock()
			}
		})
	}
	first, second := in.halves()
	for _, part := range [][]*replica{first, second} {
		time.Sleep(500 * time.Millisecond)
		restart(t, part)
	}
	time.Sleep(500 * time.Millisecond)
	stop()
	working.Wait()
	t.Logf("%d complaints filed, read and withdrawn", done)
	require.Greater(t, done, 20)
	require.Empty(t, failures)
}

// work files a complaint, reads it and its timeline, withdraws it and says what went wrong. It may be called by any goroutine.
func (w *world) work() string {
	body, err := json.Marshal(complaining(nil))
	if err != nil {
		return err.Error()
	}
	status, text, err := w.send(http.MethodPost, "/v1/complaints", body, uuid.NewString())
	if err != nil || status != http.StatusOK {
		return fmt.Sprintf("filing: %d %s, %v", status, text, err)
	}
	var complaint struct{ Name string }
	if err := json.Unmarshal(text, &complaint); err != nil {
		return err.Error()
	}
	for _, call := range [][2]string{{http.MethodGet, ""}, {http.MethodGet, "/timeline"}, {http.MethodPost, ":withdraw"}} {
		status, text, err := w.send(call[0], "/v1/"+complaint.Name+call[1], []byte("{}"), uuid.NewString())
		if err != nil || status != http.StatusOK {
			return fmt.Sprintf("%s %s: %d %s, %v", call[0], call[1], status, text, err)
		}
	}
	return ""
}

// halfIsKilled kills one process of each role while a callback is owed: the other half carries it to its end, and does nothing
// twice.
func (in *installation) halfIsKilled(t *testing.T, w *world) {
	complaint := w.file(broadband)
	duty := complaint + "/duties/1-callback"
	// What was filed while everything restarted goes to Temporal first, some hundred starts; that takes a busy machine half a minute.
	w.eventually("acknowledged", time.Minute, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
	killed, _ := in.halves()
	for _, r := range killed {
		r.kill(t)
	}
	fresh := w.file("filed with half of the processes")
	w.eventually("the callback is broken", 60*time.Second, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MISSED" })
	w.eventually("it is escalated", 30*time.Second, func() bool { return len(of(w.timeline(complaint), "escalation_raised", duty)) > 0 })
	w.eventually("what was filed since is acknowledged", 30*time.Second, func() bool { return w.duty(fresh, "1-acknowledge")["state"] == "KEPT" })
	require.Equal(t, "MET_LATE", w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})["verdict"])
	entries := w.timeline(complaint)
	require.Len(t, of(entries, "complaint_received", ""), 1)
	require.Len(t, of(entries, "message_sent", ""), 1, "acknowledged once")
	require.Len(t, of(entries, "duty_settled", duty), 2, "broken once, and met late")
	for _, r := range killed {
		r.launch(t)
	}
	for _, r := range killed {
		r.await(t)
	}
}
