package remedy

import (
	"cmp"
	"context"
	"strconv"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/playbook"
)

// SuggestRemedies suggests options that fit the assessment, the customer's real need and the caller's authority (REM-1, REM-2). It decides
// and records nothing. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) SuggestRemedies(ctx context.Context, req *remedyv1.SuggestRemediesRequest) (*remedyv1.SuggestRemediesResponse, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	c := s.circumstances(complaint)
	c.Language = cmp.Or(req.GetLanguageCode(), c.Language)
	if c.Need, err = s.reader(ctx).text(ctx, complaint.Customer, complaint.Facts.RealNeed, needPlace(complaint)); err != nil {
		return nil, err
	}
	// As if the caller proposed something: the history and what is left of the caps.
	asked := &Remedy{Complaint: complaint.ID, Customer: complaint.Customer, Proposer: caller(ctx).Subject, Department: complaint.Facts.Department}
	evidence, err := s.evidence(ctx, complaint, asked, true)
	if err != nil {
		return nil, err
	}
	judge, err := s.judgeFor(ctx, complaint, asked)
	if err != nil {
		return nil, err
	}
	maker := &suggester{book: s.deps.Playbooks, terms: s.terms, judge: judge, now: s.now()}
	return &remedyv1.SuggestRemediesResponse{
		Options: maker.suggest(c), Validation: s.deps.Playbooks.Validation(c.Matter, c.Language),
		NeverSay: s.deps.Playbooks.NeverSay(c.Matter, c.Language), Similar: evidence.GetSimilar(), Evidence: evidence, Missing: c.missing(),
	}, nil
}

// needPlace is what the real need is bound to, which intake seals.
func needPlace(c Complaint) string { return complaintName(c.ID) + "#real-need" }

// circumstances are those of a complaint, as far as they were heard; not the need, which is sealed.
func (s *Service) circumstances(complaint Complaint) Circumstances {
	f := complaint.Facts
	c := Circumstances{
		Matter:      playbook.Matter{Scenario: f.Scenario, Causes: f.Causes, Product: f.Product},
		Established: f.Established, OurFault: s.rules.OurFault(f), Motive: f.Motive, Restated: f.Restated, Ruling: f.Responsibility,
		Language: cmp.Or(f.Language, s.deps.Policy.Proto().GetLanguages().GetFallback()),
	}
	if f.Appealed { // It may be overturned, so nothing of it is said.
		c.Ruling = policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED
	}
	return c
}

// judgeFor judges options as if they were proposed now: with what the complaint has already, and those that went on in it, and what is left of
// the caps, also of the proposer's day. It goes by what is read, so the transaction of the proposal decides.
func (s *Service) judgeFor(ctx context.Context, complaint Complaint, asked *Remedy) (Judge, error) {
	had, err := s.hadBefore(ctx, complaint.ID)
	if err != nil {
		return nil, err
	}
	funds, err := s.deps.Ledger.Funds(ctx, complaint.ID, s.fundKeys(asked, true, s.now()))
	if err != nil {
		return nil, err
	}
	return func(o *remedyv1.Option) int32 {
		read, ok := s.readOption(o)
		if !ok {
			return int32(s.rules.last())
		}
		if s.rules.costs(read).Positive() {
			read.Besides = had
		}
		options := []Option{read}
		costs := capped(s.rules.Holds(options))
		request := s.rules.Judged(options, s.rules.Exceeded(funds, costs, asked.Department, false) != nil)
		if request.Level == 0 && (complaint.Facts.about(asked.Proposer) || s.rules.Exceeded(funds, costs, asked.Department, true) != nil) {
			return 1
		}
		return int32(request.Level)
	}, nil
}

// hadBefore is what a complaint has held or spent, and those that went on in it have.
func (s *Service) hadBefore(ctx context.Context, complaint string) ([]Part, error) {
	list, err := s.deps.Store.Remedies(ctx, Query{Complaint: complaint, Limit: mostRemedies})
	if err != nil {
		return nil, err
	}
	entries, err := s.deps.Ledger.Ledger(ctx, LedgerQuery{
		Filter: "complaint = " + strconv.Quote(complaintName(complaint)), Digits: s.rules.Digits, Limit: mostRemedies,
	})
	if err != nil {
		return nil, err
	}
	merged, err := s.deps.Ledger.Merged(ctx, complaint)
	if err != nil {
		return nil, err
	}
	of := map[string][]Entry{}
	for _, e := range entries {
		of[e.Remedy] = append(of[e.Remedy], e)
	}
	var had []Part
	for i := range list {
		had = append(had, s.rules.had(&list[i], of[list[i].ID])...)
	}
	for i := range merged {
		had = append(had, s.rules.had(&merged[i].Remedy, merged[i].Entries)...)
	}
	return had, nil
}

// approval is the first level of approvals that covers an option; what cannot be read as one is for the last.
func (s *Service) approval(o *remedyv1.Option) int32 {
	read, ok := s.readOption(o)
	if !ok {
		return int32(s.rules.last())
	}
	return int32(s.rules.Level(read))
}

// readOption reads an option with its words; false for what is none.
func (s *Service) readOption(o *remedyv1.Option) (Option, bool) {
	read, err := option("", "", &remedyv1.Option{
		Kind: o.GetKind(), Basis: o.GetBasis(), Amount: o.GetAmount(), Cash: o.GetCash(), Coupon: o.GetCoupon(), Parts: o.GetParts(),
		Contents: o.GetContents(),
	})
	if err != nil {
		return read, false
	}
	read.Words, read.Vague = s.worded(read, texts(o)...), s.vague(o)
	return read, true
}
