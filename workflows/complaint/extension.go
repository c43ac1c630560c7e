package complaint

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// tellExtension has the customer told that there is more time for what is owed by law (CLK-3). The letter is sent beside the clocks, and
// outlives the end of the cycle: what was granted is told.
func (c *cycle) tellExtension(ctx workflow.Context, fact *workflowv1.ExtensionFact) {
	if c.stopping {
		c.state.UntoldExtensions = append(c.state.UntoldExtensions, fact)
		return
	}
	c.letters++
	outliving, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(outliving, "extension", func(ctx workflow.Context) {
		defer func() { c.letters-- }()
		summary := fmt.Sprintf("Write to the customer: %s takes longer, extension %d", c.input.GetReference(), fact.GetNumber())
		_ = c.ask(ctx, call{summary, activities.TellExtension, []any{c.input, fact, c.state.GetTeamAlias()}, nil})
	})
}

// tellUntoldExtensions tells those that came when the run before was about to end.
func (c *cycle) tellUntoldExtensions(ctx workflow.Context) {
	untold := c.state.GetUntoldExtensions()
	c.state.UntoldExtensions = nil
	for _, fact := range untold {
		c.tellExtension(ctx, fact)
	}
}

// TellExtension has followup write to the customer that there is more time for what is owed by law, once for each extension. The contact is
// read from intake here and goes no further.
func (a *Activities) TellExtension(
	ctx context.Context, input *workflowv1.ComplaintInput, fact *workflowv1.ExtensionFact, alias map[string]string,
) error {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: input.GetComplaint()})
	if err != nil {
		return failure(ctx, "intake.GetContact", err)
	}
	who := contact.GetComplainant()
	_, err = a.Followup.TellExtension(ctx, &followupv1.TellExtensionRequest{
		Name: fact.GetDuty(), Number: fact.GetNumber(), Team: alias[who.GetLanguageCode()],
		Recipient: &followupv1.Recipient{
			Customer: contact.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			LanguageCode: who.GetLanguageCode(), TimeZone: who.GetTimeZone(),
		},
	})
	if err != nil {
		return failure(ctx, "followup.TellExtension", err)
	}
	return nil
}
