package remedy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/remedy"
)

// TestEvidence shows the other complaints of the customer and what is left of each cap (APPR-2).
func TestEvidence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "REM-3")
	w := newWorld(t)
	before, complaint := w.receive(), w.receive()
	w.happens(before, 1, faulty())
	_, err := w.create(t.Context(), before, small())
	require.NoError(t, err)
	proposed := proposal()
	proposed.ScoreObjection = "he was right each time"
	r, err := w.create(t.Context(), complaint, proposed)
	require.NoError(t, err)
	w.now = w.now.Add(time.Hour)

	service, err := remedy.New(remedy.Config{}, w.deps)
	require.NoError(t, err)
	ctx := auth.NewContext(t.Context(), auth.Identity{Subject: "agents/zhao", Roles: []authv1.Role{authv1.Role_SUPERVISOR}})
	id := strings.TrimPrefix(complaint, "complaints/")
	got, err := service.Evidence(ctx, id, strings.TrimPrefix(r.GetName(), complaint+"/remedies/"))
	require.NoError(t, err)
	require.Len(t, got.GetHistory(), 1)
	require.Equal(t, before, got.GetHistory()[0].GetComplaint())
	require.EqualValues(t, 20, got.GetHistory()[0].GetGiven().GetUnits())
	require.EqualValues(t, 20, got.GetGiven().GetUnits())
	require.EqualValues(t, 20, got.GetScore().GetPoints(), "a complaint, for which something was given")
	require.Equal(t, "he was right each time", got.GetScoreObjection())
	left := map[string]int64{}
	for _, c := range got.GetCaps() {
		left[c.GetCap()] = c.GetLeft().GetUnits()
	}
	require.Equal(t, map[string]int64{"complaint": 1000, "customer": 1980, "budget": 19_980}, left)
	require.EqualValues(t, 19_980, got.GetBudgetLeft().GetUnits())
	require.Equal(t, remedyv1.Remedy_PROPOSED, r.GetState())
}
