package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
)

// imports: a row is filed once for ever, whoever sends it again, and found by its hash; what waits to be taken up is counted.
func imports(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "REC-8")
	row := func(n int, hash string, state intake.State) intake.NewComplaint {
		one := filing(n, []string{hash}, func(c *intake.Complaint) { c.State = state })
		one.Import = []byte(hash)
		return one
	}
	first, _, err := s.File(t.Context(), row(1, "row 1", intake.Received))
	require.NoError(t, err)
	again, earlier, err := s.File(t.Context(), row(2, "row 1", intake.Received))
	require.NoError(t, err)
	require.True(t, earlier)
	require.Equal(t, first, again, "the row is on record")
	_, err = s.Get(t.Context(), complaint(2).ID)
	require.ErrorIs(t, err, intake.ErrNotFound)

	found, err := s.Imported(t.Context(), []byte("row 1"))
	require.NoError(t, err)
	require.Equal(t, first, found)
	_, err = s.Imported(t.Context(), []byte("row 2"))
	require.ErrorIs(t, err, intake.ErrNotFound)

	for n, state := range []intake.State{intake.Active, intake.Resolving, intake.Resolved, intake.Closed} {
		_, _, err := s.File(t.Context(), row(n+3, "row "+string(rune('3'+n)), state))
		require.NoError(t, err)
	}
	waiting, err := s.Waiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, waiting, "one that nobody is in charge of, and one that is being resolved")
}

// byReference: a reference finds its complaint and no other.
func byReference(t *testing.T, s Subject) {
	t.Helper()
	record := mustFile(t, s, 1, []string{"a"})
	mustFile(t, s, 2, []string{"b"})
	found, err := s.ByReference(t.Context(), record.Reference)
	require.NoError(t, err)
	require.Equal(t, record, found)
	_, err = s.ByReference(t.Context(), "R-3")
	require.ErrorIs(t, err, intake.ErrNotFound)
}
