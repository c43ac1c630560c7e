package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// refusalAccepted is the end of a refusal whose alternative is done within a day.
func (d *desk) refusalAccepted(complaint string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: &eventv1.RefusalEnded{
		Refusal: complaint + "/refusals/1", State: "ACCEPTED",
		Alternative: &eventv1.OwedPart{Part: 1, Owner: "agents/wu", DueTime: timestamppb.New(d.clock.Now().Add(24 * time.Hour))},
	}}}
}

// TestTheAlternativeOfARefusalIsPromised: by whom and for when it was said, once, and it fulfils no proposal. One without a time is none.
func TestTheAlternativeOfARefusalIsPromised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "REM-5", "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	bare := d.refusalAccepted(complaint)
	bare.GetRefusalEnded().Alternative = nil
	d.happens(t, complaint, 1, bare)
	require.Empty(t, d.list(t, complaint, ""))
	d.attempt(t, complaint, followupv1.Attempt_REACHED, d.clock.Now())
	d.happens(t, complaint, 1, d.refusalAccepted(complaint))
	d.happens(t, complaint, 1, d.refusalAccepted(complaint))
	list := d.list(t, complaint, "")
	require.Len(t, list, 1)
	promise := list[0]
	require.Equal(t, followupv1.Promise_FULFILMENT, promise.GetSource())
	require.Equal(t, []string{complaint + "/refusals/1", "agents/wu"}, []string{promise.GetRemedy(), promise.GetOwner()})
	require.Equal(t, d.clock.Now().Add(24*time.Hour), promise.GetDueTime().AsTime())
	require.Len(t, d.objections(t, complaint), 1, "nothing is resolved before it is done")
	d.keep(t, promise, time.Time{})
	require.Empty(t, d.objections(t, complaint))
	require.Empty(t, d.fulfilled(t, complaint))
}

// TestAnAlternativeGoesOnWhereTheMatterDoes: one that is told of a complaint that was merged meanwhile is owed in the other one.
func TestAnAlternativeGoesOnWhereTheMatterDoes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "PROM-1")
	d := newDesk(t)
	complaint, into := d.receive(t), d.receive(t)
	d.merge(t, complaint, into)
	d.happens(t, complaint, 1, d.refusalAccepted(complaint))
	list := d.list(t, into, "")
	require.Len(t, list, 1)
	require.Equal(t, followupv1.Promise_OPEN, list[0].GetState())
}
