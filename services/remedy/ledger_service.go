package remedy

import (
	"context"
	"strings"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// mostTotals bounds what ReportLedger answers with.
const mostTotals = 10_000

// ListLedgerEntries lists what was held, released and spent, the oldest first. Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListLedgerEntries(
	ctx context.Context, req *remedyv1.ListLedgerEntriesRequest,
) (*remedyv1.ListLedgerEntriesResponse, error) {
	query, bind, err := s.ledgerPage("ledger", req)
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Ledger.Ledger(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListLedgerEntriesResponse{}
	if len(list) == query.Limit {
		list = list[:query.Limit-1]
		last := list[len(list)-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.Time, last.ID), bind)
	}
	for _, e := range list {
		resp.LedgerEntries = append(resp.LedgerEntries, &remedyv1.LedgerEntry{
			Name: e.Name(), Kind: e.Kind, Amount: s.rules.shown(s.rules.FromMinor(e.Minor)), Basis: e.Basis,
			Remedy: remedyName(e.Complaint, e.Remedy), Version: e.Revision, Customer: e.Customer, Department: e.Department, Month: e.Month,
			Actor: e.Actor, Alone: e.Alone, BeyondCaps: e.Beyond, CreateTime: timestamppb.New(e.Time), Cause: e.Cause,
		})
	}
	return resp, nil
}

// ReportLedger adds entries up. Errors: FILTER_INVALID.
func (s *Service) ReportLedger(ctx context.Context, req *remedyv1.ReportLedgerRequest) (*remedyv1.ReportLedgerResponse, error) {
	totals, all, err := s.deps.Ledger.Totals(ctx, LedgerQuery{Filter: req.GetFilter(), Digits: s.rules.Digits, Limit: mostTotals})
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ReportLedgerResponse{Total: s.total(all)}
	for _, t := range totals {
		resp.Totals = append(resp.Totals, s.total(t))
	}
	return resp, nil
}

// total is a sum as callers see it.
func (s *Service) total(t Total) *remedyv1.LedgerTotal {
	amount := func(parts [2]int64) Amount {
		millions := decimal.New(parts[0], 6-s.rules.Digits) // A million of the smallest unit.
		return Amount{millions}.Add(s.rules.FromMinor(parts[1]))
	}
	return &remedyv1.LedgerTotal{
		Department: t.Department, Month: t.Month, Basis: t.Basis, Held: s.rules.shown(amount(t.Held)), Released: s.rules.shown(amount(t.Released)),
		Spent: s.rules.shown(amount(t.Spent)), RemedyCount: t.Remedies,
	}
}

// ListBudgets lists what departments granted in a month, the present one unless the filter names another. A department that granted nothing
// in it has no entry. Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListBudgets(ctx context.Context, req *remedyv1.ListBudgetsRequest) (*remedyv1.ListBudgetsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "budgets\x00" + req.GetParent() + "\x00" + req.GetFilter()
	after, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	query := BudgetQuery{Month: s.rules.month(s.now()), Filter: req.GetFilter(), After: after, Limit: int(size) + 1}
	if req.GetParent() != "departments/-" {
		query.Department = req.GetParent()
	}
	list, err := s.deps.Ledger.Budgets(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListBudgetsResponse{}
	if len(list) == query.Limit {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode([]string{last.Month, last.Department}, bind)
	}
	for _, used := range list {
		resp.Budgets = append(resp.Budgets, s.budget(used))
	}
	return resp, nil
}

// budget is what a department granted, as callers see it.
func (s *Service) budget(used Used) *remedyv1.Budget {
	held, spent := s.rules.FromMinor(used.Held), s.rules.FromMinor(used.Spent)
	department := strings.TrimPrefix(used.Department, "departments/")
	if department == "" {
		department = "-" // Nobody was in charge.
	}
	m := &remedyv1.Budget{
		Name: "departments/" + department + "/budgets/" + used.Month, Held: s.rules.shown(held), Spent: s.rules.shown(spent),
	}
	if most, limited := s.rules.budget(used.Department); limited {
		m.Most, m.Left = s.rules.shown(most), s.rules.shown(most.Sub(held).Sub(spent))
	}
	return m
}
