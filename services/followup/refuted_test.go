package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestWhatIsRefutedAfterAllIsOwedNoMore, visibly; what was broken until then stays on record, and verified once more it is owed once more.
func TestWhatIsRefutedAfterAllIsOwedNoMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "PROM-1", "CLK-4")
	d := newDesk(t)
	complaint := d.receive(t)
	due := timestamppb.New(start().Add(2 * time.Hour))
	judged := func(id string, verified bool) {
		d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AllegedPromiseJudged{AllegedPromiseJudged: &eventv1.AllegedPromiseJudged{
			AllegedPromise: complaint + "/allegedPromises/" + id, Verified: verified, DueTime: due,
		}}})
	}
	judged("a", true)
	judged("b", true)
	judged("a", false)
	list := d.list(t, complaint, "")
	require.Equal(t, []followupv1.Promise_State{followupv1.Promise_RELEASED, followupv1.Promise_OPEN},
		[]followupv1.Promise_State{list[0].GetState(), list[1].GetState()}, "the other one is owed still")
	told := d.payloads(t, complaint)
	released := told[len(told)-1].GetPromiseReleased()
	require.True(t, released.GetRefuted())
	require.False(t, released.GetByCustomer())
	judged("a", false)
	require.Equal(t, 1, count(d.types(t, complaint), "promise_released"), "once")

	judged("a", true)
	list = d.list(t, complaint, `state = "OPEN"`)
	require.Len(t, list, 2)
	d.pass(3 * time.Hour)
	judged("a", false)
	again := d.list(t, complaint, `state = "RELEASED" AND verdict = "MISSED"`)
	require.Len(t, again, 1)
	require.Equal(t, policyv1.Verdict_MISSED, again[0].GetVerdict(), "a breach stays on record")
	d.keep(t, d.list(t, complaint, `state = "BROKEN"`)[0], time.Time{})
	judged("b", false)
	require.Len(t, d.list(t, complaint, `state = "KEPT"`), 1, "what was kept stays kept")
	require.Empty(t, d.list(t, complaint, `state = "BROKEN"`))
}
