package followup

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/durationpb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetPromise reads a promise, as it stands now. Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetPromise(ctx context.Context, req *followupv1.GetPromiseRequest) (*followupv1.Promise, error) {
	return s.readPromise(ctx, req.GetName())
}

func (s *Service) readPromise(ctx context.Context, name string) (*followupv1.Promise, error) {
	complaint, id, err := promiseIDs(name)
	if err != nil {
		return nil, err
	}
	p, err := s.deps.Store.Promise(ctx, complaint, id)
	if errors.Is(err, ErrUnknown) {
		return nil, promiseNotFound(name)
	}
	if err != nil {
		return nil, err
	}
	return s.promiseMessage(ctx, &p, s.now())
}

// ListPromises lists promises, the next due first. Whether one is broken, also in the filter, is exact at the moment of reading (CLK-1).
// Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, FILTER_INVALID, PAGE_TOKEN_INVALID.
func (s *Service) ListPromises(ctx context.Context, req *followupv1.ListPromisesRequest) (*followupv1.ListPromisesResponse, error) {
	of, err := s.listing(ctx, "promises", req)
	if err != nil {
		return nil, err
	}
	query := PromiseQuery{Complaint: of.complaint, Filter: req.GetFilter(), Limit: of.limit(), Now: s.now()}
	if query.After, err = promisePosition(of.cursor); err != nil {
		return nil, err
	}
	list, err := s.deps.Store.Promises(ctx, query)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListPromisesResponse{}
	if len(list) > of.size {
		list = list[:of.size]
		last := &list[of.size-1].Duty
		res.NextPageToken = s.deps.Pages.Encode([]string{strconv.FormatInt(last.DueTime.UnixMicro(), 10), last.Complaint, last.ID}, of.bind)
	}
	for i := range list {
		m, err := s.promiseMessage(ctx, &list[i], query.Now)
		if err != nil {
			return nil, err
		}
		res.Promises = append(res.Promises, m)
	}
	return res, nil
}

// promisePosition reads a page token's place; nil for the first page.
func promisePosition(cursor []string) (*PromisePosition, error) {
	if cursor == nil {
		return nil, nil
	}
	if len(cursor) != 3 {
		return nil, page.ErrToken
	}
	due, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	return &PromisePosition{DueTime: time.UnixMicro(due).UTC(), Complaint: cursor[1], Duty: cursor[2]}, nil
}

// promiseMessage is a promise as it stands at the moment now, with the words that the caller may read.
func (s *Service) promiseMessage(ctx context.Context, p *Pledge, now time.Time) (*followupv1.Promise, error) {
	d, state := &p.Duty, p.State(now)
	m := &followupv1.Promise{
		Name: p.Promise.Name(), Cycle: d.Cycle, State: state, Source: p.Promise.Source, DueTime: timestamp(d.DueTime),
		UntilTime: timestamp(p.Promise.UntilTime), Update: p.Promise.Update, Owner: p.Promise.Owner, Speaker: p.Promise.Speaker,
		PromiseTime: timestamp(p.Promise.PromiseTime), Amount: moneyMessage(p.Promise.Amount), Excesses: p.Promise.Excesses,
		Verdict: d.Verdict, Duty: dutyName(d.Complaint, d.ID), KeepTime: timestamp(d.FactTime), Settler: p.Promise.Settler,
		Remedy: p.Promise.Remedy, Part: p.Promise.Part, AllegedPromise: p.Promise.Alleged, CreateTime: timestamp(p.Promise.CreateTime),
		Etag: p.etag(), Way: p.Promise.Way, ConversationTime: timestamp(p.Promise.ConversationTime),
	}
	if state == followupv1.Promise_BROKEN { // Whether or not a timer has fired.
		m.Verdict = policyv1.Verdict_MISSED
	}
	if p.Promise.Series() {
		m.Period = durationpb.New(p.Promise.Period)
	}
	if p.Promise.Previous != "" {
		m.Previous = promiseName(d.Complaint, p.Promise.Previous)
	}
	var err error
	if m.Text, err = s.openText(ctx, p, p.Promise.Text, p.Promise.TextPlace); err != nil {
		return nil, err
	}
	m.Evidence, err = s.openText(ctx, p, p.Promise.Evidence, p.Promise.evidencePlace())
	if m.Evidence == "" && d.Evidence != p.Promise.Name() { // What was said is on record elsewhere.
		m.Evidence = d.Evidence
	}
	return m, err
}

// openText reads a sealed text of a promise, or of a customer's other duty. It is read by those who handle complaints and by no one else (API-4), and is gone with a
// customer who was erased.
func (s *Service) openText(ctx context.Context, p *Pledge, sealed []byte, place string) (string, error) {
	if len(sealed) == 0 || !caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE,
		authv1.Role_SERVICE) {
		return "", nil
	}
	key, err := s.deps.Keys.Key(ctx, p.Customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text, err := key.Open(sealed, place)
	if err != nil {
		// One damaged text must not make a whole list unreadable.
		s.deps.Logger.ErrorContext(ctx, "words cannot be opened", "place", place, "error", err)
		return "", nil
	}
	return string(text), nil
}

// etag changes with every change of the promise and of its duty.
func (p *Pledge) etag() string {
	return strconv.Quote(strconv.FormatInt(p.Promise.Version, 36) + "-" + strconv.Itoa(int(p.Duty.State)))
}

func moneyOf(m *money.Money) Money {
	return Money{Currency: m.GetCurrencyCode(), Units: m.GetUnits(), Nanos: m.GetNanos()}
}

// moneyMessage is nil for no amount.
func moneyMessage(m Money) *money.Money {
	if m.Currency == "" {
		return nil
	}
	return &money.Money{CurrencyCode: m.Currency, Units: m.Units, Nanos: m.Nanos}
}
