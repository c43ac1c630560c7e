package letter

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Config is what a Book goes by.
type Config struct {
	// Zone is the time zone in which times are told.
	Zone *time.Location
	// Above says who to turn to above, by language.
	Above map[string]string
	// Fallback is the language of Above where the wanted one is missing.
	Fallback string
}

// Facts are what Redress knows of a complaint; what is empty or zero is not known.
type Facts struct {
	// DisplayName is the customer's name.
	DisplayName string
	// Reference is what the customer keeps.
	Reference string
	// Team is the team's alias.
	Team string
	// ContactTime is when a person will be in touch.
	ContactTime time.Time
	// CallbackTime is by when a person speaks with the customer.
	CallbackTime time.Time
	// ResolutionTime is by when the customer has the answer.
	ResolutionTime time.Time
	// SettleTime is when the matter was settled in the conversation in which it was filed, Answer what the customer was told then, and
	// Remedy what was done.
	SettleTime     time.Time
	Answer, Remedy string
	// ExpireTime is until when a survey can be answered: it is told no later than it is.
	ExpireTime time.Time
	// GoesOn is the reference of the complaint in which it goes on since it was merged.
	GoesOn string
	// AskedAgain is true when the customer is asked again later how things are: no letter promises that otherwise.
	AskedAgain bool
	// Attempts is how often the customer was tried in vain; 0 when that is not known.
	Attempts int
	// DueTime is by when the final response is owed by law, since there is more time for it.
	DueTime time.Time
	// Zone is the customer's time zone, in which times are told; nil for that of the book.
	Zone *time.Location
	// Now is when the letter is written: a time that is not after it is over, and no letter promises it. Zero for never.
	Now time.Time
}

// Letter is one that was filled in.
type Letter struct {
	// Subject is one line.
	Subject string
	// Text is the letter.
	Text string
}

// MissingError is returned when a letter lacks what only its writer knows.
type MissingError struct {
	// Variable is the name of what is missing.
	Variable string
}

// Error names the variable.
func (e *MissingError) Error() string { return "letter: " + e.Variable + " is missing" }

// UnknownError is returned when a letter is given what it cannot tell.
type UnknownError struct {
	// Variable is the name that was given.
	Variable string
	// Given are the names that may be given.
	Given []string
}

// Error names the variable.
func (e *UnknownError) Error() string { return "letter: there is no " + e.Variable + " to give" }

// ErrNoTemplate is returned for a letter that the policy has not.
var ErrNoTemplate = errors.New("letter: no such template")

// Book has all letters of a policy. It never changes and is safe for concurrent use.
type Book struct {
	cfg     Config
	entries map[string]*entry
	ids     []string
	// acknowledgement is the id of the letter that Redress sends by itself.
	acknowledgement string
	// settled is the id of the one that it sends in its place.
	settled string
	// first are the ids of the first ones of each kind.
	first map[policyv1.LetterTemplate_Kind]string
}

// entry is one letter in all its languages.
type entry struct {
	kind  policyv1.LetterTemplate_Kind
	texts map[string]pair
}

// pair is a letter in one language.
type pair struct {
	subject, body *template.Template
}

// New reads letters that passed Check. It fails for one that would not pass.
func New(templates []*policyv1.LetterTemplate, cfg Config) (*Book, error) {
	if cfg.Zone == nil {
		return nil, errors.New("letter: a time zone is needed")
	}
	b := &Book{cfg: cfg, entries: make(map[string]*entry), first: make(map[policyv1.LetterTemplate_Kind]string)}
	for _, t := range templates {
		e := &entry{kind: t.GetKind(), texts: make(map[string]pair)}
		for language, text := range t.GetTexts() {
			subject, subjectErr := compile(text.GetSubject(), Variables(e.kind))
			body, bodyErr := compile(text.GetBody(), Variables(e.kind))
			if err := errors.Join(subjectErr, bodyErr); err != nil {
				return nil, fmt.Errorf("letter: %s in %s: %w", t.GetId(), language, err)
			}
			e.texts[language] = pair{subject, body}
		}
		switch e.kind {
		case policyv1.LetterTemplate_ACKNOWLEDGEMENT:
			b.acknowledgement = t.GetId()
		case policyv1.LetterTemplate_SETTLED:
			b.settled = t.GetId()
		default: // Of the others there may be several.
			b.first[e.kind] = cmp.Or(b.first[e.kind], t.GetId())
		}
		b.entries[t.GetId()] = e
		b.ids = append(b.ids, t.GetId())
	}
	return b, nil
}

// Templates lists the ids of all letters, in the order of the policy.
func (b *Book) Templates() []string { return slices.Clone(b.ids) }

// Kind is what a letter is for; false when there is no such letter.
func (b *Book) Kind(id string) (policyv1.LetterTemplate_Kind, bool) {
	e, ok := b.entries[id]
	if !ok {
		return 0, false
	}
	return e.kind, true
}

// Acknowledgement is the id of the letter that Redress sends by itself (ACK-1).
func (b *Book) Acknowledgement() string { return b.acknowledgement }

// Settled is the id of the letter that Redress sends in the place of the acknowledgement when the matter was settled already (REC-10).
func (b *Book) Settled() string { return b.settled }

// Closing is the id of the first letter that ends a complaint, which Redress sends by itself (REM-6); empty when the policy has none.
func (b *Book) Closing() string { return b.first[policyv1.LetterTemplate_CLOSING] }

// Refusal is the id of the first letter that refuses, which Redress sends in the place of the closing one when what was refused has its
// reasons and an alternative on record (REF-1); empty when the policy has none.
func (b *Book) Refusal() string { return b.first[policyv1.LetterTemplate_REFUSAL] }

// ContactEnded is the id of the first letter to whom the contact was ended with before any reason was given, which Redress sends in the place of
// the one that refuses (REF-1, REM-6); empty when the policy has none.
func (b *Book) ContactEnded() string { return b.first[policyv1.LetterTemplate_CONTACT_ENDED] }

// ClosingWithoutReply is the id of the first letter that ends a complaint with whose customer the contact was ended, which Redress sends in the
// place of the closing one (REM-6); empty when the policy has none.
func (b *Book) ClosingWithoutReply() string {
	return b.first[policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY]
}

// NotAComplaint is the id of the first letter about what is no complaint, which Redress sends by itself (REC-1, REM-6); empty when the policy
// has none.
func (b *Book) NotAComplaint() string { return b.first[policyv1.LetterTemplate_NOT_A_COMPLAINT] }

// Withdrawn is the id of the first letter about a complaint that was withdrawn, which Redress sends by itself (CLK-4, REM-6); empty when the
// policy has none.
func (b *Book) Withdrawn() string { return b.first[policyv1.LetterTemplate_WITHDRAWN] }

// Merged is the id of the first letter about a complaint that goes on in another one, which Redress sends by itself (REC-6, REM-6); empty when
// the policy has none.
func (b *Book) Merged() string { return b.first[policyv1.LetterTemplate_MERGED] }

// Unreached is the id of the first letter to who could not be called, which Redress sends by itself (CALL-3); empty when the policy has none.
func (b *Book) Unreached() string { return b.first[policyv1.LetterTemplate_UNREACHED] }

// Extension is the id of the first letter about more time for the final response, which Redress sends by itself (CLK-3); empty when the policy
// has none.
func (b *Book) Extension() string { return b.first[policyv1.LetterTemplate_EXTENSION] }

// Survey is the id of the first letter that asks after a resolution whether it held, or of the first that reminds of it, which Redress sends by
// itself (FUP-1, FUP-3); empty when the policy has none.
func (b *Book) Survey(reminder bool) string {
	if reminder {
		return b.first[policyv1.LetterTemplate_SURVEY_REMINDER]
	}
	return b.first[policyv1.LetterTemplate_SURVEY]
}

// Write fills in a letter. Given is what only the writer knows, by variable. Errors: ErrNoTemplate, a *MissingError, an
// *UnknownError, and a plain one for a language that letters are not written in.
func (b *Book) Write(id, language string, facts Facts, given map[string]string) (Letter, error) {
	e, ok := b.entries[id]
	if !ok {
		return Letter{}, fmt.Errorf("%w: %q", ErrNoTemplate, id)
	}
	texts, ok := e.texts[language]
	if !ok {
		return Letter{}, fmt.Errorf("letter: %s is not written in %q", id, language)
	}
	values, err := b.values(e.kind, language, facts, given)
	if err != nil {
		return Letter{}, err
	}
	text, err := execute(texts.body, values)
	if err != nil {
		return Letter{}, fmt.Errorf("letter: %w", err)
	}
	subject, err := execute(texts.subject, values)
	if err != nil {
		return Letter{}, fmt.Errorf("letter: %w", err)
	}
	// What was given may have several lines; a subject is the head of an e-mail, where a second line would be another head.
	return Letter{Subject: strings.Join(strings.Fields(subject), " "), Text: text}, nil
}

// values are all variables of a letter.
func (b *Book) values(kind policyv1.LetterTemplate_Kind, language string, facts Facts, given map[string]string) (map[string]string, error) {
	variables := Variables(kind)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if v, ok := find(variables, name); !ok || !v.Given {
			return nil, &UnknownError{Variable: name, Given: Given(variables)}
		}
	}
	due := map[string]time.Time{
		contactTime: facts.ContactTime, callbackTime: facts.CallbackTime, resolutionTime: facts.ResolutionTime,
	}
	filled := map[string]string{
		displayName: facts.DisplayName, reference: facts.Reference, team: facts.Team,
		above:      cmp.Or(b.cfg.Above[language], b.cfg.Above[b.cfg.Fallback]),
		settleTime: b.when(language, facts.Zone, facts.SettleTime), answer: strings.TrimSpace(facts.Answer), remedy: strings.TrimSpace(facts.Remedy),
		askedAgain: yes(facts.AskedAgain), goesOn: facts.GoesOn, attempts: times(facts.Attempts), dueTime: b.when(language, facts.Zone, facts.DueTime),
	}
	if !facts.ExpireTime.IsZero() {
		filled[expireTime] = Until(language, facts.ExpireTime, cmp.Or(facts.Zone, b.cfg.Zone))
	}
	over := make(map[string]bool, len(due))
	for name, at := range due {
		if over[name] = !at.IsZero() && !facts.Now.IsZero() && !at.After(facts.Now); !over[name] {
			filled[name] = b.when(language, facts.Zone, at)
		}
	}
	values := make(map[string]string, len(variables))
	for _, v := range variables {
		value := filled[v.Name]
		if v.Given {
			value = strings.TrimSpace(given[v.Name])
		}
		if v.Required && value == "" && (!v.Passes || !over[v.Name]) {
			return nil, &MissingError{Variable: v.Name}
		}
		values[v.Name] = value
	}
	return values, nil
}

// yes is what "if" takes for true; empty for false.
func yes(known bool) string {
	if known {
		return "yes"
	}
	return ""
}

// times tells a number that is known.
func times(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// when tells a time that is known.
func (b *Book) when(language string, zone *time.Location, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return When(language, t, cmp.Or(zone, b.cfg.Zone))
}
