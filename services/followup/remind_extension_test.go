package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// reminding is what a reminding says: the level, whether it was told before, and how long after the request it is to decide.
type reminding struct {
	level int32
	again bool
	until time.Duration
}

// tellings are the facts that somebody was told to decide.
func (d *desk) tellings(t *testing.T, complaint string) (list []*eventv1.ExtensionReminded) {
	t.Helper()
	for _, e := range d.events(t, complaint) {
		decoded, err := eventlog.Decode(e)
		require.NoError(t, err)
		if told := decoded.GetExtensionReminded(); told != nil {
			list = append(list, told)
		}
	}
	return list
}

// reminded are the tellings of a complaint in their order.
func (d *desk) reminded(t *testing.T, complaint string, asked time.Time) (list []reminding) {
	t.Helper()
	for _, r := range d.tellings(t, complaint) {
		list = append(list, reminding{r.GetLevel(), r.GetAgain(), r.GetDecideTime().AsTime().Sub(asked)})
	}
	return list
}

// TestWhoDecidesOnMoreTimeIsTold when it is asked for, after half of the time of a level, and level by level, the last one for ever, until it is
// decided: once each, and what a process that was away has missed is skipped.
func TestWhoDecidesOnMoreTimeIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "APPR-3")
	d, complaint := bank(t)
	asked := days(3)
	d.clock.Set(asked)
	_, err := d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	at := func(after time.Duration) []reminding {
		d.clock.Set(asked.Add(after))
		for range 2 { // Another process looks as well.
			require.NoError(t, d.service.TellExtensions(t.Context()))
		}
		return d.reminded(t, complaint, asked)
	}
	hour := time.Hour
	want := []reminding{{1, false, 4 * hour}}
	require.Equal(t, want, at(2*hour-time.Microsecond))
	want = append(want, reminding{1, true, 4 * hour})
	require.Equal(t, want, at(2*hour))
	want = append(want, reminding{2, false, 8 * hour})
	require.Equal(t, want, at(4*hour))
	want = append(want, reminding{3, true, 12 * hour})
	require.Equal(t, want, at(11*hour), "the process was away for the reminder of the second level")
	want = append(want, reminding{3, true, 16 * hour})
	require.Equal(t, want, at(12*hour), "above the last level is nobody: it is told again")
	_, err = d.decide(t, "agents/zhao", complaint, refuse)
	require.NoError(t, err)
	require.Equal(t, want, at(99*hour))

	_, err = d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	told := d.tellings(t, complaint)
	last := told[len(told)-1]
	require.Equal(t, []any{int32(2), int32(1), int32(1), "agents/lin"}, []any{last.GetRequest(), last.GetNumber(), last.GetLevel(), last.GetRequester()})
	d.clock.Set(days(15))
	require.NoError(t, d.service.TellExtensions(t.Context()))
	require.Len(t, d.tellings(t, complaint), len(told), "past due nothing is to be decided in time")
	names, err := d.store.UntoldExtensions(t.Context(), days(999), 9)
	require.NoError(t, err)
	require.Empty(t, names)
}

// TestWhomAComplaintIsAboutGrantsNoTime, also after it was opened again, nor whom one is about that went on in it.
func TestWhomAComplaintIsAboutGrantsNoTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "APPR-2")
	d := newDeskBy(t, banking)
	complaint := "complaints/" + d.ids.ID()
	p := d.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().AuthorityReplyDueTime = timestamppb.New(days(10))
	p.GetComplaintReceived().TargetAgent = "agents/zhao"
	d.happens(t, complaint, 1, p)
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
		Complaint: "complaints/other", TargetAgents: []string{"agents/ma", "agents/zhao"},
	}}})
	_, err := d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	for _, who := range []string{"agents/zhao", "agents/ma"} {
		for _, decision := range []followupv1.DecideExtensionRequest_Decision{grant, refuse} {
			_, err = d.decide(t, who, complaint, decision)
			rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_EXTENSION_RECUSED.String())
		}
	}
	_, err = d.decide(t, "agents/sun", complaint, grant)
	require.NoError(t, err)
}
