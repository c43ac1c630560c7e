package intake

import (
	"context"
	"strconv"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
)

// SearchComplaints finds complaints by reference, contact, customer or words
// (ROUTE-5). What is found by words was opened and has them: the index only says
// which texts may.
func (s *Service) SearchComplaints(ctx context.Context, req *intakev1.SearchComplaintsRequest) (*intakev1.SearchComplaintsResponse, error) {
	size, err := s.pageSize(req)
	if err != nil {
		return nil, err
	}
	text, bind := strings.TrimSpace(req.GetQuery()), "search\n"+req.GetQuery()
	cursor, err := s.pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	f := &search{service: s, text: text, size: size, personal: seesPersonalData(caller(ctx)), at: map[string]int{}}
	if f.personal {
		f.query = s.index.splitter.Query(text)
	}
	if err := f.find(ctx, cursor); err != nil {
		return nil, err
	}
	return &intakev1.SearchComplaintsResponse{Results: f.results, NextPageToken: s.pages.Encode(f.next, bind)}, nil
}

// search is one search at work on one page.
type search struct {
	service *Service
	text    string
	size    int
	// personal is true for callers who see personal data. Others do not find by it.
	personal bool
	query    words.Query
	results  []*intakev1.SearchResult
	// at is the place of each complaint in the results.
	at map[string]int
	// next is where the next page begins; empty after the last one.
	next []string
}

// The parts of a cursor: in a customer's complaints, or among texts.
const (
	inCustomer = "customer"
	inTexts    = "texts"
)

// find fills the page: with what or whom the query names, or else with texts.
func (f *search) find(ctx context.Context, cursor []string) error {
	switch {
	case cursor == nil:
		return f.begin(ctx)
	case len(cursor) == 4 && cursor[0] == inCustomer:
		after, err := toPosition(cursor[2:])
		if err != nil {
			return err
		}
		return f.ofCustomer(ctx, cursor[1], after)
	case cursor[0] == inTexts:
		return f.inTexts(ctx, cursor[1:])
	default:
		return page.ErrToken
	}
}

// begin looks for what the query names.
func (f *search) begin(ctx context.Context) error {
	named := false
	if reference, err := ids.ParseReference(f.text); err == nil {
		records, err := f.service.store.List(ctx, Query{Filter: "reference = " + strconv.Quote(reference), Limit: 1})
		if err != nil {
			return err
		}
		for i := range records {
			named = true
			f.add(ctx, &records[i], &intakev1.Match{Part: intakev1.Match_REFERENCE})
		}
	}
	customer := ""
	switch {
	case strings.HasPrefix(f.text, "customers/"):
		customer = f.text
	case f.personal:
		var err error
		if customer, err = f.service.known(ctx, f.text); err != nil {
			return err
		}
	}
	if customer != "" {
		return f.ofCustomer(ctx, customer, Position{})
	}
	switch {
	case named:
		return nil
	case f.personal && len(f.query.Terms) == 0:
		return queryTooShort()
	}
	return f.inTexts(ctx, nil)
}

// ofCustomer adds complaints of a customer.
func (f *search) ofCustomer(ctx context.Context, customer string, after Position) error {
	room := f.size - len(f.results)
	records, err := f.service.store.List(ctx, Query{Filter: "customer = " + strconv.Quote(customer), After: after, Limit: room + 1})
	if err != nil {
		return err
	}
	part := intakev1.Match_CONTACT
	if strings.HasPrefix(f.text, "customers/") {
		part = intakev1.Match_CUSTOMER_NAME
	}
	for i := range records {
		if i == room {
			if i > 0 {
				after = Order{}.PositionOf(&records[i-1].Complaint)
			}
			f.next = append([]string{inCustomer, customer}, after.cursor()...)
			return nil
		}
		f.add(ctx, &records[i], &intakev1.Match{Part: part})
	}
	return nil
}

// add adds a complaint, or one more part of it that matched.
func (f *search) add(ctx context.Context, record *Record, match *intakev1.Match) {
	if i, known := f.at[record.ID]; known {
		f.results[i].Matches = append(f.results[i].Matches, match)
		return
	}
	f.at[record.ID] = len(f.results)
	f.results = append(f.results, &intakev1.SearchResult{
		Complaint: f.service.view(ctx, record), Matches: []*intakev1.Match{match},
	})
}

// inTexts adds complaints with texts that have the words, from a cursor on.
func (f *search) inTexts(ctx context.Context, cursor []string) error {
	if len(f.query.Terms) == 0 {
		return nil
	}
	if len(f.results) >= f.size {
		f.next = append([]string{inTexts}, cursor...)
		return nil
	}
	found, err := f.service.index.candidates(f.query, cursor)
	if err != nil {
		return err
	}
	opened, most := 0, int(f.service.policy.Proto().GetMatters().GetMaxOpened())
	for {
		room := f.size - len(f.results)
		if room == 0 || opened >= most {
			break
		}
		some, err := found.take(ctx, min(max(room, 8), most-opened))
		if err != nil {
			return err
		}
		if len(some) == 0 {
			return nil
		}
		opened += len(some)
		used, err := f.open(ctx, some)
		if err != nil {
			return err
		}
		found.giveBack(some[used:])
	}
	if f.next = found.cursor(); f.next != nil {
		f.next = append([]string{inTexts}, f.next...)
	}
	return nil
}

// open looks whether texts have the words, until the page is full, and tells how
// many it looked at.
func (f *search) open(ctx context.Context, some []candidateText) (used int, err error) {
	var complaints []string
	var said []Place
	for _, c := range some {
		complaints = append(complaints, c.place.Complaint)
		if c.place.Message != "" {
			said = append(said, c.place)
		}
	}
	records, err := f.service.matters.Records(ctx, complaints)
	if err != nil {
		return 0, err
	}
	messages, err := f.service.matters.Said(ctx, said)
	if err != nil {
		return 0, err
	}
	byID, byPlace := map[string]*Record{}, map[Place]*Message{}
	for i := range records {
		byID[records[i].ID] = &records[i]
	}
	for i := range messages {
		byPlace[Place{Complaint: messages[i].Complaint, Message: messages[i].ID}] = &messages[i]
	}
	for used < len(some) && len(f.results) < f.size {
		place := some[used].place
		used++
		record := byID[place.Complaint]
		if record == nil || !f.service.index.splitter.In(f.service.said(ctx, record, byPlace[place]), f.query) {
			continue
		}
		match := &intakev1.Match{Part: intakev1.Match_STATEMENT}
		if place.Message != "" {
			match = &intakev1.Match{Part: intakev1.Match_MESSAGE, Message: messageName(place.Complaint, place.Message)}
		}
		f.add(ctx, record, match)
	}
	return used, nil
}

// said is a text of a complaint: that of the message, or what it was filed with.
func (s *Service) said(ctx context.Context, record *Record, message *Message) string {
	if message != nil {
		return s.openText(ctx, s.keyOf(ctx, record), message)
	}
	filing, _, err := s.open(record)
	if err != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
	}
	return filing.words()
}
