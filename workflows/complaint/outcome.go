package complaint

import (
	"context"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc/codes"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// The occasions of letters on how a cycle ended. The first two are as old as such letters are.
const (
	toldResolved, toldClosed                     = "resolved", "closed"
	toldWithdrawn, toldMerged, toldNotAComplaint = "withdrawn", "merged", "not-a-complaint"
)

// tellOutcome has the customer told how the complaint ended, with proof (REM-6). It is the last act of the cycle, and outlives its end: the
// run waits for it. A run that ended its cycle before there was such a letter sends none, and there is none without an occasion.
func (c *cycle) tellOutcome(ctx workflow.Context, occasion string) {
	if occasion == "" || workflow.GetVersion(ctx, since(occasion), workflow.DefaultVersion, 1) == workflow.DefaultVersion {
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

// since names the change by which letters of an occasion came to be.
func since(occasion string) string {
	if occasion == toldResolved || occasion == toldClosed {
		return "tell-outcome"
	}
	return "tell-every-outcome"
}

// occasion is what the letter about the end of a cycle is sent for; empty where nobody knows the outcome: an intake of before tells none.
func occasion(state intakev1.Complaint_State, outcome intakev1.Complaint_Outcome) string {
	resolved := state == intakev1.Complaint_RESOLVED
	switch outcome {
	case intakev1.Complaint_REMEDIED, intakev1.Complaint_EXPLAINED, intakev1.Complaint_REFUSED:
		return toldResolved
	case intakev1.Complaint_UNREACHABLE, intakev1.Complaint_OUTCOME_UNSPECIFIED:
		if resolved {
			return toldResolved
		}
		if outcome == intakev1.Complaint_UNREACHABLE {
			return toldClosed
		}
	case intakev1.Complaint_WITHDRAWN:
		return toldWithdrawn
	case intakev1.Complaint_MERGED:
		return toldMerged
	case intakev1.Complaint_NOT_A_COMPLAINT:
		return toldNotAComplaint
	default:
	}
	return ""
}

// tellMissed tells the end of a cycle that had ended before its workflow could begin, as one does that is merged, withdrawn or closed as none
// in its first moments, or while Temporal was away. That it was neither acknowledged nor found overdue shows that no workflow ever kept it:
// one that is begun anew, since Temporal was rebuilt, tells nothing again.
func (c *cycle) tellMissed(ctx workflow.Context, ended *intakev1.Cycle, duties []*workflowv1.DutyState) {
	unkept := func(d *workflowv1.DutyState) bool {
		return d.GetKind() == policyv1.DutyKind_ACKNOWLEDGE && d.GetDone() && d.GetVerdict() == policyv1.Verdict_VERDICT_UNSPECIFIED
	}
	told := occasion(ended.GetState(), ended.GetOutcome())
	if c.over() && since(told) != since(toldResolved) && slices.ContainsFunc(duties, unkept) {
		c.tellOutcome(ctx, told)
	}
}

// TellOutcome has intake write how the complaint ended, in the customer's language, and followup send it, once per cycle and occasion.
// Contact and words go from the one service to the other and into no history.
func (a *Activities) TellOutcome(ctx context.Context, input *workflowv1.ComplaintInput, occasion string) error {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: input.GetComplaint()})
	if err != nil {
		return failure(ctx, "intake.GetContact", err)
	}
	write := func(ctx context.Context, input *workflowv1.ComplaintInput, contact *intakev1.Contact) (*intakev1.Draft, error) {
		return a.writeResult(ctx, input, contact, occasion)
	}
	if since(occasion) != since(toldResolved) {
		write = a.writeEnd
	}
	letter, err := write(ctx, input, contact)
	if letter == nil || err != nil {
		return err
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

// writeResult is the letter on what came of a complaint; nil where there is none.
func (a *Activities) writeResult(
	ctx context.Context, input *workflowv1.ComplaintInput, contact *intakev1.Contact, occasion string,
) (*intakev1.Draft, error) {
	if contact.GetSettled() != nil {
		return nil, nil // The customer was told in that conversation, and has it in writing (REC-10).
	}
	refused, cut, err := a.refused(ctx, input)
	if err != nil {
		return nil, err
	}
	again, err := a.askedAgain(ctx, input, contact, occasion)
	if err != nil {
		return nil, err
	}
	letter, err := a.Drafts.WriteDraft(ctx, &intakev1.WriteDraftRequest{
		Name: input.GetComplaint(), Cycle: input.GetCycle(), Variables: refused, ContactEnded: cut, AskedAgain: again,
	})
	if err != nil {
		return nil, unwritten(ctx, err)
	}
	if cut && letter.GetKind() == policyv1.LetterTemplate_CLOSING {
		return nil, nil // An intake of before has no other letter. It asks for an answer, which nobody would give one to.
	}
	return letter, nil
}

// askedAgain tells whether somebody asks the customer again (FUP-1), who is told so then, and not otherwise. Nobody does after what was closed without
// being resolved. A followup of before does not say, and nothing is promised then.
func (a *Activities) askedAgain(ctx context.Context, input *workflowv1.ComplaintInput, contact *intakev1.Contact, occasion string) (bool, error) {
	if occasion != toldResolved {
		return false, nil
	}
	who := contact.GetComplainant()
	plan, err := a.Followup.GetFollowUpPlan(ctx, &followupv1.GetFollowUpPlanRequest{
		Complaint: input.GetComplaint(), Cycle: input.GetCycle(), PreferredWay: who.GetPreferredChannel(),
		HasPhone: who.GetPhone() != "", HasEmail: who.GetEmail() != "",
	})
	if code, _ := ask.Answer(err); code == codes.Unimplemented {
		return false, nil
	}
	if err != nil {
		return false, failure(ctx, "followup.GetFollowUpPlan", err)
	}
	return plan.GetAskedAgain(), nil
}

// writeEnd is the letter on an end without a result: withdrawn, merged, or none of ours. Intake says where nobody is to be told of it; nil then.
func (a *Activities) writeEnd(ctx context.Context, input *workflowv1.ComplaintInput, _ *intakev1.Contact) (*intakev1.Draft, error) {
	ended, err := a.Intake.GetCycle(ctx, &intakev1.GetCycleRequest{Name: input.GetComplaint(), Cycle: input.GetCycle()})
	if err != nil {
		return nil, failure(ctx, "intake.GetCycle", err)
	}
	if ended.GetSilent() {
		return nil, nil
	}
	letter, err := a.Drafts.WriteDraft(ctx, &intakev1.WriteDraftRequest{Name: input.GetComplaint(), Cycle: input.GetCycle()})
	if err != nil {
		return nil, unwritten(ctx, err)
	}
	return letter, nil
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
