package intake

import (
	"context"
	"errors"
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
	key      *vault.DataKey
	payloads []*eventv1.Payload
	lookups  [][]byte
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
	if e.key == nil || text == "" {
		return nil, nil
	}
	ciphertext, err := e.key.Seal([]byte(text), place)
	if err != nil {
		return nil, err
	}
	return &eventv1.Sealed{Customer: e.Customer, Ciphertext: ciphertext}, nil
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
		return s.decide(record, caller(ctx).Subject, rule)
	})
	if err != nil {
		return nil, fault(err)
	}
	return s.view(ctx, &record), nil
}

// decide runs a rule on an opened record and seals what it leaves behind. It
// fails on a record that cannot be opened, so that nothing is written over it.
func (s *Service) decide(record *Record, actor string, rule func(*edit) error) (Effects, error) {
	filing, details, err := s.open(record)
	if err != nil {
		return Effects{}, err
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return Effects{}, err
	}
	e := &edit{Complaint: &record.Complaint, filing: filing, details: details, actor: actor, now: s.now(), key: key}
	before := e.Version
	if err := rule(e); err != nil || e.Version == before {
		return Effects{}, err
	}
	if key != nil {
		if record.Details, err = seal(key, e.details, detailsPlace(record.Name())); err != nil {
			return Effects{}, err
		}
	}
	effects := Effects{Lookups: e.lookups}
	for _, payload := range e.payloads {
		effects.Events = append(effects.Events, eventlog.Draft{
			Subject: record.Name(), Cycle: record.Cycle, Actor: actor, RecordTime: e.now, Payload: payload,
		})
	}
	return effects, nil
}

// pending turns the domain's refusal into the contract's.
func pending(err error, request string) error {
	if errors.Is(err, ErrNotPending) {
		return notPending(request)
	}
	return err
}
