package routing

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Notifier tells people. It may be asked twice for one notice, and then need not tell twice.
type Notifier interface {
	// Notify tells the recipient, or gives up when ctx ends, and says by which channel. An error means that nobody was told: a
	// *channel.RefusalError that no repetition can help, any other that the caller tries again. It goes on record, and holds no personal data.
	Notify(ctx context.Context, n Notice) (policyv1.NoticeChannel, error)
}

// Notice is something that a person is told.
type Notice struct {
	// ID tells what it is about: the duty and the warn time, the escalation and its number, the assignment.
	ID string
	// Complaint is the complaint's id, or that of the improvement that it tells of; empty for one that stands for many.
	Complaint string
	// About is what it is about; Service finds out for warnings and escalations.
	About routingv1.Notice_About
	// Duty is the duty's id; for a signal of risk the escalation's; empty for neither.
	Duty string
	// Kind is the duty's kind in a warning; unset for an escalation, which is an event of its own.
	Kind policyv1.DutyKind
	// Reason is why it is an escalation; unset for others.
	Reason routingv1.Escalation_Reason
	// Recipient is the agent's id.
	Recipient string
	// Level is 0 but for an escalation.
	Level int32
	// DueTime is when the duty is, or was, due; zero for none.
	DueTime time.Time
	// SendTime is when it was sent; zero before.
	SendTime time.Time
	// Count is how many notices one for many stands for; 0 for any other.
	Count int
	// HoldTime is until when it is held back by quiet hours; zero when it is not.
	HoldTime time.Time
	// Telling is how it is told by itself; nil while it waits to be told with others.
	Telling *Telling
}

// Name is what it is told under: telling twice under one name is telling once.
func (n Notice) Name() string {
	if n.Telling != nil {
		return n.Telling.ID
	}
	return tellingID(n)
}

// matter is the name of what it is about: a complaint, or an improvement.
func (n Notice) matter() string {
	if n.ofImprovement() {
		return "improvements/" + n.Complaint
	}
	return complaintName(n.Complaint)
}

// ofImprovement is true of one that tells of an improvement, and of no complaint.
func (n Notice) ofImprovement() bool { return n.About == routingv1.Notice_IMPROVEMENT_OVERDUE }

// tellingID is the id of a telling of one notice. It goes into addresses and headers.
func tellingID(n Notice) string {
	return n.Complaint + "-" + strings.NewReplacer("@", "-at-", "#", "-no-").Replace(n.ID)
}

// Telling is an attempt, or several, to tell a person something: one notice, or that there are many.
type Telling struct {
	// ID is under which it is told.
	ID string
	// Recipient is the agent's id.
	Recipient string
	// Notice is what it tells; nil when it stands for many.
	Notice *Notice
	// Count is how many notices it stands for.
	Count int
	// State is what has become of it.
	State routingv1.Notice_State
	// CreateTime is when it was begun.
	CreateTime time.Time
	// Attempts is how often it was begun to be told since it was made or redriven.
	Attempts int
	// TryTime is from when on it may be tried (again), by anybody.
	TryTime time.Time
	// GiveUpTime is from when on a failure is the last.
	GiveUpTime time.Time
	// SendTime is when it was told; zero before.
	SendTime time.Time
	// Channel is what took it.
	Channel policyv1.NoticeChannel
	// Problem is why the last attempt failed; empty when none did.
	Problem string
}

// Outcome is what came of an attempt.
type Outcome struct {
	// State is SENT, DEAD when it is given up, or WAITING when it is tried again.
	State routingv1.Notice_State
	// Time is when.
	Time time.Time
	// Channel is what took it.
	Channel policyv1.NoticeChannel
	// Problem is why nobody was told.
	Problem string
}

// SendNotice has the person in charge told that a due time comes near, once per duty and warn time. The answer says whether that waits
// for others, or for somebody who could not be told.
func (s *Service) SendNotice(ctx context.Context, req *routingv1.SendNoticeRequest) (*routingv1.SendNoticeResponse, error) {
	complaint, duty := dutyIDs(req.GetDuty())
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	notice := Notice{
		ID:        duty + "@" + strconv.FormatInt(req.GetWarnTime().AsTime().UnixMicro(), 10),
		Complaint: complaint, Duty: duty, Recipient: s.inCharge(known.Directory, known.Complaint),
		Kind: req.GetKind(), DueTime: req.GetDueTime().AsTime(),
	}
	answer := &routingv1.SendNoticeResponse{Recipient: agentName(notice.Recipient)}
	if known.Told(notice.ID) {
		answer.Waiting = known.Waits(notice.ID)
		return answer, nil
	}
	s.tell(ctx, &notice)
	_, err = s.deps.Store.Change(context.WithoutCancel(ctx), Change{Complaint: complaint, Notices: true}, func(c *Case) error {
		if c.Told(notice.ID) {
			answer.Waiting = c.Waits(notice.ID)
			return nil
		}
		c.Changes.Notice = &notice
		answer.Waiting = notice.Telling == nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// notify has a person told of what a change decides, in the transaction of that change. Nobody is told of what is for nobody.
func (s *Service) notify(c *Case, n Notice) {
	if n.Recipient == "" {
		return
	}
	s.tell(context.Background(), &n)
	c.Changes.Further = append(c.Changes.Further, n)
}

// takenOver is the notice of an assignment to the person who is in charge by it.
func takenOver(c Complaint) Notice {
	return Notice{
		ID:        fmt.Sprintf("%d-assigned@%d", c.AssignedCycle, c.AssignTime.UnixMicro()),
		Complaint: c.ID, About: routingv1.Notice_ASSIGNMENT, Recipient: c.Assignee,
	}
}
