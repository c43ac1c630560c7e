package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestTheWishNotToBeAskedOutlivesTheCycle however it was said: with a bad answer that opens the complaint again, with a good one, or by a message.
func TestTheWishNotToBeAskedOutlivesTheCycle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	answered := func(done bool, satisfaction int32) func(*testing.T, *asking, string) {
		return func(t *testing.T, a *asking, complaint string) {
			t.Helper()
			a.clock.Set(start().Add(20 * time.Hour))
			a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
			_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{
				Token: a.token(t), Done: proto.Bool(done), Satisfaction: satisfaction, Stop: true,
			})
			require.NoError(t, err)
		}
	}
	for name, says := range map[string]func(*testing.T, *asking, string){
		"not done":  answered(false, 1),
		"satisfied": answered(true, 5),
		"message": func(t *testing.T, a *asking, complaint string) {
			t.Helper()
			_, err := a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{
				Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: a.wished(t, complaint),
			})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t)
			complaint := a.resolve(t)
			says(t, a, complaint)
			for cycle := int32(2); cycle < 4; cycle++ {
				a.happens(t, complaint, cycle, a.reopened(t))
				a.happens(t, complaint, cycle, resolved(a.clock.Now()))
			}
			require.Len(t, a.payloads(t, complaint, "series_planned"), 1)
			for _, id := range []string{"2-1", "3-1"} {
				touch, err := a.agents.GetFollowUp(t.Context(), &followupv1.GetFollowUpRequest{Name: complaint + "/followUps/" + id})
				require.NoError(t, err)
				require.Equal(t, followupv1.FollowUp_STOPPED, touch.GetState())
				require.Equal(t, "the customer wishes not to be asked any more", touch.GetStopReason())
				require.NotContains(t, a.duties(t, complaint), id[:1]+"-follow-up-1", "nothing is owed of it")
			}
			ends := a.payloads(t, complaint, "series_ended")
			require.Equal(t, eventv1.SeriesEnded_CUSTOMER_WISH, ends[len(ends)-1].GetSeriesEnded().GetReason(), "intake closes it as after any wish")
		})
	}
}
