package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

func TestAcknowledgementNamesTheTeamAndTheTargets(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	w := newWorld()
	w.enter(t, 0)
	w.at(2*time.Second, w.withdraw)
	w.faults["GetAssignment"] = func() error { t.Error("routing has told the alias with the assignment"); return nil }
	w.run(t)
	require.Equal(t, []string{"0s assigned", `0s acknowledged R-7K3M-9QX2-C in zh-Hans by "暖阳组", callback by 24h0m0s`},
		w.lines("assigned", "acknowledged"))
}

// What was settled in the conversation in which it was filed is acknowledged as that (REC-10).
func TestAcknowledgementSaysHowItWasSettled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "REC-10")
	w := newWorld()
	w.enter(t, 0)
	w.settledAtOnce = &intakev1.Settled{SettleTime: timestamppb.New(received.Add(time.Minute)), Answer: "a", Remedy: "r"}
	w.at(2*time.Second, w.withdraw)
	w.run(t)
	require.Len(t, w.lines(`settled "a" "r"`), 1)
}

// A routing that gave no alias is asked once more when the acknowledgement goes out.
func TestAcknowledgementAsksForAnAliasThatWasMissing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	w := newWorld()
	w.enter(t, 0)
	alias := w.alias
	w.alias = nil
	w.faults["GetAssignment"] = func() error { w.alias = alias; return nil }
	w.at(2*time.Second, w.withdraw)
	w.run(t)
	require.Contains(t, w.lines("acknowledged")[0], `by "暖阳组"`)
}

func TestAcknowledgementDoesNotWaitForARoutingThatIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	w := newWorld()
	w.enter(t, 0)
	w.during("AssignComplaint", 2*time.Hour, down())
	w.during("GetAssignment", 2*time.Hour, down())
	w.at(3*time.Hour, w.withdraw)
	w.run(t)
	sent := w.lines("acknowledged")
	require.Len(t, sent, 1)
	require.Contains(t, sent[0], `by ""`)
	require.Contains(t, []string{"0s", "1s", "2s", "3s"}, sent[0][:2])
	require.Len(t, w.lines("assigned"), 1, "routing is asked until it answers")
	require.Equal(t, "agents/lin", w.attributes["RedressAssignee"])
}

func TestAcknowledgementIsTriedUntilTheChannelIsBackWhileClocksGoOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "CALL-2")
	w := newWorld(owed(acknowledge, time.Minute), owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.during("SendAcknowledgement", 30*time.Hour, down())
	w.at(40*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"1m0s escalated acknowledge 1 ACKNOWLEDGEMENT_OVERDUE",
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
		"36h0m0s escalated callback 2 CALLBACK_MISSED",
	}, w.lines("escalated"))
	require.Len(t, w.lines("acknowledged"), 1)
}

func TestAcknowledgementOfAnErasedCustomerIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.enter(t, 0)
	asked := 0
	w.faults["GetContact"] = func() error {
		asked++
		return reasoned(codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
	}
	w.at(time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, 2, asked, "and the letter about the end once")
	require.Contains(t, w.currentDetails(t), "Acknowledge R-7K3M-9QX2-C: refused, intake.GetContact: NotFound DATA_KEY_NOT_FOUND")
}
