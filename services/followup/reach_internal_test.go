package followup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

const (
	noAnswer    = followupv1.Attempt_NO_ANSWER
	refused     = followupv1.Attempt_REFUSED
	wrongNumber = followupv1.Attempt_WRONG_NUMBER
	rescheduled = followupv1.Attempt_RESCHEDULED
	phone       = policyv1.ContactWay_PHONE
	wechat      = policyv1.ContactWay_WECHAT
)

func defaultReach(t *testing.T) reachRules {
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	r, err := newReachRules(p.Proto())
	require.NoError(t, err)
	return r
}

// local is a time of the clock where the firm is, on a day of January 2026.
func local(t *testing.T, day, hour, minute int) time.Time {
	t.Helper()
	return time.Date(2026, time.January, day, hour, minute, 0, 0, defaultReach(t).zone)
}

func tried(outcome followupv1.Attempt_Outcome, way policyv1.ContactWay, at time.Time) Attempt {
	return Attempt{Outcome: outcome, Way: way, AttemptTime: at}
}

// astray is what is said of attempts at a number that is known to be wrong.
const astray = "What is tried by a way that is known to be somebody else's does not count, until another number is on record."

// correctedAt is an attempt as it is read after the customer's number was corrected.
func correctedAt(at time.Time, a Attempt) Attempt {
	a.PhoneTime = at
	return a
}

func TestUnreachableByPolicy(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	morning, soon, noon, evening := local(t, 5, 9, 0), local(t, 5, 9, 30), local(t, 5, 13, 0), local(t, 5, 18, 0)
	held := tried(noAnswer, phone, evening)
	held.FlagReason = "dated back"
	confirmed, rejected := held, held
	confirmed.Judgement, rejected.Judgement = followupv1.Attempt_CONFIRMED, followupv1.Attempt_REJECTED
	day := []Attempt{tried(noAnswer, phone, morning), tried(noAnswer, phone, noon)}
	for name, test := range map[string]struct {
		attempts []Attempt
		missing  string
	}{
		"nothing tried":            {nil, "Missing: 3 more attempts in vain, 3 more times of day (morning, afternoon, evening), 1 more day."},
		"three times of day":       {append(day[:2:2], tried(noAnswer, phone, evening)), ""},
		"who refuses counts":       {append(day[:2:2], tried(refused, phone, evening)), ""},
		"three in one morning":     {[]Attempt{day[0], tried(noAnswer, phone, local(t, 5, 10, 0)), tried(noAnswer, phone, local(t, 5, 11, 0))}, "Missing: 2 more times of day (afternoon, evening)."},
		"one after the other":      {[]Attempt{day[0], tried(noAnswer, phone, soon)}, "Missing: 2 more attempts in vain, 2 more times of day (afternoon, evening)."},
		"at night":                 {append(day[:2:2], tried(noAnswer, phone, local(t, 5, 23, 0))), "Missing: 1 more attempt in vain, 1 more time of day (evening)."},
		"in writing":               {append(day[:2:2], tried(noAnswer, policyv1.ContactWay_EMAIL, evening)), "Missing: 1 more attempt in vain, 1 more time of day (evening)."},
		"a wrong number":           {append(day[:2:2], tried(wrongNumber, phone, evening)), "Missing: 1 more attempt in vain, 1 more time of day (evening)."},
		"held":                     {append(day[:2:2], held), "Missing: 1 more attempt in vain, 1 more time of day (evening)."},
		"confirmed":                {append(day[:2:2], confirmed), ""},
		"rejected":                 {append(day[:2:2], rejected), "Missing: 1 more attempt in vain, 1 more time of day (evening)."},
		"could be reached":         {append(day[:2:2], tried(rescheduled, phone, evening)), "Missing: 3 more attempts in vain, 3 more times of day (morning, afternoon, evening), 1 more day."},
		"the wrong number again":   {[]Attempt{tried(wrongNumber, phone, morning), tried(noAnswer, phone, noon), tried(refused, phone, evening)}, "Missing: 3 more attempts in vain, 3 more times of day (morning, afternoon, evening), 1 more day. " + astray},
		"another number since":     {[]Attempt{correctedAt(noon, tried(wrongNumber, phone, morning)), correctedAt(noon, tried(noAnswer, phone, noon))}, "Missing: 2 more attempts in vain, 2 more times of day (morning, evening)."},
		"spoken with by it since":  {[]Attempt{tried(wrongNumber, phone, morning), tried(rescheduled, phone, soon), tried(noAnswer, phone, noon)}, "Missing: 2 more attempts in vain, 2 more times of day (morning, evening)."},
		"the end of a time of day": {[]Attempt{day[0], tried(noAnswer, phone, local(t, 5, 12, 0)), tried(noAnswer, phone, local(t, 5, 17, 0))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := defaultReach(t).of(test.attempts)
			require.Equal(t, test.missing, made.missing())
			require.Equal(t, test.missing == "", made.unreachable())
			require.Equal(t, test.missing, made.message().GetMissing())
		})
	}
}

func TestDaysAreCountedWhereTheCustomerIs(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	r := defaultReach(t)
	r.rules = proto.CloneOf(r.rules)
	r.rules.Days, r.rules.TimesOfDay, r.rules.Attempts = 2, 1, 2
	// The same date in UTC, but two in Shanghai.
	late, early := time.Date(2026, 1, 5, 13, 0, 0, 0, time.UTC), time.Date(2026, 1, 6, 1, 0, 0, 0, time.UTC)
	require.Equal(t, "Missing: 1 more day.", r.of([]Attempt{tried(noAnswer, phone, late.Add(-2*time.Hour)), tried(noAnswer, phone, late)}).missing())
	require.True(t, r.of([]Attempt{tried(noAnswer, phone, late), tried(noAnswer, phone, early)}).unreachable())
	// By the customer's clock it was the other way round.
	there := func(date string, a Attempt) Attempt {
		a.Date = date
		return a
	}
	require.True(t, r.of([]Attempt{
		there("2026-01-04", tried(noAnswer, phone, late.Add(-2*time.Hour))), there("2026-01-05", tried(noAnswer, phone, late)),
	}).unreachable())
	require.Equal(t, "Missing: 1 more day.", r.of([]Attempt{
		there("2026-01-05", tried(noAnswer, phone, late)), there("2026-01-05", tried(noAnswer, phone, early)),
	}).missing())
	r.rules = nil
	require.False(t, r.of(nil).unreachable(), "without rules nobody is")
	require.Equal(t, "By this policy no notice stands in for a call.", r.of(nil).missing())
}

func TestWaysThatAreNone(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	at := local(t, 5, 9, 0)
	wrong := tried(wrongNumber, phone, at)
	corrected, held := wrong, wrong
	corrected.PhoneTime = at.Add(time.Minute)
	held.FlagReason = "dated back"
	r := defaultReach(t)
	ways := []policyv1.ContactWay{phone, policyv1.ContactWay_SMS, wechat}
	for name, test := range map[string]struct {
		attempts []Attempt
		unusable []policyv1.ContactWay
		next     policyv1.ContactWay
	}{
		"nothing tried":        {nil, nil, phone},
		"no answer":            {[]Attempt{tried(noAnswer, phone, at)}, nil, wechat},
		"wrong":                {[]Attempt{wrong}, []policyv1.ContactWay{phone}, wechat},
		"wrong, and corrected": {[]Attempt{corrected}, nil, wechat},
		"wrong, and held":      {[]Attempt{held}, nil, phone},
		"wrong, and no answer": {[]Attempt{wrong, tried(noAnswer, phone, at.Add(time.Hour))}, []policyv1.ContactWay{phone}, wechat},
		"wrong, and refused":   {[]Attempt{wrong, tried(refused, phone, at.Add(time.Hour))}, []policyv1.ContactWay{phone}, wechat},
		"wrong, then reached":  {[]Attempt{wrong, tried(followupv1.Attempt_REACHED, phone, at.Add(time.Hour))}, nil, wechat},
		"both are wrong":       {[]Attempt{wrong, tried(wrongNumber, wechat, at)}, []policyv1.ContactWay{phone, wechat}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, test.unusable, unusable(test.attempts))
			require.Equal(t, test.next, r.way(test.attempts, ways))
		})
	}
	require.Zero(t, r.way(nil, []policyv1.ContactWay{policyv1.ContactWay_SMS}), "a way without an answer is none for a call")
}

// Who can be called by nobody any more, and can be written to, need not be called by strangers' numbers first (CALL-3).
func TestLostCustomers(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	r, email := defaultReach(t), policyv1.ContactWay_EMAIL
	wrong := tried(wrongNumber, phone, local(t, 5, 9, 0))
	held := wrong
	held.FlagReason = "dated back"
	for name, test := range map[string]struct {
		attempts []Attempt
		ways     []policyv1.ContactWay
		lost     bool
	}{
		"a wrong number and an e-mail address": {[]Attempt{wrong}, []policyv1.ContactWay{phone, email}, true},
		"the number was taken off the record":  {[]Attempt{wrong}, []policyv1.ContactWay{email}, true},
		"nothing to write to":                  {[]Attempt{wrong}, []policyv1.ContactWay{phone}, false},
		"another way is left":                  {[]Attempt{wrong}, []policyv1.ContactWay{phone, wechat, email}, false},
		"another number since":                 {[]Attempt{correctedAt(local(t, 5, 10, 0), wrong)}, []policyv1.ContactWay{phone, email}, false},
		"held":                                 {[]Attempt{held}, []policyv1.ContactWay{phone, email}, false},
		"nobody tried":                         {nil, []policyv1.ContactWay{email}, false},
	} {
		require.Equal(t, test.lost, r.lost(test.attempts, test.ways), name)
	}
	require.False(t, reachRules{}.lost([]Attempt{wrong}, []policyv1.ContactWay{email}), "without rules nothing stands in for a call")
	require.Equal(t, 2, r.told([]Attempt{tried(noAnswer, phone, local(t, 5, 8, 0)), wrong}))
}

func TestNextTimeSuitsTheCustomer(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	r := defaultReach(t)
	due := local(t, 6, 9, 0)
	asked := tried(rescheduled, phone, local(t, 5, 10, 0))
	asked.AgreedTime = local(t, 5, 20, 30)
	for name, test := range map[string]struct {
		hours    string
		attempts []Attempt
		now      time.Time
		want     time.Time
	}{
		"at once":                            {"", nil, local(t, 5, 9, 30), local(t, 5, 9, 30)},
		"nobody is called at night":          {"", nil, local(t, 5, 23, 30), local(t, 6, 8, 0)},
		"within the customer's hours":        {"18:00-21:00", nil, local(t, 5, 9, 30), local(t, 5, 18, 0)},
		"in them already":                    {"18:00-21:00", nil, local(t, 5, 20, 59), local(t, 5, 20, 59)},
		"their end is over":                  {"18:00-21:00", nil, local(t, 5, 21, 0), local(t, 6, 18, 0)},
		"the second of several":              {"09:00-10:00,14:00-15:00", nil, local(t, 5, 10, 30), local(t, 5, 14, 0)},
		"not at once after an attempt":       {"08:00-22:00", []Attempt{tried(noAnswer, phone, local(t, 5, 13, 0))}, local(t, 5, 13, 5), local(t, 5, 17, 0)},
		"a time of day that was not tried":   {"", []Attempt{tried(noAnswer, phone, local(t, 5, 8, 30))}, local(t, 5, 8, 31), local(t, 5, 12, 0)},
		"unless the due time comes before":   {"08:00-12:00,17:00-17:30", []Attempt{tried(noAnswer, phone, local(t, 5, 8, 30)), tried(noAnswer, phone, local(t, 5, 17, 0))}, local(t, 5, 21, 0), local(t, 6, 8, 0)},
		"when the customer asked for it":     {"08:00-09:00", []Attempt{asked}, local(t, 5, 11, 0), local(t, 5, 20, 30)},
		"what was asked for is over":         {"", []Attempt{asked}, local(t, 5, 20, 40), local(t, 5, 20, 40)},
		"over midnight":                      {"22:00-01:00", nil, local(t, 5, 9, 30), local(t, 5, 22, 0)},
		"over midnight, after it":            {"22:00-01:00", nil, local(t, 6, 0, 30), local(t, 6, 0, 30)},
		"over midnight, and over":            {"22:00-01:00", nil, local(t, 5, 1, 0), local(t, 5, 22, 0)},
		"until midnight":                     {"22:00-00:00", nil, local(t, 6, 0, 0), local(t, 6, 22, 0)},
		"hours that are none: as if unknown": {"09:00-09:00", nil, local(t, 5, 9, 30), local(t, 5, 9, 30)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next, why := r.next(&Callback{Duty: Duty{DueTime: due}, Attempts: test.attempts}, suits{hours: windows(test.hours)}, test.now)
			require.Equal(t, test.want, next.In(r.zone))
			require.NotEmpty(t, why)
		})
	}
	london, err := time.LoadLocation("Europe/London") // Eight hours behind.
	require.NoError(t, err)
	for hours, want := range map[string]time.Time{"": local(t, 5, 16, 0), "18:00-21:00": local(t, 6, 2, 0), "22:00-04:00": local(t, 5, 9, 30)} {
		next, _ := r.next(&Callback{Duty: Duty{DueTime: due}}, suits{windows(hours), london}, local(t, 5, 9, 30))
		require.Equal(t, want, next.In(r.zone), hours)
	}
}
