package followup

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// ExtendDuty asks for the next step of what is owed by law (CLK-3). The duty is due as before until somebody else has granted it. Errors:
// AGENT_RECUSED, EXTENSION_NOT_POSSIBLE, DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) ExtendDuty(ctx context.Context, req *followupv1.ExtendDutyRequest) (*followupv1.Duty, error) {
	complaint, id, ok := child(req.GetName(), "duties")
	if !ok {
		return nil, dutyNotFound(req.GetName())
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	key, err := s.deps.Keys.Key(ctx, c.Complaint.Customer)
	if err != nil {
		return nil, err
	}
	reason, err := key.Seal([]byte(req.GetReason()), (&Duty{Complaint: complaint, ID: id}).reasonPlace())
	if err != nil {
		return nil, err
	}
	return s.changeClock(ctx, complaint, id, func(l ledger, d *Duty) error {
		if err := l.recused(); err != nil {
			return err
		}
		next, err := s.nextExtension(d, l)
		if err != nil {
			return err
		}
		next.Reason = reason
		d.Extensions = append(d.Extensions, next)
		l.Changes.Moved = append(l.Changes.Moved, d)
		l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionRequested{ExtensionRequested: &eventv1.ExtensionRequested{
			Duty: req.GetName(), Kind: d.Kind, DueTime: timestamppb.New(next.DueTime),
			Reason: &eventv1.Sealed{Customer: l.Complaint.Customer, Ciphertext: reason},
		}}})
		s.remindExtension(l, d)
		return nil
	})
}

// nextExtension is the one that can be asked for now.
func (s *Service) nextExtension(d *Duty, l ledger) (Extension, error) {
	name, profile := dutyName(d.Complaint, d.ID), s.deps.Policy.StatutoryProfile()
	if d.Kind != policyv1.DutyKind_FINAL_RESPONSE || profile == nil {
		return Extension{}, extensionNotPossible(name, "NOT_STATUTORY", "Only what is owed by law is extended.")
	}
	if err := extendable(d, l); err != nil {
		return Extension{}, err
	}
	if d.asked() != nil {
		return Extension{}, extensionNotPossible(name, "REQUESTED", "It is asked for already, by "+d.asked().Requester+".")
	}
	n := step(profile, d)
	if n == 0 {
		return Extension{}, extensionNotPossible(name, "NO_STEP_LEFT", "The law gives no more time.")
	}
	due, _, err := s.deps.Policy.StatutoryDue(profile, n, d.OpenTime)
	if err != nil || !due.After(d.DueTime) {
		return Extension{}, extensionNotPossible(name, "NO_STEP_LEFT", "The law gives no later time than it is due.")
	}
	return Extension{
		State: followupv1.Extension_REQUESTED, Requester: l.actor, RequestTime: l.now, PreviousDueTime: d.DueTime, DueTime: due,
	}, nil
}

// extendable refuses what is owed no more, or broken: a breach is not extended away.
func extendable(d *Duty, l ledger) error {
	name := dutyName(d.Complaint, d.ID)
	switch {
	case d.State != followupv1.Duty_OPEN:
		return extensionNotPossible(name, "NOT_OWED", "It is owed no more.")
	case d.Verdict == policyv1.Verdict_MISSED || !l.now.Before(d.DueTime):
		return extensionNotPossible(name, "PAST_DUE", "It was due at "+instant(d.DueTime)+"; the breach stands.")
	}
	return nil
}

// DecideExtension grants or refuses what was asked for (CLK-3). Four eyes: whoever asked does not decide, nor does whom the complaint, or one that
// went on in it, is about (APPR-2). Errors: OWN_EXTENSION, EXTENSION_RECUSED, EXTENSION_NOT_POSSIBLE, DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) DecideExtension(ctx context.Context, req *followupv1.DecideExtensionRequest) (*followupv1.Duty, error) {
	complaint, id, ok := child(req.GetName(), "duties")
	if !ok {
		return nil, dutyNotFound(req.GetName())
	}
	return s.changeClock(ctx, complaint, id, func(l ledger, d *Duty) error {
		asked := d.asked()
		switch {
		case asked == nil:
			return extensionNotPossible(req.GetName(), "NOT_REQUESTED", "Nobody waits for a decision on it.")
		case asked.Requester == l.actor:
			return ownExtension(req.GetName())
		case l.recused() != nil:
			return extensionRecused(req.GetName())
		}
		if req.GetDecision() == followupv1.DecideExtensionRequest_REFUSE {
			l.decideExtension(d, asked, followupv1.Extension_REFUSED)
			return nil
		}
		if err := extendable(d, l); err != nil {
			return err
		}
		s.grantExtension(l, d, asked)
		return nil
	})
}

// grantExtension has the duty owed by the time that was asked for.
func (s *Service) grantExtension(l ledger, d *Duty, asked *Extension) {
	previous := d.DueTime
	var warnings = d.WarnTimes
	if profile := s.deps.Policy.StatutoryProfile(); step(profile, d) > 0 {
		if _, fresh, err := s.deps.Policy.StatutoryDue(profile, step(profile, d), d.OpenTime); err == nil {
			warnings = fresh
		}
	}
	d.extend(asked.DueTime, warnings, l.now)
	l.decideExtension(d, asked, followupv1.Extension_GRANTED)
	l.moved(d, previous, "It was extended, with approval.")
}

// decideExtension puts a decision on record.
func (l ledger) decideExtension(d *Duty, asked *Extension, state followupv1.Extension_State) {
	asked.State, asked.Decider, asked.DecideTime = state, l.actor, l.now
	told := &eventv1.ExtensionDecided{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Granted: state == followupv1.Extension_GRANTED, Requester: asked.Requester,
		DueTime: timestamppb.New(d.DueTime), Request: int32(len(d.Extensions)),
	}
	if told.GetGranted() {
		told.Number = d.Extended()
	}
	if !told.GetGranted() {
		l.Changes.Moved = append(l.Changes.Moved, d)
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionDecided{ExtensionDecided: told}})
}

// changeClock changes one duty on the caller's account, once per idempotency key, and answers with it as it stands.
func (s *Service) changeClock(ctx context.Context, complaint, id string, decide func(ledger, *Duty) error) (*followupv1.Duty, error) {
	var changed *Duty
	command, _ := idem.FromContext(ctx)
	done, err := s.change(ctx, Change{Complaint: complaint, Command: command, Result: dutyName(complaint, id)}, func(l ledger) error {
		if changed = l.Duty(id); changed == nil {
			return dutyNotFound(dutyName(complaint, id))
		}
		return decide(l, changed)
	})
	if err != nil {
		return nil, err
	}
	if done.Repeated {
		c, err := s.known(ctx, complaint)
		if err != nil {
			return nil, err
		}
		changed = c.Duty(id)
	}
	return s.dutyMessage(changed, s.now()), nil
}
