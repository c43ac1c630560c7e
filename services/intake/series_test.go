package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
)

func dissatisfied(complaint string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_TouchAnswered{TouchAnswered: &eventv1.TouchAnswered{
		FollowUp: complaint + "/followUps/1-1", Done: true, Satisfaction: 1, Survey: true, Reopen: true,
	}}}
}

func seriesEnded(reason eventv1.SeriesEnded_Reason, satisfied bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_SeriesEnded{SeriesEnded: &eventv1.SeriesEnded{Reason: reason, Satisfied: satisfied}}}
}

// TestWhoIsNotSatisfiedHasTheComplaintOpenedAgain, once, as a cycle of its own (FUP-2).
func TestWhoIsNotSatisfiedHasTheComplaintOpenedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "CLK-4")
	f := newFixture(t)
	name := f.in(intakev1.Complaint_RESOLVED).GetName()
	again := f.hears(name, 1, "touch_answered", dissatisfied(name))
	require.False(t, again())
	c := f.get(name)
	require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
	require.Equal(t, int32(2), c.GetCycle())
	f.hears(name, 1, "touch_answered", dissatisfied(name))
	f.hears(name, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_REOPENED, false))
	require.Equal(t, int32(2), f.get(name).GetCycle(), "of an earlier cycle nothing is done")
	require.Equal(t, intakev1.Complaint_ACTIVE, f.get(name).GetState())

	// Also one that somebody has closed meanwhile.
	closed := f.in(intakev1.Complaint_RESOLVED).GetName()
	f.hears(closed, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_COMPLETED, true))
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(closed).GetState())
	f.hears(closed, 1, "touch_answered", dissatisfied(closed))
	require.Equal(t, int32(2), f.get(closed).GetCycle())
}

// TestTheEndOfASeriesClosesTheComplaint, but a case of an authority never by silence (FUP-3).
func TestTheEndOfASeriesClosesTheComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	f := newFixture(t)
	for _, end := range []*eventv1.Payload{
		seriesEnded(eventv1.SeriesEnded_COMPLETED, false), seriesEnded(eventv1.SeriesEnded_COMPLETED, true), seriesEnded(eventv1.SeriesEnded_CUSTOMER_WISH, false),
	} {
		name := f.in(intakev1.Complaint_RESOLVED).GetName()
		outcome := f.get(name).GetOutcome()
		f.hears(name, 1, "series_ended", end)
		require.Equal(t, intakev1.Complaint_CLOSED, f.get(name).GetState())
		require.Equal(t, outcome, f.get(name).GetOutcome(), "how it ended stays")
	}
	req := request()
	req.Channel = intakev1.Complaint_FORWARDED
	req.Forwarding = &intakev1.Forwarding{Authority: "12345", ReplyDueTime: timestamppb.New(f.now().Add(72 * time.Hour))}
	forwarded, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	statutory := forwarded.GetName()
	f.assign(statutory, "departments/logistics", "agents/he")
	f.resolve(statutory)
	f.confirm(statutory)
	f.hears(statutory, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_COMPLETED, false))
	require.Equal(t, intakev1.Complaint_RESOLVED, f.get(statutory).GetState())
	types := f.types(statutory)
	require.Equal(t, "silent_closing_refused", types[len(types)-1])
	f.hears(statutory, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_COMPLETED, true))
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(statutory).GetState(), "the customer has spoken")
}

// TestSilenceClosesNothingThatTheLawWantsAnswered: what is owed a final response by law is no case of an authority, and closed by a person, too.
func TestSilenceClosesNothingThatTheLawWantsAnswered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3", "CLK-3")
	f := newFixtureWith(t, func(deps *intake.Deps) {
		p, err := policy.Parse([]byte(`version: test
timekeeping:
  statutory:
    profile: banking
    profiles:
      - {id: banking, days: [15, 30, 60], every_complaint: true, contents: [FINDING]}
`), "test.yaml")
		require.NoError(t, err)
		deps.Policy = p
	})
	name := f.in(intakev1.Complaint_RESOLVED).GetName()
	f.hears(name, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_COMPLETED, false))
	require.Equal(t, intakev1.Complaint_RESOLVED, f.get(name).GetState())
	owed := seriesEnded(eventv1.SeriesEnded_COMPLETED, true)
	owed.GetSeriesEnded().FinalResponseOwed = true
	f.hears(name, 1, "series_ended", owed)
	require.Equal(t, intakev1.Complaint_RESOLVED, f.get(name).GetState(), "a satisfied customer does not make up for what the law wants")
	told := f.payloads(name)
	require.True(t, told[len(told)-1].GetSilentClosingRefused().GetFinalResponseOwed())
	f.hears(name, 1, "series_ended", seriesEnded(eventv1.SeriesEnded_COMPLETED, true))
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(name).GetState())

	// An offer that nobody answers closes no such complaint either.
	offered := f.in(intakev1.Complaint_ACTIVE).GetName()
	f.hears(offered, 1, "offer_lapsed", &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: offered + offeredRemedy, Version: 1, Close: true,
	}}})
	require.Equal(t, intakev1.Complaint_ACTIVE, f.get(offered).GetState())
	told = f.payloads(offered)
	require.Equal(t, eventv1.SilenceRefused_FINAL_RESPONSE, told[len(told)-1].GetSilenceRefused().GetReason())
}
