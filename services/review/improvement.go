package review

import (
	"context"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/cases"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// ImprovementStore keeps what is improved. Each method is one transaction.
type ImprovementStore interface {
	// OpenImprovements lists those that are not over, by id, from after one (eventlog.Open).
	OpenImprovements(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error)
	// OpenImprovement writes one with its event, unless one of the same subject is open or waits for its check, or the review that opens it has
	// opened one before, whatever became of that: then opened is that one's name, and nothing is written.
	OpenImprovement(ctx context.Context, change Change, i Improvement) (opened string, done Done, err error)
	// ChangeImprovement reads one, lets decide change it, and writes it with the events that decide returns; nothing for none. While it runs
	// no other change of the same one does. Decide must not call the store. ErrUnknown when there is none.
	ChangeImprovement(ctx context.Context, change Change, decide func(*Improvement) ([]*eventv1.Payload, error)) (Done, error)
	// Improvement reads one; ErrUnknown when there is none.
	Improvement(ctx context.Context, id string) (Improvement, error)
	// Improvements lists them, the latest opened first.
	Improvements(ctx context.Context, query ImprovementQuery) ([]Improvement, error)
	// Improved lists what was done for one of the subjects and not found to be of no effect, the latest first.
	Improved(ctx context.Context, subjects []Subject, after time.Time, limit int) ([]Improvement, error)
}

// ImprovementQuery selects improvements.
type ImprovementQuery struct {
	// Filter is the caller's.
	Filter string
	// Now is when this is asked: what is overdue is exact.
	Now time.Time
	// After is where the page before ended; nil for the first page.
	After *ImprovementPosition
	// Limit is how many to read at most.
	Limit int
}

// ImprovementPosition is a place in the order of improvements.
type ImprovementPosition struct {
	// CreateTime is when the one there was opened, ID its id.
	CreateTime time.Time
	ID         string
}

// Subject is what complaints have in common: a category, or the fault of a product.
type Subject struct {
	// Category is unset for a fault.
	Category policyv1.Scenario
	// Product and Fault are empty for a category. They are as somebody wrote them first.
	Product, Fault string
}

// Valid is true for either a category or a fault of a product.
func (s Subject) Valid() bool {
	if s.Category != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		return s.Product == "" && s.Fault == ""
	}
	folded := s.Folded()
	return folded.Product != "" && folded.Fault != ""
}

// Folded is the same for all ways of writing the subject: people write "Front Door" and "front  door" of one product. Case makes no difference, nor
// white space around the words, nor how much of it is between them. It is for counting and looking up, never for showing.
func (s Subject) Folded() Subject {
	return Subject{Category: s.Category, Product: folded(s.Product), Fault: folded(s.Fault)}
}

// folded is a word as others are compared with it.
func folded(word string) string { return cases.Fold().String(strings.Join(strings.Fields(word), " ")) }

// Key tells subjects apart, however they are written.
func (s Subject) Key() string {
	if s.Category != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		return "category " + s.Category.String()
	}
	as := s.Folded()
	return "fault " + strconv.Quote(as.Product) + " " + strconv.Quote(as.Fault)
}

// Improvement is something that is done because too many complaints are about one thing.
type Improvement struct {
	// ID is its id.
	ID string
	// State is where it stands.
	State reviewv1.Improvement_State
	// Subject is what the complaints are about.
	Subject Subject
	// Owner sees to it: "agents/{agent}"; empty for nobody. Plan is what is to be done.
	Owner, Plan string
	// Figures are the review's; nil when somebody opened it by hand. Opener is the review, or who did.
	Figures *Figures
	Opener  string
	// CreateTime and DueTime are its times, OverdueTime when its owner was told that it is overdue.
	CreateTime, DueTime, OverdueTime time.Time
	// AboveTime is when whoever stands above the owner was told; zero before.
	AboveTime time.Time
	// CompleteTime is when it was done, by what Completer says and Evidence shows.
	CompleteTime        time.Time
	Completer, Evidence string
	// Texts are what customers are told.
	Texts []Text
	// CheckTime is when it is looked at whether it helped; Effect what was found then.
	CheckTime time.Time
	Effect    *Effect
	// AbandonReason is why it is not done.
	AbandonReason string
	// Version counts the changes.
	Version int32
}

// Text is what customers are told in a language.
type Text struct {
	// Language is the language, Text the text.
	Language, Text string
}

// Figures are the numbers by which a review opens an improvement.
type Figures struct {
	// StartTime and EndTime bound the period.
	StartTime, EndTime time.Time
	// Count is how many records are of the subject, Total how many there are, Escalated how many of the former were escalated.
	Count, Total, Escalated int32
	// Share is Count of Total, UsualShare that of the time before.
	Share, UsualShare float64
}

// Name is "improvements/{improvement}".
func (i *Improvement) Name() string { return "improvements/" + i.ID }

// Etag changes with every change.
func (i *Improvement) Etag() string { return `"` + strconv.Itoa(int(i.Version)) + `"` }

// Overdue is true at a time when it should have been done by then and was not.
func (i *Improvement) Overdue(now time.Time) bool {
	return i.State == reviewv1.Improvement_OPEN && !now.Before(i.DueTime)
}

// Over is true when nothing is to come.
func (i *Improvement) Over() bool {
	switch i.State {
	case reviewv1.Improvement_OPEN, reviewv1.Improvement_DONE:
		return false
	default:
		return true
	}
}

// Opened is the event of its opening.
func (i *Improvement) Opened() *eventv1.Payload {
	opened := &eventv1.ImprovementOpened{
		Improvement: i.Name(), Product: i.Subject.Product, FaultCode: i.Subject.Fault, Owner: i.Owner, DueTime: timestamp(i.DueTime), Opener: i.Opener,
	}
	if i.Subject.Category != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		opened.Category = i.Subject.Category.String()
	}
	return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementOpened{ImprovementOpened: opened}}
}

// Draft is an event about it.
func (i *Improvement) Draft(actor string, at time.Time, p *eventv1.Payload) eventlog.Draft {
	return eventlog.Draft{Subject: i.Name(), Actor: actor, RecordTime: at, Payload: p}
}

// Propose is an improvement that a review, or somebody, opens: with an owner, if the responsible department has a manager, and the policy's
// time. OpenImprovement, or a review in its own transaction, writes it. Errors: those of routing.
func (s *Service) Propose(ctx context.Context, subject Subject, figures *Figures, department, opener string) (Improvement, error) {
	now := s.now()
	owner, err := s.managerOf(ctx, department)
	return Improvement{
		ID: s.deps.IDs.ID(), State: reviewv1.Improvement_OPEN, Subject: subject, Owner: owner, Figures: figures, Opener: opener,
		CreateTime: now, DueTime: now.Add(s.rules().GetDueWithin().AsDuration()), Version: 1,
	}, err
}

// rules are the policy's for improvements.
func (s *Service) rules() *policyv1.Improvements {
	return s.deps.Policy.Proto().GetOutcomes().GetImprovements()
}

// subjectOf reads a subject. Errors: SUBJECT_INVALID.
func subjectOf(m *reviewv1.Subject) (Subject, error) {
	subject := Subject{Category: m.GetCategory(), Product: m.GetProduct(), Fault: m.GetFaultCode()}
	if !subject.Valid() {
		return Subject{}, subjectInvalid()
	}
	return subject, nil
}

// due is the due time that somebody set, or that it has. Errors: DUE_TIME_INVALID.
func (s *Service) due(field string, at, given time.Time) (time.Time, error) {
	now := s.now()
	switch {
	case given.IsZero():
		return at, nil
	case !given.After(now):
		return time.Time{}, dueTimeInvalid(field, "It is to be done in the future.")
	case given.After(now.Add(s.rules().GetDueAtMost().AsDuration())):
		return time.Time{}, dueTimeInvalid(field, "That is further ahead than the policy allows.")
	}
	return given, nil
}
