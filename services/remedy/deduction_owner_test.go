package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestWhoAnswersForAPromise: whoever gave it, or had it before them in time; nobody for what could be kept by nobody.
func TestWhoAnswersForAPromise(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "PROM-1")
	w := newWorldOn(t, newDB(t), published)
	hour := time.Hour
	for _, c := range []struct {
		why, recorder, owner string
		// due is so long after it was recorded; assigned is after how long agents/wu is in charge.
		due, assigned time.Duration
		want          []string
	}{
		{"their own", "agents/wu", "agents/wu", hour, 0, []string{"agents/wu"}},
		{"recorded after it was due", "agents/lin", "agents/wu", -hour, 0, nil},
		{"recorded when it was due", "agents/wu", "agents/wu", 0, 0, nil},
		{"their own, after it was due", "agents/wu", "agents/wu", -hour, 0, nil},
		{"in somebody's name who knows nothing of it", "agents/sun", "agents/wu", hour, 0, nil},
		{"in the name of who took over in time", "agents/sun", "agents/wu", 2 * hour, hour, []string{"agents/wu"}},
		{"in the name of who took over too late", "agents/sun", "agents/wu", hour, 2 * hour, nil},
		{"in the name of who was in charge", "agents/sun", "agents/lin", hour, 0, []string{"agents/lin"}},
		{"in nobody's name", "agents/sun", "", hour, 0, []string{"agents/lin"}},
		{"in nobody's name, after it was due", "agents/sun", "", -hour, 0, nil},
	} {
		complaint := w.receive()
		w.now = w.now.Add(time.Minute)
		due := w.now.Add(c.due)
		w.promises(c.recorder, complaint, "1-promise-1", c.owner, due)
		if c.assigned > 0 {
			w.now = w.now.Add(c.assigned)
			w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
				Department: "departments/returns", Assignee: "agents/wu",
			}}})
		}
		w.broken(complaint, "1-promise-1", due)
		ruling := complaint + "/rulings/r"
		w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_NOT_RESPONSIBLE, policyv1.RulingReason_NO_FAULT))
		var got []string
		for _, d := range w.suggest(suggestion(complaint, ruling, 100, 90_000, "agents/wu", "agents/lin", "agents/sun")) {
			got = append(got, d.GetAgent())
		}
		require.Equal(t, c.want, got, c.why)
	}
}
