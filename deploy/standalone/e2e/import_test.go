package e2e_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// importSize is how many rows TestImportSurvivesKills imports; REDRESS_IMPORT_ROWS has it import more.
func importSize(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("REDRESS_IMPORT_ROWS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		return n
	}
	return 2000
}

// importFile writes a CSV of n complaints, one in ten of which is still open, and all of which were received days ago.
func importFile(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.csv")
	file, err := os.Create(path)
	require.NoError(t, err)
	table := csv.NewWriter(file)
	require.NoError(t, table.Write([]string{
		"externalId", "statement", "complainant.phone", "receiveTime", "channel", "closed.outcome", "closed.closeTime", "closed.resolution",
	}))
	for i := range n {
		received := time.Now().Add(-time.Duration(100+i%1000) * time.Hour)
		row := []string{
			fmt.Sprintf("CRM-%07d", i), fmt.Sprintf("第%d号：快递显示已签收，可是我根本没有收到。", i), fmt.Sprintf("+86138%08d", i),
			received.Format(time.RFC3339), "HOTLINE", "", "", "",
		}
		if i%10 != 0 {
			row[5], row[6], row[7] = "REMEDIED", received.Add(48*time.Hour).Format(time.RFC3339), "已补发并致歉。"
		}
		require.NoError(t, table.Write(row))
	}
	table.Flush()
	require.NoError(t, errors.Join(table.Error(), file.Close()))
	return path
}

// outcome is a line of the importer's file.
type outcome struct {
	Row        int
	ExternalID string
	Complaint  string
	Already    bool
	Problem    map[string]any
}

// outcomesOf reads the outcomes that are whole.
func outcomesOf(t *testing.T, path string) (list []outcome) {
	t.Helper()
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	for line := range bytes.Lines(text) {
		var o outcome
		if json.Unmarshal(line, &o) != nil {
			break
		}
		list = append(list, o)
	}
	return list
}

// TestImportSurvivesKills kills the importer and then the server in the middle of an import. Started again, the import goes on;
// in the end each row has its outcome and its complaint, and none has two.
func TestImportSurvivesKills(t *testing.T) {
	covers.Requirement(t, "REC-8", "API-1")
	n := importSize(t)
	p := newStandalone(t)
	p.start(t)
	f := newFront(t, p.http, p.dir)
	f.ready(t)
	path := importFile(t, n)
	outcomes := path + ".outcomes.jsonl"
	client := newProcess(t, compile(t, "../../../services/cmd/redress"), "", "import", path, "--server", p.grpc,
		"--token", f.token, "--source", "crm", "--import-id", "e2e", "--concurrency", "16")
	grown := func(more int) {
		before := len(outcomesOf(t, outcomes))
		await(t, time.Minute, 5*time.Millisecond, func() string {
			if len(outcomesOf(t, outcomes)) >= before+more {
				return ""
			}
			return "the import does not get on: " + client.log.String()
		})
	}
	began := time.Now()
	client.launch(t)
	grown(1)
	client.kill(t)
	t.Logf("importer killed when %d of %d rows had an outcome", len(outcomesOf(t, outcomes)), n)
	require.Less(t, len(outcomesOf(t, outcomes)), n, "there was nothing left to be interrupted")
	client.launch(t)
	grown(1)
	p.kill(t)
	t.Logf("server killed when %d rows had an outcome", len(outcomesOf(t, outcomes)))
	p.start(t)
	select {
	case <-client.ended:
	case <-time.After(time.Minute + time.Duration(n)*20*time.Millisecond):
		t.Fatal("the import does not end: ", client.log.String())
	}
	require.Zero(t, client.cmd.ProcessState.ExitCode(), client.log.String())
	t.Logf("%s after %s", client.out.String(), time.Since(began).Round(time.Second))

	filed := map[string]bool{}
	list := outcomesOf(t, outcomes)
	require.Len(t, list, n)
	for i, o := range list {
		require.Equal(t, i+1, o.Row)
		require.Nil(t, o.Problem)
		require.False(t, filed[o.Complaint], "one complaint a row")
		filed[o.Complaint] = true
	}
	onRecord := all[filedComplaint](t, f, "complaints")
	require.Len(t, onRecord, n, "nothing was filed twice")
	closed := 0
	for _, c := range onRecord {
		require.True(t, filed[c.Name])
		if c.State == "CLOSED" {
			closed++
		}
	}
	require.Equal(t, n-(n+9)/10, closed)

	again := newProcess(t, client.binary, "", "import", path, "--server", p.grpc, "--token", f.token, "--source", "crm", "--outcomes", path+".again")
	again.launch(t)
	<-again.ended
	require.Zero(t, again.cmd.ProcessState.ExitCode(), again.log.String())
	for i, o := range outcomesOf(t, path+".again") {
		require.True(t, o.Already)
		require.Equal(t, list[i].Complaint, o.Complaint)
	}
}

// filedComplaint is what the test reads of a complaint.
type filedComplaint struct{ Name, State string }

// TestImportedAfterItsTime imports complaints whose 24 hours have gone: each is broken and escalated at once, once, and its
// customer hears nothing of it unless that is asked for. History is owed nothing.
func TestImportedAfterItsTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "CALL-2")
	alone(t, demoPolicy).importedLate(t)
}

// importedLate is what TestImportedAfterItsTime tells.
func (w *world) importedLate(t *testing.T) {
	w = w.as("agents/zhao", authv1.Role_SUPERVISOR)
	line := func(id string, closed string) string {
		return fmt.Sprintf(`{"externalId":%q,"complaint":{"statement":"没有人给我回电话","complainant":{"phone":"+8613812345678"},`+
			`"receiveTime":%q}%s}`+"\n", id, time.Now().Add(-time.Minute).Format(time.RFC3339), closed)
	}
	imported := func(query, body string) string {
		status, text, err := w.send("POST", "/v1/complaints:import?source=crm"+query, []byte(body), "")
		require.NoError(t, err)
		require.Equal(t, 200, status, string(text))
		var o outcome
		require.NoError(t, json.Unmarshal(bytes.TrimSpace(text), &o), string(text))
		require.Nil(t, o.Problem, string(text))
		return o.Complaint
	}
	quiet := imported("", line("quiet", ""))
	told := imported("&notifyCustomers=true", line("told", ""))
	history := imported("", line("history", fmt.Sprintf(`,"closed":{"outcome":"EXPLAINED","closeTime":%q}`, time.Now().Format(time.RFC3339))))
	for _, complaint := range []string{quiet, told} {
		w.eventually("broken and escalated at once", 10*time.Second, func() bool {
			entries := w.timeline(complaint)
			return len(of(entries, "escalation_raised", complaint+"/duties/1-callback")) > 0 &&
				len(of(entries, "escalation_raised", complaint+"/duties/1-resolution")) > 0
		})
		entries := w.timeline(complaint)
		require.Len(t, of(entries, "duty_settled", complaint+"/duties/1-callback"), 1, "broken once")
		require.Len(t, of(entries, "escalation_raised", complaint+"/duties/1-resolution"), 1, "escalated once")
		require.Empty(t, of(entries, "duty_warned", complaint+"/duties/1-callback"))
	}
	require.Empty(t, of(w.timeline(quiet), "message_sent", ""), "no customer hears of it")
	require.Nil(t, w.duty(quiet, "1-acknowledge"))
	require.Nil(t, w.duty(quiet, "1-contact"))
	w.eventually("acknowledged where that is asked for", 5*time.Second, func() bool { return len(of(w.timeline(told), "message_sent", "")) == 1 })
	require.Equal(t, "MET", w.duty(told, "1-acknowledge")["verdict"], "what is promised now is kept by now")
	require.Len(t, w.timeline(history), 1)
	require.Equal(t, "complaint_imported", w.timeline(history)[0]["type"])
	require.Empty(t, w.running(`RedressComplaint="`+history+`"`), "history has no workflow")
}
