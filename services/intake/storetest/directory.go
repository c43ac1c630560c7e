package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake"
)

// directory: what was told last is read, and what is no more keeps who led it.
func directory(t *testing.T, s Subject) {
	t.Helper()
	number := byte(0)
	note := func(entry intake.DirectoryEntry) {
		number++
		event := &eventv1.Event{EventId: "018f3c1e-0000-7000-8000-0000000000" + string([]byte{'0' + number/10, '0' + number%10})}
		for _, want := range []bool{true, false} {
			first, err := s.NoteDirectory(t.Context(), event, entry)
			require.NoError(t, err)
			require.Equal(t, want, first)
		}
	}
	none, err := s.Directory(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
	care := intake.DirectoryEntry{
		Name: "departments/care", Manager: "agents/sun", Supervisor: "agents/zhao", Alias: map[string]string{"en": "Care"}, Active: true,
	}
	lin := intake.DirectoryEntry{Name: "agents/lin", Supervisor: "agents/zhao", Active: true}
	note(care)
	note(lin)
	all, err := s.Directory(t.Context())
	require.NoError(t, err)
	require.Equal(t, []intake.DirectoryEntry{lin, care}, all)
	care.Alias["en"], lin.Supervisor = "Care team", ""
	note(care)
	note(lin)
	some, err := s.Directory(t.Context(), "departments/care", "departments/none")
	require.NoError(t, err)
	require.Equal(t, []intake.DirectoryEntry{care}, some)
	note(intake.DirectoryEntry{Name: "departments/care"})
	care.Active = false
	some, err = s.Directory(t.Context(), "departments/care", "agents/lin")
	require.NoError(t, err)
	require.Equal(t, []intake.DirectoryEntry{care, lin}, some)
}
