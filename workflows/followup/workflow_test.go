package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows/followup"
)

// TestThirtyDays is the whole series with the policy's times, of a customer who never answers, as the workflow keeps it (FUP-1, FUP-3). Which of the
// reminders would pester is followup's to say.
func TestThirtyDays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	w := newWorld()
	w.enter(t, 0)
	w.run(t)
	require.Equal(t, []string{
		"20h survey 1", "56h reminded 1", "60h survey 2", "92h no answer 1", "96h reminded 2", "132h no answer 2", "144h survey 3",
		"180h reminded 3", "216h no answer 3", "696h survey 4", "732h reminded 4", "768h no answer 4",
	}, w.lines("survey", "remind", "answer", "told", "missed"))
	require.Equal(t, 1, w.records, "once, at the end")
	details := w.currentDetails(t)
	require.Contains(t, details, "**ended**")
	require.NotContains(t, details, secret)
}

func TestAnAnswerEndsAContactAndTheSeriesGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	for _, heard := range []bool{true, false} { // A signal that is lost delays nothing but the end.
		w := newWorld()
		w.enter(t, 0)
		w.at(30*time.Hour, func() { w.answer(0, false, heard) })
		w.run(t)
		require.Empty(t, w.lines("reminded 1", "no answer 1"))
		require.Len(t, w.lines("survey"), 4)
	}
}

func TestWhoIsNotSatisfiedIsAskedNoMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "FUP-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(61*time.Hour, func() { w.answer(1, true, true) })
	w.run(t)
	require.Equal(t, 61*time.Hour, w.elapsed(), "it ends at once")
	require.Equal(t, []string{"20h survey 1", "60h survey 2"}, w.lines("survey"))
}

func TestAPersonWhoDoesNotAskIsEscalated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "ROUTE-4")
	w := newWorld()
	w.contacts = w.contacts[:1]
	w.contacts[0].person = true
	w.enter(t, 0)
	w.at(25*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "**missed, still owed**")
		require.Contains(t, w.currentDetails(t), "notice 1 to agents/zhao")
	})
	w.at(50*time.Hour, func() { w.answer(0, false, true) })
	w.run(t)
	require.Equal(t, []string{
		"20h task 1", "20h warned FOLLOW_UP", "24h missed 1", "24h told the ladder 1: FOLLOW_UP_OVERDUE", "36h told the ladder 2: FOLLOW_UP_OVERDUE",
		"48h told the ladder 3: FOLLOW_UP_OVERDUE", "50h answered 1", "50h ladder settled",
	}, w.lines(""))
}

// TestNoServiceThatIsDownStopsAClock: the channel, or intake, is away while the customer is to be asked.
func TestNoServiceThatIsDownStopsAClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "CLK-1")
	for _, method := range []string{"AskFollowUp", "GetContact"} {
		w := newWorld()
		w.contacts = w.contacts[:1]
		w.during(method, 0, 26*time.Hour)
		w.enter(t, 0)
		w.run(t)
		require.Equal(t, []string{"24h missed 1", "24h told the ladder 1: FOLLOW_UP_OVERDUE"}, w.lines("missed", "told")[:2], method)
		require.Len(t, w.lines("survey"), 1)
		require.Len(t, w.lines("ladder settled"), 1)
	}
}

// TestTheRecordWaitsForReview: what it says of the series is not lost while review is away (REV-3).
func TestTheRecordWaitsForReview(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld()
	w.contacts = w.contacts[:1]
	w.during("RecordOutcome", 0, 100*time.Hour)
	w.enter(t, 0)
	w.run(t)
	require.Equal(t, 1, w.records)
	require.GreaterOrEqual(t, w.elapsed(), 100*time.Hour)
}

func TestALadderThatIsDownIsToldLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld()
	w.contacts = w.contacts[:1]
	w.contacts[0].person = true
	w.during("RaiseEscalation", 0, 30*time.Hour)
	w.during("SendNotice", 0, 22*time.Hour)
	w.enter(t, 0)
	w.at(31*time.Hour, func() { w.answer(0, false, true) })
	w.run(t)
	require.Len(t, w.lines("warned"), 1)
	require.Len(t, w.lines("told the ladder"), 1)
}

// TestAWarningWhoseAnswerIsLost is sent again and told once, since it is sent under the same name.
func TestAWarningWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	w := newWorld()
	w.contacts = w.contacts[:1]
	w.contacts[0].person = true
	w.lost = 9
	w.enter(t, 0)
	w.at(23*time.Hour, func() { w.answer(0, false, true) })
	w.run(t)
	require.Len(t, w.lines("warned"), 1)
	require.Zero(t, w.lost, "it was sent until an answer came")
}

// TestADayWithoutFollowupLosesNothing: the time for two contacts passes meanwhile.
func TestADayWithoutFollowupLosesNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "CLK-1")
	w := newWorld()
	w.during("SettleFollowUp", 10*time.Hour, 34*time.Hour)
	w.enter(t, 0)
	w.run(t)
	require.Len(t, w.lines("survey"), 4)
	require.Equal(t, []string{"34h"}, []string{w.lines("survey 1")[0][:3]}, "late, and at once")
	require.Len(t, w.lines("missed 1"), 1)
}

func TestAClockThatIsBehindIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.slow = 20 * time.Second
	w.enter(t, 0)
	w.run(t)
	require.Len(t, w.lines("survey"), 4)
	require.Empty(t, w.lines("missed"))
}

// TestARunThatIsRenewedLosesNothing: in the midst of a reminder's wait, and of an escalation's climb.
func TestARunThatIsRenewedLosesNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	w := newWorld()
	w.contacts[1].person = true
	w.enter(t, 0)
	w.at(75*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	w.env.ExecuteWorkflow(followup.WorkflowName, w.input())
	next := w.continued(t)
	require.True(t, next.GetContinued())
	require.Equal(t, int32(1), next.GetTouches()[1].GetNoticeCount())
	w.enter(t, 77*time.Hour)
	w.at(100*time.Hour, func() { w.answer(1, false, true) })
	w.env.ExecuteWorkflow(followup.WorkflowName, next)
	w.requireEnded(t)
	require.Equal(t, []string{"72h told the ladder 1: FOLLOW_UP_OVERDUE", "84h told the ladder 2: FOLLOW_UP_OVERDUE", "96h told the ladder 3: FOLLOW_UP_OVERDUE"},
		w.lines("told the ladder"), "it goes on where it was")
	require.Equal(t, []string{"92h no answer 1", "216h no answer 3", "768h no answer 4"}, w.lines("no answer"))
	require.Len(t, w.lines("survey"), 3, "nobody is asked twice")
	require.Equal(t, 1, w.records, "by the last run alone")
}
