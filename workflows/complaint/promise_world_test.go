package complaint_test

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// side is what remedy has.
type side struct {
	// objections stand in the way of resolving.
	objections []string
	// refusals are where those of the first cycle stand, oldest first.
	refusals []remedyv1.Refusal_State
	// yielded is true when intake does not write the letter of a refusal: the complaint did not end as refused.
	yielded bool
	// outdated is true when intake has no letter that asks for no answer.
	outdated bool
	// state is where the offer stands, of version; reminded is for how long it is open once somebody was told to ask again.
	state    remedyv1.Remedy_State
	version  int32
	due      time.Time
	again    time.Duration
	reminded bool
	// words is true while the customer has said something that nobody has recorded as an answer.
	words bool
	// slow is how far remedy's clock is behind.
	slow time.Duration
}

// remedies is the part of remedy that activities ask before a complaint is resolved.
type remedies struct {
	remedyv1.RemedyServiceClient
	*world
}

func (s remedies) CheckRemedies(context.Context, *remedyv1.CheckRemediesRequest, ...grpc.CallOption) (*remedyv1.CheckRemediesResponse, error) {
	leave, err := s.enterCall("CheckRemedies")
	defer leave()
	return &remedyv1.CheckRemediesResponse{Objections: s.remedy.objections}, err
}

// offerings is the part of remedy's offers that activities use, with its rule of settling.
type offerings struct {
	remedyv1.OfferServiceClient
	*world
}

func (s offerings) SettleOffer(_ context.Context, r *remedyv1.SettleOfferRequest, _ ...grpc.CallOption) (*remedyv1.SettleOfferResponse, error) {
	leave, err := s.enterCall("SettleOffer")
	defer leave()
	if err != nil {
		return nil, err
	}
	o, now := &s.remedy, s.env.Now().Add(-s.remedy.slow)
	if r.GetVersion() != o.version {
		s.note("asked for version %d", r.GetVersion())
		return &remedyv1.SettleOfferResponse{State: remedyv1.Remedy_WITHDRAWN}, nil
	}
	if o.state == remedyv1.Remedy_OFFERED && !o.contactOwed() && !o.words && !now.Before(o.due) {
		if o.reminded {
			o.state = remedyv1.Remedy_LAPSED
		} else {
			s.followUpOwed(o.due)
			o.reminded, o.due = true, time.Time{}
		}
	}
	answer := &remedyv1.SettleOfferResponse{State: o.state, Reminded: o.reminded}
	if o.state == remedyv1.Remedy_OFFERED {
		answer.ContactOwed, answer.WordsWait = o.contactOwed(), o.words
		retry := o.due
		if o.contactOwed() || o.words && !retry.After(now) {
			retry = now.Add(o.again)
		}
		answer.RetryTime = timestamppb.New(retry)
	}
	s.note("offer is %s, reminded %t", o.state, o.reminded)
	if r.GetOwed() {
		s.note("told that something is owed")
	}
	return answer, nil
}

const proposal = name + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"

// makeOffer has the customer told of an offer now, to be answered within some time, and within another once somebody has asked again.
func (w *world) makeOffer(version int32, within, again time.Duration) {
	w.mu.Lock()
	w.remedy.state, w.remedy.version, w.remedy.reminded, w.remedy.words = remedyv1.Remedy_OFFERED, version, false, false
	w.remedy.due, w.remedy.again = w.env.Now().Add(within), again
	w.mu.Unlock()
	w.signal(offerFact(version, w.remedy.due))
}

// answerOffer has the customer answer in a way that the workflow hears of.
func (w *world) answerOffer(state remedyv1.Remedy_State) {
	w.mu.Lock()
	w.remedy.state = state
	w.mu.Unlock()
	w.signal(offerFact(w.remedy.version, time.Time{}))
}

func offerFact(version int32, until time.Time) *workflowv1.ComplaintSignal {
	fact := &workflowv1.OfferFact{Remedy: proposal, Version: version}
	if !until.IsZero() {
		fact.AnswerTime = timestamppb.New(until)
	}
	return &workflowv1.ComplaintSignal{Type: "offer_made", Fact: &workflowv1.ComplaintSignal_Offer{Offer: fact}}
}

func pledgeName(n int) string { return fmt.Sprintf("%s/duties/1-promise-%d", name, n) }

// pledge has something promised now, due and warned of so long after receipt, and returns what the workflow hears of it.
func (w *world) pledge(n int, due time.Duration, warnings ...time.Duration) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := owed(policyv1.DutyKind_PROMISE, due, warnings...)
	d.Name = pledgeName(n)
	w.duties = append(w.duties, d)
	return &workflowv1.ComplaintSignal{Type: "promise_made", Fact: &workflowv1.ComplaintSignal_Promise{Promise: &workflowv1.PromiseFact{
		Name: fmt.Sprintf("%s/promises/p%d", name, n), Duty: d.GetName(), DueTime: d.GetDueTime(), WarnTimes: d.GetWarnTimes(),
	}}}
}

// promised has something promised now, in a way that the workflow hears of.
func (w *world) promised(n int, due time.Duration, warnings ...time.Duration) {
	w.signal(w.pledge(n, due, warnings...))
}

// kept has a promise kept at a time after receipt, and returns what followup's event tells of it.
func (w *world) kept(n int, at time.Duration) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.duty(pledgeName(n))
	verdict, missed := policyv1.Verdict_MET_LATE, d.GetVerdict() == policyv1.Verdict_MISSED
	if !received.Add(at).After(d.GetDueTime().AsTime()) {
		verdict = policyv1.Verdict_MET
	}
	d.State, d.Verdict = followupv1.Duty_KEPT, verdict
	return dutyFact(&workflowv1.DutyFact{
		Name: d.GetName(), Kind: d.GetKind(), Verdict: verdict, Done: true, Correction: missed && verdict == policyv1.Verdict_MET,
	})
}

// letGo has the customer release a promise, in a way that the workflow hears of.
func (w *world) letGo(n int) {
	w.mu.Lock()
	d := w.duty(pledgeName(n))
	d.State = followupv1.Duty_RELEASED
	w.mu.Unlock()
	w.signal(dutyFact(&workflowv1.DutyFact{Name: d.GetName(), Kind: d.GetKind(), Done: true}))
}
