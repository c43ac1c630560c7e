package intake

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// allEntries are the kinds that GetRecord answers.
func allEntries() []EntryKind {
	return []EntryKind{
		ItemEntry, DemandEntry, UnderstandingEntry, NoteEntry, FlagEntry, RepresentativeEntry, VerificationEntry, FactEntry,
		AllegedPromiseEntry, SignalEntry, LinkEntry,
	}
}

// GetRecord reads all that is on record of a complaint beside its messages,
// without words for roles that do not need personal data (API-4).
func (s *Service) GetRecord(ctx context.Context, req *intakev1.GetRecordRequest) (*intakev1.Record, error) {
	id, err := complaintID("name", strings.TrimSuffix(req.GetName(), "/record"))
	if err != nil {
		return nil, err
	}
	record, entries, err := s.records.Entries(ctx, id, allEntries()...)
	if err != nil {
		return nil, fault(err)
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return nil, err
	}
	filing, _, err := s.open(&record)
	if err != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
	}
	if err := s.unlock(entries); err != nil {
		return nil, err
	}
	out := &intakev1.Record{Name: req.GetName(), Demands: first(&record, filing), Understanding: &intakev1.Understanding{}}
	for i := range entries {
		if err := s.show(key, &entries[i], out); err != nil {
			s.logger.ErrorContext(ctx, "an entry cannot be opened", "entry", entries[i].Name())
		}
	}
	if !seesPersonalData(caller(ctx)) {
		maskRecord(out)
	}
	return out, nil
}

// first are the demands that the complaint was filed with.
func first(record *Record, filing Filing) []*intakev1.DemandEntry {
	var out []*intakev1.DemandEntry
	for _, demand := range filing.Demands {
		out = append(out, &intakev1.DemandEntry{
			Name: record.Name(), Demand: toDemand(demand), Basis: intakev1.DemandEntry_ADDITION, Cycle: 1, CreateTime: stamp(record.CreateTime),
		})
	}
	return out
}

// show adds an entry to the record that is answered.
func (s *Service) show(key *vault.DataKey, entry *Entry, out *intakev1.Record) (err error) {
	switch entry.Kind {
	case ItemEntry:
		out.Items, err = appended(key, entry, out.GetItems(), &intakev1.Item{})
	case DemandEntry:
		out.Demands, err = appended(key, entry, out.GetDemands(), &intakev1.DemandEntry{})
	case UnderstandingEntry:
		err = readEntry(key, entry, out.GetUnderstanding())
	case NoteEntry:
		out.Notes, err = appended(key, entry, out.GetNotes(), &intakev1.Note{})
	case FlagEntry:
		var flags []*intakev1.Flag
		flags, err = appended(key, entry, out.GetFlags(), &intakev1.Flag{})
		if n := len(flags); n > 0 && flags[n-1].GetExpireTime().AsTime().After(s.now()) {
			out.Flags = flags
		}
	case RepresentativeEntry:
		out.Representatives, err = appended(key, entry, out.GetRepresentatives(), &intakev1.Representative{})
	case VerificationEntry:
		out.Verifications, err = appended(key, entry, out.GetVerifications(), &intakev1.Verification{})
	case FactEntry:
		out.Facts, err = appended(key, entry, out.GetFacts(), &intakev1.StatedFact{})
	case AllegedPromiseEntry:
		out.AllegedPromises, err = appended(key, entry, out.GetAllegedPromises(), &intakev1.AllegedPromise{})
	case SignalEntry:
		out.Signals, err = appended(key, entry, out.GetSignals(), &intakev1.Signal{})
	case LinkEntry:
		out.Links, err = appended(key, entry, out.GetLinks(), &intakev1.Link{})
	default: // GetAssessment answers the others.
	}
	return err
}

// appended reads an entry into a document and adds it to a list.
func appended[M proto.Message](key *vault.DataKey, entry *Entry, list []M, doc M) ([]M, error) {
	if err := readEntry(key, entry, doc); err != nil {
		return list, err
	}
	return append(list, doc), nil
}

// maskRecord clears the words of all entries.
func maskRecord(record *intakev1.Record) {
	m := record.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !field.IsList() {
			continue
		}
		list := m.Get(field).List()
		for j := range list.Len() {
			mask(list.Get(j).Message().Interface())
		}
	}
	mask(record.GetUnderstanding())
}

// draft is an entry that a command makes or changes.
type draft[M proto.Message] struct {
	complaint, id string
	kind          EntryKind
	// shown are the kinds besides its own that the rule must see.
	shown []EntryKind
	doc   M
}

// amend carries out a command on one entry and answers it as it is then. The rule
// is given the entry as it was, or an empty one, and changes it.
func amend[M proto.Message](ctx context.Context, s *Service, d draft[M], rule func(*edit, M) error) (M, error) {
	var none M
	amended, err := s.amendRecord(ctx, d.complaint, entryName(d.complaint, d.kind, d.id), append([]EntryKind{d.kind}, d.shown...), func(e *edit) error {
		switch {
		case e.MergedInto != "":
			return &mergedError{complaint: e.Name(), into: e.MergedInto}
		case e.owner(d.kind, d.id).key == nil:
			return noDataKey(nil) // What another customer's key sealed can be worked on without the complaint's own (REC-6).
		}
		return s.amendEntry(e, d.kind, d.id, func() error { return rule(e, d.doc) })
	})
	if err != nil {
		return none, s.survivorOf(ctx, err)
	}
	key, err := s.key(amended.Record.Customer, amended.Record.WrappedKey)
	if err != nil {
		return none, err
	}
	at := slices.IndexFunc(amended.Entries, func(e Entry) bool { return e.Name() == amended.Result })
	if at < 0 {
		return none, noEntry(d.kind)
	}
	if err := s.unlock(amended.Entries[at : at+1]); err != nil {
		return none, err
	}
	fresh, _ := d.doc.ProtoReflect().New().Interface().(M)
	return fresh, readEntry(key, &amended.Entries[at], fresh)
}

// amendRecord carries out a command on the record of a complaint, of which the rule is
// shown entries of these kinds. Result names the one that it makes or changes.
func (s *Service) amendRecord(ctx context.Context, complaint, result string, kinds []EntryKind, rule func(*edit) error) (Amended, error) {
	amended, err := s.records.Amend(ctx, Amendment{
		Command: command(ctx), Complaint: complaint, Result: result, Kinds: kinds,
		Decide: func(record *Record, entries []Entry) (Effects, error) {
			return s.decide(record, entries, caller(ctx).Subject, rule)
		},
	})
	return amended, fault(err)
}

// amendEntry holds the policy's limit of entries before the rule runs. Of signals,
// those have another one that are found in words: a flood of these never refuses
// what somebody flags.
func (s *Service) amendEntry(e *edit, kind EntryKind, id string, rule func() error) error {
	limit := int(s.policy.Proto().GetRecord().GetMaxEntries())
	count := e.count(kind)
	if kind == SignalEntry {
		count = e.flags()
	}
	if e.entry(kind, id) == nil && count >= limit {
		return errs.Precondition(intakev1.ErrorReason_RECORD_FULL.String(),
			"The complaint has %d %s already; the policy (record.max_entries) allows no more.", limit, kind.collection()).
			With("kind", kind.collection())
	}
	return rule()
}

// create makes an entry. The rule may complete the document; then it is written
// and told.
func create[M proto.Message](ctx context.Context, s *Service, parent string, kind EntryKind, doc M, rule func(*edit, string, M) error, shown ...EntryKind) (M, error) {
	var none M
	complaint, err := complaintID("parent", parent)
	if err != nil {
		return none, err
	}
	if err := complete(kind, doc); err != nil {
		return none, err
	}
	id := s.ids.ID()
	strip(doc)
	return amend(ctx, s, draft[M]{complaint: complaint, id: id, kind: kind, shown: shown, doc: doc}, func(e *edit, doc M) error {
		if rule != nil {
			if err := rule(e, id, doc); err != nil {
				return err
			}
		}
		return e.write(kind, id, doc)
	})
}

// complete refuses a new entry without what its kind needs; later changes send only
// what changes.
func complete(kind EntryKind, doc proto.Message) error {
	field, needs := map[EntryKind]string{
		ItemEntry: "item", FlagEntry: "flag", RepresentativeEntry: "representative", AllegedPromiseEntry: "alleged_promise",
	}[kind], map[EntryKind][]protoreflect.Name{
		ItemEntry: {"text"}, FlagEntry: {"kind", "necessity"}, RepresentativeEntry: {"display_name", "basis", "evidence"},
		AllegedPromiseEntry: {"text"},
	}[kind]
	m := doc.ProtoReflect()
	for _, need := range needs {
		if !m.Has(m.Descriptor().Fields().ByName(need)) {
			return invalid(field+"."+string(need), "must be given")
		}
	}
	return nil
}

// update changes some fields of an entry. Fields is the mask, or what is set; the
// rule checks the outcome and tells it.
func update[M proto.Message](
	ctx context.Context, s *Service, field string, kind EntryKind, sent M, name string, fields []string, rule func(*edit, string, M) error,
) (M, error) {
	var none M
	complaint, id, err := entryID(field+".name", kind, name)
	if err != nil {
		return none, err
	}
	return amend(ctx, s, draft[M]{complaint: complaint, id: id, kind: kind, doc: sent}, func(e *edit, sent M) error {
		entry := e.entry(kind, id)
		if entry == nil {
			return noEntry(kind)
		}
		now, _ := sent.ProtoReflect().New().Interface().(M)
		if err := readEntry(e.key, entry, now); err != nil {
			return err
		}
		copyFields(now, sent, fields)
		if err := rule(e, id, now); err != nil {
			return err
		}
		strip(now)
		return e.write(kind, id, now)
	})
}

// copyFields takes fields over.
func copyFields(to, from proto.Message, fields []string) {
	target, source := to.ProtoReflect(), from.ProtoReflect()
	for i := range source.Descriptor().Fields().Len() {
		field := source.Descriptor().Fields().Get(i)
		if !slices.Contains(fields, string(field.Name())) {
			continue
		}
		if source.Has(field) {
			target.Set(field, source.Get(field))
		} else {
			target.Clear(field)
		}
	}
}

// masked are the fields that an update means: those of the mask, or without one
// those that are set. Others than the allowed ones are refused, but for the name.
func fieldsOf(doc proto.Message, paths, allowed []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		switch {
		case slices.Contains(allowed, path):
			out = append(out, path)
		case path != "name":
			return nil, errs.Invalid(errorv1.Reason_FIELD_NOT_UPDATABLE.String(), "update_mask",
				"The field %q cannot be changed; %s can.", path, strings.Join(allowed, ", ")).With("field", path)
		}
	}
	if len(paths) > 0 {
		return out, nil
	}
	m := doc.ProtoReflect()
	for i := range m.Descriptor().Fields().Len() {
		if field := m.Descriptor().Fields().Get(i); m.Has(field) && slices.Contains(allowed, string(field.Name())) {
			out = append(out, string(field.Name()))
		}
	}
	return out, nil
}
