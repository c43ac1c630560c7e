package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/wording"
)

// maxFindings bounds an answer: a draft with more is not worth correcting piece by piece.
const maxFindings = 200

// CheckDraft says what a draft must not say, and what to say instead (SAY-1, PROM-2), and what the playbooks of the complaint say never to
// say (REM-2). It advises: sending is for the agent to decide, and nothing is recorded.
func (s *Service) CheckDraft(ctx context.Context, req *intakev1.CheckDraftRequest) (*intakev1.CheckDraftResponse, error) {
	draft := wording.Draft{
		Text: req.GetText(), LanguageCode: s.policy.Language(req.GetLanguageCode(), req.GetText()), Kind: req.GetKind(),
	}
	var matter playbook.Matter
	if req.GetComplaint() != "" {
		record, err := s.named(ctx, "complaint", req.GetComplaint())
		if err != nil {
			return nil, err
		}
		if draft.Ruling, err = s.ruled(ctx, &record); err != nil {
			return nil, err
		}
		if matter, err = s.matter(ctx, &record); err != nil {
			return nil, err
		}
	}
	return &intakev1.CheckDraftResponse{
		LanguageCode: draft.LanguageCode, Ruled: draft.Ruling != 0, Ruling: draft.Ruling, Findings: s.findings(draft, matter),
	}, nil
}

// WriteDraft fills in a letter for a complaint and checks it (SAY-1). Nothing is sent and nothing is recorded. Where the customer's
// key was destroyed the letter has no name, and there is none that tells by itself how the complaint ended.
func (s *Service) WriteDraft(ctx context.Context, req *intakev1.WriteDraftRequest) (*intakev1.Draft, error) {
	record, err := s.named(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, details, err := s.open(&record)
	if err != nil {
		return nil, err
	}
	if req.GetTemplate() == "" && len(record.WrappedKey) == 0 {
		return nil, noDataKey(nil) // How it ended nobody can read any more.
	}
	complaint, details, err := asOf(req.GetCycle(), &record.Complaint, details)
	if err != nil {
		return nil, err
	}
	letters := s.policy.Letters()
	template, given := ending(req, complaint, letters)
	switch settled := settledAtOnce(complaint, details) != nil; {
	case settled && template == letters.Acknowledgement():
		template = letters.Settled() // It is what was sent: no call and no result is to come.
	case !settled && template == letters.Settled():
		return nil, invalid("template", "must be another letter: the complaint was not settled in the conversation in which it was filed")
	}
	kind, _ := letters.Kind(template)
	language := cmp.Or(req.GetLanguageCode(), record.Language)
	team, err := s.team(ctx, record.Department, language)
	if err != nil {
		return nil, err
	}
	facts := s.facts(complaint, kind, team, details)
	facts.AskedAgain = req.GetAskedAgain()
	if kind == policyv1.LetterTemplate_MERGED {
		if facts.GoesOn, err = s.goesOnAs(ctx, &record); err != nil {
			return nil, err
		}
	}
	written, err := letters.Write(template, language, facts, withResult(given, kind, complaint, details, language))
	if err != nil {
		return nil, letterFault(err, template, letters)
	}
	draft := wording.Draft{Text: written.Text, LanguageCode: language, Kind: kind}
	if draft.Ruling, err = s.ruled(ctx, &record); err != nil {
		return nil, err
	}
	matter, err := s.matter(ctx, &record)
	if err != nil {
		return nil, err
	}
	return &intakev1.Draft{
		Complaint: record.Name(), Template: template, Kind: kind, LanguageCode: language,
		Subject: written.Subject, Text: written.Text, Findings: s.findings(draft, matter),
	}, nil
}

// goesOnAs is the reference under which a complaint goes on that was merged. It is nobody's name, so also another customer may be told it.
func (s *Service) goesOnAs(ctx context.Context, record *Record) (string, error) {
	if record.MergedInto == "" {
		return "", invalid("template", "must be another letter: the complaint goes on in no other one")
	}
	survivor, err := s.goesOn(ctx, record)
	if err != nil {
		return "", err
	}
	return survivor.Reference, nil
}

// ruled is what was ruled on responsibility (ASSESS-4), as far as customers may be told: a ruling of an earlier cycle was about
// another matter, and one under appeal may be overturned. An appeal that cannot be read,
// because the customer's key was destroyed, is one.
func (s *Service) ruled(ctx context.Context, record *Record) (policyv1.Responsibility, error) {
	const nothing = policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED
	if policyv1.Responsibility(record.Ruling) == nothing {
		return nothing, nil
	}
	now, entries, err := s.records.Entries(ctx, record.ID, RulingEntry, AppealEntry)
	if err != nil {
		return nothing, fault(err)
	}
	key, err := s.key(now.Customer, now.WrappedKey)
	if err != nil {
		return nothing, err
	}
	said, pending := nothing, false
	for i := range entries {
		entry, appeal := &entries[i], &intakev1.Appeal{}
		switch {
		case entry.Cycle != now.Cycle:
		case entry.Kind == RulingEntry:
			said = policyv1.Responsibility(now.Ruling)
		default:
			unread := readEntry(key, entry, appeal)
			pending = unread != nil || appeal.GetState() == intakev1.Appeal_PENDING
		}
	}
	if pending {
		return nothing, nil
	}
	return said, nil
}

// facts are what a letter may tell of a complaint. The acknowledgement repeats what was declared when the complaint came; any
// other letter tells a time only while it is ahead and somebody works on the complaint.
func (s *Service) facts(c *Complaint, kind policyv1.LetterTemplate_Kind, team string, details Details) letter.Facts {
	facts := letter.Facts{
		DisplayName: details.Complainant.DisplayName, Reference: c.Reference, Team: team, Zone: letter.Zone(details.Complainant.TimeZone),
		ContactTime: c.Targets.Contact, CallbackTime: c.Targets.Callback, ResolutionTime: c.Targets.Resolution,
	}
	if kind != policyv1.LetterTemplate_ACKNOWLEDGEMENT && (!c.Open() || !s.now().Before(c.Targets.Resolution)) {
		facts.ResolutionTime = time.Time{}
	}
	if settled := settledAtOnce(c, details); settled != nil {
		facts.SettleTime, facts.Answer, facts.Remedy = settled.Time, settled.Answer, settled.Remedy
	}
	return facts
}

// matter is what a complaint is about, as assessed last in this cycle; after the customer's key was destroyed the
// scenario alone is known.
func (s *Service) matter(ctx context.Context, record *Record) (playbook.Matter, error) {
	now, entries, err := s.records.Entries(ctx, record.ID, AssessmentEntry)
	if err != nil {
		return playbook.Matter{}, fault(err)
	}
	if len(entries) == 0 || entries[len(entries)-1].Cycle != now.Cycle {
		return playbook.Matter{}, nil
	}
	key, err := s.key(now.Customer, now.WrappedKey)
	if err != nil {
		return playbook.Matter{}, err
	}
	last, assessment := &entries[len(entries)-1], &intakev1.Assessment{}
	if damaged := readEntry(key, last, assessment); damaged != nil {
		s.logger.ErrorContext(ctx, "an entry cannot be opened", "entry", last.Name())
	}
	return playbook.Matter{Scenario: policyv1.Scenario(now.Scenario), Causes: assessment.GetCauses(), Product: assessment.GetProduct()}, nil
}

// findings are what a draft must not say, in the order of the text.
func (s *Service) findings(draft wording.Draft, matter playbook.Matter) []*intakev1.Finding {
	var out []*intakev1.Finding
	for _, f := range s.checker.Check(draft) {
		out = append(out, &intakev1.Finding{
			Kind: f.Kind, Start: int32(f.Start), End: int32(f.End), Quote: f.Quote, Rule: f.Rule, Why: f.Why, Instead: f.Instead,
		})
	}
	why := playbook.NeverSayWhy(draft.LanguageCode)
	for _, said := range s.playbooks.NeverSaid(matter, draft.Text) {
		out = append(out, &intakev1.Finding{
			Start: int32(said.Start), End: int32(said.End), Quote: said.Quote, Rule: said.Playbook, Why: why,
			Instead: s.playbooks.Validation(matter, draft.LanguageCode),
		})
	}
	slices.SortStableFunc(out, func(a, b *intakev1.Finding) int { return cmp.Compare(a.GetStart(), b.GetStart()) })
	return out[:min(len(out), maxFindings)]
}

// letterFault turns what is wrong with a request for a letter into the contract's errors.
func letterFault(err error, template string, letters *letter.Book) error {
	var missing *letter.MissingError
	var unknown *letter.UnknownError
	switch {
	case errors.Is(err, letter.ErrNoTemplate):
		return errs.NotFound(intakev1.ErrorReason_TEMPLATE_NOT_FOUND.String(), "There is no letter %q.", template).
			With("template", template).With("templates", strings.Join(letters.Templates(), ", "))
	case errors.As(err, &missing):
		return errs.Invalid(intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING.String(), variable(missing.Variable),
			"The letter %q needs this.", template)
	case errors.As(err, &unknown):
		return errs.Invalid(intakev1.ErrorReason_TEMPLATE_VARIABLE_UNKNOWN.String(), variable(unknown.Variable),
			"The letter %q has no such variable to give.", template).With("variables", strings.Join(unknown.Given, ", "))
	default:
		return err
	}
}

// variable is the path of a letter's variable in a request.
func variable(name string) string { return `variables["` + name + `"]` }
