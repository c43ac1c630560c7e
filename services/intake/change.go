package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/vault"
)

// edit is one command at work on a complaint.
type edit struct {
	*Complaint
	details Details
	filing  Filing
	actor   string
	now     time.Time
	// key is nil when the customer's key was destroyed: then no words are kept.
	key *vault.DataKey
	// wrapped is the key as it is stored.
	wrapped []byte
	// voice is whose words the command brings when they are another customer's.
	voice    *owner
	payloads []*eventv1.Payload
	lookups  [][]byte
	// survivor is the id of the complaint that it goes on in at the end, known to
	// commands on two complaints only.
	survivor string
	// entries are those of the record that the command is shown, put those that it
	// adds or replaces.
	entries, put []Entry
}

// tell adds an event.
func (e *edit) tell(payload *eventv1.Payload) { e.payloads = append(e.payloads, payload) }

// remark keeps the words that go with a command.
func (e *edit) remark(command, text string) {
	if text == "" {
		return
	}
	e.details.Remarks = append(e.details.Remarks, Remark{Command: command, Cycle: e.Cycle, Actor: e.actor, Time: e.now, Text: text})
}

// sealed is a text for an event, absent when it cannot be sealed or is empty.
func (e *edit) sealed(text, place string) (*eventv1.Sealed, error) {
	by := e.speaker()
	if by.key == nil || text == "" {
		return nil, nil
	}
	ciphertext, err := by.key.Seal([]byte(text), place)
	if err != nil {
		return nil, err
	}
	return &eventv1.Sealed{Customer: by.customer, Ciphertext: ciphertext}, nil
}

// change carries out a command on a complaint and answers its new state. A
// wanted etag that is given must be the current one.
func (s *Service) change(ctx context.Context, name, wanted string, rule func(*edit) error) (*intakev1.Complaint, error) {
	id, err := complaintID("name", name)
	if err != nil {
		return nil, err
	}
	record, err := s.store.Change(ctx, command(ctx), id, func(record *Record) (Effects, error) {
		if current := etag(&record.Complaint); wanted != "" && wanted != current {
			return Effects{}, stale(current)
		}
		return s.decide(record, nil, caller(ctx).Subject, rule)
	})
	if err != nil {
		return nil, fault(err)
	}
	return s.view(ctx, &record), nil
}

// decide runs a rule on an opened record, of which it is shown these entries, and
// seals what it leaves behind. It fails on a record that cannot be opened, so that
// nothing is written over it.
func (s *Service) decide(record *Record, entries []Entry, actor string, rule func(*edit) error) (Effects, error) {
	e, err := s.edit(record, entries, actor)
	if err != nil {
		return Effects{}, err
	}
	before := e.Version
	if err := rule(e); err != nil || e.Version == before {
		return Effects{}, err
	}
	return e.effects(record, before)
}

// edit opens a record for a command.
func (s *Service) edit(record *Record, entries []Entry, actor string) (*edit, error) {
	filing, details, err := s.open(record)
	if err != nil {
		return nil, err
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return nil, err
	}
	entries = slices.Clone(entries)
	if err := s.unlock(entries); err != nil {
		return nil, err
	}
	return &edit{
		Complaint: &record.Complaint, filing: filing, details: details, actor: actor, now: s.now(), key: key, wrapped: record.WrappedKey,
		entries: entries,
	}, nil
}

// effects seals what the command leaves behind, the details only if it has changed
// the complaint.
func (e *edit) effects(record *Record, before int64) (effects Effects, err error) {
	if e.key != nil && e.Version != before {
		if record.Details, err = seal(e.key, e.details, detailsPlace(record.Name())); err != nil {
			return Effects{}, err
		}
	}
	return Effects{Lookups: e.lookups, Entries: e.put, Events: e.drafts()}, nil
}

// drafts are the events of the command.
func (e *edit) drafts() []eventlog.Draft {
	var drafts []eventlog.Draft
	for _, payload := range e.payloads {
		drafts = append(drafts, eventlog.Draft{
			Subject: e.Name(), Cycle: e.Cycle, Actor: e.actor, RecordTime: e.now, Payload: payload,
		})
	}
	return drafts
}

// pending turns the domain's refusal into the contract's.
func pending(err error, request string) error {
	if errors.Is(err, ErrNotPending) {
		return notPending(request)
	}
	return err
}
