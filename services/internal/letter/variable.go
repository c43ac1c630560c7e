package letter

import (
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// The variables that Redress fills in by itself.
const (
	displayName    = "display_name"
	reference      = "reference"
	team           = "team"
	above          = "above"
	contactTime    = "contact_time"
	callbackTime   = "callback_time"
	resolutionTime = "resolution_time"
	settleTime     = "settle_time"
	answer         = "answer"
	remedy         = "remedy"
	goesOn         = "goes_on"
	attempts       = "attempts"
	dueTime        = "due_time"
	expireTime     = "expire_time"
	askedAgain     = "asked_again"
)

// Variable is something that a letter tells.
type Variable struct {
	// Name is how the letter calls it: {{.reference}}.
	Name string
	// Given is true for what only the writer knows; the others are filled in.
	Given bool
	// Required is true for what is always known, or must be given. A letter must tell it in any case.
	Required bool
	// Told is true for what a letter must tell whenever it is known.
	Told bool
	// Passes is true for a time that is known and may be over when the letter is written. It is empty then, and the letter must say
	// something in its place.
	Passes bool
}

// Variables lists what a kind of letter may tell. A letter that refuses has decision, reasons, clause, alternative and the way
// above (REF-1); every outcome is told with its reasons (REM-6).
func Variables(kind policyv1.LetterTemplate_Kind) []Variable {
	always := func(names ...string) []Variable { return each(names, Variable{Required: true, Told: true}) }
	given := func(names ...string) []Variable {
		return each(names, Variable{Given: true, Required: true, Told: true})
	}
	ifGiven := func(names ...string) []Variable { return each(names, Variable{Given: true, Told: true}) }
	known := each([]string{displayName, team, resolutionTime}, Variable{})
	switch kind {
	case policyv1.LetterTemplate_ACKNOWLEDGEMENT:
		return slices.Concat(always(reference, above),
			each([]string{contactTime, callbackTime, resolutionTime}, Variable{Required: true, Told: true, Passes: true}),
			each([]string{displayName, team}, Variable{Told: true}))
	case policyv1.LetterTemplate_SETTLED:
		return slices.Concat(always(reference, above, settleTime, answer), each([]string{remedy, displayName, team}, Variable{Told: true}))
	case policyv1.LetterTemplate_ANSWER:
		return slices.Concat(always(reference, above), known, given(answer), ifGiven("next_step"))
	case policyv1.LetterTemplate_REMEDY:
		return slices.Concat(always(reference, above), known, given(remedy, "reasons", "done_by"))
	case policyv1.LetterTemplate_REFUSAL:
		return slices.Concat(always(reference, above), known, given("decision", "reasons", "clause", "alternative"),
			// A letter may tell it; a firm's own may name them itself.
			each([]string{"channels"}, Variable{Given: true}))
	case policyv1.LetterTemplate_CONTACT_ENDED: // There is nothing to reply to, so also no time and no team.
		return slices.Concat(always(reference, above), each([]string{displayName}, Variable{}), given("decision", "clause"),
			each([]string{"channels"}, Variable{Given: true}))
	case policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY: // Likewise.
		return slices.Concat(always(reference, above), each([]string{displayName}, Variable{}), given("result"), ifGiven("improvement"),
			each([]string{"channels"}, Variable{Given: true}))
	case policyv1.LetterTemplate_CLOSING:
		return slices.Concat(always(reference, above), known, given("result"), ifGiven("improvement"), each([]string{askedAgain}, Variable{}))
	case policyv1.LetterTemplate_NOT_A_COMPLAINT:
		return slices.Concat(always(reference, above), each([]string{displayName, team}, Variable{}), ifGiven(answer))
	case policyv1.LetterTemplate_WITHDRAWN:
		return slices.Concat(always(reference, above), each([]string{displayName, team}, Variable{}))
	case policyv1.LetterTemplate_MERGED:
		return slices.Concat(always(reference, above, goesOn), each([]string{displayName, team}, Variable{}))
	case policyv1.LetterTemplate_UNREACHED:
		return slices.Concat(always(reference, above, attempts), each([]string{displayName, team}, Variable{}))
	case policyv1.LetterTemplate_EXTENSION:
		return slices.Concat(always(reference, above, dueTime), each([]string{displayName, team}, Variable{}))
	case policyv1.LetterTemplate_SURVEY:
		return slices.Concat(always(reference, above, expireTime), each([]string{displayName, team}, Variable{}), given("link"), ifGiven("improvement"))
	case policyv1.LetterTemplate_SURVEY_REMINDER:
		return slices.Concat(always(reference, above, expireTime), each([]string{displayName, team}, Variable{}), given("link"))
	default:
		return nil
	}
}

// each makes a variable of each name.
func each(names []string, like Variable) []Variable {
	list := make([]Variable, len(names))
	for i, name := range names {
		list[i], list[i].Name = like, name
	}
	return list
}

// names lists the variables that pass.
func names(variables []Variable, pass func(Variable) bool) []string {
	var list []string
	for _, v := range variables {
		if pass(v) {
			list = append(list, v.Name)
		}
	}
	return list
}

// Given lists the names of the variables that a writer gives.
func Given(variables []Variable) []string {
	return names(variables, func(v Variable) bool { return v.Given })
}

// find returns the variable of a name.
func find(variables []Variable, name string) (Variable, bool) {
	i := slices.IndexFunc(variables, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return Variable{}, false
	}
	return variables[i], true
}
