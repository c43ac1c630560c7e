package routing

import (
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Escalation is a broken duty, a signal of risk, a complaint of which nobody is in charge, or what somebody asked for, brought before
// somebody higher up.
type Escalation struct {
	// ID is the duty's id within the complaint, or tells the cycle and the kind of the signal, or the reason: "1-threat".
	ID string
	// Cycle is the cycle of the duty, or in which the reason was.
	Cycle int32
	// Kind is what was broken; unset when no duty is the reason.
	Kind policyv1.DutyKind
	// Reason is why.
	Reason routingv1.Escalation_Reason
	// NoticeNumber counts the notices sent.
	NoticeNumber int32
	// Level is the level it has reached.
	Level int32
	// Peak is the highest level it ever reached: one that comes back begins below.
	Peak int32
	// Recipient is the agent's id who was told last.
	Recipient string
	// Passed are those who would have heard of the newest notice before.
	Passed []Passed
	// Urgent is true for what is told in quiet hours too.
	Urgent bool
	// CreateTime is when it was raised first.
	CreateTime time.Time
	// NotifyTime is when the present level was told.
	NotifyTime time.Time
	// ClimbTime is when it climbs if its cause is still there then; zero for never.
	ClimbTime time.Time
	// AcknowledgeTime is when the newest notice was acknowledged, and Acknowledger the agent's id who did.
	AcknowledgeTime time.Time
	Acknowledger    string
	// ResolveTime is when it was resolved, and Resolver the agent's id who did; empty when its cause went away.
	ResolveTime time.Time
	Resolver    string
	// Resolution is what was done.
	Resolution routingv1.Escalation_Resolution
	// Adrift is true for what no workflow keeps, since it came after the end of its cycle: routing has it climb.
	Adrift bool
}

// Signal is the signal that is the reason; unset when none is.
func (e *Escalation) Signal() policyv1.SignalKind {
	if e.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED {
		return policyv1.SignalKind_SIGNAL_KIND_UNSPECIFIED
	}
	_, word, _ := strings.Cut(e.ID, "-")
	return policyv1.SignalKind(policyv1.SignalKind_value[strings.ToUpper(strings.ReplaceAll(word, "-", "_"))])
}

// State is how it stands.
func (e *Escalation) State() routingv1.Escalation_State {
	switch {
	case e.resolved():
		return routingv1.Escalation_RESOLVED
	case !e.AcknowledgeTime.IsZero():
		return routingv1.Escalation_ACKNOWLEDGED
	default:
		return routingv1.Escalation_OPEN
	}
}

// escalationProto tells how an escalation stands now: nobody has to write that somebody is in charge for it to be so.
func escalationProto(c Complaint, e Escalation) *routingv1.Escalation {
	if e.Reason == routingv1.Escalation_UNASSIGNED && c.Assignee != "" {
		e.resolve(c.AssignTime, "", routingv1.Escalation_ASSIGNED)
	}
	m := &routingv1.Escalation{
		Name:            escalationName(c.ID, e.ID),
		Signal:          e.Signal(),
		Reason:          e.Reason,
		Level:           e.Level,
		Recipient:       agentName(e.Recipient),
		CreateTime:      timestamp(e.CreateTime),
		NotifyTime:      timestamp(e.NotifyTime),
		ClimbTime:       timestamp(e.ClimbTime),
		Kind:            e.Kind,
		State:           e.State(),
		NoticeNumber:    e.NoticeNumber,
		AcknowledgeTime: timestamp(e.AcknowledgeTime),
		Acknowledger:    agentName(e.Acknowledger),
		ResolveTime:     timestamp(e.ResolveTime),
		Resolver:        agentName(e.Resolver),
		Resolution:      e.Resolution,
	}
	if e.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED {
		m.Duty = dutyName(c.ID, e.ID)
	}
	for _, p := range e.Passed {
		m.Passed = append(m.Passed, &routingv1.PassedOver{Level: p.Level, Agent: agentName(p.Agent), Cause: p.Cause})
	}
	return m
}

// raisedProto is the answer to whoever keeps the time of an escalation: what routing has climb itself is none of theirs.
func raisedProto(c Complaint, e Escalation) *routingv1.Escalation {
	m := escalationProto(c, e)
	if e.Adrift {
		m.ClimbTime = nil
	}
	return m
}
