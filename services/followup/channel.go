package followup

import (
	"context"
	"log/slog"
)

// Channel sends messages to customers.
type Channel interface {
	// Name is how records call the channel.
	Name() string
	// Send hands a message over and returns the proof of it. A message may come
	// again, with the same notification, when its sending could not be recorded:
	// the channel then sends nothing and returns the proof again, if it can tell.
	// Neither the error nor the proof may hold personal data: the one is logged
	// and the other recorded as it is.
	Send(ctx context.Context, message Message) (proof string, err error)
}

// Message is something to be sent to a customer. All but the recipient and the
// text may be logged.
type Message struct {
	// Notification is "complaints/{complaint}/notifications/{notification}": the
	// channel's idempotency key.
	Notification string
	// Complaint is "complaints/{complaint}".
	Complaint string
	// Template is the template's name.
	Template string
	// Language is the one the text is written in.
	Language string
	// Digest is the SHA-256 of the text as it is sealed on record. A digest of
	// the text itself could be tried against guessed names and numbers.
	Digest string
	// Recipient is whom it goes to.
	Recipient Recipient
	// Text is what to send.
	Text string
}

// Recipient is whom a message goes to. Phone and Email may be empty.
type Recipient struct {
	// DisplayName is the name to address.
	DisplayName string
	// Phone is a telephone number.
	Phone string
	// Email is an e-mail address.
	Email string
}

// DevChannelName is how records call the channel for development.
const DevChannelName = "development"

// DevChannel is the channel for development: it writes a line to the log,
// without personal data, and sends nothing to anybody. The text itself is kept
// sealed in the table notifications, as with any channel.
type DevChannel struct {
	logger *slog.Logger
}

var _ Channel = (*DevChannel)(nil)

// NewDevChannel makes a development channel over a log.
func NewDevChannel(logger *slog.Logger) *DevChannel { return &DevChannel{logger: logger} }

// Name implements Channel.
func (c *DevChannel) Name() string { return DevChannelName }

// Send implements Channel. It never fails; its proof is the digest.
func (c *DevChannel) Send(ctx context.Context, m Message) (string, error) {
	c.logger.InfoContext(ctx, "message to the customer", "complaint", m.Complaint, "notification", m.Notification,
		"template", m.Template, "language", m.Language, "digest", m.Digest)
	return "sha256:" + m.Digest, nil
}
