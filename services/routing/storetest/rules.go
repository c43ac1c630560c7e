package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/rule"
)

// activate makes a set the current one.
func activate(t *testing.T, store routing.Store, name, etag string, at time.Time) *routingv1.RuleSet {
	t.Helper()
	set := &routingv1.RuleSet{
		Name: name, Etag: etag, Current: true, CreateTime: timestamppb.New(at), ActivateTime: timestamppb.New(at),
		Rules: []*routingv1.Rule{{Id: "only", Condition: "true", Department: "departments/care", Skills: []*routingv1.Skill{{Name: "calm", Level: 2}}}},
	}
	compiled, err := rule.Compile(set)
	require.NoError(t, err)
	amend(t, store, func(a *routing.Amendment) error {
		a.Rules = compiled
		return nil
	})
	return set
}

// ruleSets: a set that is current is part of the directory's version; each is read again as it was saved.
func ruleSets(t *testing.T, store routing.Store) {
	d := directoryOf(t, store)
	_, err := d.RuleSet(t.Context(), 0)
	require.ErrorIs(t, err, routing.ErrUnknown)
	people(t, store, "a")
	first := activate(t, store, "ruleSets/1", "one", at())
	second := activate(t, store, "ruleSets/2", "two", at().Add(time.Hour))
	now, err := d.Directory(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4, now.Version, "each makes the next version")
	require.Equal(t, "ruleSets/2", now.Rules().Name())
	require.NotNil(t, now.Rules().Ask(&routingv1.RoutingFacts{}, at()).Rule)
	people(t, store, "a", "b")
	now, err = d.Directory(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ruleSets/2", now.Rules().Name(), "a change of the directory keeps the rules")
	for _, number := range []int32{0, 2} {
		got, err := d.RuleSet(t.Context(), number)
		require.NoError(t, err)
		require.True(t, proto.Equal(second, got), got)
	}
	first.Current = false
	got, err := d.RuleSet(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, got), got)
	list, err := d.RuleSets(t.Context(), 0, 1)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, proto.Equal(second, list[0]))
	list, err = d.RuleSets(t.Context(), 2, 9)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, proto.Equal(first, list[0]))
	_, err = d.RuleSet(t.Context(), 3)
	require.ErrorIs(t, err, routing.ErrUnknown)

	again := activate(t, store, "ruleSets/1", "three", at().Add(2*time.Hour))
	got, err = d.RuleSet(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []any{"three", again.GetActivateTime().AsTime(), first.GetCreateTime().AsTime()},
		[]any{got.GetEtag(), got.GetActivateTime().AsTime(), got.GetCreateTime().AsTime()}, "what was saved stays")
	failed := errors.New("no")
	_, _, err = d.Amend(t.Context(), eventlog.Cause{}, func(a *routing.Amendment) error {
		require.EqualValues(t, 2, a.RuleSets)
		require.Equal(t, "three", a.Directory.Rules().Proto().GetEtag())
		a.Rules, err = rule.Compile(&routingv1.RuleSet{Name: "ruleSets/3"})
		require.NoError(t, err)
		return failed
	})
	require.ErrorIs(t, err, failed)
	_, err = d.RuleSet(t.Context(), 3)
	require.ErrorIs(t, err, routing.ErrUnknown)
	_, err = store.Change(t.Context(), routing.Change{Complaint: "c"}, func(c *routing.Case) error {
		seen, err := c.Look()
		require.NoError(t, err)
		require.Equal(t, "ruleSets/1", seen.Rules().Name())
		return nil
	})
	require.NoError(t, err)
}

// ruledBy: a complaint keeps what rules go by, and by which of them it was routed; itself it is no load in an explanation.
func ruledBy(t *testing.T, store routing.Store) {
	people(t, store, "a", "b")
	want := routing.Complaint{
		ID: "c1", Customer: "customers/k", Cycle: 1, Department: "care", Assignee: "a", RuleSet: 3, Rule: "only",
		Facts: &routingv1.RoutingFacts{Channel: "PHONE", Signals: []policyv1.SignalKind{policyv1.SignalKind_THREAT}},
		Needs: &routingv1.Needs{Skills: []*routingv1.Skill{{Name: "calm", Level: 2}}},
	}
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Complaint, c.Changes.Loads = &want, map[string]int32{"a": 1}
		return nil
	})
	require.NoError(t, err)
	got, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.True(t, proto.Equal(want.Facts, got.Complaint.Facts))
	require.True(t, proto.Equal(want.Needs, got.Complaint.Needs))
	require.Equal(t, []any{int32(3), "only"}, []any{got.Complaint.RuleSet, got.Complaint.Rule})
	for customer, knows := range map[string]bool{"customers/k": true, "customers/other": false} {
		list, err := directoryOf(t, store).Candidates(t.Context(), "care", routing.Complaint{ID: "c2", Customer: customer})
		require.NoError(t, err)
		require.Equal(t, []routing.Candidate{{Agent: "a", OpenCount: 1, KnowsCustomer: knows}, {Agent: "b"}, {Agent: "boss"}}, list)
	}
	list, err := directoryOf(t, store).Candidates(t.Context(), "care", got.Complaint)
	require.NoError(t, err)
	require.Equal(t, []routing.Candidate{{Agent: "a"}, {Agent: "b"}, {Agent: "boss"}}, list)
}
