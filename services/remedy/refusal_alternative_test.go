package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// ended is what was told last of the end of a refusal.
func (w *world) ended(complaint string) *eventv1.RefusalEnded {
	w.t.Helper()
	var last *eventv1.RefusalEnded
	for _, e := range w.told(complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(w.t, err)
		if ended := p.GetRefusalEnded(); ended != nil {
			last = ended
		}
	}
	return last
}

// TestAnAlternativeWithATimeIsOwed once the customer has accepted it; one that is taken too late has the time that any promise has (REF-1, REM-5).
func TestAnAlternativeWithATimeIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "REM-5")
	for name, test := range map[string]struct {
		due, wait, want time.Duration
	}{
		"in time":     {due: 48 * time.Hour, wait: time.Hour, want: 48 * time.Hour},
		"too late":    {due: 2 * time.Hour, wait: 3 * time.Hour, want: 3*time.Hour + 30*time.Minute},
		"no promise":  {wait: time.Hour},
		"just before": {due: 2 * time.Hour, wait: 2*time.Hour - time.Second, want: 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, begun := w.receive(), w.now
			r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_SOOTHE)
			said := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
			if test.due > 0 {
				said.AlternativeDueTime, said.AlternativeOwner = timestamppb.New(begun.Add(test.due)), "agents/wu"
			}
			r, err := w.refusing("agents/lin", authv1.Role_AGENT).RecordRefusalStep(t.Context(), said)
			require.NoError(t, err)
			require.Equal(t, said.GetAlternativeDueTime().AsTime(), r.GetSteps()[2].GetAlternativeDueTime().AsTime())
			require.Equal(t, said.GetAlternativeOwner(), r.GetSteps()[2].GetAlternativeOwner())

			w.now = begun.Add(test.wait)
			_, err = w.refusing("agents/lin", authv1.Role_AGENT).EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{
				Name: r.GetName(), Accepted: true, Words: "那好吧", Evidence: w.says(complaint),
			})
			require.NoError(t, err)
			owed := w.ended(complaint).GetAlternative()
			if test.due == 0 {
				require.Nil(t, owed)
				return
			}
			require.Equal(t, begun.Add(test.want), owed.GetDueTime().AsTime())
			require.Equal(t, "agents/wu", owed.GetOwner())
			require.Equal(t, r.GetName()+"#alternative", owed.GetContents().GetPlace())
			require.NotEmpty(t, owed.GetContents().GetCiphertext())
			// What followup makes of it is of no remedy, and changes nothing here.
			w.happens(complaint, 1, promise("made", complaint, r.GetName(), 1))
			w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 1))
			require.Empty(t, w.objections(complaint))
		})
	}
}

// TestAnAlternativeIsPromisedByNobodyElse than whoever accepts it: what was not accepted, and what has no time to come, is owed by nobody.
func TestAnAlternativeIsPromisedByNobodyElse(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_SOOTHE)
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	for reason, due := range map[string]time.Duration{
		remedyv1.ErrorReason_TIME_INVALID.String(): 0, remedyv1.ErrorReason_PROMISE_TOO_FAR.String(): 8760*time.Hour + time.Second,
	} {
		said := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		said.AlternativeDueTime = timestamppb.New(w.now.Add(due))
		_, err := client.RecordRefusalStep(t.Context(), said)
		rpctest.RequireReason(t, err, codes.InvalidArgument, reason)
		require.Equal(t, "alternative_due_time", metadataOf(t, err)["field"])
	}
	for _, wrong := range []func(*remedyv1.RecordRefusalStepRequest){
		func(s *remedyv1.RecordRefusalStepRequest) { s.AlternativeOwner = "agents/wu" },
		func(s *remedyv1.RecordRefusalStepRequest) {
			s.Alternative, s.AlternativeDueTime = "", timestamppb.New(w.now.Add(time.Hour))
		},
	} {
		said := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		wrong(said)
		_, err := client.RecordRefusalStep(t.Context(), said)
		rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
	}
	said := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	said.AlternativeDueTime = timestamppb.New(w.now.Add(time.Hour))
	said.Alternative = "退您500元"
	untimed := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	untimed.Alternative = said.GetAlternative()
	for _, money := range []*remedyv1.RecordRefusalStepRequest{said, untimed} { // The letter would tell it either way.
		_, err := client.RecordRefusalStep(t.Context(), money)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_WORDS_ABOVE_GRANT.String())
	}
	said.Alternative = "可以为您办理暂停，最长六个月"
	_, err := client.RecordRefusalStep(t.Context(), said)
	require.NoError(t, err)
	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{Name: r.GetName(), Words: "it can be given after all"})
	require.NoError(t, err)
	require.Equal(t, "ABANDONED", w.ended(complaint).GetState())
	require.Nil(t, w.ended(complaint).GetAlternative())
}
