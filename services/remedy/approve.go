package remedy

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/wording"
)

// ApproveRemedy approves a revision (APPR-3). With the last approval that is needed it is granted, and what it costs is held, in the same
// transaction as the decision. What is doubted is approved with a reason. Errors: RESOURCE_NOT_FOUND, INVALID_FIELD, those of mayDecide, still and mayApprove, CAP_EXCEEDED, DATA_KEY_NOT_FOUND for a
// comment on somebody who was erased.
func (s *Service) ApproveRemedy(ctx context.Context, req *remedyv1.ApproveRemedyRequest) (*remedyv1.Approval, error) {
	return s.decide(ctx, req, func(c *Case, a *Approval, r *Remedy, said decision) error {
		if err := s.still(c, r); err != nil {
			return err
		}
		if len(said.comment.GetCiphertext()) == 0 && s.rules.doubted(r, c.Complaint.Facts) {
			return invalidField("comment", "Nothing on record bears it out that this is given (see warnings): say why it is.")
		}
		if err := s.mayApprove(c, a, r, said); err != nil {
			return err
		}
		if s.seconded(a) {
			s.second(c, a, said)
			return nil
		}
		top := s.top(a, said) || a.stoodIn() > 0 // The last level has spoken.
		s.tellDecided(c, a, remedyv1.Approval_APPROVED, remedyv1.ApprovalStep_APPROVED, said)
		return s.grantApproved(c, r, said.who.Subject, top, said.at)
	})
}

// RejectRemedy refuses a revision, and says why. Errors: RESOURCE_NOT_FOUND, those of mayDecide, DATA_KEY_NOT_FOUND.
func (s *Service) RejectRemedy(ctx context.Context, req *remedyv1.RejectRemedyRequest) (*remedyv1.Approval, error) {
	return s.decide(ctx, req, func(c *Case, a *Approval, r *Remedy, said decision) error {
		r.State = remedyv1.Remedy_REJECTED
		s.tellDecided(c, a, remedyv1.Approval_REJECTED, remedyv1.ApprovalStep_REJECTED, said)
		return nil
	})
}

// ReturnRemedy sends a revision back to be revised, and says what has to change. Errors: RESOURCE_NOT_FOUND, those of mayDecide,
// DATA_KEY_NOT_FOUND.
func (s *Service) ReturnRemedy(ctx context.Context, req *remedyv1.ReturnRemedyRequest) (*remedyv1.Approval, error) {
	return s.decide(ctx, req, func(c *Case, a *Approval, r *Remedy, said decision) error {
		r.State = remedyv1.Remedy_RETURNED
		s.tellDecided(c, a, remedyv1.Approval_RETURNED, remedyv1.ApprovalStep_RETURNED, said)
		return nil
	})
}

// deciding is a call that decides.
type deciding interface {
	GetName() string
	GetComment() string
	GetEtag() string
}

// decide carries out somebody's decision, once per idempotency key, if it is theirs to make, and answers with the approval.
func (s *Service) decide(
	ctx context.Context, req deciding, carryOut func(c *Case, a *Approval, r *Remedy, said decision) error,
) (*remedyv1.Approval, error) {
	known, err := s.deps.Approvals.Approval(ctx, approvalID(req.GetName()))
	if err != nil {
		return nil, s.noApproval(err, req.GetName())
	}
	said := decision{who: caller(ctx), etag: req.GetEtag()}
	comment := req.GetComment()
	if wording.Blank(comment) {
		comment = "" // What nobody can see says nothing.
	}
	if said.comment, err = s.sealOn(ctx, &known, comment); err != nil {
		return nil, err
	}
	evidence, err := s.sealedEvidence(ctx, &known)
	if err != nil {
		return nil, err
	}
	shown, err := s.shown(ctx, known.Complaint, known.Remedy)
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{
		Complaint: known.Complaint, Command: command, Result: known.name(), Remedies: true, Money: true, Approval: known.ID,
	}
	_, err = s.deps.Store.Change(ctx, change, func(c *Case) error {
		said.at = s.now()
		a, r := c.approval(known.ID), c.remedy(known.Remedy)
		if a == nil || r == nil {
			return notFound(req.GetName())
		}
		if err := s.mayDecide(c, a, r, said); err != nil {
			return err
		}
		s.listen(r, offered(shown), shown.GetFallback()) // Of this version: another one is superseded.
		if err := carryOut(c, a, r, said); err != nil {
			return err
		}
		if !a.pending() {
			a.Evidence = evidence
			c.put(r)
		}
		c.putApproval(a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readApproval(ctx, known.ID)
}

// mayDecide refuses a decision, in this order: on what is decided or superseded, on another state than the caller has seen, by the proposer
// or whoever is complained about, by who approved below, by who has left or stands directly above or below whom it is about, by whom it has moved up from,
// and by anybody else than the approver or an executive. What time has made of it is recorded with a decision. Errors: APPROVAL_SUPERSEDED, APPROVAL_NOT_PENDING, ETAG_MISMATCH, APPROVER_IS_PROPOSER,
// APPROVER_RECUSED, APPROVED_BELOW, APPROVAL_MOVED_UP, NOT_THE_APPROVER.
func (s *Service) mayDecide(c *Case, a *Approval, r *Remedy, said decision) error {
	who := said.who.Subject
	switch {
	case r.Revision != a.Revision:
		return approvalSuperseded(r.Revision)
	case !a.pending():
		return approvalNotPending(a.State)
	case said.etag != "" && said.etag != approvalEtag(a):
		return stale(approvalEtag(a))
	case a.wrote(who):
		return approverIsProposer()
	case c.Complaint.Facts.about(who):
		return approverRecused()
	case a.approvedBelow(who):
		return approvedBelow()
	}
	s.settleApproval(c, a, who, said.at)
	switch outcome, err := s.barredFrom(c, a, who); {
	case err != nil:
		return err
	case outcome == remedyv1.ApprovalStep_LEFT:
		return notTheApprover(a.step().Approver)
	case outcome == remedyv1.ApprovalStep_RECUSED:
		return approverRecused()
	}
	own := a.turn(who)
	switch {
	case said.who.Has(authv1.Role_EXECUTIVE), own == a.step():
	case own != nil && own.Level >= s.rules.last() && a.step().Level >= s.rules.last(): // Asked again, or late where nobody is above.
	case own != nil && own.Outcome == remedyv1.ApprovalStep_EXPIRED:
		return approvalMovedUp(own.DueTime)
	default:
		return notTheApprover(a.step().Approver)
	}
	return nil
}

// top tells whether whoever decides stands at the last level, which may grant all (APPR-1).
func (s *Service) top(a *Approval, said decision) bool {
	return a.step().Level >= s.rules.last() || said.who.Has(authv1.Role_EXECUTIVE)
}

// seconded tells whether somebody else has to approve after this turn. Above the last level there is none.
func (s *Service) seconded(a *Approval) bool {
	return a.approvals()+1 < a.Needed && a.step().Level < s.rules.last()
}

// besides tells whether it is not this turn that grants: the last level has approved in somebody's place, or will after the level below it.
// Whoever's turn it is approves then with the authority of that level, also what only the last one may grant.
func (s *Service) besides(a *Approval) bool {
	return a.stoodIn() > 0 || s.seconded(a) && a.step().Level == s.rules.last()-1
}

// mayApprove refuses what is more than whoever approves may grant. What the complaint was given since this was proposed counts, also for
// whether two levels approve. Errors: ABOVE_OWN_LIMIT.
func (s *Service) mayApprove(c *Case, a *Approval, r *Remedy, said decision) error {
	options, err := s.along(c, r)
	if err != nil {
		return err
	}
	a.Needed = max(a.Needed, s.rules.asked(r, c.Complaint.Facts, options, a.Beyond).Needed)
	if s.top(a, said) {
		return nil
	}
	own := authv1.Role_SUPERVISOR
	if said.who.Has(authv1.Role_MANAGER) {
		own = authv1.Role_MANAGER
	}
	if s.besides(a) && own >= s.rules.authority(a.step().Level) {
		return nil
	}
	if amount, most, above := s.rules.above(own, options); above {
		return aboveOwnLimit(most, amount)
	}
	return nil
}

// second has the level above approve as well (APPR-1), whose time begins now. An executive who approved is above already, in somebody's
// place or not: then it is still that level's turn.
func (s *Service) second(c *Case, a *Approval, said decision) {
	p := s.rules.patience(a.Urgent)
	ended := a.step()
	level := min(ended.Level+1, p.last)
	if said.who.Has(authv1.Role_EXECUTIVE) {
		level = ended.Level
	}
	said.on(ended, remedyv1.ApprovalStep_APPROVED)
	from, next := *ended, p.step(level, said.at)
	a.Steps = append(a.Steps, next)
	c.tell(a.Cycle, said.who.Subject, said.at, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
		Approval: a.name(), FromLevel: int32(from.Level), Approver: from.Decider, Level: int32(next.Level), DueTime: timestamppb.New(next.DueTime),
		RemindTime: timestamppb.New(next.RemindTime), Seconded: true,
	}}})
}

// tellDecided ends the approval with a decision.
func (s *Service) tellDecided(
	c *Case, a *Approval, state remedyv1.Approval_State, outcome remedyv1.ApprovalStep_Outcome, said decision,
) {
	a.end(state, outcome, said.at)
	said.on(a.step(), outcome)
	c.tell(a.Cycle, said.who.Subject, said.at, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalDecided{ApprovalDecided: &eventv1.ApprovalDecided{
		Approval: a.name(), Remedy: a.remedy(), Version: a.Revision, Decision: state.String(), Decider: said.who.Subject,
		Level: int32(a.step().Level), Proposer: a.Proposer, Comment: said.comment,
	}}})
}

// on puts a decision on a turn.
func (d decision) on(s *Step, outcome remedyv1.ApprovalStep_Outcome) {
	s.Outcome, s.EndTime, s.Decider, s.Comment = outcome, d.at, d.who.Subject, d.comment.GetCiphertext()
}

// settleApproval records what time has made of an approval, and tells whether that is anything.
func (s *Service) settleApproval(c *Case, a *Approval, actor string, now time.Time) bool {
	over := a.settle(now, s.rules.patience(a.Urgent))
	for _, m := range over {
		c.tell(a.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
			Approval: a.name(), FromLevel: int32(m.from.Level), Approver: m.from.Approver, Level: int32(m.to.Level),
			DueTime: timestamppb.New(m.to.DueTime), RemindTime: timestamppb.New(m.to.RemindTime),
		}}})
	}
	return len(over) > 0
}
