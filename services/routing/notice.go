package routing

import (
	"context"
	"log/slog"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Notifier tells people. It may be asked twice for one notice id, and then need not tell twice.
type Notifier interface {
	// Notify tells the recipient, or gives up when ctx ends. An error means that nobody was told; the caller tries again.
	Notify(ctx context.Context, n Notice) error
}

// LogNotifier is the development notifier: it writes who was told of what to the log, names only.
type LogNotifier struct {
	// Logger is where it writes.
	Logger *slog.Logger
}

// Notify implements Notifier.
func (l LogNotifier) Notify(ctx context.Context, n Notice) error {
	switch {
	case n.Count > 0:
		l.Logger.InfoContext(ctx, "gathered notice", "recipient", agentName(n.Recipient), "notices", n.Count)
		return nil
	case n.DueTime.IsZero():
		l.Logger.InfoContext(ctx, "notice", "recipient", agentName(n.Recipient), "escalation", escalationName(n.Complaint, n.Duty),
			"reason", n.Reason.String(), "level", n.Level)
		return nil
	}
	l.Logger.InfoContext(ctx, "notice", "recipient", agentName(n.Recipient), "duty", dutyName(n.Complaint, n.Duty), "level", n.Level, "due", n.DueTime)
	return nil
}

// SendNotice tells the person in charge that a due time comes near, once per duty and warn time. The answer says whether that waits.
func (s *Service) SendNotice(ctx context.Context, req *routingv1.SendNoticeRequest) (*routingv1.SendNoticeResponse, error) {
	complaint, duty := dutyIDs(req.GetDuty())
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	notice := Notice{
		ID:        duty + "@" + strconv.FormatInt(req.GetWarnTime().AsTime().UnixMicro(), 10),
		Complaint: complaint, Duty: duty, Recipient: s.inCharge(known.Directory, known.Complaint),
		Kind: req.GetKind(), DueTime: req.GetDueTime().AsTime(), SendTime: s.now(),
	}
	answer := &routingv1.SendNoticeResponse{Recipient: agentName(notice.Recipient)}
	if known.Told(notice.ID) {
		answer.Waiting = known.Waits(notice.ID)
		return answer, nil
	}
	// Told first, recorded then: a notice may be sent twice, but none is recorded as sent that was not.
	s.tell(ctx, &notice)
	_, err = s.deps.Store.Change(context.WithoutCancel(ctx), Change{Complaint: complaint, Notices: true}, func(c *Case) error {
		if c.Told(notice.ID) {
			answer.Waiting = c.Waits(notice.ID)
			return nil
		}
		c.Changes.Notice = &notice
		answer.Waiting = notice.SendTime.IsZero()
		if !answer.Waiting { // What waits to be told with others is on record as sent once it is.
			c.Changes.Drafts = append(c.Changes.Drafts, s.warned(actor(ctx), notice, c.Complaint.Cycle))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// noticeActor is who sends what was gathered.
const noticeActor = "services/routing"

// warned is the event of a warning that was sent.
func (s *Service) warned(actor string, n Notice, cycle int32) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(n.Complaint), Cycle: cycle, Actor: actor, RecordTime: s.now(),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_NoticeSent{NoticeSent: &eventv1.NoticeSent{
			Recipient: agentName(n.Recipient), Duty: dutyName(n.Complaint, n.Duty), Kind: n.Kind, DueTime: timestamppb.New(n.DueTime),
		}}},
	}
}
