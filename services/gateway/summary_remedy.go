package gateway

import (
	"fmt"

	"google.golang.org/genproto/googleapis/type/money"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// remedySummary tells of proposals, and of what came of them; empty for other events.
func remedySummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_RemedyProposed:
		return fmt.Sprintf("Remedy proposed with %d option(s).", k.RemedyProposed.GetOptionCount())
	case *eventv1.Payload_RemedyRevised:
		return fmt.Sprintf("Remedy revised: version %d with %d option(s)%s.", k.RemedyRevised.GetVersion(), k.RemedyRevised.GetOptionCount(),
			upTo(k.RemedyRevised.GetAmount()))
	case *eventv1.Payload_RemedyWithdrawn:
		if k.RemedyWithdrawn.GetCycleEnded() {
			return "Remedy not accepted when the cycle ended; it is withdrawn."
		}
		return "Remedy withdrawn."
	case *eventv1.Payload_RemedyGranted:
		return granted(k.RemedyGranted)
	case *eventv1.Payload_GrantReviewed:
		if k.GrantReviewed.GetRight() {
			return "Looked at afterwards: what was granted alone was right."
		}
		return "Looked at afterwards: what was granted alone was not right; the customer keeps it."
	case *eventv1.Payload_OfferMade:
		return fmt.Sprintf("Offered to the customer by %s; an answer is waited for until %s.", words(k.OfferMade.GetWay().String()),
			clock(k.OfferMade.GetAnswerTime()))
	case *eventv1.Payload_OfferAnswered:
		return answered(k.OfferAnswered)
	case *eventv1.Payload_OfferReminded:
		return reminded(k.OfferReminded)
	case *eventv1.Payload_OfferFollowedUp:
		return fmt.Sprintf("The customer was contacted again about the offer; an answer is waited for until %s.", clock(k.OfferFollowedUp.GetAnswerTime()))
	case *eventv1.Payload_OfferWordsHeard:
		return "The customer has written since the offer, and no answer is on record; the offer does not lapse until one is."
	case *eventv1.Payload_OfferLapsed:
		if k.OfferLapsed.GetClose() {
			return "The customer has not answered the offer at all, for which the policy has the complaint closed and the customer told, unless something within it keeps it open."
		}
		return "The customer has not answered the offer at all."
	case *eventv1.Payload_SilenceRefused:
		return "The offer was not answered, and the complaint stays open: " + keptOpen(k.SilenceRefused.GetReason()) + "."
	case *eventv1.Payload_RemedyFulfilled:
		return "Remedy fulfilled" + cost(k.RemedyFulfilled.GetSpent()) + "."
	case *eventv1.Payload_RemedyReleased:
		return released(k.RemedyReleased)
	}
	return approvalSummary(p)
}

// released tells why what was accepted was not done.
func released(r *eventv1.RemedyReleased) string {
	text := "What was accepted is owed no more, since the complaint was withdrawn or closed"
	if r.GetByCustomer() {
		text = "What was accepted is owed no more, since the customer gave it up"
	}
	if r.GetSpent() != nil {
		return text + "; until then was spent " + amount(r.GetSpent()) + "."
	}
	return text + "."
}

func reminded(r *eventv1.OfferReminded) string {
	if r.GetFollowUpTime() == nil {
		return fmt.Sprintf("The customer has not answered the offer and is asked again; an answer is waited for until %s.", clock(r.GetAnswerTime()))
	}
	return fmt.Sprintf("The customer has not answered the offer and is to be contacted again by %s.", clock(r.GetFollowUpTime()))
}

func keptOpen(why eventv1.SilenceRefused_Reason) string {
	switch why {
	case eventv1.SilenceRefused_AUTHORITY_WAITS:
		return "an authority has forwarded it"
	case eventv1.SilenceRefused_ITEMS_OPEN:
		return "a request within it is open"
	case eventv1.SilenceRefused_FINAL_RESPONSE:
		return "the law demands a final response"
	default:
		return "the customer has written since"
	}
}

func granted(g *eventv1.RemedyGranted) string {
	if g.GetAgain() {
		text := "What " + g.GetGranter() + " has granted may be given again"
		if g.GetHeld() != nil {
			text += ", " + amount(g.GetHeld()) + " set aside anew"
		}
		return text + "."
	}
	text := fmt.Sprintf("Remedy granted by %s", g.GetGranter())
	if g.GetApproval() == "" {
		text += " alone"
	}
	if g.GetHeld() != nil {
		text += ", " + amount(g.GetHeld()) + " set aside"
	}
	if g.GetSampled() {
		return text + "; a supervisor looks at it afterwards."
	}
	return text + "."
}

func answered(a *eventv1.OfferAnswered) string {
	text := "Offer " + words(a.GetAnswer())
	switch {
	case a.GetOption() > 0:
		text += fmt.Sprintf(": option %d", a.GetOption())
	case a.GetFallback():
		text += ": the fallback"
	}
	if a.GetWanted() != nil {
		text += ", " + amount(a.GetWanted()) + " wanted instead"
	}
	return text + "."
}

// approvalSummary tells of approvals and of the ledger; empty for other events.
func approvalSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ApprovalRequested:
		text := fmt.Sprintf("Approval needed at level %d%s, by %s.", k.ApprovalRequested.GetLevel(), upTo(k.ApprovalRequested.GetAmount()),
			clock(k.ApprovalRequested.GetDueTime()))
		if k.ApprovalRequested.GetBeyondCaps() {
			text += " A cap is exceeded: nobody below the last level grants it."
		}
		return text
	case *eventv1.Payload_ApproverChosen:
		if k.ApproverChosen.GetApprover() == "" {
			return fmt.Sprintf("Nobody could be named to approve at level %d.", k.ApproverChosen.GetLevel())
		}
		return fmt.Sprintf("To approve: %s at level %d, by %s.", k.ApproverChosen.GetApprover(), k.ApproverChosen.GetLevel(),
			clock(k.ApproverChosen.GetDueTime()))
	case *eventv1.Payload_ApprovalMovedUp:
		if k.ApprovalMovedUp.GetSeconded() {
			return fmt.Sprintf("Approved by %s; level %d has to approve as well, by %s.", k.ApprovalMovedUp.GetApprover(),
				k.ApprovalMovedUp.GetLevel(), clock(k.ApprovalMovedUp.GetDueTime()))
		}
		if k.ApprovalMovedUp.GetRecused() {
			return fmt.Sprintf("%s is complained about, or next to who is, and decides no more; somebody else is asked at level %d, by %s.", k.ApprovalMovedUp.GetApprover(),
				k.ApprovalMovedUp.GetLevel(), clock(k.ApprovalMovedUp.GetDueTime()))
		}
		if k.ApprovalMovedUp.GetLeft() {
			return fmt.Sprintf("%s has left; somebody else is asked at level %d, by %s.", k.ApprovalMovedUp.GetApprover(),
				k.ApprovalMovedUp.GetLevel(), clock(k.ApprovalMovedUp.GetDueTime()))
		}
		if k.ApprovalMovedUp.GetAbsent() {
			return fmt.Sprintf("%s became absent; somebody else is asked at level %d, by %s.", k.ApprovalMovedUp.GetApprover(),
				k.ApprovalMovedUp.GetLevel(), clock(k.ApprovalMovedUp.GetDueTime()))
		}
		return fmt.Sprintf("Not decided at level %d in time; level %d decides, by %s.", k.ApprovalMovedUp.GetFromLevel(),
			k.ApprovalMovedUp.GetLevel(), clock(k.ApprovalMovedUp.GetDueTime()))
	case *eventv1.Payload_ApprovalDecided:
		return fmt.Sprintf("Approval decided by %s at level %d: %s.", k.ApprovalDecided.GetDecider(), k.ApprovalDecided.GetLevel(),
			words(k.ApprovalDecided.GetDecision()))
	case *eventv1.Payload_ApprovalVoided:
		return "Approval needed no more: " + k.ApprovalVoided.GetReason() + "."
	case *eventv1.Payload_LedgerPosted:
		text := fmt.Sprintf("Ledger: %s %s, %s.", words(k.LedgerPosted.GetKind()), amount(k.LedgerPosted.GetAmount()),
			words(k.LedgerPosted.GetBasis()))
		if k.LedgerPosted.GetBeyondCaps() {
			text += " Beyond a cap: the last level has decided so, or our word binds us."
		}
		return text
	}
	return refusalSummary(p)
}

// refusalSummary tells of refusals, claims on third parties and accountability; empty for other events.
func refusalSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_RefusalBegun:
		return "Refusal begun: step by step, and never flatly."
	case *eventv1.Payload_RefusalStepRecorded:
		return refusalStep(k.RefusalStepRecorded)
	case *eventv1.Payload_RefusalEnded:
		if k.RefusalEnded.GetWatchTime() != nil {
			return fmt.Sprintf("Refusal %s; a further complaint is told to the supervisor until %s.", words(k.RefusalEnded.GetState()),
				clock(k.RefusalEnded.GetWatchTime()))
		}
		if due := k.RefusalEnded.GetAlternative().GetDueTime(); due != nil {
			return fmt.Sprintf("Refusal %s; the alternative is done by %s.", words(k.RefusalEnded.GetState()), clock(due))
		}
		return "Refusal " + words(k.RefusalEnded.GetState()) + "."
	case *eventv1.Payload_RefusalRepeated:
		return "The customer whose contact was ended has complained again; the supervisor is told."
	case *eventv1.Payload_ClaimOpened:
		return fmt.Sprintf("Claim on a third party, pursued by %s until %s; no condition for the customer.", k.ClaimOpened.GetOwner(),
			clock(k.ClaimOpened.GetDueTime()))
	case *eventv1.Payload_ClaimOverdue:
		return overdueSummary("The claim on a third party", k.ClaimOverdue)
	case *eventv1.Payload_ClaimSettled:
		return "Claim on a third party " + words(k.ClaimSettled.GetState()) + cost(k.ClaimSettled.GetRecovered()) + "."
	case *eventv1.Payload_DeductionSuggested:
		return "Deduction suggested by the published rule; it touches nobody's pay until HR has confirmed it."
	case *eventv1.Payload_DeductionAddressed:
		return "The person concerned is to be told of a suggested deduction."
	case *eventv1.Payload_DeductionNotified:
		return "The person concerned was told of a suggested deduction."
	case *eventv1.Payload_DeductionChanged:
		return "Suggested deduction: " + words(k.DeductionChanged.GetState()) + "."
	}
	return promiseSummary(p)
}

func refusalStep(s *eventv1.RefusalStepRecorded) string {
	text := "Refusal, " + words(s.GetStep())
	if s.GetDone() {
		text += ": done"
	} else {
		text += ": does not apply"
	}
	if s.GetAbuse() {
		text += "; the steps before were passed over because of abuse"
	}
	return text + "."
}

// promiseSummary tells of promises; empty for other events.
func promiseSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		text := fmt.Sprintf("Promised to the customer by %s.", clock(k.PromiseMade.GetDueTime()))
		if k.PromiseMade.GetUnauthorised() {
			text += " Nobody had the authority to promise it; it is owed all the same."
		}
		return text
	case *eventv1.Payload_PromiseKept:
		return fmt.Sprintf("Promise kept, at %s.", clock(k.PromiseKept.GetKeepTime()))
	case *eventv1.Payload_PromiseBroken:
		if k.PromiseBroken.GetOutlived() {
			return fmt.Sprintf("The complaint was resolved while a promise was owed, due by %s; it still is.", clock(k.PromiseBroken.GetDueTime()))
		}
		return fmt.Sprintf("Promise broken: it was due by %s, and is still owed.", clock(k.PromiseBroken.GetDueTime()))
	case *eventv1.Payload_PromiseReleased:
		if k.PromiseReleased.GetByCustomer() {
			return "Promise released by the customer."
		}
		if k.PromiseReleased.GetRefuted() {
			return "Promise no longer owed: it was found that it had never been made."
		}
		if k.PromiseReleased.GetCarriedInto() != "" {
			return "Promise still owed, in the complaint that this one was merged into."
		}
		return "Promise no longer owed: the complaint has ended."
	case *eventv1.Payload_FollowUpOwed:
		return fmt.Sprintf("Somebody has to contact the customer again about the offer by %s.", clock(k.FollowUpOwed.GetDueTime()))
	case *eventv1.Payload_AllegedPromiseJudged:
		if k.AllegedPromiseJudged.GetVerified() {
			return "The promise that the customer told of was made; it is owed."
		}
		return "The promise that the customer told of was not made."
	}
	return ""
}

// upTo tells the most that something costs: ", up to 200.00 CNY".
func upTo(m *money.Money) string {
	if m == nil {
		return ""
	}
	return ", up to " + amount(m)
}

// cost tells what something cost or brought: ": 200.00 CNY".
func cost(m *money.Money) string {
	if m == nil {
		return ""
	}
	return ": " + amount(m)
}
