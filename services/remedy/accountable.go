package remedy

import (
	"slices"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// DutyTypes are the types of followup's events that tell what was broken, and by whom (ACC-1). Who owes a promise by name, and when it was recorded, is told with it
// (PromiseTypes).
func DutyTypes() []string { return []string{"duty_settled"} }

// PeopleTypes are the types of routing's events that tell who stands above whom, and who has left.
func PeopleTypes() []string { return []string{"directory_changed"} }

// NoticeTypes are the types of routing's events that tell who was told of a deduction.
func NoticeTypes() []string { return []string{"deduction_notified"} }

// Person is what is kept of a person, or a department.
type Person struct {
	// Name is "agents/{agent}" or "departments/{department}".
	Name string
	// Above is the supervisor, or the manager of the department: "agents/{agent}"; empty for nobody.
	Above string
	// Left is true for a person who has left.
	Left bool
}

// accounts is what an event changes of what deductions are suggested by; false for one that changes nothing of that.
func (s *Service) accounts(e *eventv1.Event, p *eventv1.Payload) (Change, func(*Case) error, bool) {
	id, _ := complaintID(e.GetSubject())
	change := Change{Complaint: id}
	note := func(duty Duty) func(*Case) error {
		return func(c *Case) error {
			c.Changes.Duty = &duty
			return nil
		}
	}
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_DirectoryChanged:
		return change, func(c *Case) error {
			c.Changes.Person = person(k.DirectoryChanged)
			return nil
		}, true
	case *eventv1.Payload_DeductionNotified:
		change, note := s.notified(e, k.DeductionNotified)
		return change, note, true
	case *eventv1.Payload_DutySettled:
		settled := k.DutySettled
		if !settled.GetNewlyBroken() && !settled.GetCorrection() || settled.GetKind() == policyv1.DutyKind_HAND_OFF {
			return change, nil, false
		}
		verdict := settled.GetVerdict()
		duty := Duty{
			ID: dutyID(settled.GetDuty()), Cycle: e.GetCycle(), Kind: settled.GetKind(), DueTime: settled.GetDueTime().AsTime(),
			Broken: verdict == policyv1.Verdict_MISSED || verdict == policyv1.Verdict_MET_LATE,
		}
		change.Accounts = !duty.Broken
		return change, func(c *Case) error {
			if !duty.Broken {
				s.fall(c, func(d *Deduction) bool { return d.Duty == duty.ID }, "It was not broken: what was recorded in time arrived late.", e.GetActor())
			}
			return note(duty)(c)
		}, id != ""
	case *eventv1.Payload_PromiseMade:
		made := k.PromiseMade
		if ofRemedy(made.GetRemedy()) { // That is heard with what becomes of the remedy.
			return change, nil, false
		}
		return change, note(*promisedDuty(e, made)), id != ""
	}
	return change, nil, false
}

// promisedDuty is a duty that somebody has promised, of whom is known when, and in whose name. It is its complaint's, also when the remedy is of another one that was merged into it.
func promisedDuty(e *eventv1.Event, made *eventv1.PromiseMade) *Duty {
	complaint, _ := complaintID(e.GetSubject())
	return &Duty{
		Complaint: complaint,
		ID:        dutyID(made.GetDuty()), Cycle: e.GetCycle(), Kind: policyv1.DutyKind_PROMISE, DueTime: made.GetDueTime().AsTime(), Owner: made.GetOwner(),
		RecordTime: e.GetRecordTime().AsTime(), Recorder: e.GetActor(),
	}
}

// person is what the directory says of somebody: whom they have above, and whether they have left. Teams have nobody of their own.
func person(changed *eventv1.DirectoryChanged) *Person {
	p := &Person{Name: changed.GetResource(), Above: changed.GetSupervisor()}
	switch {
	case strings.Contains(p.Name, "/teams/"):
		return nil
	case strings.HasPrefix(p.Name, "departments/"):
		p.Above = changed.GetManager()
	default:
		p.Left = !changed.GetActive()
	}
	if changed.GetChange() == eventv1.DirectoryChanged_REMOVED {
		p.Above = ""
	}
	return p
}

// dutyID takes the id out of "complaints/{complaint}/duties/{duty}".
func dutyID(name string) string {
	_, id, _ := strings.Cut(name, "/duties/")
	return id
}

// judged notes what was ruled, appealed and decided, and takes back what was suggested by a ruling that no longer holds (ACC-1).
func (s *Service) judged(c *Case, e *eventv1.Event, p *eventv1.Payload) {
	put := func(r Ruling) { c.Changes.Rulings = append(c.Changes.Rulings, r) }
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ResponsibilityRuled:
		ruled := k.ResponsibilityRuled
		if old := c.Accounts.ruling(ruled.GetSupersedes()); old != nil {
			old.State = Replaced
			put(*old)
			s.fallWith(c, old.Name, e.GetActor())
		}
		put(Ruling{
			Name: ruled.GetRuling(), Cycle: e.GetCycle(), Responsibility: ruled.GetResponsibility(), Reason: ruled.GetReason(),
			Concerned: ruled.GetConcerned(),
		})
	case *eventv1.Payload_RulingAppealed:
		if r := c.Accounts.ruling(k.RulingAppealed.GetRuling()); r != nil {
			r.State = Appealed
			put(*r)
		}
	case *eventv1.Payload_AppealDecided:
		i := slices.IndexFunc(c.Accounts.Rulings, func(r Ruling) bool { return r.Cycle == e.GetCycle() && r.State == Appealed })
		if i < 0 {
			return
		}
		r := c.Accounts.Rulings[i]
		r.State = Holds
		if k.AppealDecided.GetOverturned() {
			r.State = Overturned
			s.fallWith(c, r.Name, e.GetActor())
		}
		put(r)
	}
}

// ruling is the one of a name; nil for none.
func (a *Accounts) ruling(name string) *Ruling {
	for i := range a.Rulings {
		if a.Rulings[i].Name == name {
			return &a.Rulings[i]
		}
	}
	return nil
}

// fallWith takes back what was suggested by a ruling.
func (s *Service) fallWith(c *Case, ruling, actor string) {
	s.fall(c, func(d *Deduction) bool { return d.Ruling == ruling }, "The ruling no longer holds.", actor)
}

// fall takes back what was suggested for a reason that is gone. What was exported stays as it is: the firm's own system has it.
func (s *Service) fall(c *Case, of func(*Deduction) bool, why, actor string) {
	now := s.now()
	for i := range c.Accounts.Deductions {
		d := &c.Accounts.Deductions[i]
		if of(d) && d.fall(why, actor) {
			c.putDeduction(d, actor, now)
		}
	}
}
