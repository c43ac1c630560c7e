package followup

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// proof is what evidence names in its complaint. At most one of them is set; neither for what proves that something was kept and no
// more, and for words.
type proof struct {
	record  *Record
	attempt *Attempt
	// sent is when a letter or a notice went out; zero for anything else.
	sent time.Time
}

// named tells whether evidence is a name and not words.
func named(evidence string) bool { return strings.HasPrefix(evidence, "complaints/") }

// find looks up what evidence names, which has to be on record in the complaint of the promise, or in one that was merged into that. Errors:
// EVIDENCE_NOT_FOUND; NOT_YET_KNOWN for what was recorded a moment ago.
func (s *Service) find(ctx context.Context, p *Promise, evidence string) (proof, error) {
	of, within, ok := strings.Cut(strings.TrimPrefix(evidence, "complaints/"), "/")
	if !ok {
		return proof{}, evidenceNotFound(evidence)
	}
	if part, err := s.partOf(ctx, of, p.Complaint); !part || err != nil {
		return proof{}, cmp.Or(err, evidenceNotFound(evidence))
	}
	found, err := s.inComplaint(ctx, p, of, evidence, within)
	if errors.Is(err, ErrUnknown) {
		return found, s.notThere(evidence)
	}
	return found, err
}

// notThere says that a complaint has nothing of a name: not yet, when it was recorded a moment ago.
func (s *Service) notThere(evidence string) error {
	if arrival.Expected(path.Base(evidence), s.now()) {
		return arrival.Early(evidence, "%s was recorded a moment ago and is not known here yet. Try again.", evidence)
	}
	return evidenceNotFound(evidence)
}

// mostMerged is more complaints than go on in one after the other.
const mostMerged = 100

// partOf tells whether a complaint is the other one, or goes on in it.
func (s *Service) partOf(ctx context.Context, id, other string) (bool, error) {
	for range mostMerged {
		if id == other {
			return true, nil
		}
		c, err := s.deps.Store.Case(ctx, id)
		switch {
		case errors.Is(err, ErrUnknown) || err == nil && c.Complaint.ID == "":
			return false, nil
		case err != nil:
			return false, err
		}
		id = c.survivor(c.Complaint.Cycle)
	}
	return false, nil
}

// inComplaint looks up what a complaint has of a name within it; ErrUnknown for nothing.
func (s *Service) inComplaint(ctx context.Context, p *Promise, of, evidence, within string) (found proof, err error) {
	kind, id, _ := strings.Cut(within, "/")
	switch {
	case kind == "messages" || kind == "attachments":
		var r Record
		r, err = s.deps.Records.Record(ctx, of, within)
		found.record = &r
	case kind == "callbacks":
		callback, attempt, _ := strings.Cut(evidence, "/attempts/")
		_, cycle, ok := callbackIDs(callback)
		if !ok || attempt == "" {
			return found, ErrUnknown
		}
		var a Attempt
		a, err = s.deps.Records.Attempt(ctx, of, cycle, attempt)
		found.attempt = &a
	case kind == "notifications":
		var n Notification
		if n, err = s.deps.Store.Notification(ctx, of, id); err == nil && n.SendTime.IsZero() {
			err = ErrUnknown // It waits, or could not be sent.
		}
		found.sent = n.SendTime
	case evidence != p.Remedy:
		err = ErrUnknown
	}
	return found, err
}

// mayProve refuses evidence of keeping that names nothing of the complaint, or what shows nothing of the kind: a call that reached nobody, what
// is older than the promise, the remedy that is owed, and a message in which the customer asks for it. Words prove what they say. Errors: KEEPING_NOT_PROVEN, and those of find.
func (s *Service) mayProve(ctx context.Context, p *Promise, d *Duty, evidence string) error {
	if !named(evidence) {
		return nil
	}
	found, err := s.find(ctx, p, evidence)
	if err != nil {
		return err
	}
	switch r, a := found.record, found.attempt; {
	case a != nil && (a.Outcome != followupv1.Attempt_REACHED || !a.Counts()):
		return keepingNotProven(evidence, "That attempt did not reach the customer, or is flagged.")
	case a != nil && a.AttemptTime.Before(d.OpenTime), r != nil && r.Time.Before(d.OpenTime):
		return keepingNotProven(evidence, "It is from before the promise.")
	case !found.sent.IsZero() && found.sent.Before(d.OpenTime):
		return keepingNotProven(evidence, "It was sent before the promise.")
	case evidence == p.Remedy:
		return keepingNotProven(evidence, "It says what is owed, and not that it was done.")
	case r != nil && r.Asks():
		return keepingNotProven(evidence, "In it the customer asks for what is owed, or says no.")
	}
	return nil
}

// customersWord is where the customer said that a promise is not wanted any more.
type customersWord struct {
	evidence string
	// way and at are those of a conversation that is noted in words.
	way  policyv1.ContactWay
	sent *timestamppb.Timestamp
}

// at is when the conversation was; zero for none.
func (w customersWord) at() time.Time {
	if w.sent == nil || !w.sent.IsValid() {
		return time.Time{}
	}
	return w.sent.AsTime().Truncate(time.Microsecond)
}

// given refuses what does not show that the customer gave a promise up since it was made (PROM-1): that is nobody else's to say. It takes a
// message of the customer's or an attempt that reached them; who leads others may note a conversation, or say what is meant by a message that is not
// taken for giving up. Errors: RELEASE_NOT_PROVEN, and
// those of find.
func (s *Service) given(ctx context.Context, p *Promise, d *Duty, w customersWord) error {
	since := d.OpenTime
	if !p.PromiseTime.IsZero() { // Of updates each begins with the one before it, and the customer may have said so earlier.
		since = p.PromiseTime
	}
	if !named(w.evidence) {
		return s.noted(ctx, w, since)
	}
	found, err := s.find(ctx, p, w.evidence)
	if err != nil {
		return err
	}
	var at time.Time
	switch r, a := found.record, found.attempt; {
	case a != nil:
		if a.Outcome != followupv1.Attempt_REACHED || !a.Counts() {
			return releaseNotProven(w.evidence, "It did not reach the customer, or is flagged.")
		}
		at = a.AttemptTime
	case r != nil && r.Author == eventv1.MessageRecorded_CUSTOMER:
		if r.Asks() {
			return releaseNotProven(w.evidence, "In it the customer asks for what is owed, or says no.")
		}
		if r.Tells() && !leads(ctx) {
			return releaseNotProven(w.evidence, "It is taken to tell us something. If it gives up what is owed, correct its kind to ACCEPTS or WITHDRAWS.")
		}
		at = r.Time
	default:
		return releaseNotProven(w.evidence, "It is no word of the customer's.")
	}
	if at.Before(since) {
		return releaseNotProven(w.evidence, "It is from before the promise.")
	}
	return nil
}

// resolvedAt is when the present cycle of a complaint was resolved; zero while it is not.
func (s *Service) resolvedAt(ctx context.Context, c Complaint) (time.Time, error) {
	list, err := s.deps.Series.Touches(ctx, TouchQuery{Complaint: c.ID, Now: s.now(), Limit: mostTouches})
	for i := range list {
		if t := &list[i].Touch; t.Cycle == c.Cycle {
			return t.PlanTime, err
		}
	}
	return time.Time{}, err
}

// wished refuses what does not show that the customer wishes not to be asked, or to be asked again (FUP-3): it is a message of the customer's or
// an attempt that reached them, since the time that is given, because nobody can wish not to be asked what has not come yet. Who leads others
// may name an older one, a file, or nothing. Errors: WISH_NOT_PROVEN, and those of find.
func (s *Service) wished(ctx context.Context, complaint, evidence string, since time.Time) error {
	if evidence == "" {
		if leads(ctx) {
			return nil
		}
		return wishNotProven("", "What was said otherwise is noted by a supervisor.")
	}
	found, err := s.find(ctx, &Promise{Complaint: complaint}, evidence)
	if err != nil {
		return err
	}
	if same, err := s.sameCustomer(ctx, complaint, evidence); err != nil || !same && !leads(ctx) {
		return cmp.Or(err, wishNotProven(evidence, "It was said about a complaint of another customer, and whether that one speaks for this one is for a supervisor to say."))
	}
	switch r, a := found.record, found.attempt; {
	case a != nil && (a.Outcome != followupv1.Attempt_REACHED || !a.Counts()):
		return wishNotProven(evidence, "It did not reach the customer, or is flagged.")
	case a != nil && a.AttemptTime.Before(since) && !leads(ctx), r != nil && r.Author == eventv1.MessageRecorded_CUSTOMER &&
		r.Time.Before(since) && !leads(ctx):
		return wishNotProven(evidence, "It was said before "+instant(since)+", and what it means for now is for a supervisor to say.")
	case a != nil, r != nil && r.Author == eventv1.MessageRecorded_CUSTOMER:
		return nil
	case r != nil && r.Author == eventv1.MessageRecorded_AUTHOR_UNSPECIFIED && leads(ctx):
		return nil
	case r != nil && r.Author == eventv1.MessageRecorded_AUTHOR_UNSPECIFIED:
		return wishNotProven(evidence, "That a file shows it is for a supervisor to say.")
	default:
		return wishNotProven(evidence, "It is no word of the customer's.")
	}
}

// sameCustomer tells whether what is named is of a complaint of the customer's: another one's may have gone on in this complaint.
func (s *Service) sameCustomer(ctx context.Context, complaint, evidence string) (bool, error) {
	of, _, _ := strings.Cut(strings.TrimPrefix(evidence, "complaints/"), "/")
	if of == complaint {
		return true, nil
	}
	mine, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return false, err
	}
	other, err := s.deps.Store.Case(ctx, of)
	return err == nil && other.Complaint.Customer == mine.Complaint.Customer, err
}

// leads tells whether the caller leads others.
func leads(ctx context.Context) bool {
	return slices.ContainsFunc([]authv1.Role{authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE}, func(r authv1.Role) bool {
		return caller(ctx).Has(r)
	})
}

// noted judges a conversation that is told of in words.
func (s *Service) noted(ctx context.Context, w customersWord, since time.Time) error {
	switch at := w.at(); {
	case !leads(ctx):
		return releaseNotProven(w.evidence, "These are words, which a supervisor may note.")
	case !twoWay(w.way):
		return releaseNotProven(w.evidence, "Say by which way the customer said so; it has to carry an answer.")
	case at.IsZero():
		return releaseNotProven(w.evidence, "Say when the customer said so (conversation_time).")
	case at.Before(since):
		return releaseNotProven(w.evidence, "That was before the promise.")
	case at.After(s.now().Add(s.deps.Policy.ClockSkew())):
		return releaseNotProven(w.evidence, "That lies in the future.")
	}
	return nil
}

// inDirectory refuses somebody whom the directory does not have, or as an owner somebody who has left. Without a directory everybody may be.
func (s *Service) inDirectory(ctx context.Context, field, name string, stays bool) error {
	if name == "" {
		return nil
	}
	person, err := s.deps.Records.Person(ctx, name)
	switch {
	case errors.Is(err, ErrUnknown):
		return agentUnknown(field, name, "The directory has nobody of this name.")
	case err != nil:
		return err
	case stays && !person.Active:
		return agentUnknown(field, name, "They have left; somebody who is there has to owe it.")
	}
	return nil
}
