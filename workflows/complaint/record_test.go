package complaint_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// outcomes is the part of review that activities use.
type outcomes struct {
	reviewv1.OutcomeServiceClient
	*world
}

func (s outcomes) RecordOutcome(_ context.Context, r *reviewv1.RecordOutcomeRequest, _ ...grpc.CallOption) (*reviewv1.Outcome, error) {
	leave, err := s.enterCall("RecordOutcome")
	defer leave()
	if err != nil {
		return nil, err
	}
	s.note("recorded cycle %d, again %t", r.GetCycle(), r.GetReadAgain())
	return &reviewv1.Outcome{Lesson: secret, Reason: secret, Name: fmt.Sprintf("%s/outcomes/%d", r.GetComplaint(), r.GetCycle())}, nil
}

// TestWhatACycleWasIsRecorded once, when it is over, however it ends.
func TestWhatACycleWasIsRecorded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	for title, end := range map[string]func(w *world){
		"withdrawn": func(w *world) { w.withdraw() },
		"resolved":  func(w *world) { w.met(callback); w.askToResolve("1") },
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Hour, func() { end(w) })
			w.run(t)
			require.Equal(t, []string{"1h0m0s recorded cycle 1, again false"}, w.lines("recorded"))
		})
	}
}

// TestACycleThatNoWorkflowKeptIsRecorded too: it ended before its workflow could begin.
func TestACycleThatNoWorkflowKeptIsRecorded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld()
	w.cycle = &intakev1.Cycle{State: intakev1.Complaint_CLOSED}
	for _, d := range w.duties {
		d.State = followupv1.Duty_RELEASED
	}
	w.enter(t, time.Minute)
	w.run(t)
	require.Equal(t, []string{"1m0s recorded cycle 1, again false"}, w.lines("recorded"))
}

// TestWhatOutlivesACycleIsReadAgain when it is over: the authority's answer is part of what the cycle was.
func TestWhatOutlivesACycleIsReadAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "REC-6")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.at(200*time.Hour, func() { w.met(authorityReply) })
	w.runForwarded(t)
	require.Equal(t, []string{"1h0m0s recorded cycle 1, again false", "200h0m0s recorded cycle 1, again true"}, w.lines("recorded"))
}

// TestReviewIsDown delays the record, and nothing else; what it refuses for good operators are shown.
func TestReviewIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w, failures := newWorld(), 9
	w.faults["RecordOutcome"] = func() error {
		if failures--; failures >= 0 {
			return status.Error(codes.Unavailable, "down")
		}
		return nil
	}
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("recorded"), 1)

	w = newWorld()
	w.faults["RecordOutcome"] = func() error { return status.Error(codes.FailedPrecondition, "no") }
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.run(t)
	require.Contains(t, w.currentDetails(t), "Record what the cycle was: refused")
}
