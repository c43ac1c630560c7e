package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

func TestCallbackSentences(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-2", "CALL-3")
	t.Parallel()
	due, later := timestamppb.New(time.Date(2026, 1, 6, 2, 0, 0, 0, time.UTC)), timestamppb.New(time.Date(2026, 1, 6, 3, 0, 0, 0, time.UTC))
	settled := func(fact *timestamppb.Timestamp, correction bool) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
			Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET_BY_NOTICE, DueTime: due, FactTime: fact, Correction: correction,
		}}}
	}
	judged := &eventv1.AttemptJudged{Confirmed: true, Agent: "agents/lin", Evidence: "complaints/c/attachments/a"}
	for want, p := range map[string]*eventv1.Payload{
		"Met by written notice: callback.":                                                                                     settled(due, false),
		"Met by written notice: callback, after it was broken at 2026-01-06 02:00:00 UTC.":                                     settled(later, false),
		"Corrected: the written notice came late for callback, since it had been due earlier.":                                 settled(later, true),
		"The customer could not be reached by 1 attempt, and is written to in place of the call.":                              {Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{Attempts: 1}}},
		"The customer could not be reached by 3 attempts, and is written to in place of the call.":                             {Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{Attempts: 3}}},
		"The customer could not be reached by 3 attempts, and is written to in place of the call. The policy decided it.":      {Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{Attempts: 3, Automatic: true}}},
		"Only numbers are known that are somebody else's (attempts: 1); the customer is written to in place of the call.":      {Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{Attempts: 1, WrongNumber: true}}},
		"An attempt of agents/lin that was dated back is confirmed, by complaints/c/attachments/a; it counts by its own time.": {Kind: &eventv1.Payload_AttemptJudged{AttemptJudged: judged}},
		"An attempt of agents/lin that was dated back is rejected; it never counts.":                                           {Kind: &eventv1.Payload_AttemptJudged{AttemptJudged: &eventv1.AttemptJudged{Agent: "agents/lin"}}},
		"The customer is not to be found by phone: it is somebody else's. Another way has to be found.":                        {Kind: &eventv1.Payload_WayUnusable{WayUnusable: &eventv1.WayUnusable{Way: policyv1.ContactWay_PHONE}}},
		"The sheet for the call was read, with the way to reach the customer.":                                                 {Kind: &eventv1.Payload_CallbackPrepared{CallbackPrepared: &eventv1.CallbackPrepared{}}},
		"Contact attempt by phone: rescheduled. The customer asked for 2026-01-06 03:00:00 UTC.":                               {Kind: &eventv1.Payload_AttemptRecorded{AttemptRecorded: &eventv1.AttemptRecorded{Way: policyv1.ContactWay_PHONE, Outcome: "RESCHEDULED", AgreedTime: later}}},
		"Due later by the customer's own wish: callback by 2026-01-06 03:00:00 UTC, before by 2026-01-06 02:00:00 UTC.": {Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
			Kind: policyv1.DutyKind_CALLBACK, PreviousDueTime: due, DueTime: later, Wished: true,
		}}},
	} {
		require.Equal(t, want, dutySummary(p))
	}
}
