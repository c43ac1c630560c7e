package complaint

import (
	"context"
	"slices"

	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// Activities is how the workflow reaches the services. All are idempotent. Their results and failures go into histories,
// so they hold names, ids, times, words of the contract and the firm's names for its departments, and nothing that somebody wrote.
type Activities struct {
	// Intake, Routing and Followup are the services. Record is intake's too.
	Intake  intakev1.IntakeServiceClient
	Record  intakev1.RecordServiceClient
	Routing routingv1.RoutingServiceClient
	// Ladder is routing's too.
	Ladder   routingv1.EscalationServiceClient
	Followup followupv1.FollowupServiceClient
	// Drafts is intake's too.
	Drafts intakev1.DraftServiceClient
	// HandOffs is routing's too.
	HandOffs routingv1.HandOffServiceClient
	// Remedies and Offers are remedy's.
	Remedies remedyv1.RemedyServiceClient
	Offers   remedyv1.OfferServiceClient
	// Refusals is remedy's too.
	Refusals remedyv1.RefusalServiceClient
	// Outcomes is review's.
	Outcomes reviewv1.OutcomeServiceClient
	// Callbacks is followup's too.
	Callbacks followupv1.CallbackServiceClient
}

// activities names the methods for the workflow; they are never called on it.
var activities *Activities

// GetCycle asks intake whether a cycle is open, and how it ended. It is tried until intake answers.
func (a *Activities) GetCycle(ctx context.Context, question *intakev1.GetCycleRequest) (*intakev1.Cycle, error) {
	answer, err := a.Intake.GetCycle(ctx, question)
	if err != nil {
		return nil, keepTrying(ctx, "intake.GetCycle", err)
	}
	return &intakev1.Cycle{Open: answer.GetOpen(), State: answer.GetState(), Outcome: answer.GetOutcome()}, nil
}

// ListDuties asks followup what is owed in a cycle. It is tried until there are duties: followup opens them from the same
// event that starts the workflow, and may hear of it a moment later.
func (a *Activities) ListDuties(ctx context.Context, input *workflowv1.ComplaintInput) (*workflowv1.ComplaintState, error) {
	question := &followupv1.ListDutiesRequest{Parent: input.GetComplaint(), Cycle: input.GetCycle()}
	answer, err := a.Followup.ListDuties(ctx, question)
	if err != nil {
		return nil, keepTrying(ctx, "followup.ListDuties", err)
	}
	if len(answer.GetDuties()) == 0 {
		const reason = errorv1.Reason_NOT_YET_KNOWN
		return nil, temporal.NewApplicationErrorWithOptions("followup.ListDuties: no duties yet", reason.String(),
			temporal.ApplicationErrorOptions{Category: ask.Category(ctx, reason.String())})
	}
	state := &workflowv1.ComplaintState{}
	for _, d := range answer.GetDuties() {
		state.Duties = append(state.Duties, &workflowv1.DutyState{
			Name: d.GetName(), Kind: d.GetKind(), DueTime: d.GetDueTime(), WarnTimes: d.GetWarnTimes(),
			Verdict: d.GetVerdict(), Done: d.GetState() != followupv1.Duty_OPEN, RiskTime: d.GetRiskTime(),
			Notice: d.GetNoticeTime() != nil && d.GetState() == followupv1.Duty_OPEN,
			Moves:  d.GetMoves(), PausedUntil: d.GetPausedUntil(), Pauses: int32(len(d.GetPauses())), Extensions: granted(d),
			Measure: d.GetMeasure(), Calendar: d.GetCalendar(), Corrected: d.GetCorrected(), Account: accountOf(d),
		})
	}
	return state, nil
}

// SettleDuty asks followup for the verdict on a duty. It is tried until followup answers: a duty without a verdict would
// be neither kept nor broken.
func (a *Activities) SettleDuty(ctx context.Context, question *followupv1.SettleDutyRequest) (*followupv1.Settlement, error) {
	answer, err := a.Followup.SettleDuty(ctx, question)
	if err != nil {
		return nil, keepTrying(ctx, "followup.SettleDuty", err)
	}
	return bare(answer), nil
}

// bare is what the workflow needs of a settlement. A duty that is not due may have moved: then the times that it has now go with it.
func bare(s *followupv1.Settlement) *followupv1.Settlement {
	d := s.GetDuty()
	told := &followupv1.Settlement{
		Answer: s.GetAnswer(), RetryTime: s.GetRetryTime(),
		Duty: &followupv1.Duty{
			Name: d.GetName(), DueTime: d.GetDueTime(), RiskTime: d.GetRiskTime(), Budget: d.GetBudget(), BudgetUsed: d.GetBudgetUsed(),
			FactTime: d.GetFactTime(), WishedFromTime: d.GetWishedFromTime(), NoticeTime: d.GetNoticeTime(),
		},
	}
	for _, p := range d.GetPauses() {
		told.Duty.Pauses = append(told.Duty.Pauses, &followupv1.Pause{
			Reason: p.GetReason(), BeginTime: p.GetBeginTime(), LimitTime: p.GetLimitTime(), EndTime: p.GetEndTime(), End: p.GetEnd(), Measured: p.GetMeasured(),
		})
	}
	for _, e := range d.GetExtensions() {
		told.Duty.Extensions = append(told.Duty.Extensions, &followupv1.Extension{
			State: e.GetState(), DueTime: e.GetDueTime(), Requester: e.GetRequester(), Decider: e.GetDecider(),
		})
	}
	if s.GetAnswer() == followupv1.Settlement_NOT_DUE && d.GetMoves() > 0 {
		told.Duty.Moves, told.Duty.WarnTimes, told.Duty.PausedUntil = d.GetMoves(), d.GetWarnTimes(), d.GetPausedUntil()
	}
	return told
}

// granted counts the extensions of a duty.
func granted(d *followupv1.Duty) int32 {
	var count int32
	for _, e := range d.GetExtensions() {
		if e.GetState() == followupv1.Extension_GRANTED {
			count++
		}
	}
	return count
}

// AssignComplaint has routing put somebody in charge.
func (a *Activities) AssignComplaint(ctx context.Context, request *routingv1.AssignComplaintRequest) (*routingv1.Assignment, error) {
	answer, err := a.Routing.AssignComplaint(ctx, request)
	if err != nil {
		return nil, failure(ctx, "routing.AssignComplaint", err)
	}
	return &routingv1.Assignment{
		Name: answer.GetName(), Department: answer.GetDepartment(), Assignee: answer.GetAssignee(),
		EscalationLevel: answer.GetEscalationLevel(), TeamAlias: answer.GetTeamAlias(), AssignTime: answer.GetAssignTime(),
		EscalateTime: answer.GetEscalateTime(),
	}, nil
}

// SendNotice has routing tell the person in charge that a due time comes near, and answers whether that waits.
func (a *Activities) SendNotice(ctx context.Context, notice *routingv1.SendNoticeRequest) (*routingv1.SendNoticeResponse, error) {
	answer, err := a.Routing.SendNotice(ctx, notice)
	if err != nil {
		return nil, failure(ctx, "routing.SendNotice", err)
	}
	return &routingv1.SendNoticeResponse{Waiting: answer.GetWaiting()}, nil
}

// WarnDuty has followup note that a warning was given, or waits, and answers how the duty's clock stands.
func (a *Activities) WarnDuty(ctx context.Context, record *followupv1.WarnDutyRequest) (*eventv1.DutyAccount, error) {
	answer, err := a.Followup.WarnDuty(ctx, record)
	if err != nil {
		return nil, failure(ctx, "followup.WarnDuty", err)
	}
	return accountOf(answer), nil
}

// SettleHandOff asks routing how a hand-off stands at its due time. It is tried until routing answers.
func (a *Activities) SettleHandOff(ctx context.Context, question *routingv1.SettleHandOffRequest) (*routingv1.SettleHandOffResponse, error) {
	answer, err := a.HandOffs.SettleHandOff(ctx, question)
	if err != nil {
		return nil, keepTrying(ctx, "routing.SettleHandOff", err)
	}
	return answer, nil
}

// SettleOffer asks remedy how an offer stands when the time for an answer is over, and tells it whether followup has something that is
// still owed in the cycle: closing for silence would end that, too (CALL-2, PROM-1). It is tried until both answer. Whoever asked before
// there was the second question has none.
func (a *Activities) SettleOffer(
	ctx context.Context, question *remedyv1.SettleOfferRequest, owed *followupv1.CheckResolutionRequest,
) (*remedyv1.SettleOfferResponse, error) {
	if owed != nil {
		check, err := a.Followup.CheckResolution(ctx, owed)
		if err != nil {
			return nil, keepTrying(ctx, "followup.CheckResolution", err)
		}
		question.Owed = len(check.GetObjections()) > 0
	}
	answer, err := a.Offers.SettleOffer(ctx, question)
	if err != nil {
		return nil, keepTrying(ctx, "remedy.SettleOffer", err)
	}
	return answer, nil
}

// RaiseRisk has intake put on record that a duty was missed long ago.
func (a *Activities) RaiseRisk(ctx context.Context, request *intakev1.RaiseRiskRequest) error {
	if _, err := a.Record.RaiseRisk(ctx, request); err != nil {
		return failure(ctx, "intake.RaiseRisk", err)
	}
	return nil
}

// RaiseEscalation has routing tell a level of the ladder of a broken duty, or of a signal.
func (a *Activities) RaiseEscalation(ctx context.Context, notice *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, error) {
	answer, err := a.Routing.RaiseEscalation(ctx, notice)
	if err != nil {
		return nil, failure(ctx, "routing.RaiseEscalation", err)
	}
	return &routingv1.Escalation{
		Name: answer.GetName(), Level: answer.GetLevel(), Recipient: answer.GetRecipient(), ClimbTime: answer.GetClimbTime(),
		State: answer.GetState(), NoticeNumber: answer.GetNoticeNumber(),
	}, nil
}

// SettleEscalation has routing note that a duty is owed no more that was brought before the ladder.
func (a *Activities) SettleEscalation(ctx context.Context, request *routingv1.SettleEscalationRequest) error {
	if _, err := a.Ladder.SettleEscalation(ctx, request); err != nil {
		return failure(ctx, "routing.SettleEscalation", err)
	}
	return nil
}

// SendAcknowledgement has followup write to the customer, in the customer's language, with the team's alias (ACK-1), and answers how
// the duty to acknowledge stands with that. The workflow gives the alias, by language; when it has none, routing is asked, which may
// know it by now. The contact is read from intake here and goes no further.
func (a *Activities) SendAcknowledgement(
	ctx context.Context, input *workflowv1.ComplaintInput, alias map[string]string,
) (*followupv1.Settlement, error) {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: input.GetComplaint()})
	if err != nil {
		return nil, failure(ctx, "intake.GetContact", err)
	}
	who, targets := contact.GetComplainant(), contact.GetTargets()
	if len(alias) == 0 {
		alias = a.alias(ctx, input.GetComplaint())
	}
	answer, err := a.Followup.SendAcknowledgement(ctx, &followupv1.SendAcknowledgementRequest{
		Complaint: input.GetComplaint(), Cycle: input.GetCycle(), Reference: contact.GetReference(),
		Recipient: &followupv1.Recipient{
			Customer: contact.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			LanguageCode: who.GetLanguageCode(), TimeZone: who.GetTimeZone(),
		},
		Team:        alias[who.GetLanguageCode()],
		ContactTime: targets.GetContact(), CallbackTime: targets.GetCallback(), ResolutionTime: targets.GetResolution(),
		Settled: settled(contact.GetSettled()),
	})
	if err != nil {
		return nil, failure(ctx, "followup.SendAcknowledgement", err)
	}
	return bare(answer.GetSettlement()), nil
}

// settled is how intake says that a complaint was settled when it was filed, as followup wants it; nil when it was not.
func settled(at *intakev1.Settled) *followupv1.Settled {
	if at == nil {
		return nil
	}
	return &followupv1.Settled{SettleTime: at.GetSettleTime(), Answer: at.GetAnswer(), Remedy: at.GetRemedy()}
}

// alias returns what the customer shall call the department; nil when routing does not know or cannot tell.
func (a *Activities) alias(ctx context.Context, complaint string) map[string]string {
	assignment, err := a.Routing.GetAssignment(ctx, &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
	if err != nil {
		return nil
	}
	return assignment.GetTeamAlias()
}

// Decision is what became of a request to resolve.
type Decision string

const (
	// Confirmed says that nothing stood in the way and the complaint is resolved.
	Confirmed Decision = "CONFIRMED"
	// Refused says that something did; intake has the objections.
	Refused Decision = "REFUSED"
	// NotPending says that intake does not wait for an answer to this request any more.
	NotPending Decision = "NOT_PENDING"
)

// DecideResolution asks followup and remedy what stands in the way of resolving, and has intake refuse the request with all of
// that, or confirm it. The objections are sentences, so they go from the one service to the other and into no history.
func (a *Activities) DecideResolution(
	ctx context.Context, question *followupv1.CheckResolutionRequest, asked *workflowv1.ResolutionFact,
) (Decision, error) {
	check, err := a.Followup.CheckResolution(ctx, question)
	if err != nil {
		return "", failure(ctx, "followup.CheckResolution", err)
	}
	offered, err := a.Remedies.CheckRemedies(ctx, &remedyv1.CheckRemediesRequest{
		Complaint: question.GetComplaint(), Cycle: question.GetCycle(), Fulfilled: check.GetFulfilled(), Outcome: asked.GetOutcome(),
	})
	if err != nil {
		return "", failure(ctx, "remedy.CheckRemedies", err)
	}
	decision, name := Confirmed, "intake.ConfirmResolution"
	if objections := slices.Concat(check.GetObjections(), offered.GetObjections()); len(objections) > 0 {
		decision, name = Refused, "intake.RefuseResolution"
		_, err = a.Intake.RefuseResolution(ctx, &intakev1.RefuseResolutionRequest{
			Name: question.GetComplaint(), RequestId: asked.GetRequestId(), Objections: objections,
		})
	} else {
		_, err = a.Intake.ConfirmResolution(ctx, &intakev1.ConfirmResolutionRequest{
			Name: question.GetComplaint(), RequestId: asked.GetRequestId(),
		})
	}
	switch code, reason := ask.Answer(err); {
	case err == nil:
		return decision, nil
	case code == codes.FailedPrecondition && reason == intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String():
		return NotPending, nil
	default:
		return "", failure(ctx, name, err)
	}
}
