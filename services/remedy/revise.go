package remedy

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// ReviseRemedy replaces what is proposed by something else: a new version, whose proposer is the caller, and which is granted or approved
// anew. What was held for the version before is released. Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH, AGENT_RECUSED, REMEDY_STATE_FORBIDS, those of check.
func (s *Service) ReviseRemedy(ctx context.Context, req *remedyv1.ReviseRemedyRequest) (*remedyv1.Remedy, error) {
	complaint, id := remedyIDs(req.GetName())
	before, err := s.deps.Store.Remedy(ctx, complaint, id)
	if err != nil {
		return nil, s.noRemedy(err, req.GetName())
	}
	shown, err := s.shown(ctx, complaint, id)
	if err != nil {
		return nil, err
	}
	next := Remedy{Complaint: complaint, ID: id, Customer: before.Customer, Revision: before.Revision + 1}
	err = s.draft(ctx, &next, draft{
		options: offered(req), owed: req.GetFallbackOption() != nil, fallback: req.GetFallback(), seen: req.GetHistorySeen(), objection: req.GetScoreObjection(),
	})
	if err != nil {
		return nil, err
	}
	var written Remedy
	var known Complaint
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint, Command: command, Result: req.GetName(), Remedies: true, Money: true, Approval: before.Approval}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		r, err := s.named(c, req.GetName(), req.GetEtag())
		switch {
		case err != nil:
			return err
		case r.Proposer != caller(ctx).Subject && c.Complaint.Facts.about(caller(ctx).Subject):
			return agentRecused() // It would take back what somebody else has proposed.
		case r.Revision != before.Revision:
			return stale(etag(r)) // The texts were sealed for the version after the one that was read.
		case !revisable(r.State) || r.Cycle != c.Complaint.Cycle:
			return stateForbids(r, "a proposal that can still be changed")
		}
		if err := s.check(c, &next, s.now()); err != nil {
			return err
		}
		if takenOver(offered(shown), offered(req)) {
			next.Authors = authors(r, c.approval(r.Approval), next.Proposer)
		}
		if err := s.revise(c, r, next, s.now()); err != nil {
			return err
		}
		written, known = *r, c.Complaint
		return onlyAsked(req.GetValidateOnly())
	})
	return s.result(ctx, known, &written, done, err)
}

// takenOver tells whether a version gives something that the one before gave: in its words, or so much money of the same kind.
func takenOver(before, now []*remedyv1.Option) bool {
	given := map[string]bool{}
	for _, o := range before {
		for _, part := range partsOf(o) {
			for _, same := range samenesses(part) {
				given[same] = true
			}
		}
	}
	return slices.ContainsFunc(now, func(o *remedyv1.Option) bool {
		return slices.ContainsFunc(partsOf(o), func(part *remedyv1.Part) bool {
			return slices.ContainsFunc(samenesses(part), func(same string) bool { return given[same] })
		})
	})
}

// samenesses are what a part has in common with another one that gives the same.
func samenesses(part *remedyv1.Part) []string {
	all := []string{part.GetKind().String() + " " + plainly(part.GetContents())}
	if costs := moneyOf(part.GetAmount()); costs.value().IsPositive() {
		all = append(all, part.GetKind().String()+"="+costs.value().String())
	}
	return all
}

// plainly is a text without what makes no difference to its reader: letters and digits alone, whatever their width, and the point within a number.
func plainly(text string) string {
	runes := []rune(strings.ToLower(norm.NFKC.String(text)))
	digit := func(n int) bool { return n >= 0 && n < len(runes) && unicode.IsNumber(runes[n]) }
	var kept []rune
	for n, r := range runes {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || r == '.' && digit(n-1) && digit(n+1) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// authors are those of a version of which something is taken over, but for who proposes the next: nobody approves what they wrote, in
// whoever's name it is proposed now (APPR-2).
func authors(r *Remedy, a *Approval, proposer string) []string {
	all := []string{r.Proposer}
	if a != nil {
		all = append(all, a.Authors...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(who string) bool { return who == proposer })
}

// revisable tells whether something else may be proposed in its place: whatever was not accepted or taken back.
func revisable(state remedyv1.Remedy_State) bool {
	switch state {
	case remedyv1.Remedy_ACCEPTED, remedyv1.Remedy_WITHDRAWN, remedyv1.Remedy_FULFILLED, remedyv1.Remedy_RELEASED:
		return false
	default:
		return true
	}
}

// revise puts what is proposed next in the place of a remedy.
func (s *Service) revise(c *Case, r *Remedy, next Remedy, now time.Time) error {
	s.void(c, r, next.Proposer, "the proposal was revised", now)
	if err := s.release(c, r, nil, cause{name: r.Name(), actor: next.Proposer, at: now}); err != nil {
		return err
	}
	r.Options, r.Fallback, r.Proposer, r.HistorySeen, r.Objection = next.Options, next.Fallback, next.Proposer, next.HistorySeen, next.Objection
	r.Revision, r.Offer, r.Answer, r.FallbackWords, r.Authors = next.Revision, Offer{}, Answer{}, next.FallbackWords, next.Authors
	most, _ := s.rules.Most(r.Options)
	c.tell(r.Cycle, r.Proposer, now, &eventv1.Payload{Kind: &eventv1.Payload_RemedyRevised{RemedyRevised: &eventv1.RemedyRevised{
		Remedy: r.Name(), Version: r.Revision, OptionCount: int32(len(choices(r.Options))), Amount: s.rules.proto(most),
	}}})
	if err := s.judge(c, r, now); err != nil {
		return err
	}
	c.put(r)
	return nil
}
