package routing

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

func assignment(c *Case) *routingv1.Assignment {
	return &routingv1.Assignment{
		Name:            complaintName(c.Complaint.ID) + "/assignment",
		Cycle:           c.Complaint.AssignedCycle,
		Department:      departmentName(c.Complaint.Department),
		Assignee:        agentName(c.Complaint.Assignee),
		Reason:          c.Complaint.Reason,
		AssignTime:      timestamp(c.Complaint.AssignTime),
		EscalationLevel: c.Level(),
		TeamAlias:       c.Directory.department(c.Complaint.Department).GetAlias(),
		RuleSet:         ruleSetName(c.Complaint.RuleSet),
		Rule:            c.Complaint.Rule,
		Needs:           c.Complaint.Needs,
		Etag:            assignmentEtag(c.Complaint),
	}
}

func escalationProto(complaint string, e Escalation) *routingv1.Escalation {
	m := &routingv1.Escalation{
		Name:       escalationName(complaint, e.ID),
		Signal:     e.Signal(),
		Reason:     e.Reason,
		Level:      e.Level,
		Recipient:  agentName(e.Recipient),
		CreateTime: timestamp(e.CreateTime),
		NotifyTime: timestamp(e.NotifyTime),
		ClimbTime:  timestamp(e.ClimbTime),
		Kind:       e.Kind,
	}
	if e.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED {
		m.Duty = dutyName(complaint, e.ID)
	}
	return m
}

// trimAssignment turns "complaints/{complaint}/assignment" into the complaint's name.
func trimAssignment(name string) string { return strings.TrimSuffix(name, "/assignment") }

// timestamp leaves out the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
