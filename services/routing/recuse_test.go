package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// absorbs has a complaint that is about these people go on in another one.
func (w *world) absorbs(complaint string, people ...string) {
	w.t.Helper()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
		Complaint: "complaints/other", TargetAgents: people,
	}}})
}

// colleague is somebody new in logistics who takes complaints.
func (w *world) colleague(id string) {
	w.t.Helper()
	_, err := w.people.CreateAgent(w.t.Context(), &routingv1.CreateAgentRequest{AgentId: id, Agent: &routingv1.Agent{
		DisplayName: id, Department: "departments/logistics", Supervisor: "agents/ma", TakesComplaints: true, Languages: []string{"zh-Hans", "en"},
	}})
	require.NoError(w.t, err)
}

// inCharge is who is in charge of a complaint now, and why.
func (w *world) inCharge(complaint string) (assignee, reason string) {
	w.t.Helper()
	now := w.assign(complaint, 1)
	return now.GetAssignee(), now.GetReason()
}

// TestWhoeverIsComplainedAboutHandsOver: who is in charge of a complaint in which one about them goes on, or about who stands directly above
// or below, does not keep it (ROUTE-2).
func TestWhoeverIsComplainedAboutHandsOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "REC-6")
	for name, test := range map[string]struct {
		about  func(assignee string) string
		change func(w *world, complaint string)
		stays  bool
		nobody bool
		named  bool
		ended  bool
	}{
		"about the person":    {about: func(who string) string { return who }},
		"about the one above": {about: func(string) string { return "agents/ma" }, nobody: true},
		"named by somebody":   {named: true, about: func(who string) string { return who }},
		"about somebody else": {about: func(string) string { return "agents/xu" }, stays: true},
		"about nobody":        {about: func(string) string { return "" }, stays: true},
		"with nobody else there": {about: func(who string) string { return who }, nobody: true, change: func(w *world, _ string) {
			w.offShift("bo")
		}},
		"after the end": {about: func(who string) string { return who }, ended: true, named: true, change: func(w *world, complaint string) {
			w.close(complaint, 1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.delivery()
			before, _ := w.inCharge(complaint)
			w.colleague("bo")
			if test.change != nil {
				test.change(w, complaint)
			}
			loads := w.load(before)
			given, told := w.told.given.Load(), len(w.types(complaint))
			since := "another complaint went on in this one"
			if test.named {
				since = "it turned out whom the complaint is about"
				w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
					TargetAgents: []string{test.about(before)},
				}}})
			} else {
				w.absorbs(complaint, test.about(before))
			}
			now, reason := w.inCharge(complaint)
			if test.stays {
				require.Equal(t, before, now)
				require.Len(t, w.types(complaint), told, "nothing is told")
				require.Equal(t, loads, w.load(before))
				return
			}
			require.Contains(t, reason, before+" is recused since "+since)
			if test.ended { // It is nobody's load any more.
				require.Equal(t, loads, w.load(before))
				require.Equal(t, "agents/bo", now)
				require.Zero(t, w.load("agents/bo"))
				return
			}
			require.Equal(t, loads-1, w.load(before))
			types := w.types(complaint)
			require.Equal(t, "complaint_assigned", types[told], "of which its workflow hears")
			if test.nobody {
				require.Empty(t, now)
				return
			}
			require.Equal(t, "agents/bo", now)
			require.EqualValues(t, 1, w.load("agents/bo"))
			w.service.Deliver(t.Context())
			require.Equal(t, given+1, w.told.given.Load(), "who has it is told")
		})
	}
}

// TestAHandOffOutlivesItsGiversRecusal: whoever is in charge by then owes until it is answered (ROUTE-3).
func TestAHandOffOutlivesItsGiversRecusal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	h := w.toQuality(complaint)
	w.colleague("bo")
	w.now = w.now.Add(time.Minute)
	w.absorbs(complaint, "agents/he")
	now, _ := w.inCharge(complaint)
	require.Equal(t, "agents/bo", now)
	_, err := w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	now, _ = w.inCharge(complaint)
	require.Equal(t, "agents/xu", now)
	require.Zero(t, w.load("agents/bo"))
	require.Zero(t, w.load("agents/he"))
}
