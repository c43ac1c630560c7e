package review

import (
	"context"
	"errors"
	"strconv"
	"strings"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// RecordOutcome writes the record of a cycle that is over, once. What is on record is answered as it is, unless it is to be read again: then
// there is a new version if the owners answer otherwise. Errors: CYCLE_NOT_ENDED, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) RecordOutcome(ctx context.Context, req *reviewv1.RecordOutcomeRequest) (*reviewv1.Outcome, error) {
	id, _ := complaintID(req.GetComplaint())
	known, err := s.deps.Outcomes.Outcome(ctx, id, req.GetCycle(), 0)
	switch {
	case err == nil && !req.GetReadAgain():
		return s.reader(ctx).outcome(ctx, &known)
	case err != nil && !errors.Is(err, ErrUnknown):
		return nil, err
	}
	facts, err := s.gather(ctx, id, req.GetCycle())
	if err != nil {
		return nil, err
	}
	actor := caller(ctx).Subject
	return s.version(ctx, Change{Complaint: id, Cycle: req.GetCycle()}, func(last *Outcome, said *Answer) (*Outcome, error) {
		switch {
		case last == nil:
			return s.first(id, req.GetCycle(), facts, said, actor), nil
		case !req.GetReadAgain(), last.Facts.equal(&facts):
			return nil, nil
		}
		next := last.next(reviewv1.Outcome_READ_AGAIN, actor, s.now())
		s.copyInto(&next, facts)
		return &next, nil
	})
}

// first is the first version of a record, with what the customer may have answered already.
func (s *Service) first(complaint string, cycle int32, facts Facts, said *Answer, actor string) *Outcome {
	o := &Outcome{
		Complaint: complaint, Cycle: cycle, Version: 1, Origin: reviewv1.Outcome_WRITTEN, RecordTime: s.now(), Recorder: actor,
	}
	s.copyInto(o, facts)
	if said != nil {
		o.Answer = said
		o.hear(said)
	}
	return o
}

// copyInto takes what the owners say, and what that cost.
func (s *Service) copyInto(o *Outcome, facts Facts) {
	o.Facts = facts
	o.HandlingCost = s.rates.of(&facts)
}

// version changes a record on the caller's account, and answers with its last version.
func (s *Service) version(ctx context.Context, change Change, decide func(*Outcome, *Answer) (*Outcome, error)) (*reviewv1.Outcome, error) {
	change.Command, _ = idem.FromContext(ctx)
	change.Result = outcomeName(change.Complaint, change.Cycle)
	if _, err := s.deps.Outcomes.ChangeOutcome(ctx, change, decide); err != nil {
		return nil, err
	}
	o, err := s.deps.Outcomes.Outcome(ctx, change.Complaint, change.Cycle, 0)
	if err != nil {
		return nil, err
	}
	return s.reader(ctx).outcome(ctx, &o)
}

// complaintID takes the id out of "complaints/{complaint}"; false for any other name.
func complaintID(name string) (string, bool) {
	id, ok := strings.CutPrefix(name, "complaints/")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// outcomeIDs takes complaint and cycle out of "complaints/{complaint}/outcomes/{outcome}", whose form was checked.
func outcomeIDs(name string) (complaint string, cycle int32) {
	parent, number, _ := strings.Cut(name, "/outcomes/")
	complaint, _ = complaintID(parent)
	n, _ := strconv.ParseInt(number, 10, 32)
	return complaint, int32(n)
}
