package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// refusal is one that says all there is to say.
func refusal(complaint string, number int32) remedy.Refusal {
	return remedy.Refusal{
		Complaint: complaint, Number: number, Cycle: 2, State: remedyv1.Refusal_OPEN, Customer: "customers/a", Decision: []byte{0, 1},
		Clause: []byte{2}, Actor: "agents/lin", CreateTime: at(1), Version: 1, Steps: []remedy.RefusalStep{
			{Kind: remedyv1.RefusalStep_SET_EXPECTATIONS, Done: true, Words: []byte{3}, Actor: "agents/lin", Time: at(2)},
			{
				Kind: remedyv1.RefusalStep_SOOTHE, Done: true, Words: []byte{4}, Actor: "agents/wu", Time: at(3), AlternativeDue: at(90),
				AlternativeOwner: "agents/mo",
			},
		},
	}
}

// refusals has them written, written over with the steps that came, ended, watched for and repeated.
func refusals(t *testing.T, env Env) {
	t.Helper()
	r, other := refusal("a", 1), refusal("b", 1)
	put(t, env, "a", remedy.Changes{Refusal: &r})
	put(t, env, "b", remedy.Changes{Refusal: &other})
	second := refusal("a", 2)
	put(t, env, "a", remedy.Changes{Refusal: &second})
	read := func(query remedy.RefusalQuery) []remedy.Refusal {
		list, err := env.Refusals.Refusals(t.Context(), query)
		require.NoError(t, err)
		return list
	}
	require.Equal(t, []remedy.Refusal{r, second}, read(remedy.RefusalQuery{Complaint: "a", Limit: 9}))
	require.Equal(t, []remedy.Refusal{r}, read(remedy.RefusalQuery{Complaint: "a", Limit: 1}))
	require.Equal(t, []remedy.Refusal{second}, read(remedy.RefusalQuery{Complaint: "a", After: 1, Limit: 9}))
	require.Empty(t, read(remedy.RefusalQuery{Complaint: "c", Limit: 9}))

	r.Steps = append(r.Steps, remedy.RefusalStep{
		Kind: remedyv1.RefusalStep_END_CONTACT, Done: true, Abuse: true, Words: []byte{5}, Alternative: []byte{6}, Party: "agents/wu",
		Actor: "agents/lin", Time: at(4),
	})
	r.State, r.Words, r.WatchTime, r.EndTime, r.Version = remedyv1.Refusal_CONTACT_ENDED, []byte{7}, at(100), at(4), 2
	put(t, env, "a", remedy.Changes{Refusal: &r})
	repeats := []remedy.Repeat{
		{Refusal: "a", Number: 1, Complaint: "d", Cycle: 1}, {Refusal: "a", Number: 1, Complaint: "d", Cycle: 2},
		{Refusal: "a", Number: 1, Complaint: "c", Cycle: 1},
	}
	put(t, env, "d", remedy.Changes{Repeats: repeats})
	put(t, env, "d", remedy.Changes{Repeats: repeats[:1]})
	r.Repeats = []string{"c", "d"}
	_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Refusals: true, Watched: "customers/a"}, func(c *remedy.Case) error {
		require.Equal(t, []remedy.Refusal{r, second}, c.Refusals)
		require.Equal(t, []remedy.Refusal{r}, c.Watching, "of what was ended, and of no other")
		return nil
	})
	require.NoError(t, err)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Watched: "customers/b"}, func(c *remedy.Case) error {
		require.Empty(t, c.Refusals)
		require.Empty(t, c.Watching)
		return nil
	})
	require.NoError(t, err)
}
