package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// contactOwed is true from when the time was over until the customer was contacted again.
func (o *side) contactOwed() bool { return o.reminded && o.due.IsZero() }

const followUpDuty = name + "/duties/1-offer-follow-up-01jb3p5v9x7k2m4n6q8r0t1w3y-1-1"

// followUpOwed has followup open the duty to contact the customer again, by the policy's numbers, as soon as the event has reached it.
func (w *world) followUpOwed(over time.Time) {
	d := owed(policyv1.DutyKind_OFFER_FOLLOW_UP, over.Add(24*time.Hour).Sub(received), over.Add(20*time.Hour).Sub(received))
	d.Name = followUpDuty
	w.duties = append(w.duties, d)
	w.signal(&workflowv1.ComplaintSignal{Type: "follow_up_owed", Fact: &workflowv1.ComplaintSignal_FollowUp{FollowUp: &workflowv1.FollowUpFact{
		Duty: d.GetName(), DueTime: d.GetDueTime(), WarnTimes: d.GetWarnTimes(),
	}}})
}

// contactAgain has somebody contact the customer now, which begins the last time.
func (w *world) contactAgain() {
	w.mu.Lock()
	d := w.duty(followUpDuty)
	verdict := policyv1.Verdict_MET
	if w.env.Now().After(d.GetDueTime().AsTime()) {
		verdict = policyv1.Verdict_MET_LATE
	}
	d.State, d.Verdict = followupv1.Duty_KEPT, verdict
	w.remedy.due = w.env.Now().Add(w.remedy.again)
	w.mu.Unlock()
	w.signal(dutyFact(&workflowv1.DutyFact{Name: d.GetName(), Kind: d.GetKind(), Verdict: verdict, Done: true}))
	w.signal(offerFact(w.remedy.version, w.remedy.due))
}

// newsOfOffer has followup release the duty since there is news of the offer.
func (w *world) newsOfOffer() {
	w.mu.Lock()
	d := w.duty(followUpDuty)
	d.State = followupv1.Duty_RELEASED
	w.mu.Unlock()
	w.signal(dutyFact(&workflowv1.DutyFact{Name: d.GetName(), Kind: d.GetKind(), Verdict: d.GetVerdict(), Done: true}))
}

// silence are the lines that tell of an offer and of the contact that is owed about it.
func (w *world) silence() []string {
	return w.lines("offer is", "offer-follow-up", "OFFER_FOLLOW_UP")
}

// TestTheContactAboutAnOfferIsADuty with the policy's numbers: three days to answer, a day to get in touch again, two more days from then on.
// Nothing lapses before, and whoever does not get in touch is warned, and then escalated until it is done (REM-4).
func TestTheContactAboutAnOfferIsADuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4", "CLK-1")
	const reminded = "73h0m0s offer is OFFERED, reminded true"
	missed := []string{
		"93h0m0s noticed offer-follow-up", "93h0m0s warned offer-follow-up of 93h0m0s", "97h0m0s settled offer-follow-up MISSED",
		"97h0m0s escalated offer-follow-up 1 OFFER_FOLLOW_UP_OVERDUE",
	}
	for title, c := range map[string]struct {
		contact time.Duration
		lines   []string
	}{
		"in time":     {80 * time.Hour, []string{reminded, "128h0m0s offer is LAPSED, reminded true"}},
		"when warned": {95 * time.Hour, []string{reminded, missed[0], missed[1], "143h0m0s offer is LAPSED, reminded true"}},
		"late":        {100 * time.Hour, append(append([]string{reminded}, missed...), "148h0m0s offer is LAPSED, reminded true")},
		"never": {0, append(append([]string{reminded}, missed...),
			"121h0m0s offer is OFFERED, reminded true", "169h0m0s offer is OFFERED, reminded true")},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
			if c.contact > 0 {
				w.at(c.contact, w.contactAgain)
			}
			w.at(200*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.lines, w.silence())
		})
	}
}

// TestNewsOfAnOfferEndsTheContactThatIsOwed: the answer is on record, however late, and the ladder is told that it is over.
func TestNewsOfAnOfferEndsTheContactThatIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4")
	w := newWorld()
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
	w.at(100*time.Hour, func() { w.answerOffer(remedyv1.Remedy_ACCEPTED); w.newsOfOffer() })
	w.at(200*time.Hour, w.withdraw)
	w.run(t)
	require.NotEmpty(t, w.lines("escalated offer-follow-up"))
	require.Len(t, w.lines("offer is"), 1)
	require.Equal(t, []string{"100h0m0s off the ladder offer-follow-up"}, w.lines("off the ladder"))
}

// TestWordsKeepAnOfferOpen for as long as nobody has recorded an answer; remedy is asked again now and then, in case an event is late.
func TestWordsKeepAnOfferOpen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
	w.at(2*time.Hour, func() { w.remedy.words = true })
	w.at(130*time.Hour, func() { require.Contains(t, w.currentDetails(t), "owed") })
	w.at(200*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"73h0m0s offer is OFFERED, reminded false", "121h0m0s offer is OFFERED, reminded false", "169h0m0s offer is OFFERED, reminded false",
	}, w.silence())
}

// TestContinuingAsNewKeepsTheContactThatIsOwed and an offer that waits for it.
func TestContinuingAsNewKeepsTheContactThatIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Hour, func() { w.makeOffer(1, threeDays, twoDays) })
	w.at(74*time.Hour, func() { w.env.SetContinueAsNewSuggested(true); w.askToResolve("") })
	next := w.runUntilContinued(t)
	require.True(t, next.GetState().GetOffers()[0].GetContactOwed())
	w.enter(t, w.elapsed())
	w.at(100*time.Hour, w.contactAgain)
	w.at(200*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"73h0m0s offer is OFFERED, reminded true", "93h0m0s noticed offer-follow-up", "93h0m0s warned offer-follow-up of 93h0m0s",
		"97h0m0s settled offer-follow-up MISSED", "97h0m0s escalated offer-follow-up 1 OFFER_FOLLOW_UP_OVERDUE", "148h0m0s offer is LAPSED, reminded true",
	}, w.silence())
}
