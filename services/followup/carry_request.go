package followup

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// carryRequest has a request for more time that nobody has decided wait where the matter goes on (CLK-3), once: who decides finds it there, with who
// asked, since when, and, for the same customer, why. Where more time is asked for already that one waits alone: granted, it is more for both.
func (s *Service) carryRequest(l ledger, d *Duty, from *carriedResponse) {
	asked := from.asked()
	if asked == nil || d.asked() != nil || slices.ContainsFunc(d.Extensions, func(e Extension) bool {
		return e.Requester == asked.Requester && e.RequestTime.Equal(asked.RequestTime) // It came before, and was decided here.
	}) {
		return
	}
	next := *asked
	next.ReasonPlace = cmp.Or(asked.ReasonPlace, from.reasonPlace())
	if from.customer != l.Complaint.Customer { // Words of another customer stay with who said them.
		next.Reason, next.ReasonPlace = nil, ""
	}
	s.requestAgain(l, d, next)
}

// requestAgain puts a request on record with the time that there is to be had now. It lapses where there is none: the time has passed, or the law
// gives no more. Who decides is told anew, whose turn it is since it was asked for first. In a complaint that went on elsewhere itself nobody is: it
// goes on there.
func (s *Service) requestAgain(l ledger, d *Duty, asked Extension) {
	if !slices.Contains(l.Changes.Moved, d) {
		l.Changes.Moved = append(l.Changes.Moved, d)
	}
	if d.State == followupv1.Duty_RELEASED {
		asked.Told, asked.TellTime = 0, time.Time{}
		d.Extensions = append(d.Extensions, asked)
		return
	}
	next, err := s.nextExtension(d, l)
	if err != nil {
		return
	}
	next.Requester, next.RequestTime, next.Reason, next.ReasonPlace = asked.Requester, asked.RequestTime, asked.Reason, asked.ReasonPlace
	d.Extensions = append(d.Extensions, next)
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionRequested{ExtensionRequested: &eventv1.ExtensionRequested{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, DueTime: timestamppb.New(next.DueTime),
	}}})
	s.remindExtension(l, d)
}
