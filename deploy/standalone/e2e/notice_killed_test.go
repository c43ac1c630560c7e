package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/suite"
)

// unreachedPolicy has the default's clocks, and takes whoever was called three times in vain for unreachable.
func unreachedPolicy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte("version: killed-5\nmessages: {retry_after: 1s, retry_at_most: 4s, give_up_after: 600s, answer_within: 2s}\n"+
		`attempts: {unreachable: {attempts: 3, times_of_day: 1, days: 1, apart: 0s, bands: [{name: day, from: "00:00", to: "24:00"}]}}`+"\n"+
		"outcomes: {improvements: {check_after: 25s, due_within: 12s}}\n"), 0o600))
	return path
}

// noticesSurvive: what writes to customers and what keeps the time are killed when a written notice is to stand in for a
// call, between the decision and its sending, and while it is sent; Temporal starts again. Each customer has one notice, which meets the
// callback (CALL-3).
func noticesSurvive(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-3", "OPS-1")
	in := newInstallationBy(t, unreachedPolicy(t), 1)
	in.start(t)
	w := in.enter(t)
	w.away = 30 * time.Second
	k := &killing{world: w, in: in, he: w, keys: map[string]string{}}
	var all []string
	for i := range 3 {
		all = append(all, w.parcel(fmt.Sprintf("+861381234060%d", i)))
	}
	for _, complaint := range all {
		w.eventually("it is owed", 30*time.Second, func() bool { return w.duty(complaint, "1-callback")["state"] == "OPEN" })
		w.callInVain(complaint + "/callbacks/1")
	}
	unheard, sending, contested := all[0], all[1], all[2]
	give := func(complaint string) { k.insist(k.he, complaint+"/callbacks/1:giveNotice", object{}) }

	// Nobody hears of the decision.
	k.kill(suite.Worker)
	give(unheard)
	k.kill(suite.Followup)
	k.restartTemporal()
	k.revive(suite.Followup, suite.Worker)

	// It may be on its way.
	give(sending)
	time.Sleep(rand.N(40 * time.Millisecond))
	k.kill(suite.Followup, suite.Worker)
	k.revive(suite.Followup, suite.Worker)

	// Whether it was decided is not known.
	path := contested + "/callbacks/1:giveNotice"
	key := k.key(path)
	go func() { _, _, _ = w.send(http.MethodPost, "/v1/"+path, []byte("{}"), key) }()
	time.Sleep(rand.N(20 * time.Millisecond))
	k.kill(suite.Followup)
	k.revive(suite.Followup)
	give(contested)
	for range 2 { // The second time whatever might come twice has had its time to come.
		for _, complaint := range all {
			w.eventually("the notice stands in", time.Minute, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MET_BY_NOTICE" })
			require.Equal(t, complaint+"/notifications/notice-1", w.duty(complaint, "1-callback")["evidence"])
			require.Len(t, of(w.timeline(complaint), "notice_decided", ""), 1)
			sent := slices.DeleteFunc(w.details(complaint, "message_sent", "template"), func(template any) bool { return template != "unreached" })
			require.Len(t, sent, 1, complaint)
		}
		time.Sleep(5 * time.Second)
	}
}

// improvementsSurvive: nobody is there when one is due, nor when it is to be looked at whether another helped, and Temporal starts
// again. Each is told once, afterwards (REV-2).
func improvementsSurvive(t *testing.T) {
	covers.Requirement(t, "REV-2", "OPS-1")
	in := newInstallationBy(t, unreachedPolicy(t), 1)
	in.start(t)
	w := in.enter(t)
	w.away = 30 * time.Second
	manager := w.as("agents/guo", authv1.Role_MANAGER)
	k := &killing{world: w, in: in, he: manager, keys: map[string]string{}}
	open := func(product string) (name string, due time.Time) {
		made := manager.post("/v1/improvements", object{"subject": object{"product": product, "faultCode": "reboots"}, "owner": "agents/he"})
		return made["name"].(string), at(t, made, "dueTime")
	}
	done, _ := open("router")
	manager.post("/v1/"+done+":complete", object{"evidence": "firmware 2.1", "customerTexts": []object{{"languageCode": "en", "text": "It restarts no more."}}})
	late, due := open("modem")
	w.eventually("workflows keep their time", 30*time.Second, func() bool {
		return len(w.running(`WorkflowType="Improvement" AND ExecutionStatus="Running"`)) == 2
	})
	check := at(t, manager.get("/v1/"+done), "checkTime")
	for _, moment := range []time.Time{due, check} {
		time.Sleep(time.Until(moment.Add(-time.Second)))
		k.kill(suite.Review, suite.Worker)
		k.restartTemporal()
		time.Sleep(time.Until(moment.Add(time.Second)))
		k.revive(suite.Review, suite.Worker)
	}
	for range 2 {
		w.eventually("it is told that it is late", time.Minute, func() bool { return k.toldOf(late)["improvement_overdue"] == 1 })
		w.eventually("it is looked at whether it helped", time.Minute, func() bool { return manager.get("/v1/" + done)["state"] == "NOT_JUDGED" })
		require.Equal(t, 1, k.toldOf(done)["improvement_checked"])
		require.Zero(t, k.toldOf(done)["improvement_overdue"], "it was done in time")
		time.Sleep(5 * time.Second)
	}
	require.Equal(t, true, manager.get("/v1/" + late)["overdue"])
	manager.post("/v1/"+late+":complete", object{"evidence": "firmware 2.2", "customerTexts": []object{{"languageCode": "en", "text": "It restarts no more."}}})
}

// toldOf counts review's events of an improvement by their type.
func (k *killing) toldOf(improvement string) map[string]int {
	k.t.Helper()
	args := k.in.of(suite.Review)[0].args
	conn, err := grpc.NewClient(args[slices.Index(args, "--grpc-addr")+1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(k.t, err)
	defer func() { _ = conn.Close() }()
	ctx := metadata.AppendToOutgoingContext(k.t.Context(), "authorization", "Bearer "+k.mint("services/suite", authv1.Role_SERVICE))
	list, err := reviewv1.NewEventLogServiceClient(conn).ListEvents(ctx, &eventv1.ListEventsRequest{Subject: improvement})
	if err != nil {
		return nil // It starts again.
	}
	types := map[string]int{}
	for _, e := range list.GetEvents() {
		types[e.GetType()]++
	}
	return types
}
