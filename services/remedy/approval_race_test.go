package remedy_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// atOnce makes calls at the same moment, and answers what came of each.
func atOnce(t *testing.T, calls ...func(ctx context.Context) error) []error {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	results := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Go(func() { results[i] = call(ctx) })
	}
	group.Wait()
	return results
}

// TestManyDecideAtTheSameMoment: 64 decide, and there is one decision and at most one hold.
func TestManyDecideAtTheSameMoment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3")
	const people = 64
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		for name, refusing := range map[string]int{"all approve": people, "some refuse": 2} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorldOn(t, open(t), "{}")
				complaint, r := w.waiting(30, false)
				client := w.approvals("agents/fang", authv1.Role_EXECUTIVE)
				var calls []func(ctx context.Context) error
				for i := range people {
					calls = append(calls, func(ctx context.Context) (err error) {
						if i%refusing == refusing-1 && refusing < people {
							_, err = client.RejectRemedy(ctx, &remedyv1.RejectRemedyRequest{Name: r.GetApproval(), Comment: "no"})
							return err
						}
						_, err = client.ApproveRemedy(ctx, &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
						return err
					})
				}
				decided := 0
				for _, err := range atOnce(t, calls...) {
					if err == nil {
						decided++
						continue
					}
					rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NOT_PENDING.String())
				}
				require.Equal(t, 1, decided)
				require.Equal(t, 1, w.count(complaint, "approval_decided"))
				holds := 0
				if w.approval(r.GetApproval()).GetState() == remedyv1.Approval_APPROVED {
					holds = 1
				}
				require.Len(t, w.entries(""), holds)
				require.Equal(t, holds == 1, w.state(r.GetName()) == remedyv1.Remedy_GRANTED)
			})
		}
	})
}

// TestADecisionAtTheMomentOfTheDeadline: the timer and the last level's decision come together, and both are on record in one order.
func TestADecisionAtTheMomentOfTheDeadline(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "CLK-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		w := newWorldOn(t, open(t), `remedies: {caps: {complaint: "99999", customer: "99999"}}`)
		complaint := w.receive()
		w.happens(complaint, 1, faulty())
		for range 8 {
			r := w.proposed(complaint, 5001, false)
			name := r.GetApproval()
			w.names(name, 1, 3, "agents/sun")
			w.now = w.approval(name).GetDueTime().AsTime()
			before := w.count(complaint, "approval_moved_up")
			manager, worker := w.approvals("agents/sun", authv1.Role_MANAGER), w.clockwork()
			for _, err := range atOnce(t, func(ctx context.Context) error {
				_, err := worker.SettleApproval(ctx, &remedyv1.SettleApprovalRequest{Name: name})
				return err
			}, func(ctx context.Context) error {
				_, err := manager.ApproveRemedy(ctx, &remedyv1.ApproveRemedyRequest{Name: name})
				return err
			}, func(ctx context.Context) error {
				_, err := worker.SettleApproval(ctx, &remedyv1.SettleApprovalRequest{Name: name})
				return err
			}) {
				require.NoError(t, err)
			}
			got := w.approval(name)
			require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
			require.Len(t, got.GetSteps(), 2, "the time was over, and then it was decided")
			require.Equal(t, remedyv1.ApprovalStep_EXPIRED, got.GetSteps()[0].GetOutcome())
			require.Equal(t, before+1, w.count(complaint, "approval_moved_up"))
			_, err := w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "x"})
			require.NoError(t, err)
		}
		held, _ := sums(w.entries(""))
		require.Equal(t, "0", held.String())
	})
}

// TestADecisionWhileItIsRevised: whichever is first, nothing is held for what is proposed no more, and what is proposed now waits.
func TestADecisionWhileItIsRevised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "REM-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		w := newWorldOn(t, open(t), "{}")
		complaint := w.receive()
		w.happens(complaint, 1, faulty())
		for range 8 {
			r := w.proposed(complaint, 30, false)
			w.names(r.GetApproval(), 1, 1, "agents/wu")
			wu := w.approvals("agents/wu", authv1.Role_SUPERVISOR)
			results := atOnce(t, func(ctx context.Context) error {
				_, err := w.agent.ReviseRemedy(ctx, &remedyv1.ReviseRemedyRequest{
					Name: r.GetName(), Options: compensation(cny(31)).GetOptions(), HistorySeen: true,
				})
				return err
			}, func(ctx context.Context) error {
				_, err := wu.ApproveRemedy(ctx, &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
				return err
			})
			require.NoError(t, results[0])
			want := remedyv1.Approval_APPROVED
			if results[1] != nil {
				want = remedyv1.Approval_VOID
				rpctest.RequireReason(t, results[1], codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_SUPERSEDED.String())
			}
			require.Equal(t, want, w.approval(r.GetApproval()).GetState())
			require.Equal(t, remedyv1.Remedy_PROPOSED, w.state(r.GetName()))
			held, _ := sums(w.entries(""))
			require.Equal(t, "0", held.String())
			w.now = w.now.Add(time.Second)
		}
	})
}
