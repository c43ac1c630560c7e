package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// event makes an event of a source at a second.
func event(source string, number, second int) *eventv1.Event {
	payload, err := proto.Marshal(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{Outcome: "REMEDIED"}}})
	if err != nil {
		panic(err)
	}
	return &eventv1.Event{
		EventId: fmt.Sprintf("%s-%d", source, number), Source: source, Subject: name, Cycle: 1, Type: "complaint_closed", Actor: "agents/lin",
		RecordTime: timestamppb.New(time.Unix(int64(1_700_000_000+second), 0)), Payload: payload,
	}
}

func (w *world) timeline(t require.TestingT) *gatewayv1.ListTimelineResponse {
	return w.page(t, 100, "")
}

// page reads a page of the timeline.
func (w *world) page(t require.TestingT, size int32, token string) *gatewayv1.ListTimelineResponse {
	response, err := gatewayv1.NewGatewayServiceClient(w.services).ListTimeline(context.Background(), &gatewayv1.ListTimelineRequest{
		Parent: name, PageSize: size, PageToken: token,
	})
	require.NoError(t, err)
	return response
}

// TestTimelineMerges: whatever the logs hold, each event is there once and the events of one log keep their order, even
// where a clock was set back; and where no clock was, times never fall.
func TestTimelineMerges(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	w := start(t)
	rapid.Check(t, func(rt *rapid.T) {
		setBack := rapid.Bool().Draw(rt, "a clock was set back")
		total := 0
		for _, source := range sources() {
			seconds := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 6).Draw(rt, source)
			if !setBack {
				slices.Sort(seconds)
			}
			events := make([]*eventv1.Event, len(seconds))
			for i, second := range seconds {
				events[i] = event(source, i, second)
			}
			w.logs[source].set(events, 0)
			total += len(events)
		}
		response := w.timeline(rt)
		require.False(rt, response.GetPartial())
		require.Len(rt, response.GetEntries(), total)
		next := map[string]int{}
		var last time.Time
		for _, entry := range response.GetEntries() {
			require.Equal(rt, fmt.Sprintf("%s-%d", entry.GetSource(), next[entry.GetSource()]), entry.GetEventId(), "order within a log")
			next[entry.GetSource()]++
			if !setBack {
				require.False(rt, entry.GetRecordTime().AsTime().Before(last), "order in time")
			}
			last = entry.GetRecordTime().AsTime()
		}
	})
}

func TestTimelineOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	w := start(t)
	settled, err := proto.Marshal(&eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: name + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET_LATE,
	}}})
	require.NoError(t, err)
	late := event("followup", 1, 5)
	late.Type, late.Actor, late.Payload = "duty_settled", "services/worker", settled
	w.logs["followup"].set([]*eventv1.Event{late}, 0)
	w.logs["intake"].set([]*eventv1.Event{event("intake", 1, 6)}, 0)
	a := w.call(t, http.MethodGet, "/v1/"+name+"/timeline", "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	entries, ok := a.body["entries"].([]any)
	require.True(t, ok)
	require.Equal(t, object{
		"eventId": "followup-1", "recordTime": "2023-11-14T22:13:25Z", "actor": "services/worker", "source": "followup", "type": "duty_settled",
		"cycle": 1.0, "summary": "Kept late: callback.",
		"details":  object{"duty": name + "/duties/1-callback", "kind": "CALLBACK", "verdict": "MET_LATE"},
		"evidence": []any{},
	}, entries[0])
	require.Len(t, entries, 2)
	require.Equal(t, false, a.body["partial"])
}

func TestTimelineWithoutOneService(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, source := range sources() {
		w.logs[source].set([]*eventv1.Event{event(source, 1, 1), event(source, 2, 2), event(source, 3, 3)}, 0)
	}
	w.logs["routing"].set(nil, 1)
	w.logs["followup"].set([]*eventv1.Event{event("followup", 1, 1), event("followup", 2, 2), event("followup", 3, 3)}, 2)
	response := w.timeline(t)
	require.True(t, response.GetPartial())
	require.Equal(t, []string{"routing", "followup"}, response.GetUnavailableSources())
	require.Len(t, response.GetEntries(), 3+3+3+2, "what could be read is there")
}

func TestTimelineOfNoComplaint(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, err := gatewayv1.NewGatewayServiceClient(w.services).ListTimeline(t.Context(), &gatewayv1.ListTimelineRequest{Parent: "complaints/00000000000000000000000000"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	for _, view := range []string{"timeline", "duties"} {
		a := w.call(t, http.MethodGet, "/v1/complaints/00000000000000000000000000/"+view, "")
		requireProblem(t, a, http.StatusNotFound, "NOT_FOUND", errorv1.Reason_COMPLAINT_NOT_FOUND)
	}
}

func TestTimelineOfALogThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	w := start(t)
	broken := event("remedy", 1, 1)
	broken.Payload = []byte{0xff}
	w.logs["remedy"].set([]*eventv1.Event{broken}, 0)
	_, err := gatewayv1.NewGatewayServiceClient(w.services).ListTimeline(t.Context(), &gatewayv1.ListTimelineRequest{Parent: name})
	rpctest.RequireReason(t, err, codes.Internal, errorv1.Reason_INTERNAL.String())
}

func TestDuties(t *testing.T) {
	t.Parallel()
	a := start(t).call(t, http.MethodGet, "/v1/"+name+"/duties", "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	list, ok := a.body["duties"].([]any)
	require.True(t, ok)
	require.Len(t, list, 1)
	extensions := list[0].(object)["extensions"].([]any)
	require.Equal(t, "The carrier has not answered.", extensions[0].(object)["reason"], "the caller is whom the owner knows")
}
