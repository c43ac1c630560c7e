package followup

import (
	"context"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Channel sends messages to customers.
type Channel interface {
	// Send hands a message over and answers with the proof of it. A message may come again, with the same notification, when its sending
	// could not be recorded: the channel then sends nothing and returns the proof again, if it can tell. An error is a
	// *channel.RefusalError when no repetition can help, and an *channel.UnsureError when somebody has the message and does not say so; the
	// receipt then tells by which channel and where it may have gone. Neither the error nor the proof may hold personal data: the one is logged and
	// the other recorded as it is.
	Send(ctx context.Context, message Message) (Receipt, error)
	// Reaches tells whether there is an address that a message could be sent to.
	Reaches(r Recipient) bool
}

// Receipt is what proves that a message was sent.
type Receipt struct {
	// Channel is how records call the channel.
	Channel string
	// Proof is what the other side said.
	Proof string
	// To is the address; empty for a channel that needs none. It is recorded masked.
	To string
}

// Message is something to be sent to a customer. All but the recipient, the subject, the text and where it is unsubscribed from may be logged.
type Message struct {
	// Notification is "complaints/{complaint}/notifications/{notification}": the channel's idempotency key.
	Notification string
	// Complaint is "complaints/{complaint}".
	Complaint string
	// Template is the template's name.
	Template string
	// Kind is what it is for, a Notification.Kind by name.
	Kind string
	// Language is the one the text is written in.
	Language string
	// Digest is the SHA-256 of the text as it is sealed on record. A digest of the text itself could be tried against guessed names and numbers.
	Digest string
	// Recipient is whom it goes to.
	Recipient Recipient
	// Subject is one line; empty for none.
	Subject string
	// Text is what to send.
	Text string
	// Unsubscribe leads to where the customer says to want no more of them; empty for what is owed. It may not be logged.
	Unsubscribe string
	// Handed is by which channel and where it may have gone already: it goes by no other way. Empty for nowhere. It may not be logged.
	Handed Receipt
}

// Recipient is whom a message goes to. Phone and Email may be empty.
type Recipient struct {
	// Customer is "customers/{customer}".
	Customer string
	// DisplayName is the name to address.
	DisplayName string
	// Phone is a telephone number.
	Phone string
	// Email is an e-mail address.
	Email string
	// Preferred is how the customer would like to be reached; unset for no matter.
	Preferred policyv1.ContactWay
}

// Contact is how a customer can be reached.
type Contact struct {
	// Recipient is whom a message goes to.
	Recipient Recipient
	// Reference is what the customer knows the complaint by.
	Reference string
	// Hours is when, as the customer said: "18:00-21:00", several separated by commas; empty for nothing said.
	Hours string
	// Zone is the customer's time zone, by its name in the IANA database; empty for the firm's.
	Zone string
}

// Contacts knows how customers can be reached. Nothing of it is kept: what is sent later goes to where the customer can be reached by then.
type Contacts interface {
	// Contact reads the contact of a complaint's customer. Intake's DATA_KEY_NOT_FOUND says that the customer was erased.
	Contact(ctx context.Context, complaint string) (Contact, error)
}
