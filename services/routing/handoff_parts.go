package routing

import (
	"context"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// noteParts notes what a hand-off may name: what the complaint consists of, and how its customer was called.
func (c *Case) noteParts(p *eventv1.Payload) {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ItemChanged:
		c.Changes.Parts = []string{k.ItemChanged.GetItem()}
	case *eventv1.Payload_DemandMade:
		c.Changes.Parts = []string{k.DemandMade.GetDemand()}
	case *eventv1.Payload_ComplaintAbsorbed:
		c.Changes.Parts = k.ComplaintAbsorbed.GetParts()
	case *eventv1.Payload_AttemptRecorded:
		c.Changes.Parts = []string{k.AttemptRecorded.GetAttempt()}
	}
}

// wantParts wants that what a proposal names is part of the complaint, and that the call is on record, if an attempt is named
// (ROUTE-3). What was made a moment ago may not have been heard of yet.
func (s *Service) wantParts(ctx context.Context, req *routingv1.HandOffComplaintRequest) error {
	fields, names := map[string]string{}, req.GetItems()
	for _, item := range names {
		fields[item] = "items"
	}
	if attempt := req.GetCall().GetAttempt(); attempt != "" {
		fields[attempt], names = "call.attempt", append(names[:len(names):len(names)], attempt)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, req.GetName()+"/") {
			return itemUnknown(fields[name], name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	unheard, err := s.deps.HandOffs.Unheard(ctx, complaintID(req.GetName()), names)
	if err != nil || len(unheard) == 0 {
		return err
	}
	name := unheard[0]
	if arrival.Expected(name[strings.LastIndexByte(name, '/')+1:], s.now()) {
		return arrival.Early(name, "%s was recorded a moment ago and is not known here yet. Try again.", name)
	}
	return itemUnknown(fields[name], name)
}
