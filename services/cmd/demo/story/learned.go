package story

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// reviewer looks back at the day, and sees to what is to be improved.
const reviewer = "agents/sun"

// reviewed tells what the day was, and where that can be looked at (REV-1).
func (s *stage) reviewed(ctx context.Context) error {
	s.begin("reviewed")
	if err := s.admit(reviewer, authv1.Role_MANAGER, authv1.Role_SUPERVISOR); err != nil {
		return err
	}
	made := &reviewv1.Review{}
	err := s.server.post(ctx, s.tokens[reviewer], "/v1/reviews:run", &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY}, made)
	if err != nil {
		return err
	}
	total := made.GetTotal()
	if total.GetRecordCount() == 0 || total.GetAnsweredCount() == 0 {
		return errors.New("a complaint of today was resolved and its customer was asked, and the review of the day does not have it")
	}
	s.act(made.GetCreateTime().AsTime(), reviewer, s.words.say("act.review"), "/v1/reviews:run")
	s.paper.below(plain, s.words.say("act.review.total", "count", strconv.FormatInt(made.GetRecordCount(), 10),
		"escalated", strconv.FormatInt(total.GetEscalatedCount(), 10), "money", strconv.FormatInt(total.GetMoneyCount(), 10),
		"answered", strconv.FormatInt(total.GetAnsweredCount(), 10), "satisfied", strconv.FormatInt(total.GetSatisfiedCount(), 10)))
	path := "/v1/" + made.GetName() + "/page"
	page, err := s.server.text(ctx, s.tokens[reviewer], path)
	if err != nil {
		return err
	}
	if !strings.Contains(page, "<svg") {
		return fmt.Errorf("%s has no plots", path)
	}
	s.review = strings.TrimPrefix(made.GetName(), "reviews/")
	s.paper.below(plain, s.words.say("act.review.page", "review", s.review))
	return nil
}

// improved tells of what is done about the cause, and that the customer hears of it when she is asked again (REV-2).
func (s *stage) improved(ctx context.Context) error {
	s.begin("improved")
	improvement := &reviewv1.Improvement{}
	err := s.server.post(ctx, s.tokens[reviewer], "/v1/improvements", &reviewv1.Improvement{
		Subject: &reviewv1.Subject{Product: modem, FaultCode: s.batch}, Owner: reviewer, Plan: takeBackBatch,
	}, improvement)
	if err != nil {
		return err
	}
	s.act(improvement.GetCreateTime().AsTime(), reviewer, s.words.say("act.improve"), "/v1/improvements")
	s.speak("improve", takeBackBatch)
	err = s.server.post(ctx, s.tokens[reviewer], "/v1/"+improvement.GetName()+":complete", &reviewv1.CompleteImprovementRequest{
		Evidence: takenBackBatch, CustomerTexts: []*reviewv1.CustomerText{{LanguageCode: "zh-Hans", Text: noMoreHeat}},
	}, improvement)
	if err != nil {
		return err
	}
	s.act(improvement.GetCompleteTime().AsTime(), reviewer, s.words.say("act.improved", "check", s.since(improvement.GetCheckTime().AsTime())),
		"/v1/improvements/…:complete")
	s.speak("improved", noMoreHeat)
	if err := s.exchanged(ctx); err != nil {
		return err
	}
	asked, err := s.asked(ctx, 2)
	if err != nil {
		return err
	}
	if told := asked.GetImprovements(); len(told) != 1 || told[0].GetText() != noMoreHeat {
		return fmt.Errorf("something was improved, and %s does not tell it", asked.GetName())
	}
	s.paper.below(plain, s.words.say("act.tell", "text", asked.GetImprovements()[0].GetText()))
	if err := s.hears(ctx, asked, "content", &followupv1.AnswerFollowUpRequest{
		Done: proto.Bool(true), Satisfaction: 5, Comment: thanks, Told: noMoreHeat, Retention: followupv1.FollowUp_RETAINED,
	}); err != nil {
		return err
	}
	if err := s.until(ctx, "the complaint closed", s.serverTime(), func(h happening) bool {
		return h.payload.GetComplaintClosed() != nil && h.event.GetCycle() == 2
	}); err != nil {
		return err
	}
	return s.remembered(ctx, 2, 5)
}

// exchanged calls the customer in the second cycle, and resolves it.
func (s *stage) exchanged(ctx context.Context) error {
	callback, called := &followupv1.Callback{}, &followupv1.RecordAttemptRequest{
		Outcome: followupv1.Attempt_REACHED, Way: policyv1.ContactWay_PHONE, Note: sorry,
	}
	if err := s.soon(ctx, func() error { // The second cycle has a callback of its own.
		return s.post(ctx, s.assignee, "/callbacks/2:recordAttempt", called, callback)
	}); err != nil {
		return err
	}
	attempts := callback.GetAttempts()
	s.act(attempts[len(attempts)-1].GetRecordTime().AsTime(), s.assignee, s.words.say("act.sorry"), "/v1/complaints/…/callbacks/2:recordAttempt")
	s.speak("sorry", sorry)
	return s.settles(ctx, 2, "exchanged", newModem)
}
