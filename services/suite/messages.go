package suite

import (
	"context"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/followup"
)

// customers reaches the firm's customers. It warns of channels that the policy wants and that are not set up.
func (s *Suite) customers() (followup.Channel, error) {
	channels, err := s.cfg.Notices.channels(s.deps)
	if err != nil {
		return nil, err
	}
	for _, kind := range s.deps.Policy.Proto().GetMessages().GetChannels() {
		if channels[kind] == nil {
			s.deps.Logger.Warn("the policy has customers written to by a channel that is not set up (docs/messages.md)", "channel", kind.String())
		}
	}
	return followup.NewCustomers(followup.CustomersDeps{
		Policy: s.deps.Policy, Channels: channels, Failed: s.facts.MessageFailed, Logger: s.deps.Logger,
	})
}

// contacts reads from intake how customers can be reached.
type contacts struct{ intake intakev1.IntakeServiceClient }

// Contact implements followup.Contacts.
func (c contacts) Contact(ctx context.Context, complaint string) (followup.Contact, error) {
	known, err := c.intake.GetContact(ctx, &intakev1.GetContactRequest{Name: complaint})
	if err != nil {
		return followup.Contact{}, err
	}
	who := known.GetComplainant()
	return followup.Contact{
		Recipient: followup.Recipient{
			Customer: known.GetCustomer(), DisplayName: who.GetDisplayName(), Phone: who.GetPhone(), Email: who.GetEmail(),
			Preferred: who.GetPreferredChannel(),
		},
		Reference: known.GetReference(), Hours: who.GetContactHours(), Zone: who.GetTimeZone(),
	}, nil
}
