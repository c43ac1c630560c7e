package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// approvers calls as the approval's workflow does.
func (w *world) approvers() routingv1.ApproverServiceClient {
	return routingv1.NewApproverServiceClient(w.conn("services/worker", authv1.Role_SERVICE))
}

// choosing asks who decides at a turn.
func (w *world) choosing(complaint string, step, level int32, excluded ...string) *routingv1.ChooseApproverRequest {
	return &routingv1.ChooseApproverRequest{
		Approval: overdueApproval, Complaint: complaint, Cycle: 1, Step: step, Level: level, Excluded: excluded,
		DueTime: timestamppb.New(w.now.Add(4 * time.Hour)),
	}
}

// TestWhoDecides: whoever stands at the level, or the delegate; and each of those who may not is passed over, upward (APPR-2, APPR-3).
func TestWhoDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3", "ROUTE-2")
	for name, test := range map[string]struct {
		change   func(w *world)
		about    string
		level    int32
		excluded []string
		want     string
		at       int32
		passed   []string
	}{
		"the supervisor of whoever is in charge": {level: 1, excluded: []string{"agents/lin"}, want: "agents/zhao", at: 1},
		"the manager at the second level":        {level: 2, excluded: []string{"agents/lin"}, want: "agents/sun", at: 2},
		"the executive at the last level":        {level: 3, excluded: []string{"agents/lin"}, want: "agents/fang", at: 3},
		"who proposed it": {
			level: 1, excluded: []string{"agents/zhao"}, want: "agents/sun", at: 2, passed: []string{"1 agents/zhao PROPOSED_IT"},
		},
		"who approved below": {
			level: 2, excluded: []string{"agents/lin", "agents/sun"}, want: "agents/fang", at: 3, passed: []string{"2 agents/sun APPROVED_BELOW"},
		},
		"the delegate of an absence": {
			change: func(w *world) { w.absent("zhao", "agents/gao", -time.Hour, time.Hour) },
			level:  1, excluded: []string{"agents/lin"}, want: "agents/gao", at: 1, passed: []string{"1 agents/zhao ABSENT"},
		},
		"a delegate who stands below the level, and whom that one sends": {
			change: func(w *world) {
				w.absent("zhao", "agents/chen", -time.Hour, time.Hour)
				w.absent("chen", "agents/gao", -time.Hour, time.Hour)
			},
			level: 1, excluded: []string{"agents/lin"}, want: "agents/sun", at: 2,
			passed: []string{"1 agents/zhao ABSENT", "1 agents/chen BELOW_LEVEL"},
		},
		"a supervisor in a manager's place": {
			change: func(w *world) { w.absent("sun", "agents/gao", -time.Hour, time.Hour) },
			level:  2, excluded: []string{"agents/lin"}, want: "agents/fang", at: 3,
			passed: []string{"2 agents/sun ABSENT", "2 agents/gao BELOW_LEVEL"},
		},
		"a manager of another department in a manager's place": {
			change: func(w *world) { w.absent("sun", "agents/guo", -time.Hour, time.Hour) },
			level:  2, excluded: []string{"agents/lin"}, want: "agents/guo", at: 2, passed: []string{"2 agents/sun ABSENT"},
		},
		"a manager in the executive's place": {
			change: func(w *world) { w.absent("fang", "agents/guo", -time.Hour, time.Hour) },
			level:  3, excluded: []string{"agents/lin"}, want: "agents/guo", at: 3, passed: []string{"3 agents/fang ABSENT"},
		},
		"a supervisor in the executive's place": {
			change: func(w *world) { w.absent("fang", "agents/gao", -time.Hour, time.Hour) },
			level:  3, excluded: []string{"agents/lin"}, want: "", at: 3,
			passed: []string{"3 agents/fang ABSENT", "3 agents/gao BELOW_LEVEL"},
		},
		"a delegate who proposed it": {
			change: func(w *world) { w.absent("zhao", "agents/lin", -time.Hour, time.Hour) },
			level:  1, excluded: []string{"agents/lin"}, want: "agents/sun", at: 2,
			passed: []string{"1 agents/zhao ABSENT", "1 agents/lin PROPOSED_IT"},
		},
		"who is absent without a delegate": {
			change: func(w *world) { w.absent("zhao", "", -time.Hour, time.Hour) },
			level:  1, want: "agents/sun", at: 2, passed: []string{"1 agents/zhao ABSENT"},
		},
		"a level at which nobody stands": {
			change: func(w *world) {
				_, err := w.people.UpdateDepartment(w.t.Context(), &routingv1.UpdateDepartmentRequest{
					Department: &routingv1.Department{Name: "departments/customer-service"},
					UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"manager"}},
				})
				require.NoError(w.t, err)
			},
			level: 2, want: "agents/fang", at: 3, passed: []string{"2  NOBODY"},
		},
		"who is off shift": {
			change: func(w *world) { w.offShift("zhao") }, level: 1, want: "agents/sun", at: 2, passed: []string{"1 agents/zhao OFF_SHIFT"},
		},
		"who stands above the person complained about": {
			about: "agents/wu", level: 1, want: "agents/sun", at: 2, passed: []string{"1 agents/zhao RECUSED"},
		},
		"the person complained about, of whom only who stands at the top may judge": {
			about: "agents/sun", level: 1, want: "agents/fang", at: 3, passed: []string{"1 agents/zhao RECUSED", "2 agents/sun RECUSED"},
		},
		"a delegate at the top who stands next to the person complained about": {
			change: func(w *world) { w.absent("fang", "agents/zhao", -time.Hour, time.Hour) },
			about:  "agents/sun", level: 2, want: "", at: 2,
			passed: []string{"2 agents/sun RECUSED", "3 agents/fang ABSENT", "3 agents/zhao RECUSED"},
		},
		"the person complained about at the top": {
			about: "agents/fang", level: 3, want: "", at: 3, passed: []string{"3 agents/fang RECUSED"},
		},
		"nobody": {
			change: func(w *world) {
				w.offShift("zhao")
				w.absent("sun", "", -time.Hour, time.Hour)
				w.offShift("fang")
			},
			level: 1, want: "", at: 1, passed: []string{"1 agents/zhao OFF_SHIFT", "2 agents/sun ABSENT", "3 agents/fang OFF_SHIFT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.about(test.about, policyv1.TargetKind_SERVICE)
			if test.change != nil {
				test.change(w)
			}
			before := w.told.count.Load()
			for range 2 { // The same answer, and one notice.
				got, err := w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, 1, test.level, test.excluded...))
				require.NoError(t, err)
				require.Equal(t, test.want, got.GetApprover())
				require.Equal(t, test.at, got.GetLevel())
				require.Equal(t, test.passed, passedOver(got.GetPassed()))
			}
			if test.want == "" {
				require.Equal(t, before, w.told.count.Load(), "nobody is told")
				return
			}
			require.Equal(t, before+1, w.told.count.Load())
			last := w.told.last()
			require.Equal(t, []any{routingv1.Notice_APPROVAL, test.want, w.now.Add(4 * time.Hour)}, []any{last.About, "agents/" + last.Recipient, last.DueTime})
		})
	}
}

// TestWhomAMergedComplaintIsAboutJudgesNeither: not as approver, on the ladder, or in charge of it (APPR-2, ROUTE-2).
func TestWhomAMergedComplaintIsAboutJudgesNeither(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "ROUTE-2")
	w := newWorld(t)
	complaint := w.about("", policyv1.TargetKind_SERVICE)
	absorbs := func(people ...string) {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
			Complaint: "complaints/other", TargetAgents: people,
		}}})
	}
	absorbs()
	absorbs("agents/wu")
	absorbs("agents/wu", "agents/xu")
	got, err := w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, 1, 1))
	require.NoError(t, err)
	require.Equal(t, []string{"1 agents/zhao RECUSED"}, passedOver(got.GetPassed()), "zhao stands above wu")
	require.Equal(t, "agents/sun", got.GetApprover())
	w.raise(complaint, 1)
	require.NotEqual(t, "agents/zhao", w.ladder(complaint)[0].GetRecipient())

	req := give(complaint, "", "")
	req.Department, req.Assignee = "", "agents/wu"
	_, err = w.queues("agents/sun", authv1.Role_MANAGER).ReassignComplaint(t.Context(), req)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_ASSIGNEE_NOT_ELIGIBLE.String())

	w.close(complaint, 1)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/about", TargetKind: policyv1.TargetKind_SERVICE, TargetAgent: "agents/xu",
	}}})
	got, err = w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, 2, 1))
	require.NoError(t, err)
	require.Equal(t, "agents/sun", got.GetApprover(), "also when it is opened again")
}

// offShift has somebody's shifts lie elsewhere.
func (w *world) offShift(id string) {
	w.t.Helper()
	w.edit(id, func(a *routingv1.Agent) {
		a.Shifts = &policyv1.StaffedHours{TimeZone: "UTC", Openings: []*policyv1.Opening{{
			Days: []policyv1.Opening_Day{policyv1.Opening_Day(1 + (int(w.now.Weekday())+2)%7)}, From: "09:00", To: "10:00",
		}}}
	}, "shifts")
}

// passedOver is who was passed over where, in words.
func passedOver(passed []*routingv1.PassedOver) (list []string) {
	for _, p := range passed {
		list = append(list, fmt.Sprintf("%d %s %s", p.GetLevel(), p.GetAgent(), p.GetCause()))
	}
	return list
}

// TestWhoWasNamedStays, whatever becomes of the person; and another turn is another question.
func TestWhoWasNamedStays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	complaint := w.about("", policyv1.TargetKind_SERVICE)
	ask := func(step int32) string {
		got, err := w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, step, 1, "agents/lin"))
		require.NoError(t, err)
		return got.GetApprover()
	}
	require.Equal(t, "agents/zhao", ask(1))
	w.absent("zhao", "", -time.Hour, time.Hour)
	require.Equal(t, "agents/zhao", ask(1))
	require.Equal(t, "agents/sun", ask(2))
	_, err := w.approvers().ChooseApprover(t.Context(), w.choosing("complaints/"+w.ids.ID(), 3, 1))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
}

// TestAnApproverIsRemindedOnce (APPR-3).
func TestAnApproverIsRemindedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	complaint := w.about("", policyv1.TargetKind_SERVICE)
	remind := func(step int32) string {
		got, err := w.approvers().RemindApprover(t.Context(), &routingv1.RemindApproverRequest{
			Approval: overdueApproval, Complaint: complaint, Step: step, DueTime: timestamppb.New(w.now.Add(time.Hour)),
		})
		require.NoError(t, err)
		return got.GetRecipient()
	}
	require.Empty(t, remind(1), "nobody was named")
	_, err := w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, 1, 1))
	require.NoError(t, err)
	before := w.told.count.Load()
	for range 2 {
		require.Equal(t, "agents/zhao", remind(1))
	}
	require.Equal(t, before+1, w.told.count.Load())
	require.Equal(t, []any{"zhao", w.now.Add(time.Hour)}, []any{w.told.last().Recipient, w.told.last().DueTime})
	require.Equal(t, []string{"notice_sent ASSIGNMENT", "notice_sent APPROVAL", "notice_sent APPROVAL"}, w.notices(complaint))
}

// TestQuietHoursHoldAnApprovalBack unless it is urgent.
func TestQuietHoursHoldAnApprovalBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	complaint := w.about("", policyv1.TargetKind_SERVICE)
	w.now = time.Date(2026, 3, 2, 13, 30, 0, 0, time.UTC) // 21:30 in Shanghai, on a Monday.
	quiet := w.other(replacing("openings: []", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}]`))
	before := w.told.count.Load()
	for step, urgent := range []bool{false, true} {
		req := w.choosing(complaint, int32(step+1), 1)
		req.Urgent = urgent
		got, err := quiet.ChooseApprover(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "agents/zhao", got.GetApprover())
		quiet.Deliver(t.Context())
		require.Equal(t, before+int32(step), w.told.count.Load())
	}
	w.now = w.now.Add(3 * time.Hour)
	require.NoError(t, quiet.Gather(t.Context()))
	require.Equal(t, before+2, w.told.count.Load(), "and told when they are over")
}

// TestWhoBecameAbsentIsNotReminded while somebody else can decide; where nobody can, they are (APPR-3).
func TestWhoBecameAbsentIsNotReminded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-2")
	for name, test := range map[string]struct {
		change   func(w *world)
		level    int32
		excluded []string
		absent   bool
	}{
		"there":                      {change: func(*world) {}, level: 1},
		"absent, with a delegate":    {change: func(w *world) { w.absent("zhao", "agents/gao", -time.Hour, time.Hour) }, level: 1, absent: true},
		"absent, and who is above":   {change: func(w *world) { w.absent("zhao", "", -time.Hour, time.Hour) }, level: 1, absent: true},
		"absent at the top":          {change: func(w *world) { w.absent("fang", "", -time.Hour, time.Hour) }, level: 3},
		"absent for who may not":     {change: func(w *world) { w.absent("fang", "agents/guo", -time.Hour, time.Hour) }, level: 3, excluded: []string{"agents/guo"}},
		"absent some other time":     {change: func(w *world) { w.absent("zhao", "agents/gao", time.Hour, 2*time.Hour) }, level: 1},
		"absent, who may at the top": {change: func(w *world) { w.absent("fang", "agents/guo", -time.Hour, time.Hour) }, level: 3, absent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.about("", policyv1.TargetKind_SERVICE)
			named, err := w.approvers().ChooseApprover(t.Context(), w.choosing(complaint, 1, test.level))
			require.NoError(t, err)
			test.change(w)
			before := w.told.count.Load()
			for range 2 {
				got, err := w.approvers().RemindApprover(t.Context(), &routingv1.RemindApproverRequest{
					Approval: overdueApproval, Complaint: complaint, Step: 1, DueTime: timestamppb.New(w.now.Add(2 * time.Hour)), Excluded: test.excluded,
				})
				require.NoError(t, err)
				require.Equal(t, named.GetApprover(), got.GetRecipient())
				require.Equal(t, test.absent, got.GetAbsent())
			}
			told := before
			if !test.absent {
				told++
			}
			require.Equal(t, told, w.told.count.Load())
		})
	}
}
