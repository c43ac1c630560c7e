package complaint

import (
	"context"

	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// hearNotice takes note that a written notice is to stand in for the call (CALL-3). The duty remembers it, so that the next run sends
// what this one does not.
func (c *cycle) hearNotice(ctx workflow.Context, fact *workflowv1.NoticeFact) {
	d := c.find(ctx, fact.GetDuty())
	if d == nil || !d.owed() || d.GetNotice() {
		return
	}
	d.Notice = true
	c.publish()
	if c.offer != nil { // Otherwise it begins with the handling.
		c.spawn(c.handling, "notice", func(ctx workflow.Context) { c.notice(ctx, d) })
	}
}

// sendNotices goes on with the notices that are not sent yet as the handling begins.
func (c *cycle) sendNotices(ctx workflow.Context) {
	for _, d := range c.duties {
		if d.GetNotice() && d.owed() {
			c.spawn(ctx, "notice", func(ctx workflow.Context) { c.notice(ctx, d) })
		}
	}
}

// notice has the customer written to who could not be called. The duty stays owed meanwhile, with its clock: what is sent late is late.
func (c *cycle) notice(ctx workflow.Context, d *duty) {
	var answer *followupv1.Settlement
	send := call{"Write to who cannot be reached: " + c.input.GetReference(), activities.SendCallbackNotice, []any{c.input}, &answer}
	if err := c.ask(ctx, send); err != nil {
		if ask.Refused(err) {
			d.Notice = false // It is among what needs a look.
		}
		return
	}
	d.Notice = false
	c.settled(ctx, d, answer)
	d.wake()
}

// SendCallbackNotice has followup write to the customer who could not be called, and answers how the callback stands with that. The contact is
// read from intake here and goes no further. While no way is on record by which the customer can be written to, it is tried again: somebody
// has to find one.
func (a *Activities) SendCallbackNotice(ctx context.Context, input *workflowv1.ComplaintInput) (*followupv1.Settlement, error) {
	contact, err := a.Intake.GetContact(ctx, &intakev1.GetContactRequest{Name: input.GetComplaint()})
	if err != nil {
		return nil, failure(ctx, "intake.GetContact", err)
	}
	who := contact.GetComplainant()
	answer, err := a.Callbacks.SendCallbackNotice(ctx, &followupv1.SendCallbackNoticeRequest{
		Complaint: input.GetComplaint(), Cycle: input.GetCycle(), Reference: contact.GetReference(),
		Recipient: &followupv1.Recipient{
			Customer: contact.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			LanguageCode: who.GetLanguageCode(),
		},
		Team: a.alias(ctx, input.GetComplaint())[who.GetLanguageCode()],
	})
	if _, reason := ask.Answer(err); err != nil && reason == followupv1.ErrorReason_NO_WAY_ON_RECORD.String() {
		return nil, keepTrying(ctx, "followup.SendCallbackNotice", err)
	}
	if err != nil {
		return nil, failure(ctx, "followup.SendCallbackNotice", err)
	}
	return bare(answer), nil
}
