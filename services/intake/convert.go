package intake

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
)

// view is a record as the caller may see it (API-4). One damaged record must not
// make a whole list unreadable: it is answered without its words.
func (s *Service) view(ctx context.Context, record *Record) *intakev1.Complaint {
	filing, details, err := s.open(record)
	if err != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
		filing, details = Filing{}, Details{}
	}
	if !seesPersonalData(caller(ctx)) {
		filing, details = filing.masked(), details.masked()
	}
	return toComplaint(&record.Complaint, filing, details)
}

// open reads what is sealed in a record; it is empty when the customer's key was
// destroyed.
func (s *Service) open(record *Record) (Filing, Details, error) {
	var filing Filing
	var details Details
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return filing, details, err
	}
	if err := unseal(key, record.Filing, filingPlace(record.Name()), &filing); err != nil {
		return filing, details, err
	}
	return filing, details, unseal(key, record.Details, detailsPlace(record.Name()), &details)
}

// key unwraps a customer's data key; nil when it was destroyed.
func (s *Service) key(customer string, wrapped []byte) (*vault.DataKey, error) {
	if len(wrapped) == 0 {
		return nil, nil
	}
	return s.keyring.Unwrap(customer, wrapped)
}

func toComplaint(c *Complaint, filing Filing, details Details) *intakev1.Complaint {
	details.Complainant.LanguageCode = c.Language
	out := &intakev1.Complaint{
		Name: c.Name(), Reference: c.Reference, State: intakev1.Complaint_State(c.State),
		Outcome: intakev1.Complaint_Outcome(c.Outcome), Severity: policyv1.Severity(c.Severity), Cycle: c.Cycle, Etag: etag(c),
		Statement: filing.Statement, Complainant: toComplainant(details.Complainant),
		Channel: intakev1.Complaint_Channel(c.Channel),
		Target: &intakev1.Target{
			Kind: policyv1.TargetKind(c.TargetKind), Order: filing.Target.Order, Product: filing.Target.Product,
			Place: filing.Target.Place, Person: cmp.Or(details.Person, filing.Target.Person),
		},
		Notes: details.Notes, Customer: c.Customer, ReceiveTime: stamp(c.ReceiveTime), CreateTime: stamp(c.CreateTime),
		UpdateTime: stamp(c.UpdateTime), ResolveTime: stamp(c.ResolveTime), CloseTime: stamp(c.CloseTime),
		Targets: toTargets(c.Targets), Department: c.Department, Assignee: c.Assignee, PolicyVersion: c.PolicyVersion,
		Resolution: details.Resolution, Objections: details.Objections, ChaseCount: c.ChaseCount, Demanded: toMoney(c.Demanded),
		OpenItemCount: c.OpenItems, MergedInto: c.MergedInto, RepeatCount: c.RepeatCount, Scenario: policyv1.Scenario(c.Scenario),
		Established: policyv1.Establishment(c.Established), Ruling: policyv1.Responsibility(c.Ruling),
		FurtherDemanded: toMonies(details.FurtherDemanded),
	}
	for _, ended := range details.Ended {
		out.EndedCycles = append(out.EndedCycles, &intakev1.EndedCycle{
			Cycle: ended.Cycle, Outcome: intakev1.Complaint_Outcome(ended.Outcome), Resolution: ended.Result,
		})
	}
	for _, demand := range filing.Demands {
		out.Demands = append(out.Demands, toDemand(demand))
	}
	if !c.AuthorityDueTime.IsZero() {
		out.Forwarding = &intakev1.Forwarding{
			Authority: filing.Forwarding.Authority, Reference: filing.Forwarding.Reference,
			ReplyDueTime: stamp(c.AuthorityDueTime), AnswerTime: stamp(c.AuthorityAnswerTime),
		}
		if held := details.HeldAnswer; held != nil {
			out.Forwarding.HeldAnswerTime, out.Forwarding.HeldBy = stamp(held.Time), held.Agent
		}
	}
	if filing.Origin != (Origin{}) {
		out.ImportedFrom = &intakev1.ImportOrigin{
			ImportId: filing.Origin.Import, Source: filing.Origin.Source, ExternalId: filing.Origin.ExternalID,
		}
	}
	return out
}

func toDemand(demand Demand) *intakev1.Demand {
	return &intakev1.Demand{Text: demand.Text, Kind: intakev1.Demand_Kind(demand.Kind), Amount: toMoney(demand.Amount)}
}

func toComplainant(c Complainant) *intakev1.Complainant {
	return &intakev1.Complainant{
		DisplayName: c.DisplayName, Phone: c.Phone, Email: c.Email, CustomerId: c.CustomerID, LanguageCode: c.LanguageCode,
		PreferredChannel: policyv1.ContactWay(c.PreferredChannel), ContactHours: c.ContactHours, TimeZone: c.TimeZone,
	}
}

func fromComplainant(c *intakev1.Complainant) Complainant {
	return Complainant{
		DisplayName: c.GetDisplayName(), Phone: c.GetPhone(), Email: c.GetEmail(), CustomerID: c.GetCustomerId(),
		LanguageCode: c.GetLanguageCode(), PreferredChannel: int32(c.GetPreferredChannel()), ContactHours: c.GetContactHours(), TimeZone: c.GetTimeZone(),
	}
}

func fromFiling(req *intakev1.CreateComplaintRequest) Filing {
	target := req.GetTarget()
	filing := Filing{
		Statement: req.GetStatement(),
		Target: Target{
			Order: target.GetOrder(), Product: target.GetProduct(), Place: target.GetPlace(), Person: target.GetPerson(),
		},
	}
	for _, demand := range req.GetDemands() {
		filing.Demands = append(filing.Demands, Demand{
			Text: demand.GetText(), Kind: int32(demand.GetKind()), Amount: fromMoney(demand.GetAmount()),
		})
	}
	filing.Forwarding = Forwarding{Authority: req.GetForwarding().GetAuthority(), Reference: req.GetForwarding().GetReference()}
	return filing
}

// demanded are the sums of the demands.
func (f Filing) demanded() (sums totals) {
	for _, demand := range f.Demands {
		sums = sums.plus(demand.Amount)
	}
	return sums
}

func fromMoney(m *money.Money) Money {
	return Money{Currency: m.GetCurrencyCode(), Units: m.GetUnits(), Nanos: m.GetNanos()}
}

func toMoney(m Money) *money.Money {
	if m.Currency == "" {
		return nil
	}
	return &money.Money{CurrencyCode: m.Currency, Units: m.Units, Nanos: m.Nanos}
}

func toMonies(all []Money) (out []*money.Money) {
	for _, one := range all {
		out = append(out, toMoney(one))
	}
	return out
}

func toTargets(t policy.Targets) *intakev1.Targets {
	return &intakev1.Targets{
		Acknowledge: stamp(t.Acknowledge), Contact: stamp(t.Contact), FirstResponse: stamp(t.FirstResponse),
		Callback: stamp(t.Callback), Resolution: stamp(t.Resolution),
	}
}

func declared(t policy.Targets) *eventv1.DeclaredTargets {
	return &eventv1.DeclaredTargets{
		Acknowledge: stamp(t.Acknowledge), Contact: stamp(t.Contact), FirstResponse: stamp(t.FirstResponse),
		Callback: stamp(t.Callback), Resolution: stamp(t.Resolution),
	}
}

// stamp leaves a time out that is not known.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// etag is the version as callers see it: in quotes, as HTTP has it.
func etag(c *Complaint) string { return strconv.Quote(strconv.FormatInt(c.Version, 36)) }
