package story

import (
	"context"
	"fmt"
	"strconv"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

func (s *stage) settle(ctx context.Context) error {
	s.begin("remedy")
	if err := s.restate(ctx, "restate", understanding{restates, feels, needs}); err != nil {
		return err
	}
	remedy, err := s.propose(ctx, "propose", []*remedyv1.Option{
		{Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_FAULT, Contents: firstOption},
		{Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_GOODWILL, Contents: secondOption},
	})
	if err != nil {
		return err
	}
	if err := s.offer(ctx, remedy.GetName(), "offer"); err != nil {
		return err
	}
	if err := s.pause(ctx, 1500*time.Millisecond); err != nil { // He reads it.
		return err
	}
	if err := s.write(ctx, customer, "accept", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, accepts); err != nil {
		return err
	}
	promise, err := s.choose(ctx, remedy.GetName())
	if err != nil {
		return err
	}
	if err := s.keep(ctx, promise, "kept", paused); err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	if err := s.resolve(ctx, "done", intakev1.Complaint_REMEDIED, whatWasDone); err != nil {
		return err
	}
	resolution := s.complaint.GetTargets().GetResolution().AsTime()
	if err := s.until(ctx, "the complaint resolved", resolution, func(h happening) bool { return h.payload.GetComplaintResolved() != nil }); err != nil {
		return err
	}
	s.open = nil
	return s.until(ctx, "the resolution kept", resolution, func(h happening) bool {
		return h.payload.GetDutySettled().GetKind() == policyv1.DutyKind_RESOLUTION
	})
}

// understanding is what an agent says back to a customer: what the matter is, what it feels like, what is really needed.
type understanding struct {
	restatement, feeling, need string
}

// restate says back to the customer what was understood; nothing is proposed before.
func (s *stage) restate(ctx context.Context, scene string, u understanding) error {
	path := "/v1/" + s.complaint.GetName() + "/understanding"
	understood := &intakev1.Understanding{}
	err := s.server.patch(ctx, s.tokens[s.assignee], path, &intakev1.Understanding{
		Restatement: u.restatement, RestatementConfirmation: intakev1.Understanding_CONFIRMED, Feeling: u.feeling, RealNeed: u.need,
	}, understood)
	if err != nil {
		return err
	}
	s.act(understood.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.restate"), "/v1/complaints/…/understanding (PATCH)")
	s.speak(scene, u.restatement)
	return s.pause(ctx, time.Second)
}

// propose puts a choice for the customer on record.
func (s *stage) propose(ctx context.Context, scene string, options []*remedyv1.Option) (*remedyv1.Remedy, error) {
	remedy := &remedyv1.Remedy{}
	if err := s.post(ctx, s.assignee, "/remedies", &remedyv1.Remedy{Options: options, Fallback: otherwise}, remedy); err != nil {
		return nil, err
	}
	s.act(remedy.GetCreateTime().AsTime(), s.assignee,
		s.words.say("act.propose", "options", strconv.Itoa(len(remedy.GetOptions()))), "/v1/complaints/…/remedies")
	for _, option := range remedy.GetOptions() {
		s.paper.below(plain, s.words.say("quote", "text", option.GetContents()))
	}
	s.mean(scene)
	return remedy, nil
}

// quiet waits until the third level would have been told, and requires that it is not.
func (s *stage) quiet(ctx context.Context) error {
	var last time.Time
	for _, h := range s.told {
		if escalated(2)(h) {
			last = h.time()
		}
	}
	next := last.Add(s.climb)
	if err := s.pause(ctx, s.clock(next).Sub(s.deps.Now())+time.Second); err != nil {
		return err
	}
	for _, h := range s.told {
		if escalated(3)(h) && h.time().After(s.reached) {
			return fmt.Errorf("the callback was made, and was escalated to level 3 at %s all the same", s.since(h.time()))
		}
	}
	s.paper.below(plain, s.words.say("act.quiet", "climb", s.since(next)))
	return nil
}
