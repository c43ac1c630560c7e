package followup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

func TestReschedule(t *testing.T) {
	covers.Requirement(t, "RISK-5", "CLK-4")
	t.Parallel()
	h := func(hours int) time.Time { return start().Add(time.Duration(hours) * time.Hour) }
	tests := map[string]struct {
		state   followupv1.Duty_State
		verdict policyv1.Verdict
		fact    int
		due     int
		from    int
		wanted  int
		moved   bool
		ends    policyv1.Verdict
	}{
		"earlier":                        {followupv1.Duty_OPEN, none, 0, 12, 2, 12, true, none},
		"later":                          {followupv1.Duty_OPEN, none, 0, 30, 2, 24, false, none},
		"never to before the moment":     {followupv1.Duty_OPEN, none, 0, 1, 2, 2, true, none},
		"broken before":                  {followupv1.Duty_OPEN, missed, 0, 27, 25, 24, false, missed},
		"broken since, told late":        {followupv1.Duty_OPEN, missed, 0, 12, 2, 12, true, missed},
		"met before":                     {followupv1.Duty_KEPT, met, 1, 12, 2, 24, false, met},
		"met since, and in time":         {followupv1.Duty_KEPT, met, 11, 12, 2, 12, true, met},
		"met since, and late by that":    {followupv1.Duty_KEPT, met, 13, 12, 2, 12, true, late},
		"met late":                       {followupv1.Duty_KEPT, late, 26, 12, 2, 12, true, late},
		"not owed any more":              {followupv1.Duty_RELEASED, none, 0, 12, 2, 24, false, none},
		"broken at the very moment":      {followupv1.Duty_OPEN, none, 0, 30, 24, 24, false, none},
		"met at the very moment of this": {followupv1.Duty_KEPT, met, 2, 12, 2, 24, false, met},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.State, d.Verdict = test.state, test.verdict
			if test.fact > 0 {
				d.FactTime = h(test.fact)
			}
			outcome, moved := d.Reschedule(h(test.due), h(test.from), nil, h(40))
			require.Equal(t, test.moved, moved)
			require.Equal(t, h(test.wanted), d.DueTime)
			require.Equal(t, test.ends, d.Verdict)
			require.Equal(t, test.state, d.State)
			overturned := test.ends != test.verdict
			require.Equal(t, overturned, outcome == followup.Overturned)
			require.Equal(t, overturned, d.Corrected)
			if overturned {
				require.True(t, d.Breached())
				require.Contains(t, d.Why(), "that it was due earlier was recorded before and arrived late")
			}
		})
	}
}

func TestRescheduledWarnings(t *testing.T) {
	covers.Requirement(t, "RISK-5")
	t.Parallel()
	h := func(hours ...int) (times []time.Time) {
		for _, hour := range hours {
			times = append(times, start().Add(time.Duration(hour)*time.Hour))
		}
		return times
	}
	tests := map[string]struct {
		due, from, now       int
		before, fresh, after []time.Time
		moved                bool
	}{
		"none was due yet":             {12, 2, 2, h(20, 23), h(8, 11), h(8, 11), true},
		"past ones are dropped":        {12, 9, 9, h(20, 23), h(8, 11), h(11), true},
		"given ones stay on record":    {23, 21, 21, h(20, 23), h(11, 19, 22), h(20, 22), true},
		"more of them, due as before":  {24, 2, 2, h(20, 23), h(12, 20, 23), h(12, 20, 23), true},
		"the same, due as before":      {24, 2, 2, h(20, 23), h(20, 23), h(20, 23), false},
		"told late: those meanwhile":   {23, 10, 21, h(20, 23), h(9, 15, 22), h(15, 20, 22), true},
		"the same time is listed once": {23, 21, 21, h(20, 22), h(22), h(20, 22), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callbackDuty()
			d.WarnTimes = test.before
			_, moved := d.Reschedule(h(test.due)[0], h(test.from)[0], test.fresh, h(test.now)[0])
			require.Equal(t, test.moved, moved)
			require.Equal(t, test.after, d.WarnTimes)
		})
	}
}

// TestVerdictDependsOnTimesAloneWhenRescheduled plays two facts and questions anywhere among the changes of severity, of which one log
// tells in order: the verdict is what the recorded times say.
func TestVerdictDependsOnTimesAloneWhenRescheduled(t *testing.T) {
	covers.Requirement(t, "CLK-1", "RISK-5")
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := func(minute int) time.Time { return start().Add(time.Duration(minute) * time.Minute) }
		minute := rapid.IntRange(0, 60)
		d := callbackDuty()
		d.DueTime = at(minute.Draw(t, "due"))
		due := d.DueTime
		var facts []time.Time
		var comes []int
		for _, name := range []string{"first", "second"} {
			facts = append(facts, at(minute.Draw(t, name+" fact")))
			comes = append(comes, rapid.IntRange(0, 4).Draw(t, name+" comes"))
		}
		happen := func(step int) {
			for i := range facts {
				if comes[i] == step {
					d.Meet(reached(facts[i]), at(100))
				}
			}
		}
		from := 0
		for step := range 4 {
			happen(step)
			if rapid.Bool().Draw(t, "asked") {
				d.Settle(at(100))
			}
			from += rapid.IntRange(0, 20).Draw(t, "after")
			target := at(from + rapid.IntRange(1, 30).Draw(t, "within"))
			d.Reschedule(target, at(from), nil, at(100))
			if !due.Before(at(from)) && target.Before(due) {
				due = target
			}
		}
		happen(4)
		wanted, earliest := met, slices.MinFunc(facts, time.Time.Compare)
		if earliest.After(due) {
			wanted = late
		}
		require.Equal(t, wanted, d.Verdict)
		require.Equal(t, earliest, d.FactTime)
		require.Equal(t, followupv1.Duty_KEPT, d.State)
	})
}

// attended is a change of severity now.
func (d *desk) attended(t *testing.T, from, to policyv1.Severity) *eventv1.Payload {
	t.Helper()
	return &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Previous: from, Severity: to, Targets: d.targets(t, to),
	}}}
}

// rescheduled reads what was told of one duty.
func (d *desk) rescheduled(t *testing.T, complaint, duty string) []*eventv1.DutyRescheduled {
	t.Helper()
	var list []*eventv1.DutyRescheduled
	for _, e := range d.events(t, complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(t, err)
		if r := p.GetDutyRescheduled(); r.GetDuty() == complaint+"/duties/"+duty {
			list = append(list, r)
		}
	}
	return list
}

func TestRaisedSeverityTightensWhatIsOwed(t *testing.T) {
	covers.Requirement(t, "RISK-5", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(20 * time.Minute)) // The contact promise is broken by now.
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT))
	duties := d.duties(t, complaint)
	for id, within := range map[string]time.Duration{
		"1-contact": 15 * time.Minute, "1-first-response": 30 * time.Minute, "1-callback": 24 * time.Hour,
		"1-resolution": 24*time.Hour + 20*time.Minute,
	} {
		require.Equal(t, start().Add(within), duties[id].GetDueTime().AsTime(), id)
	}
	require.Empty(t, d.rescheduled(t, complaint, "1-contact"), "what is broken stays as it was")
	told := d.rescheduled(t, complaint, "1-resolution")
	require.Len(t, told, 1)
	require.Equal(t, start().Add(72*time.Hour), told[0].GetPreviousDueTime().AsTime())
	require.Equal(t, duties["1-resolution"].GetDueTime(), told[0].GetDueTime())
	require.Equal(t, "The severity was raised from normal to urgent.", told[0].GetReason())
	require.Equal(t, duties["1-resolution"].GetWarnTimes(), told[0].GetWarnTimes())
	require.Equal(t, duties["1-resolution"].GetDueTime().AsTime().Add(12*time.Hour), duties["1-resolution"].GetRiskTime().AsTime(),
		"RISK-3: 12 h past the target")
	require.Len(t, duties["1-callback"].GetWarnTimes(), 3, "warned of earlier, though due as before")

	// The duty is settled by its new due time, and a reply to what was asked before is exact too.
	d.clock.Set(start().Add(24*time.Hour + 20*time.Minute))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-resolution").GetAnswer())
}

func TestLoweredSeverityMovesNothing(t *testing.T) {
	covers.Requirement(t, "RISK-5", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT))
	before, events := d.duties(t, complaint), d.types(t, complaint)
	d.clock.Set(start().Add(time.Hour))
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_URGENT, policyv1.Severity_LOW))
	require.Equal(t, events, d.types(t, complaint))
	for id, duty := range d.duties(t, complaint) {
		require.Equal(t, before[id].GetDueTime(), duty.GetDueTime(), id)
	}
	// Raised again, nothing is due later than it was.
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_LOW, policyv1.Severity_URGENT))
	for id, duty := range d.duties(t, complaint) {
		require.Equal(t, before[id].GetDueTime(), duty.GetDueTime(), id)
	}
	c, err := d.store.Case(t.Context(), complaint[len("complaints/"):])
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_URGENT, c.Complaint.Severity)
}

func TestSeverityOfAnotherCycleTouchesNothing(t *testing.T) {
	covers.Requirement(t, "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	late := d.intake.record(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_HIGH))
	d.happens(t, complaint, 2, d.reopened(t))
	require.Equal(t, start().Add(24*time.Hour), d.duties(t, complaint)["2-resolution"].GetDueTime().AsTime(), "the severity it brings")
	d.deliver(t, late)
	require.Empty(t, d.rescheduled(t, complaint, "2-resolution"))
	c, err := d.store.Case(t.Context(), complaint[len("complaints/"):])
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_URGENT, c.Complaint.Severity)
}

func TestARaiseThatIsHeardOfLateJudgesByItsOwnTime(t *testing.T) {
	covers.Requirement(t, "CLK-1", "RISK-5")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Minute))
	tight := d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT)
	tight.GetSeverityChanged().Targets.Callback = timestamppb.New(start().Add(2 * time.Hour))
	raised := d.intake.record(t, complaint, 1, tight)
	d.clock.Set(start().Add(3 * time.Hour))
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, met, d.duties(t, complaint)["1-callback"].GetVerdict())
	d.deliver(t, raised)
	callback := d.duties(t, complaint)["1-callback"]
	require.Equal(t, late, callback.GetVerdict())
	require.True(t, callback.GetCorrected())
	settled := d.settled(t, complaint, "1-callback")
	require.Equal(t, []bool{false, true}, []bool{settled[0].GetNewlyBroken(), settled[1].GetNewlyBroken()})
	require.True(t, settled[1].GetCorrection())
}

func TestARaiseThatIsHeardOfLateJudgesByTheEarliestFact(t *testing.T) {
	covers.Requirement(t, "CLK-1", "RISK-5", "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	made := start().Add(3 * time.Hour)
	d.clock.Set(made.Add(-time.Minute))
	tight := d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT)
	tight.GetSeverityChanged().Targets.Callback = timestamppb.New(made.Add(-30 * time.Second))
	raised := d.intake.record(t, complaint, 1, tight)
	d.clock.Set(made)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	d.clock.Set(made.Add(time.Minute))
	before := d.attempt(t, complaint, followupv1.Attempt_REACHED, made.Add(-2*time.Minute))
	earlier := before.GetAttempts()[0]
	callback := d.duties(t, complaint)["1-callback"]
	require.Equal(t, earlier.GetName(), callback.GetEvidence())
	require.Equal(t, earlier.GetAttemptTime().AsTime(), callback.GetFactTime().AsTime())
	settled := d.settled(t, complaint, "1-callback")
	require.Len(t, settled, 2, "the timeline tells by what it was met")
	require.Equal(t, []bool{false, true}, []bool{settled[0].GetEarlierFact(), settled[1].GetEarlierFact()})
	require.Equal(t, met, settled[1].GetVerdict())
	require.False(t, settled[1].GetCorrection())
	d.deliver(t, raised)
	callback = d.duties(t, complaint)["1-callback"]
	require.Equal(t, met, callback.GetVerdict(), "it was met before the raise")
	require.False(t, callback.GetCorrected())
}

func TestARaiseAfterTheEndMovesNoClock(t *testing.T) {
	covers.Requirement(t, "CLK-4", "RISK-5")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, closed(intakev1.Complaint_UNREACHABLE))
	before := d.duties(t, complaint)
	require.Equal(t, followupv1.Duty_OPEN, before["1-callback"].GetState(), "the call is still owed")
	tight := d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT)
	tight.GetSeverityChanged().Targets.Callback = timestamppb.New(start().Add(2 * time.Hour))
	d.happens(t, complaint, 1, tight)
	for id, duty := range d.duties(t, complaint) {
		require.Equal(t, before[id].GetDueTime(), duty.GetDueTime(), id)
		require.Equal(t, before[id].GetWarnTimes(), duty.GetWarnTimes(), id)
	}
	c, err := d.store.Case(t.Context(), complaint[len("complaints/"):])
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_URGENT, c.Complaint.Severity)
}
