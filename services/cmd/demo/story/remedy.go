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
	remedy := &remedyv1.Remedy{}
	err := s.post(ctx, s.assignee, "/remedies", &remedyv1.Remedy{
		Options: []*remedyv1.Option{
			{Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_FAULT, Contents: firstOption},
			{Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_GOODWILL, Contents: secondOption},
		},
		Fallback: otherwise,
	}, remedy)
	if err != nil {
		return err
	}
	s.act(remedy.GetCreateTime().AsTime(), s.assignee,
		s.words.say("act.propose", "options", strconv.Itoa(len(remedy.GetOptions()))), "/v1/complaints/…/remedies")
	for _, option := range remedy.GetOptions() {
		s.paper.below(plain, s.words.say("quote", "text", option.GetContents()))
	}
	s.mean("propose")
	if err := s.pause(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	if err := s.write(ctx, customer, "accept", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, accepts); err != nil {
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
