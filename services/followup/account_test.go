package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// account is how a duty's clock stands by the last event that tells it.
func (d *desk) account(t *testing.T, complaint, duty string) (last *eventv1.DutyAccount) {
	t.Helper()
	for _, e := range d.events(t, complaint) {
		p := decode(t, e)
		if moved := p.GetDutyRescheduled(); moved.GetDuty() == complaint+"/duties/"+duty {
			last = moved.GetAccount()
		}
		if settled := p.GetDutySettled(); settled.GetDuty() == complaint+"/duties/"+duty {
			last = settled.GetAccount()
		}
	}
	return last
}

// TestEventsTellOfAClockWhatReadersAreTold at that moment: budget, pauses, extensions, wishes and what met it.
func TestEventsTellOfAClockWhatReadersAreTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2", "CLK-3")
	d, complaint := bank(t)
	same := func(id string) *eventv1.DutyAccount {
		t.Helper()
		duty, told := d.duties(t, complaint)[id], d.account(t, complaint, id)
		require.Equal(t, d.clock.Now(), told.GetTellTime().AsTime())
		require.Equal(t, duty.GetBudget().AsDuration(), told.GetBudget().AsDuration())
		require.Equal(t, duty.GetBudgetUsed().AsDuration(), told.GetBudgetUsed().AsDuration())
		require.Equal(t, duty.GetFactTime(), told.GetFactTime())
		require.Equal(t, duty.GetWishedFromTime(), told.GetWishedFromTime())
		require.Equal(t, duty.GetNoticeTime(), told.GetNoticeTime())
		require.Len(t, told.GetPauses(), len(duty.GetPauses()))
		require.Len(t, told.GetExtensions(), len(duty.GetExtensions()))
		return told
	}
	d.clock.Set(since(10))
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	told := same("1-resolution").GetPauses()[0]
	require.Equal(t, []any{"DOCUMENT", since(10), since(82), ""},
		[]any{told.GetReason(), told.GetBeginTime().AsTime(), told.GetUntilTime().AsTime(), told.GetEnd()})
	d.clock.Set(since(15))
	_, err = d.resume(t, complaint)
	require.NoError(t, err)
	told = same("1-resolution").GetPauses()[0]
	require.Equal(t, []any{since(15), "RESUMED", 5 * time.Hour},
		[]any{told.GetUntilTime().AsTime(), told.GetEnd(), told.GetMeasured().AsDuration()})

	_, err = d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	d.clock.Set(since(16))
	_, err = d.decide(t, "agents/zhao", complaint, grant)
	require.NoError(t, err)
	more := same(finalResponse).GetExtensions()[0]
	require.Equal(t, []any{"GRANTED", "agents/lin", "agents/zhao", days(30)},
		[]any{more.GetState(), more.GetRequester(), more.GetDecider(), more.GetDueTime().AsTime()})

	d.clock.Set(since(17))
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, since(17), same("1-callback").GetFactTime().AsTime())
}
