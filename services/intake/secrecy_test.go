package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// What identifies a customer is on disk and in the log in sealed form only.
func TestNothingPersonalIsWrittenInPlain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	ctx := rpctest.WithKey(t.Context(), "key-1")
	c, err := f.agent.CreateComplaint(ctx, &intakev1.CreateComplaintRequest{
		Statement:   "marker-statement",
		Complainant: &intakev1.Complainant{DisplayName: "marker-name", Phone: "138 7777 6666", Email: "Marker-Mail@Example.com", CustomerId: "marker-number"},
		Target:      &intakev1.Target{Order: "marker-order", Product: "marker-product", Place: "marker-place", Person: "marker-person"},
		Demands:     []*intakev1.Demand{{Text: "marker-demand"}},
	})
	require.NoError(t, err)
	_, err = f.update(&intakev1.Complaint{Name: c.GetName(), Notes: "marker-notes", Complainant: &intakev1.Complainant{Phone: "13777778888"}})
	require.NoError(t, err)
	_, err = say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, "marker-message")
	require.NoError(t, err)
	_, err = f.agent.ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
		Name: c.GetName(), Outcome: intakev1.Complaint_EXPLAINED, Resolution: "marker-resolution",
	})
	require.NoError(t, err)
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Reason: "marker-withdrawal"})
	require.NoError(t, err)
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "marker-reopening"})
	require.NoError(t, err)
	_, err = f.agent.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{
		Name: c.GetName(), Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Reason: "marker-closing",
	})
	require.NoError(t, err)
	// What is refused must not be repeated in the log either.
	_, err = f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{Phone: "13777"}})
	require.Error(t, err)
	_, err = f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{Filter: `marker = "marker-filter"`})
	require.Error(t, err)

	f.indexed(c.GetName())
	require.NotZero(t, f.rows("index_texts"))

	everything := map[string]string{"the log": f.logged.String()}
	require.NoError(t, filepath.WalkDir(f.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		everything[entry.Name()] = string(content)
		return err
	}))
	require.Contains(t, everything, "intake.db-wal")
	require.Contains(t, everything["intake.db"]+everything["intake.db-wal"], c.GetReference(), "the test looks where the data is")
	require.Contains(t, everything["the log"], "CreateComplaint", "the test looks where the log is")
	for place, content := range everything {
		content = strings.ToLower(content)
		for _, marker := range []string{"marker-", "13877776666", "138 7777 6666", "13777778888", "example.com"} {
			require.NotContains(t, content, marker, place)
		}
	}
	var keyring map[string]any
	require.NoError(t, json.Unmarshal([]byte(everything["keyring.json"]), &keyring), "the keyring lies beside the databases")
}
