package routing_test

import (
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// payloads are what the events of a complaint tell, in order.
func (w *world) payloads(complaint string) []*eventv1.Payload {
	w.t.Helper()
	resp, err := w.log.ListEvents(w.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(w.t, err)
	var all []*eventv1.Payload
	for _, e := range resp.GetEvents() {
		p := &eventv1.Payload{}
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), p))
		all = append(all, p)
	}
	return all
}
