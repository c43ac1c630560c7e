package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// after is a moment so long after receipt.
func after(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(received.Add(d)) }

// TestCurrentDetailsTellWhatTheDutyTells: how much of the budget was used when that was told last, pauses, extensions, wishes and corrections, as
// who reads the duty is told, from the answers of followup and from events; and nothing that somebody wrote (API-4).
func TestCurrentDetailsTellWhatTheDutyTells(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2", "CLK-3", "API-3", "API-4")
	w := unresolved(t)
	d := w.duties[0]
	d.Measure, d.Calendar = policyv1.Clock_BUSINESS_DAYS, "office"
	d.Budget, d.BudgetUsed = durationpb.New(40*h), durationpb.New(time.Hour)
	d.Extensions = []*followupv1.Extension{{State: followupv1.Extension_REQUESTED, DueTime: after(99 * h), Requester: "agents/lin", Reason: secret}}
	var begun, paused, warned, late, met string
	w.at(h, func() { begun = w.currentDetails(t) })
	w.at(50*h, func() {
		signal := w.move(resolution, 74*h, 96*h, 84*h, 94*h)
		account := &eventv1.DutyAccount{
			TellTime: after(50 * h), Budget: durationpb.New(40 * h), BudgetUsed: durationpb.New(20 * h), WishedFromTime: after(70 * h),
			Pauses: []*eventv1.PauseAccount{{Reason: "DOCUMENT", BeginTime: after(50 * h), UntilTime: after(74 * h)}},
		}
		signal.GetReschedule().Account = account
		w.signal(signal)
	})
	w.at(51*h, func() { paused = w.currentDetails(t) })
	w.at(80*h, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		d := w.duty(dutyName(resolution))
		d.BudgetUsed, d.Evidence = durationpb.New(30*h), secret
		d.Pauses = []*followupv1.Pause{{
			Reason: followupv1.Pause_DOCUMENT, BeginTime: after(50 * h), LimitTime: after(74 * h), EndTime: after(60 * h), End: followupv1.Pause_CUSTOMER_WROTE,
			Measured: durationpb.New(10 * h), Evidence: secret,
		}}
		d.Extensions[0].State, d.Extensions[0].Decider = followupv1.Extension_GRANTED, "agents/zhao"
	})
	w.at(85*h, func() { warned = w.currentDetails(t) })
	w.at(86*h, func() { // An event of before comes late.
		signal := w.move(resolution, 0, 96*h, 84*h, 94*h)
		signal.GetReschedule().Account = &eventv1.DutyAccount{TellTime: after(40 * h), Budget: durationpb.New(h), BudgetUsed: durationpb.New(h)}
		w.signal(signal)
	})
	w.at(87*h, func() { late = w.currentDetails(t) })
	w.at(88*h, func() {
		signal := w.meet(resolution, 87*h)
		signal.GetDuty().Correction = true
		signal.GetDuty().Account = &eventv1.DutyAccount{
			TellTime: after(88 * h), Budget: durationpb.New(40 * h), BudgetUsed: durationpb.New(31 * h), FactTime: after(87 * h), NoticeTime: after(86 * h),
		}
		w.signal(signal)
	})
	w.at(89*h, func() { met = w.currentDetails(t) })
	w.at(90*h, w.withdraw)
	w.run(t)
	require.Contains(t, begun, "| business days of office, 1h0m0s of 40h0m0s used at 2026-01-01 09:00 UTC |")
	require.Contains(t, begun, "- resolution: more time until 2026-01-05 12:00 UTC asked for by agents/lin: requested")
	require.Contains(t, paused, "20h0m0s of 40h0m0s used at 2026-01-03 11:00 UTC, paused until 2026-01-04 11:00 UTC at the latest")
	require.Contains(t, paused, "- resolution: the customer wished for that time, it was due at 2026-01-04 07:00 UTC; "+
		"paused at 2026-01-03 11:00 UTC for document, until 2026-01-04 11:00 UTC at the latest")
	require.Contains(t, warned, "30h0m0s of 40h0m0s used at 2026-01-04 21:00 UTC", "the answer to a warning tells it, too")
	require.Contains(t, warned, "- resolution: paused from 2026-01-03 11:00 UTC to 2026-01-03 21:00 UTC for document, 10h0m0s as it counts, ended: "+
		"customer wrote; more time until 2026-01-05 12:00 UTC asked for by agents/lin: granted by agents/zhao")
	require.Contains(t, late, "30h0m0s of 40h0m0s used at 2026-01-04 21:00 UTC", "what is older changes nothing")
	require.Contains(t, met, "31h0m0s of 40h0m0s used at 2026-01-05 01:00 UTC")
	require.Contains(t, met, "- resolution: met by what happened at 2026-01-05 00:00 UTC; another verdict stood before, until that was known; "+
		"the customer could not be reached, a written notice stands in since 2026-01-04 23:00 UTC")
	for _, details := range []string{begun, paused, warned, late, met} {
		require.NotContains(t, details, secret)
	}
}
