package followup

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// TellExtension writes to the customer that there is more time for what is owed by law, and until when (CLK-3), and keeps the proof of sending,
// once for each extension. A policy without such a letter sends none. Errors: those of SendLetter, and DUTY_NOT_FOUND, also for an extension
// that was not granted.
func (s *Service) TellExtension(ctx context.Context, req *followupv1.TellExtensionRequest) (*followupv1.SendLetterResponse, error) {
	complaint, id, ok := child(req.GetName(), "duties")
	if !ok {
		return nil, dutyNotFound(req.GetName())
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	d := c.Duty(id)
	if d == nil || d.granted(req.GetNumber()) == nil {
		return nil, dutyNotFound(req.GetName())
	}
	letters, to := s.deps.Policy.Letters(), req.GetRecipient()
	if letters.Extension() == "" {
		return &followupv1.SendLetterResponse{}, nil
	}
	written, err := letters.Write(letters.Extension(), to.GetLanguageCode(), letter.Facts{
		DisplayName: to.GetDisplayName(), Reference: c.Complaint.Reference, Team: req.GetTeam(), DueTime: d.granted(req.GetNumber()).DueTime,
		Zone: letter.Zone(to.GetTimeZone()),
	}, nil)
	if err != nil {
		return nil, err
	}
	return s.SendLetter(ctx, &followupv1.SendLetterRequest{
		Complaint: complaintName(complaint), Cycle: d.Cycle, Occasion: "extended-" + number(req.GetNumber()), Template: letters.Extension(),
		Recipient: to, Subject: written.Subject, Text: written.Text,
	})
}

// granted is an extension that was granted, counted from 1; nil when there is none.
func (d *Duty) granted(n int32) *Extension {
	for i := range d.Extensions {
		if d.Extensions[i].State != followupv1.Extension_GRANTED {
			continue
		}
		if n--; n == 0 {
			return &d.Extensions[i]
		}
	}
	return nil
}
