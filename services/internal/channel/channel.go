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
	// Handed is told by a channel that the other side has the whole message, so that only its answer is missing; nil for nobody.
	Handed func()
}

// handed tells that the other side has the whole message.
func (m *Message) handed() {
	if m.Handed != nil {
		m.Handed()
	}
}

// Channel is a way to tell people. It is safe for concurrent use.
type Channel interface {
	// Send hands the message over, or gives up when ctx ends, and answers with what the other side says about it, which may be nothing. An
	// error means that nobody may have been told: a *RefusalError that no repetition can help, an *UnsureError that somebody may have been
	// told all the same, any other that a repetition may help.
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

// UnsureError is the error of a channel that has handed the whole message over and had no answer: it may arrive, or not.
type UnsureError struct {
	// Problem says why, without personal data.
	Problem string
}

// Error says why.
func (u *UnsureError) Error() string { return u.Problem }

// Unsure tells whether a message may have been handed over all the same.
func Unsure(err error) bool {
	var unsure *UnsureError
	return errors.As(err, &unsure)
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
