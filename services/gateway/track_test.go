package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// fill has each source record events, some at the same second.
func (w *world) fill(events int) {
	for i, source := range sources() {
		list := make([]*eventv1.Event, events)
		for number := range list {
			list[number] = event(source, number, number+i%2)
		}
		w.logs[source].set(list, 0)
	}
}

func idsOf(entries []*gatewayv1.TimelineEntry) []string {
	ids := make([]string, len(entries))
	for i, entry := range entries {
		ids[i] = entry.GetEventId()
	}
	return ids
}

// TestTimelineInPages: whatever is recorded while pages are turned, also by a clock that is behind, each entry is on one page and
// those of one log keep their order; and where nothing is recorded, the pages are the whole.
func TestTimelineInPages(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	w := start(t)
	rapid.Check(t, func(rt *rapid.T) {
		numbers := map[string]int{}
		for _, source := range sources() {
			seconds := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 6).Draw(rt, source)
			events := make([]*eventv1.Event, len(seconds))
			for i, second := range seconds {
				events[i] = event(source, i, second)
			}
			numbers[source] = len(events)
			w.logs[source].set(events, 0)
		}
		whole := w.timeline(rt)
		require.Empty(rt, whole.GetNextPageToken())
		grows := rapid.Bool().Draw(rt, "something is recorded meanwhile")
		var read []*gatewayv1.TimelineEntry
		for token, turned := "", 0; ; turned++ {
			size := rapid.Int32Range(1, 5).Draw(rt, "size")
			page := w.page(rt, size, token)
			require.LessOrEqual(rt, len(page.GetEntries()), int(size))
			read = append(read, page.GetEntries()...)
			if token = page.GetNextPageToken(); token == "" {
				break
			}
			require.Len(rt, page.GetEntries(), int(size), "only the last page is short")
			if grows && turned < 5 {
				source := rapid.SampledFrom(sources()).Draw(rt, "who records")
				w.logs[source].add(event(source, numbers[source], rapid.IntRange(0, 9).Draw(rt, "at")))
				numbers[source]++
			}
		}
		if !grows {
			require.Equal(rt, idsOf(whole.GetEntries()), idsOf(read))
		}
		next := map[string]int{}
		for _, entry := range read {
			require.Equal(rt, fmt.Sprintf("%s-%d", entry.GetSource(), next[entry.GetSource()]), entry.GetEventId())
			next[entry.GetSource()]++
		}
		for _, source := range sources() {
			require.Equal(rt, numbers[source], next[source], "nothing of %s is missing", source)
		}
	})
}

func TestTimelinePagesOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	w := start(t)
	w.fill(70)
	path := "/v1/" + name + "/timeline"
	read := func(query string) ([]any, string) {
		a := w.call(t, http.MethodGet, path+query, "")
		require.Equal(t, http.StatusOK, a.status, a.text)
		entries, ok := a.body["entries"].([]any)
		require.True(t, ok, a.text)
		token, ok := a.body["nextPageToken"].(string)
		require.True(t, ok, a.text)
		return entries, token
	}
	first, token := read("")
	require.Len(t, first, 30, "the policy's default")
	require.NotEmpty(t, token)
	for _, source := range sources() {
		require.Equal(t, 31, w.logs[source].read, "a page costs each service as many entries and one more")
	}
	second, token := read("?pageSize=10&pageToken=" + url.QueryEscape(token))
	require.Len(t, second, 10)
	all, _ := read("?pageSize=1000")
	require.Len(t, all, 200, "the policy's maximum")
	require.Equal(t, all[:40], slices.Concat(first, second))
	requireProblem(t, w.call(t, http.MethodGet, path+"?pageToken=forged", ""), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_PAGE_TOKEN_INVALID)
	requireProblem(t, w.call(t, http.MethodGet, path+"?pageSize=-1", ""), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	// A token is good for the complaint that it was given out for.
	_, err := gatewayv1.NewGatewayServiceClient(w.services).ListTimeline(t.Context(), &gatewayv1.ListTimelineRequest{
		Parent: "complaints/00000000000000000000000000", PageToken: token,
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}

// TestTimelinePagesWhileAServiceIsAway: what it recorded begins on the next page that is read after its return.
func TestTimelinePagesWhileAServiceIsAway(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.fill(3)
	routing := w.logs["routing"].events
	w.logs["routing"].set(routing, 1)
	page := w.page(t, 4, "")
	require.True(t, page.GetPartial())
	require.Equal(t, []string{"routing"}, page.GetUnavailableSources())
	read := page.GetEntries()
	w.logs["routing"].set(routing, 0)
	for page.GetNextPageToken() != "" {
		page = w.page(t, 4, page.GetNextPageToken())
		require.False(t, page.GetPartial())
		read = append(read, page.GetEntries()...)
	}
	require.Contains(t, idsOf(read[4:8]), "routing-0", "where it belongs, as far as that is not told yet")
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(idsOf(read)))), 3*len(sources()))
}

// TestTimelineRecallsSignals: what a severity rests on is shown with its words, also where it was told on a page before.
func TestTimelineRecallsSignals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := start(t)
	w.threatened(t)
	first := w.page(t, 1, "")
	second := w.page(t, 1, first.GetNextPageToken())
	require.Len(t, second.GetEntries(), 1)
	evidence := second.GetEntries()[0].GetEvidence()
	require.Len(t, evidence, 2)
	same(t, proof(&gatewayv1.Quotation{Text: "不解决我就打12315"}), evidence[0])
	same(t, &gatewayv1.Evidence{Signal: name + "/signals/0"}, evidence[1])
	third := w.page(t, 1, second.GetNextPageToken())
	require.Equal(t, "He took it back by phone.", third.GetEntries()[0].GetReason().GetText())
	require.Empty(t, third.GetNextPageToken())
}

// TestTimelineOfLongWords: a page that might not fit into a message ends early.
func TestTimelineOfLongWords(t *testing.T) {
	t.Parallel()
	w := start(t)
	var raised []*eventv1.SignalRaised
	for number := range 100 {
		raised = append(raised, &eventv1.SignalRaised{
			Signal: fmt.Sprintf("%s/signals/%d", name, number), Kind: policyv1.SignalKind_THREAT, RuleId: string(make([]byte, 9000)),
		})
	}
	var events []*eventv1.Event
	for number := range 6 {
		e := told(t, number, &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: &eventv1.SignalsRaised{Signals: raised}}})
		events = append(events, e)
	}
	w.logs["intake"].set(events, 0)
	page := w.timeline(t)
	require.Len(t, page.GetEntries(), 3)
	require.Less(t, proto.Size(page), 4<<20)
	require.Len(t, w.page(t, 100, page.GetNextPageToken()).GetEntries(), 3)
}
