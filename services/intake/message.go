package intake

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// CreateMessage records something that was said, in whatever state the complaint
// is: words are never lost, and never change a state or a clock (REC-5). A
// front end may speak for the customer only, and only a service for a system.
func (s *Service) CreateMessage(ctx context.Context, req *intakev1.CreateMessageRequest) (*intakev1.Message, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	who, sent := caller(ctx), req.GetMessage()
	if err := maySpeak(who, sent.GetAuthor()); err != nil {
		return nil, err
	}
	if sent.GetHolding() && sent.GetAuthor() != intakev1.Message_AGENT {
		return nil, invalid("message.holding", "is for an agent's message only")
	}
	var speaker Customer
	var received time.Time
	message, err := s.addMessage(ctx, complaint, speaker, received, sent)
	var merged *mergedError
	for err != nil && errors.As(err, &merged) {
		// It goes on there, and so do its clocks. The words stay its customer's.
		if speaker.Name == "" {
			speaker, received = merged.customer, merged.received
		}
		message, err = s.addMessage(ctx, strings.TrimPrefix(merged.into, "complaints/"), speaker, received, sent)
	}
	if err != nil {
		return nil, fault(err)
	}
	// The caller sent the text itself, also when this is a repetition.
	return toMessage(&message, sent.GetText()), nil
}

// maySpeak holds for whom somebody may record a message: people who handle complaints
// for the customer and themselves, our services for a system, and a front end that acts
// for customers for these only.
func maySpeak(who auth.Identity, author intakev1.Message_Author) error {
	switch {
	case author == intakev1.Message_CUSTOMER, author == intakev1.Message_AGENT && staff(who), author == intakev1.Message_SYSTEM && who.Has(authv1.Role_SERVICE):
		return nil
	case staff(who):
		return errs.Denied(intakev1.ErrorReason_AUTHOR_NOT_ALLOWED.String(), "Only a service records what a system wrote.")
	default:
		return errs.Denied(intakev1.ErrorReason_AUTHOR_NOT_ALLOWED.String(),
			"A front end that acts for customers may record the customer's messages only.")
	}
}

// addMessage records a message on a complaint that was not merged into another one.
// The speaker is the customer of the one that it was meant for, where that was merged,
// and received is when that came in.
func (s *Service) addMessage(ctx context.Context, complaint string, speaker Customer, received time.Time, sent *intakev1.Message) (Message, error) {
	id := s.ids.ID()
	return s.store.AddMessage(ctx, NewMessage{
		Command: command(ctx), Complaint: complaint, ID: id, Kinds: shownTo(sent),
		Build: func(record *Record, entries []Entry) (Message, Effects, error) {
			if record.MergedInto != "" {
				return Message{}, Effects{}, &mergedError{
					complaint: record.Name(), into: record.MergedInto, customer: Customer{Name: record.Customer, WrappedKey: record.WrappedKey},
					received: record.ReceiveTime,
				}
			}
			e, err := s.edit(record, entries, caller(ctx).Subject)
			if err != nil {
				return Message{}, Effects{}, err
			}
			if err := s.speaks(e, speaker); err != nil {
				return Message{}, Effects{}, err
			}
			if received.IsZero() {
				received = record.ReceiveTime
			}
			if err := s.checkSent(sent, received, e.now); err != nil {
				return Message{}, Effects{}, err
			}
			before := e.Version
			message, err := s.say(e, id, sent)
			if err != nil {
				return Message{}, Effects{}, err
			}
			effects, err := e.effects(record, before)
			return message, effects, err
		},
	})
}

// checkSent holds that a message was said between the receipt of the complaint and now.
func (s *Service) checkSent(sent *intakev1.Message, received, now time.Time) error {
	at := sent.GetSendTime()
	if at == nil || at.CheckValid() == nil && !at.AsTime().After(now.Add(s.policy.ClockSkew())) && !at.AsTime().Before(received) {
		return nil
	}
	return invalid("message.send_time", "must be a time between the receipt of the complaint and now")
}

// shownTo are the entries that a message must be seen with: only a customer's can
// add to the signals.
func shownTo(sent *intakev1.Message) []EntryKind {
	if sent.GetAuthor() != intakev1.Message_CUSTOMER {
		return nil
	}
	return []EntryKind{SignalEntry}
}

// say records a message and what follows from it: its kind, the signals in it, and
// the count of requests for progress (REC-5, RISK-3).
func (s *Service) say(e *edit, id string, sent *intakev1.Message) (Message, error) {
	by := e.speaker()
	if by.key == nil {
		return Message{}, noDataKey(nil)
	}
	name := messageName(e.ID, id)
	text, err := by.key.Seal([]byte(sent.GetText()), textPlace(name))
	if err != nil {
		return Message{}, err
	}
	message := Message{
		Complaint: e.ID, ID: id, Author: int32(sent.GetAuthor()), Way: int32(sent.GetWay()), Cycle: e.Cycle, Actor: e.actor,
		CreateTime: e.now, Text: text, Holding: sent.GetHolding(), Language: s.policy.Language(sent.GetLanguageCode(), sent.GetText()),
	}
	if at := sent.GetSendTime(); at != nil {
		message.SendTime = at.AsTime().Truncate(time.Microsecond)
	}
	if by.customer != e.Customer {
		message.Customer, message.WrappedKey = by.customer, by.wrapped
	}
	var found []finding
	switch sent.GetAuthor() {
	case intakev1.Message_CUSTOMER:
		reading := s.analyser.Analyse(sent.GetText())
		message.ProposedKind, message.Kind = int32(reading.Kind), int32(reading.Kind)
		found = findings(reading)
		if reading.Kind == policyv1.MessageKind_PROGRESS_CHASE && e.chase(s.policy.Proto().GetAttention().GetChases()) {
			found = append(found, s.chased(sent.GetText()))
		}
	case intakev1.Message_AGENT:
		if !sent.GetHolding() && e.ChaseCount > 0 {
			e.ChaseCount = 0
			e.touch(e.now)
		}
	case intakev1.Message_SYSTEM, intakev1.Message_AUTHOR_UNSPECIFIED:
		// What a system writes is neither said by the customer nor an answer.
	}
	e.tell(recorded(&message, by.customer, e.ChaseCount))
	return message, s.raise(e, name, found)
}

// chase counts a request for progress and tells whether it is the first one too
// many (RISK-3).
func (e *edit) chase(allowed int32) bool {
	before := e.ChaseCount
	e.ChaseCount++
	e.touch(e.now)
	return tooMany(before, e.ChaseCount, allowed)
}

// tooMany tells whether a count of requests for progress has just become one that the
// policy does not allow, by however many it grew (RISK-3).
func tooMany(before, after, allowed int32) bool { return before <= allowed && after > allowed }

// chased is the signal of one request for progress too many.
func (s *Service) chased(text string) finding {
	return finding{
		kind: policyv1.SignalKind_CHASED_TOO_OFTEN, weight: s.weight(policyv1.SignalKind_CHASED_TOO_OFTEN),
		end: utf8.RuneCountInString(text), quote: text, rule: "attention.chases",
	}
}

// staff tells whether the caller is a person of the firm who handles complaints.
func staff(who auth.Identity) bool {
	return who.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
}

// recorded is the event of a message.
func recorded(m *Message, customer string, chases int32) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
		Message: messageName(m.Complaint, m.ID), Author: eventv1.MessageRecorded_Author(m.Author), MessageTime: stamp(m.said()),
		Text: &eventv1.Sealed{Customer: customer, Ciphertext: m.Text}, Kind: policyv1.MessageKind(m.Kind), Holding: m.Holding,
		ChaseCount: chases,
	}}}
}

// ReclassifyMessage corrects, or confirms, what kind of message it is. What the analyser proposed
// stays on record, and requests for progress are counted anew (REC-5, RISK-3).
func (s *Service) ReclassifyMessage(ctx context.Context, req *intakev1.ReclassifyMessageRequest) (*intakev1.Message, error) {
	parent, id, _ := strings.Cut(req.GetName(), "/messages/")
	complaint, err := complaintID("name", parent)
	if err != nil {
		return nil, err
	}
	place := Place{Complaint: complaint, Message: id}
	message, record, err := s.correct(ctx, complaint, place, req.GetKind())
	var merged *mergedError
	for err != nil && errors.As(err, &merged) {
		// What the customer waits for is counted where it goes on.
		message, record, err = s.correct(ctx, strings.TrimPrefix(merged.into, "complaints/"), place, req.GetKind())
	}
	if errors.Is(err, ErrNotFound) {
		return nil, noMessage(err)
	}
	if err == nil && message.Complaint != record.ID {
		record, err = s.store.Get(ctx, message.Complaint)
	}
	if err != nil {
		return nil, fault(err)
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return nil, err
	}
	return toMessage(&message, s.openText(ctx, key, &message)), nil
}

// correct corrects the kind of a message, of a complaint that was not merged or of one
// that was merged into it.
func (s *Service) correct(ctx context.Context, complaint string, place Place, kind policyv1.MessageKind) (Message, Record, error) {
	return s.records.Reclassify(ctx, Reclassification{
		Command: command(ctx), Complaint: complaint, Place: place, Kinds: []EntryKind{SignalEntry},
		Decide: func(record *Record, entries []Entry, message *Message, chases int32, open bool) (Effects, error) {
			if record.MergedInto != "" {
				return Effects{}, &mergedError{complaint: record.Name(), into: record.MergedInto}
			}
			return s.decide(record, entries, caller(ctx).Subject, func(e *edit) error {
				before := e.ChaseCount
				previous := policyv1.MessageKind(message.Kind)
				if err := e.reclassify(message, kind, chases, open); err != nil {
					return err
				}
				if err := e.judgeThreats(messageName(place.Complaint, place.Message), previous, kind); err != nil {
					return err
				}
				if !tooMany(before, e.ChaseCount, s.policy.Proto().GetAttention().GetChases()) {
					return nil
				}
				return s.raise(e, messageName(place.Complaint, place.Message), []finding{s.chased("")})
			})
		},
	})
}

func (e *edit) reclassify(message *Message, kind policyv1.MessageKind, chases int32, open bool) error {
	if message.Author != int32(intakev1.Message_CUSTOMER) {
		return invalid("name", "must be a message of the customer")
	}
	if message.Kind == int32(kind) && message.KindActor != "" {
		return nil // Otherwise somebody confirms what was proposed.
	}
	previous := policyv1.MessageKind(message.Kind)
	message.Kind, message.KindActor = int32(kind), e.actor
	e.ChaseCount = chases
	if open && kind == policyv1.MessageKind_PROGRESS_CHASE {
		e.ChaseCount++
	}
	e.touch(e.now)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_MessageReclassified{MessageReclassified: &eventv1.MessageReclassified{
		Message: messageName(message.Complaint, message.ID), Previous: previous, Kind: kind, ChaseCount: e.ChaseCount,
	}}})
	return nil
}

// keys are the data keys of customers, by the same names.
func (s *Service) keys(customers map[string]Customer) (map[string]*vault.DataKey, error) {
	keys := make(map[string]*vault.DataKey, len(customers))
	for name, customer := range customers {
		key, err := s.key(customer.Name, customer.WrappedKey)
		if err != nil {
			return nil, err
		}
		keys[name] = key
	}
	return keys, nil
}

// ListMessages lists what was said, oldest first, also on complaints that were
// merged into this one: their names tell where (REC-6).
func (s *Service) ListMessages(ctx context.Context, req *intakev1.ListMessagesRequest) (*intakev1.ListMessagesResponse, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	size, err := s.pageSize(req)
	if err != nil {
		return nil, err
	}
	bind := "messages\n" + complaint
	after, err := s.pages.After(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	messages, customers, err := s.store.Messages(ctx, complaint, after, size+1)
	if err != nil {
		return nil, fault(err)
	}
	keys, err := s.keys(customers)
	if err != nil {
		return nil, err
	}
	out := &intakev1.ListMessagesResponse{}
	for i, bytes := 0, 0; i < len(messages); i++ {
		if i == size || bytes > maxPageBytes {
			out.NextPageToken = s.pages.Encode([]string{messages[i-1].ID}, bind)
			break
		}
		text := s.openText(ctx, keys[messages[i].Complaint], &messages[i])
		out.Messages = append(out.Messages, toMessage(&messages[i], text))
		bytes += len(text)
	}
	return out, nil
}

// openText reads a message with the key of its complaint's customer, or with that of
// the customer whose words it has. It is empty when that key was destroyed, and when
// the text is damaged, which must not make a whole list unreadable.
func (s *Service) openText(ctx context.Context, key *vault.DataKey, m *Message) string {
	name := messageName(m.Complaint, m.ID)
	if m.Customer != "" {
		var err error
		if key, err = s.key(m.Customer, m.WrappedKey); err != nil {
			s.logger.ErrorContext(ctx, "a data key cannot be unwrapped", "customer", m.Customer)
		}
	}
	if key == nil {
		return ""
	}
	text, err := key.Open(m.Text, textPlace(name))
	if err != nil {
		s.logger.ErrorContext(ctx, "a message cannot be opened", "message", name)
	}
	return string(text)
}

func toMessage(m *Message, text string) *intakev1.Message {
	return &intakev1.Message{
		Name: messageName(m.Complaint, m.ID), Author: intakev1.Message_Author(m.Author), Text: text,
		Way: policyv1.ContactWay(m.Way), Cycle: m.Cycle, Actor: m.Actor, CreateTime: stamp(m.CreateTime),
		LanguageCode: m.Language, Kind: policyv1.MessageKind(m.Kind), ProposedKind: policyv1.MessageKind(m.ProposedKind),
		KindActor: m.KindActor, Holding: m.Holding, SendTime: stamp(m.said()),
	}
}

// said is when the message was said, as far as that is known.
func (m *Message) said() time.Time {
	if m.SendTime.IsZero() {
		return m.CreateTime
	}
	return m.SendTime
}
