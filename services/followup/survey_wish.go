package followup

import (
	"context"
	"errors"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// wishPart is the name of the wish within its complaint.
const wishPart = "/surveyWish"

// StopSurveys notes that the customer wants no surveys and no reminders of them, about this complaint or any: those that wait are dropped,
// here at once, elsewhere when their time comes. What is owed is sent all the same. Saying so again changes nothing. The customer's
// own word shows it, once there is a resolution one since that, or a supervisor notes it. Errors: AGENT_RECUSED, WISH_NOT_PROVEN, EVIDENCE_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) StopSurveys(ctx context.Context, req *followupv1.StopSurveysRequest) (*followupv1.SurveyWish, error) {
	complaint, _ := complaintID(req.GetName())
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	since, err := s.resolvedAt(ctx, c.Complaint)
	if err != nil {
		return nil, err
	}
	if err := s.wished(ctx, complaint, req.GetEvidence(), since); err != nil {
		return nil, err
	}
	return s.wish(ctx, req.GetName(), func(reach Reach, l ledger) {
		l.noSurveys(reach, &eventv1.SurveysStopped{AllComplaints: req.GetAllComplaints(), Evidence: req.GetEvidence()})
	})
}

// UnsubscribeSurveys is StopSurveys about all complaints, by the customer, who has the token of a survey (FUP-3): also of one that was answered,
// or is too old, since a message is kept longer than a survey can be answered. Saying so again changes nothing. Errors: SURVEY_NOT_FOUND.
func (s *Service) UnsubscribeSurveys(
	ctx context.Context, req *followupv1.UnsubscribeSurveysRequest,
) (*followupv1.UnsubscribeSurveysResponse, error) {
	t, err := s.deps.Series.Survey(ctx, s.tokenHash(req.GetToken()))
	if errors.Is(err, ErrUnknown) {
		return nil, surveyNotFound()
	}
	if err != nil {
		return nil, err
	}
	reach, err := s.deps.Outbox.Reach(ctx, t.Customer, t.Complaint, "")
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, Change{Complaint: t.Complaint, Notifications: true}, func(l ledger) error {
		l.actor = l.Complaint.Customer
		l.noSurveys(reach, &eventv1.SurveysStopped{AllComplaints: true, FollowUp: t.Name()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &followupv1.UnsubscribeSurveysResponse{}, nil
}

// noSurveys records that the customer wants no surveys, unless that is on record, and drops those that wait.
func (l ledger) noSurveys(reach Reach, told *eventv1.SurveysStopped) {
	if !reach.Stop.IsZero() && (reach.StopAll || !told.GetAllComplaints()) {
		return
	}
	wish := &Wish{Customer: l.Complaint.Customer, Complaint: l.Complaint.ID, Stopped: true, Time: l.now}
	if told.GetAllComplaints() {
		wish.Complaint = ""
	}
	l.Changes.Wish = wish
	for _, n := range l.Notifications {
		if n.State == followupv1.Notification_WAITING && !Owed(n.Kind) {
			n.State, n.Problem = followupv1.Notification_DROPPED, "the customer wants no surveys"
			l.put(n)
			told.Dropped = append(told.Dropped, n.Name())
		}
	}
	l.draft(l.Complaint.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_SurveysStopped{SurveysStopped: told}})
}

// AllowSurveys takes back what the customer said about surveys, of this complaint and of all. What was dropped stays so. That is as little
// for others to say as that the customer wants none: it takes the customer's own word since then, or a supervisor. Errors: AGENT_RECUSED,
// WISH_NOT_PROVEN, EVIDENCE_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) AllowSurveys(ctx context.Context, req *followupv1.AllowSurveysRequest) (*followupv1.SurveyWish, error) {
	complaint, _ := complaintID(req.GetName())
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	stopped, err := s.deps.Outbox.Reach(ctx, c.Complaint.Customer, complaint, "")
	if err != nil {
		return nil, err
	}
	if !stopped.Stop.IsZero() {
		if err := s.wished(ctx, complaint, req.GetEvidence(), stopped.Stop); err != nil {
			return nil, err
		}
	}
	return s.wish(ctx, req.GetName(), func(reach Reach, l ledger) {
		if reach.Stop.IsZero() {
			return
		}
		l.Changes.Wish = &Wish{Customer: l.Complaint.Customer, Complaint: l.Complaint.ID, Time: l.now}
		l.draft(l.Complaint.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_SurveysStopped{SurveysStopped: &eventv1.SurveysStopped{
			Allowed: true, AllComplaints: reach.StopAll, Evidence: req.GetEvidence(),
		}}})
	})
}

// GetSurveyWish says whether the customer of a complaint wants surveys about it. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GetSurveyWish(ctx context.Context, req *followupv1.GetSurveyWishRequest) (*followupv1.SurveyWish, error) {
	complaint, ok := complaintID(strings.TrimSuffix(req.GetName(), wishPart))
	if !ok {
		return nil, invalidField("name", "It is not the name of a complaint's wish.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	return s.wishOf(ctx, c.Complaint)
}

// wish changes what is on record of a customer's wish, once per command.
func (s *Service) wish(ctx context.Context, name string, decide func(Reach, ledger)) (*followupv1.SurveyWish, error) {
	complaint, ok := complaintID(name)
	if !ok {
		return nil, invalidField("name", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	reach, err := s.deps.Outbox.Reach(ctx, c.Complaint.Customer, complaint, "")
	if err != nil {
		return nil, err
	}
	change := Change{Complaint: complaint, Notifications: true, Result: name + wishPart}
	change.Command, _ = idem.FromContext(ctx)
	if _, err := s.change(ctx, change, func(l ledger) error {
		if err := l.recused(); err != nil {
			return err
		}
		decide(reach, l)
		return nil
	}); err != nil {
		return nil, err
	}
	return s.wishOf(ctx, c.Complaint)
}

func (s *Service) wishOf(ctx context.Context, c Complaint) (*followupv1.SurveyWish, error) {
	reach, err := s.deps.Outbox.Reach(ctx, c.Customer, c.ID, "")
	return &followupv1.SurveyWish{
		Name: complaintName(c.ID) + wishPart, Stopped: !reach.Stop.IsZero(), AllComplaints: reach.StopAll, StopTime: timestamp(reach.Stop),
	}, err
}
