package routing

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// span is somebody's time with a complaint.
type span struct {
	department, assignee string
	cycle                int32
	start, end           time.Time // end is zero while it lasts
}

// GetCustody tells how long each department had a complaint (ROUTE-3). It is read from the events of its assignments: what was told then
// is what counts.
func (s *Service) GetCustody(ctx context.Context, req *routingv1.GetCustodyRequest) (*routingv1.Custody, error) {
	complaint := complaintID(strings.TrimSuffix(req.GetName(), "/custody"))
	c, err := s.deps.HandOffs.HandOffs(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	spans, err := s.spans(ctx, c)
	if err != nil {
		return nil, err
	}
	custody, totals := &routingv1.Custody{Name: req.GetName()}, map[string]*routingv1.CustodyTotal{}
	for _, one := range spans {
		custody.Spans = append(custody.Spans, &routingv1.CustodySpan{
			Department: one.department, Assignee: one.assignee, Cycle: one.cycle, StartTime: timestamp(one.start), EndTime: timestamp(one.end),
		})
		total := totals[one.department]
		if total == nil {
			total = &routingv1.CustodyTotal{Department: one.department, Duration: &durationpb.Duration{}}
			totals[one.department] = total
			custody.Totals = append(custody.Totals, total)
		}
		total.Duration = durationpb.New(total.GetDuration().AsDuration() + one.until(s.now()))
	}
	return custody, nil
}

// until is how long it had lasted at a moment.
func (p span) until(at time.Time) time.Duration {
	if !p.end.IsZero() && p.end.Before(at) {
		at = p.end
	}
	return max(at.Sub(p.start), 0)
}

// held is how long a department had had a complaint in a cycle at a moment.
func held(spans []span, department string, cycle int32, at time.Time) (sum time.Duration) {
	for _, one := range spans {
		if one.department == departmentName(department) && one.cycle == cycle {
			sum += one.until(at)
		}
	}
	return sum
}

// spans are who had the complaint from when to when, oldest first.
func (s *Service) spans(ctx context.Context, c *HandOffCase) ([]span, error) {
	log := eventlog.NewServer(s.deps.Log, nil)
	req := &eventv1.ListEventsRequest{Subject: complaintName(c.Complaint.ID)}
	var spans []span
	for {
		resp, err := log.ListEvents(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, e := range resp.GetEvents() {
			if e.GetType() != "complaint_assigned" {
				continue
			}
			p := &eventv1.Payload{}
			if err := proto.Unmarshal(e.GetPayload(), p); err != nil {
				return nil, err
			}
			spans = given(spans, c.Ends, e, p.GetComplaintAssigned())
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if n := len(spans); n > 0 {
		spans[n-1].end = c.Ends[spans[n-1].cycle]
	}
	return spans, nil
}

// given adds an assignment to the spans, which ends the one before.
func given(spans []span, ends map[int32]time.Time, e *eventv1.Event, a *eventv1.ComplaintAssigned) []span {
	next := span{department: a.GetDepartment(), assignee: a.GetAssignee(), cycle: e.GetCycle(), start: e.GetRecordTime().AsTime()}
	if n := len(spans); n > 0 {
		last := &spans[n-1]
		if last.cycle == next.cycle && last.department == next.department && last.assignee == next.assignee {
			return spans
		}
		if last.end = next.start; last.cycle != next.cycle {
			if end, ok := ends[last.cycle]; ok {
				last.end = end
			}
		}
	}
	return append(spans, next)
}
