package suite

import (
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// hooks is what followup tells outside systems with.
func (s *Suite) hooks(store followup.WebhookStore) (followup.HookDeps, error) {
	rules := s.deps.Policy.Proto().GetWebhooks()
	sender, err := hook.New(hook.Config{
		Allow: rules.GetAllow(), Timeout: rules.GetTimeout().AsDuration(), SnippetBytes: int(rules.GetSnippetBytes()),
	}, hook.Deps{Now: s.deps.Now})
	if err != nil {
		return followup.HookDeps{}, err
	}
	return followup.HookDeps{Store: store, Sender: sender, Key: s.keys.hooks, Tried: s.facts.WebhookTried}, nil
}

// tellOutside adds followup to those who hear the events of each service, for outside systems: under a name of its own, since some of these
// events go to followup itself, too. It hears all kinds, and everything from the beginning: so it knows where each complaint stands.
func (s *Suite) tellOutside(all map[Role][]eventlog.Subscriber) {
	if !s.deps.Policy.Proto().GetWebhooks().GetEnabled() {
		return
	}
	for _, role := range []Role{Intake, Routing, Remedy, Followup, Review} {
		all[role] = append(all[role], eventlog.NewSink(eventlog.Sink{
			Name: "webhooks", Client: followupv1.NewWebhookSinkServiceClient(s.conn),
		}))
	}
}
