package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing"
)

// approvers: somebody is named for a turn once, with the notice, also when many ask at the same moment.
func approvers(t *testing.T, store routing.Store) {
	covers.Requirement(t, "APPR-3")
	of, ok := store.(routing.ApproverStore)
	require.True(t, ok)
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1})
	turn := routing.Turn{Approval: "a-1", Step: 2}
	_, err := of.Approver(t.Context(), turn)
	require.ErrorIs(t, err, routing.ErrUnknown)

	failed := errors.New("no")
	_, err = of.ChooseApprover(t.Context(), "c1", turn, func(c *routing.Case) (routing.Approver, error) {
		c.Changes.Notice = &routing.Notice{ID: "n", Complaint: "c1", About: routingv1.Notice_APPROVAL, Recipient: "zhao"}
		return routing.Approver{Turn: turn, Agent: "zhao", Level: 1}, failed
	})
	require.ErrorIs(t, err, failed)
	_, err = of.Approver(t.Context(), turn)
	require.ErrorIs(t, err, routing.ErrUnknown, "nothing is written of what fails")

	want := routing.Approver{
		Turn: turn, Agent: "sun", Level: 2, Urgent: true,
		Passed: []routing.Passed{{Level: 1, Agent: "zhao", Cause: routingv1.PassedOver_PROPOSED_IT}, {Level: 2, Cause: routingv1.PassedOver_NOBODY}},
	}
	var decided atomic.Int32
	var group sync.WaitGroup
	ctx := context.WithoutCancel(t.Context())
	for range 16 {
		group.Go(func() {
			got, err := of.ChooseApprover(ctx, "c1", turn, func(c *routing.Case) (routing.Approver, error) {
				decided.Add(1)
				if c.Complaint.Customer != "customers/k" {
					return routing.Approver{}, errors.New("the complaint was not read")
				}
				if _, err := c.Look(); err != nil {
					return routing.Approver{}, err
				}
				c.Changes.Notice = &routing.Notice{ID: "n", Complaint: "c1", About: routingv1.Notice_APPROVAL, Recipient: "sun"}
				return want, nil
			})
			if err != nil || got.Agent != want.Agent {
				t.Errorf("named %v: %v", got, err)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, decided.Load())
	got, err := of.Approver(t.Context(), turn)
	require.NoError(t, err)
	require.Equal(t, want, got)
	known, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []string{"n"}, known.Notices)
}
