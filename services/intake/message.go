package intake

import (
	"context"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/vault"
)

// CreateMessage records something that was said, in whatever state the complaint
// is: words are never lost, and never change a state or a clock (REC-5). A
// front end may speak for the customer only.
func (s *Service) CreateMessage(ctx context.Context, req *intakev1.CreateMessageRequest) (*intakev1.Message, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	who, sent := caller(ctx), req.GetMessage()
	if sent.GetAuthor() != intakev1.Message_CUSTOMER && !staff(who) {
		return nil, errs.Denied(intakev1.ErrorReason_AUTHOR_NOT_ALLOWED.String(),
			"A front end that acts for customers may record the customer's messages only.")
	}
	id := s.ids.ID()
	name := messageName(complaint, id)
	message, err := s.store.AddMessage(ctx, NewMessage{
		Command: command(ctx), Complaint: complaint, ID: id,
		Build: func(record *Record) (Message, eventlog.Draft, error) {
			key, err := s.key(record.Customer, record.WrappedKey)
			if err != nil {
				return Message{}, eventlog.Draft{}, err
			}
			if key == nil {
				return Message{}, eventlog.Draft{}, noDataKey(nil)
			}
			text, err := key.Seal([]byte(sent.GetText()), textPlace(name))
			if err != nil {
				return Message{}, eventlog.Draft{}, err
			}
			message := Message{
				Complaint: complaint, ID: id, Author: int32(sent.GetAuthor()), Way: int32(sent.GetWay()), Cycle: record.Cycle,
				Actor: who.Subject, CreateTime: s.now(), Text: text,
			}
			return message, recorded(&message, record.Customer), nil
		},
	})
	if err != nil {
		return nil, fault(err)
	}
	// The caller sent the text itself, also when this is a repetition.
	return toMessage(&message, sent.GetText()), nil
}

// staff tells whether the caller is a person of the firm who handles complaints.
func staff(who auth.Identity) bool {
	return who.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
}

// recorded is the event of a message.
func recorded(m *Message, customer string) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(m.Complaint), Cycle: m.Cycle, Actor: m.Actor, RecordTime: m.CreateTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
			Message: messageName(m.Complaint, m.ID), Author: eventv1.MessageRecorded_Author(m.Author), MessageTime: stamp(m.CreateTime),
			Text: &eventv1.Sealed{Customer: customer, Ciphertext: m.Text},
		}}},
	}
}

// ListMessages lists what was said, oldest first.
func (s *Service) ListMessages(ctx context.Context, req *intakev1.ListMessagesRequest) (*intakev1.ListMessagesResponse, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	size, err := s.policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, invalid("page_size", "must not be negative")
	}
	bind := "messages\n" + complaint
	cursor, err := s.pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	after := ""
	if cursor != nil {
		if len(cursor) != 1 {
			return nil, page.ErrToken
		}
		after = cursor[0]
	}
	messages, customer, err := s.store.Messages(ctx, complaint, after, int(size)+1)
	if err != nil {
		return nil, fault(err)
	}
	key, err := s.key(customer.Name, customer.WrappedKey)
	if err != nil {
		return nil, err
	}
	out := &intakev1.ListMessagesResponse{}
	for i, bytes := 0, 0; i < len(messages); i++ {
		if i == int(size) || bytes > maxPageBytes {
			out.NextPageToken = s.pages.Encode([]string{messages[i-1].ID}, bind)
			break
		}
		text := s.openText(ctx, key, &messages[i])
		out.Messages = append(out.Messages, toMessage(&messages[i], text))
		bytes += len(text)
	}
	return out, nil
}

// openText reads a message; it is empty when the customer's key was destroyed,
// and when the text is damaged, which must not make a whole list unreadable.
func (s *Service) openText(ctx context.Context, key *vault.DataKey, m *Message) string {
	if key == nil {
		return ""
	}
	name := messageName(m.Complaint, m.ID)
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
	}
}
