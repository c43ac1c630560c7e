package followup

import (
	"context"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// Notification is a message to the customer: one that was sent, or shall be.
type Notification struct {
	// Complaint is the complaint's id.
	Complaint string
	// ID is the notification's id within the complaint: "ack-1".
	ID string
	// Cycle is the cycle it belongs to; 0 for what was sent before that was kept.
	Cycle int32
	// Kind is what it is for.
	Kind followupv1.Notification_Kind
	// State is what has become of it.
	State followupv1.Notification_State
	// Template is the template's name.
	Template string
	// Language is the one it was written in.
	Language string
	// Channel is the channel that took it, or may have.
	Channel string
	// Proof is the channel's proof of sending.
	Proof string
	// Address is where it was sent to, masked.
	Address string
	// Mark tells that address from others of the customer; it says nothing without the customer's key.
	Mark []byte
	// Avoid is the mark of an address that this message is not sent to.
	Avoid []byte
	// SendTime is when the channel took it.
	SendTime time.Time
	// Text is what was sent, or shall be, sealed with the customer's data key.
	Text []byte
	// Subject is its subject, sealed likewise; empty for none.
	Subject []byte
	// Problem is why it was not sent.
	Problem string
	// Attempts is how often it was begun to be sent since it was put on record or redriven.
	Attempts int
	// CreateTime is when it was put on record.
	CreateTime time.Time
	// TryTime is from when on it may be tried (again) by anybody.
	TryTime time.Time
	// LeaseTime is until when nobody else may try it, since somebody does.
	LeaseTime time.Time
	// GiveUpTime is from when on a failure is the last.
	GiveUpTime time.Time
	// Told is what events tell of its waiting.
	Told Told
}

// Told is a set of what events tell of a message that was not sent at once, so that each is told once.
type Told int32

const (
	// ToldFailed is that no channel took it.
	ToldFailed Told = 1 << iota
	// ToldQuiet is that it is held back.
	ToldQuiet
	// ToldUndelivered is that it was given up, or came back with nowhere else to go.
	ToldUndelivered
	// ToldUnsure is that it may have been handed over.
	ToldUnsure
)

// Owed tells whether the customer has a right to such a message at its time: then no quiet hours hold it back and no wish to hear less stops it.
func Owed(kind followupv1.Notification_Kind) bool {
	return kind != followupv1.Notification_SURVEY && kind != followupv1.Notification_REMINDER
}

// Name is the resource name.
func (n *Notification) Name() string { return notificationName(n.Complaint, n.ID) }

// mayHaveGone tells whether a channel has had the whole of it, so that it may arrive, or have come back.
func (n *Notification) mayHaveGone() bool { return n.Channel != "" }

// again is the part of an id that tells how often a message was put on record by another way.
const again = "-again-"

// origin is the id of the message that this one repeats by another way; its own when it repeats none.
func (n *Notification) origin() string {
	id, _, _ := strings.Cut(n.ID, again)
	return id
}

// Unusable is an address that nothing is sent to any more.
type Unusable struct {
	// Customer is "customers/{customer}".
	Customer string
	// Mark tells the address from others of the customer.
	Mark []byte
	// Notification is the name of the message that came back.
	Notification string
	// Time is when that was told.
	Time time.Time
}

// Wish is what a customer says about surveys.
type Wish struct {
	// Customer is "customers/{customer}".
	Customer string
	// Complaint is the id of the complaint that it is about; empty for all.
	Complaint string
	// Stopped is true when none are wanted; false takes back what was said of this complaint and of all.
	Stopped bool
	// Time is when that was said.
	Time time.Time
}

// Reach is what is on record of whether and where something may be sent.
type Reach struct {
	// Notification is the message itself; nil when it is not on record.
	Notification *Notification
	// Unusable are the marks of addresses that nothing is sent to.
	Unusable [][]byte
	// Stop is since when no surveys are wanted about the complaint; zero for never.
	Stop time.Time
	// StopAll is true when that holds for all complaints of the customer.
	StopAll bool
}

// Outbox keeps messages that wait, and where nothing is sent to. It may be used by several processes at once; each method is one transaction.
type Outbox interface {
	// Waiting reads messages that wait and may be tried at the given time, those first that were tried least; not all at once.
	Waiting(ctx context.Context, now time.Time) ([]Notification, error)
	// Claim begins an attempt at a message that waits: until lease nobody else does, and until again the loop does not. False when
	// somebody else began one since it was read, or it waits no more.
	Claim(ctx context.Context, n Notification, now, lease, again time.Time) (bool, error)
	// Reach reads a message of a complaint, and where its customer can be reached.
	Reach(ctx context.Context, customer, complaint, id string) (Reach, error)
	// Notifications reads messages by complaint and id. A filter that cannot be understood answers FILTER_INVALID.
	Notifications(ctx context.Context, query NotificationQuery) ([]Notification, error)
}

// NotificationQuery selects messages.
type NotificationQuery struct {
	// Complaint is a complaint's id, or empty for all.
	Complaint string
	// Filter is an AIP-160 filter over state, kind, template, attempt_count and create_time.
	Filter string
	// AfterComplaint and AfterID are where the page before ended; empty for the first one.
	AfterComplaint, AfterID string
	// Limit is how many to read at most.
	Limit int
}

// notificationMessage is a message without its text.
func notificationMessage(n Notification) *followupv1.Notification {
	m := &followupv1.Notification{
		Name: n.Name(), Template: n.Template, LanguageCode: n.Language, Channel: n.Channel, Proof: n.Proof, SendTime: timestamp(n.SendTime),
		State: n.State, Kind: n.Kind, Address: n.Address, Problem: n.Problem, AttemptCount: int32(n.Attempts), CreateTime: timestamp(n.CreateTime),
	}
	if n.State == followupv1.Notification_WAITING {
		m.TryTime, m.GiveUpTime = timestamp(n.TryTime), timestamp(n.GiveUpTime)
	}
	return m
}
