package routing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing"
)

// firm is a world in which anything may happen, with what was filed in it.
type firm struct {
	*world

	random *rand.Rand
	filed  []string
	cycles map[string]int32
	last   map[string]routing.Complaint
	given  int
}

// TestNobodyIneligibleIsEverInCharge has directories, shifts, absences, complaints and time change at random, and reads after each step who
// was put in charge by it: by rule, by a pass, by hand, by reopening. The rules are written a second time here.
func TestNobodyIneligibleIsEverInCharge(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	f := &firm{
		world: newWorld(t), random: rand.New(rand.NewPCG(5, 17)), cycles: map[string]int32{}, last: map[string]routing.Complaint{},
	}
	f.now = time.Date(2026, time.March, 2, 1, 0, 0, 0, time.UTC)
	for range 300 {
		f.step()
		f.judge()
		f.now = f.now.Add(time.Duration(f.random.IntN(5*60)) * time.Minute)
	}
	require.Greater(t, f.given, 80)
}

// person is somebody who may take complaints.
func (f *firm) person() string {
	return []string{"lin", "chen", "wu", "he", "xu", "tang"}[f.random.IntN(6)]
}

// complaint is one that was filed.
func (f *firm) complaint() string { return f.filed[f.random.IntN(len(f.filed))] }

// step has something happen. What is refused does not.
func (f *firm) step() {
	lead := f.queues("agents/zhao", authv1.Role_SUPERVISOR)
	switch what := f.random.IntN(10); {
	case what < 3 || len(f.filed) == 0:
		f.file()
	case what < 6:
		f.change()
	case what < 8:
		require.NoError(f.t, f.service.Hand(f.t.Context()))
	case what < 9:
		req := give(f.complaint(), []string{"", "departments/quality", "departments/customer-service"}[f.random.IntN(3)], "")
		if f.random.IntN(2) == 0 {
			req.Department, req.Assignee = "", "agents/"+f.person()
		}
		_, _ = lead.ReassignComplaint(f.t.Context(), req)
	default:
		complaint := f.complaint()
		f.close(complaint, f.cycles[complaint])
		if f.random.IntN(2) == 0 {
			f.cycles[complaint]++
			f.apply(complaint, f.cycles[complaint], &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
				Customer: "customers/a", TargetKind: policyv1.TargetKind_SERVICE, TargetAgent: "agents/" + f.person(),
			}}})
			f.assign(complaint, f.cycles[complaint])
		}
	}
}

// file files a complaint, about anything or anybody, in some language.
func (f *firm) file() {
	complaint, about := "complaints/"+f.ids.ID(), ""
	if f.random.IntN(3) == 0 {
		about = "agents/" + f.person()
	}
	f.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: fmt.Sprintf("customers/%d", f.random.IntN(9)), TargetKind: policyv1.TargetKind(1 + f.random.IntN(5)),
		LanguageCode: []string{"zh-Hans", "en", ""}[f.random.IntN(3)], TargetAgent: about,
	}}})
	f.filed, f.cycles[complaint] = append(f.filed, complaint), 1
	f.assign(complaint, 1)
}

// change changes something about somebody.
func (f *firm) change() {
	var edit func(*routingv1.Agent)
	var field string
	switch f.random.IntN(7) {
	case 0:
		field, edit = "takes_complaints", func(a *routingv1.Agent) { a.TakesComplaints = f.random.IntN(4) > 0 }
	case 1:
		field, edit = "capacity", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1 + f.random.Int32N(6)) }
	case 2:
		field, edit = "languages", func(a *routingv1.Agent) {
			a.Languages = [][]string{{"zh-Hans"}, {"en"}, {"zh-Hans", "en"}}[f.random.IntN(3)]
		}
	case 3:
		field, edit = "active", func(a *routingv1.Agent) { a.Active = proto.Bool(f.random.IntN(4) > 0) }
	case 4:
		field, edit = "supervisor", func(a *routingv1.Agent) { a.Supervisor = "agents/" + f.person() }
	case 5:
		field, edit = "absences", func(a *routingv1.Agent) {
			from := f.now.Add(time.Duration(f.random.IntN(20)-10) * time.Hour)
			a.Absences = []*routingv1.Absence{{
				StartTime: timestamppb.New(from), EndTime: timestamppb.New(from.Add(time.Duration(1+f.random.IntN(60)) * time.Hour)),
			}}
		}
	default:
		field, edit = "shifts", func(a *routingv1.Agent) {
			if f.random.IntN(3) > 0 {
				a.Shifts = hours(fmt.Sprintf("%02d:00", f.random.IntN(9)), fmt.Sprintf("%02d:30", 12+f.random.IntN(11)))
				a.Shifts.Openings[0].Days = []policyv1.Opening_Day{1, 2, 3, 4, 5, 6, 7}
			}
		}
	}
	_, _ = f.agent(f.person(), edit, field) // Nobody is above themselves: such a change is refused.
}

// judge reads who was put in charge since it was asked last, and whether that is somebody who can be.
func (f *firm) judge() {
	f.t.Helper()
	people := map[string]*routingv1.Agent{}
	all, err := f.people.ListAgents(f.t.Context(), &routingv1.ListAgentsRequest{ShowInactive: true, PageSize: 100})
	require.NoError(f.t, err)
	for _, a := range all.GetAgents() {
		people[a.GetName()] = a
	}
	for _, name := range f.filed {
		c, err := f.store.Case(f.t.Context(), name[len("complaints/"):])
		require.NoError(f.t, err)
		before, now := f.last[name], c.Complaint
		f.last[name] = now
		if now.Assignee == "" || now.Ended || now.AssignTime.Equal(before.AssignTime) {
			continue
		}
		f.given++
		taker := people["agents/"+now.Assignee]
		require.Empty(f.t, f.obstacles(people, taker, now, now.Reason == "the same people as in the cycle before"), "%s: %s", taker, now.Reason)
	}
}

// obstacles are why somebody must not have been given a complaint now. Who had it in the cycle before keeps it but for two of them.
func (f *firm) obstacles(people map[string]*routingv1.Agent, who *routingv1.Agent, c routing.Complaint, kept bool) (list []string) {
	add := func(is bool, what string) {
		if is {
			list = append(list, what)
		}
	}
	add(!who.GetActive() && who.Active != nil, "has left")
	if target := "agents/" + c.TargetAgent; c.TargetAgent != "" {
		add(who.GetName() == target || who.GetSupervisor() == target || people[target].GetSupervisor() == who.GetName(), "recused")
	}
	if kept {
		return list
	}
	add(!who.GetTakesComplaints(), "takes none")
	add(who.GetDepartment() != "departments/"+c.Department, "elsewhere")
	add(c.Language != "" && !slices.Contains(who.GetLanguages(), c.Language), "language")
	add(who.Capacity != nil && who.GetOpenCount() > who.GetCapacity(), "full")
	for _, a := range who.GetAbsences() {
		add(!f.now.Before(a.GetStartTime().AsTime()) && f.now.Before(a.GetEndTime().AsTime()), "absent")
	}
	if who.GetShifts() != nil {
		clock, shift := f.now.In(time.FixedZone("", 8*3600)).Format("15:04"), who.GetShifts().GetOpenings()[0]
		add(clock < shift.GetFrom() || clock >= shift.GetTo(), "off shift")
	}
	return list
}
