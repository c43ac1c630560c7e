package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// MergeComplaint has a complaint go on in another one of the same matter (REC-6).
func (s *Service) MergeComplaint(ctx context.Context, req *intakev1.MergeComplaintRequest) (*intakev1.Complaint, error) {
	if req.GetInto() == req.GetName() {
		return nil, mergeIntoItself()
	}
	who := caller(ctx)
	return s.pair(ctx, req.GetName(), req.GetInto(), req.GetEtag(), func(from, to *edit) error {
		for _, e := range []*edit{from, to} {
			if err := e.recused(); err != nil {
				return err
			}
		}
		if err := mergeable(from, to, who); err != nil {
			return err
		}
		return s.merge(from, to, req.GetReason(), false)
	})
}

// mergeable holds what a merger needs beside the states.
func mergeable(from, to *edit, who auth.Identity) error {
	switch {
	case from.survivor != from.ID:
		return mergedAlready(from.Name(), complaintName(from.survivor))
	case to.survivor == from.ID:
		return mergeCycle(complaintName(to.survivor))
	case to.survivor != to.ID:
		return mergedAlready(to.Name(), complaintName(to.survivor))
	case !from.swallowable():
		return forwardedNotMerged()
	case from.Customer != to.Customer && !who.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE):
		return customersDiffer()
	case from.key == nil || to.key == nil:
		return noDataKey(nil)
	}
	return nil
}

// merge closes one complaint and puts its record into that of the other one.
func (s *Service) merge(from, to *edit, reason string, automatic bool) error {
	severity, chases := from.Severity, max(from.ChaseCount, to.ChaseCount)
	if err := from.Merge(to.Complaint, from.now); err != nil {
		return err
	}
	// The higher of both is demanded, since the same matter was demanded twice.
	to.Demanded, to.details.FurtherDemanded = to.demands().higher(from.demands()).parted()
	about := from.about()
	to.details.AlsoAbout = union(to.details.AlsoAbout, about)
	from.details.Resolution = ""
	from.remark("merge", reason)
	to.remark("absorb", reason)
	carried, err := s.carry(from, to)
	if err != nil {
		return err
	}
	link := &intakev1.Link{Relation: intakev1.Relation_MERGER, Automatic: automatic, Reason: reason}
	if err := linkBoth(from, to, link, carried); err != nil {
		return err
	}
	why, err := from.sealed(reason, from.Name()+"#merge")
	if err != nil {
		return err
	}
	from.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintMerged{ComplaintMerged: &eventv1.ComplaintMerged{
		Into: to.Name(), Reference: to.Reference, Reason: why, IntoCycle: to.Cycle,
	}}})
	from.tell(closed(from.Outcome))
	if why, err = to.sealed(reason, to.Name()+"#absorb-"+from.ID); err != nil {
		return err
	}
	to.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
		Complaint: from.Name(), Reference: from.Reference, Reason: why, EntryCount: int32(len(carried)),
		OpenItemCount: to.OpenItems, ChaseCount: to.ChaseCount, Parts: parts(carried),
		TargetAgents: about,
	}}})
	if err := s.confrontCarried(from, to); err != nil {
		return err
	}
	if tooMany(chases, to.ChaseCount, s.policy.Proto().GetAttention().GetChases()) {
		if err := s.raise(to, to.Name(), []finding{s.chased("")}); err != nil {
			return err
		}
	}
	if severity <= to.Severity {
		return nil
	}
	return s.attend(to, policyv1.Severity(severity), &eventv1.SeverityChanged{})
}

// about is who of ours is complained about, also in what went on in this complaint before.
func (e *edit) about() []string {
	return union(e.details.AlsoAbout, []string{targetAgent(e.person())})
}

// person is who the complaint is about: who it turned out to be, or what was said when it was filed.
func (e *edit) person() string { return cmp.Or(e.details.Person, e.filing.Target.Person) }

// concerns has the complaint be about these people of ours besides whom it was about, and tells those who are new.
func (e *edit) concerns(people []string, ruling string) {
	known := e.about()
	e.details.AlsoAbout = union(e.details.AlsoAbout, people)
	if found := union(known, people)[len(known):]; len(found) > 0 {
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{TargetAgents: found, Ruling: ruling}}})
	}
}

// recused refuses whoever is complained about: nobody decides on how a complaint about themselves ends or goes on (ROUTE-2).
func (e *edit) recused() error {
	if slices.Contains(e.about(), e.actor) {
		return agentRecused()
	}
	return nil
}

// union is both lists in their order, each name once and nobody left out.
func union(list, more []string) []string {
	all := slices.Clone(list)
	for _, name := range more {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// stays tells which entries a complaint keeps for itself when it goes on in another
// one: its links, and what was found and ruled about it, which the link leads to.
// Mixed, one's ruling would be taken for the other's. Of two customers, so would what
// one of them confirmed, who acts for them, and that it is they who speak.
func stays(kind EntryKind, customersDiffer bool) bool {
	switch kind {
	case LinkEntry, InvestigationEntry, AssessmentEntry, RulingEntry, AppealEntry:
		return true
	case UnderstandingEntry, RepresentativeEntry, VerificationEntry:
		return customersDiffer
	default:
		return false
	}
}

// carry copies the entries of one complaint's record into that of another one and
// names the copies. They stay sealed with the keys of the customers whose words they
// are. Signals beyond those that the policy keeps one by one are counted with the
// survivor's. An understanding that is there stays. What was demanded first, which is no
// entry, becomes some.
func (s *Service) carry(from, to *edit) (names []string, err error) {
	known, err := to.signals()
	if err != nil {
		return nil, err
	}
	for i := range from.entries {
		entry := from.entries[i]
		if stays(entry.Kind, from.Customer != to.Customer) || to.entry(entry.Kind, entry.ID) != nil {
			continue
		}
		folds, err := s.fold(&entry, from, to, &known)
		if err != nil {
			return nil, err
		}
		if folds {
			continue
		}
		if err := s.move(&entry, from, to); err != nil {
			return nil, err
		}
		to.keep(entry)
		names = append(names, entry.Name())
	}
	if from.Customer != to.Customer {
		by := from.own()
		to.voice = &by
		defer func() { to.voice = nil }()
	}
	for i, demand := range from.filing.Demands {
		id := from.ID + string(rune('a'+i%26)) // Letters and digits alone, as the contract has the names of demands.
		if i >= 26 {
			id = s.ids.ID()
		}
		doc := &intakev1.DemandEntry{Demand: toDemand(demand), Basis: intakev1.DemandEntry_ADDITION}
		if err := to.write(DemandEntry, id, doc); err != nil {
			return nil, err
		}
		entry := *to.entry(DemandEntry, id)
		entry.CreateTime = from.CreateTime
		to.keep(entry)
		names = append(names, entryName(to.ID, DemandEntry, id))
	}
	return names, nil
}

// parts are those of these entries that can be handed over: items and demands.
func parts(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.Contains(name, "/"+ItemEntry.collection()+"/") && !strings.Contains(name, "/"+DemandEntry.collection()+"/")
	})
}

// move makes an entry of one complaint one of another. Words that are gone stay so.
func (s *Service) move(entry *Entry, from, to *edit) error {
	place := entryPlace(entry.Name())
	entry.Complaint, entry.Cycle = to.ID, to.Cycle
	if strings.HasPrefix(entry.ID, pastTarget) {
		entry.ID = s.ids.ID() // The survivor has duties of the same names, whose signals are its own.
	}
	if entry.Customer == "" {
		entry.Customer, entry.WrappedKey, entry.key = from.Customer, from.wrapped, from.key
	}
	if entry.key != nil {
		plain, err := entry.key.Open(entry.Body, place)
		if err != nil {
			return err
		}
		if entry.Body, err = entry.key.Seal(plain, entryPlace(entry.Name())); err != nil {
			return err
		}
		if entry.Code == 0 {
			if entry.Code, err = codeIn(entry.Kind, plain); err != nil {
				return err
			}
		}
	}
	if entry.Customer == to.Customer {
		entry.Customer, entry.WrappedKey, entry.key = "", nil, nil
	}
	return nil
}

// pair carries out a command on two complaints and answers the first one. A
// wanted etag is that of the first one.
func (s *Service) pair(ctx context.Context, from, to, wanted string, rule func(from, to *edit) error) (*intakev1.Complaint, error) {
	fromID, err := complaintID("name", from)
	if err != nil {
		return nil, err
	}
	toID, err := complaintID("to", to)
	if err != nil {
		return nil, err
	}
	record, err := s.matters.Pair(ctx, Pair{
		Command: command(ctx), From: fromID, To: toID,
		Decide: func(a, b *Side) error {
			if current := etag(&a.Record.Complaint); wanted != "" && wanted != current {
				return stale(current)
			}
			return s.decidePair(a, b, caller(ctx).Subject, rule)
		},
	})
	if err != nil {
		return nil, fault(err)
	}
	return s.view(ctx, &record), nil
}

// decidePair runs a rule on two opened complaints and seals what it leaves behind.
func (s *Service) decidePair(a, b *Side, actor string, rule func(from, to *edit) error) error {
	from, err := s.side(a, actor)
	if err != nil {
		return err
	}
	to, err := s.side(b, actor)
	if err != nil {
		return err
	}
	before := [2]int64{from.Version, to.Version}
	if err := rule(from, to); err != nil {
		return err
	}
	if a.Effects, err = from.effects(&a.Record, before[0]); err != nil {
		return err
	}
	b.Effects, err = to.effects(&b.Record, before[1])
	return err
}

func (s *Service) side(side *Side, actor string) (*edit, error) {
	e, err := s.edit(&side.Record, side.Entries, actor)
	if err != nil {
		return nil, err
	}
	e.survivor = side.Survivor
	return e, nil
}

// linkBoth puts a link on record of both complaints. Where one says the same, or
// says that they were merged, it stays.
func linkBoth(from, to *edit, link *intakev1.Link, carried []string) error {
	for _, side := range []struct {
		at, other *edit
		outgoing  bool
		carried   []string
	}{{from, to, true, nil}, {to, from, false, carried}} {
		doc, _ := proto.Clone(link).(*intakev1.Link)
		doc.Complaint, doc.Outgoing, doc.Carried = side.other.Name(), side.outgoing, side.carried
		if err := side.at.write(LinkEntry, side.other.ID, doc); err != nil {
			return err
		}
	}
	return nil
}

// mergedError is a complaint that went on in another one.
type mergedError struct {
	complaint, into string
	// customer is the complaint's, and received when it came in.
	customer Customer
	received time.Time
}

// Error names both.
func (e *mergedError) Error() string { return e.complaint + " was merged into " + e.into }

// survivorOf turns a complaint that was merged into the contract's error, which
// names where it went on at the end.
func (s *Service) survivorOf(ctx context.Context, err error) error {
	var merged *mergedError
	if !errors.As(err, &merged) {
		return err
	}
	survivor, failed := s.matters.Survivor(ctx, strings.TrimPrefix(merged.complaint, "complaints/"))
	if failed != nil {
		return failed
	}
	return mergedAlready(merged.complaint, complaintName(survivor))
}
