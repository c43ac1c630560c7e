package followup

import (
	"context"
	"path"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Record is something of intake's that a complaint has on record and that may prove something: a message, or an attachment.
type Record struct {
	// Complaint is the complaint's id.
	Complaint string
	// Name is the name within the complaint: "messages/{message}".
	Name string
	// Author is who wrote a message, or added a file that came with none; unset for a file of anybody else's.
	Author eventv1.MessageRecorded_Author
	// Kind is what kind of message the analyser takes it for, or somebody found it to be; unset for what is no message of the customer's, and for
	// what was recorded before this was kept.
	Kind policyv1.MessageKind
	// Holding is true for an agent's message that only says that the work goes on.
	Holding bool
	// Time is when it was said, or added.
	Time time.Time
	// Corrected is true for one that only tells the Kind of what is on record.
	Corrected bool
}

// Asks tells whether it asks for what is owed, or says no: it neither gives anything up nor says that it is there.
func (r *Record) Asks() bool {
	switch r.Kind {
	case policyv1.MessageKind_PROGRESS_CHASE, policyv1.MessageKind_REPEATS_ISSUE, policyv1.MessageKind_REJECTS, policyv1.MessageKind_THREATENS:
		return true
	default:
		return false
	}
}

// Tells is true for a message that tells something new, as most do, and is not taken for giving anything up.
func (r *Record) Tells() bool { return r.Kind == policyv1.MessageKind_NEW_INFORMATION }

// Person is somebody of the directory.
type Person struct {
	// Name is "agents/{agent}".
	Name string
	// Active is false for who has left.
	Active bool
}

// RecordStore keeps what followup has heard of that may prove something, and who there is. Each method is one transaction.
type RecordStore interface {
	// Record reads what a complaint has on record under a name within it; ErrUnknown when there is none.
	Record(ctx context.Context, complaint, name string) (Record, error)
	// Attempt reads one attempt to reach the customer; ErrUnknown when there is none.
	Attempt(ctx context.Context, complaint string, cycle int32, id string) (Attempt, error)
	// Held reads attempts of all complaints that wait for a supervisor, by record time and then name, at most limit of those after the
	// position; nil for the first.
	Held(ctx context.Context, after *HeldPosition, limit int) ([]Attempt, error)
	// Person reads somebody of the directory; ErrUnknown when it has nobody of the name. A directory of which nothing was heard is empty:
	// then the answer is the person as active.
	Person(ctx context.Context, name string) (Person, error)
	// NotePerson puts the person that an event tells of, unless the event was applied before: first is false then.
	NotePerson(ctx context.Context, event *eventv1.Event, person Person) (first bool, err error)
}

// PeopleTypes are the types of routing's events that tell who there is.
func PeopleTypes() []string { return []string{"directory_changed"} }

// AssignmentTypes are the types of routing's events that tell who is in charge.
func AssignmentTypes() []string { return []string{"complaint_assigned"} }

// people notes what routing tells of a person; departments and teams promise nothing.
func (s *Service) people(ctx context.Context, e *eventv1.Event, told *eventv1.DirectoryChanged) (first bool, err error) {
	if dir, id := path.Split(told.GetResource()); dir != "agents/" || id == "" {
		done, err := s.deps.Store.Change(ctx, Change{Event: e}, func(*Case) error { return nil })
		return err == nil && !done.Repeated, err
	}
	return s.deps.Records.NotePerson(ctx, e, Person{Name: told.GetResource(), Active: told.GetActive()})
}

// recorded is what an event puts on record that may prove something; nil for an event that does not.
func recorded(e *eventv1.Event, p *eventv1.Payload) *Record {
	r := &Record{Time: micros(e.GetRecordTime())}
	r.Complaint, _ = complaintID(e.GetSubject())
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_MessageRecorded:
		r.Name, r.Author = "messages/"+path.Base(kind.MessageRecorded.GetMessage()), kind.MessageRecorded.GetAuthor()
		r.Kind, r.Holding = kind.MessageRecorded.GetKind(), kind.MessageRecorded.GetHolding()
		if said := kind.MessageRecorded.GetMessageTime(); said.IsValid() {
			r.Time = micros(said)
		}
	case *eventv1.Payload_AttachmentAdded:
		r.Name = "attachments/" + path.Base(kind.AttachmentAdded.GetAttachment())
		if file := kind.AttachmentAdded; byStaff(e) && file.GetMessage() == "" && !file.GetQuarantined() {
			r.Author = eventv1.MessageRecorded_AGENT // One of ours added it, and it came with no message: that would be whose file it is.
		}
	case *eventv1.Payload_MessageReclassified: // It may be of a complaint that was merged into this one.
		of, message, _ := strings.Cut(kind.MessageReclassified.GetMessage(), "/messages/")
		r.Complaint, _ = complaintID(of)
		r.Name, r.Kind, r.Corrected = "messages/"+message, kind.MessageReclassified.GetKind(), true
	default:
		return nil
	}
	return r
}

// record puts on record what may prove something.
func (l ledger) record(r *Record) { l.Changes.Record = r }
