package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing"
)

// custodies: who has to do with complaints, of several at once.
func custodies(t *testing.T, store routing.Store) {
	covers.Requirement(t, "API-4")
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1, Department: "service", Assignee: "lin"})
	put(t, store, routing.Complaint{ID: "c2", Customer: "customers/k", Cycle: 1})
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "n1", Complaint: "c1", About: routingv1.Notice_APPROVAL, Recipient: "zhao"}
		return nil
	})
	require.NoError(t, err)
	got, err := store.Custodies(t.Context(), []string{"c1", "c2", "nobody knows"})
	require.NoError(t, err)
	require.Equal(t, map[string]routing.Custody{"c1": {Department: "service", Assignee: "lin", Told: []string{"zhao"}}, "c2": {}}, got)
}
