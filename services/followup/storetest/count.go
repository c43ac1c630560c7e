package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// testCount: open duties are counted by kind, those among them that are due soon and those whose time has passed too, and nothing that
// has ended.
func testCount(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a", callback("a", 1, at(10)), callback("a", 2, at(30)), resolution("a", at(10)))
	open(t, env, "b", callback("b", 1, at(20)))
	kept := callback("b", 1, at(20))
	kept.State, kept.Verdict, kept.FactTime, kept.SettleTime = followupv1.Duty_KEPT, policyv1.Verdict_MET_LATE, at(25), at(25)
	owed, near, late, err := env.Duties.CountDuties(t.Context(), at(20), at(30))
	require.NoError(t, err)
	require.Equal(t, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 3, policyv1.DutyKind_RESOLUTION: 1}, owed)
	require.Equal(t, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 1, policyv1.DutyKind_RESOLUTION: 1}, late,
		"due at this very moment is not overdue")
	require.Equal(t, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 1, policyv1.DutyKind_RESOLUTION: 0}, near,
		"it is due soon, and what is due when soon is over is not")
	put(t, env, "b", followup.Changes{Touched: []*followup.Duty{kept}})
	owed, near, late, err = env.Duties.CountDuties(t.Context(), at(40), at(50))
	require.NoError(t, err)
	require.Equal(t, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 2, policyv1.DutyKind_RESOLUTION: 1}, owed)
	require.Equal(t, owed, late)
	require.Equal(t, map[policyv1.DutyKind]int64{policyv1.DutyKind_CALLBACK: 0, policyv1.DutyKind_RESOLUTION: 0}, near)
}

// testCountNothing: an empty store is no error.
func testCountNothing(t *testing.T, env Env) {
	t.Helper()
	owed, near, late, err := env.Duties.CountDuties(t.Context(), at(0), at(1))
	require.NoError(t, err)
	require.Empty(t, owed)
	require.Empty(t, near)
	require.Empty(t, late)
}

// resolution is an open duty to resolve.
func resolution(id string, due time.Time) *followup.Duty {
	d := callback(id, 1, due)
	d.ID, d.Kind = followup.DutyID(1, policyv1.DutyKind_RESOLUTION), policyv1.DutyKind_RESOLUTION
	return d
}
