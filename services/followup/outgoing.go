package followup

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// Outgoing is a message that followup decides to send.
type Outgoing struct {
	// ID is the notification's id within the complaint: "survey-1-first". There is one of each.
	ID string
	// Cycle is the cycle it belongs to.
	Cycle int32
	// Kind is what it is for, and so whether it is owed: Owed(kind).
	Kind followupv1.Notification_Kind
	// Template is a letter of the policy.
	Template string
	// Language is the one to write in.
	Language string
	// Facts are what the letter tells of itself; who the customer is is filled in.
	Facts letter.Facts
	// Given is what only the writer knows, by variable: the link to a survey.
	Given map[string]string
}

// Compose writes a message and seals it, so that a transaction can put it on record with ledger.enqueue; Run sends it from then on. It is done
// before the transaction because the key and the customer's name may have to be asked for. Errors: those of letter.Book.Write, those of
// keys and contacts, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) Compose(ctx context.Context, complaint string, o Outgoing) (Notification, error) {
	c, err := s.known(ctx, complaint)
	if err != nil {
		return Notification{}, err
	}
	to, err := s.deps.Contacts.Contact(ctx, complaintName(complaint))
	if err != nil {
		return Notification{}, err
	}
	o.Facts.DisplayName, o.Facts.Reference, o.Facts.Zone = to.Recipient.DisplayName, c.Complaint.Reference, letter.Zone(to.Zone)
	written, err := s.deps.Policy.Letters().Write(o.Template, o.Language, o.Facts, o.Given)
	if err != nil {
		return Notification{}, err
	}
	key, err := s.deps.Keys.Key(ctx, c.Complaint.Customer)
	if err != nil {
		return Notification{}, err
	}
	return compose(key, Notification{
		Complaint: complaint, ID: o.ID, Cycle: o.Cycle, Kind: o.Kind, Template: o.Template, Language: o.Language,
	}, words{written.Subject, written.Text})
}

// Enqueue puts a composed message on record and has it sent; one of its id that is on record stays as it is, and is answered. A transaction
// that decides more than this calls ledger.enqueue in it.
func (s *Service) Enqueue(ctx context.Context, n Notification) (Notification, error) {
	err := s.note(ctx, n.Complaint, func(l ledger) error {
		n = l.enqueue(n, l.now, s.patience())
		return nil
	})
	s.hurry()
	return n, err
}
