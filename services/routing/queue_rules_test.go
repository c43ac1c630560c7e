package routing_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// brittle is a store that fails when a change has been decided.
type brittle struct {
	routing.Store

	fails bool
}

var errBrittle = errors.New("the disk is full")

func (b *brittle) Change(ctx context.Context, change routing.Change, decide func(*routing.Case) error) (bool, error) {
	return b.Store.Change(ctx, change, func(c *routing.Case) error { return errors.Join(decide(c), b.failure()) })
}

func (b *brittle) failure() error {
	if b.fails {
		return errBrittle
	}
	return nil
}

// TestNobodyIsToldOfWhatIsNotOnRecord: what could not be recorded has not happened, and who hears of it later hears of it once.
func TestNobodyIsToldOfWhatIsNotOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	store := &brittle{Store: w.store, fails: true}
	deps := w.deps
	deps.Store = store
	service, err := routing.New(routing.Config{}, deps)
	require.NoError(t, err)
	_, err = service.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.ErrorIs(t, err, errBrittle)
	service.Deliver(t.Context())
	require.Zero(t, w.told.count.Load())
	store.fails = false
	_, err = service.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.NoError(t, err)
	service.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load())
}

// TestWhoHasWaitedTooLongForAFirstAttempt is told by whoever comes first then, once; and once somebody could be told again, at once again.
func TestWhoHasWaitedTooLongForAFirstAttempt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	waiting := []string{w.delivery(), w.delivery(), w.delivery(), w.delivery()}
	raise := func() {
		_, err := w.service.RaiseEscalation(t.Context(), threat(waiting[0], 1))
		require.NoError(t, err)
		waiting = waiting[1:]
	}
	raise()
	w.now = w.now.Add(time.Minute)
	w.service.Deliver(t.Context())
	require.Zero(t, w.told.count.Load(), "another process may have begun")
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 1, w.told.count.Load())

	w.told.failing.Store(true)
	raise()
	w.service.Deliver(t.Context())
	w.told.failing.Store(false)
	raise()
	w.service.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load(), "who could not be told waits for the next attempt")
	w.now = w.now.Add(time.Minute)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 3, w.told.count.Load(), "what was tried, and what waited")
	raise()
	w.service.Deliver(t.Context())
	require.EqualValues(t, 4, w.told.count.Load())
	require.Zero(t, w.told.last().Count)
}

// TestAWarningIsGivenOnce, however many ask for it at once.
func TestAWarningIsGivenOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		now, told := time.Now().UTC().Truncate(time.Second), newDesk()
		_, services := replicas(t, open(t), told, func() time.Time { return now }, 2)
		known(t, services[0])
		var all errgroup.Group
		for i := range 16 {
			all.Go(func() error {
				_, err := services[i%2].SendNotice(t.Context(), &routingv1.SendNoticeRequest{
					Duty: "complaints/" + someComplaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(now),
					WarnTime: timestamppb.New(now),
				})
				return err
			})
		}
		require.NoError(t, all.Wait())
		for _, service := range services {
			require.NoError(t, service.Gather(t.Context()))
		}
		require.Equal(t, map[string]int{"zhao": 1}, told.tries)
	})
}

// TestNobodyIsToldForNobody: a complaint that waited in a queue has no giver who could hear that it was taken.
func TestNobodyIsToldForNobody(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	w.away("he")
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	require.Empty(t, w.assign(complaint, 1).GetAssignee())
	h, err := w.as("ma", authv1.Role_SUPERVISOR).HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{
		Name: complaint, Department: "departments/quality",
	})
	require.NoError(t, err)
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
	list, err := w.noticeClient().ListNotices(t.Context(), &routingv1.ListNoticesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetNotices(), 1)
	require.Equal(t, "agents/liu", list.GetNotices()[0].GetRecipient())
}

// TestWhatQuietHoursHoldBack keeps nothing else of that person waiting.
func TestWhatQuietHoursHoldBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.now = time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC) // Monday, 22:00 in Shanghai.
	quiet := w.other(replacing("openings: []", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}]`))
	complaint := w.delivery()
	_, err := quiet.RaiseEscalation(t.Context(), w.broken(complaint, "1-contact", policyv1.DutyKind_CONTACT, routingv1.Escalation_RESPONSE_OVERDUE))
	require.NoError(t, err)
	for range 7 { // Five are told by themselves.
		_, err := quiet.RaiseEscalation(t.Context(), threat(w.delivery(), 1))
		require.NoError(t, err)
	}
	require.NoError(t, quiet.Gather(t.Context()))
	list, err := w.noticeClient().ListNotices(t.Context(), &routingv1.ListNoticesRequest{Filter: `recipient = "agents/ma"`, PageSize: 100})
	require.NoError(t, err)
	counts := map[int32]int{}
	for _, n := range list.GetNotices() {
		counts[n.GetNoticeCount()]++
	}
	require.Equal(t, map[int32]int{1: 5, 2: 1}, counts, "without what is held back")
	require.Empty(t, slices.DeleteFunc(w.notices(complaint), func(told string) bool { return told == "notice_sent ASSIGNMENT" }))
}

// TestWhoeverIsGivenAComplaintByHandHearsOfIt, and what a rule wanted stays behind with its department.
func TestWhoeverIsGivenAComplaintByHandHearsOfIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "ROUTE-2")
	w := newWorld(t)
	w.edit("he", func(a *routingv1.Agent) { a.Skills = []*routingv1.Skill{{Name: "parcels", Level: 5}} }, "skills")
	w.save(&routingv1.Rule{Id: "lost", Condition: "true", Department: "departments/logistics", Skills: []*routingv1.Skill{{Name: "parcels", Level: 5}}})
	complaint := w.delivery()
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	a, err := lead.ReassignComplaint(t.Context(), give(complaint, "departments/quality", ""))
	require.NoError(t, err)
	require.Equal(t, []string{"agents/xu", ""}, []string{a.GetAssignee(), a.GetRule()})
	require.Equal(t, []string{"notice_sent ASSIGNMENT", "notice_sent ASSIGNMENT"}, w.notices(complaint))
}

// TestALeaversComplaintsWaitFromThen: their clock as unassigned begins when the person leaves.
func TestALeaversComplaintsWaitFromThen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	w.now = w.now.Add(3 * time.Hour)
	w.edit("he", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	waits := w.assign(complaint, 1)
	require.Equal(t, w.now.Add(30*time.Minute), waits.GetEscalateTime().AsTime())
	early, err := w.routing.RaiseEscalation(t.Context(), nobody(complaint, 1))
	require.NoError(t, err)
	require.Zero(t, early.GetNoticeNumber())
}

// TestADelegateWhoCannotHaveItIsPassedOver, as anybody is.
func TestADelegateWhoCannotHaveItIsPassedOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	w.away("wu")
	w.absent("chen", "agents/wu", 0, 48*time.Hour)
	require.Equal(t, "agents/lin", w.hand(complaint).GetAssignee())
}

// TestAPassLeavesWhatIsOffered to others: who gives it owes it until they have answered.
func TestAPassLeavesWhatIsOffered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	h, err := w.as("chen").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"})
	require.NoError(t, err)
	w.absent("chen", "agents/wu", 0, 48*time.Hour)
	require.Equal(t, "agents/chen", w.hand(complaint).GetAssignee())
	_, err = w.as("xu").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "Not ours."})
	require.NoError(t, err)
	require.Equal(t, "agents/wu", w.hand(complaint).GetAssignee())
}

// TestAReopeningThatIsToldBeforeTheEnd adds nothing to a load that the end has not taken away.
func TestAReopeningThatIsToldBeforeTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	complaint := w.delivery()
	for range 2 {
		w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: "customers/a"}}})
		w.loadsAre(map[string]int32{"he": 1})
	}
	w.close(complaint, 1)
	w.loadsAre(map[string]int32{"he": 1})
}

// TestATeamIsItsMembersAndItsLead: all of them see what one of them has, and so does who the person reports to.
func TestATeamIsItsMembersAndItsLead(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	const team = "departments/customer-service/teams/phones"
	_, err := w.people.CreateTeam(t.Context(), &routingv1.CreateTeamRequest{
		Parent: "departments/customer-service", TeamId: "phones", Team: &routingv1.Team{DisplayName: "Phones", Lead: "agents/ma"},
	})
	require.NoError(t, err)
	for _, id := range []string{"chen", "lin"} {
		w.edit(id, func(a *routingv1.Agent) { a.Teams = []string{team} }, "teams")
	}
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	for who, want := range map[string]int{"agents/lin": 1, "agents/chen": 1, "agents/ma": 1, "agents/wu": 0, "agents/zhao": 1} {
		require.Len(t, w.listed(w.queues(who, authv1.Role_SUPERVISOR), "team", ""), want, who)
	}
}

// TestWhatIsDueNowIsNotOverdueYet: its time has not passed.
func TestWhatIsDueNowIsNotOverdueYet(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "CLK-1")
	w := newWorld(t)
	complaint := w.delivery()
	w.owe(complaint, "1-callback", 30)
	w.now = w.now.Add(30 * time.Minute)
	lead := w.queues("agents/ma", authv1.Role_SUPERVISOR)
	for _, overdue := range []bool{false, true} {
		page, err := lead.ListQueuedComplaints(t.Context(), &routingv1.ListQueuedComplaintsRequest{Parent: "queues/department"})
		require.NoError(t, err)
		require.Equal(t, []bool{overdue, !overdue}, []bool{page.GetComplaints()[0].GetOverdue(), page.GetComplaints()[0].GetDueSoon()})
		require.Len(t, w.listed(lead, "overdue", ""), map[bool]int{true: 1}[overdue])
		require.Len(t, w.listed(lead, "dueSoon", ""), map[bool]int{false: 1}[overdue])
		w.now = w.now.Add(time.Microsecond)
	}
}
