package intake

import (
	"context"
	"errors"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// GetCycle tells whether a cycle is open, and how it ended.
func (s *Service) GetCycle(ctx context.Context, req *intakev1.GetCycleRequest) (*intakev1.Cycle, error) {
	record, err := s.named(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	var ended Ended
	if open := record.Cycle == req.GetCycle() && record.Open(); !open && req.GetCycle() <= record.Cycle {
		// How an earlier cycle ended is among what is sealed, since it may be told in a letter with what was said then.
		_, details, err := s.open(&record)
		if err != nil {
			return nil, err
		}
		if ended = details.ended(req.GetCycle()); req.GetCycle() == record.Cycle {
			ended = Ended{Outcome: record.Outcome, Silent: silent(&record.Complaint, details)}
		}
	}
	return &intakev1.Cycle{
		Open:    record.Cycle == req.GetCycle() && record.Open(),
		State:   intakev1.Complaint_State(record.State),
		Outcome: intakev1.Complaint_Outcome(ended.Outcome),
		Silent:  ended.Silent,
	}, nil
}

// GetContact reads what is needed to write to the customer. The complainant is
// empty but for the language after the customer's key was destroyed.
func (s *Service) GetContact(ctx context.Context, req *intakev1.GetContactRequest) (*intakev1.Contact, error) {
	record, err := s.named(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, details, err := s.open(&record)
	if err != nil {
		return nil, err
	}
	details.Complainant.LanguageCode = record.Language
	return &intakev1.Contact{
		Customer: record.Customer, Reference: record.Reference, Complainant: toComplainant(details.Complainant),
		Targets: toTargets(record.Targets), Department: record.Department, ReceiveTime: stamp(record.CycleTime),
		Severity: policyv1.Severity(record.Severity), Settled: toSettled(settledAtOnce(&record.Complaint, details)),
	}, nil
}

// GetDataKey reads a customer's data key, for services that seal free text.
func (s *Service) GetDataKey(ctx context.Context, req *intakev1.GetDataKeyRequest) (*intakev1.DataKey, error) {
	customer, err := s.store.Customer(ctx, req.GetCustomer())
	if errors.Is(err, ErrNotFound) {
		return nil, noDataKey(err)
	}
	if err != nil {
		return nil, err
	}
	key, err := s.key(customer.Name, customer.WrappedKey)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, noDataKey(nil)
	}
	return &intakev1.DataKey{Customer: customer.Name, Key: key.Serialize()}, nil
}
