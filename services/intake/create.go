package intake

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/vault"
)

// referenceTries bounds how often a new reference is drawn. With a million
// complaints on record one in a million draws meets a taken one.
const referenceTries = 5

// CreateComplaint files a complaint (REC-1). What it answers is committed.
func (s *Service) CreateComplaint(ctx context.Context, req *intakev1.CreateComplaintRequest) (*intakev1.Complaint, error) {
	now := s.now()
	received, err := s.receiveTime(req, now)
	if err != nil {
		return nil, err
	}
	complainant := fromComplainant(req.GetComplainant())
	if err := complainant.normalize(s.policy.Proto().GetLimits().GetPhoneRegion()); err != nil {
		return nil, err
	}
	severity := s.policy.Proto().GetDefaultSeverity()
	targets, err := s.policy.Targets(severity, received)
	if err != nil {
		return nil, err
	}
	filing := fromFiling(req)
	complainant.LanguageCode = s.policy.Language(complainant.LanguageCode, filing.Statement)
	complaint := Complaint{
		ID: s.ids.ID(), State: Received, Cycle: 1, Version: 1, Severity: int32(severity), Channel: int32(req.GetChannel()),
		TargetKind: int32(req.GetTarget().GetKind()), Language: complainant.LanguageCode, PolicyVersion: s.policy.Version(),
		ReceiveTime: received, CycleTime: received, CreateTime: now, UpdateTime: now, Targets: targets,
		Demanded: filing.demanded(), DemandCount: int32(len(filing.Demands)),
	}
	record, err := s.file(ctx, complaint, filing, Details{Complainant: complainant})
	if err != nil {
		return nil, err
	}
	if seesPersonalData(caller(ctx)) {
		return s.view(ctx, &record), nil
	}
	// A front end sees what it sent, and no more, also when it sends it again
	// after the complaint has gone on (API-4).
	return toComplaint(&record.Complaint, filing, Details{Complainant: complainant}), nil
}

// receiveTime is when the firm received the complaint: now unless told.
func (s *Service) receiveTime(req *intakev1.CreateComplaintRequest, now time.Time) (time.Time, error) {
	if req.GetReceiveTime() == nil {
		return now, nil
	}
	received := req.GetReceiveTime().AsTime().Truncate(time.Microsecond)
	if req.GetReceiveTime().CheckValid() != nil || received.UnixMicro() <= 0 {
		return time.Time{}, invalid("receive_time", "must be a time after 1970")
	}
	if received.After(now.Add(s.policy.ClockSkew())) {
		return time.Time{}, errs.Invalid(intakev1.ErrorReason_RECEIVE_TIME_IN_FUTURE.String(), "receive_time",
			"The receive time lies in the future.")
	}
	return received, nil
}

// file has the store record the complaint under a reference that is free.
func (s *Service) file(ctx context.Context, complaint Complaint, filing Filing, details Details) (Record, error) {
	customer := "customers/" + s.ids.ID()
	key, wrapped, err := s.keyring.NewDataKey(customer)
	if err != nil {
		return Record{}, err
	}
	n := NewComplaint{
		Command: command(ctx), Name: complaint.Name(), Lookups: details.Complainant.lookups(s.keyring),
		Customer: Customer{Name: customer, WrappedKey: wrapped, CreateTime: complaint.CreateTime},
	}
	actor := caller(ctx).Subject
	for try := 1; ; try++ {
		complaint.Reference = s.ids.Reference()
		n.Build = func(customer Customer) (Record, []eventlog.Draft, error) {
			return s.build(complaint, filing, details, customer, key, actor)
		}
		record, _, err := s.store.File(ctx, n)
		if !errors.Is(err, ErrReferenceTaken) || try == referenceTries {
			return record, fault(err)
		}
	}
}

// build seals what is to be recorded with the key of the customer that was found,
// which is the given one for a new customer.
func (s *Service) build(
	c Complaint, filing Filing, details Details, customer Customer, key *vault.DataKey, actor string,
) (Record, []eventlog.Draft, error) {
	c.Customer = customer.Name
	record := Record{Complaint: c, WrappedKey: customer.WrappedKey}
	if key.Customer() != customer.Name {
		var err error
		if key, err = s.keyring.Unwrap(customer.Name, customer.WrappedKey); err != nil {
			return Record{}, nil, err
		}
	}
	var failures [3]error
	var statement []byte
	record.Filing, failures[0] = seal(key, filing, filingPlace(c.Name()))
	record.Details, failures[1] = seal(key, details, detailsPlace(c.Name()))
	statement, failures[2] = key.Seal([]byte(filing.Statement), statementPlace(c.Name()))
	if err := errors.Join(failures[:]...); err != nil {
		return Record{}, nil, err
	}
	payload := &eventv1.ComplaintReceived{
		Reference: c.Reference, Customer: c.Customer, Severity: policyv1.Severity(c.Severity), ReceiveTime: stamp(c.ReceiveTime),
		Targets: declared(c.Targets), PolicyVersion: c.PolicyVersion, TargetKind: policyv1.TargetKind(c.TargetKind),
		LanguageCode: c.Language, Channel: intakev1.Complaint_Channel(c.Channel).String(),
		Statement: &eventv1.Sealed{Customer: c.Customer, Ciphertext: statement},
		Demanded:  toMoney(c.Demanded), DemandCount: c.DemandCount,
	}
	return record, []eventlog.Draft{{
		Subject: c.Name(), Cycle: c.Cycle, Actor: actor, RecordTime: c.CreateTime, First: true,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: payload}},
	}}, nil
}
