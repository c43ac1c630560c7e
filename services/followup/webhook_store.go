package followup

import (
	"context"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// WebhookStore keeps subscriptions of outside systems, and what is on its way to them. Each method is one transaction.
type WebhookStore interface {
	// ChangeWebhook reads a subscription, lets decide judge it, and writes what decide put into Changes: all of it or nothing. While it runs
	// no other change of the same subscription does. Decide must not call the store, and does not run when the command was carried out before.
	ChangeWebhook(ctx context.Context, change WebhookChange, decide func(*WebhookCase) error) (Done, error)
	// Webhook reads one; ErrUnknown when there is none.
	Webhook(ctx context.Context, id string) (Webhook, error)
	// Webhooks reads those after an id, by id.
	Webhooks(ctx context.Context, after string, limit int) ([]Webhook, error)
	// DueWebhooks lists the ids of active subscriptions for which something may be to be sent.
	DueWebhooks(ctx context.Context, now time.Time) ([]string, error)
	// Hear notes where a complaint stands, and puts deliveries on record that are not yet, for subscriptions as they are. Committed is called
	// after the transaction, when there are any.
	Hear(ctx context.Context, complaint string, told Standing, decide func([]Webhook, Standing) ([]Delivery, error), committed func()) error
	// ClaimDeliveries begins attempts at deliveries of a subscription that are due, at most limit, and none about a complaint of which an earlier one
	// waits. Nobody else begins one before lease. None when the subscription is not active.
	ClaimDeliveries(ctx context.Context, webhook string, now, lease time.Time, limit int) (Webhook, []Delivery, error)
	// SettleDelivery puts on record what came of an attempt that ClaimDeliveries began, unless somebody else has taken the delivery over since, and returns the
	// subscription; ErrUnknown when it is gone. One that still waits, and without a problem, was not attempted after all.
	SettleDelivery(ctx context.Context, done Delivery, now time.Time) (Webhook, error)
	// WebhookDelivery reads one; ErrUnknown when there is none.
	WebhookDelivery(ctx context.Context, webhook, id string) (Delivery, error)
	// WebhookDeliveries reads deliveries without bodies, the newest first. A filter that cannot be understood answers FILTER_INVALID.
	WebhookDeliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error)
	// SweepDeliveries removes what has ended, or waits for a subscription that is paused, since before; it tells how many, at most limit.
	SweepDeliveries(ctx context.Context, before time.Time, limit int) (int64, error)
	// CountDeliveries counts what waits and what was given up, and tells since when the oldest of those waits; zero for none.
	CountDeliveries(ctx context.Context) (waiting, dead int64, oldest time.Time, err error)
}

// Standing is where a complaint stands, as far as subscriptions are filtered by it. What is zero is not known.
type Standing struct {
	// Department is "departments/{department}".
	Department string
	// Severity is the complaint's.
	Severity policyv1.Severity
}

// WebhookChange says of which subscription, and on whose account.
type WebhookChange struct {
	// ID is the subscription's.
	ID string
	// Command, if any, is the call that causes the change: its idempotency key is claimed in the same transaction, for Result.
	Command idem.Command
	// Result is the resource name that the command produces.
	Result string
}

// WebhookCase is a subscription with what is decided about it.
type WebhookCase struct {
	// Webhook is nil when there is none.
	Webhook *Webhook
	// Count is how many subscriptions there are.
	Count int
	// Changes is what is written.
	Changes WebhookChanges
}

// WebhookChanges is what is decided about a subscription.
type WebhookChanges struct {
	// Put is the subscription as it is to be.
	Put *Webhook
	// Delete has it removed with all that belongs to it.
	Delete bool
	// GiveUp, if any, is why what waits is given up.
	GiveUp string
	// Time is when.
	Time time.Time
	// Resume, if any, has what waits tried at once, and until then.
	Resume time.Time
	// Redrive has what was given up tried again.
	Redrive *Redrive
	// Post is a delivery to put on record.
	Post *Delivery
	// Drafts are events.
	Drafts []eventlog.Draft
}

// Redrive says what is tried again.
type Redrive struct {
	// ID names one delivery; empty for all since Since.
	ID string
	// Since is when they were put on record, at the earliest.
	Since time.Time
	// GiveUpTime is until when they are tried.
	GiveUpTime time.Time
	// Count is told how many there are.
	Count *int64
}

// DeliveryQuery selects deliveries.
type DeliveryQuery struct {
	// Webhook is whose.
	Webhook string
	// Filter is an AIP-160 filter over state, type, complaint, attempt_count, response_code and create_time.
	Filter string
	// Before is the sequence of the last one of the page before; 0 for the first page.
	Before int64
	// Limit is how many to read at most.
	Limit int
}

// ended tells whether a delivery is not tried any more.
func (d *Delivery) ended() bool { return d.State != followupv1.WebhookDelivery_WAITING }
