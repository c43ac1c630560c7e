package story

import (
	"context"
	"fmt"
	"strconv"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// modem is the product that the last customer complains of.
const modem = "光猫"

// held tells of a resolution that did not hold: the customer is asked, says so, and the complaint is dealt with again (FUP-1, FUP-2). What she
// says is on the record of the cycle (REV-3).
func (s *stage) held(ctx context.Context) error {
	s.begin("held")
	if err := s.another(ctx, "held", "吴女士", overheats, &intakev1.Target{Kind: policyv1.TargetKind_PRODUCT, Product: modem}); err != nil {
		return err
	}
	if err := s.calm(ctx); err != nil {
		return err
	}
	// Each telling has a batch of its own: of one subject there is one improvement at a time.
	s.batch = "batch-" + s.newPhone()[5:]
	err := s.post(ctx, s.assignee, ":assess", &intakev1.AssessComplaintRequest{Assessment: &intakev1.Assessment{
		Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_QUALITY, Product: modem, FaultCode: s.batch,
		Causes: []policyv1.Cause{policyv1.Cause_QUALITY_SMALL_DEFECT}, Reasons: sameBatch,
	}}, &intakev1.Assessment{})
	if err != nil {
		return err
	}
	if err := s.settles(ctx, 1, "held.resolution", restarted); err != nil {
		return err
	}
	asked, err := s.asked(ctx, 1)
	if err != nil {
		return err
	}
	if err := s.hears(ctx, asked, "unheld", &followupv1.AnswerFollowUpRequest{Done: new(bool), Satisfaction: 2, Comment: stillHot}); err != nil {
		return err
	}
	if err := s.until(ctx, "the complaint opened again", s.serverTime(), func(h happening) bool {
		return h.payload.GetComplaintReopened() != nil && h.event.GetCycle() == 2
	}); err != nil {
		return err
	}
	s.open = s.complaint
	return s.remembered(ctx, 1, 2)
}

// calm puts on record that it is not urgent: the demo policy asks such customers within seconds whether it held.
func (s *stage) calm(ctx context.Context) error {
	lowered := &intakev1.Complaint{}
	err := s.post(ctx, s.assignee, ":setSeverity", &intakev1.SetSeverityRequest{Severity: policyv1.Severity_LOW, Reason: noHurry}, lowered)
	if err != nil {
		return err
	}
	s.act(lowered.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.calm"), "/v1/complaints/…:setSeverity")
	return nil
}

// settles resolves a cycle, and waits until it is resolved.
func (s *stage) settles(ctx context.Context, cycle int32, scene, told string) error {
	if err := s.resolve(ctx, scene, intakev1.Complaint_REMEDIED, told); err != nil {
		return err
	}
	if err := s.until(ctx, "the complaint resolved", s.serverTime(), func(h happening) bool {
		return h.payload.GetComplaintResolved() != nil && h.event.GetCycle() == cycle
	}); err != nil {
		return err
	}
	s.open = nil
	return nil
}

// asked waits until it is somebody's task to ask the customer whether it held, and returns that.
func (s *stage) asked(ctx context.Context, cycle int32) (*followupv1.FollowUp, error) {
	name := fmt.Sprintf("%s/followUps/%d-1", s.complaint.GetName(), cycle)
	var asked *followupv1.FollowUp
	if err := s.soon(ctx, func() error {
		list := &followupv1.ListFollowUpsResponse{}
		if err := s.get(ctx, "/followUps", list); err != nil {
			return err
		}
		for _, one := range list.GetFollowUps() {
			if one.GetName() == name && one.GetMode() == followupv1.FollowUp_PERSON {
				asked = one
				return nil
			}
		}
		return fmt.Errorf("nobody has to ask whether it held: %s", name)
	}); err != nil {
		return nil, err
	}
	return asked, s.until(ctx, "the task to ask", asked.GetDueTime().AsTime(), func(h happening) bool {
		return h.payload.GetTouchAsked().GetFollowUp() == name
	})
}

// hears puts on record what a customer answered when asked whether it held.
func (s *stage) hears(ctx context.Context, asked *followupv1.FollowUp, scene string, answer *followupv1.AnswerFollowUpRequest) error {
	answer.Outcome, answer.Way = followupv1.AnswerFollowUpRequest_REACHED, policyv1.ContactWay_PHONE
	answered := &followupv1.FollowUp{}
	if err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+asked.GetName()+":answer", answer, answered); err != nil {
		return err
	}
	s.act(answered.GetAnswer().GetAnswerTime().AsTime(), s.assignee,
		s.words.say("act."+scene, "satisfaction", strconv.Itoa(int(answer.GetSatisfaction()))), "/v1/complaints/…/followUps/…:answer")
	s.speak(scene, answer.GetComment())
	return nil
}

// remembered requires that the record of a cycle has what the customer answered.
func (s *stage) remembered(ctx context.Context, cycle, satisfaction int32) error {
	below := fmt.Sprintf("/outcomes/%d", cycle)
	record := &reviewv1.Outcome{}
	if err := s.soon(ctx, func() error {
		if err := s.get(ctx, below, record); err != nil {
			return err
		}
		if record.GetSatisfaction() != satisfaction {
			return fmt.Errorf("%s was answered with %d, and says %d", record.GetName(), satisfaction, record.GetSatisfaction())
		}
		return nil
	}); err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.remembered", "cycle", strconv.Itoa(int(cycle)), "satisfaction", strconv.Itoa(int(satisfaction)),
		"path", "/v1/complaints/…"+below))
	return nil
}
