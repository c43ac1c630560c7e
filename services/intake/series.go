package intake

import (
	"context"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// SeriesTypes are the types of followup's events of a series after a resolution that intake hears.
func SeriesTypes() []string { return []string{"touch_answered", "series_ended"} }

// afterResolution is what becomes of a fact that followup tells of a series after a resolution; nil for one of which nothing does. Who is not
// satisfied, or for whom it was not done, has the complaint opened again (FUP-2); a series that has come to its end closes it (FUP-3).
func (s *Service) afterResolution(p *eventv1.Payload) func(*edit) error {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_TouchAnswered:
		if !k.TouchAnswered.GetReopen() {
			return nil
		}
		return func(e *edit) error { return s.reopenUnsatisfied(e, k.TouchAnswered) }
	case *eventv1.Payload_SeriesEnded:
		switch k.SeriesEnded.GetReason() {
		case eventv1.SeriesEnded_COMPLETED, eventv1.SeriesEnded_CUSTOMER_WISH:
			return func(e *edit) error {
				s.closeFollowedUp(e, k.SeriesEnded)
				return nil
			}
		default:
			return nil
		}
	default:
		return nil
	}
}

// applySeries changes a complaint by what followup tells of the series after one of its cycles. Of a cycle that is not the present one, and of
// a customer who was erased, nothing is changed.
func (s *Service) applySeries(ctx context.Context, event *eventv1.Event, rule func(*edit) error) (first bool, err error) {
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	first, err = s.store.Apply(ctx, event, id, func(record *Record) (Effects, error) {
		return s.decide(record, nil, event.GetActor(), func(e *edit) error {
			if e.Cycle != event.GetCycle() || e.Open() {
				return nil
			}
			return rule(e)
		})
	})
	return first, fault(err)
}

// reopenUnsatisfied opens a complaint again whose customer says that it was not done, or is not satisfied: a cycle of its own, with clocks of its
// own (FUP-2, CLK-4). What was merged goes on in another complaint.
func (s *Service) reopenUnsatisfied(e *edit, told *eventv1.TouchAnswered) error {
	if e.MergedInto != "" || e.key == nil {
		return nil
	}
	return s.reopen(e, dissatisfaction(e.Language, told))
}

// dissatisfaction says why a complaint is opened again, in the customer's language. What else the customer said is on record with followup.
func dissatisfaction(language string, told *eventv1.TouchAnswered) string {
	if !told.GetDone() {
		switch language {
		case "zh-Hans":
			return "客户在回访时说，答应的事情没有办好。"
		case "zh-Hant":
			return "客戶在回訪時說，答應的事情沒有辦好。"
		default:
			return "The customer said at follow-up that it was not done."
		}
	}
	switch language {
	case "zh-Hans":
		return fmt.Sprintf("客户在回访时说不满意（5 分里给了 %d 分）。", told.GetSatisfaction())
	case "zh-Hant":
		return fmt.Sprintf("客戶在回訪時說不滿意（5 分裡給了 %d 分）。", told.GetSatisfaction())
	default:
		return fmt.Sprintf("The customer said at follow-up not to be satisfied (%d of 5).", told.GetSatisfaction())
	}
}

// closeFollowedUp closes a resolved complaint after which nobody is asked any more. A case of an authority, and one that has a final response by
// law, is not closed by silence (FUP-3), and while that response is owed not by a satisfied customer either (CLK-3): a person closes it.
func (s *Service) closeFollowedUp(e *edit, told *eventv1.SeriesEnded) {
	if e.State != Resolved {
		return
	}
	waits := s.statutory(e) || !e.AuthorityDueTime.IsZero()
	if told.GetFinalResponseOwed() || waits && !told.GetSatisfied() {
		e.touch(e.now)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_SilentClosingRefused{SilentClosingRefused: &eventv1.SilentClosingRefused{
			FinalResponseOwed: told.GetFinalResponseOwed(),
		}}})
		return
	}
	if e.Close(e.Outcome, e.now) == nil {
		e.tell(closed(e.Outcome))
	}
}

// statutory tells whether the law demands a final response to a complaint.
func (s *Service) statutory(e *edit) bool {
	return s.policy.Statutory(!e.AuthorityDueTime.IsZero(), policyv1.TargetKind(e.TargetKind)) != nil
}
