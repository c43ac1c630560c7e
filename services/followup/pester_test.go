package followup_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestASilentCustomerIsNotPestered: the whole series of somebody who answers nothing and prefers to be written to. No two messages
// are nearer to each other than the gap, and none reminds of what was left unanswered once.
func TestASilentCustomerIsNotPestered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	for text, want := range map[string][]string{
		fullSeries:   {"20h 1", "68h 2", "144h 3", "696h 4"},
		sparseSeries: {"20h 1", "56h reminded 1", "144h 2", "696h 3"},
		oneContact:   {"20h 1", "56h reminded 1"},
	} {
		a := newAskingBy(t, text)
		complaint := a.resolve(t)
		var sent []string
		for hour := 0; hour < 800; hour += 4 {
			a.clock.Set(start().Add(time.Duration(hour) * time.Hour))
			for n := range len(a.touches(t, complaint, "")) {
				name, before := fmt.Sprintf("%s/followUps/1-%d", complaint, n+1), len(a.channel.sent)
				switch a.step(t, name).GetAction() {
				case followupv1.FollowUpStep_ASK:
					a.ask(t, name, policyv1.ContactWay_EMAIL)
					sent = append(sent, fmt.Sprintf("%dh %d", hour, n+1))
					require.Len(t, a.channel.sent, before+1)
				case followupv1.FollowUpStep_REMIND:
					a.ask(t, name, policyv1.ContactWay_EMAIL)
					sent = append(sent, fmt.Sprintf("%dh reminded %d", hour, n+1))
				default:
				}
			}
		}
		require.Equal(t, want, sent)
		for id, d := range a.duties(t, complaint) {
			if d.GetKind() == policyv1.DutyKind_FOLLOW_UP {
				require.Equal(t, policyv1.Verdict_MET, d.GetVerdict(), id)
			}
		}
		require.Len(t, a.payloads(t, complaint, "series_ended"), 1)
	}
}

// TestWhoAnswersIsAskedAsPlanned: the next contact is no repetition of what was answered.
func TestWhoAnswersIsAskedAsPlanned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	a.clock.Set(start().Add(23 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 5})
	require.NoError(t, err)
	a.clock.Set(start().Add(60 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_ASK, a.step(t, complaint+"/followUps/1-2").GetAction())
}
