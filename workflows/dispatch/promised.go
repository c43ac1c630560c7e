package dispatch

import (
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// promised is the fact that an event about what was offered or promised tells; nil if it tells none. That a promise was kept or broken is
// told by its duty.
func promised(made *workflowv1.ComplaintSignal, payload *eventv1.Payload) *workflowv1.ComplaintSignal {
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		fact := kind.PromiseMade
		made.Fact = &workflowv1.ComplaintSignal_Promise{Promise: &workflowv1.PromiseFact{
			Name: fact.GetPromise(), Duty: fact.GetDuty(), DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
		}}
	case *eventv1.Payload_FollowUpOwed:
		fact := kind.FollowUpOwed
		made.Fact = &workflowv1.ComplaintSignal_FollowUp{FollowUp: &workflowv1.FollowUpFact{
			Duty: fact.GetDuty(), DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
		}}
	case *eventv1.Payload_FinalResponseCarried:
		fact := kind.FinalResponseCarried
		if !fact.GetOpened() {
			return nil // It is kept already, and its due time is told by itself.
		}
		made.Fact = &workflowv1.ComplaintSignal_Owed{Owed: &workflowv1.OwedFact{
			Duty: fact.GetDuty(), Kind: policyv1.DutyKind_FINAL_RESPONSE, DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
			Measure: fact.GetMeasure(), Calendar: fact.GetCalendar(),
		}}
	case *eventv1.Payload_NoticeDecided:
		made.Fact = &workflowv1.ComplaintSignal_Notice{Notice: &workflowv1.NoticeFact{Duty: kind.NoticeDecided.GetDuty()}}
	case *eventv1.Payload_DutyReleased:
		fact := kind.DutyReleased
		if fact.GetKind() != policyv1.DutyKind_PROMISE && fact.GetKind() != policyv1.DutyKind_OFFER_FOLLOW_UP {
			return nil
		}
		made.Fact = &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{Name: fact.GetDuty(), Kind: fact.GetKind(), Done: true}}
	case *eventv1.Payload_ExtensionDecided:
		fact := kind.ExtensionDecided
		if !fact.GetGranted() {
			return nil // It is due as it was.
		}
		made.Fact = &workflowv1.ComplaintSignal_Extension{Extension: &workflowv1.ExtensionFact{Duty: fact.GetDuty(), Number: fact.GetNumber()}}
	default:
		return offered(made, payload)
	}
	return made
}

// offered is the fact that an offer waits for the customer's answer, or does no more; nil for any other event.
func offered(made *workflowv1.ComplaintSignal, payload *eventv1.Payload) *workflowv1.ComplaintSignal {
	var offer *workflowv1.OfferFact
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_OfferMade:
		fact := kind.OfferMade
		offer = &workflowv1.OfferFact{Remedy: fact.GetRemedy(), Version: fact.GetVersion(), AnswerTime: fact.GetAnswerTime()}
	case *eventv1.Payload_OfferReminded:
		fact := kind.OfferReminded
		if fact.GetAnswerTime() == nil {
			return nil // The time begins with the contact, which is told; the workflow knows of this, since it asked.
		}
		offer = &workflowv1.OfferFact{Remedy: fact.GetRemedy(), Version: fact.GetVersion(), AnswerTime: fact.GetAnswerTime()}
	case *eventv1.Payload_OfferFollowedUp:
		fact := kind.OfferFollowedUp
		offer = &workflowv1.OfferFact{Remedy: fact.GetRemedy(), Version: fact.GetVersion(), AnswerTime: fact.GetAnswerTime()}
	case *eventv1.Payload_OfferAnswered:
		offer = &workflowv1.OfferFact{Remedy: kind.OfferAnswered.GetRemedy(), Version: kind.OfferAnswered.GetVersion()}
	case *eventv1.Payload_OfferLapsed:
		offer = &workflowv1.OfferFact{Remedy: kind.OfferLapsed.GetRemedy(), Version: kind.OfferLapsed.GetVersion()}
	case *eventv1.Payload_RemedyRevised:
		offer = &workflowv1.OfferFact{Remedy: kind.RemedyRevised.GetRemedy(), Version: kind.RemedyRevised.GetVersion()}
	case *eventv1.Payload_RemedyWithdrawn:
		offer = &workflowv1.OfferFact{Remedy: kind.RemedyWithdrawn.GetRemedy(), Version: kind.RemedyWithdrawn.GetVersion()}
	default:
		return nil
	}
	made.Fact = &workflowv1.ComplaintSignal_Offer{Offer: offer}
	return made
}
