package intake

import (
	"context"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/internal/wording"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// raise puts signals on record and tells them (RISK-1…4). The severity rises as the
// policy says, and never falls (RISK-5), also in a cycle that has ended: what is said
// then is heard by people, though no clock moves for it. The command must be shown the
// signals on record. Without the customer's key nothing can be kept, and nothing
// happens.
func (s *Service) raise(e *edit, source string, findings []finding) error {
	if len(findings) == 0 || e.speaker().key == nil {
		return nil
	}
	known, err := e.signals()
	if err != nil {
		return err
	}
	heaviest := weights(known)
	names, err := s.note(e, source, findings, known)
	if err != nil {
		return err
	}
	severity := s.severity(heaviest, findings)
	if int32(severity) <= e.Severity {
		return nil
	}
	return s.attend(e, severity, &eventv1.SeverityChanged{Signals: names})
}

// note puts signals on record with their evidence, beside those that are known of
// this cycle. Where the policy wants it, the ladder will be told (ROUTE-4).
func (s *Service) note(e *edit, source string, findings []finding, known []signal) (names []string, err error) {
	for _, together := range s.tellings(findings) {
		raised := &eventv1.SignalsRaised{}
		for _, finding := range together {
			signal, err := s.signal(e, source, finding, &known)
			if err != nil {
				return nil, err
			}
			raised.Signals = append(raised.Signals, signal)
			if !slices.Contains(names, signal.GetSignal()) {
				names = append(names, signal.GetSignal())
			}
		}
		raised.EscalatedKind, raised.Escalate = s.escalated(together)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: raised}})
	}
	return names, nil
}

// tellings divides findings so that each telling has one kind at most that the ladder
// hears of: of two in one, it would hear of one.
func (s *Service) tellings(findings []finding) [][]finding {
	heaviest, _ := s.escalated(findings)
	tellings := [][]finding{nil}
	at := map[policyv1.SignalKind]int{heaviest: 0}
	for _, finding := range findings {
		place, known := at[finding.kind]
		switch {
		case known:
		case slices.Contains(s.policy.Proto().GetAttention().GetEscalate(), finding.kind):
			place = len(tellings)
			at[finding.kind], tellings = place, append(tellings, nil)
		}
		tellings[place] = append(tellings[place], finding)
	}
	return tellings
}

// severity is the highest that the heaviest signal of each kind reach together.
func (s *Service) severity(heaviest map[policyv1.SignalKind]int32, findings []finding) policyv1.Severity {
	for _, finding := range findings {
		heaviest[finding.kind] = max(heaviest[finding.kind], finding.weight)
	}
	var sum int32
	for _, weight := range heaviest {
		sum += weight
	}
	reached := policyv1.Severity_SEVERITY_UNSPECIFIED
	for _, threshold := range s.policy.Proto().GetAttention().GetThresholds() {
		if sum >= threshold.GetWeight() {
			reached = max(reached, threshold.GetSeverity())
		}
	}
	return reached
}

// escalated is the weightiest kind of the signals that the policy brings before
// the ladder, and whether there is one.
func (s *Service) escalated(findings []finding) (policyv1.SignalKind, bool) {
	var found finding
	for _, finding := range findings {
		if !finding.quiet && slices.Contains(s.policy.Proto().GetAttention().GetEscalate(), finding.kind) && (found.kind == 0 || finding.weight > found.weight) {
			found = finding
		}
	}
	return found.kind, found.kind != 0
}

// weight is what the policy gives a kind of signal that is no words.
func (s *Service) weight(kind policyv1.SignalKind) int32 {
	for _, w := range s.policy.Proto().GetAttention().GetWeights() {
		if w.GetKind() == kind {
			return w.GetWeight()
		}
	}
	return 0
}

// attend changes the severity. From this moment on its clocks run (RISK-5): the
// event says by when what was declared is due then, which is never later than before
// in this cycle (CLK-4).
func (s *Service) attend(e *edit, severity policyv1.Severity, event *eventv1.SeverityChanged) error {
	targets, err := s.policy.Targets(severity, e.now)
	if err != nil {
		return err
	}
	event.Previous, event.Severity = policyv1.Severity(e.Severity), severity
	event.Targets = declared(e.hold(targets, event.GetPrevious() < severity && e.Open()))
	e.Severity = int32(severity)
	e.touch(e.now)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: event}})
	return nil
}

// hold answers by when what was declared is due, and keeps it for the next change. Only
// a severity that rises in an open cycle makes anything due earlier. What was not
// declared, because nobody was promised it, is told as the severity would have it.
func (e *edit) hold(targets policy.Targets, raised bool) policy.Targets {
	known := e.details.Held
	if known == nil || known.Cycle != e.Cycle {
		known = &Held{Cycle: e.Cycle, Targets: e.Targets}
	}
	earlier := func(held, from time.Time) time.Time {
		if held.IsZero() || raised && from.Before(held) {
			return from
		}
		return held
	}
	held := known.Targets
	targets = policy.Targets{
		Acknowledge: earlier(held.Acknowledge, targets.Acknowledge), Contact: earlier(held.Contact, targets.Contact),
		FirstResponse: earlier(held.FirstResponse, targets.FirstResponse), Callback: earlier(held.Callback, targets.Callback),
		Resolution: earlier(held.Resolution, targets.Resolution),
	}
	e.details.Held = &Held{Cycle: e.Cycle, Targets: targets}
	return targets
}

// SetSeverity sets how much attention a complaint gets, with a reason. Only so is
// it lowered (RISK-5), also after its end, when what is said still raises it; from
// then on, in this cycle, only what comes after it counts. A merged complaint has that
// of the one that it goes on in.
func (s *Service) SetSeverity(ctx context.Context, req *intakev1.SetSeverityRequest) (*intakev1.Complaint, error) {
	complaint, err := s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if e.MergedInto != "" {
			return &mergedError{complaint: e.Name(), into: e.MergedInto}
		}
		if int32(req.GetSeverity()) == e.Severity {
			return nil
		}
		command := setSeverity
		if int32(req.GetSeverity()) < e.Severity {
			command = lowerSeverity
		}
		e.remark(command, req.GetReason())
		reason, err := e.sealed(req.GetReason(), e.Name()+"#severity")
		if err != nil {
			return err
		}
		return s.attend(e, req.GetSeverity(), &eventv1.SeverityChanged{ByPerson: true, Reason: reason})
	})
	return complaint, s.survivorOf(ctx, err)
}

// CreateSignal raises a flag for a dissatisfaction that was not said (RISK-4).
func (s *Service) CreateSignal(ctx context.Context, req *intakev1.CreateSignalRequest) (*intakev1.Signal, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	quote := req.GetSignal().GetQuote()
	if wording.Blank(quote) {
		return nil, invalid("signal.quote", "must say what you saw")
	}
	id := s.ids.ID()
	flag := draft[*intakev1.Signal]{complaint: complaint, id: id, kind: SignalEntry, doc: &intakev1.Signal{}}
	return amend(ctx, s, flag, func(e *edit, _ *intakev1.Signal) error {
		return s.raise(e, e.Name(), []finding{{
			id: id, kind: policyv1.SignalKind_AGENT_FLAG, weight: s.weight(policyv1.SignalKind_AGENT_FLAG), quote: quote, rule: "agent",
		}})
	})
}
