package suite

import (
	"context"
	"errors"
	"slices"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/remedy"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/workflows/dispatch"
)

// subscribers says which service hears which other one's events. All go to the workflows, too. The types are
// the names of event.v1.Payload's fields.
func (s *Suite) subscribers() map[Role][]eventlog.Subscriber {
	begins, ends := []string{"complaint_received", "complaint_reopened"}, []string{"complaint_resolved", "complaint_closed"}
	attention := []string{"severity_changed"}
	all := map[Role][]eventlog.Subscriber{
		Intake: {
			// The workflow asks followup and routing as soon as the cycle has begun.
			eventlog.NewSink(eventlog.Sink{
				Name: string(Followup), Client: followupv1.NewEventSinkServiceClient(s.conn), Recovery: followupv1.NewRecoveryServiceClient(s.conn), Urgent: begins,
				Other: slices.DeleteFunc(followup.Types(), func(kind string) bool { return slices.Contains(begins, kind) }),
			}),
			eventlog.NewSink(eventlog.Sink{
				Name: string(Routing), Client: routingv1.NewEventSinkServiceClient(s.conn), Recovery: routingv1.NewRecoveryServiceClient(s.conn), Urgent: begins,
				Other: slices.Concat(ends, attention, []string{"complaint_imported"}, routing.FactTypes()),
			}),
			eventlog.NewSink(eventlog.Sink{
				Name: string(Remedy), Client: remedyv1.NewEventSinkServiceClient(s.conn), Recovery: remedyv1.NewRecoveryServiceClient(s.conn),
				Other: slices.Concat(begins, ends, []string{"complaint_imported"}, remedy.FactTypes()),
			}),
		},
		Routing: {
			eventlog.NewSink(eventlog.Sink{
				Name: string(Intake), Client: intakev1.NewEventSinkServiceClient(s.conn), Recovery: intakev1.NewRecoveryServiceClient(s.conn), Other: []string{"complaint_assigned", "directory_changed"},
			}),
			eventlog.NewSink(eventlog.Sink{
				Name: string(Remedy), Client: remedyv1.NewEventSinkServiceClient(s.conn), Recovery: remedyv1.NewRecoveryServiceClient(s.conn),
				Other: append([]string{"complaint_assigned"}, remedy.NoticeTypes()...),
			}),
			// A subscriber of its own, which hears everything from the beginning: the directory may be older than remedy's interest in it.
			eventlog.NewSink(eventlog.Sink{
				Name: string(Remedy) + "-people", Client: remedyv1.NewEventSinkServiceClient(s.conn), Recovery: remedyv1.NewRecoveryServiceClient(s.conn), Other: remedy.PeopleTypes(),
			}),
		},
	}
	// Who owes or made a promise has to be there.
	all[Routing] = append(all[Routing], eventlog.NewSink(eventlog.Sink{
		Name: string(Followup), Client: followupv1.NewEventSinkServiceClient(s.conn), Recovery: followupv1.NewRecoveryServiceClient(s.conn), Other: followup.PeopleTypes(),
	}))
	// A subscriber of its own, which hears everything from the beginning: what was assigned before this version, too.
	all[Routing] = append(all[Routing], eventlog.NewSink(eventlog.Sink{
		Name: string(Followup) + "-in-charge", Client: followupv1.NewEventSinkServiceClient(s.conn), Recovery: followupv1.NewRecoveryServiceClient(s.conn), Other: followup.AssignmentTypes(),
	}))
	all[Followup] = append(all[Followup], eventlog.NewSink(eventlog.Sink{
		Name: string(Routing), Client: routingv1.NewEventSinkServiceClient(s.conn), Recovery: routingv1.NewRecoveryServiceClient(s.conn), Other: slices.Concat(routing.OwedTypes(), routing.PromiseTypes(), routing.MessageTypes()),
	}), eventlog.NewSink(eventlog.Sink{
		Name: string(Remedy), Client: remedyv1.NewEventSinkServiceClient(s.conn), Recovery: remedyv1.NewRecoveryServiceClient(s.conn), Other: slices.Concat(remedy.PromiseTypes(), remedy.DutyTypes()),
	}), eventlog.NewSink(eventlog.Sink{
		Name: string(Intake), Client: intakev1.NewEventSinkServiceClient(s.conn), Recovery: intakev1.NewRecoveryServiceClient(s.conn), Other: slices.Concat(intake.PromiseTypes(), intake.SeriesTypes()),
	}))
	// What a customer answers after the resolution belongs to the record of the cycle.
	all[Followup] = append(all[Followup], eventlog.NewSink(eventlog.Sink{
		Name: string(Review), Client: reviewv1.NewEventSinkServiceClient(s.conn), Recovery: reviewv1.NewRecoveryServiceClient(s.conn), Other: review.Types(),
	}))
	// What a customer answers to an offer, and that the customer was spoken with, is followup's to keep, and intake's to know the former.
	all[Remedy] = append(all[Remedy], eventlog.NewSink(eventlog.Sink{
		Name: string(Followup), Client: followupv1.NewEventSinkServiceClient(s.conn), Recovery: followupv1.NewRecoveryServiceClient(s.conn), Other: slices.Concat(followup.OfferTypes(), followup.RefusalTypes()),
	}), eventlog.NewSink(eventlog.Sink{
		Name: string(Intake), Client: intakev1.NewEventSinkServiceClient(s.conn), Recovery: intakev1.NewRecoveryServiceClient(s.conn), Other: slices.Concat(intake.OfferTypes(), intake.RefusalTypes()),
	}))
	all[Remedy] = append(all[Remedy], eventlog.NewSink(eventlog.Sink{
		Name: string(Routing), Client: routingv1.NewEventSinkServiceClient(s.conn), Recovery: routingv1.NewRecoveryServiceClient(s.conn), Other: routing.RemedyTypes(),
	}))
	all[Review] = append(all[Review], eventlog.NewSink(eventlog.Sink{
		Name: string(Routing), Client: routingv1.NewEventSinkServiceClient(s.conn), Recovery: routingv1.NewRecoveryServiceClient(s.conn), Other: routing.ReviewTypes(),
	}))
	if s.indexer != nil {
		all[Intake] = append(all[Intake], s.indexer)
	}
	s.tellOutside(all)
	return all
}

// toWorkflows delivers events to Temporal. It tells the relay which failures no repetition can mend, in the relay's words.
type toWorkflows struct {
	*dispatch.Dispatcher

	temporal string
}

// Name is the subscriber's: one for each Temporal's data, since the relay tells a new subscriber everything. Starting a
// workflow whose cycle has ended is harmless: its first step finds out, and ends it.
func (t toWorkflows) Name() string {
	if t.temporal == "" {
		return t.Dispatcher.Name()
	}
	return t.Dispatcher.Name() + "-" + t.temporal
}

// Deliver hands the event to the workflow it concerns.
func (t toWorkflows) Deliver(ctx context.Context, e *eventv1.Event) error {
	return inRelaysWords(t.Dispatcher.Deliver(ctx, e))
}

// DeliverAll hands events of one complaint to the workflows they concern.
func (t toWorkflows) DeliverAll(ctx context.Context, events []*eventv1.Event) error {
	return inRelaysWords(t.Dispatcher.DeliverAll(ctx, events))
}

func inRelaysWords(err error) error {
	var permanent interface{ Permanent() bool }
	if errors.As(err, &permanent) && permanent.Permanent() {
		return eventlog.Permanent(err)
	}
	return err
}
