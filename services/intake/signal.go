package intake

import (
	"path"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// signal is one on record, opened.
type signal struct {
	id string
	// customer is whose words it quotes.
	customer string
	doc      *intakev1.Signal
}

// signals opens those on record of this cycle that count: what a person looked at when
// they lowered the severity was weighed by them, and what was dismissed is none (RISK-5).
// There are at most as many as the policy keeps of each kind and target, and what people
// flagged.
func (e *edit) signals() (all []signal, err error) {
	lowered := e.lowered()
	for i := range e.entries {
		entry := &e.entries[i]
		if entry.Kind != SignalEntry || entry.Cycle != e.Cycle || !entry.CreateTime.After(lowered) {
			continue
		}
		doc := &intakev1.Signal{}
		if err := readEntry(e.key, entry, doc); err != nil {
			return nil, err
		}
		if doc.GetDismissTime() != nil {
			continue
		}
		strip(doc)
		all = append(all, signal{id: entry.ID, customer: e.owner(SignalEntry, entry.ID).customer, doc: doc})
	}
	return all, nil
}

// weights are those of the heaviest signal of each kind.
func weights(signals []signal) map[policyv1.SignalKind]int32 {
	heaviest := map[policyv1.SignalKind]int32{}
	for _, one := range signals {
		heaviest[one.doc.GetKind()] = max(heaviest[one.doc.GetKind()], one.doc.GetWeight())
	}
	return heaviest
}

// signal puts one signal on record beside the known ones, of which it is then one.
// When there are as many of its kind and target as the policy keeps, it is counted
// with the last of them: only the log, and what was said, have all its words.
func (s *Service) signal(e *edit, source string, finding finding, known *[]signal) (*eventv1.SignalRaised, error) {
	one := signal{id: finding.id, customer: e.speaker().customer, doc: &intakev1.Signal{
		Kind: finding.kind, Target: finding.target, Weight: finding.weight, Quote: finding.quote, Source: source,
		Start: int32(finding.start), End: int32(finding.end), RuleId: finding.rule,
	}}
	full := s.full(*known, &one)
	switch {
	case full != nil:
		full.doc = folded(full.doc, one.doc)
		one.id, one.doc = full.id, full.doc
	case one.id == "":
		one.id = s.ids.ID()
		fallthrough
	default:
		*known = append(*known, one)
	}
	if err := e.write(SignalEntry, one.id, one.doc); err != nil {
		return nil, err
	}
	name := entryName(e.ID, SignalEntry, one.id)
	quote, err := e.sealed(finding.quote, name+"#quote")
	if err != nil {
		return nil, err
	}
	return &eventv1.SignalRaised{
		Signal: name, Kind: finding.kind, Target: finding.target, Weight: finding.weight, RuleId: finding.rule, Source: source,
		Start: int32(finding.start), End: int32(finding.end), Quote: quote, Folded: full != nil,
	}, nil
}

// full is the last of the known signals that are like one, when the policy keeps no
// more of these; else nil. What people flag, and what has a name of its own, is
// always kept for itself.
func (s *Service) full(known []signal, one *signal) (last *signal) {
	if one.id != "" {
		return nil
	}
	count := int32(0)
	for i := range known {
		other := &known[i]
		if other.doc.GetKind() == one.doc.GetKind() && other.doc.GetTarget() == one.doc.GetTarget() && other.customer == one.customer {
			count++
			last = other
		}
	}
	if count < s.policy.Proto().GetRecord().GetMaxSignals() {
		return nil
	}
	return last
}

// folded is a signal that stands for a further one too. The heavier one is the
// evidence, so that what a complaint weighs is never less than what was found.
func folded(earlier, further *intakev1.Signal) *intakev1.Signal {
	evidence := earlier
	if further.GetWeight() > earlier.GetWeight() {
		evidence = further
	}
	out, _ := proto.Clone(evidence).(*intakev1.Signal)
	out.FoldedCount, out.LastSource = earlier.GetFoldedCount()+1, further.GetSource()
	return out
}

// fold counts a signal of a complaint that is merged with the survivor's last one like
// it, when there are as many as the policy keeps: a flood stays bounded over however many
// complaints it was spread. Else it becomes one of the survivor's, which are the known
// ones. What people flag, missed targets, and what is gone with its customer are never
// folded.
func (s *Service) fold(entry *Entry, from, to *edit, known *[]signal) (folds bool, err error) {
	if entry.Kind != SignalEntry {
		return false, nil
	}
	by := from.owner(SignalEntry, entry.ID)
	if by.key == nil || entry.Customer != "" && entry.Customer != by.customer {
		return false, nil
	}
	one := signal{customer: by.customer, doc: &intakev1.Signal{}}
	if err := readEntry(from.key, entry, one.doc); err != nil {
		return false, err
	}
	strip(one.doc)
	if one.doc.GetDismissTime() != nil { // It counts for nothing, and would count again with another one.
		return false, nil
	}
	switch one.doc.GetKind() {
	case policyv1.SignalKind_AGENT_FLAG, policyv1.SignalKind_TARGET_LONG_PAST:
		return false, nil
	default:
	}
	full := s.full(*known, &one)
	if full == nil {
		one.id = entry.ID
		*known = append(*known, one)
		return false, nil
	}
	last := latest(full.doc, one.doc)
	full.doc = folded(full.doc, one.doc)
	full.doc.FoldedCount += one.doc.GetFoldedCount()
	full.doc.LastSource = last
	return true, to.write(SignalEntry, full.id, full.doc)
}

// latest is where the last was said of what two signals stand for. Ids of messages and
// of complaints grow with time.
func latest(a, b *intakev1.Signal) (source string) {
	for _, next := range []string{a.GetSource(), a.GetLastSource(), b.GetSource(), b.GetLastSource()} {
		if path.Base(next) >= path.Base(source) {
			source = next
		}
	}
	return source
}

// flags is how many signals on record people raised, in all cycles.
func (e *edit) flags() (count int) {
	for i := range e.entries {
		entry := &e.entries[i]
		if entry.Kind == SignalEntry && entry.Code == int32(policyv1.SignalKind_AGENT_FLAG) {
			count++
		}
	}
	return count
}
