package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// testCallbackByWish: a callback alone is due later, and only by the customer's wish.
func testCallbackByWish(t *testing.T, env Env) {
	t.Helper()
	d, other := callback("a", 1, at(60)), callback("a", 1, at(60))
	other.Kind, other.ID = policyv1.DutyKind_CONTACT, "1-contact"
	open(t, env, "a", d, other)
	read := func() *followup.Duty {
		c, err := env.Store.Case(t.Context(), "a")
		require.NoError(t, err)
		return c.Duty(d.ID)
	}
	d.NoticeTime, d.DueTime = at(10), at(600)
	put(t, env, "a", followup.Changes{Callback: d})
	require.Equal(t, at(60), read().DueTime, "nobody wished for it")
	require.Equal(t, at(10), read().NoticeTime)
	d.WishedFrom, d.WarnTimes = at(60), []time.Time{at(500)}
	put(t, env, "a", followup.Changes{Callback: d})
	require.Equal(t, d, read())
	other.WishedFrom, other.DueTime = at(60), at(600)
	put(t, env, "a", followup.Changes{Callback: other})
	c, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, at(60), c.Duty(other.ID).DueTime, "it is no callback")
}

// testHeldAttempts: those that were dated back wait in the order in which they were recorded, until they are judged, once.
func testHeldAttempts(t *testing.T, env Env) {
	t.Helper()
	known := complaint("a")
	known.PhoneTime = at(7)
	put(t, env, "a", followup.Changes{Complaint: &known, Opened: []*followup.Duty{callback("a", 1, at(60)), callback("a", 2, at(60))}})
	open(t, env, "b", callback("b", 1, at(60)))
	attempt := func(complaint string, cycle int32, id string, recorded int, reason string) followup.Attempt {
		a := followup.Attempt{
			Complaint: complaint, Cycle: cycle, ID: id, Outcome: followupv1.Attempt_RESCHEDULED, Way: policyv1.ContactWay_PHONE,
			AttemptTime: at(1), RecordTime: at(recorded), Agent: "agents/lin", Note: []byte{1}, FlagReason: reason,
			Customer: "customers/" + complaint, AgreedTime: at(100), Wish: []byte{2},
		}
		if complaint == "a" {
			a.PhoneTime = at(7)
		}
		put(t, env, complaint, followup.Changes{Attempt: &a})
		return a
	}
	late, early := attempt("a", 1, "x", 30, "dated back"), attempt("b", 1, "y", 20, "dated back")
	same, second := attempt("b", 1, "z", 30, "dated back"), attempt("a", 2, "x", 30, "dated back")
	attempt("a", 1, "counts", 5, "")
	held := func(after *followup.HeldPosition, limit int) []followup.Attempt {
		list, err := env.Records.Held(t.Context(), after, limit)
		require.NoError(t, err)
		return list
	}
	require.Equal(t, []followup.Attempt{early, late, second, same}, held(nil, 9))
	require.Equal(t, []followup.Attempt{late, second}, held(&followup.HeldPosition{RecordTime: at(20), Complaint: "b", Cycle: 1, ID: "y"}, 2))

	late.Judgement, late.Judge, late.JudgeTime, late.Evidence = followupv1.Attempt_CONFIRMED, "agents/gao", at(40), "complaints/a/messages/m"
	put(t, env, "a", followup.Changes{Judged: &late})
	require.Equal(t, []followup.Attempt{early, second, same}, held(nil, 9))
	again := late
	again.Judgement, again.Judge = followupv1.Attempt_REJECTED, "agents/he"
	put(t, env, "a", followup.Changes{Judged: &again})
	read, err := env.Records.Attempt(t.Context(), "a", 1, "x")
	require.NoError(t, err)
	require.Equal(t, late, read, "it is judged once")
}
