package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// solved: what others accepted in matters of the same product or scenario, the newest first and each once.
func solved(t *testing.T, env Env) {
	t.Helper()
	file := func(id string, seconds int, product string, scenario policyv1.Scenario, state remedyv1.Remedy_State) {
		c := complaint(id)
		c.Facts.ReceiveTime, c.Facts.Product, c.Facts.Scenario = at(seconds), product, scenario
		r := proposal(id, "r", seconds)
		r.State = state
		put(t, env, id, remedy.Changes{Complaint: &c, Remedy: &r})
	}
	const accepted, fulfilled, declined = remedyv1.Remedy_ACCEPTED, remedyv1.Remedy_FULFILLED, remedyv1.Remedy_DECLINED
	file("a", 1, "lock", policyv1.Scenario_QUALITY, accepted)
	file("b", 2, "lock", policyv1.Scenario_PRICE, fulfilled)
	file("c", 3, "kettle", policyv1.Scenario_QUALITY, accepted)
	file("d", 4, "lock", policyv1.Scenario_QUALITY, declined)
	file("e", 5, "", policyv1.Scenario_SCENARIO_UNSPECIFIED, accepted)
	file("released", 5, "lock", policyv1.Scenario_QUALITY, remedyv1.Remedy_RELEASED)
	file("self", 6, "lock", policyv1.Scenario_QUALITY, accepted)
	merged := complaint("f")
	merged.Facts.Product, merged.Facts.Survivor = "lock", "a"
	put(t, env, "f", remedy.Changes{Complaint: &merged})
	propose(t, env, proposal("f", "r", 7))

	ask := func(query remedy.SolvedQuery) (ids []string) {
		query.But = "customers/self"
		list, err := env.Cases.Solved(t.Context(), query)
		require.NoError(t, err)
		for _, s := range list {
			ids = append(ids, s.Complaint.ID)
			want := proposal(s.Complaint.ID, "r", 0)
			require.Equal(t, want.Options, s.Remedy.Options)
			require.Equal(t, want.Answer.Option, s.Remedy.Answer.Option)
		}
		return ids
	}
	require.Equal(t, []string{"b", "a", "c"}, ask(remedy.SolvedQuery{Product: "lock", Scenario: policyv1.Scenario_QUALITY, Limit: 9}))
	require.Equal(t, []string{"b", "c"}, ask(remedy.SolvedQuery{Product: "lock", Scenario: policyv1.Scenario_QUALITY, Limit: 1}))
	require.Equal(t, []string{"b", "a"}, ask(remedy.SolvedQuery{Product: "lock", Limit: 9}))
	require.Equal(t, []string{"b"}, ask(remedy.SolvedQuery{Scenario: policyv1.Scenario_PRICE, Limit: 9}))
	require.Empty(t, ask(remedy.SolvedQuery{Product: "none", Limit: 9}))
	require.Empty(t, ask(remedy.SolvedQuery{Limit: 9}))
}
