package routing

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// obstacle of a person who was chosen by hand, for a department that is not the person's.
const elsewhere obstacle = "in another department"

// ReassignComplaint gives a complaint to somebody else by hand (ROUTE-5). It is decided in the transaction that writes it, so nobody gets
// more than fits and nobody who is recused gets anything.
func (s *Service) ReassignComplaint(ctx context.Context, req *routingv1.ReassignComplaintRequest) (*routingv1.Assignment, error) {
	command, _ := idem.FromContext(ctx)
	return s.reassign(ctx, req, command)
}

// ReassignComplaints does so for several, each by itself.
func (s *Service) ReassignComplaints(
	ctx context.Context, req *routingv1.ReassignComplaintsRequest,
) (*routingv1.ReassignComplaintsResponse, error) {
	if limit := s.deps.Policy.Proto().GetQueues().GetReassignAtMost(); len(req.GetRequests()) > int(limit) {
		return nil, tooMany(limit)
	}
	command, _ := idem.FromContext(ctx)
	resp := &routingv1.ReassignComplaintsResponse{}
	for _, one := range req.GetRequests() {
		own := command
		if own.Key != "" { // Each is carried out once, also when the call ended in between.
			own.Key += " " + complaintID(one.GetName())
		}
		result := &routingv1.ReassignResult{Complaint: one.GetName()}
		var err error
		if result.Assignment, err = s.reassign(ctx, one, own); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			status := errs.Status(err)
			result.Assignment, result.Code, result.Reason, result.Message = nil, int32(status.Code()), errs.Reason(err), status.Message()
		}
		resp.Results = append(resp.Results, result)
	}
	return resp, nil
}

// reassign carries out one.
func (s *Service) reassign(ctx context.Context, req *routingv1.ReassignComplaintRequest, command idem.Command) (*routingv1.Assignment, error) {
	complaint := complaintID(req.GetName())
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if err := referenced(d, req); err != nil {
		return nil, err
	}
	var after Case
	repeated, err := s.deps.Queues.Reassign(ctx, complaint, eventlog.Cause{Command: command, Result: req.GetName()}, func(c *Case) error {
		if err := s.byHand(ctx, c, req, d.DepartmentOf(req.GetAssignee())); err != nil {
			return err
		}
		after = *c
		return nil
	})
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	s.wake() // Somebody has room now.
	if repeated {
		now, err := s.deps.Store.Case(ctx, complaint)
		if err != nil {
			return nil, err
		}
		after = *now
	}
	return assignment(&after), nil
}

// referenced refuses a department or a person that is not there.
func referenced(d *Directory, req *routingv1.ReassignComplaintRequest) error {
	if of := req.GetDepartment(); of != "" && d.Find(of) == nil {
		return unknownReference("department", of)
	}
	if who := req.GetAssignee(); who != "" && !isActive(d.agent(who)) {
		return unknownReference("assignee", who)
	}
	return nil
}

// byHand decides what a reassignment does. home is the department of the person who is asked for.
func (s *Service) byHand(ctx context.Context, c *Case, req *routingv1.ReassignComplaintRequest, home string) error {
	present := c.Complaint
	switch {
	case present.ID == "":
		return ErrUnknown
	case present.Ended:
		return assignmentEnded(present.ID)
	case present.AssignedCycle < present.Cycle:
		return notAssigned(present.ID)
	case req.GetEtag() != "" && req.GetEtag() != assignmentEtag(present):
		return outdated(assignmentEtag(present))
	case req.GetAssignee() != "" && req.GetDepartment() != "" && req.GetDepartment() != home:
		return notEligible(req.GetAssignee(), elsewhere)
	}
	if open := c.offered(s.now()); open != nil {
		return handOffOpen(open.Name())
	}
	next := present
	next.Department = departmentOr(req.GetDepartment(), home, present.Department)
	if next.Department != present.Department { // No rule chose that one, nor what it takes there.
		next.RuleSet, next.Rule, next.Needs = 0, "", nil
	}
	candidates, err := c.Candidates(next.Department)
	if err != nil {
		return err
	}
	if c.Directory.department(next.Department) == nil { // It was removed meanwhile.
		return unknownReference("department", departmentName(next.Department))
	}
	if err := s.unbiased(ctx, c.Directory, present); err != nil {
		return err
	}
	if next.Department != present.Department || req.GetAssignee() != "" {
		next.TakenFrom = ""
	} else if present.Assignee != "" {
		next.TakenFrom = present.Assignee
	}
	judge := s.choice(c.Directory, next, s.now())
	if who := req.GetAssignee(); who != "" {
		next.Assignee = agentID(who)
		if next.Department == present.Department && next.Assignee == present.Assignee {
			return nil
		}
		forced, err := judge.allow(candidates, next.Assignee, req.GetForce())
		if err != nil {
			return err
		}
		next.Reason = "it was given to this person" + forced
	} else {
		next.Assignee, next.Reason = judge.choose(candidates)
		if next.Department == present.Department && next.Assignee == present.Assignee {
			return nil // It waits as before.
		}
	}
	why := strings.ToLower(strings.ReplaceAll(req.GetReason().String(), "_", " "))
	next.Reason = fmt.Sprintf("Department %s by hand (%s); %s.", next.Department, why, next.Reason)
	s.hand(ctx, c, next)
	return nil
}

// unbiased refuses a caller who is recused: who is complained about, or stands next to that person, does not choose who judges it (ROUTE-2).
// Whoever is told at the top of the ladder may, being only next to that person, since nobody is above.
func (s *Service) unbiased(ctx context.Context, d *Directory, c Complaint) error {
	person, judge := d.agent(actor(ctx)), s.choice(d, c, s.now())
	if person != nil && judge.recusedBut(s.last(judge))(person) {
		return recusedFrom(person.GetName())
	}
	return nil
}

// hand has a complaint given to somebody else, or to nobody.
func (s *Service) hand(ctx context.Context, c *Case, next Complaint) {
	next.AssignTime = c.Complaint.reassignTime(s.now())
	if !next.Ended { // What has ended is nobody's load: what follows it are single tasks.
		c.load(c.Complaint.Assignee, -1)
		c.load(next.Assignee, 1)
	}
	c.Changes.Taken = next.Assignee
	c.put(next)
	c.Changes.Drafts = append(c.Changes.Drafts, reassigned(ctx, c.Directory, next))
	s.notify(c, takenOver(next))
}

// allow refuses a person who cannot be given the complaint. With force neither capacity nor shift stand in the way, but everything else
// does: then forced says what was set aside.
func (c choice) allow(candidates []Candidate, agent string, force bool) (forced string, err error) {
	name := agentName(agent)
	at := slices.IndexFunc(candidates, func(k Candidate) bool { return k.Agent == agent })
	if at < 0 { // Moved or left meanwhile.
		return "", notEligible(name, elsewhere)
	}
	found := c.obstacle(candidates[at])
	if force && (found == full || found == offShift) {
		forced = ", although " + string(found)
		found = c.lasting(candidates[at])
	}
	if found != none {
		return "", notEligible(name, found)
	}
	return forced, nil
}

// lasting is what stands in the way of somebody who has room and is on shift.
func (c choice) lasting(candidate Candidate) obstacle {
	always := proto.CloneOf(c.directory.agent(agentName(candidate.Agent)))
	always.Shifts, candidate.OpenCount = nil, 0
	directory, err := c.directory.After(c.directory.Version, []Resource{always}, nil)
	if err != nil {
		return offShift // The others' shifts were let in, so this does not happen.
	}
	c.directory = directory
	return c.obstacle(candidate)
}

// departmentOr is the id of the first of these departments that is given.
func departmentOr(names ...string) string {
	for _, name := range names {
		if name != "" {
			return departmentID(name)
		}
	}
	return ""
}

// assignmentEtag changes with whoever is in charge of a complaint.
func assignmentEtag(c Complaint) string {
	text := strings.Join([]string{c.Department, c.Assignee, strconv.Itoa(int(c.AssignedCycle)), strconv.FormatInt(c.AssignTime.UnixMicro(), 36)}, "/")
	sum := sha256.Sum256([]byte(text))
	return strconv.Quote(base64.RawURLEncoding.EncodeToString(sum[:9]))
}

func notEligible(agent string, found obstacle) error {
	return errs.Precondition(routingv1.ErrorReason_ASSIGNEE_NOT_ELIGIBLE.String(), "%s cannot be given the complaint: %s.", agent, found).
		With("agent", agent).With("obstacle", string(found))
}

func assignmentEnded(complaint string) error {
	return errs.Precondition(routingv1.ErrorReason_ASSIGNMENT_ENDED.String(), "%s has ended; nobody is in charge of it any more.",
		complaintName(complaint)).With("name", complaintName(complaint))
}

func tooMany(limit int32) error {
	return errs.Invalid(routingv1.ErrorReason_REASSIGNMENTS_TOO_MANY.String(), "requests", "At most %d complaints are reassigned at once.", limit).
		With("limit", strconv.Itoa(int(limit)))
}

func notYours(of string) error {
	return errs.Denied(routingv1.ErrorReason_QUEUE_NOT_YOURS.String(), "The queues of %s are for its own people.", of).With("department", of)
}

func notInDirectory(caller string) error {
	return errs.Precondition(routingv1.ErrorReason_CALLER_NOT_IN_DIRECTORY.String(), "%s is nobody of the directory, and has no queue.", caller).
		With("caller", caller)
}
