package review

import (
	"context"
	"strconv"

	"google.golang.org/grpc"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Owners are the services that own the facts of a cycle. All are required.
type Owners struct {
	// Intake tells whether a cycle is over, IntakeLog what happened in it.
	Intake    intakev1.IntakeServiceClient
	IntakeLog intakev1.EventLogServiceClient
	// RoutingLog tells who was in charge, and what was brought before the ladder.
	RoutingLog routingv1.EventLogServiceClient
	// Directory knows people and departments.
	Directory routingv1.DirectoryServiceClient
	// Remedies and Ledger tell what was given.
	Remedies remedyv1.RemedyServiceClient
	Ledger   remedyv1.LedgerServiceClient
	// Followup tells what was owed.
	Followup followupv1.FollowupServiceClient
}

// complete tells whether all are there.
func (o Owners) complete() bool {
	return o.Intake != nil && o.IntakeLog != nil && o.RoutingLog != nil && o.Directory != nil && o.Remedies != nil && o.Ledger != nil && o.Followup != nil
}

// pageSize is how much is asked for at once.
const pageSize = 1000

// gather asks the owners what a cycle was. No personal data comes with it: texts in events are sealed. Errors: CYCLE_NOT_ENDED; NOT_YET_KNOWN
// while one of them has not heard of the end; COMPLAINT_NOT_FOUND; those of the owners.
func (s *Service) gather(ctx context.Context, complaint string, cycle int32) (Facts, error) {
	name := complaintName(complaint)
	ended, err := s.deps.Owners.Intake.GetCycle(ctx, &intakev1.GetCycleRequest{Name: name, Cycle: cycle})
	if err != nil {
		return Facts{}, err
	}
	if ended.GetOpen() {
		return Facts{}, cycleNotEnded(name, cycle)
	}
	f := Facts{Contacts: 1, Repeated: cycle > 1}
	for _, read := range []func(context.Context, *Facts, string, int32) error{s.readIntake, s.readRouting, s.readFollowup, s.readRemedy} {
		if err := read(ctx, &f, name, cycle); err != nil {
			return Facts{}, err
		}
	}
	if f.EndTime.IsZero() {
		return Facts{}, arrival.Early(name, "the end of cycle %d of %s is not on record yet. Try again.", cycle, name)
	}
	return f, nil
}

// lists is what reads an event log.
type lists interface {
	ListEvents(ctx context.Context, in *eventv1.ListEventsRequest, opts ...grpc.CallOption) (*eventv1.ListEventsResponse, error)
}

// each reads the events of a complaint up to and with a cycle, in order.
func each(ctx context.Context, log lists, complaint string, cycle int32, do func(*eventv1.Event, *eventv1.Payload)) error {
	req := &eventv1.ListEventsRequest{Subject: complaint, PageSize: pageSize}
	for {
		resp, err := log.ListEvents(ctx, req)
		if err != nil {
			return err
		}
		for _, e := range resp.GetEvents() {
			if e.GetCycle() > cycle {
				continue
			}
			p, err := eventlog.Decode(e)
			if err != nil {
				return err
			}
			do(e, p)
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
}

// readRouting reads who was in charge, and what was brought before the ladder.
func (s *Service) readRouting(ctx context.Context, f *Facts, complaint string, cycle int32) error {
	seen := map[string]bool{}
	escalated := func(name string, level int32) {
		if !seen[name] {
			seen[name] = true
			f.Escalations++
		}
		f.Level = max(f.Level, level)
	}
	return each(ctx, s.deps.Owners.RoutingLog, complaint, cycle, func(e *eventv1.Event, p *eventv1.Payload) {
		now := e.GetCycle() == cycle
		switch k := p.GetKind().(type) {
		case *eventv1.Payload_ComplaintAssigned:
			a := k.ComplaintAssigned
			if now && f.Assignee != "" && (a.GetDepartment() != f.Department || a.GetAssignee() != f.Assignee) {
				f.Transfers++
			}
			f.Department, f.Assignee = a.GetDepartment(), a.GetAssignee()
		case *eventv1.Payload_EscalationRaised:
			if now {
				escalated(k.EscalationRaised.GetEscalation(), k.EscalationRaised.GetLevel())
			}
		case *eventv1.Payload_EscalationAsked:
			if now {
				escalated(k.EscalationAsked.GetEscalation(), k.EscalationAsked.GetLevel())
			}
		}
	})
}

// readFollowup reads what was owed, and how often the customer was tried.
func (s *Service) readFollowup(ctx context.Context, f *Facts, complaint string, cycle int32) error {
	owed, err := s.deps.Owners.Followup.ListDuties(ctx, &followupv1.ListDutiesRequest{Parent: complaint, Cycle: cycle})
	if err != nil {
		return err
	}
	for _, d := range owed.GetDuties() {
		if d.GetKind() == policyv1.DutyKind_RESOLUTION && d.GetState() == followupv1.Duty_OPEN {
			return arrival.Early(complaint, "the end of cycle %d of %s has not arrived everywhere. Try again.", cycle, complaint)
		}
		f.Duties = append(f.Duties, Duty{
			Name: d.GetName(), Kind: d.GetKind(), OpenTime: timeOf(d.GetOpenTime()), DueTime: timeOf(d.GetDueTime()),
			FactTime: timeOf(d.GetFactTime()), Verdict: d.GetVerdict(), Breached: d.GetBreached(), Open: d.GetState() == followupv1.Duty_OPEN,
		})
		f.touched(f.Duties[len(f.Duties)-1])
	}
	req := &followupv1.ListCallbacksRequest{Parent: complaint, PageSize: pageSize}
	mine := complaint + "/callbacks/" + strconv.Itoa(int(cycle))
	for {
		resp, err := s.deps.Owners.Followup.ListCallbacks(ctx, req)
		if err != nil {
			return err
		}
		for _, c := range resp.GetCallbacks() {
			if c.GetName() == mine {
				f.Attempts += int32(len(c.GetAttempts()))
			}
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
}

// touched notes when a person was first in touch, by the facts that met what was owed of that.
func (f *Facts) touched(d Duty) {
	switch d.Kind {
	case policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE, policyv1.DutyKind_CALLBACK:
		if !d.FactTime.IsZero() && (f.FirstContact.IsZero() || d.FactTime.Before(f.FirstContact)) {
			f.FirstContact = d.FactTime
		}
	default:
	}
}
