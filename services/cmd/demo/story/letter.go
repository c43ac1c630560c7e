package story

import (
	"context"
	"time"
	_ "time/tzdata" // The zone below must be known everywhere.

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/followup/notice"
)

// customerLanguage and customerZone are those of the customer in the story and of the demo policy.
const (
	customerLanguage = "zh-Hans"
	customerZone     = "Asia/Shanghai"
)

// letter writes what the customer was told once more. The text that was sent is sealed and no method reads it; but it is the
// template, filled with what other calls answer.
func (s *stage) letter(ctx context.Context) (string, error) {
	zone, err := time.LoadLocation(customerZone)
	if err != nil {
		return "", err
	}
	var guide gatewayv1.Guide
	if err := s.server.get(ctx, "", "/v1/guide?languageCode="+customerLanguage, &guide); err != nil {
		return "", err
	}
	var assignment routingv1.Assignment
	if err := s.get(ctx, "/assignment", &assignment); err != nil {
		return "", err
	}
	var complaint intakev1.Complaint
	if err := s.get(ctx, "", &complaint); err != nil {
		return "", err
	}
	templates, err := notice.Templates()
	if err != nil {
		return "", err
	}
	writer, err := notice.New(templates, notice.Config{
		Zone: zone, Above: map[string]string{customerLanguage: guide.GetAbove()}, Fallback: customerLanguage,
	})
	if err != nil {
		return "", err
	}
	targets := complaint.GetTargets()
	return writer.Acknowledgement(customerLanguage, notice.Letter{
		DisplayName: complaint.GetComplainant().GetDisplayName(), Reference: complaint.GetReference(),
		Team: assignment.GetTeamAlias()[customerLanguage], ContactTime: targets.GetContact().AsTime(),
		CallbackTime: targets.GetCallback().AsTime(), ResolutionTime: targets.GetResolution().AsTime(),
	})
}
