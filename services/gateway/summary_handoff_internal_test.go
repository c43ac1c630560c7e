package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

func TestHandOffSentences(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	due := timestamppb.New(time.Date(2027, 3, 1, 9, 30, 0, 0, time.UTC))
	for want, h := range map[string]*eventv1.HandOffProposed{
		"Offered to departments/quality by agents/he of departments/logistics. To be accepted or returned by 2027-03-01 09:30:00 UTC; until then the giver owes.": {
			FromDepartment: "departments/logistics", Giver: "agents/he", ToDepartment: "departments/quality", DueTime: due,
		},
		"Offered to agents/xu of departments/quality by the queue of departments/logistics, 2 item(s); the customer was called beforehand. " +
			"To be accepted or returned by 2027-03-01 09:30:00 UTC; until then the giver owes.": {
			FromDepartment: "departments/logistics", ToDepartment: "departments/quality", ToAgent: "agents/xu", ItemCount: 2, Called: true, DueTime: due,
		},
	} {
		require.Equal(t, want, summary(&eventv1.Payload{Kind: &eventv1.Payload_HandOffProposed{HandOffProposed: h}}))
	}
	for want, h := range map[string]*eventv1.HandOffSettled{
		"Hand-off accepted by agents/xu.":                                                      {State: "ACCEPTED", Settler: "agents/xu"},
		"Hand-off returned by agents/xu, 1 item(s).":                                           {State: "RETURNED", Settler: "agents/xu", ReturnedCount: 1, ReturnCount: 1},
		"Hand-off withdrawn by agents/he.":                                                     {State: "WITHDRAWN", Settler: "agents/he"},
		"Hand-off expired: nobody accepted or returned it in time; it is back with the giver.": {State: "EXPIRED"},
		"Hand-off expired: nobody accepted or returned it in time; it is back with the giver. " +
			"It came back for the 2nd time: agents/guo decides where it stays.": {State: "EXPIRED", ReturnCount: 2, Decider: "agents/guo"},
		"Hand-off returned by agents/xu. It came back for the 2nd time: agents/guo decides where it stays, by 2027-03-01 09:30:00 UTC; until then the giver owes.": {
			State: "RETURNED", Settler: "agents/xu", ReturnCount: 2, Decider: "agents/guo", DecideDueTime: due,
		},
	} {
		require.Equal(t, want, summary(&eventv1.Payload{Kind: &eventv1.Payload_HandOffSettled{HandOffSettled: h}}))
	}
	for want, h := range map[string]*eventv1.HandOffDecided{
		"Decided where it stays: with agents/xu of departments/quality.":                          {Department: "departments/quality", Assignee: "agents/xu"},
		"Decided where it stays, after the time for that: with the queue of departments/quality.": {Department: "departments/quality", Late: true},
	} {
		require.Equal(t, want, summary(&eventv1.Payload{Kind: &eventv1.Payload_HandOffDecided{HandOffDecided: h}}))
	}
	require.Equal(t, []string{"1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"}, []string{
		ordinal(1), ordinal(2), ordinal(3), ordinal(4), ordinal(11), ordinal(12), ordinal(13), ordinal(21), ordinal(112),
	})
}
