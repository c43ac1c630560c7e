package routing

import (
	"path"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// heardOfPromises is the part of the table about what was promised, and by whom it was put on record.
func heardOfPromises(actor string, p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		return promiseMade(actor, k.PromiseMade)
	case *eventv1.Payload_DutyWarned:
		return promiseDue(k.DutyWarned)
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

// promiseMade has whoever owes it told that they do, unless they put it on record themselves (PROM-1); of progress updates once. What nobody had the
// authority to promise is brought before the ladder, too (PROM-2).
func promiseMade(actor string, made *eventv1.PromiseMade) *heard {
	h := &heard{about: path.Base(made.GetPromise()), due: made.GetDueTime().AsTime()}
	if made.GetUnauthorised() {
		h.raises = routingv1.Escalation_PROMISE_UNAUTHORISED
	}
	if made.GetPrevious() == "" {
		h.notice, h.word, h.recipient = routingv1.Notice_PROMISE, "owed", ower(actor, made.GetOwner())
	} else if !made.GetUnauthorised() {
		return nil
	}
	return h
}

// promiseDue has whoever owes a promise told, too, that it is due soon: the workflow has whoever is in charge warned. Nobody is told twice, nor of what is
// over by the time it is heard.
func promiseDue(warned *eventv1.DutyWarned) *heard {
	if warned.GetOwner() == "" || warned.GetKind() != policyv1.DutyKind_PROMISE || warned.GetWarnTime() == nil {
		return nil
	}
	due := warned.GetDueTime().AsTime()
	owes := ower("", warned.GetOwner())
	return &heard{
		about: path.Base(warned.GetDuty()), notice: routingv1.Notice_PROMISE, due: due,
		word: "warned-" + strconv.FormatInt(warned.GetWarnTime().AsTime().UnixMicro(), 10),
		recipient: func(s *Service, d *Directory, c Complaint) string {
			id := owes(s, d, c)
			if id == s.inCharge(d, c) || !s.now().Before(due) {
				return ""
			}
			return id
		},
	}
}

// ower is who owes a promise: the owner, or who stands in for them; or whoever is in charge. Nobody is told what they put on record themselves.
func ower(actor, owner string) func(*Service, *Directory, Complaint) string {
	return func(s *Service, d *Directory, c Complaint) string {
		var id string
		switch {
		case owner == actor:
			return ""
		case d.agent(owner) != nil:
			id = s.answerable(s.choice(d, c, s.now()), owner, false)
		default:
			id = s.inCharge(d, c)
		}
		if agentName(id) == actor {
			return ""
		}
		return id
	}
}

// outlivedSettled takes a promise off the ladder that was owed after its cycle was resolved. What the workflow has brought there it takes
// off itself.
func outlivedSettled(promise string) *heard {
	return &heard{settles: routingv1.Escalation_PROMISE_BROKEN, resolution: routingv1.Escalation_DUTY_DONE, about: path.Base(promise)}
}
