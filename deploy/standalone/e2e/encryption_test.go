package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows/complaint"
)

// history reads what Temporal keeps of a complaint's workflow, as it keeps it.
func (w *world) history(name string) *historypb.History {
	w.t.Helper()
	all := &historypb.History{}
	events := w.temporal.GetWorkflowHistory(w.t.Context(), complaint.WorkflowID(name, 1), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(w.t, err)
		all.Events = append(all.Events, e)
	}
	return all
}

// payloads are those of a history that workflows are told or tell: Temporal's own index and the trace context aside.
func payloads(t *testing.T, history *historypb.History) (all []*commonpb.Payload) {
	t.Helper()
	require.NoError(t, proxy.VisitPayloads(t.Context(), history, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, found []*commonpb.Payload) ([]*commonpb.Payload, error) {
			for _, p := range found {
				if !bytes.Contains(p.GetData(), []byte("traceparent")) {
					all = append(all, p)
				}
			}
			return found, nil
		},
	}))
	return all
}

func isSealed(p *commonpb.Payload) bool {
	return string(p.GetMetadata()["encoding"]) == "binary/encrypted"
}

// TestWorkflowsAreEncrypted switches encryption on while workflows are under way: from off to read to on. Those that began before go on, what is
// told from then on cannot be read in Temporal, and operators read it through the gateway. With another key the program does not start.
func TestWorkflowsAreEncrypted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	dir := t.TempDir()
	at := func(mode string) suite.Config {
		cfg := freePorts(dir)
		cfg.TemporalEncryption = mode
		return cfg
	}
	names := map[string]string{}
	for _, mode := range []string{"off", "read", "on"} {
		t.Run(mode, func(t *testing.T) {
			w := startAs(t, at(mode), demoPolicy)
			names[mode] = w.file(broadband)
			w.eventually("acknowledged", time.Minute, func() bool { return w.duty(names[mode], "1-acknowledge")["state"] == "KEPT" })
			told := payloads(t, w.history(names[mode]))
			require.NotEmpty(t, told)
			for _, p := range told {
				require.Equal(t, mode == "on", isSealed(p), p)
			}
			if mode == "on" {
				w.requireNothingReadable(names)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		path := filepath.Join(dir, "temporal.key")
		require.NoError(t, os.Rename(path, path+".kept"))
		_, err := program.New(t.Context(), program.Config{
			Suite: at("on"), Program: settings.Program{Policy: demoPolicy}, UIAddress: "127.0.0.1:0",
		}, program.Deps{Now: time.Now, Stderr: &safeBuffer{}})
		require.ErrorContains(t, err, "temporal.key is another key")
		require.NoError(t, os.Rename(path+".kept", path))
		startAs(t, at("read"), demoPolicy)
	})
}

// requireNothingReadable ends all workflows and looks at what Temporal kept of them.
func (w *world) requireNothingReadable(names map[string]string) {
	w.t.Helper()
	for _, name := range names {
		w.reachAndResolve(name)
		w.ended(complaint.WorkflowID(name, 1))
	}
	young := w.history(names["on"])
	raw, err := protojson.Marshal(young)
	require.NoError(w.t, err)
	old, err := protojson.Marshal(w.history(names["off"]))
	require.NoError(w.t, err)
	// What is in a history that is not encrypted, by name or in base64.
	for _, readable := range []string{"redress.workflow.v1", "cmVkcmVzcy53b3JrZmxvdy52M", "cmVkcmVzcy53b3JrZmxvdy52"} {
		require.NotContains(w.t, string(raw), readable)
	}
	require.Contains(w.t, string(old), "cmVkcmVzcy53b3JrZmxvdy52", "the test looks for what is there when nothing is encrypted")
	sealed := young.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()
	before := payloads(w.t, w.history(names["off"]))
	require.False(w.t, isSealed(before[0]), "what was told before stays as it was")
	require.True(w.t, isSealed(before[len(before)-1]), "what is told since is encrypted")
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: sealed[:1]})
	require.NoError(w.t, err)
	status, answer := w.as("agents/op", authv1.Role_OPERATOR).call(http.MethodPost, "/v1/codec/decode", string(body))
	require.Equal(w.t, http.StatusOK, status, answer)
	list, _ := answer["payloads"].([]any)
	require.Len(w.t, list, 1)
	opened, _ := list[0].(object)
	metadata, _ := opened["metadata"].(object)
	require.Equal(w.t, "anNvbi9wcm90b2J1Zg==", metadata["encoding"], "json/protobuf")
}
