package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

const threeDays, twoDays = 72 * time.Hour, 48 * time.Hour

// TestAnOfferIsWaitedFor: three days, then somebody asks again, then two more, as the policy has them; an answer ends it.
func TestAnOfferIsWaitedFor(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	const made = time.Hour
	for title, c := range map[string]struct {
		do    func(w *world)
		lines []string
	}{
		"never answered": {func(w *world) { w.at(80*time.Hour, w.contactAgain) },
			[]string{"73h0m0s offer is OFFERED, reminded true", "128h0m0s offer is LAPSED, reminded true"}},
		"answered": {func(w *world) {
			w.at(20*time.Hour, func() { w.answerOffer(remedyv1.Remedy_ACCEPTED) })
		}, []string{}},
		"answered after somebody asked again": {func(w *world) {
			w.at(80*time.Hour, func() { w.answerOffer(remedyv1.Remedy_DECLINED) })
		}, []string{"73h0m0s offer is OFFERED, reminded true"}},
		"answered, and not heard of": {func(w *world) {
			w.at(20*time.Hour, func() { w.remedy.state = remedyv1.Remedy_COUNTERED })
		}, []string{"73h0m0s offer is COUNTERED, reminded false"}},
		"that somebody was in touch again is heard of first": {func(w *world) {
			w.at(made+threeDays-time.Second, func() {
				w.remedy.reminded, w.remedy.due = true, w.remedy.due.Add(twoDays)
				w.signal(offerFact(1, w.remedy.due))
			})
		}, []string{"121h0m0s offer is LAPSED, reminded true"}},
		"made again": {func(w *world) {
			w.at(50*time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
			w.at(123*time.Hour, w.contactAgain)
		}, []string{"122h0m0s offer is OFFERED, reminded true", "171h0m0s offer is LAPSED, reminded true"}},
		"another version": {func(w *world) {
			w.at(20*time.Hour, func() { w.signal(offerFact(2, time.Time{})) })
			w.at(21*time.Hour, func() { w.makeOffer(2, threeDays, twoDays) })
			w.at(22*time.Hour, func() { w.signal(offerFact(1, time.Time{})) }) // It comes late.
			w.at(23*time.Hour, func() { w.signal(offerFact(1, received.Add(30*time.Hour))) })
			w.at(94*time.Hour, w.contactAgain)
		}, []string{"93h0m0s offer is OFFERED, reminded true", "142h0m0s offer is LAPSED, reminded true"}},
		"remedy is down when the time is over": {func(w *world) {
			w.during("SettleOffer", 90*time.Hour, down())
			w.at(100*time.Hour, w.contactAgain)
		}, []string{"90h0m10s offer is OFFERED, reminded true", "148h0m0s offer is LAPSED, reminded true"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			w.at(made, func() { w.makeOffer(1, threeDays, twoDays) })
			c.do(w)
			w.at(200*time.Hour, w.withdraw)
			w.run(t)
			lines := w.lines("offer is")
			if title == "remedy is down when the time is over" { // Pauses between attempts are Temporal's.
				require.Len(t, lines, 2)
				require.Equal(t, c.lines[1], lines[1], "nobody gets more time because remedy was away")
				return
			}
			require.Equal(t, c.lines, lines)
		})
	}
}

// TestAClockThatIsBehindIsAskedAgain soon, and not at once.
func TestAClockThatIsBehindIsAskedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := newWorld()
	w.remedy.slow = 3 * time.Second
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, time.Hour, 10*time.Hour) })
	w.at(5*time.Hour, w.withdraw)
	w.run(t)
	lines := w.lines("offer is")
	require.Less(t, len(lines), 8)
	require.Contains(t, lines[len(lines)-1], "reminded true")
}

// TestContinuingAsNewKeepsOffers that wait for an answer.
func TestContinuingAsNewKeepsOffers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
	w.at(2*time.Hour, func() { w.env.SetContinueAsNewSuggested(true); w.askToResolve("") })
	next := w.runUntilContinued(t)
	require.Len(t, next.GetState().GetOffers(), 1)
	w.enter(t, w.elapsed())
	w.at(80*time.Hour, w.contactAgain)
	w.at(200*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"73h0m0s offer is OFFERED, reminded true", "128h0m0s offer is LAPSED, reminded true"}, w.lines("offer is"))
}

// TestResolvingAsksBothOwners and refuses with what both of them say.
func TestResolvingAsksBothOwners(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5")
	w := newWorld()
	w.objections, w.remedy.objections = []string{"a promise is owed"}, []string{"an offer waits"}
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.at(2*time.Hour, func() { w.objections = nil; w.askToResolve("2") })
	w.at(3*time.Hour, func() { w.remedy.objections = nil; w.during("CheckRemedies", 5*time.Hour, down()); w.askToResolve("3") })
	w.run(t)
	lines := w.lines("refused", "confirmed")
	require.Len(t, lines, 3)
	require.Equal(t, []string{"1h0m0s refused 1: a promise is owed; an offer waits", "2h0m0s refused 2: an offer waits"}, lines[:2])
	require.Contains(t, lines[2], "confirmed 3")
	require.GreaterOrEqual(t, w.elapsed(), 5*time.Hour, "nothing is resolved without remedy's word")
}

// TestRemedyIsToldWhatIsOwed when it decides whether silence closes: a callback or a promise of followup's would end with the cycle.
func TestRemedyIsToldWhatIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CALL-2", "PROM-1")
	w := newWorld()
	w.objections = []string{"a promise is owed"}
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
	w.at(100*time.Hour, func() { w.objections = nil })
	w.at(101*time.Hour, func() { w.during("CheckResolution", 130*time.Hour, down()) })
	w.at(200*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"73h0m0s told that something is owed"}, w.lines("told that"))
	lines := w.lines("offer is")
	require.Len(t, lines, 3)
	require.GreaterOrEqual(t, lines[1], "130h", "nothing is settled without followup's word")
}

// TestAnOfferOfBeforeIsSettled: whoever scheduled the activity before it asked followup as well gave it one argument.
func TestAnOfferOfBeforeIsSettled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld()
	w.objections = []string{"a promise is owed"}
	_, err := performWith(t, w, "SettleOffer", &remedyv1.SettleOfferRequest{Name: proposal, Version: 1})
	require.NoError(t, err)
	require.Empty(t, w.lines("told that"))
}
