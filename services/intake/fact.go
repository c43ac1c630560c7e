package intake

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// The states of a fact that the log tells (REC-9).
const (
	consistent   = "CONSISTENT"
	contradicted = "CONTRADICTED"
)

// CreateFact records what the customer was told. Facts of one subject that say
// different things are flagged on all of them (REC-9).
func (s *Service) CreateFact(ctx context.Context, req *intakev1.CreateFactRequest) (*intakev1.StatedFact, error) {
	return create(ctx, s, req.GetParent(), FactEntry, req.GetFact(), s.stated)
}

func (s *Service) stated(e *edit, id string, fact *intakev1.StatedFact) error {
	fact.Contradicts = nil
	switch at := fact.GetStateTime(); {
	case at == nil:
		fact.StateTime = stamp(e.now)
	case at.CheckValid() != nil || at.AsTime().After(e.now.Add(s.policy.ClockSkew())):
		return invalid("fact.state_time", "must be a time that is not in the future")
	}
	if _, err := s.confront(e, id, fact); err != nil {
		return err
	}
	state := consistent
	if len(fact.GetContradicts()) > 0 {
		state = contradicted
	}
	return e.changed(FactEntry, id, state, fact)
}

// confront compares a fact with all others on record. Those that say something else of
// its subject name it, and it names them; writing it is the caller's. Fresh tells
// whether there is one of which that was not known.
func (s *Service) confront(e *edit, id string, fact *intakev1.StatedFact) (fresh bool, err error) {
	name := entryName(e.ID, FactEntry, id)
	for _, entry := range slices.Clone(e.entries) {
		if entry.Kind != FactEntry || entry.ID == id {
			continue
		}
		other := &intakev1.StatedFact{}
		if err := readEntry(e.key, &entry, other); err != nil {
			return false, err
		}
		if !s.contradict(fact, other) || slices.Contains(fact.GetContradicts(), entry.Name()) {
			continue
		}
		fresh = true
		fact.Contradicts = append(fact.Contradicts, entry.Name())
		if slices.Contains(other.GetContradicts(), name) {
			continue
		}
		strip(other)
		other.Contradicts = append(other.Contradicts, name)
		if err := e.write(FactEntry, entry.ID, other); err != nil {
			return false, err
		}
	}
	return fresh, nil
}

// contradict tells whether two facts say different things of one subject. Of a subject
// nothing counts but its letters and digits. One that is part of another is another
// one: of "fee" and "late fee" nobody knows whether the same was meant, and who says
// the wrong thing is accused of it. Words that are gone contradict nothing.
func (s *Service) contradict(a, b *intakev1.StatedFact) bool {
	if a.GetSubject() == "" || b.GetSubject() == "" {
		return false
	}
	letters := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	seen := func(r rune) bool { return !unicode.IsSpace(r) }
	return s.plain(a.GetSubject(), letters) == s.plain(b.GetSubject(), letters) && s.plain(a.GetValue(), seen) != s.plain(b.GetValue(), seen)
}

// plain is a text in its plainest form, of which only some characters are kept; the whole
// when none would be left.
func (s *Service) plain(text string, keep func(rune) bool) string {
	folded := s.index.splitter.Fold(text)
	kept := strings.Map(func(r rune) rune {
		if keep(r) {
			return r
		}
		return -1
	}, folded)
	if kept == "" {
		return folded
	}
	return kept
}

// confrontCarried compares the facts that came from a complaint that was merged with those
// that were there: to the customer it was one firm who said both (REC-9). They name each
// other as they are called here.
func (s *Service) confrontCarried(from, to *edit) error {
	for _, entry := range slices.Clone(to.entries) {
		if entry.Kind != FactEntry || from.entry(FactEntry, entry.ID) == nil {
			continue
		}
		// It may have been changed since, by another one that came along.
		fact := &intakev1.StatedFact{}
		if err := readEntry(to.key, to.entry(FactEntry, entry.ID), fact); err != nil {
			return err
		}
		before, _ := proto.Clone(fact).(*intakev1.StatedFact)
		for i, other := range fact.GetContradicts() {
			if rest, ok := strings.CutPrefix(other, from.Name()+"/"); ok {
				fact.Contradicts[i] = to.Name() + "/" + rest
			}
		}
		fresh, err := s.confront(to, entry.ID, fact)
		if err != nil {
			return err
		}
		strip(fact)
		strip(before)
		if proto.Equal(fact, before) {
			continue
		}
		if err := to.write(FactEntry, entry.ID, fact); err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := to.changed(FactEntry, entry.ID, contradicted, fact); err != nil {
			return err
		}
	}
	return nil
}
