package remedy

import (
	"cmp"
	"context"
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// CaseStore reads what others accepted (REM-2, REM-3).
type CaseStore interface {
	// Solved lists complaints of other customers in which something was accepted, of the same product and of the same scenario: of each at
	// most so many, those received last first. One that has both is listed once.
	Solved(ctx context.Context, query SolvedQuery) ([]Solved, error)
}

// SolvedQuery selects solved cases.
type SolvedQuery struct {
	// Product is the product's code; empty for none.
	Product string
	// Scenario is what it is about; unspecified for none.
	Scenario policyv1.Scenario
	// But is the customer whose own cases are left out: "customers/{customer}".
	But string
	// Limit is how many to read at most, of each.
	Limit int
}

// Solved is a case in which something was accepted.
type Solved struct {
	// Complaint is what was heard of it.
	Complaint Complaint
	// Remedy is what was accepted.
	Remedy Remedy
}

// candidatesFor is how many cases are looked at for each that is shown.
const candidatesFor = 4

// similar are the solved cases that are most like a complaint, and what they cost. They are shown, so that what is given for the same thing
// is the same, and decide nothing (REM-3).
func (s *Service) similar(ctx context.Context, c Complaint) ([]*remedyv1.SimilarCase, error) {
	most := int(s.rules.policy.GetSimilarMost())
	f := c.Facts
	if most == 0 || f.Product == "" && f.Scenario == policyv1.Scenario_SCENARIO_UNSPECIFIED {
		return nil, nil
	}
	solved, err := s.deps.Cases.Solved(ctx, SolvedQuery{Product: f.Product, Scenario: f.Scenario, But: c.Customer, Limit: candidatesFor * most})
	if err != nil {
		return nil, err
	}
	return s.rules.similar(f, solved, most), nil
}

// similar orders solved cases by how much they have in common with a complaint, and of the same by when something was accepted, the newest
// first.
func (r *Rules) similar(f Facts, solved []Solved, most int) []*remedyv1.SimilarCase {
	var all []*remedyv1.SimilarCase
	for _, s := range solved {
		option, _ := s.Remedy.taken()
		common := alike(f, s.Complaint.Facts)
		if len(common) == 0 || option == nil {
			continue
		}
		all = append(all, &remedyv1.SimilarCase{
			Complaint: complaintName(s.Complaint.ID), Alike: common, Kind: option.Parts[0].Kind, Basis: option.Parts[0].Basis,
			Cost: r.proto(r.sum(*option)), AcceptTime: timestamp(s.Remedy.Answer.Time),
		})
	}
	slices.SortStableFunc(all, func(a, b *remedyv1.SimilarCase) int {
		return cmp.Or(
			cmp.Compare(len(b.GetAlike()), len(a.GetAlike())), b.GetAcceptTime().AsTime().Compare(a.GetAcceptTime().AsTime()),
			cmp.Compare(a.GetComplaint(), b.GetComplaint()),
		)
	})
	return all[:min(len(all), most)]
}

// alike is what two complaints have in common. A fault is one of a product: "does not open" says nothing across products.
func alike(a, b Facts) []string {
	var common []string
	if a.Product != "" && a.Product == b.Product {
		common = append(common, "product")
		if a.Fault != "" && a.Fault == b.Fault {
			common = append(common, "fault")
		}
	}
	if a.Scenario != policyv1.Scenario_SCENARIO_UNSPECIFIED && a.Scenario == b.Scenario {
		common = append(common, "scenario")
	}
	if slices.ContainsFunc(a.Causes, func(c policyv1.Cause) bool { return slices.Contains(b.Causes, c) }) {
		common = append(common, "cause")
	}
	return common
}
