package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/workflows/review"
)

// TestReviews: Temporal has a schedule for each kind, and what ended today is reviewed when somebody wants it.
func TestReviews(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := alone(t, alertPolicy(t))
	manager := w.as("agents/guo", authv1.Role_MANAGER)
	name := w.file(broadband)
	w.reachAndResolve(name)
	w.eventually("the cycle is recorded", 20*time.Second, func() bool {
		status, _ := w.call(http.MethodGet, "/v1/"+name+"/outcomes/1", nil)
		return status == http.StatusOK
	})
	made := manager.post("/v1/reviews:run", object{"kind": "DAILY"})
	require.Equal(t, []any{"1", float64(1), false}, []any{made["recordCount"], made["version"], made["complete"]})
	require.EqualValues(t, 2, manager.post("/v1/reviews:run", object{"kind": "DAILY"})["version"])
	require.NotEmpty(t, manager.get("/v1/reviews?kind=DAILY")["reviews"])

	schedules := w.temporal.ScheduleClient()
	for _, kind := range review.Kinds() {
		w.eventually("there is a schedule", 20*time.Second, func() bool {
			found, err := schedules.GetHandle(t.Context(), review.ScheduleID(kind)).Describe(t.Context())
			return err == nil && len(found.Info.NextActionTimes) > 0
		})
	}
	plan := review.Plan{Queue: "redress", Zone: "America/New_York", Hour: 1}
	for range 2 { // Once to change them, and once with nothing to change.
		require.NoError(t, review.Schedule(t.Context(), schedules, plan))
	}
	daily := schedules.GetHandle(t.Context(), review.ScheduleID(reviewv1.Review_DAILY))
	found, err := daily.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "America/New_York", found.Schedule.Spec.TimeZoneName)
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	for _, next := range found.Info.NextActionTimes {
		require.Equal(t, [2]int{1, 0}, [2]int{next.In(zone).Hour(), next.Minute()})
	}
}
