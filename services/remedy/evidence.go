package remedy

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// mostPast is how many earlier complaints are read, and mostNamed how many of them a part of the score names.
const (
	mostPast  = 1000
	mostNamed = 20
)

// evidence is what a decision is made by (APPR-2): the customer's history, the score that explains itself, similar cases of others, and what
// is left of the caps; that of the proposer's day where it is to be granted alone. It is read and not locked, so it shows, and the transaction of
// the grant decides.
func (s *Service) evidence(ctx context.Context, c Complaint, r *Remedy, alone bool) (*remedyv1.Evidence, error) {
	now := s.now()
	repeat := s.rules.policy.GetRepeat()
	past, err := s.deps.Ledger.History(ctx, c.Customer, c.ID, now.Add(-repeat.GetPeriod().AsDuration()), mostPast)
	if err != nil {
		return nil, err
	}
	funds, err := s.deps.Ledger.Funds(ctx, c.ID, s.fundKeys(r, alone, now))
	if err != nil {
		return nil, err
	}
	objection, err := s.reader(ctx).text(ctx, r.Customer, r.Objection, objectionPlace(r))
	if err != nil {
		return nil, err
	}
	m := &remedyv1.Evidence{
		Given: s.rules.shown(s.rules.FromMinor(funds.Customer)), Score: score(repeat, past), ScoreObjection: objection, ReadTime: timestamppb.New(now),
	}
	for _, p := range past {
		m.History = append(m.History, &remedyv1.PastCase{
			Complaint: complaintName(p.Complaint.ID), ReceiveTime: timestamp(p.Complaint.Facts.ReceiveTime),
			Established: p.Complaint.Facts.Established, Responsibility: p.Complaint.Facts.Responsibility,
			Given: s.rules.proto(s.rules.FromMinor(p.Given)),
		})
	}
	for _, l := range s.rules.left(funds, r.Department, alone) {
		free := largest(l.most.Sub(l.used), Amount{})
		m.Caps = append(m.Caps, &remedyv1.CapLeft{Cap: l.name, Most: s.rules.shown(l.most), Used: s.rules.shown(l.used), Left: s.rules.shown(free)})
		if l.name == "budget" {
			m.BudgetLeft = s.rules.shown(free)
		}
	}
	m.Similar, err = s.similar(ctx, c)
	return m, err
}

// score puts a history into a number that explains itself (APPR-2). Who is wronged often is no repeat complainant.
func score(said *policyv1.RepeatScore, past []Past) *remedyv1.RepeatScore {
	total := &remedyv1.RepeatScore{}
	for _, factor := range []struct {
		name   string
		points int32
		counts func(p Past) bool
	}{
		{"complaint", said.GetComplaint(), func(Past) bool { return true }},
		{"not_established", said.GetNotEstablished(), func(p Past) bool {
			return p.Complaint.Facts.Established == policyv1.Establishment_NOT_ESTABLISHED
		}},
		{"granted", said.GetGranted(), func(p Past) bool { return p.Given > 0 }},
		{"responsible", -said.GetResponsible(), func(p Past) bool {
			return p.Complaint.Facts.Responsibility == policyv1.Responsibility_RESPONSIBLE
		}},
	} {
		part := &remedyv1.ScorePart{Factor: factor.name}
		for _, p := range past {
			if !factor.counts(p) {
				continue
			}
			part.Count++
			part.Points += factor.points
			if len(part.GetComplaints()) < mostNamed {
				part.Complaints = append(part.Complaints, complaintName(p.Complaint.ID))
			}
		}
		if part.GetCount() > 0 {
			total.Parts = append(total.Parts, part)
			total.Points += part.GetPoints()
		}
	}
	total.Points = max(total.GetPoints(), 0)
	return total
}
