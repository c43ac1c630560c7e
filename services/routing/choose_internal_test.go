package routing

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// monday is nine o'clock in Shanghai on a Monday.
func monday() time.Time { return time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) }

// team is a department of people who all can take a complaint, after edit.
func team(t *testing.T, edit func(map[string]*routingv1.Agent)) *Directory {
	t.Helper()
	agents := map[string]*routingv1.Agent{}
	resources := []Resource{&routingv1.Department{Name: "departments/care"}}
	for _, id := range []string{"a", "b", "boss"} {
		agents[id] = &routingv1.Agent{
			Name: "agents/" + id, Department: "departments/care", TakesComplaints: id != "boss", Languages: []string{"en"}, Supervisor: "agents/boss",
		}
	}
	agents["boss"].Supervisor = ""
	if edit != nil {
		edit(agents)
	}
	for _, agent := range agents {
		resources = append(resources, agent)
	}
	d, err := NewDirectory(2, resources)
	require.NoError(t, err)
	return d
}

func TestWhoCanTakeAComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	at := func(hours int) *timestamppb.Timestamp {
		return timestamppb.New(monday().Add(time.Duration(hours) * time.Hour))
	}
	shift := func(from, to string) *policyv1.StaffedHours {
		return &policyv1.StaffedHours{TimeZone: "Asia/Shanghai", Openings: []*policyv1.Opening{{Days: []policyv1.Opening_Day{policyv1.Opening_MONDAY}, From: from, To: to}}}
	}
	for name, tc := range map[string]struct {
		edit      func(map[string]*routingv1.Agent)
		complaint Complaint
		loads     [2]int32
		want, why string
	}{
		"the least load":              {nil, Complaint{}, [2]int32{2, 1}, "b", "fewest open complaints"},
		"the least load for the room": {func(a map[string]*routingv1.Agent) { a["a"].Capacity = proto.Int32(100) }, Complaint{}, [2]int32{3, 1}, "a", "for their capacity"},
		"on shift from then on":       {func(a map[string]*routingv1.Agent) { a["a"].Shifts = shift("09:00", "12:00") }, Complaint{}, [2]int32{0, 1}, "a", ""},
		"off shift at the end":        {func(a map[string]*routingv1.Agent) { a["a"].Shifts = shift("06:00", "09:00") }, Complaint{}, [2]int32{0, 1}, "b", ""},
		"away": {func(a map[string]*routingv1.Agent) {
			a["a"].Absences = []*routingv1.Absence{{StartTime: at(0), EndTime: at(1)}}
		}, Complaint{}, [2]int32{0, 1}, "b", ""},
		"back": {func(a map[string]*routingv1.Agent) {
			a["a"].Absences = []*routingv1.Absence{{StartTime: at(-1), EndTime: at(0)}}
		}, Complaint{}, [2]int32{0, 1}, "a", ""},
		"at capacity":            {func(a map[string]*routingv1.Agent) { a["a"].Capacity = proto.Int32(1) }, Complaint{}, [2]int32{1, 9}, "b", ""},
		"another language":       {func(a map[string]*routingv1.Agent) { a["a"].Languages = []string{"zh-Hant"} }, Complaint{Language: "zh-Hant"}, [2]int32{8, 0}, "a", ""},
		"complained about":       {nil, Complaint{TargetAgent: "a"}, [2]int32{0, 1}, "b", ""},
		"the supervisor of whom": {func(a map[string]*routingv1.Agent) { a["b"].Supervisor = "agents/a" }, Complaint{TargetAgent: "b"}, [2]int32{}, "", "2 recused"},
		"the report of whom":     {func(a map[string]*routingv1.Agent) { a["a"].Supervisor = "agents/b" }, Complaint{TargetAgent: "b"}, [2]int32{}, "", "2 recused"},
		"nobody": {func(a map[string]*routingv1.Agent) {
			a["a"].Shifts, a["b"].Absences = shift("06:00", "09:00"), []*routingv1.Absence{{StartTime: at(-1), EndTime: at(1)}}
		}, Complaint{}, [2]int32{}, "", "nobody of the department is available (1 taking no complaints, 1 off shift, 1 absent), so it waits in the queue"},
		"all full":  {nil, Complaint{}, [2]int32{9, 9}, "", "(1 taking no complaints, 2 at capacity)"},
		"no tongue": {nil, Complaint{Language: "zh-Hans"}, [2]int32{}, "", "2 not speaking the language"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := choice{directory: team(t, tc.edit), complaint: tc.complaint, now: monday(), capacity: 9}
			loads := tc.loads
			if name == "at capacity" {
				c.capacity = 10
			}
			agent, why := c.choose([]Candidate{{Agent: "a", OpenCount: loads[0]}, {Agent: "b", OpenCount: loads[1]}, {Agent: "boss"}})
			require.Equal(t, tc.want, agent, why)
			require.Contains(t, why, tc.why)
		})
	}
}

// TestNobodyIsEverGivenWhatTheyCannotTake draws directories, shifts, absences, loads, moments and complaints at random, and holds the
// choice against the rules as a person would read them, written a second time.
func TestNobodyIsEverGivenWhatTheyCannotTake(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	random := rand.New(rand.NewPCG(20260302, 5))
	given, queued := 0, 0
	for range 3000 {
		c, candidates := draw(t, random)
		agent, why := c.choose(candidates)
		able := map[string]bool{}
		for _, candidate := range candidates {
			able[candidate.Agent] = mayTake(c, candidate)
		}
		if agent == "" {
			queued++
			for id, yes := range able {
				require.False(t, yes, "%s could have taken it: %s", id, why)
			}
			continue
		}
		given++
		require.True(t, able[agent], "%s: %s", agent, why)
		taker := candidates[slices.IndexFunc(candidates, func(k Candidate) bool { return k.Agent == agent })]
		for _, other := range candidates {
			require.False(t, able[other.Agent] && preferred(c, other, taker), "%v instead of %v", taker, other)
		}
	}
	require.Greater(t, given, 500)
	require.Greater(t, queued, 500)
}

// preferred tells whether one of two who can take it comes before the other one.
func preferred(c choice, a, b Candidate) bool {
	share := func(k Candidate) *big.Rat {
		room := c.capacity
		if own := c.directory.agent("agents/" + k.Agent).Capacity; own != nil {
			room = *own
		}
		return big.NewRat(int64(k.OpenCount), int64(room))
	}
	switch least := share(a).Cmp(share(b)); {
	case a.KnowsCustomer != b.KnowsCustomer:
		return a.KnowsCustomer
	case least != 0:
		return least < 0
	case !a.LastAssigned.Equal(b.LastAssigned):
		return a.LastAssigned.Before(b.LastAssigned)
	}
	return a.Agent < b.Agent
}

// mayTake reads the rules off the agent, minute by minute of the local clock.
func mayTake(c choice, candidate Candidate) bool {
	agent := c.directory.agent("agents/" + candidate.Agent)
	ok := agent.GetTakesComplaints() && (agent.Active == nil || *agent.Active)
	room := c.capacity
	if agent.Capacity != nil {
		room = *agent.Capacity
	}
	ok = ok && candidate.OpenCount < room
	speaks := c.complaint.Language == ""
	for _, language := range agent.GetLanguages() {
		speaks = speaks || language == c.complaint.Language
	}
	for _, a := range agent.GetAbsences() {
		if !c.now.Before(a.GetStartTime().AsTime()) && c.now.Before(a.GetEndTime().AsTime()) {
			ok = false
		}
	}
	if agent.GetShifts() != nil {
		local := c.now.In(time.FixedZone("Shanghai", 8*3600))
		clock, on := local.Format("15:04"), false
		for _, opening := range agent.GetShifts().GetOpenings() {
			for _, day := range opening.GetDays() {
				on = on || int(day)%7 == int(local.Weekday()) && opening.GetFrom() <= clock && clock < opening.GetTo()
			}
		}
		ok = ok && on
	}
	for _, wanted := range c.complaint.Needs.GetLanguages() {
		ok = ok && strings.Contains(" "+strings.Join(agent.GetLanguages(), " ")+" ", " "+wanted+" ")
	}
	for _, wanted := range c.complaint.Needs.GetSkills() {
		level := int32(0)
		for _, skill := range agent.GetSkills() {
			if skill.GetName() == wanted.GetName() {
				level = skill.GetLevel()
			}
		}
		ok = ok && level >= wanted.GetLevel()
	}
	if target := c.complaint.TargetAgent; target != "" {
		boss := c.directory.agent("agents/" + target).GetSupervisor()
		ok = ok && candidate.Agent != target && agent.GetSupervisor() != "agents/"+target && agent.GetName() != boss
	}
	return ok && speaks
}

// draw makes a department with everything that may be said of its people.
func draw(t *testing.T, random *rand.Rand) (choice, []Candidate) {
	t.Helper()
	languages := []string{"zh-Hans", "zh-Hant", "en"}
	chance := func(percent int) bool { return random.IntN(100) < percent }
	var resources []Resource
	var candidates []Candidate
	now := monday().Add(time.Duration(random.IntN(7*24*60)) * time.Minute)
	count := 1 + random.IntN(5)
	for i := range count {
		id := fmt.Sprintf("p%d", i)
		agent := &routingv1.Agent{Name: "agents/" + id, Department: "departments/care", TakesComplaints: chance(85), Languages: languages[random.IntN(2):]}
		if chance(30) {
			agent.Languages = agent.GetLanguages()[:len(agent.GetLanguages())-1]
		}
		if i > 0 && chance(60) {
			agent.Supervisor = fmt.Sprintf("agents/p%d", random.IntN(i))
		}
		for _, skill := range []string{"refunds", "photos"} {
			if chance(70) {
				agent.Skills = append(agent.Skills, &routingv1.Skill{Name: skill, Level: 1 + random.Int32N(5)})
			}
		}
		if chance(40) {
			agent.Capacity = proto.Int32(1 + random.Int32N(6))
		}
		if chance(10) {
			agent.Active = proto.Bool(false)
		}
		for at := now.Add(-time.Duration(random.IntN(48)) * time.Hour); chance(30); at = at.Add(72 * time.Hour) {
			agent.Absences = append(agent.Absences, &routingv1.Absence{
				StartTime: timestamppb.New(at), EndTime: timestamppb.New(at.Add(time.Duration(1+random.IntN(60)) * time.Hour)),
			})
		}
		if chance(50) {
			agent.Shifts = &policyv1.StaffedHours{TimeZone: "Asia/Shanghai"}
			for day := policyv1.Opening_MONDAY; day <= policyv1.Opening_SUNDAY; day++ {
				from := random.IntN(12)
				agent.Shifts.Openings = append(agent.Shifts.Openings, &policyv1.Opening{
					Days: []policyv1.Opening_Day{day}, From: fmt.Sprintf("%02d:%02d", from, random.IntN(60)), To: fmt.Sprintf("%02d:00", from+6+random.IntN(7)),
				})
			}
		}
		resources = append(resources, agent)
		candidates = append(candidates, Candidate{
			Agent: id, OpenCount: random.Int32N(7), KnowsCustomer: chance(20), LastAssigned: now.Add(-time.Duration(random.IntN(3)) * time.Hour),
		})
	}
	complaint := Complaint{}
	if chance(80) {
		complaint.Language = languages[random.IntN(3)]
	}
	if chance(30) {
		complaint.TargetAgent = fmt.Sprintf("p%d", random.IntN(count+1))
	}
	if chance(40) {
		complaint.Needs = &routingv1.Needs{Skills: []*routingv1.Skill{{Name: []string{"refunds", "photos"}[random.IntN(2)], Level: 1 + random.Int32N(4)}}}
	}
	if chance(15) {
		complaint.Needs = &routingv1.Needs{Skills: complaint.Needs.GetSkills(), Languages: languages[2:]}
	}
	d, err := NewDirectory(2, resources)
	require.NoError(t, err)
	return choice{directory: d, complaint: complaint, now: now, capacity: 5}, candidates
}

// TestWhoHearsInsteadOfSomebodyAway: the delegate, and that one's; nobody off shift, and no circle for ever.
func TestWhoHearsInsteadOfSomebodyAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	gone := func(delegate string) []*routingv1.Absence {
		return []*routingv1.Absence{{StartTime: timestamppb.New(monday()), EndTime: timestamppb.New(monday().Add(time.Hour)), Delegate: delegate}}
	}
	for name, tc := range map[string]struct {
		edit func(map[string]*routingv1.Agent)
		want string
	}{
		"there":                 {nil, "agents/a"},
		"away, with a delegate": {func(a map[string]*routingv1.Agent) { a["a"].Absences = gone("agents/b") }, "agents/b"},
		"who is away, too": {func(a map[string]*routingv1.Agent) {
			a["a"].Absences, a["b"].Absences = gone("agents/b"), gone("agents/boss")
		}, "agents/boss"},
		"in a circle": {func(a map[string]*routingv1.Agent) {
			a["a"].Absences, a["b"].Absences = gone("agents/b"), gone("agents/a")
		}, ""},
		"away, without": {func(a map[string]*routingv1.Agent) { a["a"].Absences = gone("") }, ""},
		"off shift": {func(a map[string]*routingv1.Agent) {
			a["a"].Shifts = &policyv1.StaffedHours{TimeZone: "Asia/Shanghai", Openings: []*policyv1.Opening{{Days: []policyv1.Opening_Day{policyv1.Opening_SUNDAY}, From: "09:00", To: "12:00"}}}
		}, ""},
		"left": {func(a map[string]*routingv1.Agent) { a["a"].Active = proto.Bool(false) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judge := choice{directory: team(t, tc.edit), now: monday()}
			got, passed := judge.reach("agents/a", judge.recused)
			require.Equal(t, tc.want, got)
			require.Equal(t, name == "there", len(passed) == 0, "who was passed over is told: %v", passed)
			require.LessOrEqual(t, len(passed), 2)
		})
	}
}

// TestWhoIsRecusedDoesNotHear: neither the person complained about nor whoever stands directly above or below, nor whom such a person sends.
func TestWhoIsRecusedDoesNotHear(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "ROUTE-2")
	sends := func(who, delegate string) func(map[string]*routingv1.Agent) {
		return func(a map[string]*routingv1.Agent) {
			a[who].Absences = []*routingv1.Absence{{StartTime: timestamppb.New(monday()), EndTime: timestamppb.New(monday().Add(time.Hour)), Delegate: "agents/" + delegate}}
		}
	}
	for name, tc := range map[string]struct {
		edit            func(map[string]*routingv1.Agent)
		about, of, want string
	}{
		"somebody else":                 {nil, "b", "a", "agents/a"},
		"the one complained about":      {nil, "a", "a", ""},
		"who stands above":              {nil, "a", "boss", ""},
		"who stands below":              {nil, "boss", "a", ""},
		"nobody":                        {nil, "a", "", ""},
		"a delegate complained about":   {sends("a", "b"), "b", "a", ""},
		"a delegate who stands above":   {sends("a", "boss"), "b", "a", ""},
		"whom the one complained sends": {sends("a", "b"), "a", "a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judge := choice{directory: team(t, tc.edit), now: monday(), complaint: Complaint{TargetAgent: tc.about}}
			got, passed := judge.reach(agentName(tc.of), judge.recused)
			require.Equal(t, tc.want, got)
			require.Equal(t, got == "", len(passed) > 0)
			exempt, _ := judge.reach(agentName(tc.of), judge.recusedBut(agentName(tc.of)))
			require.NotEqual(t, agentName(tc.about), exempt, "never the one complained about")
		})
	}
}
