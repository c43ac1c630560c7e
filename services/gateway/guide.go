package gateway

import (
	"cmp"
	"context"
	"strings"

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
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
			Severity:      c.GetSeverity(),
			Contact:       c.GetContact().GetWithin(),
			FirstResponse: c.GetFirstResponse().GetWithin(),
			Callback:      c.GetCallback().GetWithin(),
			Resolution:    c.GetResolution().GetWithin(),
		})
	}
	return guide, nil
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
