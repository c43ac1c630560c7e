package channel

import (
	"context"
	"errors"
	"log/slog"
)

// Message is what one person is told.
type Message struct {
	// ID is the same however often the message is sent.
	ID string
	// Type is what it is, for programs: "redress.notice" or "redress.message".
	Type string
	// Recipient is "agents/{agent}" or "customers/{customer}".
	Recipient string
	// Address is the recipient's e-mail address; empty for none.
	Address string
	// Phone is the recipient's telephone number; empty for none. Only a webhook can do something with it.
	Phone string
	// Language is the language of Subject and Text.
	Language string
	// Subject is one line.
	Subject string
	// Text is the whole, with the link.
	Text string
	// Link leads to the complaint; empty for none.
	Link string
	// Unsubscribe leads to where the recipient says, without a login, to want no more of its kind; empty for what is owed.
	Unsubscribe string
	// Details is what it tells, for programs: names and times, no text. They may be logged.
	Details map[string]any
	// Personal is what a webhook needs besides, and no log may have.
	Personal map[string]any
}

// Channel is a way to tell people. It is safe for concurrent use.
type Channel interface {
	// Send hands the message over, or gives up when ctx ends, and answers with what the other side says about it, which may be nothing. An
	// error means that nobody may have been told: a *RefusalError that no repetition can help, any other that one may.
	Send(ctx context.Context, m Message) (receipt string, err error)
}

// RefusalError is the error of a channel that will never take the message.
type RefusalError struct {
	// Problem says why, without personal data.
	Problem string
}

// Error says why.
func (r *RefusalError) Error() string { return r.Problem }

// Refused tells whether no repetition can help.
func Refused(err error) bool {
	var refusal *RefusalError
	return errors.As(err, &refusal)
}

// Log is the development channel: it writes who was told of what to the log, names only.
type Log struct {
	// Logger is where it writes.
	Logger *slog.Logger
	// Line is what its lines say; "notice" when empty.
	Line string
}

// Send implements Channel. It never fails.
func (l Log) Send(ctx context.Context, m Message) (string, error) {
	line := l.Line
	if line == "" {
		line = "notice"
	}
	l.Logger.InfoContext(ctx, line, "id", m.ID, "recipient", m.Recipient, "details", m.Details)
	return "", nil
}
