package routing

import (
	"path"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// heardOfOffers is the part of the table about what was offered (REM-4). An offer that lapsed stands before the ladder until there is news of
// the remedy, of whatever version.
func heardOfOffers(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_OfferMade: // Whoever made it has got in touch with the customer.
		return answeredFor(k.OfferMade.GetRemedy(), routingv1.Escalation_CUSTOMER_CONTACTED)
	case *eventv1.Payload_OfferAnswered:
		return answeredFor(k.OfferAnswered.GetRemedy(), routingv1.Escalation_CUSTOMER_CONTACTED)
	case *eventv1.Payload_RemedyRevised:
		return answeredFor(k.RemedyRevised.GetRemedy(), routingv1.Escalation_DECIDED)
	case *eventv1.Payload_RemedyWithdrawn:
		return answeredFor(k.RemedyWithdrawn.GetRemedy(), routingv1.Escalation_NOT_NEEDED)
	case *eventv1.Payload_OfferReminded:
		reminded := k.OfferReminded
		due, over := reminded.GetFollowUpTime(), reminded.GetOverTime()
		if due == nil { // It was recorded before getting in touch again was a duty.
			due, over = reminded.GetAnswerTime(), reminded.GetAnswerTime()
		}
		return &heard{
			// The time tells the reminder apart from one of the same offer that was made again.
			about:  offerPart(reminded.GetRemedy(), reminded.GetVersion()) + "-" + strconv.FormatInt(over.AsTime().UnixMicro(), 10),
			notice: routingv1.Notice_OFFER, word: "reminded", recipient: whoeverIsInCharge, due: due.AsTime(),
		}
	case *eventv1.Payload_OfferWordsHeard:
		said := k.OfferWordsHeard
		return &heard{
			about:  offerPart(said.GetRemedy(), said.GetVersion()) + "-" + path.Base(said.GetMessage()),
			notice: routingv1.Notice_OFFER_WORDS, word: "heard", recipient: whoeverIsInCharge,
		}
	case *eventv1.Payload_OfferLapsed:
		lapsed := k.OfferLapsed
		if lapsed.GetClose() {
			return nil // Nobody has to do anything about it, unless intake keeps the complaint open.
		}
		return &heard{raises: routingv1.Escalation_OFFER_UNANSWERED, about: offerPart(lapsed.GetRemedy(), lapsed.GetVersion())}
	case *eventv1.Payload_SilenceRefused:
		kept := k.SilenceRefused
		return &heard{
			raises: routingv1.Escalation_OFFER_UNANSWERED, about: offerPart(kept.GetRemedy(), kept.GetVersion()),
			notice: keptOpen(kept.GetReason()), word: "kept-open", recipient: whoeverIsInCharge,
		}
	default:
		return nil
	}
}

// answeredFor takes off the ladder what stands there because an offer of a remedy was not answered.
func answeredFor(remedy string, resolution routingv1.Escalation_Resolution) *heard {
	return &heard{settles: routingv1.Escalation_OFFER_UNANSWERED, resolution: resolution, about: path.Base(remedy), versions: true}
}

// keptOpen is what whoever is in charge is told of a complaint that silence does not close.
func keptOpen(why eventv1.SilenceRefused_Reason) routingv1.Notice_About {
	switch why {
	case eventv1.SilenceRefused_AUTHORITY_WAITS:
		return routingv1.Notice_OPEN_AUTHORITY
	case eventv1.SilenceRefused_ITEMS_OPEN:
		return routingv1.Notice_OPEN_ITEMS
	case eventv1.SilenceRefused_FINAL_RESPONSE:
		return routingv1.Notice_OPEN_LAW
	default:
		return routingv1.Notice_OPEN_WORDS
	}
}

// offerPart tells an offer from others of the complaint.
func offerPart(remedy string, version int32) string {
	return path.Base(remedy) + "-" + strconv.Itoa(int(version))
}

// whoeverIsInCharge is told of what has to be done next.
func whoeverIsInCharge(s *Service, d *Directory, c Complaint) string { return s.inCharge(d, c) }
