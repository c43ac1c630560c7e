package review

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review/figures"
	"github.com/redress-dev/redress/services/review/period"
)

// mostFaults is how many faults a review lists at most, as its contract says.
const mostFaults = 100

// reviewing are the policy's rules for reviews.
func (s *Service) reviewing() *policyv1.Reviews { return s.deps.Policy.Proto().GetReviews() }

// figureRules are those of them that say what sums mean.
func (s *Service) figureRules() figures.Rules {
	rules := s.reviewing()
	return figures.Rules{
		TypicalLeast: int(rules.GetTypicalCases().GetLeastCount()), TypicalMost: int(rules.GetTypicalCases().GetNamedAtMost()),
		SharePercent: int64(rules.GetFrequentSubjects().GetSharePercent()), FrequentLeast: int64(rules.GetFrequentSubjects().GetLeastCount()),
		Handling: durations(rules.GetHandlingBands()), Contact: durations(rules.GetContactBands()),
	}
}

func durations(list []*durationpb.Duration) []time.Duration {
	all := make([]time.Duration, len(list))
	for i, d := range list {
		all[i] = d.AsDuration()
	}
	return all
}

// reviewOf is what a review tells of figures; its version, times and improvements are still to come.
func (s *Service) reviewOf(p period.Period, weeks []period.Period, f *figures.Figures) *reviewv1.Review {
	m := &reviewv1.Review{
		Name: reviewName(p.ID()), Kind: p.Kind, FirstDate: p.Date.String(), StartTime: timestamp(p.Start), EndTime: timestamp(p.End),
		TimeZone: s.zone.String(), RecordCount: f.Total.Records, UsualRecordCount: f.UsualRecords, Total: s.tally(f.Total), PolicyVersion: s.deps.Policy.Version(),
		Categories: s.tallies(f.Categories), Faults: s.tallies(f.Faults[:min(len(f.Faults), mostFaults)]),
		HandlingBands: bandsProto(f.Handling), ContactBands: bandsProto(f.Contact),
	}
	for i, week := range f.Weeks {
		shown := &reviewv1.Week{FirstDate: weeks[i].Date.String(), Total: s.tally(week.Total)}
		for _, t := range week.Categories {
			shown.Categories = append(shown.Categories, &reviewv1.WeekCategory{Category: t.Category, RecordCount: t.Records, Share: t.Share})
		}
		m.Weeks = append(m.Weeks, shown)
	}
	for _, d := range f.Digests {
		m.Departments = append(m.Departments, &reviewv1.DepartmentDigest{
			Department: d.Department, Share: d.Share, Tally: s.tally(d.Counts), Categories: s.tallies(d.Categories),
		})
	}
	return m
}

func (s *Service) tallies(list []figures.Tally) []*reviewv1.SubjectTally {
	all := make([]*reviewv1.SubjectTally, len(list))
	for i, t := range list {
		all[i] = &reviewv1.SubjectTally{Subject: subjectProto(Subject(t.Subject)), Share: t.Share, UsualShare: t.Usual, Tally: s.tally(t.Counts)}
	}
	return all
}

func (s *Service) tally(c figures.Counts) *reviewv1.Tally {
	return &reviewv1.Tally{
		RecordCount: c.Records, EscalatedCount: c.Escalated, EscalationRate: figures.Rate(c.Escalated, c.Records),
		RepeatedCount: c.Repeated, RepeatRate: figures.Rate(c.Repeated, c.Records),
		MoneyCount: c.WithMoney, MoneyRate: figures.Rate(c.WithMoney, c.Records), Money: s.money(c.Money),
		PromiseCount: c.Promises, KeptCount: c.Kept, KeptRate: figures.Rate(c.Kept, c.Promises),
		ContactedCount: c.Contacted, MeanTimeToContact: durationpb.New(c.MeanContact()), MeanHandlingTime: durationpb.New(c.MeanHandling()),
		AnsweredCount: c.Answered, SatisfiedCount: c.Satisfied, LostCount: c.Lost,
	}
}

func bandsProto(list []figures.Band) []*reviewv1.Band {
	all := make([]*reviewv1.Band, len(list))
	for i, b := range list {
		all[i] = &reviewv1.Band{
			Never: b.Band == figures.Never, RecordCount: b.Records, EscalatedCount: b.Escalated, EscalationRate: figures.Rate(b.Escalated, b.Records),
		}
		if b.Band != figures.Never {
			all[i].From = durationpb.New(b.From)
		}
		if b.To > 0 {
			all[i].To = durationpb.New(b.To)
		}
	}
	return all
}

func subjectProto(s Subject) *reviewv1.Subject {
	return &reviewv1.Subject{Category: s.Category, Product: s.Product, FaultCode: s.Fault}
}
