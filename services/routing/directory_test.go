package routing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/routing"
)

// agent changes some fields of somebody.
func (w *world) agent(id string, edit func(*routingv1.Agent), fields ...string) (*routingv1.Agent, error) {
	w.t.Helper()
	a := &routingv1.Agent{Name: "agents/" + id}
	edit(a)
	return w.people.UpdateAgent(w.t.Context(), &routingv1.UpdateAgentRequest{Agent: a, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
}

// hours are some on Mondays.
func hours(from, to string, more ...*policyv1.Opening) *policyv1.StaffedHours {
	monday := &policyv1.Opening{Days: []policyv1.Opening_Day{policyv1.Opening_MONDAY}, From: from, To: to}
	return &policyv1.StaffedHours{TimeZone: "Asia/Shanghai", Openings: append([]*policyv1.Opening{monday}, more...)}
}

func TestDirectoryIsWrittenReadAndTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2", "API-2")
	w := newWorld(t)
	ctx := t.Context()
	key := metadata.AppendToOutgoingContext(ctx, "idempotency-key", uuid.NewString())
	var created *routingv1.Department
	for range 2 {
		d, err := w.people.CreateDepartment(key, &routingv1.CreateDepartmentRequest{DepartmentId: "claims", Department: &routingv1.Department{
			DisplayName: "Claims", Parent: "departments/logistics", Hours: hours("09:00", "18:00"), Alias: map[string]string{"en": "Claims team"},
		}})
		require.NoError(t, err)
		require.Equal(t, "departments/claims", d.GetName())
		require.Equal(t, w.now, d.GetCreateTime().AsTime())
		created = d
	}
	team, err := w.people.CreateTeam(ctx, &routingv1.CreateTeamRequest{Parent: created.GetName(), TeamId: "night", Team: &routingv1.Team{DisplayName: "Night"}})
	require.NoError(t, err)
	mei, err := w.people.CreateAgent(ctx, &routingv1.CreateAgentRequest{AgentId: "mei", Agent: &routingv1.Agent{
		DisplayName: "Mei", Department: created.GetName(), Teams: []string{team.GetName()}, Supervisor: "agents/ma", TakesComplaints: true,
		Skills: []*routingv1.Skill{{Name: "claims", Level: 4}}, Languages: []string{"en"}, Capacity: proto.Int32(3), Shifts: hours("09:00", "18:00"),
		OpenCount: 7,
	}})
	require.NoError(t, err)
	require.Zero(t, mei.GetOpenCount(), "what is output only is ignored")
	got, err := w.people.GetAgent(ctx, &routingv1.GetAgentRequest{Name: mei.GetName()})
	require.NoError(t, err)
	require.True(t, proto.Equal(mei, got))

	w.now = w.now.Add(time.Hour)
	lead, err := w.people.UpdateTeam(ctx, &routingv1.UpdateTeamRequest{Team: &routingv1.Team{Name: team.GetName(), Lead: mei.GetName(), Etag: team.GetEtag()}})
	require.NoError(t, err)
	require.Equal(t, []string{"Night", mei.GetName()}, []string{lead.GetDisplayName(), lead.GetLead()})
	require.NotEqual(t, team.GetEtag(), lead.GetEtag())
	require.Equal(t, w.now, lead.GetUpdateTime().AsTime())
	require.Equal(t, team.GetCreateTime().AsTime(), lead.GetCreateTime().AsTime())
	same, err := w.people.UpdateTeam(ctx, &routingv1.UpdateTeamRequest{Team: &routingv1.Team{Name: team.GetName(), Lead: mei.GetName()}})
	require.NoError(t, err)
	require.Equal(t, lead.GetEtag(), same.GetEtag(), "what is the same was not changed")
	teams, err := w.people.ListTeams(ctx, &routingv1.ListTeamsRequest{Parent: "departments/-"})
	require.NoError(t, err)
	require.Len(t, teams.GetTeams(), 1)
	teams, err = w.people.ListTeams(ctx, &routingv1.ListTeamsRequest{Parent: "departments/billing"})
	require.NoError(t, err)
	require.Empty(t, teams.GetTeams())

	whole, err := w.people.UpdateDepartment(ctx, &routingv1.UpdateDepartmentRequest{
		Department: &routingv1.Department{Name: created.GetName(), DisplayName: "Claims", Manager: mei.GetName()},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"*"}},
	})
	require.NoError(t, err)
	require.Nil(t, whole.GetHours())
	require.Empty(t, whole.GetAlias())
	require.Equal(t, []string{"directory_changed", "directory_changed"}, w.types(created.GetName()))
	list, err := w.log.ListEvents(ctx, &eventv1.ListEventsRequest{Subject: created.GetName()})
	require.NoError(t, err)
	told := &eventv1.Payload{}
	require.NoError(t, proto.Unmarshal(list.GetEvents()[1].GetPayload(), told))
	require.True(t, proto.Equal(&eventv1.DirectoryChanged{
		Resource: created.GetName(), Change: eventv1.DirectoryChanged_CHANGED, Etag: whole.GetEtag(), Manager: mei.GetName(), Active: true,
	}, told.GetDirectoryChanged()))
	require.Equal(t, "agents/sun", list.GetEvents()[1].GetActor())
}

func TestDirectoryRefusals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_BILLING)
	w.assign(complaint, 1)
	update := func(id string, edit func(*routingv1.Agent), fields ...string) func(context.Context) error {
		return func(context.Context) error {
			_, err := w.agent(id, edit, fields...)
			return err
		}
	}
	department := func(d *routingv1.Department, fields ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := w.people.UpdateDepartment(ctx, &routingv1.UpdateDepartmentRequest{Department: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
			return err
		}
	}
	away := func(from, to time.Duration) *routingv1.Absence {
		return &routingv1.Absence{StartTime: timestamppb.New(w.now.Add(from)), EndTime: timestamppb.New(w.now.Add(to))}
	}
	_, err := w.people.CreateTeam(t.Context(), &routingv1.CreateTeamRequest{Parent: "departments/billing", TeamId: "vat", Team: &routingv1.Team{DisplayName: "VAT"}})
	require.NoError(t, err)
	_, err = w.agent("tang", func(a *routingv1.Agent) { a.Teams = []string{"departments/billing/teams/vat"} }, "teams")
	require.NoError(t, err)
	for name, refused := range map[string]struct {
		call   func(context.Context) error
		code   codes.Code
		reason string
	}{
		"a line that is a circle": {update("fang", func(a *routingv1.Agent) { a.Supervisor = "agents/lin" }, "supervisor"),
			codes.InvalidArgument, routingv1.ErrorReason_REPORTING_LINE_CYCLE.String()},
		"above oneself": {update("fang", func(a *routingv1.Agent) { a.Supervisor = "agents/fang" }, "supervisor"),
			codes.InvalidArgument, routingv1.ErrorReason_REPORTING_LINE_CYCLE.String()},
		"a tree that is a circle": {func(ctx context.Context) error {
			if err := department(&routingv1.Department{Name: "departments/billing", Parent: "departments/quality"}, "parent")(ctx); err != nil {
				return err
			}
			return department(&routingv1.Department{Name: "departments/quality", Parent: "departments/billing"}, "parent")(ctx)
		}, codes.InvalidArgument, routingv1.ErrorReason_DEPARTMENT_CYCLE.String()},
		"a department of the rules": {func(ctx context.Context) error {
			_, err := w.people.DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/logistics"})
			return err
		}, codes.FailedPrecondition, routingv1.ErrorReason_DEPARTMENT_IN_USE.String()},
		"a team with members": {func(ctx context.Context) error {
			_, err := w.people.DeleteTeam(ctx, &routingv1.DeleteTeamRequest{Name: "departments/billing/teams/vat"})
			return err
		}, codes.FailedPrecondition, routingv1.ErrorReason_TEAM_IN_USE.String()},
		"who has people": {func(ctx context.Context) error {
			_, err := w.people.DeleteAgent(ctx, &routingv1.DeleteAgentRequest{Name: "agents/zhao"})
			return err
		}, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_IN_USE.String()},
		"the executive, made inactive": {update("fang", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active"),
			codes.FailedPrecondition, routingv1.ErrorReason_AGENT_IN_USE.String()},
		"no such department": {update("lin", func(a *routingv1.Agent) { a.Department = "departments/none" }, "department"),
			codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"no such supervisor": {update("lin", func(a *routingv1.Agent) { a.Supervisor = "agents/none" }, "supervisor"),
			codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"no such delegate": {update("lin", func(a *routingv1.Agent) {
			a.Absences = []*routingv1.Absence{away(0, time.Hour)}
			a.Absences[0].Delegate = "agents/none"
		}, "absences"), codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"a team of others": {update("lin", func(a *routingv1.Agent) { a.Teams = []string{"departments/billing/teams/vat"} }, "teams"),
			codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"no room": {update("lin", func(a *routingv1.Agent) { a.Capacity = proto.Int32(0) }, "capacity"),
			codes.InvalidArgument, routingv1.ErrorReason_CAPACITY_INVALID.String()},
		"no language": {update("lin", func(*routingv1.Agent) {}, "languages"),
			codes.InvalidArgument, routingv1.ErrorReason_LANGUAGE_MISSING.String()},
		"a shift that ends before it begins": {update("lin", func(a *routingv1.Agent) { a.Shifts = hours("18:00", "09:00") }, "shifts"),
			codes.InvalidArgument, routingv1.ErrorReason_SCHEDULE_INVALID.String()},
		"shifts that overlap": {update("lin", func(a *routingv1.Agent) {
			a.Shifts = hours("09:00", "12:00", hours("11:00", "15:00").GetOpenings()[0])
		}, "shifts"), codes.InvalidArgument, routingv1.ErrorReason_SCHEDULE_INVALID.String()},
		"hours nowhere": {department(&routingv1.Department{Name: "departments/billing", Hours: &policyv1.StaffedHours{
			TimeZone: "Asia/Atlantis", Openings: hours("09:00", "12:00").GetOpenings(),
		}}, "hours"), codes.InvalidArgument, routingv1.ErrorReason_SCHEDULE_INVALID.String()},
		"an absence that ends before it begins": {update("lin", func(a *routingv1.Agent) { a.Absences = []*routingv1.Absence{away(time.Hour, 0)} }, "absences"),
			codes.InvalidArgument, routingv1.ErrorReason_SCHEDULE_INVALID.String()},
		"absences that overlap": {update("lin", func(a *routingv1.Agent) {
			a.Absences = []*routingv1.Absence{away(0, 2*time.Hour), away(time.Hour, 3*time.Hour)}
		}, "absences"), codes.InvalidArgument, routingv1.ErrorReason_SCHEDULE_INVALID.String()},
		"an old etag": {update("lin", func(a *routingv1.Agent) { a.Etag, a.DisplayName = `"old"`, "Lin" }, "display_name"),
			codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String()},
		"a field that is counted": {update("lin", func(*routingv1.Agent) {}, "open_count"),
			codes.InvalidArgument, errorv1.Reason_FIELD_NOT_UPDATABLE.String()},
		"no name for people": {update("lin", func(*routingv1.Agent) {}, "display_name"),
			codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"nobody": {update("none", func(*routingv1.Agent) {}, "display_name"), codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String()},
		"a name twice": {func(ctx context.Context) error {
			_, err := w.people.CreateAgent(ctx, &routingv1.CreateAgentRequest{AgentId: "lin", Agent: &routingv1.Agent{DisplayName: "Other Lin", Department: "departments/billing"}})
			return err
		}, codes.AlreadyExists, routingv1.ErrorReason_NAME_TAKEN.String()},
		"an agent who writes": {func(ctx context.Context) error {
			_, err := routingv1.NewDirectoryServiceClient(w.harness.Conn("agents/lin", authv1.Role_AGENT)).DeleteAgent(ctx, &routingv1.DeleteAgentRequest{Name: "agents/wu"})
			return err
		}, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String()},
	} {
		t.Run(name, func(t *testing.T) {
			rpctest.RequireReason(t, refused.call(t.Context()), refused.code, refused.reason)
		})
	}
	lin, err := w.people.GetAgent(t.Context(), &routingv1.GetAgentRequest{Name: "agents/lin"})
	require.NoError(t, err)
	require.Equal(t, lin.GetCreateTime().AsTime(), lin.GetUpdateTime().AsTime(), "nothing of all this was written")
}

func TestADepartmentThatHoldsAComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.people.CreateDepartment(ctx, &routingv1.CreateDepartmentRequest{DepartmentId: "claims", Department: &routingv1.Department{DisplayName: "Claims"}})
	require.NoError(t, err)
	w.put("c", "customers/x", "claims")
	del := &routingv1.DeleteDepartmentRequest{Name: "departments/claims"}
	_, err = w.people.DeleteDepartment(ctx, del)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_DEPARTMENT_IN_USE.String())
	w.close("complaints/c", 1)
	_, err = w.people.DeleteDepartment(ctx, del)
	require.NoError(t, err)
	_, err = w.people.DeleteDepartment(ctx, del)
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

// Nothing is lost when somebody leaves: what is open goes to the queue, each with an event, and escalates from there.
func TestSomebodyLeaves(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-4")
	w := newWorld(t)
	ctx := t.Context()
	var mine []string
	for range 3 {
		complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
		require.Equal(t, "agents/he", w.assign(complaint, 1).GetAssignee())
		mine = append(mine, complaint)
	}
	w.close(mine[2], 1)
	_, err := w.people.DeleteAgent(ctx, &routingv1.DeleteAgentRequest{Name: "agents/he"})
	require.NoError(t, err)
	for _, complaint := range mine[:2] {
		a, err := w.routing.GetAssignment(ctx, &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		require.NoError(t, err)
		require.Equal(t, []string{"departments/logistics", ""}, []string{a.GetDepartment(), a.GetAssignee()})
		require.Contains(t, a.GetReason(), "agents/he has left")
		require.Equal(t, []string{"complaint_assigned", "complaint_assigned"}, w.types(complaint))
		require.Equal(t, "agents/ma", w.raise(complaint, 1).GetRecipient(), "who watches the queue hears of it")
	}
	he, err := w.people.GetAgent(ctx, &routingv1.GetAgentRequest{Name: "agents/he"})
	require.NoError(t, err, "who had a complaint stays on record")
	require.False(t, he.GetActive())
	require.Zero(t, he.GetOpenCount())
	told := w.payloads(mine[0])[1].GetComplaintAssigned()
	require.True(t, told.GetChanged(), "the workflow hears of it")
	require.NotEmpty(t, told.GetTeamAlias()["en"])
	all, err := w.people.ListAgents(ctx, &routingv1.ListAgentsRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetAgents(), 12)
	all, err = w.people.ListAgents(ctx, &routingv1.ListAgentsRequest{ShowInactive: true})
	require.NoError(t, err)
	require.Len(t, all.GetAgents(), 13)

	w.apply(mine[2], 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY,
	}}})
	require.Empty(t, w.assign(mine[2], 2).GetAssignee(), "nobody who has left gets it back")
	_, err = w.agent("he", func(a *routingv1.Agent) { a.Active = proto.Bool(true) }, "active")
	require.NoError(t, err)
	require.Equal(t, "agents/he", w.assign(w.file("customers/b", policyv1.TargetKind_DELIVERY), 1).GetAssignee())
	require.EqualValues(t, 1, w.load("agents/he"))

	_, err = w.people.DeleteAgent(ctx, &routingv1.DeleteAgentRequest{Name: "agents/tang"})
	require.NoError(t, err)
	_, err = w.people.GetAgent(ctx, &routingv1.GetAgentRequest{Name: "agents/tang"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

func TestTheSeedIsWrittenOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := newWorld(t)
	_, err := w.people.DeleteAgent(t.Context(), &routingv1.DeleteAgentRequest{Name: "agents/wu"})
	require.NoError(t, err)
	before, err := w.people.ListAgents(t.Context(), &routingv1.ListAgentsRequest{PageSize: 100})
	require.NoError(t, err)
	require.NoError(t, w.service.SeedDirectory(t.Context()))
	after, err := w.people.ListAgents(t.Context(), &routingv1.ListAgentsRequest{PageSize: 100})
	require.NoError(t, err)
	require.True(t, proto.Equal(before, after))
	require.NotContains(t, w.logged.String(), "not in the directory")
	require.NoError(t, w.other(func(text string) string { return strings.ReplaceAll(text, "fang", "boss") }).SeedDirectory(t.Context()))
	require.Contains(t, w.logged.String(), "agents/boss")
}

// TestTheLadderPassesOverWhoIsAway: a delegate hears instead of somebody absent; without one, and for somebody off shift, the next level
// does. At the top it is told all the same.
func TestTheLadderPassesOverWhoIsAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	away := func(id, delegate string) {
		_, err := w.agent(id, func(a *routingv1.Agent) {
			a.Absences = []*routingv1.Absence{{StartTime: timestamppb.New(w.now), EndTime: timestamppb.New(w.now.Add(time.Hour)), Delegate: delegate}}
		}, "absences")
		require.NoError(t, err)
	}
	signal := func(kind policyv1.SignalKind) *routingv1.Escalation {
		req := threat(complaint, 1)
		req.Signal.Kind = kind
		e, err := w.routing.RaiseEscalation(t.Context(), req)
		require.NoError(t, err)
		return e
	}
	away("zhao", "agents/gao")
	e := signal(policyv1.SignalKind_THREAT)
	require.Equal(t, "agents/gao", e.GetRecipient())
	require.EqualValues(t, 1, e.GetLevel())
	away("gao", "")
	e = signal(policyv1.SignalKind_CHASED_TOO_OFTEN)
	require.Equal(t, "agents/sun", e.GetRecipient())
	require.EqualValues(t, 2, e.GetLevel())
	minute := w.now.In(time.FixedZone("Shanghai", 8*3600)).Add(12 * time.Hour) // Whatever the hour is, it is not this one.
	_, err := w.agent("sun", func(a *routingv1.Agent) {
		a.Shifts = hours(minute.Format("15:04"), "24:00")
		a.Shifts.Openings[0].Days = []policyv1.Opening_Day{policyv1.Opening_Day((int(minute.Weekday())+6)%7 + 1)}
	}, "shifts")
	require.NoError(t, err)
	e = signal(policyv1.SignalKind_AGENT_FLAG)
	require.Equal(t, "agents/fang", e.GetRecipient())
	require.EqualValues(t, 3, e.GetLevel())
	away("fang", "")
	require.Equal(t, "agents/fang", signal(policyv1.SignalKind_OFFER_REJECTED).GetRecipient())
	w.now = w.now.Add(2 * time.Hour)
	require.Equal(t, "agents/zhao", signal(policyv1.SignalKind_TARGET_LONG_PAST).GetRecipient(), "back again")
}

// TestARuleToADepartmentThatIsNotThere: in an installation whose directory is older than its rules, the policy's may name what the
// directory lacks; such complaints go to the default department.
func TestARuleToADepartmentThatIsNotThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	w := bareWorld(t)
	_, _, err := w.deps.Directory.Amend(t.Context(), eventlog.Cause{}, func(a *routing.Amendment) error {
		a.Put = []routing.Resource{
			&routingv1.Department{Name: "departments/customer-service", DisplayName: "Care"},
			&routingv1.Agent{Name: "agents/lin", DisplayName: "Lin", Department: "departments/customer-service", TakesComplaints: true, Languages: []string{"en"}},
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, w.service.SeedDirectory(t.Context()))
	require.Contains(t, w.logged.String(), "departments/logistics")
	a := w.assign(w.file("customers/a", policyv1.TargetKind_DELIVERY), 1)
	require.Equal(t, []string{"departments/customer-service", "agents/lin"}, []string{a.GetDepartment(), a.GetAssignee()})
	require.Contains(t, a.GetReason(), "since that of rule logistics (rules 1), logistics, is not in the directory")
	require.Equal(t, []string{"ruleSets/1", "logistics"}, []string{a.GetRuleSet(), a.GetRule()})
}

// TestTheAliasFollowsTheDepartment: what customers are told of the team is what it is called now.
func TestTheAliasFollowsTheDepartment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	require.Equal(t, "Delivery team", w.assign(complaint, 1).GetTeamAlias()["en"])
	_, err := w.people.UpdateDepartment(t.Context(), &routingv1.UpdateDepartmentRequest{
		Department: &routingv1.Department{Name: "departments/logistics", Alias: map[string]string{"en": "Parcel people"}},
	})
	require.NoError(t, err)
	require.Equal(t, "Parcel people", w.assign(complaint, 1).GetTeamAlias()["en"], "asked again")
	a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
	require.NoError(t, err)
	require.Equal(t, "Parcel people", a.GetTeamAlias()["en"])
}

// TestALanguageAndWhoIsComplainedAbout come with the complaint.
func TestALanguageAndWhoIsComplainedAbout(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	for _, id := range []string{"lin", "chen"} {
		_, err := w.agent(id, func(a *routingv1.Agent) { a.Languages = []string{"zh-Hans"} }, "languages")
		require.NoError(t, err)
	}
	file := func(language, target string) *routingv1.Assignment {
		complaint := "complaints/" + w.ids.ID()
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
			Customer: "customers/" + w.ids.ID(), TargetKind: policyv1.TargetKind_STAFF, LanguageCode: language, TargetAgent: target,
		}}})
		return w.assign(complaint, 1)
	}
	for range 3 {
		require.Equal(t, "agents/wu", file("en", "").GetAssignee())
	}
	about := file("en", "agents/wu")
	require.Empty(t, about.GetAssignee())
	require.Contains(t, about.GetReason(), "2 not speaking the language, 1 recused")
	require.NotEqual(t, "agents/lin", file("zh-Hans", "agents/lin").GetAssignee())
	require.Empty(t, file("zh-Hans", "agents/zhao").GetAssignee(), "all of them report to who is complained about")
}
