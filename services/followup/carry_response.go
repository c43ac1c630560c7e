package followup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// carriedResponse is a final response that goes on in another complaint, and the customer of the one that it comes from.
type carriedResponse struct {
	*Duty

	customer string
}

// wentOnByLaw is the final response that went on from one complaint to the other; nil when none did. Of several, as where a third complaint went on in
// the one after it had gone on itself, it is the one that is due first: the customer is answered once.
func (s *Service) wentOnByLaw(ctx context.Context, from, into string) (*carriedResponse, error) {
	c, err := s.deps.Store.Case(ctx, from)
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var first *carriedResponse
	for _, d := range c.Duties {
		if d.Kind == policyv1.DutyKind_FINAL_RESPONSE && d.ReleaseReason == wentOn+complaintName(into) && (first == nil || d.DueTime.Before(first.DueTime)) {
			first = &carriedResponse{d, c.Complaint.Customer}
		}
	}
	return first, nil
}

// takeOverResponse has the final response of a complaint that was merged into this one owed here (CLK-3): merging takes no time of the law's away
// and gives none. The customer is answered once, so one that is owed here already is due as early as either was, with the extensions of the one whose time
// it keeps. What was broken there stays broken, and is no second breach. A request for more time that nobody has decided waits here.
func (s *Service) takeOverResponse(l ledger, from *carriedResponse) {
	if i := slices.IndexFunc(l.Duties, func(d *Duty) bool { return strings.HasSuffix(d.ID, "-"+from.Complaint) }); i >= 0 {
		s.takeOverSooner(l, l.Duties[i], from)
		return
	}
	i := slices.IndexFunc(l.Duties, func(d *Duty) bool {
		return d.Kind == policyv1.DutyKind_FINAL_RESPONSE && d.State == followupv1.Duty_OPEN
	})
	if i < 0 {
		d := l.openResponse(from.Duty)
		s.carryRequest(l, d, from)
		return
	}
	d := l.Duties[i]
	if from.DueTime.Before(d.DueTime) {
		s.hasten(l, d, from.Duty)
	}
	s.carryRequest(l, d, from)
}

// takeOverSooner is for a final response that was taken over before, from a complaint in which something sooner went on since: events of several
// complaints come in any order. One that was given stays as it was; one that went on from here goes on with what it has now.
func (s *Service) takeOverSooner(l ledger, d *Duty, from *carriedResponse) {
	gone := d.State == followupv1.Duty_RELEASED && strings.HasPrefix(d.ReleaseReason, wentOn)
	if !from.DueTime.Before(d.DueTime) || d.State != followupv1.Duty_OPEN && !gone {
		return
	}
	if gone {
		d.take(from.Duty)
		l.overdue(d, from.Duty)
		l.touch(d)
		l.carried(d, from.Duty, false)
	} else {
		s.hasten(l, d, from.Duty)
	}
	s.carryRequest(l, d, from)
}

// take has a duty have the time of another one, with the extensions on which somebody has decided.
func (d *Duty) take(from *Duty) {
	d.OpenTime, d.DueTime, d.Measure, d.Calendar = from.OpenTime, from.DueTime, from.Measure, from.Calendar
	d.Extensions = decided(from.Extensions)
	d.Moves++
}

// hasten has the final response owed as early as another one was that went on here.
func (s *Service) hasten(l ledger, d, from *Duty) {
	previous, own := d.DueTime, d.asked()
	d.WarnTimes = d.warnings(from.WarnTimes, l.now, l.now)
	d.take(from)
	l.overdue(d, from)
	l.touch(d)
	l.carried(d, from, false)
	l.moved(d, previous, "A complaint went on in this one, in which it was owed sooner.")
	if own != nil {
		s.requestAgain(l, d, *own)
	}
}

// openResponse opens the final response of a complaint that was merged into this one, where none is owed. If the matter went on from here, it
// goes on there.
func (l ledger) openResponse(from *Duty) *Duty {
	cycle := l.Complaint.Cycle
	d := &Duty{
		Complaint: l.Complaint.ID, ID: DutyID(cycle, from.Kind) + "-" + from.Complaint, State: followupv1.Duty_OPEN, Kind: from.Kind, Cycle: cycle,
		OpenTime: from.OpenTime, DueTime: from.DueTime, WarnTimes: from.WarnTimes, WarnedTimes: from.WarnedTimes, Measure: from.Measure, Calendar: from.Calendar,
		Extensions: decided(from.Extensions), Moves: from.Moves,
	}
	l.overdue(d, from)
	l.add(d)
	if len(d.Extensions) > 0 {
		l.Changes.Moved = append(l.Changes.Moved, d) // The row is made without what moved it.
	}
	l.carried(d, from, true)
	if into := l.survivor(cycle); into != "" {
		l.releaseDuty(d, wentOn+complaintName(into), l.now)
	}
	return d
}

// overdue has a duty be as broken as the one that it takes over.
func (l ledger) overdue(d, from *Duty) {
	if from.Verdict == policyv1.Verdict_MISSED {
		d.Verdict, d.SettleTime = from.Verdict, from.SettleTime
	}
}

// decided are the extensions on which somebody has decided, without their reasons: those stay with the complaint in which they were said.
func decided(all []Extension) []Extension {
	var list []Extension
	for _, e := range all {
		if e.State != followupv1.Extension_REQUESTED {
			e.Reason = nil
			list = append(list, e)
		}
	}
	return list
}

// carried puts on record that it is owed here.
func (l ledger) carried(d, from *Duty, opened bool) {
	told := &eventv1.FinalResponseCarried{
		Duty: dutyName(d.Complaint, d.ID), From: dutyName(from.Complaint, from.ID), DueTime: timestamppb.New(d.DueTime), Opened: opened,
		Measure: d.Measure, Calendar: d.Calendar,
	}
	for _, at := range d.WarnTimes {
		told.WarnTimes = append(told.WarnTimes, timestamppb.New(at))
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_FinalResponseCarried{FinalResponseCarried: told}})
}
