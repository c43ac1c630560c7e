package intake

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/vault"
)

// collection is the kind's part of the resource names of its entries.
func (k EntryKind) collection() string {
	names := []string{
		"items", "demands", "understanding", "notes", "flags", "representatives", "verifications", "facts", "allegedPromises", "signals",
		"investigationSteps", "assessments", "rulings", "appeals",
	}
	if k == LinkEntry {
		return "links"
	}
	if k < ItemEntry || int(k) > len(names) {
		return "entries-" + strconv.Itoa(int(k))
	}
	return names[k-1]
}

// word names the kind in events: "fact".
func (k EntryKind) word() string {
	switch k {
	case AllegedPromiseEntry:
		return "alleged_promise"
	case UnderstandingEntry:
		return "understanding"
	default:
		return strings.TrimSuffix(k.collection(), "s")
	}
}

// Name is the entry's resource name.
func (e *Entry) Name() string { return entryName(e.Complaint, e.Kind, e.ID) }

func entryName(complaint string, kind EntryKind, id string) string {
	return complaintName(complaint) + "/" + kind.collection() + "/" + id
}

func entryPlace(name string) string { return name + "#entry" }

// entryID takes the ids out of the name of an entry of this kind.
func entryID(field string, kind EntryKind, name string) (complaint, id string, err error) {
	parent, id, ok := strings.Cut(name, "/"+kind.collection()+"/")
	complaint, err = complaintID(field, parent)
	if !ok || err != nil || id == "" || strings.ContainsRune(id, '/') {
		return "", "", invalid(field, "must be complaints/{complaint}/"+kind.collection()+"/…, as it was answered")
	}
	return complaint, id, nil
}

// write puts a document on record, as a new entry or in place of the one that it
// was read from. The complaint's version grows with it.
func (e *edit) write(kind EntryKind, id string, doc proto.Message) error {
	owner := e.owner(kind, id)
	if owner.key == nil {
		return noDataKey(nil)
	}
	entry := Entry{
		Complaint: e.ID, Kind: kind, ID: id, Cycle: e.Cycle, Actor: e.actor, CreateTime: e.now, UpdateTime: e.now, Code: codeOf(doc),
	}
	if earlier := e.entry(kind, id); earlier != nil {
		entry.Cycle, entry.Actor, entry.CreateTime = earlier.Cycle, earlier.Actor, earlier.CreateTime
	}
	if owner.customer != e.Customer {
		entry.Customer, entry.WrappedKey, entry.key = owner.customer, owner.wrapped, owner.key
	}
	body, err := sealDocument(owner.key, doc, entryPlace(entry.Name()))
	if err != nil {
		return err
	}
	entry.Body = body
	e.keep(entry)
	e.touch(e.now)
	return nil
}

// keep puts an entry in place of the one of its name, also for the rest of the
// command.
func (e *edit) keep(entry Entry) {
	e.put, e.entries = kept(e.put, entry), kept(e.entries, entry)
}

func kept(entries []Entry, entry Entry) []Entry {
	for i := range entries {
		if entries[i].Kind == entry.Kind && entries[i].ID == entry.ID {
			entries[i] = entry
			return entries
		}
	}
	return append(entries, entry)
}

// codeField is the field of a document that is kept beside its body: what state it
// is in, or which kind a signal is of. Nil for what has neither.
func codeField(doc proto.Message) protoreflect.FieldDescriptor {
	name := protoreflect.Name("state")
	if _, ok := doc.(*intakev1.Signal); ok {
		name = "kind"
	}
	field := doc.ProtoReflect().Descriptor().Fields().ByName(name)
	if field == nil || field.Kind() != protoreflect.EnumKind {
		return nil
	}
	return field
}

func codeOf(doc proto.Message) int32 {
	field := codeField(doc)
	if field == nil {
		return 0
	}
	return int32(doc.ProtoReflect().Get(field).Enum())
}

// codeIn is the code of an opened document of this kind. Entries that were put on record before codes were kept have none.
func codeIn(kind EntryKind, plain []byte) (int32, error) {
	var doc proto.Message
	switch kind {
	case ItemEntry:
		doc = &intakev1.Item{}
	case RepresentativeEntry:
		doc = &intakev1.Representative{}
	case AllegedPromiseEntry:
		doc = &intakev1.AllegedPromise{}
	case SignalEntry:
		doc = &intakev1.Signal{}
	default:
		return 0, nil
	}
	if err := proto.Unmarshal(plain, doc); err != nil {
		return 0, fmt.Errorf("intake: read an entry of %s: %w", kind.collection(), err)
	}
	return codeOf(doc), nil
}

// entry is the one that the command was shown; nil when there is none.
func (e *edit) entry(kind EntryKind, id string) *Entry {
	for i := range e.entries {
		if e.entries[i].Kind == kind && e.entries[i].ID == id {
			return &e.entries[i]
		}
	}
	return nil
}

// count is how many entries of a kind the command was shown.
func (e *edit) count(kind EntryKind) int {
	n := 0
	for i := range e.entries {
		if e.entries[i].Kind == kind {
			n++
		}
	}
	return n
}

// changed tells the log that something was put on record; the event has the whole
// of it, sealed.
func (e *edit) changed(kind EntryKind, id, state string, doc proto.Message) error {
	name := entryName(e.ID, kind, id)
	owner := e.owner(kind, id)
	content, err := sealDocument(owner.key, doc, name+"#content")
	if err != nil {
		return err
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_RecordChanged{RecordChanged: &eventv1.RecordChanged{
		Entry: name, Kind: kind.word(), State: state, Content: &eventv1.Sealed{Customer: owner.customer, Ciphertext: content},
	}}})
	return nil
}

func sealDocument(key *vault.DataKey, doc proto.Message, place string) ([]byte, error) {
	plain, err := proto.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("intake: serialise %s: %w", place, err)
	}
	return key.Seal(plain, place)
}

// readEntry opens an entry into a document of its kind, with what the server says
// of it. The key is that of the complaint's customer; what another customer's sealed
// was given its own (unlock). Without a key, which is the case after it was
// destroyed, the words stay empty.
func readEntry(key *vault.DataKey, entry *Entry, doc proto.Message) error {
	if entry.Customer != "" {
		key = entry.key
	}
	if field := codeField(doc); key == nil && field != nil {
		doc.ProtoReflect().Set(field, protoreflect.ValueOfEnum(protoreflect.EnumNumber(entry.Code)))
	}
	if key != nil {
		plain, err := key.Open(entry.Body, entryPlace(entry.Name()))
		if err != nil {
			return err
		}
		if err := proto.Unmarshal(plain, doc); err != nil {
			return fmt.Errorf("intake: read %s: %w", entry.Name(), err)
		}
	}
	set(doc, "name", protoreflect.ValueOfString(entry.Name()))
	if last, ok := doc.(interface{ GetActor() string }); !ok || last.GetActor() == "" {
		set(doc, "actor", protoreflect.ValueOfString(entry.Actor))
	}
	set(doc, "cycle", protoreflect.ValueOfInt32(entry.Cycle))
	set(doc, "create_time", stampValue(entry.CreateTime))
	set(doc, "update_time", stampValue(entry.UpdateTime))
	return nil
}

// set sets a field if the document has it.
func set(doc proto.Message, field protoreflect.Name, value protoreflect.Value) {
	m := doc.ProtoReflect()
	if f := m.Descriptor().Fields().ByName(field); f != nil {
		m.Set(f, value)
	}
}

// strip clears what only the server says.
func strip(doc proto.Message) {
	m := doc.ProtoReflect()
	for _, field := range []protoreflect.Name{"name", "actor", "cycle", "create_time", "update_time"} {
		if f := m.Descriptor().Fields().ByName(field); f != nil {
			m.Clear(f)
		}
	}
}

func stampValue(t time.Time) protoreflect.Value {
	return protoreflect.ValueOfMessage(stamp(t).ProtoReflect())
}

// mask clears all words of a document but names of resources and rules, for roles
// that do not need personal data (API-4).
func mask(doc proto.Message) {
	m := doc.ProtoReflect()
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.StringKind:
			if !plain(f.Name()) {
				m.Clear(f)
			}
		case f.Kind() == protoreflect.MessageKind && f.Message().FullName() == "redress.intake.v1.Demand":
			mask(v.Message().Interface())
		}
		return true
	})
}

// plain are the fields whose text names nobody but our own people and records.
func plain(field protoreflect.Name) bool {
	switch field {
	case "name", "actor", "dismiss_actor", "source", "last_source", "message", "rule_id", "representative", "complaint",
		"supersedes", "product", "fault_code", "department", "ruling", "decider":
		return true
	default:
		return false
	}
}
