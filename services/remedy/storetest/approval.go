package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/remedy"
)

// errDecided is the refusal of a decider who comes too late.
var errDecided = errors.New("decided")

// approval is one that waits, with all there is to keep of it.
func approval(complaint, id string, due int) remedy.Approval {
	return remedy.Approval{
		ID: id, Complaint: complaint, Remedy: "r", Revision: 2, Cycle: 3, Customer: "customers/" + complaint, State: remedyv1.Approval_PENDING,
		Needed: 2, Cash: true, Urgent: true, Beyond: true, Most: 1 << 60, Proposer: "agents/lin", Authors: []string{"agents/gao", "agents/wu"}, Department: "departments/returns",
		CreateTime: at(0), Version: 1,
		Steps: []remedy.Step{{Level: 1, BeginTime: at(0), DueTime: at(due), RemindTime: at(due / 2)}},
	}
}

// approvals are kept whole, with what was on record of their turns, and read with their complaint.
func approvals(t *testing.T, env Env) {
	t.Helper()
	covers.Requirement(t, "APPR-3")
	_, err := env.Approvals.Approval(t.Context(), "r-2")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	want := approval("a", "r-2", 60)
	put(t, env, "a", remedy.Changes{Approvals: []remedy.Approval{want, approval("a", "r-3", 60)}})
	put(t, env, "b", remedy.Changes{Approvals: []remedy.Approval{approval("b", "s-1", 60)}})
	require.Equal(t, want, read(t, env, "r-2"))

	// Somebody is named, the time is over, and it is decided at the next level.
	first := &want.Steps[0]
	first.Approver, first.Named, first.Level = "agents/wu", true, 2
	first.Passed = []remedy.PassedApprover{
		{Level: 1, Agent: "agents/zhao", Cause: remedyv1.ApproverPassedOver_ABSENT}, {Level: 1, Cause: remedyv1.ApproverPassedOver_NOBODY},
	}
	want.Version = 2
	put(t, env, "a", remedy.Changes{Approvals: []remedy.Approval{want}})
	require.Equal(t, want, read(t, env, "r-2"))
	first.Outcome, first.EndTime = remedyv1.ApprovalStep_EXPIRED, at(60)
	want.Steps = append(want.Steps, remedy.Step{
		Level: 3, Approver: "agents/sun", Named: true, BeginTime: at(60), DueTime: at(120), RemindTime: at(90), EndTime: at(100),
		Outcome: remedyv1.ApprovalStep_APPROVED, Decider: "agents/fang", Comment: []byte{0, 255},
	})
	want.State, want.EndTime, want.Evidence, want.Overdue = remedyv1.Approval_APPROVED, at(100), []byte{1, 0}, true
	put(t, env, "a", remedy.Changes{Approvals: []remedy.Approval{want}})
	want.Kept = 2
	require.Equal(t, want, read(t, env, "r-2"))

	// What stays as it is is not written again.
	spoilt := want
	spoilt.Steps = []remedy.Step{{Level: 7}, {Level: 7}}
	put(t, env, "a", remedy.Changes{Approvals: []remedy.Approval{spoilt}})
	require.Equal(t, want, read(t, env, "r-2"))

	for named, found := range map[string][]string{"": {"r-3"}, "r-2": {"r-2", "r-3"}, "s-1": {"r-3"}} {
		_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Remedies: true, Approval: named}, func(c *remedy.Case) error {
			var ids []string
			for _, a := range c.Approvals {
				ids = append(ids, a.ID)
				require.NotEmpty(t, a.Steps)
			}
			require.ElementsMatch(t, found, ids, "those that wait, and the one that is named")
			return nil
		})
		require.NoError(t, err)
	}
}

func read(t *testing.T, env Env, id string) remedy.Approval {
	t.Helper()
	got, err := env.Approvals.Approval(t.Context(), id)
	require.NoError(t, err)
	return got
}

// approvalList is in the order of due times, page by page, and by what is asked for.
func approvalList(t *testing.T, env Env) {
	t.Helper()
	var all []remedy.Approval
	for i, due := range []int{50, 20, 20, 40} {
		a := approval("a", fmt.Sprintf("r-%d", i), due)
		a.Steps[0].Approver = []string{"agents/wu", "agents/sun"}[i%2]
		a.Most = int64(i) * 100
		all = append(all, a)
	}
	put(t, env, "a", remedy.Changes{Approvals: all})
	list := func(q remedy.ApprovalQuery) (ids []string) {
		q.Digits = 2
		got, err := env.Approvals.Approvals(t.Context(), q)
		require.NoError(t, err)
		for _, a := range got {
			ids = append(ids, a.ID)
			require.Len(t, a.Steps, 1)
		}
		return ids
	}
	require.Equal(t, []string{"r-1", "r-2", "r-3", "r-0"}, list(remedy.ApprovalQuery{Limit: 9}))
	require.Equal(t, []string{"r-1", "r-2"}, list(remedy.ApprovalQuery{Limit: 2}))
	after := &remedy.ApprovalPosition{DueTime: at(20), ID: "r-1"}
	require.Equal(t, []string{"r-2", "r-3"}, list(remedy.ApprovalQuery{Limit: 2, After: after}))
	require.Equal(t, []string{"r-3"}, list(remedy.ApprovalQuery{Limit: 2, After: after, Filter: `approver = "agents/sun"`}))
	require.Equal(t, []string{"r-2", "r-3"}, list(remedy.ApprovalQuery{Limit: 9, Filter: `amount >= 2 AND state = "PENDING"`}))
	_, err := env.Approvals.Approvals(t.Context(), remedy.ApprovalQuery{Limit: 9, Filter: `nothing = 1`})
	require.Equal(t, "FILTER_INVALID", errs.Reason(err))
}

// oneDecision has 64 decide at the same moment, each with a hold: one does.
func oneDecision(t *testing.T, env Env) {
	t.Helper()
	covers.Requirement(t, "APPR-1", "APPR-3")
	c := complaint("a")
	put(t, env, "a", remedy.Changes{Complaint: &c, Approvals: []remedy.Approval{approval("a", "r-2", 60)}})
	var group sync.WaitGroup
	var decided, refused atomic.Int32
	ctx := context.WithoutCancel(t.Context())
	for i := range writers {
		group.Go(func() {
			k := keys()
			_, err := env.Store.Change(ctx, remedy.Change{Complaint: "a", Remedies: true, Money: true, Approval: "r-2"}, func(c *remedy.Case) error {
				a := c.Approvals[0]
				if a.State != remedyv1.Approval_PENDING {
					return errDecided
				}
				if _, err := c.Funds(k); err != nil {
					return err
				}
				a.State, a.EndTime, a.Version = remedyv1.Approval_APPROVED, at(1), a.Version+1
				a.Steps[0].Outcome, a.Steps[0].EndTime, a.Steps[0].Decider = remedyv1.ApprovalStep_APPROVED, at(1), fmt.Sprintf("agents/w%02d", i)
				c.Changes.Approvals = []remedy.Approval{a}
				c.Changes.Entries = []remedy.Entry{entry(fmt.Sprintf("e%02d", i), "a", k, 1)}
				return nil
			})
			switch {
			case err == nil:
				decided.Add(1)
			case errors.Is(err, errDecided):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, decided.Load())
	require.EqualValues(t, writers-1, refused.Load())
	list, err := env.Ledger.Ledger(t.Context(), remedy.LedgerQuery{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, list, 1, "one hold")
	got := read(t, env, "r-2")
	require.Equal(t, "e"+got.Steps[0].Decider[len("agents/w"):], list[0].ID, "by whoever decided")
	require.WithinDuration(t, at(1), got.EndTime, time.Microsecond)
}
