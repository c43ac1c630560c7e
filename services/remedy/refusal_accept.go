package remedy

import (
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Records finds what others have on record in a complaint. In production it is followup's FindEvidence; a name of nothing answers
// EVIDENCE_NOT_FOUND.
type Records interface {
	// Find finds what a name stands for in "complaints/{complaint}".
	Find(ctx context.Context, complaint, name string) (Found, error)
}

// Found is something on record.
type Found struct {
	// CustomersWord is true for a message of the customer's, and for an attempt that reached them.
	CustomersWord bool
	// Message is true for a message, of what Kind intake takes it for.
	Message bool
	Kind    policyv1.MessageKind
	// Time is when that was said.
	Time time.Time
}

// named tells whether evidence is a name and not words.
func named(evidence string) bool { return strings.HasPrefix(evidence, "complaints/") }

// onRecord refuses evidence of a step that names nothing of the complaint (REF-1). What was given is a remedy's, which the step itself looks
// for, and a reason is told to the customer, so it is said. Errors: INVALID_FIELD, and followup's EVIDENCE_NOT_FOUND and NOT_YET_KNOWN.
func (s *Service) onRecord(ctx context.Context, complaint string, a attempt) error {
	switch {
	case !named(a.evidence), a.kind == remedyv1.RefusalStep_COMPENSATE:
		return nil
	case a.kind == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE:
		return invalidField("evidence", "Give the reason in words: the customer is told it.")
	}
	_, err := s.deps.Records.Find(ctx, complaintName(complaint), a.evidence)
	return err
}

// accepts refuses an acceptance that nothing shows to be the customer's (REF-1): nobody else accepts a refusal. It takes a message of theirs or
// an attempt that reached them, since the reason was given; who leads others may note a conversation. A message counts that can be a yes.
// Errors: ACCEPTANCE_NOT_PROVEN, INVALID_FIELD, and followup's EVIDENCE_NOT_FOUND and NOT_YET_KNOWN.
func (s *Service) accepts(ctx context.Context, r *Refusal, req *remedyv1.EndRefusalRequest) error {
	evidence, since := req.GetEvidence(), r.CreateTime
	if at := r.reasoned(); !at.IsZero() { // Nobody accepts what they have not been told.
		since = at
	}
	switch {
	case evidence == "":
		return s.noted(ctx, req, since)
	case req.GetWay() != 0 || req.GetConversationTime() != nil:
		return invalidField("way", "A conversation that is noted has no name on record: give the one or the other.")
	}
	found, err := s.deps.Records.Find(ctx, complaintName(r.Complaint), evidence)
	switch {
	case err != nil:
		return err
	case !found.CustomersWord:
		return acceptanceNotProven(evidence, "It is no word of the customer's, or did not reach them.")
	case found.Time.Before(since):
		return acceptanceNotProven(evidence, "It is from before the reason was given.")
	case named(evidence) && found.Message && !affirms(found.Kind):
		return acceptanceNotProven(evidence, "It is taken for no yes. If it is one, correct its kind.")
	}
	return nil
}

// leads tells whether the caller leads others.
func leads(ctx context.Context) bool {
	return caller(ctx).Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
}

// noted judges a conversation that is told of by its way and time.
func (s *Service) noted(ctx context.Context, req *remedyv1.EndRefusalRequest, since time.Time) error {
	at, err := when("conversation_time", req.GetConversationTime())
	switch {
	case err != nil:
		return err
	case !leads(ctx):
		return acceptanceNotProven("", "These are words, which a supervisor may note.")
	case req.GetWay() == policyv1.ContactWay_CONTACT_WAY_UNSPECIFIED:
		return acceptanceNotProven("", "Say by which way the customer said so.")
	case at.IsZero():
		return acceptanceNotProven("", "Say when the customer said so (conversation_time).")
	case at.Before(since):
		return acceptanceNotProven("", "That was before the reason was given.")
	case at.After(s.now().Add(s.rules.clockSkew)):
		return acceptanceNotProven("", "That lies in the future.")
	}
	return nil
}

// acceptable says whether a refusal may be accepted as it stands: nobody accepts what was not explained, and a message against us is no yes.
// Errors: STEP_OUT_OF_ORDER, ACCEPTANCE_NOT_PROVEN, COMPENSATION_OWED.
func (r *Refusal) acceptable(words []Words, evidence string, now circumstance) error {
	if !slices.ContainsFunc(r.Steps, func(step RefusalStep) bool { return step.Kind == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE }) {
		return acceptedTooSoon(r.Next())
	}
	if slices.ContainsFunc(words, func(w Words) bool { return w.Message == evidence && w.Against }) {
		return acceptanceNotProven(evidence, "It rejects, chases or threatens. If it does not, correct its kind.")
	}
	if r.asked() && now.owed() {
		return compensationOwed()
	}
	return nil
}

// moneyless wants an alternative to name no money: the letter tells it as it stands, so it is said whether or not a time is promised, and who may
// grant money is asked of a remedy (APPR-1). Errors: WORDS_ABOVE_GRANT.
func (s *Service) moneyless(alternative string) error {
	if most, _ := s.written(alternative); most.Positive() {
		return alternativeAboveGrant(most)
	}
	return nil
}

// instead is what is owed once the customer has accepted a refusal whose alternative has a time (REM-5); nil for none. A time that is over by
// then, since the customer took longer to decide, gives way to the lead time of promises.
func (s *Service) instead(r *Refusal, now time.Time) *eventv1.OwedPart {
	at := slices.IndexFunc(r.Steps, func(step RefusalStep) bool { return !step.AlternativeDue.IsZero() })
	if r.State != remedyv1.Refusal_ACCEPTED || at < 0 {
		return nil
	}
	step := r.Steps[at]
	due := step.AlternativeDue
	if !due.After(now) {
		due = now.Add(s.rules.promiseLead)
	}
	return &eventv1.OwedPart{Part: 1, Owner: step.AlternativeOwner, DueTime: timestamppb.New(due), Contents: &eventv1.Sealed{
		Customer: r.Customer, Ciphertext: step.Alternative, Place: r.alternativePlace(),
	}}
}

// affirms tells whether a message of a kind can be a yes.
func affirms(kind policyv1.MessageKind) bool {
	return kind == policyv1.MessageKind_ACCEPTS || kind == policyv1.MessageKind_THANKS
}

// against tells whether a message of a kind says no, or asks for more.
func against(kind policyv1.MessageKind) bool {
	switch kind {
	case policyv1.MessageKind_REJECTS, policyv1.MessageKind_THREATENS, policyv1.MessageKind_PROGRESS_CHASE, policyv1.MessageKind_REPEATS_ISSUE:
		return true
	default:
		return false
	}
}

// tellAcceptance adds to the end of a refusal where the customer accepted it.
func tellAcceptance(ended *eventv1.RefusalEnded, req *remedyv1.EndRefusalRequest) {
	if req.GetAccepted() {
		ended.Evidence, ended.Way, ended.ConversationTime = req.GetEvidence(), req.GetWay(), req.GetConversationTime()
	}
}
