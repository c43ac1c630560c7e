package routing

import (
	"path"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// heardOfPromises is the part of the table about what was promised.
func heardOfPromises(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		made := k.PromiseMade
		if !made.GetUnauthorised() {
			return nil
		}
		return &heard{raises: routingv1.Escalation_PROMISE_UNAUTHORISED, about: path.Base(made.GetPromise()), due: made.GetDueTime().AsTime()}
	case *eventv1.Payload_PromiseBroken:
		outlived := k.PromiseBroken
		if !outlived.GetOutlived() {
			return nil // The workflow has asked for it to climb.
		}
		return &heard{
			raises: routingv1.Escalation_PROMISE_BROKEN, about: path.Base(outlived.GetPromise()), due: outlived.GetDueTime().AsTime(), afterEnd: true,
		}
	case *eventv1.Payload_PromiseKept:
		return outlivedSettled(k.PromiseKept.GetPromise())
	case *eventv1.Payload_PromiseReleased:
		return outlivedSettled(k.PromiseReleased.GetPromise())
	default:
		return nil
	}
}

// outlivedSettled takes a promise off the ladder that was owed after its cycle was resolved. What the workflow has brought there it takes
// off itself.
func outlivedSettled(promise string) *heard {
	return &heard{settles: routingv1.Escalation_PROMISE_BROKEN, resolution: routingv1.Escalation_DUTY_DONE, about: path.Base(promise)}
}
