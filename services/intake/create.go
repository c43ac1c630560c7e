package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// referenceTries bounds how often a new reference is drawn. With a million
// complaints on record one in a million draws meets a taken one.
const referenceTries = 5

// CreateComplaint files a complaint (REC-1). What it answers is committed.
func (s *Service) CreateComplaint(ctx context.Context, req *intakev1.CreateComplaintRequest) (*intakev1.Complaint, error) {
	complaint, with, err := s.prepare(req, s.policy.Proto().GetDefaultSeverity(), s.now())
	if err != nil {
		return nil, err
	}
	if with.contact, err = s.firstContact(ctx, req.GetFirstContact(), complaint.ReceiveTime, complaint.CreateTime); err != nil {
		return nil, err
	}
	if with.contact != nil && targetAgent(with.filing.Target.Person) == caller(ctx).Subject {
		return nil, agentRecused() // It may be filed, and is dealt with by somebody else.
	}
	record, _, err := s.file(ctx, complaint, with)
	if err != nil {
		return nil, err
	}
	if seesPersonalData(caller(ctx)) {
		return s.view(ctx, &record), nil
	}
	// A front end sees what it sent, and no more, also when it sends it again
	// after the complaint has gone on (API-4).
	return toComplaint(&record.Complaint, with.filing, Details{
		Complainant: with.details.Complainant, FurtherDemanded: with.details.FurtherDemanded,
	}), nil
}

// prepare holds what is to be filed against the rules, and makes a complaint of it
// that has the severity at least.
func (s *Service) prepare(req *intakev1.CreateComplaintRequest, least policyv1.Severity, now time.Time) (Complaint, contents, error) {
	received, err := s.receiveTime(req, now)
	if err != nil {
		return Complaint{}, contents{}, err
	}
	complainant := fromComplainant(req.GetComplainant())
	if err := complainant.normalize(s.policy.Proto().GetLimits().GetPhoneRegion()); err != nil {
		return Complaint{}, contents{}, err
	}
	if err := checkForwarding(req, received); err != nil {
		return Complaint{}, contents{}, err
	}
	found := findings(s.analyser.Analyse(req.GetStatement()))
	severity := max(least, s.severity(map[policyv1.SignalKind]int32{}, found))
	targets, err := s.policy.Targets(severity, received)
	if err != nil {
		return Complaint{}, contents{}, err
	}
	filing := fromFiling(req)
	demanded, further := filing.demanded().parted()
	complainant.LanguageCode = s.policy.Language(complainant.LanguageCode, filing.Statement)
	complaint := Complaint{
		ID: s.ids.ID(), State: Received, Cycle: 1, Version: 1, Severity: int32(severity), Channel: int32(req.GetChannel()),
		TargetKind: int32(req.GetTarget().GetKind()), Language: complainant.LanguageCode, PolicyVersion: s.policy.Version(),
		ReceiveTime: received, CycleTime: received, CreateTime: now, UpdateTime: now, Targets: targets,
		Demanded: demanded, DemandCount: int32(len(filing.Demands)),
	}
	if due := req.GetForwarding().GetReplyDueTime(); due != nil {
		complaint.AuthorityDueTime = due.AsTime().Truncate(time.Microsecond)
	}
	return complaint, contents{
		filing: filing, details: Details{Complainant: complainant, FurtherDemanded: further}, items: req.GetItems(), found: found,
	}, nil
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

// checkForwarding holds that a complaint is forwarded by somebody exactly when it
// came in so, and that they want an answer after it came.
func checkForwarding(req *intakev1.CreateComplaintRequest, received time.Time) error {
	forwarding := req.GetForwarding()
	switch {
	case forwarding == nil && req.GetChannel() == intakev1.Complaint_FORWARDED:
		return invalid("forwarding", "must say who forwarded the complaint and by when they want an answer, since the channel is FORWARDED")
	case forwarding == nil:
		return nil
	case req.GetChannel() != intakev1.Complaint_FORWARDED:
		return invalid("forwarding", "is for the channel FORWARDED only")
	case forwarding.GetReplyDueTime().CheckValid() != nil || !forwarding.GetReplyDueTime().AsTime().After(received):
		return invalid("forwarding.reply_due_time", "must be a time after the receipt")
	}
	return nil
}

// contents is what a complaint is filed with.
type contents struct {
	filing  Filing
	details Details
	items   []string
	found   []finding
	// contact is the conversation that settled it at once; nil when none did.
	contact *intakev1.FirstContactResolution
	// imported says how an imported complaint is filed; nil for any other.
	imported *importing
}

// file has the store record the complaint under a reference that is free. Earlier
// is true when it was filed before.
func (s *Service) file(ctx context.Context, complaint Complaint, with contents) (record Record, earlier bool, err error) {
	customer := "customers/" + s.ids.ID()
	key, wrapped, err := s.keyring.NewDataKey(customer)
	if err != nil {
		return Record{}, false, err
	}
	n := NewComplaint{
		Command: command(ctx), Name: complaint.Name(), Lookups: with.details.Complainant.lookups(s.keyring),
		Customer: Customer{Name: customer, WrappedKey: wrapped, CreateTime: complaint.CreateTime}, Import: with.imported.key(),
	}
	actor := caller(ctx).Subject
	for try := 1; ; try++ {
		complaint.Reference = s.ids.Reference()
		n.Build = func(customer Customer) (Record, Effects, error) {
			return s.build(complaint, with, customer, key, actor)
		}
		record, earlier, err = s.store.File(ctx, n)
		if !errors.Is(err, ErrReferenceTaken) || try == referenceTries {
			return record, earlier, fault(err)
		}
	}
}

// build seals what is to be recorded with the key of the customer that was found,
// which is the given one for a new customer.
func (s *Service) build(c Complaint, with contents, customer Customer, key *vault.DataKey, actor string) (Record, Effects, error) {
	c.Customer = customer.Name
	record := Record{Complaint: c, WrappedKey: customer.WrappedKey}
	if key.Customer() != customer.Name {
		var err error
		if key, err = s.keyring.Unwrap(customer.Name, customer.WrappedKey); err != nil {
			return Record{}, Effects{}, err
		}
	}
	statement, err := key.Seal([]byte(with.filing.Statement), statementPlace(c.Name()))
	if err != nil {
		return Record{}, Effects{}, err
	}
	e := &edit{Complaint: &record.Complaint, details: with.details, actor: actor, now: c.CreateTime, key: key, wrapped: customer.WrappedKey}
	e.tell(arrived(&c, &eventv1.Sealed{Customer: c.Customer, Ciphertext: statement}, with, actor))
	if err := s.fill(e, with); err != nil {
		return Record{}, Effects{}, err
	}
	var failures [2]error
	record.Filing, failures[0] = seal(key, with.filing, filingPlace(c.Name()))
	record.Details, failures[1] = seal(key, e.details, detailsPlace(c.Name()))
	// What it is filed with is no change of it.
	record.Version = c.Version
	effects := Effects{Events: e.drafts(), Entries: e.put}
	effects.Events[0].First = true
	return record, effects, errors.Join(failures[:]...)
}

// arrived tells that a complaint came in, or that one that had ended is on record.
func arrived(c *Complaint, statement *eventv1.Sealed, with contents, actor string) *eventv1.Payload {
	if !c.Open() {
		return history(c, with.filing.Target.Person, statement)
	}
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Reference: c.Reference, Customer: c.Customer, Severity: policyv1.Severity(c.Severity), ReceiveTime: stamp(c.ReceiveTime),
		Targets: declared(c.Targets), PolicyVersion: c.PolicyVersion, TargetKind: policyv1.TargetKind(c.TargetKind),
		LanguageCode: c.Language, Channel: intakev1.Complaint_Channel(c.Channel).String(), Statement: statement,
		Demanded: toMoney(c.Demanded), DemandCount: c.DemandCount, AuthorityReplyDueTime: stamp(c.AuthorityDueTime),
		FirstContact: conversation(with.contact, actor), Imported: with.imported != nil, NotifyCustomer: with.imported.notifies(),
		FurtherDemanded: toMonies(with.details.FurtherDemanded), TargetAgent: targetAgent(with.filing.Target.Person),
		Signals: kinds(with.found),
	}}}
}

// kinds are those of findings, each once.
func kinds(found []finding) []policyv1.SignalKind {
	var kinds []policyv1.SignalKind
	for _, f := range found {
		if !slices.Contains(kinds, f.kind) {
			kinds = append(kinds, f.kind)
		}
	}
	return kinds
}

// fill puts on record what a complaint is filed with beside its statement.
func (s *Service) fill(e *edit, with contents) error {
	if err := s.itemize(e, with); err != nil {
		return err
	}
	if len(with.found) > 0 {
		if _, err := s.note(e, e.Name(), with.found, nil); err != nil {
			return err
		}
	}
	if with.contact == nil {
		return nil
	}
	return s.settle(e, with.contact)
}

// itemize puts the requests within the complaint on record (REC-3). The conversation
// that settled it has done them all, and those of one that had ended are done.
func (s *Service) itemize(e *edit, with contents) error {
	for _, text := range with.items {
		id, item := s.ids.ID(), &intakev1.Item{Text: text, State: intakev1.Item_OPEN}
		switch {
		case with.contact != nil:
			item.State, item.Outcome = intakev1.Item_DONE, cmp.Or(with.contact.GetRemedy(), with.contact.GetAnswer())
		case !e.Open():
			item.State = intakev1.Item_DONE
		default:
			e.OpenItems++
		}
		if err := e.write(ItemEntry, id, item); err != nil {
			return err
		}
		if e.Open() {
			e.tellItem(id, item.GetState())
		}
	}
	return nil
}
