package complaint

import (
	"context"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// tellOutcome has the customer told how the complaint ended, with proof (REM-6). It is the last act of the cycle, and outlives its end: the
// run waits for it. A run that ended its cycle before there were such letters sends none, and there is none without an occasion.
func (c *cycle) tellOutcome(ctx workflow.Context, occasion string) {
	if occasion == "" || workflow.GetVersion(ctx, "tell-outcome", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	if c.stopping {
		c.state.UntoldOutcome = occasion
		return
	}
	c.letters++
	outliving, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(outliving, "outcome", func(ctx workflow.Context) {
		defer func() { c.letters-- }()
		_ = c.ask(ctx, call{"Write to the customer: " + c.input.GetReference() + " is " + occasion, activities.TellOutcome, []any{c.input, occasion}, nil})
	})
}

// occasion is what the letter about the end of a cycle is sent for; empty where there is none, since whoever withdraws, or is told that it
// goes on in another complaint or is none, has been heard. An intake of before tells no outcome.
func occasion(state intakev1.Complaint_State, outcome intakev1.Complaint_Outcome) string {
	resolved := state == intakev1.Complaint_RESOLVED
	switch outcome {
	case intakev1.Complaint_REMEDIED, intakev1.Complaint_EXPLAINED, intakev1.Complaint_REFUSED:
		return "resolved"
	case intakev1.Complaint_UNREACHABLE, intakev1.Complaint_OUTCOME_UNSPECIFIED:
		if resolved {
			return "resolved"
		}
		if outcome == intakev1.Complaint_UNREACHABLE {
			return "closed"
		}
	default:
	}
	return ""
}

// TellOutcome has intake write how the complaint ended, in the customer's language, and followup send it, once per cycle and occasion.
// Contact and words go from the one service to the other and into no history.
func (a *Activities) TellOutcome(ctx context.Context, input *workflowv1.ComplaintInput, occasion string) error {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: input.GetComplaint()})
	if err != nil {
		return failure(ctx, "intake.GetContact", err)
	}
	if contact.GetSettled() != nil {
		return nil // The customer was told in that conversation, and has it in writing (REC-10).
	}
	refused, cut, err := a.refused(ctx, input)
	if err != nil {
		return err
	}
	letter, err := a.Drafts.WriteDraft(ctx, &intakev1.WriteDraftRequest{Name: input.GetComplaint(), Cycle: input.GetCycle(), Variables: refused})
	if err != nil {
		return unwritten(ctx, err)
	}
	if cut && letter.GetKind() == policyv1.LetterTemplate_CLOSING {
		return nil // It asks for an answer, which nobody would give one to.
	}
	who := contact.GetComplainant()
	_, err = a.Followup.SendLetter(ctx, &followupv1.SendLetterRequest{
		Complaint: input.GetComplaint(), Cycle: input.GetCycle(), Occasion: occasion, Template: letter.GetTemplate(),
		Subject: letter.GetSubject(), Text: letter.GetText(),
		Recipient: &followupv1.Recipient{
			Customer: contact.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			LanguageCode: letter.GetLanguageCode(),
		},
	})
	if err != nil {
		return failure(ctx, "followup.SendLetter", err)
	}
	return nil
}

// unwritten is why there is no letter. It is final where intake says that it never can be: the policy has no such letter or one for which
// something is missing, or the customer was erased. Anything else may be an intake that is older than this worker.
func unwritten(ctx context.Context, err error) error {
	_, reason := ask.Answer(err)
	switch reason {
	case intakev1.ErrorReason_TEMPLATE_NOT_FOUND.String(), intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING.String(),
		intakev1.ErrorReason_TEMPLATE_VARIABLE_UNKNOWN.String(), intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String():
		return temporal.NewNonRetryableApplicationError("intake.WriteDraft: "+reason, reason, nil)
	default:
		return keepTrying(ctx, "intake.WriteDraft", err)
	}
}

// manyRefusals is more than a complaint has; the page is cut to what the policy allows.
const manyRefusals = 1000

// refused is what the letter of a refusal tells: decision, clause, reasons, alternative, and who else there is (REF-1); nil where nothing of
// the cycle was refused. Whether the complaint ended as refused intake knows. Cut is true when the contact with the customer was ended.
func (a *Activities) refused(ctx context.Context, input *workflowv1.ComplaintInput) (told map[string]string, cut bool, err error) {
	list, err := a.Refusals.ListRefusals(ctx, &remedyv1.ListRefusalsRequest{Parent: input.GetComplaint(), PageSize: manyRefusals})
	if err != nil {
		return nil, false, failure(ctx, "remedy.ListRefusals", err)
	}
	for _, refusal := range slices.Backward(list.GetRefusals()) {
		if refusal.GetCycle() != input.GetCycle() || refusal.GetState() == remedyv1.Refusal_ABANDONED {
			continue
		}
		letter, err := a.Refusals.WriteRefusal(ctx, &remedyv1.WriteRefusalRequest{Name: refusal.GetName()})
		if err != nil {
			return nil, false, failure(ctx, "remedy.WriteRefusal", err)
		}
		return letter.GetVariables(), refusal.GetState() == remedyv1.Refusal_CONTACT_ENDED, nil
	}
	return nil, false, nil
}
