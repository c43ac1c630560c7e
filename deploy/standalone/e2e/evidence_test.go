package e2e_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
)

// TestTheFileOfAComplaint proves that the program as users start it makes the file for a regulator, and none of a complaint with more on record than
// the policy allows.
func TestTheFileOfAComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	demo, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(policy, append(demo, "\nevidence: {max_bytes: 1048576}\n"...), 0o600))
	w := start(t, t.TempDir(), policy)
	name := w.met()
	w.eventually("resolved", time.Minute, func() bool { return w.get("/v1/" + name)["state"] == "RESOLVED" })
	manager := w.as("agents/wu", authv1.Role_MANAGER)
	status, pack, err := manager.send(http.MethodGet, "/v1/"+name+"/evidence", nil, "")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, string(pack))
	reader, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	require.NoError(t, err)
	var files []string
	for _, f := range reader.File {
		files = append(files, f.Name)
	}
	for _, wanted := range []string{"manifest.json", "manifest.sig", "evidence.zh-Hans.html", "evidence.en.html", "timeline.json", "logs/followup.json"} {
		require.Contains(t, files, wanted)
	}
	require.Len(t, of(w.timeline(name), "evidence_pack_made", ""), 1)

	for range 20 {
		w.post("/v1/"+name+"/messages", object{"author": "AGENT", "text": strings.Repeat("很", 19_000)})
	}
	bad{what: "too much", method: http.MethodGet, path: "/v1/" + name + "/evidence", reason: errorv1.Reason_EVIDENCE_TOO_LARGE}.refuse(t, manager)
	require.Len(t, of(w.timeline(name), "evidence_pack_made", ""), 1, "what was not handed over is not on record as read")
}
