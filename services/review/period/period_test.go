package period_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review/period"
)

// zones are some in which the clocks change at odd hours, or never.
var zones = []string{
	"Asia/Shanghai", "America/New_York", "Europe/Berlin", "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Asia/Beirut",
	"Pacific/Apia", "America/Havana", "UTC",
}

var kinds = []reviewv1.Review_Kind{reviewv1.Review_DAILY, reviewv1.Review_WEEKLY, reviewv1.Review_MONTHLY}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestPeriods(t *testing.T) {
	covers.Requirement(t, "REV-1")
	shanghai := zone(t, "Asia/Shanghai")
	at := time.Date(2026, 11, 17, 15, 59, 59, 0, time.UTC) // 23:59:59 there.
	for kind, want := range map[reviewv1.Review_Kind][3]string{
		reviewv1.Review_DAILY:   {"daily-2026-11-17", "2026-11-16T16:00:00Z", "2026-11-17T16:00:00Z"},
		reviewv1.Review_WEEKLY:  {"weekly-2026-11-16", "2026-11-15T16:00:00Z", "2026-11-22T16:00:00Z"},
		reviewv1.Review_MONTHLY: {"monthly-2026-11-01", "2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"},
	} {
		p := period.Of(kind, at, shanghai)
		require.Equal(t, want, [3]string{p.ID(), p.Start.Format(time.RFC3339), p.End.Format(time.RFC3339)})
		again, err := period.Parse(p.ID(), shanghai)
		require.NoError(t, err)
		require.Equal(t, p, again)
	}
	require.Equal(t, "daily-2026-11-18", period.Of(reviewv1.Review_DAILY, at.Add(time.Second), shanghai).ID())
}

func TestNoPeriods(t *testing.T) {
	for _, id := range []string{
		"", "daily", "daily-", "daily-2026-02-30", "weekly-2026-11-17", "monthly-2026-11-02", "yearly-2026-01-01", "DAILY-2026-11-17",
		"kind_unspecified-2026-11-17", "daily-0000-01-01", "daily-9999-12-31",
	} {
		_, err := period.Parse(id, time.UTC)
		require.ErrorIs(t, err, period.ErrInvalid, id)
	}
}

// TestEveryInstantHasOnePeriod: periods follow each other without gap or overlap, wherever the clocks change, and each instant is in that
// which is said to be its own.
func TestEveryInstantHasOnePeriod(t *testing.T) {
	covers.Requirement(t, "REV-1")
	source := rand.New(rand.NewPCG(1, 2))
	for _, name := range zones {
		loc := zone(t, name)
		for _, kind := range kinds {
			p := period.Of(kind, time.Date(2005, 1, 1, 0, 0, 0, 0, loc), loc)
			for p.Start.Year() < 2027 {
				next := p.Before(-1)
				require.Equal(t, p.End, next.Start, "%s %s", name, p.ID())
				if name == "Pacific/Apia" && p.ID() == "daily-2011-12-30" { // There was no such day there.
					require.Equal(t, p.Start, p.End)
					p = next
					continue
				}
				require.True(t, p.Start.Before(p.End), "%s %s", name, p.ID())
				require.Equal(t, p, next.Before(1))
				for _, at := range []time.Time{p.Start, p.End.Add(-time.Microsecond), p.Start.Add(time.Duration(source.Int64N(int64(p.End.Sub(p.Start)))))} {
					require.Equal(t, p.ID(), period.Of(kind, at, loc).ID(), "%s %s", name, at)
				}
				p = next
			}
		}
	}
}

func TestDaysOnWhichTheClocksChange(t *testing.T) {
	covers.Requirement(t, "REV-1", "CLK-2")
	for id, hours := range map[string]float64{"daily-2026-03-08": 23, "daily-2026-11-01": 25, "daily-2026-11-02": 24} {
		p, err := period.Parse(id, zone(t, "America/New_York"))
		require.NoError(t, err)
		require.InDelta(t, hours, p.End.Sub(p.Start).Hours(), 0, id)
	}
	p, err := period.Parse("daily-2018-11-04", zone(t, "America/Sao_Paulo")) // A day that began at one o'clock.
	require.NoError(t, err)
	require.Equal(t, "2018-11-04T03:00:00Z", p.Start.Format(time.RFC3339))
}

func TestWeeksShown(t *testing.T) {
	p := period.Of(reviewv1.Review_MONTHLY, time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC), time.UTC)
	weeks := p.Weeks(3)
	require.Equal(t, []string{"weekly-2026-11-16", "weekly-2026-11-23", "weekly-2026-11-30"}, []string{weeks[0].ID(), weeks[1].ID(), weeks[2].ID()})
}
