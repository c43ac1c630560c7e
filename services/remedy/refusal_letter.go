package remedy

import (
	"cmp"
	"context"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/wording"
)

// WriteRefusal writes the variables of the letter that refuses (REF-1), in the customer's language, and says what it still lacks. Nothing is
// sent or recorded. Errors: RESOURCE_NOT_FOUND, REFUSAL_ENDED for what is not refused after all.
func (s *Service) WriteRefusal(ctx context.Context, req *remedyv1.WriteRefusalRequest) (*remedyv1.WriteRefusalResponse, error) {
	stored, err := s.refusal(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	if stored.State == remedyv1.Refusal_ABANDONED {
		return nil, refusalEnded(stored)
	}
	complaint, err := s.known(ctx, complaintName(stored.Complaint))
	if err != nil {
		return nil, err
	}
	shown, err := s.reader(ctx).refusal(ctx, stored)
	if err != nil {
		return nil, err
	}
	c := s.circumstances(complaint)
	says := refusalWordsIn(c.Language)
	resp := &remedyv1.WriteRefusalResponse{LanguageCode: c.Language, Variables: map[string]string{
		"decision": shown.GetDecision(), "clause": shown.GetClause(), "reasons": "", "alternative": "",
		"channels": s.channels(c.Language, complaint.Facts.ReceiveTime),
	}}
	for _, step := range shown.GetSteps() {
		if step.GetKind() == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE {
			resp.Variables["reasons"], resp.Variables["alternative"] = step.GetEvidence(), step.GetAlternative()
		}
	}
	for _, name := range []string{"decision", "reasons", "clause", "alternative"} {
		text := resp.GetVariables()[name]
		if text == "" {
			resp.Missing = append(resp.Missing, says.missing[name])
			continue
		}
		resp.Missing = append(resp.Missing, s.unsaid(text, c, says)...)
	}
	return resp, nil
}

// unsaid is what a text says that no refusal should, in sentences.
func (s *Service) unsaid(text string, c Circumstances, says refusalWords) []string {
	var all []string
	for _, found := range s.unfit(text, c) {
		all = append(all, says.quoted(found.Quote, found.Instead))
	}
	return all
}

// unfit is what a text says that no refusal should: blame, the last word, and a refusal that leaves it at that (REF-1).
func (s *Service) unfit(text string, c Circumstances) []wording.Finding {
	var all []wording.Finding
	draft := wording.Draft{Text: text, LanguageCode: c.Language, Ruling: c.Ruling, Kind: policyv1.LetterTemplate_REFUSAL}
	for _, found := range s.deps.Checker.Check(draft) {
		switch found.Kind {
		case policyv1.WordingRule_BLAME, policyv1.WordingRule_FINAL_INTERPRETATION, policyv1.WordingRule_FLAT_REFUSAL:
			all = append(all, found)
		default: // Checked with the whole letter.
		}
	}
	return all
}

// passage is a text that the customer gets to read as it is written.
type passage struct{ field, text string }

// fit refuses texts that the letter would tell the customer by itself and that say what no refusal should (REF-1). Errors: WORDS_UNFIT.
func (s *Service) fit(c Circumstances, texts ...passage) error {
	for _, t := range texts {
		if found := s.unfit(t.text, c); len(found) > 0 {
			return wordsUnfit(t.field, found)
		}
	}
	return nil
}

// channels says who the customer can turn to next, each from when on if it is not open yet.
func (s *Service) channels(language string, received time.Time) string {
	says, fallback := refusalWordsIn(language), s.deps.Policy.Proto().GetLanguages().GetFallback()
	var all []string
	for _, channel := range s.deps.Policy.Proto().GetRefusals().GetChannels() {
		names := channel.GetDisplayName()
		text := cmp.Or(names[language], names[fallback], channel.GetAddress())
		var details []string
		if channel.GetAddress() != "" && channel.GetAddress() != text {
			details = append(details, channel.GetAddress())
		}
		if opens := received.Add(channel.GetOpenAfter().AsDuration()); opens.After(s.now()) {
			details = append(details, says.from(wordsIn(language).day(opens.In(s.terms.zone))))
		}
		if len(details) > 0 {
			text += says.open + strings.Join(details, says.and) + says.close
		}
		all = append(all, text)
	}
	return says.turnTo + strings.Join(all, says.or) + says.stop
}
