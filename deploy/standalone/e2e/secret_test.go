package e2e_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// TestPersonalDataStaysSealed plants what only a customer would know and looks for it everywhere but in the answers (API-4).
func TestPersonalDataStaysSealed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	alone(t, demoPolicy).dataStaysSealed(t)
}

// dataStaysSealed is what TestPersonalDataStaysSealed tells.
func (w *world) dataStaysSealed(t *testing.T) {
	planted := []string{"13955667788", "zebra-lantern", "quince@example.org", "Wang Marmalade", "kumquat", "tamarind", "pomelo", "loquat", "durian"}
	answer := w.post("/v1/complaints", object{
		"statement":   "my zebra-lantern words",
		"complainant": object{"displayName": "Wang Marmalade", "phone": "+86" + planted[0], "email": planted[2]},
		"target":      object{"person": "kumquat"}, "demands": []any{object{"text": "tamarind"}},
	})
	complaint, _ := answer["name"].(string)
	w.eventually("acknowledged", 5*time.Second, func() bool { return w.duty(complaint, "1-acknowledge")["verdict"] == "MET" })
	w.post("/v1/"+complaint+"/messages", object{"author": "CUSTOMER", "text": "pomelo"})
	w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "NO_ANSWER", "way": "PHONE", "note": "loquat"})
	status, understood := w.call(http.MethodPatch, "/v1/"+complaint+"/understanding", object{"restatementConfirmation": "CONFIRMED", "restatement": "kumquat"})
	require.Equal(t, http.StatusOK, status, understood)
	apology := object{"kind": "APOLOGY", "basis": "GOODWILL", "contents": "kumquat"}
	guidance := object{"kind": "GUIDANCE", "basis": "GOODWILL", "contents": "kumquat"}
	w.eventually("remedy has heard of it", 10*time.Second, func() bool {
		status, answer := w.call(http.MethodPost, "/v1/"+complaint+"/remedies", object{"options": []any{apology, guidance}})
		return status == http.StatusOK || answer["reason"] != "RESTATEMENT_MISSING"
	})
	require.NotEmpty(t, w.get("/v1/" + complaint + "/remedies")["remedies"])
	costly := object{"kind": "COMPENSATION", "basis": "GOODWILL", "contents": "kumquat", "cash": true, "amount": object{"currencyCode": "CNY", "units": "30"}}
	approval := w.post("/v1/"+complaint+"/remedies", object{"options": []any{costly, apology}})["approval"].(string)
	w.as("agents/fang", authv1.Role_EXECUTIVE).post("/v1/"+approval+":approve", object{"comment": "durian"})
	w.ended(approvalWorkflow(approval))
	read := w.get("/v1/" + complaint)
	require.Equal(t, "my zebra-lantern words", read["statement"], "those who may, read it")
	w.eventually("escalated, so that all has been through Temporal", 40*time.Second, func() bool {
		return len(of(w.timeline(complaint), "escalation_raised", complaint+"/duties/1-callback")) > 0
	})

	requireAbsent(t, "the log", []byte(w.said()), planted)
	for _, id := range []string{workflowID(complaint), approvalWorkflow(approval)} {
		history := w.temporal.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(t, err)
			requireAbsent(t, "the history", []byte(event.String()), planted)
		}
	}
	files := 0
	for _, place := range w.places {
		require.NoError(t, filepath.WalkDir(place, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return gone(err)
			}
			content, err := os.ReadFile(path)
			requireAbsent(t, filepath.Base(path), content, planted)
			files++
			return gone(err)
		}))
	}
	require.Greater(t, files, 8, "four databases, Temporal's, and keys")
}

// gone lets pass that databases delete files while they are looked for.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func requireAbsent(t *testing.T, where string, content []byte, planted []string) {
	t.Helper()
	for _, secret := range planted {
		require.False(t, bytes.Contains(content, []byte(secret)), "%q stands in %s", secret, where)
	}
}
