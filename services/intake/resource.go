package intake

import (
	"context"
	"strings"
)

// Resource is something on record that people refer to: a complaint, or something of one.
type Resource struct {
	// Complaint is the complaint's id.
	Complaint string
	// Collection is what it is one of, "messages" or "facts"; empty for the complaint.
	Collection string
	// Kind is that of an entry; 0 for what is none.
	Kind EntryKind
	// ID is its own; empty for the complaint.
	ID string
}

// resource reads the name of something that is kept here. False for any other text, names
// of what other services keep among them.
func resource(name string) (r Resource, ok bool) {
	parts := strings.Split(name, "/")
	switch {
	case parts[0] != "complaints":
	case len(parts) == 2:
		return Resource{Complaint: parts[1]}, true
	case len(parts) == 4 && (parts[2] == LinkEntry.collection() || collections(parts[2])):
		return Resource{Complaint: parts[1], Collection: parts[2], Kind: kindOf(parts[2]), ID: parts[3]}, true
	}
	return Resource{}, false
}

// kindOf is the kind of the entries in a collection; 0 for other collections.
func kindOf(collection string) EntryKind {
	for kind := ItemEntry; kind <= LinkEntry; kind++ {
		if kind.collection() == collection {
			return kind
		}
	}
	return 0
}

// checkEvidence wants what the evidence names to be on record (INV-1): whoever looks for it
// later finds it, and words that are no name of anything here say where it is kept. What is
// on record stays there, so that what is read here still holds when it is written.
func (s *Service) checkEvidence(ctx context.Context, evidence []string) error {
	var resources []Resource
	var names []string
	for _, text := range evidence {
		if r, ok := resource(text); ok {
			resources, names = append(resources, r), append(names, text)
		}
	}
	known, err := s.records.Known(ctx, resources)
	if err != nil {
		return err
	}
	for i, name := range names {
		if !known[i] {
			return evidenceUnknown(name)
		}
	}
	return nil
}

// evidenceUnknown is evidence that names what is not on record.
func evidenceUnknown(name string) error {
	return invalid("step.evidence", "must name what is on record, or say in words where it is kept; "+name+" is not on record")
}
