package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/intake"
)

// assessments: what was assessed is kept with the complaint, and lists find it.
func assessments(t *testing.T, s Subject) {
	t.Helper()
	covers.Requirement(t, "ASSESS-1")
	covers.Requirement(t, "ASSESS-4")
	ctx := t.Context()
	record := mustFile(t, s, 1, []string{"a"})
	mustFile(t, s, 2, []string{"b"})
	require.Zero(t, record.Scenario+record.Established+record.Ruling)
	kinds := []intake.EntryKind{intake.InvestigationEntry, intake.AssessmentEntry, intake.RulingEntry, intake.AppealEntry}
	put := []intake.Entry{
		entry(record.ID, kinds[0], 1, "step"), entry(record.ID, kinds[1], 1, "assessment"), entry(record.ID, kinds[1], 2, "another"),
		entry(record.ID, kinds[2], 1, "ruling"), entry(record.ID, kinds[3], 1, "appeal"),
	}
	amended, err := s.Amend(ctx, intake.Amendment{
		Complaint: record.ID, Kinds: kinds,
		Decide: func(r *intake.Record, _ []intake.Entry) (intake.Effects, error) {
			r.Version++
			r.Scenario, r.Established, r.Ruling = 3, 2, 1
			out := effects(draft(r.ID, changed(), false))
			out.Entries = put
			return out, nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, put, amended.Entries)
	got, all, err := s.Entries(ctx, record.ID, kinds...)
	require.NoError(t, err)
	require.Equal(t, amended.Record, got)
	require.Equal(t, []int32{3, 2, 1}, []int32{got.Scenario, got.Established, got.Ruling})
	require.Equal(t, put, all, "by kind, the oldest first")
	known, err := s.Known(ctx, []intake.Resource{
		{Complaint: record.ID}, {Complaint: "none"}, {Complaint: record.ID, Kind: kinds[2], ID: put[3].ID}, {Complaint: record.ID, Kind: kinds[3], ID: "none"},
		{Complaint: record.ID, Collection: "messages", ID: "none"}, {Complaint: record.ID, Collection: "attachments", ID: "none"},
	})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true, false, false, false}, known)
	known, err = s.Known(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, known)
	for filter, want := range map[string]int{
		`scenario = "LOGISTICS"`: 1, `scenario = "PRICE"`: 0, `scenario != "LOGISTICS"`: 1, `established = "PARTLY"`: 1,
		`ruling = "RESPONSIBLE"`: 1, `ruling = "PROBLEM_RECORD" OR scenario = "LOGISTICS"`: 1,
		`scenario = "LOGISTICS" AND state = "RECEIVED"`: 1,
	} {
		records, err := s.List(ctx, intake.Query{Filter: filter, Limit: 9})
		require.NoError(t, err, filter)
		require.Len(t, records, want, filter)
	}
}
