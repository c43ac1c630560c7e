package dispatch

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// types are the events that route makes something of. A duty that is opened is not among them, since the workflow lists the
// duties when it begins; what is promised later, a customer who is to be contacted again, and what another complaint brings along, is told by itself. Of duties that are
// released only these concern it: the others are when the cycle ends.
func types() []string {
	return []string{
		"complaint_received", "complaint_reopened", "resolution_requested", "complaint_closed", "duty_settled",
		"duty_rescheduled", "severity_changed", "signals_raised", "complaint_assigned", "hand_off_proposed",
		"hand_off_settled", "hand_off_decided", "escalation_asked", "promise_made", "duty_released", "offer_made", "offer_answered",
		"offer_reminded", "offer_followed_up", "offer_lapsed", "remedy_revised", "remedy_withdrawn", "follow_up_owed",
		"notice_decided",
		"extension_decided", "final_response_carried",
	}
}

// route tells what becomes of an event. It copies what a workflow needs, by name; so nothing sealed and no text that
// somebody wrote can get into a history (API-4). The error says why the event makes no sense.
func route(event *eventv1.Event) (delivery, error) {
	if aboutImprovement(event) {
		return delivery{improvement: slices.Contains(improvementTypes(), event.GetType())}, nil
	}
	if !strings.HasPrefix(event.GetSubject(), "complaints/") {
		return delivery{}, nil
	}
	payload := &eventv1.Payload{}
	if err := proto.Unmarshal(event.GetPayload(), payload); err != nil {
		return delivery{}, fmt.Errorf("event %s: payload: %w", event.GetEventId(), err)
	}
	made := delivery{start: start(event, payload), signal: signal(event, payload), approval: approvalOf(event, payload), series: seriesOf(event, payload)}
	if made.start == nil && made.signal == nil && made.approval.name == "" && made.series.workflowID == "" {
		return delivery{}, nil
	}
	if event.GetCycle() < 1 {
		return delivery{}, fmt.Errorf("event %s: %s has no cycle", event.GetEventId(), event.GetType())
	}
	made.workflowID = complaint.WorkflowID(event.GetSubject(), event.GetCycle())
	return made, nil
}

// start returns the input of the workflow that the event begins; nil if it begins none.
func start(event *eventv1.Event, payload *eventv1.Payload) *workflowv1.ComplaintInput {
	input := &workflowv1.ComplaintInput{Complaint: event.GetSubject(), Cycle: event.GetCycle()}
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		fact := kind.ComplaintReceived
		input.Reference, input.Severity, input.ReceiveTime = fact.GetReference(), fact.GetSeverity(), fact.GetReceiveTime()
		input.AuthorityReplyDueTime = fact.GetAuthorityReplyDueTime()
	case *eventv1.Payload_ComplaintReopened:
		fact := kind.ComplaintReopened
		input.Reference, input.Severity, input.ReceiveTime = fact.GetReference(), fact.GetSeverity(), fact.GetReopenTime()
	default:
		return nil
	}
	return input
}

// signal returns the fact that the event tells a running workflow; nil if it tells none.
func signal(event *eventv1.Event, payload *eventv1.Payload) *workflowv1.ComplaintSignal {
	made := &workflowv1.ComplaintSignal{EventId: event.GetEventId(), Type: event.GetType(), RecordTime: event.GetRecordTime()}
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_DutySettled:
		fact := kind.DutySettled
		if known(event.GetSubject(), fact) {
			return nil
		}
		made.Fact = &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{
			Name: fact.GetDuty(), Kind: fact.GetKind(), Verdict: fact.GetVerdict(), Correction: fact.GetCorrection(), Done: true,
			Account: fact.GetAccount(),
		}}
	case *eventv1.Payload_ResolutionRequested:
		made.Fact = &workflowv1.ComplaintSignal_Resolution{Resolution: &workflowv1.ResolutionFact{
			RequestId: kind.ResolutionRequested.GetRequestId(), Outcome: kind.ResolutionRequested.GetOutcome(),
		}}
	case *eventv1.Payload_ComplaintClosed:
		made.Fact = &workflowv1.ComplaintSignal_End{End: &workflowv1.EndFact{Outcome: kind.ComplaintClosed.GetOutcome()}}
	case *eventv1.Payload_DutyRescheduled:
		fact := kind.DutyRescheduled
		made.Fact = &workflowv1.ComplaintSignal_Reschedule{Reschedule: &workflowv1.RescheduleFact{
			Name: fact.GetDuty(), DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(), Wished: fact.GetWished(),
			Moves: fact.GetMoves(), PausedUntil: fact.GetPausedUntil(), Extensions: fact.GetExtensions(),
			Account: fact.GetAccount(),
		}}
	case *eventv1.Payload_SeverityChanged:
		made.Fact = &workflowv1.ComplaintSignal_Severity{Severity: &workflowv1.SeverityFact{Severity: kind.SeverityChanged.GetSeverity()}}
	case *eventv1.Payload_SignalsRaised:
		if !kind.SignalsRaised.GetEscalate() {
			return nil
		}
		made.Fact = &workflowv1.ComplaintSignal_Risk{Risk: &workflowv1.RiskFact{Signal: kind.SignalsRaised.GetEscalatedKind()}}
	case *eventv1.Payload_EscalationAsked:
		fact := kind.EscalationAsked
		made.Fact = &workflowv1.ComplaintSignal_Escalation{Escalation: &workflowv1.EscalationFact{
			Name: fact.GetEscalation(), Reason: fact.GetReason(), NoticeCount: 1, Level: fact.GetLevel(), ClimbTime: fact.GetClimbTime(),
			Recipient: fact.GetRecipient(),
		}}
	default:
		return routed(made, event, payload)
	}
	return made
}

// routed is the fact that an event of routing tells; nil if it tells none. Who is first in charge in a cycle is the answer to the
// workflow's own question, so that it costs no signal.
func routed(made *workflowv1.ComplaintSignal, event *eventv1.Event, payload *eventv1.Payload) *workflowv1.ComplaintSignal {
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_ComplaintAssigned:
		fact := kind.ComplaintAssigned
		if !fact.GetChanged() {
			return nil
		}
		made.Fact = &workflowv1.ComplaintSignal_Assignment{Assignment: &workflowv1.AssignmentFact{
			Department: fact.GetDepartment(), Assignee: fact.GetAssignee(), AssignTime: event.GetRecordTime(), TeamAlias: fact.GetTeamAlias(),
		}}
	case *eventv1.Payload_HandOffProposed:
		fact := kind.HandOffProposed
		made.Fact = &workflowv1.ComplaintSignal_HandOff{HandOff: &workflowv1.HandOffFact{
			Name: fact.GetHandOff(), Duty: fact.GetDuty(), DueTime: fact.GetDueTime(),
			ToDepartment: fact.GetToDepartment(), ToAgent: fact.GetToAgent(),
		}}
	case *eventv1.Payload_HandOffSettled:
		fact := kind.HandOffSettled
		made.Fact = &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{
			Name: fact.GetDuty(), Kind: policyv1.DutyKind_HAND_OFF, Verdict: complaint.HandOffVerdict(fact.GetState()), Done: true,
			Next: decision(fact),
		}}
	case *eventv1.Payload_HandOffDecided:
		fact := kind.HandOffDecided
		if fact.GetDuty() == "" {
			return nil // No deadline was set for it.
		}
		verdict := policyv1.Verdict_MET
		if fact.GetLate() {
			verdict = policyv1.Verdict_MET_LATE
		}
		made.Fact = &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{
			Name: fact.GetDuty(), Kind: policyv1.DutyKind_HAND_OFF, Verdict: verdict, Done: true,
		}}
	default:
		return promised(made, payload)
	}
	return made
}

// decision is the decision that is owed since a hand-off came back too often; nil when none is.
func decision(fact *eventv1.HandOffSettled) *workflowv1.HandOffFact {
	if fact.GetDecisionDuty() == "" {
		return nil
	}
	return &workflowv1.HandOffFact{
		Name: fact.GetHandOff(), Duty: fact.GetDecisionDuty(), DueTime: fact.GetDecideDueTime(), Decision: true, ToAgent: fact.GetDecider(),
	}
}

// known is true for a verdict that the workflow hears of otherwise, since it brought it about: it asks for MISSED itself when a
// due time has come, it has the acknowledgement sent, and a resolution that is confirmed ends it. What the filing itself met was
// met before anybody could list it (REC-10). A signal costs Temporal as much as an answer of a service costs all of us.
func known(complaint string, fact *eventv1.DutySettled) bool {
	if fact.GetEarlierFact() {
		return true // The verdict was told before.
	}
	switch fact.GetKind() {
	case policyv1.DutyKind_ACKNOWLEDGE, policyv1.DutyKind_RESOLUTION:
		return true
	case policyv1.DutyKind_FOLLOW_UP:
		return true // The workflow of the series keeps it.
	case policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE, policyv1.DutyKind_CALLBACK:
		return fact.GetVerdict() == policyv1.Verdict_MISSED || (fact.GetEvidence() == complaint && !fact.GetCorrection())
	default:
		return fact.GetVerdict() == policyv1.Verdict_MISSED
	}
}
