package lists

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/redress-dev/redress/deploy/standalone/bench/client"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// reader reads lists as an agent.
type reader struct {
	conns    []io.Closer
	intake   intakev1.IntakeServiceClient
	keys     intakev1.IntakeServiceClient
	followup followupv1.FollowupServiceClient
	routing  routingv1.DirectoryServiceClient
	gateway  gatewayv1.GatewayServiceClient
}

func newReader(s *server.Server) (*reader, error) {
	r := &reader{}
	for subject, role := range roles() {
		token, err := s.Token(subject, role)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		conn, err := client.DialGRPC(s.GRPC, token)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.conns = append(r.conns, conn)
		if subject == "services/bench" {
			r.keys = intakev1.NewIntakeServiceClient(conn)
			continue
		}
		r.intake, r.followup = intakev1.NewIntakeServiceClient(conn), followupv1.NewFollowupServiceClient(conn)
		r.routing, r.gateway = routingv1.NewDirectoryServiceClient(conn), gatewayv1.NewGatewayServiceClient(conn)
	}
	return r, nil
}

// Close closes the connections.
func (r *reader) Close() error {
	var failed []error
	for _, conn := range r.conns {
		failed = append(failed, conn.Close())
	}
	return errors.Join(failed...)
}

// list is one list to read.
type list struct {
	name string
	// read reads the page and says how many entries it has.
	read func(ctx context.Context) (int, error)
}

// lists are all lists there are, with filters that find many, few and none.
func (r *reader) lists(ctx context.Context, o *originals, deep int) ([]list, error) {
	var open, ended *intakev1.Complaint
	for i, c := range o.complaints {
		if o.templates[i].Open {
			open = c
		} else {
			ended = c
		}
	}
	if open == nil || ended == nil {
		return nil, errors.New("there must be open and ended complaints")
	}
	nobody, err := r.idle(ctx)
	if err != nil {
		return nil, err
	}
	all := []list{
		{"(the public guide)", func(ctx context.Context) (int, error) {
			guide, err := r.gateway.GetGuide(ctx, &gatewayv1.GetGuideRequest{})
			return len(guide.GetSteps()), err
		}},
		r.complaints("complaints, newest first", &intakev1.ListComplaintsRequest{}),
	}
	for _, filter := range []string{
		`state = "ACTIVE"`, `state = "RECEIVED"`,
		fmt.Sprintf("assignee = %q", open.GetAssignee()), fmt.Sprintf(`assignee = %q AND state = "ACTIVE"`, open.GetAssignee()),
		fmt.Sprintf("assignee = %q", nobody), fmt.Sprintf(`department = %q AND state = "ACTIVE"`, open.GetDepartment()),
		`severity = "URGENT"`, fmt.Sprintf("reference = %q", open.GetReference()),
	} {
		all = append(all, r.complaints("complaints, "+filter, &intakev1.ListComplaintsRequest{Filter: filter}))
	}
	all = append(all,
		r.complaints("complaints of one customer", &intakev1.ListComplaintsRequest{Filter: fmt.Sprintf("customer = %q", open.GetCustomer())}),
		r.complaints("complaints, oldest first", &intakev1.ListComplaintsRequest{OrderBy: "receive_time"}),
	)
	token, err := r.turnComplaints(ctx, deep)
	if err != nil {
		return nil, err
	}
	all = append(all, r.complaints(fmt.Sprintf("complaints, after %d pages of %d or before the last", deep, pageSize), &intakev1.ListComplaintsRequest{PageToken: token}))
	for _, filter := range []string{"overdue = true", "", `state = "OPEN"`, `verdict = "MISSED"`} {
		name := "callbacks, " + filter
		if filter == "" {
			name = "callbacks, next due first"
		}
		all = append(all, r.callbacks(name, &followupv1.ListCallbacksRequest{Filter: filter}))
	}
	if token, err = r.turnCallbacks(ctx, deep); err != nil {
		return nil, err
	}
	return append(all,
		r.callbacks(fmt.Sprintf("callbacks, overdue = true, after %d pages of %d or before the last", deep, pageSize), &followupv1.ListCallbacksRequest{Filter: "overdue = true", PageToken: token}),
		r.callbacks("callbacks of one complaint", &followupv1.ListCallbacksRequest{Parent: open.GetName()}),
		list{"duties of one complaint", func(ctx context.Context) (int, error) {
			page, err := r.gateway.ListComplaintDuties(ctx, &gatewayv1.ListComplaintDutiesRequest{Parent: ended.GetName()})
			return len(page.GetDuties()), err
		}},
		list{"timeline of one complaint", func(ctx context.Context) (int, error) {
			page, err := r.gateway.ListTimeline(ctx, &gatewayv1.ListTimelineRequest{Parent: ended.GetName()})
			return len(page.GetEntries()), err
		}},
		list{"agents with their load", func(ctx context.Context) (int, error) {
			page, err := r.routing.ListAgents(ctx, &routingv1.ListAgentsRequest{})
			return len(page.GetAgents()), err
		}},
	), nil
}

// idle is an agent who has never had a complaint.
func (r *reader) idle(ctx context.Context) (string, error) {
	page, err := r.routing.ListAgents(ctx, &routingv1.ListAgentsRequest{PageSize: pageSize})
	if err != nil {
		return "", err
	}
	for _, a := range page.GetAgents() {
		if !a.GetTakesComplaints() {
			return a.GetName(), nil
		}
	}
	return "", errors.New("all agents take complaints")
}

// complaints is a list of complaints, each of which must be readable.
func (r *reader) complaints(name string, req *intakev1.ListComplaintsRequest) list {
	return list{name, func(ctx context.Context) (int, error) {
		page, err := r.intake.ListComplaints(ctx, req)
		for _, c := range page.GetComplaints() {
			if c.GetStatement() == "" {
				return 0, fmt.Errorf("%s has no statement", c.GetName())
			}
		}
		return len(page.GetComplaints()), err
	}}
}

func (r *reader) callbacks(name string, req *followupv1.ListCallbacksRequest) list {
	return list{name, func(ctx context.Context) (int, error) {
		page, err := r.followup.ListCallbacks(ctx, req)
		return len(page.GetCallbacks()), err
	}}
}

// turnComplaints turns pages until so many were seen, or all but the last.
func (r *reader) turnComplaints(ctx context.Context, deep int) (string, error) {
	return turn(deep, func(token string) (string, error) {
		page, err := r.intake.ListComplaints(ctx, &intakev1.ListComplaintsRequest{PageSize: pageSize, PageToken: token})
		return page.GetNextPageToken(), err
	})
}

func (r *reader) turnCallbacks(ctx context.Context, deep int) (string, error) {
	return turn(deep, func(token string) (string, error) {
		page, err := r.followup.ListCallbacks(ctx, &followupv1.ListCallbacksRequest{Filter: "overdue = true", PageSize: pageSize, PageToken: token})
		return page.GetNextPageToken(), err
	})
}

// turn returns the token of the page it stops before.
func turn(deep int, next func(token string) (string, error)) (token string, err error) {
	for range deep {
		after, err := next(token)
		if err != nil || after == "" {
			return token, err
		}
		token = after
	}
	return token, nil
}
