package routing

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

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

// trimAssignment turns "complaints/{complaint}/assignment" into the complaint's name.
func trimAssignment(name string) string { return strings.TrimSuffix(name, "/assignment") }

// timestamp leaves out the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
