package remedy

import (
	"context"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/vault"
)

// BeginRefusal begins a refusal (REF-1). One is open at most. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, COMPLAINT_ENDED, AGENT_RECUSED,
// REFUSAL_OPEN, WORDS_UNFIT, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) BeginRefusal(ctx context.Context, req *remedyv1.BeginRefusalRequest) (*remedyv1.Refusal, error) {
	complaint, err := s.known(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	before, err := s.deps.Refusals.Refusals(ctx, RefusalQuery{Complaint: complaint.ID, Limit: mostRefusals})
	if err != nil {
		return nil, err
	}
	r := Refusal{
		Complaint: complaint.ID, Number: int32(len(before)) + 1, State: remedyv1.Refusal_OPEN, Customer: complaint.Customer, Actor: caller(ctx).Subject,
		Version: 1,
	}
	key, err := s.deps.Keys.Key(ctx, r.Customer)
	if err != nil {
		return nil, err
	}
	if r.Decision, err = key.Seal([]byte(req.GetDecision()), r.decisionPlace()); err != nil {
		return nil, err
	}
	if r.Clause, err = key.Seal([]byte(req.GetClause()), r.clausePlace()); err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint.ID, Command: command, Result: r.Name(), Refusals: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		switch {
		case c.Complaint.Ended():
			return complaintEnded(c.Complaint)
		case c.Complaint.Facts.about(r.Actor):
			return agentRecused()
		case c.openRefusal() != nil:
			return refusalOpen(c.openRefusal())
		case len(c.Refusals) >= int(r.Number): // Somebody has begun and ended one meanwhile.
			return refusalOpen(&c.Refusals[len(c.Refusals)-1])
		}
		if err := s.fit(s.circumstances(c.Complaint), passage{"decision", req.GetDecision()}, passage{"clause", req.GetClause()}); err != nil {
			return err
		}
		r.Cycle, r.CreateTime = c.Complaint.Cycle, s.now()
		c.Changes.Refusal = &r
		c.tell(r.Cycle, r.Actor, r.CreateTime, &eventv1.Payload{Kind: &eventv1.Payload_RefusalBegun{
			RefusalBegun: &eventv1.RefusalBegun{Refusal: r.Name()},
		}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readRefusal(ctx, done.Result)
}

// mostRefusals is more than any complaint has.
const mostRefusals = 10_000

// RecordRefusalStep puts the next step on record (REF-1). The way of the last one tells followup that the customer was spoken with (CALL-2).
// Errors: NOT_IN_DIRECTORY, those of onRecord and of changeRefusal, those of Refusal.next, AGENT_RECUSED for the party, too, WORDS_UNFIT,
// WORDS_ABOVE_GRANT, TIME_INVALID, PROMISE_TOO_FAR.
func (s *Service) RecordRefusalStep(ctx context.Context, req *remedyv1.RecordRefusalStepRequest) (*remedyv1.Refusal, error) {
	a := attempt{
		kind: req.GetKind(), evidence: req.GetEvidence(), reason: req.GetReason(), alternative: req.GetAlternative(), abuse: req.GetAbuse(),
		caller: caller(ctx).Subject, party: req.GetParty(), byTheRules: req.GetByTheRules(), withoutAttitude: req.GetWithoutAttitudeIssue(),
		leads: leads(ctx),
	}
	for field, name := range map[string]string{"party": a.party, "alternative_owner": req.GetAlternativeOwner()} {
		if name == "" {
			continue
		}
		if err := s.listed(ctx, []string{field}, []string{name}); err != nil {
			return nil, err
		}
	}
	due, err := when("alternative_due_time", req.GetAlternativeDueTime())
	if err != nil {
		return nil, err
	}
	complaint, _ := refusalIDs(req.GetName())
	if err := s.onRecord(ctx, complaint, a); err != nil {
		return nil, err
	}
	return s.changeRefusal(ctx, req.GetName(), req.GetEtag(), func(c *Case, r *Refusal, key *vault.DataKey, now time.Time) error {
		if err := r.next(a, s.circumstance(c, r)); err != nil {
			return err
		}
		if c.Complaint.Facts.about(a.party) {
			return partyRecused(a.party)
		}
		if a.kind == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE { // The words of the others are for colleagues.
			if err := s.fit(s.circumstances(c.Complaint), passage{"evidence", a.evidence}, passage{"alternative", a.alternative}); err != nil {
				return err
			}
			if err := s.moneyless(a.alternative); err != nil {
				return err
			}
		}
		if !due.IsZero() {
			if err := s.rules.due("alternative_due_time", due, now); err != nil {
				return err
			}
		}
		step := RefusalStep{
			Kind: a.kind, Done: a.done(), Abuse: a.abuse, Party: a.party, Actor: a.caller, Time: now, AlternativeDue: due,
			AlternativeOwner: req.GetAlternativeOwner(),
		}
		var err error
		if step.Words, err = sealText(key, a.evidence+a.reason, r.stepPlace(a.kind)); err != nil {
			return err
		}
		if step.Alternative, err = sealText(key, a.alternative, r.alternativePlace()); err != nil {
			return err
		}
		r.take(step, s.rules.watchWithin)
		c.tell(r.Cycle, step.Actor, now, &eventv1.Payload{Kind: &eventv1.Payload_RefusalStepRecorded{
			RefusalStepRecorded: &eventv1.RefusalStepRecorded{
				Refusal: r.Name(), Step: step.Kind.String(), Done: step.Done, Abuse: r.Steps[len(r.Steps)-1].Abuse,
				Content: &eventv1.Sealed{Customer: r.Customer, Ciphertext: step.Words}, Way: req.GetWay(),
				Party: step.Party,
			},
		}})
		if !r.Open() {
			c.tellEnd(r, step.Actor, now, nil, nil)
		}
		return nil
	})
}

// circumstance is what the steps of a refusal depend on now.
func (s *Service) circumstance(c *Case, r *Refusal) circumstance {
	return circumstance{
		ourFault: s.rules.OurFault(c.Complaint.Facts), compensated: s.rules.compensated(c.Remedies, r.Cycle),
		granted: func(name string) bool {
			complaint, id := remedyIDs(name)
			found := c.remedy(id)
			return complaint == r.Complaint && found != nil && s.rules.makesGood(found, r.Cycle)
		},
	}
}

// compensated tells whether something was offered in a cycle that compensates our fault (REF-1).
func (r *Rules) compensated(remedies []Remedy, cycle int32) bool {
	return slices.ContainsFunc(remedies, func(m Remedy) bool { return r.makesGood(&m, cycle) })
}

// makesGood tells whether a proposal is what compensates our fault in a cycle: it gives the customer something for it, was made by who had looked at the
// customer's history, and the customer was told of it. What was taken back, or is revised, gives nobody anything; what the customer declined or let pass
// was given a chance.
func (r *Rules) makesGood(m *Remedy, cycle int32) bool {
	switch m.State {
	case remedyv1.Remedy_OFFERED, remedyv1.Remedy_ACCEPTED, remedyv1.Remedy_DECLINED, remedyv1.Remedy_COUNTERED, remedyv1.Remedy_LAPSED,
		remedyv1.Remedy_FULFILLED, remedyv1.Remedy_RELEASED:
		return m.Cycle == cycle && m.Grant.Granter != "" && m.HistorySeen && slices.ContainsFunc(choices(m.Options), r.forFault)
	default:
		return false
	}
}

// forFault tells whether an option gives something because of our fault: money, or a thing or service. Words alone do not make up for it; the customer's
// own money, and kindness that needs no fault, are no compensation (REM-3).
func (r *Rules) forFault(o Option) bool {
	return slices.ContainsFunc(o.Parts, func(p Part) bool {
		return p.Basis == remedyv1.Option_FAULT && (r.Of(p.Amount).Positive() || !wordsAlone(p.Kind))
	})
}

// wordsAlone tells whether a kind of remedy leaves the customer with nothing but words, or changes us and not what they have.
func wordsAlone(kind remedyv1.Option_Kind) bool {
	switch kind {
	case remedyv1.Option_APOLOGY, remedyv1.Option_EXPLANATION, remedyv1.Option_GUIDANCE, remedyv1.Option_EVIDENCE_DOCUMENT, remedyv1.Option_TRAINING:
		return true
	default:
		return false
	}
}

// EndRefusal ends a refusal that the customer accepts, which takes the customer's word, or that is not one after all. Errors: REFUSAL_ENDED, those of
// changeRefusal, and of an acceptance those of accepts and of Refusal.acceptable.
func (s *Service) EndRefusal(ctx context.Context, req *remedyv1.EndRefusalRequest) (*remedyv1.Refusal, error) {
	state := remedyv1.Refusal_ABANDONED
	if req.GetAccepted() {
		state = remedyv1.Refusal_ACCEPTED
		switch known, err := s.refusal(ctx, req.GetName()); {
		case err != nil:
			return nil, err
		case known.Open(): // What has ended is judged no more: the call may be repeated.
			if err := s.accepts(ctx, known, req); err != nil {
				return nil, err
			}
		}
	}
	return s.changeRefusal(ctx, req.GetName(), req.GetEtag(), func(c *Case, r *Refusal, key *vault.DataKey, now time.Time) error {
		if !r.Open() {
			return refusalEnded(r)
		}
		if req.GetAccepted() {
			if err := r.acceptable(c.Complaint.Facts.Words, req.GetEvidence(), s.circumstance(c, r)); err != nil {
				return err
			}
		}
		var err error
		if r.Words, err = sealText(key, req.GetWords(), r.wordsPlace()); err != nil {
			return err
		}
		r.end(state, now)
		c.tellEnd(r, caller(ctx).Subject, now, req, s.instead(r, now))
		return nil
	})
}

// changeRefusal changes a refusal on the caller's account, and answers with it. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, RESOURCE_NOT_FOUND,
// AGENT_RECUSED, ETAG_MISMATCH, intake's DATA_KEY_NOT_FOUND for a customer who was erased, and those of decide.
func (s *Service) changeRefusal(
	ctx context.Context, name, etag string, decide func(c *Case, r *Refusal, key *vault.DataKey, now time.Time) error,
) (*remedyv1.Refusal, error) {
	known, err := s.refusal(ctx, name)
	if err != nil {
		return nil, err
	}
	key, err := s.deps.Keys.Key(ctx, known.Customer) // Before the transaction, since it may have to be asked for.
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: known.Complaint, Command: command, Result: name, Refusals: true, Remedies: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		r := c.refusal(known.Number)
		switch {
		case r == nil:
			return notFound(name)
		case c.Complaint.Facts.about(caller(ctx).Subject):
			return agentRecused()
		case etag != "" && etag != refusalEtag(r):
			return stale(refusalEtag(r))
		}
		if err := decide(c, r, key, s.now()); err != nil {
			return err
		}
		r.Version++
		c.Changes.Refusal = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readRefusal(ctx, done.Result)
}

// refusal is the one of a name as it is on record. Errors: RESOURCE_NOT_FOUND.
func (s *Service) refusal(ctx context.Context, name string) (*Refusal, error) {
	complaint, number := refusalIDs(name)
	list, err := s.deps.Refusals.Refusals(ctx, RefusalQuery{Complaint: complaint, After: number - 1, Limit: 1})
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0 || list[0].Number != number:
		return nil, notFound(name)
	}
	return &list[0], nil
}

// openRefusal is the one that goes on; nil for none.
func (c *Case) openRefusal() *Refusal {
	for i := range c.Refusals {
		if c.Refusals[i].Open() {
			return &c.Refusals[i]
		}
	}
	return nil
}

// refusal is the one of a number; nil for none.
func (c *Case) refusal(number int32) *Refusal {
	for i := range c.Refusals {
		if c.Refusals[i].Number == number {
			return &c.Refusals[i]
		}
	}
	return nil
}

// tellEnd tells that a refusal has ended; by whose word, if that is asked for, and what is owed instead.
func (c *Case) tellEnd(r *Refusal, actor string, now time.Time, by *remedyv1.EndRefusalRequest, instead *eventv1.OwedPart) {
	ended := &eventv1.RefusalEnded{Refusal: r.Name(), State: r.State.String(), Step: r.lastDone(), Alternative: instead}
	if !r.WatchTime.IsZero() {
		ended.WatchTime, ended.Customer = timestamppb.New(r.WatchTime), r.Customer
	}
	if len(r.Words) > 0 {
		ended.Content = &eventv1.Sealed{Customer: r.Customer, Ciphertext: r.Words}
	}
	tellAcceptance(ended, by)
	c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: ended}})
}

// endRefusal ends the refusal that goes on in a cycle that has ended, or in one before.
func (s *Service) endRefusal(c *Case, cycle int32, actor string) {
	r := c.openRefusal()
	if r == nil || r.Cycle > cycle {
		return
	}
	now := s.now()
	r.end(remedyv1.Refusal_ENDED, now)
	r.Version++
	c.tellEnd(r, actor, now, nil, nil)
	c.Changes.Refusal = r
}

// repeated tells that a customer has come again with whom contact was ended, as long as that is watched for (REF-1). What was received before
// the contact was ended is no repeat, however late it is heard of.
func (s *Service) repeated(c *Case, cycle int32, at time.Time, actor string) {
	for i := range c.Watching {
		r := &c.Watching[i]
		if !r.watches(at) {
			continue
		}
		c.Changes.Repeats = append(c.Changes.Repeats, Repeat{
			Refusal: r.Complaint, Number: r.Number, Complaint: c.Complaint.ID, Cycle: cycle,
		})
		c.tell(cycle, actor, s.now(), &eventv1.Payload{Kind: &eventv1.Payload_RefusalRepeated{
			RefusalRepeated: &eventv1.RefusalRepeated{Refusal: r.Name(), Complaint: complaintName(c.Complaint.ID)},
		}})
	}
}

// refusalEtag is the version as callers see it.
func refusalEtag(r *Refusal) string { return strconv.Quote(strconv.FormatInt(r.Version, 36)) }
