package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// AnswerFollowUp records what came of asking: what the customer answered in a conversation, also when a survey was sent, or that nobody was
// reached. While that survey can be answered, the customer's own answer takes the place of what is recorded here. The time of the conversation decides the verdict; one that is dated back further than the policy allows counts as now (CALL-2).
// Errors: AGENT_RECUSED, FOLLOW_UP_NOT_OPEN, WAY_NOT_TWO_WAY, CONTACT_TIME_INVALID, INVALID_FIELD, FOLLOW_UP_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) AnswerFollowUp(ctx context.Context, req *followupv1.AnswerFollowUpRequest) (*followupv1.FollowUp, error) {
	reached := req.GetOutcome() == followupv1.AnswerFollowUpRequest_REACHED
	if err := checkAnswer(req, reached); err != nil {
		return nil, err
	}
	known, err := s.touch(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	answer := TouchAnswer{
		Done: req.GetDone(), Satisfaction: req.GetSatisfaction(), Retention: req.GetRetention(), Way: req.GetWay(), Agent: caller(ctx).Subject,
		Stop: req.GetStop(),
	}
	if answer.Comment, err = s.sealWords(ctx, known, "comment", req.GetComment()); err != nil {
		return nil, err
	}
	if answer.Told, err = s.sealWords(ctx, known, "told", req.GetTold()); err != nil {
		return nil, err
	}
	change := Change{Complaint: known.Complaint, Touches: true, Neighbours: s.now(), Result: req.GetName()}
	change.Command, _ = idem.FromContext(ctx)
	_, err = s.change(ctx, change, func(l ledger) error {
		t := l.touchOf(known.ID())
		if t == nil {
			return followUpNotFound(req.GetName())
		}
		if err := l.recused(); err != nil {
			return err
		}
		if t.State != followupv1.FollowUp_ASKED {
			return followUpNotOpen(t)
		}
		at, err := s.contactTime(l, t, req.GetContactTime())
		if err != nil {
			return err
		}
		if !reached {
			l.touchTried(t, req, at)
			return nil
		}
		answer.Time = at
		if t.Mode == followupv1.FollowUp_PERSON { // Whoever asks sees what goes with it; a survey names what it named when it was written.
			t.Named = l.goingWith(t)
		}
		s.touchAnswered(l, t, answer)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readFollowUp(ctx, known.Name())
}

// checkAnswer refuses an answer that says too little.
func checkAnswer(req *followupv1.AnswerFollowUpRequest, reached bool) error {
	switch {
	case reached && !twoWay(req.GetWay()):
		return wayNotTwoWay(req.GetWay())
	case reached && req.Done == nil:
		return invalidField("done", "With REACHED it is to be said whether it was really done.")
	case !reached && saysSomething(req):
		return invalidField("outcome", "Who was not reached has answered nothing.")
	case req.GetContactTime() != nil && !req.GetContactTime().IsValid():
		return invalidField("contact_time", "It is no time.")
	default:
		return nil
	}
}

// saysSomething tells whether a request has an answer in it.
func saysSomething(req *followupv1.AnswerFollowUpRequest) bool {
	return req.Done != nil || req.GetSatisfaction() != 0 || req.GetComment() != "" || req.GetTold() != "" || req.GetStop() ||
		req.GetRetention() != followupv1.FollowUp_RETENTION_UNSPECIFIED
}

// contactTime is when the conversation was.
func (s *Service) contactTime(l ledger, t *Touch, told *timestamppb.Timestamp) (time.Time, error) {
	if told == nil {
		return l.now, nil
	}
	at := micros(told)
	switch {
	case at.After(l.now.Add(s.deps.Policy.ClockSkew())):
		return at, contactTimeInvalid("It lies in the future.")
	case at.Before(t.AskTime):
		return at, contactTimeInvalid("The follow-up had not begun then.")
	case l.now.Sub(at) > s.deps.Policy.BackDating():
		return l.now, nil
	default:
		return at, nil
	}
}

// touchTried records a call that reached nobody.
func (l ledger) touchTried(t *Touch, req *followupv1.AnswerFollowUpRequest, at time.Time) {
	t.Calls++
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchTried{TouchTried: &eventv1.TouchTried{
		FollowUp: t.Name(), Way: req.GetWay(), Calls: t.Calls, ContactTime: timestamppb.New(at),
	}}})
}

// StopFollowUps ends the series of the present cycle because the customer wishes not to be asked any more (FUP-3). Everything else that is owed
// stays owed. The customer's own word since the resolution shows the wish. Errors: AGENT_RECUSED, NOTHING_TO_STOP,
// WISH_NOT_PROVEN, EVIDENCE_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) StopFollowUps(ctx context.Context, req *followupv1.StopFollowUpsRequest) (*followupv1.StopFollowUpsResponse, error) {
	complaint, ok := complaintID(req.GetName())
	if !ok {
		return nil, invalidField("name", "It is not the name of a complaint.")
	}
	about, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	since, err := s.resolvedAt(ctx, about.Complaint)
	if err != nil {
		return nil, err
	}
	if err := s.wished(ctx, complaint, req.GetEvidence(), since); err != nil {
		return nil, err
	}
	change := Change{Complaint: complaint, Touches: true, Result: req.GetName()}
	change.Command, _ = idem.FromContext(ctx)
	_, err = s.change(ctx, change, func(l ledger) error {
		if err := l.recused(); err != nil {
			return err
		}
		before := len(l.Changes.Drafts)
		l.stopSeriesBy(l.Complaint.Cycle, &eventv1.SeriesEnded{
			Reason: eventv1.SeriesEnded_CUSTOMER_WISH, Evidence: req.GetEvidence(),
			ByRepresentative: req.GetWisher() == followupv1.StopFollowUpsRequest_REPRESENTATIVE,
		}, l.now)
		if len(l.Changes.Drafts) == before {
			return nothingToStop(req.GetName())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Series.Touches(ctx, TouchQuery{Complaint: complaint, Now: s.now(), Limit: mostTouches})
	if err != nil {
		return nil, err
	}
	res := &followupv1.StopFollowUpsResponse{}
	for i := range list {
		if list[i].Touch.Cycle != c.Complaint.Cycle {
			continue
		}
		m, err := s.followUpMessage(ctx, &list[i], s.now())
		if err != nil {
			return nil, err
		}
		res.FollowUps = append(res.FollowUps, m)
	}
	return res, nil
}

// mostTouches is more than any complaint has.
const mostTouches = 10_000
