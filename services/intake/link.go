package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// LinkComplaint says that two complaints belong together (REC-6). Nothing else
// changes in them, in whatever state they are. A link that says the same already
// stays as it is.
func (s *Service) LinkComplaint(ctx context.Context, req *intakev1.LinkComplaintRequest) (*intakev1.Complaint, error) {
	if req.GetTo() == req.GetName() {
		return nil, linkToItself()
	}
	return s.pair(ctx, req.GetName(), req.GetTo(), req.GetEtag(), func(from, to *edit) error {
		link := &intakev1.Link{Relation: req.GetRelation(), Reason: req.GetReason()}
		if req.GetRelation() == intakev1.Relation_REPEAT {
			return s.repeat(from, to, link, nil)
		}
		return from.link(to, link)
	})
}

// link puts a link on record of both complaints and tells it, unless there is one
// that says the same, or says that they were merged.
func (e *edit) link(to *edit, link *intakev1.Link) error {
	if e.key == nil || to.key == nil {
		return noDataKey(nil)
	}
	if known, err := e.linked(to.ID); err != nil || known == link.GetRelation() || known == intakev1.Relation_MERGER {
		return err
	}
	if err := linkBoth(e, to, link, nil); err != nil {
		return err
	}
	if err := e.tellLink(to, link, true); err != nil {
		return err
	}
	return to.tellLink(e, link, false)
}

// linked is how the complaint belongs to another one, by the record.
func (e *edit) linked(other string) (intakev1.Relation, error) {
	entry := e.entry(LinkEntry, other)
	if entry == nil {
		return 0, nil
	}
	link := &intakev1.Link{}
	err := readEntry(e.key, entry, link)
	return link.GetRelation(), err
}

func (e *edit) tellLink(other *edit, link *intakev1.Link, outgoing bool) error {
	reason, err := e.sealed(link.GetReason(), e.Name()+"#link-"+other.ID)
	if err != nil {
		return err
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintLinked{ComplaintLinked: &eventv1.ComplaintLinked{
		Complaint: other.Name(), Relation: link.GetRelation().String(), Outgoing: outgoing, Automatic: link.GetAutomatic(),
		Reason: reason, RepeatCount: e.RepeatCount,
	}}})
	return nil
}

// repeat notes that a complaint is about the matter of an earlier one again, and
// counts it (REC-6). The evidence is what the signal of it shows; nil for none
// (RISK-2).
func (s *Service) repeat(again, earlier *edit, link *intakev1.Link, evidence *finding) error {
	known, err := again.linked(earlier.ID)
	if err != nil || known == intakev1.Relation_REPEAT || known == intakev1.Relation_MERGER {
		return err
	}
	again.RepeatCount = max(again.RepeatCount, earlier.RepeatCount+1)
	if err := again.link(earlier, link); err != nil || evidence == nil {
		return err
	}
	return s.raise(again, again.Name(), []finding{*evidence})
}

// repeatRule is the rule id of a repeat that the record shows.
const repeatRule = "matters.repeat"

// quoted is how much of a statement a signal of a repeat shows.
const quoted = 200

// repeatOf is the evidence of a repeat; nil when the policy wants no signal of it.
func (s *Service) repeatOf(statement string) *finding {
	weight := s.policy.Proto().GetMatters().GetRepeatWeight()
	if weight == 0 {
		return nil
	}
	runes := []rune(statement)
	runes = runes[:min(len(runes), quoted)]
	return &finding{kind: policyv1.SignalKind_REPEATED_ISSUE, weight: weight, end: len(runes), quote: string(runes), rule: repeatRule}
}

// Actor of what the policy decides after a filing.
const matterActor = "services/intake"

// followAll follows complaints that were just filed. Most customers have no other
// that has ended, which one question tells of them all.
func (s *Service) followAll(ctx context.Context, filed []*Record) error {
	customers := make([]string, len(filed))
	for i, record := range filed {
		customers[i] = record.Customer
	}
	returning, err := s.matters.Returning(ctx, customers)
	if err != nil {
		return err
	}
	for _, record := range filed {
		if !slices.Contains(returning, record.Customer) {
			continue
		}
		if err := s.follow(ctx, record); err != nil {
			return err
		}
	}
	return nil
}

// follow looks whether a complaint that was just filed repeats a closed one of its
// customer, and does what the policy wants of it: links it, or opens the earlier
// one again and merges it into that (REC-6). Following it again changes nothing.
func (s *Service) follow(ctx context.Context, record *Record) error {
	if !record.Open() || record.Cycle != 1 {
		return nil
	}
	earlier, err := s.repeated(ctx, record)
	if err != nil || earlier == nil {
		return err
	}
	_, err = s.matters.Pair(ctx, Pair{From: record.ID, To: earlier.record.ID, Decide: func(a, b *Side) error {
		return s.decidePair(a, b, matterActor, func(again, before *edit) error { return s.followed(again, before, s.certain(earlier)) })
	}})
	var known *errs.Error
	var state *StateError
	if errors.As(err, &state) || errors.As(err, &known) {
		// Somebody changed one of them meanwhile so that it does not follow any more.
		s.logger.InfoContext(ctx, "a repeat was not followed", "complaint", record.Name(), "reason", err.Error())
		return nil
	}
	return err
}

// certain tells whether a repeat is so alike that it may be merged, which nothing undoes.
func (s *Service) certain(earlier *candidate) bool {
	matters := s.policy.Proto().GetMatters()
	return earlier.matter >= matters.GetReopenSimilarity() || earlier.sameOrder && earlier.matter >= matters.GetRepeatSimilarity()
}

// followed is the rule of a repeat. One that is not certain is linked, whatever the
// policy wants of the others.
func (s *Service) followed(again, earlier *edit, certain bool) error {
	if again.key == nil || again.survivor != again.ID || !again.Open() {
		return nil
	}
	evidence := s.repeatOf(again.filing.Statement)
	reopen := certain && s.policy.Proto().GetMatters().GetRepeat() == policyv1.Matters_REOPEN
	if !reopen || !again.swallowable() || again.State == Resolving || earlier.want(Resolved, Closed) != nil || earlier.MergedInto != "" {
		return s.repeat(again, earlier, &intakev1.Link{Relation: intakev1.Relation_REPEAT, Automatic: true}, evidence)
	}
	again.RepeatCount = max(again.RepeatCount, earlier.RepeatCount+1)
	if err := s.reopen(earlier, ""); err != nil {
		return err
	}
	if err := s.merge(again, earlier, "", true); err != nil || evidence == nil {
		return err
	}
	return s.raise(earlier, again.Name(), []finding{*evidence})
}

// repeated is the latest closed complaint of the same customer that a new one
// repeats; nil when there is none. Those that were merged are passed over,
// since what they went on in is the customer's too.
func (s *Service) repeated(ctx context.Context, record *Record) (*candidate, error) {
	history, err := s.matters.History(ctx, record.Customer, Position{}, int(s.policy.Proto().GetMatters().GetMaxCandidates())+1)
	if err != nil {
		return nil, err
	}
	subject, err := s.subject(record)
	if err != nil {
		return nil, err
	}
	for i := range history.Records {
		other := &history.Records[i]
		if other.ID == record.ID || other.Open() || other.Outcome == Merged || other.Outcome == NotAComplaint || !s.within(other, record.ReceiveTime) {
			continue
		}
		if other.ReceiveTime.After(record.ReceiveTime) || s.ended(other).After(record.ReceiveTime) {
			continue // It had not ended yet when this one came, so this one repeats nothing.
		}
		candidate, err := s.compare(subject, other)
		if err != nil {
			return nil, err
		}
		if candidate.sameOrder || candidate.matter >= s.policy.Proto().GetMatters().GetRepeatSimilarity() {
			return &candidate, nil
		}
	}
	return nil, nil
}

// within tells whether a complaint was last heard of within the policy's window.
func (s *Service) within(c *Record, now time.Time) bool {
	return now.Sub(s.ended(c)) <= s.policy.Proto().GetMatters().GetWindow().AsDuration()
}

// ended is when something was last heard of a complaint.
func (s *Service) ended(c *Record) time.Time {
	last := c.ReceiveTime
	for _, at := range []time.Time{c.ResolveTime, c.CloseTime} {
		if at.After(last) {
			last = at
		}
	}
	return last
}
