package embedded_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/workflows/review"
)

// TestAYearOfSchedules: Temporal itself says when it will start the reviews of a year, in time zones whose clocks change at two in the night, at midnight
// so that half past is missing or comes twice, by half an hour, or never. A day without its time has none, and the run of the next makes up for it.
func TestAYearOfSchedules(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "CLK-2")
	cfg := config(t)
	c := dial(t, start(t, cfg), cfg.Namespace)
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Pacific/Chatham"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		require.NoError(t, review.Schedule(t.Context(), c.ScheduleClient(), review.Plan{Queue: "redress", Zone: name, Minute: 30}))
		for _, kind := range review.Kinds() {
			got := matching(t, c, cfg.Namespace, kind, zone)
			require.Equal(t, halfPastMidnight(kind, zone), got, "%s in %s", kind, name)
		}
	}
}

// matching asks Temporal when a schedule matches in a year, once it follows the plan for the zone.
func matching(t *testing.T, c client.Client, namespace string, kind reviewv1.Review_Kind, zone *time.Location) (list []string) {
	t.Helper()
	id := review.ScheduleID(kind)
	require.Eventually(t, func() bool {
		found, err := c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
		return err == nil && found.Schedule.Spec.TimeZoneName == zone.String()
	}, 2*time.Minute, 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	year := time.Date(2027, time.January, 1, 0, 0, 0, 0, zone)
	found, err := c.WorkflowService().ListScheduleMatchingTimes(ctx, &workflowservice.ListScheduleMatchingTimesRequest{
		Namespace: namespace, ScheduleId: id, StartTime: timestamppb.New(year), EndTime: timestamppb.New(year.AddDate(1, 0, 0)),
	})
	require.NoError(t, err)
	for _, at := range found.GetStartTime() {
		list = append(list, at.AsTime().In(zone).Format(time.RFC3339))
	}
	return list
}

// halfPastMidnight finds the same minute by minute, on the clock of the zone alone.
func halfPastMidnight(kind reviewv1.Review_Kind, zone *time.Location) (list []string) {
	year := time.Date(2027, time.January, 1, 0, 0, 0, 0, zone)
	for at := year.UTC(); at.Before(year.AddDate(1, 0, 0)); at = at.Add(15 * time.Minute) {
		there := at.In(zone)
		on := there.Hour() == 0 && there.Minute() == 30
		switch kind {
		case reviewv1.Review_WEEKLY:
			on = on && there.Weekday() == time.Monday
		case reviewv1.Review_MONTHLY:
			on = on && there.Day() == 1
		default:
		}
		if on {
			list = append(list, there.Format(time.RFC3339))
		}
	}
	return list
}
