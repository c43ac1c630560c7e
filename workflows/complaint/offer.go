package complaint

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// hearOffer takes note that an offer waits for the customer's answer, or does no more (REM-4).
func (c *cycle) hearOffer(ctx workflow.Context, fact *workflowv1.OfferFact) {
	at := slices.IndexFunc(c.state.GetOffers(), func(o *workflowv1.OfferState) bool { return o.GetRemedy() == fact.GetRemedy() })
	switch {
	case fact.GetAnswerTime() == nil:
		if at >= 0 && c.state.GetOffers()[at].GetVersion() <= fact.GetVersion() {
			c.forget(c.state.GetOffers()[at])
		}
	case at >= 0:
		o := c.state.GetOffers()[at]
		if o.GetVersion() <= fact.GetVersion() { // The same one may be made again, or its time be longer since somebody asked again.
			o.Version, o.AnswerTime = fact.GetVersion(), fact.GetAnswerTime()
			o.ContactOwed, o.WordsWait = false, false
		}
	default:
		o := &workflowv1.OfferState{Remedy: fact.GetRemedy(), Version: fact.GetVersion(), AnswerTime: fact.GetAnswerTime()}
		c.state.Offers = append(c.state.Offers, o)
		if c.offer != nil && !c.stopping { // Otherwise it begins with the handling, in this run or the next.
			c.spawn(c.handling, "offer", func(ctx workflow.Context) { c.awaitAnswer(ctx, o) })
		}
	}
}

// awaitAnswer waits for the customer's answer to an offer. When the time for it is over remedy says how it stands by what was recorded, so
// an answer in time counts even if nobody here has heard of it (CLK-1): first somebody gets in touch again, which is a duty, and when the last
// time after that is over the offer lapses. What follows from that is remedy's and intake's to say.
func (c *cycle) awaitAnswer(ctx workflow.Context, o *workflowv1.OfferState) {
	for early := 0; c.waitsFor(o) && ctx.Err() == nil; {
		until := o.GetAnswerTime().AsTime()
		changed := func() bool { return !c.waitsFor(o) || !o.GetAnswerTime().AsTime().Equal(until) }
		if !passed(ctx, until, waitingFor(o), changed) {
			continue
		}
		var answer *remedyv1.SettleOfferResponse
		question := &remedyv1.SettleOfferRequest{Name: o.GetRemedy(), Version: o.GetVersion()}
		owed := &followupv1.CheckResolutionRequest{Complaint: c.input.GetComplaint(), Cycle: c.input.GetCycle()}
		if c.ask(ctx, call{"Settle: offer", activities.SettleOffer, []any{question, owed}, &answer}) != nil {
			return // The run or the cycle ends, or remedy refuses for good.
		}
		switch {
		case changed(): // A signal was faster.
		case answer.GetState() == remedyv1.Remedy_OFFERED:
			o.Reminded, o.ContactOwed, o.WordsWait = answer.GetReminded(), answer.GetContactOwed(), answer.GetWordsWait()
			o.AnswerTime = notBefore(answer.GetRetryTime(), workflow.Now(ctx).Add(leastPause<<min(early, 10)))
			early++
		default:
			c.forget(o)
		}
		c.publish()
	}
}

// waitingFor says for operators what has to happen before an offer may lapse.
func waitingFor(o *workflowv1.OfferState) string {
	at := stamp(o.GetAnswerTime().AsTime())
	switch {
	case o.GetWordsWait():
		return "The customer has written; asked again whether the answer is recorded " + at
	case o.GetContactOwed():
		return "The customer is to be contacted about an offer; asked again whether that is done " + at
	default:
		return "Answer to an offer by " + at
	}
}

// passed waits for an absolute time. False: something has changed before, or the run or the cycle ends.
func passed(ctx workflow.Context, at time.Time, summary string, changed func() bool) bool {
	wait := at.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timing, cancel := workflow.WithCancel(ctx)
	defer cancel()
	rang := false
	timer := workflow.NewTimerWithOptions(timing, wait, workflow.TimerOptions{Summary: summary})
	err := workflow.Await(ctx, func() bool { rang = timer.IsReady(); return rang || changed() })
	return err == nil && rang && !changed()
}

// waitsFor is true while an answer to the offer is waited for.
func (c *cycle) waitsFor(o *workflowv1.OfferState) bool {
	return slices.Contains(c.state.GetOffers(), o)
}

func (c *cycle) forget(o *workflowv1.OfferState) {
	c.state.Offers = slices.DeleteFunc(c.state.GetOffers(), func(other *workflowv1.OfferState) bool { return other == o })
}

// keepOffers waits for the answers to what was offered before the handling began.
func (c *cycle) keepOffers(ctx workflow.Context) {
	for _, o := range c.state.GetOffers() {
		c.spawn(ctx, "offer", func(ctx workflow.Context) { c.awaitAnswer(ctx, o) })
	}
}
