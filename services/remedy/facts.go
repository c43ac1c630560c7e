package remedy

import (
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Facts are what remedy goes by of a complaint and has heard from intake and routing.
type Facts struct {
	// ReceiveTime is when it was received.
	ReceiveTime time.Time
	// Language is the customer's.
	Language string
	// Severity says which deadline an approval has (APPR-3).
	Severity policyv1.Severity
	// Target is who is complained about, if one of ours is named: "agents/{agent}".
	Target string
	// AlsoAbout is who turned out to be complained about, or is in complaints that went on in this one, likewise.
	AlsoAbout []string
	// Restated is true when the restatement is confirmed or excused (REC-4).
	Restated bool
	// RealNeed is what the customer really needs, sealed as intake told it; empty when it was not said.
	RealNeed []byte
	// Established is whether it was found to be so; unspecified while it was not assessed.
	Established policyv1.Establishment
	// Causes are why it came to it.
	Causes []policyv1.Cause
	// Scenario is what it is about.
	Scenario policyv1.Scenario
	// Motive is what the customer seeks.
	Motive policyv1.Motive
	// Product is the product's code.
	Product string
	// Fault is the fault's code.
	Fault string
	// Responsibility is whether we answer for it, as ruled last, or by an appeal.
	Responsibility policyv1.Responsibility
	// Ruling is the newest ruling, by name.
	Ruling string
	// Appealed is true while an appeal against the ruling waits.
	Appealed bool
	// Department is who is in charge: "departments/{department}".
	Department string
	// Assignee is who is in charge: "agents/{agent}".
	Assignee string
	// Authority is true when an authority has forwarded it, whether it has its reply or not: no such complaint is closed by silence (REM-4).
	Authority bool
	// Words are what the customer said of late.
	Words []Words
	// Survivor is the id of the complaint in which this one went on; empty for none.
	Survivor string
	// Heard is how new what was heard of each matter is.
	Heard Heard
}

// Heard has the position, in the log of the complaint, of the newest event on each matter. What is delivered after something newer of the
// same matter says nothing any more.
type Heard struct {
	// Understood is of the understanding.
	Understood int64
	// Assessed is of the assessment.
	Assessed int64
	// Ruled is of rulings and appeals.
	Ruled int64
	// Attended is of the severity.
	Attended int64
	// Assigned is of routing's assignment.
	Assigned int64
	// Waited is of what an authority waits for.
	Waited int64
}

// Item is a request within a complaint (REC-3).
type Item struct {
	// ID is the item's id within the complaint.
	ID string
	// Open is false for one that was done or dropped.
	Open bool
	// Heard is the position of the event that told of it.
	Heard int64
}

// about tells whether somebody is complained about; nobody is not.
func (f *Facts) about(who string) bool {
	return who != "" && (who == f.Target || slices.Contains(f.AlsoAbout, who))
}

// targets are all who are complained about.
func (f *Facts) targets() []string {
	if f.Target == "" {
		return f.AlsoAbout
	}
	return append([]string{f.Target}, f.AlsoAbout...)
}

// absorbed notes whom the complaint turns out to be about, or one was that goes on in this one.
func (f *Facts) absorbed(targets []string) {
	all := slices.Clone(f.AlsoAbout)
	for _, who := range targets {
		if !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	f.AlsoAbout = all
}

// newer notes the position of an event, and is false when something newer was heard of the matter.
func newer(at *int64, e *eventv1.Event) bool {
	if e.GetPosition() <= *at {
		return false
	}
	*at = e.GetPosition()
	return true
}

// OurFault tells whether we are at fault, by ruling, or by assessment as long as nobody ruled (REM-3). A problem that was only recorded
// leaves it with the assessment.
func (r *Rules) OurFault(f Facts) bool {
	if f.Responsibility == policyv1.Responsibility_RESPONSIBLE || f.Responsibility == policyv1.Responsibility_NOT_RESPONSIBLE {
		return f.Responsibility == policyv1.Responsibility_RESPONSIBLE
	}
	if f.Established != policyv1.Establishment_ESTABLISHED && f.Established != policyv1.Establishment_PARTLY {
		return false
	}
	for _, cause := range f.Causes {
		if r.faults[cause] {
			return true
		}
	}
	return false
}

// FactTypes are the types of events of intake and routing that remedy goes by, besides those with which a complaint begins and ends.
func FactTypes() []string {
	return append([]string{
		"item_changed", "understanding_changed", "complaint_assessed", "responsibility_ruled", "ruling_appealed", "appeal_decided",
		"severity_changed", "complaint_merged", "complaint_absorbed", "target_named", "authority_answered",
	}, wordTypes()...)
}

// hear notes what an event tells of a complaint that is known.
func (c *Case) hear(e *eventv1.Event, p *eventv1.Payload) {
	next := c.Complaint
	f := &next.Facts
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_UnderstandingChanged:
		if newer(&f.Heard.Understood, e) {
			f.Restated, f.RealNeed = k.UnderstandingChanged.GetRestatementSettled(), k.UnderstandingChanged.GetRealNeed().GetCiphertext()
		}
	case *eventv1.Payload_ComplaintAssessed:
		if newer(&f.Heard.Assessed, e) {
			f.assessed(k.ComplaintAssessed)
		}
	case *eventv1.Payload_ResponsibilityRuled:
		if newer(&f.Heard.Ruled, e) {
			f.Responsibility, f.Ruling, f.Appealed = k.ResponsibilityRuled.GetResponsibility(), k.ResponsibilityRuled.GetRuling(), false
		}
	case *eventv1.Payload_RulingAppealed:
		if newer(&f.Heard.Ruled, e) {
			f.Appealed = k.RulingAppealed.GetRuling() == f.Ruling
		}
	case *eventv1.Payload_AppealDecided:
		if newer(&f.Heard.Ruled, e) {
			f.Responsibility, f.Appealed = k.AppealDecided.GetResponsibility(), false
		}
	case *eventv1.Payload_SeverityChanged:
		if e.GetCycle() == next.Cycle && newer(&f.Heard.Attended, e) {
			f.Severity = k.SeverityChanged.GetSeverity()
		}
	case *eventv1.Payload_AuthorityAnswered: // It may have been forwarded before this was kept.
		f.Authority = true
	case *eventv1.Payload_ComplaintAssigned:
		if newer(&f.Heard.Assigned, e) {
			f.Department, f.Assignee = k.ComplaintAssigned.GetDepartment(), k.ComplaintAssigned.GetAssignee()
		}
		c.Changes.Assignment = &Assignment{Position: e.GetPosition(), Agent: k.ComplaintAssigned.GetAssignee(), Time: e.GetRecordTime().AsTime()}
	case *eventv1.Payload_ComplaintMerged:
		f.Survivor, _ = complaintID(k.ComplaintMerged.GetInto())
	case *eventv1.Payload_ComplaintAbsorbed:
		// The requests of both are those of this one from now on.
		c.Changes.Absorbed, _ = complaintID(k.ComplaintAbsorbed.GetComplaint())
		f.absorbed(k.ComplaintAbsorbed.GetTargetAgents()) // None of whom decides for either (APPR-2).
	case *eventv1.Payload_TargetNamed:
		f.absorbed(k.TargetNamed.GetTargetAgents())
	case *eventv1.Payload_ItemChanged:
		c.Changes.Item = itemOf(e, k.ItemChanged)
	}
	c.Complaint, c.Changes.Complaint = next, &next
}

// assessed notes an assessment.
func (f *Facts) assessed(a *eventv1.ComplaintAssessed) {
	f.Established, f.Causes = a.GetEstablished(), a.GetCauses()
	f.Scenario, f.Motive, f.Product, f.Fault = a.GetScenario(), a.GetMotive(), a.GetProduct(), a.GetFaultCode()
}

// itemOf is the item that an event tells of; nil when it names none of the complaint.
func itemOf(e *eventv1.Event, changed *eventv1.ItemChanged) *Item {
	id, ok := itemID(e.GetSubject(), changed.GetItem())
	if !ok {
		return nil
	}
	return &Item{ID: id, Open: changed.GetState() == "OPEN", Heard: e.GetPosition()}
}
