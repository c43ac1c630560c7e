package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

const (
	acknowledge   = policyv1.DutyKind_ACKNOWLEDGE
	contact       = policyv1.DutyKind_CONTACT
	firstResponse = policyv1.DutyKind_FIRST_RESPONSE
	callback      = policyv1.DutyKind_CALLBACK
	resolution    = policyv1.DutyKind_RESOLUTION
)

// onlyCallback is a world in which only the callback is owed.
func onlyCallback() *world { return newWorld(owed(callback, 24*time.Hour, 20*time.Hour, 23*time.Hour)) }

func TestCallbackMetInTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(21*time.Hour, func() { w.met(callback) })
	w.at(22*time.Hour, func() { require.Empty(t, w.timers, "no timer is left behind") })
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"20h0m0s noticed callback", "20h0m0s warned callback of 20h0m0s"}, w.lines("callback of", "noticed"),
		"one warning is due before the call, none after it")
	require.Empty(t, w.lines("escalated", "settled"))
	require.Empty(t, w.changesOf("RedressBreach"))
}

func TestCallbackIsWarnedOfSettledEscalatedAndClimbsUntilMetLate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-2", "ROUTE-4")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(63*time.Hour, func() { w.met(callback) })
	w.at(200*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"20h0m0s warned callback of 20h0m0s",
		"23h0m0s warned callback of 23h0m0s",
		"24h0m0s settled callback MISSED",
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
		"36h0m0s settled callback MISSED",
		"36h0m0s escalated callback 2 CALLBACK_MISSED",
		"48h0m0s settled callback MISSED",
		"48h0m0s escalated callback 3 CALLBACK_MISSED",
		"60h0m0s settled callback MISSED",
		"60h0m0s escalated callback 4 CALLBACK_MISSED",
	}, w.lines("warned", "settled", "escalated"))
	require.Equal(t, []string{"24h0m0s RedressBreach=[callback]", "63h0m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
	require.Equal(t, []string{
		"24h0m0s RedressEscalationLevel=1", "36h0m0s RedressEscalationLevel=2", "48h0m0s RedressEscalationLevel=3",
	}, w.changesOf("RedressEscalationLevel"), "above the top the top is told again")
}

func TestCallbackMetJustBeforeDueIsDecidedByRecordNotByArrival(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	// The attempt is recorded in time; its event comes an hour after the timer.
	w.at(24*time.Hour-time.Second, func() {
		late := w.meet(callback, 24*time.Hour-time.Second)
		w.at(25*time.Hour, func() { w.signal(late) })
	})
	w.at(26*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s settled callback MET"}, w.lines("settled", "escalated"))
	require.Empty(t, w.changesOf("RedressBreach"))
}

func TestCorrectionTakesTheBreachBackAndStopsTheClimbing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	// The attempt was made in time, and recorded only after MISSED was settled.
	w.at(30*time.Hour, func() { w.signal(w.meet(callback, 23*time.Hour)) })
	w.at(100*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Equal(t, []string{"24h0m0s RedressBreach=[callback]", "30h0m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
}

func TestCallbackMetWhoseSignalIsLateDoesNotClimb(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(35*time.Hour, func() {
		late := w.meet(callback, 35*time.Hour)
		w.at(40*time.Hour, func() { w.signal(late) })
	})
	w.at(100*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Equal(t, []string{"24h0m0s RedressBreach=[callback]", "36h0m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
}

func TestEscalationThatCannotBeDeliveredStopsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	w := newWorld(owed(callback, 24*time.Hour), owed(resolution, 30*time.Hour))
	w.enter(t, 0)
	w.during("RaiseEscalation 1", 90*time.Hour, down())
	w.at(55*time.Hour, func() { w.met(callback) })
	w.at(56*time.Hour, w.withdraw)
	w.run(t)
	lines := w.lines("escalated", "settled resolution")
	require.Equal(t, []string{
		"30h0m0s settled resolution MISSED",
		// Routing did not answer, so half of the callback's own 24 hours stand in for the ladder's time.
		"36h0m0s escalated callback 2 CALLBACK_MISSED",
		"48h0m0s escalated callback 3 CALLBACK_MISSED",
	}, lines[:3])
	require.Len(t, lines, 5, "both first notices arrive in the end, although the cycle has ended: %v", lines)
	require.Contains(t, w.changesOf("RedressBreach"), "30h0m0s RedressBreach=[callback resolution]")
}

func TestALateAnswerToAnEarlierNoticeMovesNoClimb(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := onlyCallback()
	w.enter(t, 0)
	w.during("RaiseEscalation 1", 40*time.Hour, down())
	w.at(49*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"36h0m0s escalated callback 2 CALLBACK_MISSED", "48h0m0s escalated callback 3 CALLBACK_MISSED",
	}, w.lines("escalated callback 2", "escalated callback 3"))
	require.Len(t, w.lines("escalated callback 1"), 1)
}

func TestACorrectionThatOvertakesTheVerdictStands(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	// While followup's answer MISSED travels, the correction comes in.
	w.faults["SettleDuty"] = func() error {
		w.signal(dutyFact(&workflowv1.DutyFact{
			Name: dutyName(callback), Kind: callback, Verdict: policyv1.Verdict_MET, Done: true, Correction: true,
		}))
		return nil
	}
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s settled callback MISSED"}, w.lines("settled", "escalated"))
	require.Empty(t, w.changesOf("RedressBreach"))
	require.Contains(t, w.currentDetails(t), "| callback | 2026-01-02 09:00 UTC | met |")
	require.Contains(t, w.currentDetails(t), "verdict corrected")
}

func TestClimbingGoesOnWhileFollowupIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(25*time.Hour, func() { w.during("SettleDuty", 59*time.Hour, down()) })
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
		"36h0m0s escalated callback 2 CALLBACK_MISSED",
		"48h0m0s escalated callback 3 CALLBACK_MISSED",
	}, roundHour(w.lines("escalated")))
}

func TestLadderOfAnotherPolicy(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	w := onlyCallback()
	w.step = 5 * time.Hour
	w.enter(t, 0)
	w.at(35*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
		"29h0m0s escalated callback 2 CALLBACK_MISSED",
		"34h0m0s escalated callback 3 CALLBACK_MISSED",
	}, w.lines("escalated"))
}

// roundHour drops the minutes and seconds that a call took while a service was down.
func roundHour(lines []string) []string {
	rounded := make([]string, len(lines))
	for i, line := range lines {
		var rest string
		for j := range line {
			if line[j] == ' ' {
				rest = line[j:]
				line = line[:j]
				break
			}
		}
		d, err := time.ParseDuration(line)
		if err != nil {
			return lines
		}
		rounded[i] = d.Truncate(time.Minute).String() + rest
	}
	return rounded
}

// TestAWarningThatWaitsIsNotRecordedAsGiven: routing tells it with others, and puts on record when it has.
func TestAWarningThatWaitsIsNotRecordedAsGiven(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "REC-8")
	w := newWorld(owed(callback, 24*time.Hour, 20*time.Hour, 23*time.Hour))
	w.enter(t, 0)
	w.at(time.Hour, func() { w.crowded = true })
	w.at(22*time.Hour, func() { w.crowded = false })
	w.at(25*time.Hour, func() { w.met(callback) })
	w.at(26*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"20h0m0s will warn callback of 20h0m0s", "23h0m0s warned callback of 23h0m0s"}, w.lines("callback of"))
}
