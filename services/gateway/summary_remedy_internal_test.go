package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestSentencesOfRemedies are those that differ by more than a name.
func TestSentencesOfRemedies(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	noon := timestamppb.New(time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC))
	yuan := &money.Money{CurrencyCode: "CNY", Units: 200}
	for want, p := range map[string]*eventv1.Payload{
		"Remedy granted by agents/lin alone, 200.00 CNY set aside; a supervisor looks at it afterwards.": {
			Kind: &eventv1.Payload_RemedyGranted{RemedyGranted: &eventv1.RemedyGranted{Granter: "agents/lin", Held: yuan, Sampled: true}},
		},
		"Remedy granted by agents/wu.": {
			Kind: &eventv1.Payload_RemedyGranted{RemedyGranted: &eventv1.RemedyGranted{Granter: "agents/wu", Approval: "approvals/1-1"}},
		},
		"Approval needed at level 1, up to 200.00 CNY, by 2026-01-05 12:00:00 UTC. A cap is exceeded: nobody below the last level grants it.": {
			Kind: &eventv1.Payload_ApprovalRequested{ApprovalRequested: &eventv1.ApprovalRequested{
				Level: 1, Amount: yuan, DueTime: noon, BeyondCaps: true,
			}},
		},
		"Nobody could be named to approve at level 3.": {
			Kind: &eventv1.Payload_ApproverChosen{ApproverChosen: &eventv1.ApproverChosen{Level: 3}},
		},
		"Not decided at level 1 in time; level 2 decides, by 2026-01-05 12:00:00 UTC.": {
			Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{FromLevel: 1, Level: 2, DueTime: noon}},
		},
		"agents/wu became absent; somebody else is asked at level 1, by 2026-01-05 12:00:00 UTC.": {
			Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
				FromLevel: 1, Level: 1, DueTime: noon, Approver: "agents/wu", Absent: true,
			}},
		},
		"Offered to the customer by phone; an answer is waited for until 2026-01-05 12:00:00 UTC.": {
			Kind: &eventv1.Payload_OfferMade{OfferMade: &eventv1.OfferMade{Way: policyv1.ContactWay_PHONE, AnswerTime: noon}},
		},
		"Offer accepted: option 2.": {
			Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{Answer: "ACCEPTED", Option: 2}},
		},
		"The customer has not answered the offer at all.": {
			Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{}},
		},
		"Refusal, end contact: done; the steps before were passed over because of abuse.": {
			Kind: &eventv1.Payload_RefusalStepRecorded{RefusalStepRecorded: &eventv1.RefusalStepRecorded{Step: "END_CONTACT", Done: true, Abuse: true}},
		},
		"Refusal accepted; the alternative is done by 2026-01-05 12:00:00 UTC.": {
			Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: &eventv1.RefusalEnded{State: "ACCEPTED", Alternative: &eventv1.OwedPart{DueTime: noon}}},
		},
		"Offer accepted: the fallback.": {
			Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{Answer: "ACCEPTED", Fallback: true}},
		},
		"Refusal accepted.": {Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: &eventv1.RefusalEnded{State: "ACCEPTED"}}},
		"Claim on a third party recovered: 200.00 CNY.": {
			Kind: &eventv1.Payload_ClaimSettled{ClaimSettled: &eventv1.ClaimSettled{State: "RECOVERED", Recovered: yuan}},
		},
		"Promise no longer owed: the complaint has ended.": {Kind: &eventv1.Payload_PromiseReleased{PromiseReleased: &eventv1.PromiseReleased{}}},
		"Promise no longer owed: it was found that it had never been made.": {
			Kind: &eventv1.Payload_PromiseReleased{PromiseReleased: &eventv1.PromiseReleased{Refuted: true}},
		},
		"What was accepted is owed no more, since the customer gave it up.": {
			Kind: &eventv1.Payload_RemedyReleased{RemedyReleased: &eventv1.RemedyReleased{ByCustomer: true}},
		},
		"What was accepted is owed no more, since the complaint was withdrawn or closed; until then was spent 200.00 CNY.": {
			Kind: &eventv1.Payload_RemedyReleased{RemedyReleased: &eventv1.RemedyReleased{Spent: yuan}},
		},
		"The promise that the customer told of was not made.": {
			Kind: &eventv1.Payload_AllegedPromiseJudged{AllegedPromiseJudged: &eventv1.AllegedPromiseJudged{}},
		},
	} {
		require.Equal(t, want, summary(p))
	}
}

// TestTimelineLeadsToNobodyWhomADeductionConcerns, not by way of the ruling either, which names who is concerned: in older events, too.
func TestTimelineLeadsToNobodyWhomADeductionConcerns(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	got := details(&eventv1.Payload{Kind: &eventv1.Payload_DeductionSuggested{DeductionSuggested: &eventv1.DeductionSuggested{
		Deduction: "complaints/c/deductions/d", Ruling: "complaints/c/rulings/r", Delay: true, Reason: policyv1.RulingReason_UNPROFESSIONAL,
	}}})
	require.Equal(t, map[string]string{"deduction": "complaints/c/deductions/d"}, got)
}
