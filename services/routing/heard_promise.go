package routing

import (
	"path"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// heardOfPromises is the part of the table about what was offered and promised.
func heardOfPromises(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_OfferMade:
		// Also a newer version: whoever made it has got in touch with the customer.
		return &heard{
			settles: routingv1.Escalation_OFFER_UNANSWERED, resolution: routingv1.Escalation_CUSTOMER_CONTACTED,
			about: path.Base(k.OfferMade.GetRemedy()), versions: true,
		}
	case *eventv1.Payload_OfferReminded:
		reminded := k.OfferReminded
		until := reminded.GetAnswerTime().AsTime()
		return &heard{
			// The time tells the reminder apart from one of the same offer that was made again.
			about:  offerPart(reminded.GetRemedy(), reminded.GetVersion()) + "-" + strconv.FormatInt(until.UnixMicro(), 10),
			notice: routingv1.Notice_OFFER, word: "reminded", recipient: whoeverIsInCharge, due: until,
		}
	case *eventv1.Payload_OfferLapsed:
		lapsed := k.OfferLapsed
		if lapsed.GetClose() {
			return nil // Nobody has to do anything about it.
		}
		return &heard{raises: routingv1.Escalation_OFFER_UNANSWERED, about: offerPart(lapsed.GetRemedy(), lapsed.GetVersion())}
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

// offerPart tells an offer from others of the complaint.
func offerPart(remedy string, version int32) string {
	return path.Base(remedy) + "-" + strconv.Itoa(int(version))
}

// whoeverIsInCharge is told of what has to be done next.
func whoeverIsInCharge(s *Service, d *Directory, c Complaint) string { return s.inCharge(d, c) }
