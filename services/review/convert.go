package review

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// outcome is a version as the caller may see it.
func (r *reader) outcome(ctx context.Context, o *Outcome) (*reviewv1.Outcome, error) {
	lesson, err := r.text(ctx, o.Facts.Customer, o.Lesson, lessonPlace(o, o.LessonVersion))
	if err != nil {
		return nil, err
	}
	reason, err := r.text(ctx, o.Facts.Customer, o.Reason, reasonPlace(o, o.Version))
	if err != nil {
		return nil, err
	}
	m := r.service.facts(&o.Facts)
	m.Name, m.Cycle, m.Version, m.Supersedes, m.Current = o.Name(), o.Cycle, o.Version, o.Supersedes, o.SupersededBy == 0
	m.Origin, m.Sequence, m.RecordTime, m.Recorder = o.Origin, o.Sequence, timestamp(o.RecordTime), o.Recorder
	m.Satisfaction, m.Retention, m.HandlingCost = o.Satisfaction, o.Retention, r.service.money(o.HandlingCost)
	m.Lesson, m.Reason, m.Answer = lesson, reason, o.Answer.message()
	return m, nil
}

// facts are what the owners said.
func (s *Service) facts(f *Facts) *reviewv1.Outcome {
	m := &reviewv1.Outcome{
		Reference: f.Reference, Customer: f.Customer, PolicyVersion: f.PolicyVersion, Result: f.Result, Channel: f.Channel,
		StartTime: timestamp(f.StartTime), EndTime: timestamp(f.EndTime), FirstContactTime: timestamp(f.FirstContact), Severity: f.Severity,
		Category: f.Category, Causes: f.Causes, Established: f.Established, Product: f.Product, FaultCode: f.Fault,
		Department: f.Department, CauseDepartment: f.CauseDepartment, Assignee: f.Assignee,
		Effort: &reviewv1.Effort{
			Contacts: f.Contacts, Attempts: f.Attempts, Transfers: f.Transfers, Chases: f.Chases, ReExplanations: f.ReExplanations,
		},
		EscalationCount: f.Escalations, EscalationLevel: f.Level, RemedyKinds: f.Kinds,
		Responsibility: f.Responsibility, RulingReason: f.RulingReason, Repeated: f.Repeated,
	}
	for _, d := range f.Duties {
		m.Duties = append(m.Duties, &reviewv1.OutcomeDuty{
			Duty: d.Name, Kind: d.Kind, OpenTime: timestamp(d.OpenTime), DueTime: timestamp(d.DueTime), FactTime: timestamp(d.FactTime),
			Verdict: d.Verdict, Breached: d.Breached, Open: d.Open,
		})
	}
	for _, sum := range f.Money {
		m.Money = append(m.Money, &reviewv1.OutcomeMoney{Basis: sum.Basis, Held: s.money(sum.Held), Spent: s.money(sum.Spent)})
	}
	return m
}

// timestamp leaves out the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
