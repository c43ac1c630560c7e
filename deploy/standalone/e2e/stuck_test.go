package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// searches are those that a section of the page for operators lists, by query.
func searches(t *testing.T, title string) map[string]string {
	t.Helper()
	_, section, found := strings.Cut(pages(t)["docs/operations.md"], "\n### "+title+"\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n### ")
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| ([^|]+) \\| `([^`]+)` \\| [^|]+ \\|$").FindAllStringSubmatch(section, -1) {
		listed[row[2]] = row[1]
	}
	return listed
}

// unhurriedPolicy is the demo policy in which nothing is missed but by what is urgent, nobody has to answer a hand-off soon, and the
// ladder climbs fast.
func unhurriedPolicy(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	patient := regexp.MustCompile(`(?s)  - severity: NORMAL\n.*?  - severity: HIGH\n`).ReplaceAllString(string(text), `  - severity: NORMAL
    acknowledge: {within: 60s, measure: ELAPSED}
    contact: {within: 1h, measure: STAFFED}
    first_response: {within: 90m, measure: ELAPSED}
    callback: {within: 24h, measure: ELAPSED}
    resolution: {within: 72h, measure: ELAPSED}
  - severity: HIGH
`)
	for before, after := range map[string]string{
		"hand_off_within: 4s": "hand_off_within: 1h", "acknowledge_within: 60s": "acknowledge_within: 2s",
		"acknowledge_urgent_within: 45s": "acknowledge_urgent_within: 2s",
	} {
		require.Contains(t, patient, before)
		patient = strings.Replace(patient, before, after, 1)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(patient), 0o600))
	return path
}

// TestOperatorsFindWhatIsStuck has each search of docs/operations.md find what the page says that it finds, and nothing else.
func TestOperatorsFindWhatIsStuck(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4", "ROUTE-5", "CALL-2")
	w := start(t, t.TempDir(), unhurriedPolicy(t))
	manager := w.as("agents/guo", authv1.Role_MANAGER)
	status, answer := manager.call(http.MethodPatch, "/v1/agents/tang?updateMask=takes_complaints", object{"takesComplaints": false})
	require.Equal(t, http.StatusOK, status, answer)
	missed, offered, withdrawn := w.late("+8613812340021"), w.late("+8613812340022"), w.late("+8613812340023")
	w.post("/v1/"+withdrawn+":withdraw", object{"reason": "It was settled otherwise."})
	ordinary := w.file("My line has been dead since Monday.")
	queued, _ := w.post("/v1/complaints", object{
		"statement": "账单多收了一个月的费用。", "complainant": object{"phone": "+8613812340025"}, "target": object{"kind": "BILLING"},
	})["name"].(string)
	w.offer(offered)
	w.post("/v1/"+missed+":setSeverity", object{"severity": "URGENT", "reason": "The customer is ill and needs it."})

	wanted := map[string][]string{
		`RedressBreach="callback"`:                                                {missed},
		`RedressAssignee="agents/he" AND RedressBreach="callback"`:                {missed},
		`RedressDepartment="departments/logistics" AND ExecutionStatus="Running"`: {missed, offered},
		`RedressAssignee IS NULL AND ExecutionStatus="Running"`:                   {queued},
		`RedressEscalationLevel >= 2 AND ExecutionStatus="Running"`:               {missed, queued},
		`RedressWaitsFor="agents/fang"`:                                           {missed, queued},
		`RedressDuty="hand-off" AND RedressWaitsFor="departments/quality"`:        {offered},
		`RedressSeverity="URGENT" AND ExecutionStatus="Running"`:                  {missed},
		`RedressDueTime < "2026-12-24T12:00:00Z" AND ExecutionStatus="Running"`:   {offered, ordinary, queued},
		`RedressComplaint="complaints/01jb3p5v9x7k2m4n6q8r0t1w3y"`:                {ordinary},
	}
	ids := map[string][]string{}
	for query, complaints := range wanted {
		for _, complaint := range complaints {
			ids[query] = append(ids[query], workflowID(complaint))
		}
	}
	w.finds("What is stuck, with whom", ids, ordinary)
}

// finds tries each search of a section of the page for operators: it finds these workflows, and no others. A complaint that the page makes
// up stands for a real one, and a time that it names for one in two hours.
func (w *world) finds(title string, wanted map[string][]string, complaint string) {
	w.t.Helper()
	listed := searches(w.t, title)
	for query := range wanted {
		require.Contains(w.t, listed, query, "the page has lost a search")
	}
	for query, question := range listed {
		ids, ok := wanted[query]
		require.True(w.t, ok, "a search that nobody tries: %s %s", question, query)
		asked := strings.NewReplacer("2026-12-24T12:00:00Z", time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339),
			"complaints/01jb3p5v9x7k2m4n6q8r0t1w3y", complaint).Replace(query)
		slices.Sort(ids)
		var found []string
		agrees := func() bool {
			found = w.running(asked)
			slices.Sort(found)
			return slices.Equal(ids, found)
		}
		for deadline := time.Now().Add(2*time.Minute + w.slack); !agrees(); time.Sleep(100 * time.Millisecond) {
			require.True(w.t, time.Now().Before(deadline), "%s %s\nfinds %v\nnot   %v", question, query, found, ids)
		}
	}
}
