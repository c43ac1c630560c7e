package suite_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/evidence"
	"github.com/redress-dev/redress/services/suite"
)

// become has the calls that follow made by somebody with a role.
func (h *house) become(subject string, role authv1.Role) {
	h.t.Helper()
	var err error
	h.token, err = suite.DevelopmentToken(h.cfg.DataDir, subject, []authv1.Role{role}, time.Hour, time.Now)
	require.NoError(h.t, err)
}

// pack fetches the complaint's file.
func (h *house) pack() []byte {
	h.t.Helper()
	a := h.call(http.MethodGet, "/v1/"+h.complaint+"/evidence", nil)
	require.Equal(h.t, http.StatusOK, a.status, a.text)
	require.Equal(h.t, "application/zip", a.header.Get("Content-Type"))
	require.Contains(h.t, a.header.Get("Content-Disposition"), ".zip")
	return []byte(a.text)
}

// unzip reads the files of a pack.
func unzip(t *testing.T, pack []byte) map[string]string {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range reader.File {
		entry, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(entry)
		require.NoError(t, err)
		files[f.Name] = string(text)
	}
	return files
}

// rezip makes an archive of files.
func rezip(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entry, err := writer.Create(name)
		require.NoError(t, err)
		_, err = entry.Write([]byte(files[name]))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return out.Bytes()
}

// problems checks a pack with the installation's key and returns what does not fit.
func (h *house) problems(pack []byte) []string {
	h.t.Helper()
	key, err := suite.EvidenceKey(h.cfg.DataDir)
	require.NoError(h.t, err)
	report, err := evidence.Check(pack, key)
	require.NoError(h.t, err)
	return report.Problems
}

// TestTheFileForARegulator proves that a manager gets all that is on record in one archive, readable in three languages, that it can be checked
// without anything else, and that the reading is on record with the archive's digest (API-2).
func TestTheFileForARegulator(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	h := moveIn(t, func(*suite.Config) {})
	a := h.upload(strings.NewReader("a picture of it"), "Content-Type: text/plain")
	require.Equal(t, http.StatusOK, a.status, a.text)
	a = h.call(http.MethodPost, "/v1/"+h.complaint+"/messages", strings.NewReader(`{"author":"CUSTOMER","text":"碎了一地"}`))
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Eventually(t, func() bool { // Followup has heard of it.
		duties, _ := h.call(http.MethodGet, "/v1/"+h.complaint+"/duties", nil).body["duties"].([]any)
		return len(duties) > 0
	}, time.Minute, 20*time.Millisecond)
	h.become("agents/wu", authv1.Role_MANAGER)
	pack := h.pack()
	require.Empty(t, h.problems(pack))
	files := unzip(t, pack)
	for _, source := range []string{"intake", "routing", "remedy", "followup", "review"} {
		require.Contains(t, files, "logs/"+source+".json")
	}
	for _, part := range []string{
		"complaint", "timeline", "duties", "callbacks", "notifications", "messages", "promises", "remedies", "approvals", "refusals", "assessment",
		"outcomes", "attachments", "handOffs", "escalations", "followUps", "record",
	} {
		require.Contains(t, files, part+".json")
	}
	require.Contains(t, files["messages.json"], "碎了一地")
	require.Contains(t, files["duties.json"], "CALLBACK")
	require.Contains(t, files["timeline.json"], "complaint_received")
	for language, heading := range map[string]string{"zh-Hans": "应尽义务与判定", "zh-Hant": "應盡義務與判定", "en": "Duties and verdicts"} {
		page := files[evidence.PageName(language)]
		require.Contains(t, page, heading)
		require.Contains(t, page, "碎了一地")
		require.Contains(t, page, "agents/wu", "it says whose reading it is")
		digest := sha256.Sum256([]byte("a picture of it"))
		require.Contains(t, page, hex.EncodeToString(digest[:]), "the attachment's hash")
		require.NotContains(t, page, "<script")
	}
	digest := sha256.Sum256(pack)
	timeline := h.call(http.MethodGet, "/v1/"+h.complaint+"/timeline", nil)
	require.Contains(t, timeline.text, "evidence_pack_made")
	require.Contains(t, timeline.text, hex.EncodeToString(digest[:]))
	before := h.call(http.MethodGet, "/v1/"+h.complaint, nil)
	again := unzip(t, h.pack())
	for _, same := range []string{"complaint.json", "duties.json", "messages.json"} {
		require.Equal(t, files[same], again[same], "the same state gives the same file: %s", same)
	}
	require.Equal(t, before.text, h.call(http.MethodGet, "/v1/"+h.complaint, nil).text, "reading changes nothing, the etag neither")
}

// TestTheFileHoldsWhatItsReaderMaySee proves that an auditor gets it without the customer's words and contact, that it says so, and that nobody
// else gets it.
func TestTheFileHoldsWhatItsReaderMaySee(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2", "API-4")
	h := moveIn(t, func(*suite.Config) {})
	a := h.call(http.MethodPost, "/v1/"+h.complaint+"/messages", strings.NewReader(`{"author":"CUSTOMER","text":"碎了一地"}`))
	require.Equal(t, http.StatusOK, a.status, a.text)
	for role := range authv1.Role_name {
		if slices.Contains([]authv1.Role{0, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_AUDITOR}, authv1.Role(role)) {
			continue
		}
		h.become("agents/lin", authv1.Role(role))
		h.call(http.MethodGet, "/v1/"+h.complaint+"/evidence", nil).refuses(t, http.StatusForbidden, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	}
	h.become("agents/ada", authv1.Role_AUDITOR)
	pack := h.pack()
	require.Empty(t, h.problems(pack))
	files := unzip(t, pack)
	require.NotContains(t, files, "messages.json")
	for name, text := range files {
		require.NotContains(t, text, "碎了一地", name)
		require.NotContains(t, text, "13812345678", name)
	}
	require.Contains(t, files[evidence.PageName("en")], "Withheld from the reader")
	h.call(http.MethodGet, "/v1/complaints/0123456789abcdefghjkmnpqrs/evidence", nil).refuses(t, http.StatusNotFound, "COMPLAINT_NOT_FOUND")
	h.call(http.MethodGet, "/v1/"+h.complaint+"/evidence?x=1", nil).refuses(t, http.StatusBadRequest, errorv1.Reason_UNKNOWN_PARAMETER.String())
}

// TestATamperedFileIsFound proves that a change of any file is found and named, and so is a file that is missing or was added.
func TestATamperedFileIsFound(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	h := moveIn(t, func(*suite.Config) {})
	h.become("agents/wu", authv1.Role_MANAGER)
	files := unzip(t, h.pack())
	require.Empty(t, h.problems(rezip(t, files)), "what was only packed anew is as it was")
	for name, text := range files {
		changed := maps.Clone(files)
		switch name {
		case evidence.SignatureName:
			changed[name] = "A" + text[1:]
			if changed[name] == text {
				changed[name] = "B" + text[1:]
			}
		case evidence.ManifestName:
			changed[name] = strings.Replace(text, "agents/wu", "agents/xu", 1)
		default:
			changed[name] = text + " "
		}
		found := strings.Join(h.problems(rezip(t, changed)), "\n")
		want := name
		if name == evidence.SignatureName {
			want = evidence.ManifestName + ": the signature does not hold"
		}
		require.Contains(t, found, want)
		if name != evidence.ManifestName {
			delete(changed, name)
			require.NotEmpty(t, h.problems(rezip(t, changed)), "%s is missing", name)
		}
	}
	added := maps.Clone(files)
	added["more.json"] = "{}"
	require.Contains(t, strings.Join(h.problems(rezip(t, added)), "\n"), "more.json: the manifest does not know it")
	other, err := evidence.DecodeKey("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	require.NoError(t, err)
	report, err := evidence.Check(rezip(t, files), other)
	require.NoError(t, err)
	require.Contains(t, strings.Join(report.Problems, "\n"), "signed with another key")
}

// TestATamperedLogIsFoundInTheFile proves that a row of a log that was changed in the database is named by whoever checks the file.
func TestATamperedLogIsFoundInTheFile(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	h := moveIn(t, func(*suite.Config) {})
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.cfg.DataDir, "intake.db")+"?_pragma=busy_timeout(60000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), "UPDATE events SET actor = 'agents/nobody' WHERE subject = ? AND position = 1", h.complaint)
	require.NoError(t, err)
	h.become("agents/wu", authv1.Role_MANAGER)
	pack := h.pack()
	found := strings.Join(h.problems(pack), "\n")
	require.Contains(t, found, "logs/intake.json: sequence 1: the event was altered: its hash does not fit")
	require.Contains(t, found, "when the pack was made the service found")
	require.Contains(t, unzip(t, pack)[evidence.PageName("en")], "the event was altered", "the pages say so, too")
}

// TestTheFileIsBounded proves that a complaint with more on record than the policy allows gets no file, and that this is told.
func TestTheFileIsBounded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	rules := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(rules, []byte("evidence: {max_bytes: 1048576}\n"), 0o600))
	policy, err := suite.LoadPolicy(rules)
	require.NoError(t, err)
	h := moveInBy(t, policy, func(*suite.Config) {})
	text := strings.Repeat("很", 19_000)
	for range 20 {
		a := h.call(http.MethodPost, "/v1/"+h.complaint+"/messages", strings.NewReader(`{"author":"CUSTOMER","text":"`+text+`"}`))
		require.Equal(t, http.StatusOK, a.status, a.text)
	}
	for role, subject := range map[authv1.Role]string{authv1.Role_MANAGER: "agents/wu", authv1.Role_AUDITOR: "agents/ada"} {
		h.become(subject, role)
		a := h.call(http.MethodGet, "/v1/"+h.complaint+"/evidence", nil)
		a.refuses(t, http.StatusBadRequest, errorv1.Reason_EVIDENCE_TOO_LARGE.String())
		require.Contains(t, a.text, "1048576")
		require.NotContains(t, h.call(http.MethodGet, "/v1/"+h.complaint+"/timeline", nil).text, "evidence_pack_made")
	}
}
