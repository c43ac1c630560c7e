package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestEveryEndIsTold: what was withdrawn, goes on in another complaint, or was none, is told with proof, once; spam is not. A letter is sent
// for its cycle also when the complaint was opened again at once.
func TestEveryEndIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-1", "REC-6", "CLK-4")
	w := start(t, t.TempDir(), demoPolicy)
	// told are the letters on a complaint but for the acknowledgement.
	told := func(complaint string) (templates []any) {
		for _, template := range w.details(complaint, "message_sent", "template") {
			if template != "acknowledgement" {
				templates = append(templates, template)
			}
		}
		return templates
	}
	is := func(complaint, template string) {
		t.Helper()
		w.eventually(template+" is sent", 10*time.Second, func() bool { return len(told(complaint)) > 0 })
		require.Equal(t, []any{template}, told(complaint))
	}
	acknowledged := func() (complaint string) {
		complaint = w.file(broadband)
		w.eventually("on the clock", 10*time.Second, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
		return complaint
	}
	spam := acknowledged()
	w.post("/v1/"+spam+":close", object{"outcome": "NOT_A_COMPLAINT", "spam": true})
	withdrawn := acknowledged()
	w.post("/v1/"+withdrawn+":withdraw", object{"reason": "it is solved"})
	w.post("/v1/"+withdrawn+":reopen", object{"reason": "it was not the customer who withdrew it"})
	is(withdrawn, "withdrawn")
	enquiry := acknowledged()
	w.post("/v1/"+enquiry+":close", object{"outcome": "NOT_A_COMPLAINT", "answer": "The shop opens at nine."})
	is(enquiry, "not-a-complaint")
	into := acknowledged()
	merged := acknowledged()
	w.post("/v1/"+merged+":merge", object{"into": into, "reason": "the same line"})
	is(merged, "merged")
	at := w.file(broadband)
	w.post("/v1/"+at+":withdraw", object{"reason": "before anybody was in charge"})
	is(at, "withdrawn")
	require.Empty(t, told(into), "it goes on")
	w.eventually("the workflow of the spam has ended", 15*time.Second, func() bool {
		return len(w.running(`WorkflowId="`+workflowID(spam)+`" AND ExecutionStatus="Running"`)) == 0
	})
	require.Empty(t, told(spam))

	status, answer := w.call(http.MethodPost, "/v1/"+into+":close", object{"outcome": "NOT_A_COMPLAINT", "spam": true, "answer": "x"})
	require.Equal(t, []any{http.StatusBadRequest, "INVALID_FIELD"}, []any{status, answer["reason"]})
}
