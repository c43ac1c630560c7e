package routing

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing/rule"
)

// plan is where a complaint belongs, and why (ROUTE-1).
type plan struct {
	// department is its id, and by says in words what found it.
	department, by string
	// kept is true when the complaint is there already.
	kept bool
	// set is the number of the rules that were asked, 0 for none that were saved, and rule the one that matched, empty for none.
	set  int32
	rule string
	// needs is what that rule wants of whoever takes the complaint; nil for nothing.
	needs *routingv1.Needs
	// answer is what the rules say; nothing when they were not asked.
	answer rule.Answer
}

// reason is why this department and, as told, this person.
func (p plan) reason(why string) string {
	return fmt.Sprintf("Department %s %s; %s.", p.department, p.by, why)
}

// plan finds the department of a complaint: the one where it is, while there is such a department, else by the rules. A rule whose
// department is not in the directory counts as if no rule had matched.
func (s *Service) plan(d *Directory, c Complaint, level int32) plan {
	if c.Department != "" && d.department(c.Department) != nil {
		return plan{department: c.Department, by: "as before", kept: true, set: c.RuleSet, rule: c.Rule, needs: c.Needs}
	}
	return s.ruled(d, facts(c, level), s.now())
}

// ruled finds the department by the rules.
func (s *Service) ruled(d *Directory, f *routingv1.RoutingFacts, now time.Time) plan {
	p := plan{
		department: s.deps.Policy.Proto().GetDirectory().GetDefaultDepartment(), set: ruleSetNumber(d.rules.Name()),
		by: "by default", answer: d.rules.Ask(f, now),
	}
	rules := " (rules " + strconv.Itoa(int(p.set)) + ")"
	if p.set == 0 {
		rules = ""
	}
	matched := p.answer.Rule
	switch department := departmentID(matched.GetDepartment()); {
	case matched == nil && d.rules != nil:
		p.by = "since no rule matches" + rules
	case matched == nil:
	case d.department(department) == nil:
		p.rule = matched.GetId()
		p.by = "since that of rule " + p.rule + rules + ", " + department + ", is not in the directory"
	default:
		p.rule, p.department = matched.GetId(), department
		p.by = "by rule " + p.rule + rules
		if len(matched.GetSkills())+len(matched.GetLanguages()) > 0 {
			p.needs = &routingv1.Needs{Skills: matched.GetSkills(), Languages: matched.GetLanguages()}
		}
	}
	return p
}

// tellFailed logs the rules that could not be evaluated: somebody has to mend them.
func (s *Service) tellFailed(ctx context.Context, c Complaint, p plan) {
	for _, o := range p.answer.Outcomes {
		if o.GetResult() == routingv1.RuleOutcome_FAILED {
			s.deps.Logger.WarnContext(ctx, "a rule could not be evaluated and counts as false", "ruleSet", ruleSetName(p.set), "rule", o.GetRule(),
				"complaint", complaintName(c.ID), "problem", o.GetProblem())
		}
	}
}

// facts are what rules go by.
func facts(c Complaint, level int32) *routingv1.RoutingFacts {
	f := &routingv1.RoutingFacts{}
	if c.Facts != nil {
		f = proto.CloneOf(c.Facts)
	}
	f.TargetKind, f.TargetAgent, f.Severity, f.Language = c.TargetKind, agentName(c.TargetAgent), c.Severity, c.Language
	f.Cycle, f.Reopened, f.EscalationLevel = c.Cycle, c.Cycle > 1, level
	return f
}

// noted notes more of what rules go by. A complaint that is not known has none: its beginning comes first, and what was imported before
// routing was told of such is not routed.
func (c *Case) noted(edit func(*routingv1.RoutingFacts)) {
	if c.Complaint.ID == "" {
		return
	}
	next, f := c.Complaint, &routingv1.RoutingFacts{}
	if next.Facts != nil {
		f = proto.CloneOf(next.Facts)
	}
	edit(f)
	if proto.Equal(f, next.Facts) {
		return
	}
	next.Facts = f
	c.put(next)
}

// receivedFacts are those of a new complaint.
func receivedFacts(r *eventv1.ComplaintReceived) *routingv1.RoutingFacts {
	f := &routingv1.RoutingFacts{Channel: r.GetChannel(), Imported: r.GetImported(), FromAuthority: r.GetAuthorityReplyDueTime() != nil}
	f.Demanded = r.GetFurtherDemanded()
	if r.GetDemanded() != nil {
		f.Demanded = slices.Insert(slices.Clone(f.Demanded), 0, r.GetDemanded())
	}
	noteSignals(f, r.GetSignals())
	return f
}

// noteSignals notes kinds of signals, each once, in order.
func noteSignals(f *routingv1.RoutingFacts, kinds []policyv1.SignalKind) {
	for _, kind := range kinds {
		if at, found := slices.BinarySearch(f.GetSignals(), kind); !found {
			f.Signals = slices.Insert(f.Signals, at, kind)
		}
	}
}

// noteFacts notes what rules go by of an event that tells more of a complaint.
func (c *Case) noteFacts(p *eventv1.Payload) {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_SignalsRaised:
		c.noted(func(f *routingv1.RoutingFacts) {
			for _, signal := range k.SignalsRaised.GetSignals() {
				noteSignals(f, []policyv1.SignalKind{signal.GetKind()})
			}
		})
	case *eventv1.Payload_DemandMade:
		c.noted(func(f *routingv1.RoutingFacts) {
			f.Demanded = k.DemandMade.GetFurtherTotals()
			if total := k.DemandMade.GetTotal(); total != nil {
				f.Demanded = slices.Insert(slices.Clone(f.Demanded), 0, total)
			}
		})
	case *eventv1.Payload_ComplaintAssessed:
		a := k.ComplaintAssessed
		c.noted(func(f *routingv1.RoutingFacts) {
			f.Assessed, f.Established, f.Scenario, f.Causes = true, a.GetEstablished(), a.GetScenario(), a.GetCauses()
			f.Product, f.FaultCode = a.GetProduct(), a.GetFaultCode()
		})
	}
}

// FactTypes are the types of intake's events that tell what rules go by and what can be handed over, besides those that begin and end a
// complaint.
func FactTypes() []string {
	return []string{"signals_raised", "demand_made", "complaint_assessed", "item_changed", "complaint_absorbed", "silence_refused", "target_named"}
}
