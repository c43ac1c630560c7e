package policy_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

const demo = "../../../deploy/standalone/policy-demo.yaml"

func standard(t require.TestingT) *policy.Policy {
	p, err := policy.Default()
	require.NoError(t, err)
	return p
}

// shanghai reads a local time of the default's zone.
func shanghai(t require.TestingT, local string) time.Time {
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04:05", local, zone)
	require.NoError(t, err)
	return at.UTC()
}

func hours(all ...int) []time.Duration {
	var list []time.Duration
	for _, h := range all {
		list = append(list, time.Duration(h)*time.Hour)
	}
	return list
}

func durations(all []*durationpb.Duration) []time.Duration {
	var list []time.Duration
	for _, d := range all {
		list = append(list, d.AsDuration())
	}
	return list
}

// TestDefaultNumbers pins the numbers that docs/requirements.md states. Whoever
// changes one of them changes what a customer is promised.
func TestDefaultNumbers(t *testing.T) {
	t.Parallel()
	p := standard(t)
	require.Equal(t, policyv1.Severity_NORMAL, p.Proto().GetDefaultSeverity())
	for severity := policyv1.Severity_LOW; severity <= policyv1.Severity_URGENT; severity++ {
		clock := func(kind policyv1.DutyKind) *policyv1.Clock { return p.Clock(severity, kind) }
		want := func(kind policyv1.DutyKind, within time.Duration, measure policyv1.Clock_Measure, limit time.Duration) {
			t.Helper()
			require.Equal(t, within, clock(kind).GetWithin().AsDuration(), "%s %s", severity, kind)
			require.Equal(t, measure, clock(kind).GetMeasure(), "%s %s", severity, kind)
			require.Equal(t, limit, clock(kind).GetLimit().AsDuration(), "%s %s", severity, kind)
		}
		urgent := severity == policyv1.Severity_URGENT
		limit, resolution := time.Duration(0), 72*time.Hour
		if urgent {
			limit, resolution = 2*time.Hour, 24*time.Hour
		}
		want(policyv1.DutyKind_ACKNOWLEDGE, time.Minute, policyv1.Clock_ELAPSED, 0)
		want(policyv1.DutyKind_CONTACT, 15*time.Minute, policyv1.Clock_STAFFED, 0)
		want(policyv1.DutyKind_FIRST_RESPONSE, 30*time.Minute, policyv1.Clock_STAFFED, limit)
		want(policyv1.DutyKind_CALLBACK, 24*time.Hour, policyv1.Clock_ELAPSED, 0)
		want(policyv1.DutyKind_RESOLUTION, resolution, policyv1.Clock_ELAPSED, 0)
		early := severity >= policyv1.Severity_HIGH
		callback, resolved := hours(4, 1), hours(12, 2)
		if early {
			callback = hours(12, 4, 1)
		}
		if severity == policyv1.Severity_HIGH {
			resolved = hours(24, 12, 2)
		}
		require.Equal(t, callback, durations(clock(policyv1.DutyKind_CALLBACK).GetWarnings()), severity)
		require.Equal(t, resolved, durations(clock(policyv1.DutyKind_RESOLUTION).GetWarnings()), severity)
		require.Nil(t, clock(policyv1.DutyKind_DUTY_KIND_UNSPECIFIED))
	}
	require.Nil(t, p.Clock(policyv1.Severity_SEVERITY_UNSPECIFIED, policyv1.DutyKind_CALLBACK))
	require.Equal(t, 5*time.Minute, p.BackDating())
	require.GreaterOrEqual(t, p.Retention(), 24*time.Hour)
	require.Equal(t, 2*time.Minute, p.ClockSkew())
	require.Equal(t, "zh-Hans", p.Proto().GetLanguages().GetFallback())
	require.Equal(t, "default-1", p.Version())
}

// TestTargets: what the numbers mean for complaints at different hours.
func TestTargets(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "ACK-2", "CALL-1", "CLK-2")
	p := standard(t)
	for what, tc := range map[string]struct {
		severity                                                  policyv1.Severity
		received                                                  string
		acknowledge, contact, firstResponse, callback, resolution string
	}{
		"on a Monday morning": {
			policyv1.Severity_NORMAL, "2026-03-02 10:00:00",
			"2026-03-02 10:01:00", "2026-03-02 10:15:00", "2026-03-02 10:30:00", "2026-03-03 10:00:00", "2026-03-05 10:00:00",
		},
		"before lunch": {
			policyv1.Severity_NORMAL, "2026-03-02 11:50:00",
			"2026-03-02 11:51:00", "2026-03-02 13:05:00", "2026-03-02 13:20:00", "2026-03-03 11:50:00", "2026-03-05 11:50:00",
		},
		"on a Friday night": {
			policyv1.Severity_LOW, "2026-03-06 23:00:00",
			"2026-03-06 23:01:00", "2026-03-07 10:15:00", "2026-03-07 10:30:00", "2026-03-07 23:00:00", "2026-03-09 23:00:00",
		},
		"urgent on a Friday night": {
			policyv1.Severity_URGENT, "2026-03-06 23:00:00",
			"2026-03-06 23:01:00", "2026-03-07 10:15:00", "2026-03-07 01:00:00", "2026-03-07 23:00:00", "2026-03-07 23:00:00",
		},
		"urgent by day": {
			policyv1.Severity_URGENT, "2026-03-02 10:00:00",
			"2026-03-02 10:01:00", "2026-03-02 10:15:00", "2026-03-02 10:30:00", "2026-03-03 10:00:00", "2026-03-03 10:00:00",
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			targets, err := p.Targets(tc.severity, shanghai(t, tc.received).Add(999*time.Nanosecond))
			require.NoError(t, err)
			require.Equal(t, policy.Targets{
				Acknowledge:   shanghai(t, tc.acknowledge),
				Contact:       shanghai(t, tc.contact),
				FirstResponse: shanghai(t, tc.firstResponse),
				Callback:      shanghai(t, tc.callback),
				Resolution:    shanghai(t, tc.resolution),
			}, targets)
		})
	}
	_, err := p.Targets(policyv1.Severity_SEVERITY_UNSPECIFIED, time.Now())
	require.ErrorContains(t, err, "SEVERITY_UNSPECIFIED")
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1")
	p := standard(t)
	from := shanghai(t, "2026-03-02 10:00:00")
	due := from.Add(24 * time.Hour)
	require.Equal(t, []time.Time{due.Add(-4 * time.Hour).UTC(), due.Add(-time.Hour).UTC()},
		p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK, from, due))
	require.Equal(t, []time.Time{due.Add(-time.Hour).UTC()},
		p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK, due.Add(-2*time.Hour), due), "not before it is received")
	require.Equal(t, []time.Time{due.Add(-time.Hour).UTC()},
		p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK, due.Add(-4*time.Hour), due), "nor at that moment")
	require.Empty(t, p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_ACKNOWLEDGE, from, due))
	require.Empty(t, p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_DUTY_KIND_UNSPECIFIED, from, due))
	for severity := range policyv1.Severity_name {
		require.Equal(t, []time.Time{due.Add(-24 * time.Hour).UTC()},
			p.Warnings(policyv1.Severity(severity), policyv1.DutyKind_AUTHORITY_REPLY, from.Add(-48*time.Hour).Add(time.Hour), due),
			"an authority's reply is warned of 72 h and 24 h before, where that lies after the receipt")
	}
}

func TestClimb(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	p := standard(t)
	for level, want := range map[int]struct {
		role      policyv1.LadderRole
		effective int
	}{
		-1: {policyv1.LadderRole_TEAM_SUPERVISOR, 1},
		0:  {policyv1.LadderRole_TEAM_SUPERVISOR, 1},
		1:  {policyv1.LadderRole_TEAM_SUPERVISOR, 1},
		2:  {policyv1.LadderRole_DEPARTMENT_MANAGER, 2},
		3:  {policyv1.LadderRole_COMPANY_EXECUTIVE, 3},
		4:  {policyv1.LadderRole_COMPANY_EXECUTIVE, 3},
		99: {policyv1.LadderRole_COMPANY_EXECUTIVE, 3},
	} {
		role, climb, effective := p.Climb(level)
		require.Equal(t, want.role, role, level)
		require.Equal(t, want.effective, effective, level)
		require.Equal(t, 12*time.Hour, climb, level)
	}
}

func TestDepartment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	p := standard(t)
	for kind, want := range map[policyv1.TargetKind]string{
		policyv1.TargetKind_DELIVERY:                "logistics",
		policyv1.TargetKind_PRODUCT:                 "quality",
		policyv1.TargetKind_BILLING:                 "billing",
		policyv1.TargetKind_SERVICE:                 "customer-service",
		policyv1.TargetKind_STAFF:                   "customer-service",
		policyv1.TargetKind_PLACE:                   "customer-service",
		policyv1.TargetKind_TARGET_KIND_UNSPECIFIED: "customer-service",
	} {
		require.Equal(t, want, p.Department(kind), kind)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	p := standard(t)
	for what, tc := range map[string]struct{ code, words, want string }{
		"said":                  {"en", "我要投诉", "en"},
		"simplified":            {"", "我要投诉，请退款", "zh-Hans"},
		"same in both":          {"", "太不好了", "zh-Hans"},
		"traditional":           {"", "你們之前說24小時發貨", "zh-Hant"},
		"one marker is enough":  {"", "我要退款, refund please, 謝", "zh-Hant"},
		"English":               {"", "Where is my parcel?", "en"},
		"English about Chinese": {"", "The clerk said 不行 and hung up", "zh-Hans"},
		"digits only":           {"", "12315!!!", "zh-Hans"},
		"nothing":               {"", "", "zh-Hans"},
		"blanks":                {"", " \n\t", "zh-Hans"},
		"unsupported code":      {"fr", "Où est mon colis ?", "en"},
		"invalid UTF-8":         {"", "\xff\xfe", "zh-Hans"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, p.Language(tc.code, tc.words))
		})
	}
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	p := standard(t)
	for requested, want := range map[int32]int32{0: 30, 1: 1, 200: 200, 201: 200} {
		size, err := p.PageSize(requested)
		require.NoError(t, err)
		require.Equal(t, want, size)
	}
	_, err := p.PageSize(-1)
	require.Error(t, err)
}

// TestDemo: the demonstration differs in its clocks only, and they are short.
func TestDemo(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(demo)
	require.NoError(t, err)
	require.Equal(t, "demo-1", p.Version())
	from := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	for severity := policyv1.Severity_LOW; severity <= policyv1.Severity_URGENT; severity++ {
		targets, err := p.Targets(severity, from)
		require.NoError(t, err)
		require.LessOrEqual(t, targets.Resolution.Sub(from), 40*time.Second)
		require.NotEmpty(t, p.Warnings(severity, policyv1.DutyKind_CALLBACK, from, targets.Callback))
	}
	targets, err := p.Targets(policyv1.Severity_NORMAL, from)
	require.NoError(t, err)
	require.Equal(t, policy.Targets{
		Acknowledge: from.Add(3 * time.Second), Contact: from.Add(5 * time.Second), FirstResponse: from.Add(8 * time.Second),
		Callback: from.Add(20 * time.Second), Resolution: from.Add(40 * time.Second),
	}, targets)
	_, climb, _ := p.Climb(1)
	require.Equal(t, 6*time.Second, climb)
	require.Equal(t, 2*time.Second, p.BackDating())
	require.Equal(t, standard(t).Proto().GetDirectory().String(), p.Proto().GetDirectory().String(), "absent sections keep the default")
	require.Equal(t, 24*time.Hour, p.Retention())
}

func TestLoad(t *testing.T) {
	t.Parallel()
	p, err := policy.Load("")
	require.NoError(t, err)
	require.Equal(t, "default-1", p.Version())
	_, err = policy.Load(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
