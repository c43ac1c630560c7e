package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// claim is one that says all there is to say.
func claim(complaint, id string, due int) remedy.Claim {
	return remedy.Claim{
		Complaint: complaint, ID: id, Cycle: 2, State: remedyv1.Claim_OPEN, Customer: "customers/a", ThirdParty: []byte{1}, Grounds: []byte{2},
		Amount: 1 << 50, Owner: "agents/lin", DueTime: at(due), Remedy: "r1", CreateTime: at(0), Version: 1,
	}
}

// claims has them written, settled and listed in the order in which they are due.
func claims(t *testing.T, env Env) {
	t.Helper()
	late, soon, other := claim("a", "c1", 90), claim("a", "c2", 10), claim("b", "c3", 50)
	for _, c := range []remedy.Claim{late, soon, other} {
		put(t, env, c.Complaint, remedy.Changes{Claim: &c})
	}
	soon.State, soon.Recovered, soon.Note, soon.SettleTime, soon.Version = remedyv1.Claim_RECOVERED, 5, []byte{3}, at(20), 2
	put(t, env, "a", remedy.Changes{Claim: &soon})
	got, err := env.Claims.Claim(t.Context(), "a", "c2")
	require.NoError(t, err)
	require.Equal(t, soon, got)
	_, err = env.Claims.Claim(t.Context(), "b", "c2")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Claim: "c1"}, func(c *remedy.Case) error {
		require.Equal(t, &late, c.Claim)
		return nil
	})
	require.NoError(t, err)
	for _, c := range []struct {
		query remedy.ClaimQuery
		want  []remedy.Claim
	}{
		{remedy.ClaimQuery{}, []remedy.Claim{soon, other, late}},
		{remedy.ClaimQuery{Complaint: "a"}, []remedy.Claim{soon, late}},
		{remedy.ClaimQuery{After: &remedy.ClaimPosition{DueTime: at(10), ID: "c2"}}, []remedy.Claim{other, late}},
		{remedy.ClaimQuery{Filter: `overdue`, Now: at(50)}, []remedy.Claim{other}},
		{remedy.ClaimQuery{Filter: `overdue = false AND state = "OPEN" AND owner = "agents/lin"`, Now: at(50)}, []remedy.Claim{late}},
	} {
		c.query.Limit = 9
		list, err := env.Claims.Claims(t.Context(), c.query)
		require.NoError(t, err)
		require.Equal(t, c.want, list, "%v", c.query)
	}
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Accounts: true}, func(c *remedy.Case) error {
		require.EqualValues(t, 5, c.Accounts.Recovered)
		return nil
	})
	require.NoError(t, err)
	untold(t, env, other, late)
}

// untold are open claims that are due and of which somebody is still to be told: their owner, and later whoever stands above.
func untold(t *testing.T, env Env, other, late remedy.Claim) {
	t.Helper()
	wants := func(now, toldUntil int, want ...remedy.Claim) {
		t.Helper()
		list, err := env.Claims.UntoldClaims(t.Context(), at(now), at(toldUntil), 9)
		require.NoError(t, err)
		require.Equal(t, want, list)
	}
	list, err := env.Claims.UntoldClaims(t.Context(), at(49), at(0), 9)
	require.NoError(t, err)
	require.Empty(t, list)
	wants(50, 0, other)
	other.OverdueTime = at(60)
	put(t, env, "b", remedy.Changes{Claim: &other})
	wants(95, 59, late)
	wants(95, 60, other, late)
	other.AboveTime = at(95)
	put(t, env, "b", remedy.Changes{Claim: &other})
	wants(95, 95, late)
}
