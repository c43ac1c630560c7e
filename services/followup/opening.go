package followup

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// openingFacts is what the two events that begin a cycle have in common.
type openingFacts struct {
	customer, reference, language string
	// targetAgent is whom it is about: "agents/{agent}"; empty for nobody of ours.
	targetAgent string
	severity    policyv1.Severity
	about       policyv1.TargetKind
	from        *timestamppb.Timestamp
	targets     *eventv1.DeclaredTargets
	// authority is by when whoever forwarded the complaint wants an answer; nil
	// when nobody does.
	authority *timestamppb.Timestamp
	// contact is the conversation in which it was filed; nil when there was none.
	contact *eventv1.FirstContact
	// quiet is true for an imported complaint whose customer hears nothing of it: then
	// no acknowledgement and no contact were promised (REC-8).
	quiet bool
}

// dueTime says by when something is owed.
type dueTime struct {
	kind policyv1.DutyKind
	by   *timestamppb.Timestamp
}

// opening reads an event that begins a cycle; nil for any other.
func opening(p *eventv1.Payload) *openingFacts {
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		e := kind.ComplaintReceived
		return &openingFacts{
			customer: e.GetCustomer(), reference: e.GetReference(), language: e.GetLanguageCode(), targetAgent: e.GetTargetAgent(),
			severity: e.GetSeverity(), from: e.GetReceiveTime(), targets: e.GetTargets(),
			authority: e.GetAuthorityReplyDueTime(), contact: e.GetFirstContact(),
			about: e.GetTargetKind(), quiet: e.GetImported() && !e.GetNotifyCustomer(),
		}
	case *eventv1.Payload_ComplaintReopened:
		e := kind.ComplaintReopened
		return &openingFacts{
			customer: e.GetCustomer(), reference: e.GetReference(), language: e.GetLanguageCode(), targetAgent: e.GetTargetAgent(),
			severity: e.GetSeverity(), from: e.GetReopenTime(), targets: e.GetTargets(),
		}
	default:
		return nil
	}
}

// dueTimes are the targets as they were declared to the customer: followup
// computes none of its own, so that what was promised is what is enforced.
func (o *openingFacts) dueTimes() []dueTime {
	due := declared(o.targets)
	if o.quiet {
		due = slices.DeleteFunc(due, func(d dueTime) bool {
			return d.kind == policyv1.DutyKind_ACKNOWLEDGE || d.kind == policyv1.DutyKind_CONTACT
		})
	}
	if o.authority != nil {
		due = append(due, dueTime{policyv1.DutyKind_AUTHORITY_REPLY, o.authority})
	}
	return due
}

// declared are the duties that have a target.
func declared(targets *eventv1.DeclaredTargets) []dueTime {
	return []dueTime{
		{policyv1.DutyKind_ACKNOWLEDGE, targets.GetAcknowledge()},
		{policyv1.DutyKind_CONTACT, targets.GetContact()},
		{policyv1.DutyKind_FIRST_RESPONSE, targets.GetFirstResponse()},
		{policyv1.DutyKind_CALLBACK, targets.GetCallback()},
		{policyv1.DutyKind_RESOLUTION, targets.GetResolution()},
	}
}

// check refuses an event from which no duty could be opened.
func (o *openingFacts) check() error {
	if o.customer == "" {
		return invalidField("event.payload.customer", "The event does not tell the customer.")
	}
	for _, due := range o.dueTimes() {
		if err := valid("event.payload.targets", due.by); err != nil {
			return err
		}
	}
	if o.contact != nil {
		if err := valid("event.payload.first_contact.contact_time", o.contact.GetContactTime()); err != nil {
			return err
		}
	}
	return valid("event.payload", o.from)
}

// reached is what the conversation in which the complaint was filed proves: as
// with attempts, only a way that carries an answer reaches anybody (CALL-1).
func (o *openingFacts) reached(complaint string) Fact {
	f := Fact{Kind: CustomerReached, Time: micros(o.contact.GetContactTime()), Evidence: complaintName(complaint)}
	if !twoWay(o.contact.GetWay()) {
		f.Kind = AgentWrote
	}
	return f
}

// alsoAbout are those whom a complaint is about, with more of them, each once.
func (c *Complaint) alsoAbout(names ...string) []string {
	about := slices.Clone(c.About)
	for _, name := range names {
		if name != "" && !slices.Contains(about, name) {
			about = append(about, name)
		}
	}
	return about
}

// concerns has the complaint be about these people of ours, too.
func (l ledger) concerns(people []string) {
	l.Complaint.About = l.Complaint.alsoAbout(people...)
	l.Changes.Complaint = &l.Complaint
}
