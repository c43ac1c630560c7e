package routing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/page"
)

// countedUpTo is how far queues are counted for people: beyond, "1000+" says enough.
const countedUpTo = 1000

const (
	queueMine       = "queues/mine"
	queueTeam       = "queues/team"
	queueDepartment = "queues/department"
	queueOverdue    = "queues/overdue"
	queueDueSoon    = "queues/dueSoon"
	queueUnassigned = "queues/unassigned"
)

// ListQueuedComplaints lists a queue by pages (ROUTE-5).
func (s *Service) ListQueuedComplaints(
	ctx context.Context, req *routingv1.ListQueuedComplaintsRequest,
) (*routingv1.ListQueuedComplaintsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := strings.Join([]string{actor(ctx), req.GetParent(), req.GetDepartment(), req.GetSeverity().String()}, " ")
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	selection, err := s.selection(ctx, d, req.GetParent(), req.GetDepartment(), now)
	if err != nil {
		return nil, err
	}
	selection.Severity, selection.Limit = req.GetSeverity(), int(size)+1
	if selection.After, err = readCursor(cursor); err != nil {
		return nil, err
	}
	list, err := s.deps.Queues.Queue(ctx, selection)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListQueuedComplaintsResponse{ReadTime: timestamppb.New(now)}
	if len(list) > int(size) {
		list = list[:size]
		resp.NextPageToken = s.deps.Pages.Encode(writeCursor(list[size-1]), bind)
	}
	for _, q := range list {
		resp.Complaints = append(resp.Complaints, s.queuedProto(q, now))
	}
	return resp, nil
}

// ListQueues tells how much is in the caller's queues. What changes with each complaint alone is kept; what time changes too is counted up
// to the number that is shown.
func (s *Service) ListQueues(ctx context.Context, req *routingv1.ListQueuesRequest) (*routingv1.ListQueuesResponse, error) {
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	resp := &routingv1.ListQueuesResponse{}
	for _, name := range []string{queueMine, queueTeam, queueDepartment, queueOverdue, queueDueSoon, queueUnassigned} {
		if own := name == queueMine || name == queueTeam; own && !isActive(d.agent(actor(ctx))) {
			continue
		}
		selection, err := s.selection(ctx, d, name, req.GetDepartment(), now)
		if err != nil {
			return nil, err
		}
		count, err := s.size(ctx, selection)
		if err != nil {
			return nil, err
		}
		resp.Queues = append(resp.Queues, &routingv1.Queue{
			Name: name, Count: int32(min(count, countedUpTo)), More: count > countedUpTo,
		})
	}
	return resp, nil
}

// size is how much is selected: exact up to the number that is shown.
func (s *Service) size(ctx context.Context, selection Selection) (total int, err error) {
	switch {
	case !selection.Before.IsZero():
		selection.Limit = countedUpTo + 1
		return s.deps.Queues.Count(ctx, selection)
	case selection.Assignees != nil:
		loads, err := s.deps.Directory.Loads(ctx, selection.Assignees)
		for _, load := range loads {
			total += int(load)
		}
		return total, err
	}
	standing, err := s.deps.Queues.Standing(ctx)
	for id, one := range standing {
		switch {
		case selection.Departments != nil && !slices.Contains(selection.Departments, id):
		case selection.Waiting:
			total += one.Waiting
		default:
			total += one.Open
		}
	}
	return total, err
}

// selection is what a queue holds for the caller.
func (s *Service) selection(ctx context.Context, d *Directory, queue, of string, now time.Time) (Selection, error) {
	me := d.agent(actor(ctx))
	var selection Selection
	if queue == queueMine || queue == queueTeam {
		if !isActive(me) {
			return selection, notInDirectory(actor(ctx))
		}
		selection.Assignees = []string{agentID(me.GetName())}
		if queue == queueTeam {
			selection.Assignees = d.team(me)
		}
		return selection, nil
	}
	departments, err := departmentsOf(ctx, d, me, of)
	if err != nil {
		return selection, err
	}
	selection.Departments = departments
	switch queue {
	case queueOverdue:
		selection.Before = now
	case queueDueSoon:
		selection.From, selection.Before = now, now.Add(s.deps.Policy.Proto().GetQueues().GetDueSoon().AsDuration())
	case queueUnassigned:
		selection.Waiting = true
	}
	return selection, nil
}

// departmentsOf are the departments whose queues the caller reads; nil for all. Agents read those of their own.
func departmentsOf(ctx context.Context, d *Directory, me *routingv1.Agent, of string) ([]string, error) {
	identity, _ := auth.FromContext(ctx)
	above := identity.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_AUDITOR, authv1.Role_OPERATOR,
		authv1.Role_SERVICE)
	switch own := isActive(me); {
	case own && (of == "" || of == me.GetDepartment()):
		return []string{departmentID(me.GetDepartment())}, nil
	case !above && !own:
		return nil, notInDirectory(identity.Subject)
	case !above:
		return nil, notYours(of)
	case of == "" || of == "departments/-":
		return nil, nil
	case d.Find(of) == nil:
		return nil, notThere(of)
	}
	return []string{departmentID(of)}, nil
}

// team lists the ids of those who are in a team with somebody, or in one that the person leads, or report to the person, and the person.
func (d *Directory) team(me *routingv1.Agent) []string {
	teams := slices.Clone(me.GetTeams())
	for name, r := range d.resources {
		if t, ok := r.(*routingv1.Team); ok && t.GetLead() == me.GetName() {
			teams = append(teams, name)
		}
	}
	var people []string
	for name, r := range d.resources {
		one, ok := r.(*routingv1.Agent)
		if !ok || !isActive(one) {
			continue
		}
		shares := slices.ContainsFunc(one.GetTeams(), func(t string) bool { return slices.Contains(teams, t) })
		if name == me.GetName() || one.GetSupervisor() == me.GetName() || shares {
			people = append(people, agentID(name))
		}
	}
	slices.Sort(people)
	return people
}

// queuedProto is what people see of a complaint in a queue at a moment.
func (s *Service) queuedProto(q Queued, now time.Time) *routingv1.QueuedComplaint {
	m := &routingv1.QueuedComplaint{
		Complaint: complaintName(q.Complaint.ID), Cycle: q.Complaint.Cycle, Severity: q.Complaint.Severity,
		Department: departmentName(q.Complaint.Department), Assignee: agentName(q.Complaint.Assignee), DueTime: timestamp(q.DueTime),
		Kind: q.Kind, Etag: assignmentEtag(q.Complaint),
	}
	if q.DueTime.IsZero() {
		return m
	}
	m.Duty = dutyName(q.Complaint.ID, q.Duty)
	m.Overdue = q.DueTime.Before(now)
	m.DueSoon = !m.GetOverdue() && q.DueTime.Before(now.Add(s.deps.Policy.Proto().GetQueues().GetDueSoon().AsDuration()))
	return m
}

// writeCursor and readCursor say where a page ended: due time (0 for none), severity and id.
func writeCursor(q Queued) []string {
	due := int64(0)
	if !q.DueTime.IsZero() {
		due = q.DueTime.UnixMicro()
	}
	return []string{strconv.FormatInt(due, 10), strconv.Itoa(int(q.Complaint.Severity)), q.Complaint.ID}
}

func readCursor(cursor []string) (*Queued, error) {
	if len(cursor) == 0 {
		return nil, nil
	}
	if len(cursor) != 3 {
		return nil, page.ErrToken
	}
	due, bad := strconv.ParseInt(cursor[0], 10, 64)
	severity, worse := strconv.ParseInt(cursor[1], 10, 32)
	if cmp.Or(bad, worse) != nil {
		return nil, page.ErrToken
	}
	q := &Queued{Complaint: Complaint{ID: cursor[2], Severity: policyv1.Severity(severity)}}
	if due != 0 {
		q.DueTime = time.UnixMicro(due).UTC()
	}
	return q, nil
}
