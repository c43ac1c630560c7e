package review_test

import (
	"context"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// owners are the other services as far as review asks them. What they do not implement panics when it is asked for.
type owners struct {
	intakev1.IntakeServiceServer
	routingv1.DirectoryServiceServer
	remedyv1.RemedyServiceServer
	remedyv1.LedgerServiceServer
	followupv1.FollowupServiceServer

	open       bool // The cycle goes on.
	intake     eventList
	routing    eventList
	remedies   []*remedyv1.Remedy
	ledger     []*remedyv1.LedgerEntry
	duties     []*followupv1.Duty
	callbacks  []*followupv1.Callback
	agents     map[string]bool       // Who there is, and whether they are active.
	complaints []*intakev1.Complaint // What is not over.
	asked      []string              // By which filters.
}

func newOwners() *owners {
	return &owners{agents: map[string]bool{"agents/gao": true, "agents/wu": true, "agents/left": false}}
}

// eventList is a service's event log: two events a page.
type eventList struct {
	eventv1Server
	events *[]*eventv1.Event
}

// eventv1Server is what an event log has besides.
type eventv1Server interface {
	intakev1.EventLogServiceServer
}

func (l eventList) ListEvents(_ context.Context, req *eventv1.ListEventsRequest) (*eventv1.ListEventsResponse, error) {
	from := len(req.GetPageToken())
	resp := &eventv1.ListEventsResponse{}
	var mine []*eventv1.Event
	for _, e := range *l.events {
		if e.GetSubject() == req.GetSubject() {
			mine = append(mine, e)
		}
	}
	if resp.Events = mine[min(from, len(mine)):]; len(resp.GetEvents()) > 2 {
		resp.Events, resp.NextPageToken = resp.GetEvents()[:2], strings.Repeat("x", from+2)
	}
	return resp, nil
}

func (o *owners) register(server grpc.ServiceRegistrar) {
	o.intake.events, o.routing.events = &[]*eventv1.Event{}, &[]*eventv1.Event{}
	intakev1.RegisterIntakeServiceServer(server, o)
	routingv1.RegisterDirectoryServiceServer(server, o)
	remedyv1.RegisterRemedyServiceServer(server, o)
	remedyv1.RegisterLedgerServiceServer(server, o)
	followupv1.RegisterFollowupServiceServer(server, o)
	intakev1.RegisterEventLogServiceServer(server, o.intake)
	routingv1.RegisterEventLogServiceServer(server, o.routing)
}

func (o *owners) GetCycle(context.Context, *intakev1.GetCycleRequest) (*intakev1.Cycle, error) {
	return &intakev1.Cycle{Open: o.open}, nil
}

// ListComplaints answers with one a page.
func (o *owners) ListComplaints(_ context.Context, req *intakev1.ListComplaintsRequest) (*intakev1.ListComplaintsResponse, error) {
	from := len(req.GetPageToken())
	o.asked = append(o.asked, req.GetFilter())
	resp := &intakev1.ListComplaintsResponse{Complaints: o.complaints[from:]}
	if len(resp.GetComplaints()) > 1 {
		resp.Complaints, resp.NextPageToken = resp.GetComplaints()[:1], strings.Repeat("x", from+1)
	}
	return resp, nil
}

func (o *owners) GetAgent(_ context.Context, req *routingv1.GetAgentRequest) (*routingv1.Agent, error) {
	active, ok := o.agents[req.GetName()]
	if !ok {
		return nil, errs.NotFound("RESOURCE_NOT_FOUND", "There is no %s.", req.GetName())
	}
	agent := &routingv1.Agent{Name: req.GetName()}
	if !active { // Of those who are there the directory need not say so.
		agent.Active = proto.Bool(false)
	}
	return agent, nil
}

func (o *owners) GetDepartment(_ context.Context, req *routingv1.GetDepartmentRequest) (*routingv1.Department, error) {
	if req.GetName() != "departments/returns" {
		return nil, errs.NotFound("RESOURCE_NOT_FOUND", "There is no %s.", req.GetName())
	}
	return &routingv1.Department{Name: req.GetName(), Manager: "agents/gao"}, nil
}

func (o *owners) ListRemedies(context.Context, *remedyv1.ListRemediesRequest) (*remedyv1.ListRemediesResponse, error) {
	return &remedyv1.ListRemediesResponse{Remedies: o.remedies}, nil
}

func (o *owners) ListLedgerEntries(context.Context, *remedyv1.ListLedgerEntriesRequest) (*remedyv1.ListLedgerEntriesResponse, error) {
	return &remedyv1.ListLedgerEntriesResponse{LedgerEntries: o.ledger}, nil
}

func (o *owners) ListDuties(context.Context, *followupv1.ListDutiesRequest) (*followupv1.ListDutiesResponse, error) {
	return &followupv1.ListDutiesResponse{Duties: o.duties}, nil
}

func (o *owners) ListCallbacks(context.Context, *followupv1.ListCallbacksRequest) (*followupv1.ListCallbacksResponse, error) {
	return &followupv1.ListCallbacksResponse{Callbacks: o.callbacks}, nil
}

// records has an event put into a log.
func records(log eventList, complaint string, cycle int32, at time.Time, p *eventv1.Payload) {
	payload, err := proto.Marshal(p)
	if err != nil {
		panic(err)
	}
	*log.events = append(*log.events, &eventv1.Event{
		EventId: "e", Type: eventlog.TypeOf(p), Subject: complaint, Cycle: cycle, RecordTime: timestamppb.New(at), Payload: payload,
	})
}

func cny(units int64) *money.Money {
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: 500_000_000}
}
