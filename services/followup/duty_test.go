package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

const (
	none   = policyv1.Verdict_VERDICT_UNSPECIFIED
	met    = policyv1.Verdict_MET
	late   = policyv1.Verdict_MET_LATE
	missed = policyv1.Verdict_MISSED
)

// start is when the clocks of these tests begin: a Monday at 10:00 in Shanghai.
func start() time.Time { return time.Date(2026, time.January, 5, 2, 0, 0, 0, time.UTC) }

func due() time.Time { return start().Add(24 * time.Hour) }

func callbackDuty() followup.Duty {
	return followup.Duty{
		Complaint: "c", ID: followup.DutyID(1, policyv1.DutyKind_CALLBACK), Kind: policyv1.DutyKind_CALLBACK, Cycle: 1,
		State: followupv1.Duty_OPEN, OpenTime: start(), DueTime: due(),
	}
}

func reached(at time.Time) followup.Fact {
	return followup.Fact{Kind: followup.CustomerReached, Time: at, Evidence: "complaints/c/callbacks/1/attempts/a"}
}

func TestTableOfFacts(t *testing.T) {
	covers.Requirement(t, "ACK-2", "CALL-2")
	t.Parallel()
	meets := map[followup.FactKind][]policyv1.DutyKind{
		followup.AcknowledgementSent: {policyv1.DutyKind_ACKNOWLEDGE},
		// Of promises these keep updates, which ledger.fact sees to.
		followup.AgentWrote: {policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE, policyv1.DutyKind_PROMISE, policyv1.DutyKind_OFFER_FOLLOW_UP},
		followup.CustomerReached: {policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE,
			policyv1.DutyKind_CALLBACK, policyv1.DutyKind_PROMISE, policyv1.DutyKind_OFFER_FOLLOW_UP},
		followup.ResolutionConfirmed: {policyv1.DutyKind_RESOLUTION},
		followup.ClosedAsEnquiry:     {policyv1.DutyKind_RESOLUTION},
		followup.AuthorityAnswered:   {policyv1.DutyKind_AUTHORITY_REPLY},
		followup.PromiseKept:         {policyv1.DutyKind_PROMISE},
	}
	for fact, wanted := range meets {
		for number := range policyv1.DutyKind_name {
			kind := policyv1.DutyKind(number)
			require.Equal(t, contains(wanted, kind), fact.Meets(kind), "fact %d, duty %s", fact, kind)
		}
	}
}

func contains(kinds []policyv1.DutyKind, kind policyv1.DutyKind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

func TestSettle(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	tests := map[string]struct {
		before  followupv1.Duty_State
		verdict policyv1.Verdict
		now     time.Time
		outcome followup.Outcome
		wanted  policyv1.Verdict
	}{
		"not due":              {followupv1.Duty_OPEN, none, due().Add(-time.Microsecond), followup.Unchanged, none},
		"due now":              {followupv1.Duty_OPEN, none, due(), followup.Decided, missed},
		"asked late":           {followupv1.Duty_OPEN, none, due().Add(time.Hour), followup.Decided, missed},
		"asked again":          {followupv1.Duty_OPEN, missed, due().Add(time.Hour), followup.Unchanged, missed},
		"kept":                 {followupv1.Duty_KEPT, met, due().Add(time.Hour), followup.Unchanged, met},
		"kept late":            {followupv1.Duty_KEPT, late, due().Add(time.Hour), followup.Unchanged, late},
		"released":             {followupv1.Duty_RELEASED, none, due().Add(time.Hour), followup.Unchanged, none},
		"released when broken": {followupv1.Duty_RELEASED, missed, due().Add(time.Hour), followup.Unchanged, missed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.State, d.Verdict = test.before, test.verdict
			require.Equal(t, test.outcome, d.Settle(test.now))
			require.Equal(t, test.wanted, d.Verdict)
			require.Equal(t, test.before, d.State, "a broken duty is still owed")
			require.Equal(t, due(), d.DueTime)
			if test.outcome == followup.Decided {
				require.Equal(t, test.now, d.SettleTime)
				require.True(t, d.Breached())
			}
		})
	}
}

func TestMeet(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CALL-2")
	t.Parallel()
	now := due().Add(2 * time.Hour)
	tests := map[string]struct {
		before    followupv1.Duty_State
		verdict   policyv1.Verdict
		fact      time.Time
		outcome   followup.Outcome
		state     followupv1.Duty_State
		wanted    policyv1.Verdict
		corrected bool
	}{
		"in time":                     {followupv1.Duty_OPEN, none, due().Add(-time.Hour), followup.Decided, followupv1.Duty_KEPT, met, false},
		"at the due time":             {followupv1.Duty_OPEN, none, due(), followup.Decided, followupv1.Duty_KEPT, met, false},
		"late":                        {followupv1.Duty_OPEN, none, due().Add(time.Microsecond), followup.Decided, followupv1.Duty_KEPT, late, false},
		"in time, arrives late":       {followupv1.Duty_OPEN, missed, due(), followup.Overturned, followupv1.Duty_KEPT, met, true},
		"late after missed":           {followupv1.Duty_OPEN, missed, due().Add(time.Hour), followup.Decided, followupv1.Duty_KEPT, late, false},
		"in time after a late one":    {followupv1.Duty_KEPT, late, due(), followup.Overturned, followupv1.Duty_KEPT, met, true},
		"late after a late one":       {followupv1.Duty_KEPT, late, due().Add(time.Minute), followup.Unchanged, followupv1.Duty_KEPT, late, false},
		"in time after a good one":    {followupv1.Duty_KEPT, met, due(), followup.Unchanged, followupv1.Duty_KEPT, met, false},
		"late after a good one":       {followupv1.Duty_KEPT, met, due().Add(time.Minute), followup.Unchanged, followupv1.Duty_KEPT, met, false},
		"notice stood in":             {followupv1.Duty_KEPT, policyv1.Verdict_MET_BY_NOTICE, due(), followup.Unchanged, followupv1.Duty_KEPT, policyv1.Verdict_MET_BY_NOTICE, false},
		"released":                    {followupv1.Duty_RELEASED, none, due(), followup.Unchanged, followupv1.Duty_RELEASED, none, false},
		"released when it was broken": {followupv1.Duty_RELEASED, missed, due(), followup.Unchanged, followupv1.Duty_RELEASED, missed, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.State, d.Verdict = test.before, test.verdict
			require.Equal(t, test.outcome, d.Meet(reached(test.fact), now))
			require.Equal(t, test.state, d.State)
			require.Equal(t, test.wanted, d.Verdict)
			require.Equal(t, test.corrected, d.Corrected)
			require.Equal(t, test.wanted == late || test.wanted == missed, d.Breached())
			if test.outcome != followup.Unchanged {
				require.Equal(t, test.fact, d.FactTime)
				require.Equal(t, now, d.SettleTime)
				require.NotEmpty(t, d.Evidence)
			}
		})
	}
}

func TestTheEarliestFactCounts(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CALL-2")
	t.Parallel()
	now := due().Add(9 * time.Hour)
	tests := map[string]struct {
		verdict             policyv1.Verdict
		known, fact, wanted time.Duration
	}{
		"earlier, both in time":  {met, -time.Hour, -2 * time.Hour, -2 * time.Hour},
		"later, both in time":    {met, -2 * time.Hour, -time.Hour, -2 * time.Hour},
		"the same once more":     {met, -time.Hour, -time.Hour, -time.Hour},
		"earlier, both late":     {late, 2 * time.Hour, time.Hour, time.Hour},
		"later, both late":       {late, time.Hour, 2 * time.Hour, time.Hour},
		"late after one in time": {met, -time.Hour, time.Hour, -time.Hour},
		"later than a notice":    {policyv1.Verdict_MET_BY_NOTICE, -2 * time.Hour, -time.Hour, -2 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.State, d.Verdict, d.FactTime, d.Evidence = followupv1.Duty_KEPT, test.verdict, due().Add(test.known), "known"
			d.SettleTime = due().Add(8 * time.Hour)
			settled := d.SettleTime
			wanted := followup.Unchanged
			if test.wanted != test.known {
				wanted = followup.Redated
			}
			require.Equal(t, wanted, d.Meet(reached(due().Add(test.fact)), now))
			require.Equal(t, due().Add(test.wanted), d.FactTime)
			require.Equal(t, wanted == followup.Redated, d.Evidence != "known")
			require.Equal(t, test.verdict, d.Verdict)
			require.False(t, d.Corrected, "the verdict is the one that it was")
			require.Equal(t, settled, d.SettleTime)
		})
	}
}

func TestFactOfAnotherKindChangesNothing(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := callbackDuty()
	require.Equal(t, followup.Unchanged, d.Meet(followup.Fact{Kind: followup.AgentWrote, Time: start()}, start()))
	require.Equal(t, callbackDuty(), d)
}

func TestRelease(t *testing.T) {
	covers.Requirement(t, "CLK-4")
	t.Parallel()
	now := due().Add(time.Hour)
	tests := map[string]struct {
		before    followupv1.Duty_State
		verdict   policyv1.Verdict
		at        time.Time
		outcome   followup.Outcome
		released  bool
		wanted    policyv1.Verdict
		corrected bool
	}{
		"before it was due":             {followupv1.Duty_OPEN, none, due().Add(-time.Hour), followup.Unchanged, true, none, false},
		"when it fell due":              {followupv1.Duty_OPEN, none, due(), followup.Unchanged, true, none, false},
		"broken, and settled":           {followupv1.Duty_OPEN, missed, due().Add(time.Minute), followup.Unchanged, true, missed, false},
		"broken, before any timer":      {followupv1.Duty_OPEN, none, due().Add(time.Minute), followup.Decided, true, missed, false},
		"in time, arrives after MISSED": {followupv1.Duty_OPEN, missed, due().Add(-time.Minute), followup.Overturned, true, none, true},
		"kept":                          {followupv1.Duty_KEPT, late, due().Add(time.Minute), followup.Unchanged, false, late, false},
		"released before":               {followupv1.Duty_RELEASED, missed, due().Add(-time.Minute), followup.Unchanged, false, missed, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.State, d.Verdict = test.before, test.verdict
			outcome, released := d.Release("the customer withdrew the complaint", test.at, now)
			require.Equal(t, test.outcome, outcome)
			require.Equal(t, test.released, released)
			require.Equal(t, test.wanted, d.Verdict)
			require.Equal(t, test.corrected, d.Corrected)
			if test.released {
				require.Equal(t, followupv1.Duty_RELEASED, d.State)
				require.Contains(t, d.Why(), "the customer withdrew the complaint")
			} else {
				require.Equal(t, test.before, d.State)
			}
		})
	}
}

// TestVerdictDependsOnTimesAlone plays facts and questions in any order: the
// verdict is what the recorded times say, and nothing else (CLK-1).
func TestVerdictDependsOnTimesAlone(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.Int64Range(-5, 5)
		facts := rapid.SliceOfN(offset, 0, 5).Draw(t, "facts")
		asked := rapid.SliceOfN(offset, 0, 4).Draw(t, "asked")
		type step struct {
			settle bool
			offset int64
		}
		var steps []step
		for _, f := range facts {
			steps = append(steps, step{offset: f})
		}
		for _, a := range asked {
			steps = append(steps, step{settle: true, offset: a})
		}
		d := callbackDuty()
		for _, s := range rapid.Permutation(steps).Draw(t, "order") {
			at := due().Add(time.Duration(s.offset) * time.Microsecond)
			if s.settle {
				d.Settle(at)
			} else {
				d.Meet(reached(at), due())
			}
		}
		require.Equal(t, verdictByTimes(facts, asked), d.Verdict)
		require.Equal(t, len(facts) > 0, d.State == followupv1.Duty_KEPT)
		require.Equal(t, d.Verdict == missed || d.Verdict == late, d.Breached())
		require.Equal(t, due(), d.DueTime)
	})
}

// verdictByTimes is the rule said once more, without any order.
func verdictByTimes(facts, asked []int64) policyv1.Verdict {
	verdict := none
	for _, at := range asked {
		if at >= 0 {
			verdict = missed
		}
	}
	if len(facts) > 0 {
		verdict = late
	}
	for _, at := range facts {
		if at <= 0 {
			verdict = met
		}
	}
	return verdict
}

func TestOverdueIsExact(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	d := callbackDuty()
	require.False(t, d.Overdue(due()))
	require.True(t, d.Overdue(due().Add(time.Microsecond)), "no timer has fired")
	d.Settle(due())
	require.True(t, d.Overdue(due().Add(time.Microsecond)))
	d.Meet(reached(due().Add(time.Second)), due().Add(time.Second))
	require.False(t, d.Overdue(due().Add(time.Hour)))
}

func TestWarnIsOnRecordOnce(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	d := callbackDuty()
	first, second := due().Add(-4*time.Hour), due().Add(-time.Hour)
	require.True(t, d.Warn(first))
	require.False(t, d.Warn(first))
	require.True(t, d.Warn(second))
	require.Equal(t, []time.Time{first, second}, d.WarnedTimes)
	kept := callbackDuty()
	kept.Meet(reached(start()), start())
	require.False(t, kept.Warn(first))
	require.Empty(t, kept.WarnedTimes)
}

func TestWhyTellsTheStory(t *testing.T) {
	t.Parallel()
	d := callbackDuty()
	require.Equal(t, "Owed until 2026-01-06T02:00:00Z.", d.Why())
	d.Settle(due())
	require.Equal(t, "Nothing had met it when it fell due at 2026-01-06T02:00:00Z. It is still owed.", d.Why())
	d.Meet(reached(due().Add(time.Hour)), due())
	require.Equal(t, "Met late, by complaints/c/callbacks/1/attempts/a at 2026-01-06T03:00:00Z; it was due at "+
		"2026-01-06T02:00:00Z, and the breach stays on record.", d.Why())
	d.Meet(reached(due()), due())
	require.Equal(t, "Met by complaints/c/callbacks/1/attempts/a at 2026-01-06T02:00:00Z; it was due at "+
		"2026-01-06T02:00:00Z. It had been taken for broken: this was in time, and was known or confirmed later.", d.Why())

	d = callbackDuty()
	d.Settle(due())
	d.Release("the customer withdrew the complaint", due().Add(time.Hour), due().Add(time.Hour))
	require.Equal(t, "No longer owed: the customer withdrew the complaint. It was broken at 2026-01-06T02:00:00Z, "+
		"and that stays on record.", d.Why())

	d = callbackDuty()
	d.Settle(due())
	d.Release("the customer withdrew the complaint", due().Add(-time.Hour), due().Add(time.Hour))
	require.Equal(t, "No longer owed: the customer withdrew the complaint. It had been taken for broken, but was not owed "+
		"any more when it fell due at 2026-01-06T02:00:00Z.", d.Why())
}

func TestDutyIDs(t *testing.T) {
	t.Parallel()
	for kind, id := range map[policyv1.DutyKind]string{
		policyv1.DutyKind_ACKNOWLEDGE:    "2-acknowledge",
		policyv1.DutyKind_CONTACT:        "2-contact",
		policyv1.DutyKind_FIRST_RESPONSE: "2-first-response",
		policyv1.DutyKind_CALLBACK:       "2-callback",
		policyv1.DutyKind_RESOLUTION:     "2-resolution",

		policyv1.DutyKind_AUTHORITY_REPLY: "2-authority-reply",
	} {
		require.Equal(t, id, followup.DutyID(2, kind))
	}
}
