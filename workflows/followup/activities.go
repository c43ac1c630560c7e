package followup

import (
	"context"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// Activities is how the workflow reaches the services. All are idempotent. Their results and failures go into histories, so they hold names, times
// and words of the contract, and nothing that somebody wrote: no address, no answer, no token.
type Activities struct {
	// Intake is intake.
	Intake intakev1.IntakeServiceClient
	// Followup is followup.
	Followup followupv1.FollowupServiceClient
	// Series is followup's.
	Series followupv1.SeriesServiceClient
	// Assessments is intake's.
	Assessments intakev1.AssessmentServiceClient
	// Improvements is review's.
	Improvements reviewv1.ImprovementServiceClient
	// Outcomes is review's.
	Outcomes reviewv1.OutcomeServiceClient
	// Routing is routing.
	Routing routingv1.RoutingServiceClient
	// Ladder is routing's.
	Ladder routingv1.EscalationServiceClient
}

// activities names the methods for the workflow; they are never called on it.
var activities *Activities

// SettleFollowUp asks followup how a contact stands and what is to be done. It is tried until followup answers: without the answer the customer
// would not be asked any more.
func (a *Activities) SettleFollowUp(ctx context.Context, question *followupv1.SettleFollowUpRequest) (*followupv1.FollowUpStep, error) {
	step, err := a.Series.SettleFollowUp(ctx, question)
	if err != nil {
		return nil, ask.KeepTrying(ctx, "followup.SettleFollowUp", err)
	}
	return step, nil
}

// AskFollowUp has followup ask the customer by the way that intake knows. The contact goes from the one service to the other and no further.
func (a *Activities) AskFollowUp(ctx context.Context, complaint, name string) (*followupv1.FollowUpStep, error) {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: complaint})
	if err != nil {
		return nil, ask.Failure(ctx, "intake.GetContact", err)
	}
	who := contact.GetComplainant()
	step, err := a.Series.AskFollowUp(ctx, &followupv1.AskFollowUpRequest{
		Name: name, PreferredWay: who.GetPreferredChannel(),
		Recipient: &followupv1.Recipient{
			Customer: contact.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			LanguageCode: who.GetLanguageCode(),
		},
		Improvements: a.improved(ctx, complaint, who.GetLanguageCode()),
	})
	if err != nil {
		return nil, ask.Failure(ctx, "followup.AskFollowUp", err)
	}
	return step, nil
}

// improvedWithin bounds how long asking a customer waits for what was improved.
const improvedWithin = 2 * time.Second

// improved is what was improved since for complaints like this one, in the customer's language (REV-2). Nothing waits for that: while review is
// away, or when the complaint was not assessed, the customer is asked and told nothing.
func (a *Activities) improved(ctx context.Context, complaint, language string) []*followupv1.ToldImprovement {
	ctx, cancel := context.WithTimeout(ctx, improvedWithin)
	defer cancel()
	assessed, err := a.Assessments.GetAssessment(ctx, &intakev1.GetAssessmentRequest{Name: complaint + "/assessment"})
	if err != nil {
		return nil
	}
	about := assessed.GetCurrent()
	if n := len(assessed.GetEarlier()); about == nil && n > 0 { // What was found in an earlier cycle holds until something else is.
		about = assessed.GetEarlier()[n-1]
	}
	received, err := a.Intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: complaint})
	if err != nil {
		return nil
	}
	found, err := a.Improvements.ListCustomerTexts(ctx, &reviewv1.ListCustomerTextsRequest{
		Category: about.GetScenario(), Product: about.GetProduct(), FaultCode: about.GetFaultCode(), LanguageCode: language,
		AfterTime: received.GetReceiveTime(),
	})
	if err != nil {
		return nil
	}
	var list []*followupv1.ToldImprovement
	for _, text := range found.GetTexts() {
		list = append(list, &followupv1.ToldImprovement{Improvement: text.GetImprovement(), Text: text.GetText()})
	}
	return list
}

// WarnFollowUp has routing warn whoever owes a contact, and followup note that.
func (a *Activities) WarnFollowUp(ctx context.Context, notice *routingv1.SendNoticeRequest) error {
	told, err := a.Routing.SendNotice(ctx, notice)
	if err != nil {
		return ask.Failure(ctx, "routing.SendNotice", err)
	}
	record := &followupv1.WarnDutyRequest{Name: notice.GetDuty(), WarnTime: notice.GetWarnTime(), Waiting: told.GetWaiting()}
	if _, err := a.Followup.WarnDuty(ctx, record); err != nil {
		return ask.Failure(ctx, "followup.WarnDuty", err)
	}
	return nil
}

// EscalateFollowUp brings a contact that was not made in time before the next level of the ladder.
func (a *Activities) EscalateFollowUp(ctx context.Context, notice *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, error) {
	told, err := a.Routing.RaiseEscalation(ctx, notice)
	if err != nil {
		return nil, ask.Failure(ctx, "routing.RaiseEscalation", err)
	}
	return &routingv1.Escalation{
		Name: told.GetName(), Level: told.GetLevel(), Recipient: told.GetRecipient(), ClimbTime: told.GetClimbTime(), State: told.GetState(),
		NoticeNumber: told.GetNoticeNumber(),
	}, nil
}

// SettleFollowUpEscalation has routing note that a contact is owed no more that was brought before the ladder.
func (a *Activities) SettleFollowUpEscalation(ctx context.Context, request *routingv1.SettleEscalationRequest) error {
	if _, err := a.Ladder.SettleEscalation(ctx, request); err != nil {
		return ask.Failure(ctx, "routing.SettleEscalation", err)
	}
	return nil
}

// RecordSeries has review read the record of a cycle again. Nothing of it comes back.
func (a *Activities) RecordSeries(ctx context.Context, complaint string, cycle int32) error {
	_, err := a.Outcomes.RecordOutcome(ctx, &reviewv1.RecordOutcomeRequest{Complaint: complaint, Cycle: cycle, ReadAgain: true})
	if err != nil {
		return ask.Failure(ctx, "review.RecordOutcome", err)
	}
	return nil
}
