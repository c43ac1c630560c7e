package gateway

import (
	"cmp"
	"context"
	"strings"

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// GetGuide says in public how to complain, what happens and by when, and who to turn to above (ACK-3). Everything in it is
// the policy's.
func (s *Service) GetGuide(_ context.Context, req *gatewayv1.GetGuideRequest) (*gatewayv1.Guide, error) {
	p := s.deps.Policy.Proto()
	language := cmp.Or(req.GetLanguageCode(), p.GetLanguages().GetFallback())
	guide := &gatewayv1.Guide{
		LanguageCode: language,
		Above:        in(p.GetGuide().GetAbove(), language),
	}
	for _, c := range p.GetGuide().GetChannels() {
		guide.Channels = append(guide.Channels, &gatewayv1.Guide_Channel{Name: in(c.GetName(), language), Address: c.GetAddress()})
	}
	for step := range strings.Lines(in(p.GetGuide().GetSteps(), language)) {
		if step = strings.TrimSpace(step); step != "" {
			guide.Steps = append(guide.Steps, step)
		}
	}
	for _, c := range p.GetClocks() {
		guide.Targets = append(guide.Targets, &gatewayv1.TargetPromise{
			Terms:         terms(c),
			Severity:      c.GetSeverity(),
			Contact:       c.GetContact().GetWithin(),
			FirstResponse: c.GetFirstResponse().GetWithin(),
			Callback:      c.GetCallback().GetWithin(),
			Resolution:    c.GetResolution().GetWithin(),
		})
	}
	return guide, nil
}

// terms are the promises of a severity that count days.
func terms(clocks *policyv1.SeverityClocks) []*gatewayv1.TargetPromise_Term {
	var all []*gatewayv1.TargetPromise_Term
	for _, promise := range []struct {
		kind  policyv1.DutyKind
		clock *policyv1.Clock
	}{
		{policyv1.DutyKind_CONTACT, clocks.GetContact()}, {policyv1.DutyKind_FIRST_RESPONSE, clocks.GetFirstResponse()},
		{policyv1.DutyKind_CALLBACK, clocks.GetCallback()}, {policyv1.DutyKind_RESOLUTION, clocks.GetResolution()},
	} {
		if promise.clock.GetWithin() == nil {
			all = append(all, &gatewayv1.TargetPromise_Term{
				Kind: promise.kind, Measure: promise.clock.GetMeasure(), Days: promise.clock.GetDays(), Limit: promise.clock.GetLimit(),
			})
		}
	}
	return all
}

// in returns the text in the language, or in any language when there is none, so that nobody is left without an answer.
func in(texts map[string]string, language string) string {
	if text, ok := texts[language]; ok {
		return text
	}
	for _, key := range sortedKeys(texts) {
		return texts[key]
	}
	return ""
}
