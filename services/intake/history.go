package intake

import (
	"context"
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// GetCustomerHistory reads a customer's complaints, the latest first (REC-6). The
// words that go with links are left out; they are on record of the complaints.
func (s *Service) GetCustomerHistory(ctx context.Context, req *intakev1.GetCustomerHistoryRequest) (*intakev1.CustomerHistory, error) {
	return s.history(ctx, strings.TrimSuffix(req.GetName(), "/history"), req)
}

// LookupCustomer finds a customer by a keyed hash and reads the history (REC-6).
func (s *Service) LookupCustomer(ctx context.Context, req *intakev1.LookupCustomerRequest) (*intakev1.CustomerHistory, error) {
	by := Complainant{Phone: req.GetPhone(), Email: req.GetEmail(), CustomerID: req.GetCustomerId()}
	given := 0
	for _, way := range []string{by.Phone, by.Email, by.CustomerID} {
		if strings.TrimSpace(way) != "" {
			given++
		}
	}
	if given != 1 {
		return nil, invalid("phone", "exactly one of phone, email and customer_id must be given")
	}
	if err := by.normalize(s.policy.Proto().GetLimits().GetPhoneRegion()); err != nil {
		return nil, err
	}
	customer, err := s.matters.FindCustomer(ctx, by.lookups(s.keyring)[0])
	if errors.Is(err, ErrNotFound) {
		return nil, noCustomer(err)
	}
	if err != nil {
		return nil, err
	}
	return s.history(ctx, customer.Name, req)
}

func (s *Service) history(ctx context.Context, customer string, asked paged) (*intakev1.CustomerHistory, error) {
	size, err := s.pageSize(asked)
	if err != nil {
		return nil, err
	}
	bind := "history\n" + customer
	after, err := s.position(asked.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	history, err := s.matters.History(ctx, customer, after, size+1)
	if errors.Is(err, ErrNotFound) {
		return nil, noCustomer(err)
	}
	if err != nil {
		return nil, err
	}
	out := &intakev1.CustomerHistory{
		Name: customer + "/history", Customer: customer, ComplaintCount: history.Count, OpenCount: history.Open, RepeatCount: history.Repeats,
	}
	for i := range history.Records {
		if i == size {
			out.NextPageToken = s.pages.Encode(Order{}.PositionOf(&history.Records[i-1].Complaint).cursor(), bind)
			break
		}
		entry, err := s.historyEntry(&history.Records[i], history.Links)
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, entry)
	}
	return out, nil
}

func (s *Service) historyEntry(record *Record, links []Entry) (*intakev1.HistoryEntry, error) {
	entry := &intakev1.HistoryEntry{
		Complaint: record.Name(), Reference: record.Reference, State: intakev1.Complaint_State(record.State),
		Outcome: intakev1.Complaint_Outcome(record.Outcome), Cycle: record.Cycle, ReceiveTime: stamp(record.ReceiveTime),
		ResolveTime: stamp(record.ResolveTime), CloseTime: stamp(record.CloseTime), RepeatCount: record.RepeatCount,
		MergedInto: record.MergedInto,
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return nil, err
	}
	for i := range links {
		if links[i].Complaint != record.ID {
			continue
		}
		link := &intakev1.Link{}
		if err := readEntry(key, &links[i], link); err != nil {
			return nil, err
		}
		link.Reason = ""
		entry.Links = append(entry.Links, link)
	}
	return entry, nil
}

// known is the name of the customer whom a telephone number, an e-mail address or
// the firm's own number belongs to, whichever the text may be; empty when there is
// none.
func (s *Service) known(ctx context.Context, text string) (string, error) {
	by := Complainant{CustomerID: strings.TrimSpace(text)}
	if strings.ContainsRune(text, '@') {
		by.Email = by.CustomerID
	}
	if number, err := phonenumbers.Parse(text, s.policy.Proto().GetLimits().GetPhoneRegion()); err == nil && phonenumbers.IsValidNumber(number) {
		by.Phone = phonenumbers.Format(number, phonenumbers.E164)
	}
	for _, lookup := range by.lookups(s.keyring) {
		customer, err := s.matters.FindCustomer(ctx, lookup)
		if err == nil || !errors.Is(err, ErrNotFound) {
			return customer.Name, err
		}
	}
	return "", nil
}
