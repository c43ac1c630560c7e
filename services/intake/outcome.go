package intake

import (
	"cmp"
	"maps"
	"slices"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// asOf is a complaint with its details as a letter about one of its cycles is written: as it stands in the present one, or as it was when
// an earlier one had ended. Zero is the present one.
func asOf(cycle int32, c *Complaint, details Details) (*Complaint, Details, error) {
	switch {
	case cycle == 0 || cycle == c.Cycle:
		return c, details, nil
	case cycle > c.Cycle:
		return nil, Details{}, invalid("cycle", "must be a cycle that has begun")
	}
	then, ended := *c, details.ended(cycle)
	then.Cycle, then.State, then.Outcome = cycle, Closed, ended.Outcome
	details.Resolution = ended.Result
	return &then, details, nil
}

// ended is how an earlier cycle ended; nothing of it is known where the customer was erased.
func (d *Details) ended(cycle int32) Ended {
	for _, ended := range d.Ended {
		if ended.Cycle == cycle {
			return ended
		}
	}
	return Ended{Cycle: cycle}
}

// end is how the current cycle ended, for when it is one before.
func (e *edit) end() Ended {
	return Ended{Cycle: e.Cycle, Outcome: e.Outcome, Result: e.details.Resolution, Silent: silent(e.Complaint, e.details)}
}

// silent tells whether the customer is not written to about the end of the current cycle unless it was resolved: there is nobody to be
// told of spam (REC-1), and who was imported without a word hears none of what is tidied up afterwards (REC-8).
func silent(c *Complaint, details Details) bool {
	return details.Spam || c.Targets.Acknowledge.IsZero()
}

// ending is the letter that is asked for, with what its writer knows. Without a name it is the one that tells how the complaint ended (REM-6):
// that of the outcome; the refusal where the complaint was refused and the writer knows why and what else can be done (REF-1), or what was decided
// alone, before the contact was ended; else the closing one, or the one that asks for no answer where the contact was ended.
func ending(req *intakev1.WriteDraftRequest, c *Complaint, letters *letter.Book) (template string, given map[string]string) {
	refused := c.Outcome == RefusedDemand && letters.Refusal() != ""
	switch {
	case req.GetTemplate() != "":
		return req.GetTemplate(), req.GetVariables()
	case c.Outcome == NotAComplaint:
		return letters.NotAComplaint(), req.GetVariables()
	case c.Outcome == Withdrawn:
		return letters.Withdrawn(), req.GetVariables()
	case c.Outcome == Merged:
		return letters.Merged(), req.GetVariables()
	case refused && req.GetVariables()["reasons"] != "" && req.GetVariables()["alternative"] != "":
		return letters.Refusal(), req.GetVariables()
	case refused && letters.ContactEnded() != "" && req.GetVariables()["decision"] != "" && req.GetVariables()["clause"] != "":
		return letters.ContactEnded(), without(req.GetVariables(), "reasons", "alternative") // Nothing but abuse leads past the reason.
	case req.GetContactEnded() && letters.ClosingWithoutReply() != "":
		return letters.ClosingWithoutReply(), without(req.GetVariables(), "decision", "reasons", "clause", "alternative")
	default: // What a refusal tells, be it accepted or overtaken by what was done in the end, has no place in another letter.
		return letters.Closing(), without(req.GetVariables(), "decision", "reasons", "clause", "alternative", "channels")
	}
}

// without are the variables but for some.
func without(variables map[string]string, names ...string) map[string]string {
	others := maps.Clone(variables)
	maps.DeleteFunc(others, func(name, _ string) bool { return slices.Contains(names, name) })
	return others
}

// withResult adds to what a writer gives what is on record of how the complaint ended (REM-6): what the customer was told when it was
// resolved, or is to be told of what is no complaint, or that there was no answer to what was offered.
func withResult(given map[string]string, kind policyv1.LetterTemplate_Kind, c *Complaint, details Details, language string) map[string]string {
	variable, result := "result", details.Resolution
	switch {
	case kind == policyv1.LetterTemplate_NOT_A_COMPLAINT:
		variable = "answer"
	case kind != policyv1.LetterTemplate_CLOSING && kind != policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY:
		return given
	case c.Outcome == Unreachable:
		result = cmp.Or(result, silence(language, kind == policyv1.LetterTemplate_CLOSING))
	}
	if c.Open() || result == "" || given[variable] != "" {
		return given
	}
	all := map[string]string{variable: result}
	maps.Copy(all, given)
	return all
}

// silence says why a complaint was ended whose customer did not answer (REM-4). It blames nobody, and leaves the door open where an answer is
// welcome.
func silence(language string, welcome bool) string {
	ended, door := "We offered you a solution and have had no answer, so we end it for now.", " Answer at any time, and we go on."
	switch language {
	case "zh-Hans":
		ended, door = "我们提出了处理方案，还没有收到您的答复，所以先把这件投诉结束。", "您随时可以答复，我们接着办理。"
	case "zh-Hant":
		ended, door = "我們提出了處理方案，還沒有收到您的答覆，所以先把這件投訴結束。", "您隨時可以答覆，我們接著辦理。"
	}
	if !welcome {
		return ended
	}
	return ended + door
}
