package followup

import (
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Webhook is the subscription of an outside system.
type Webhook struct {
	// ID is the last part of its name.
	ID string
	// DisplayName is what people call it; URL is where requests go.
	DisplayName, URL string
	// Types and Departments are which events it wants, of whose complaints; none for all.
	Types, Departments []string
	// Severities is of which complaints; none for all.
	Severities []policyv1.Severity
	// State says whether it is told, Reason why, and StateTime since when.
	State     followupv1.Webhook_State
	Reason    string
	StateTime time.Time
	// Secret signs, sealed; OldSecret does so too until OldUntil.
	Secret, OldSecret []byte
	OldUntil          time.Time
	// CreateTime and UpdateTime are when somebody added and last changed it.
	CreateTime, UpdateTime time.Time
	// Version grows with each change.
	Version int64
	// SuccessTime is when it last took something, FailingSince since when it has taken nothing.
	SuccessTime, FailingSince time.Time
}

// Delivery is one event on its way to one subscription.
type Delivery struct {
	// Sequence is the order in which events were heard.
	Sequence int64
	// Webhook is the id of the subscription, and ID that of the event.
	Webhook, ID string
	// Type is what happened, and Complaint the id of the complaint to which; "ping" and empty for nothing.
	Type, Complaint string
	// Body is what is sent.
	Body []byte
	// State is what has become of it.
	State followupv1.WebhookDelivery_State
	// Attempts is how often it was tried since it was put on record or redriven.
	Attempts int32
	// CreateTime is when it was put on record, TryTime when it is tried next, and LeaseTime until when an attempt may be under way.
	CreateTime, TryTime, LeaseTime time.Time
	// GiveUpTime is from when on a failure is the last, and EndTime when it was taken or given up.
	GiveUpTime, EndTime time.Time
	// Code and Problem are what was answered last.
	Code    int32
	Problem string
	// Log has the last attempts.
	Log []*followupv1.WebhookAttempt
}

// pingType is the type of requests that tell nothing.
const pingType = "ping"

// keptAttempts is a technical limit: of how many attempts at one delivery the log tells.
const keptAttempts = 20

// clockSlack is a technical limit: how far the clock of another service may be behind. What was recorded longer than that before a
// subscription was added is not for it.
const clockSlack = time.Minute

// webhookName is "webhooks/{webhook}".
func webhookName(id string) string { return "webhooks/" + id }

// deliveryName is "webhooks/{webhook}/deliveries/{delivery}".
func deliveryName(webhook, id string) string { return webhookName(webhook) + "/deliveries/" + id }

// webhookID takes the id out of "webhooks/{webhook}".
func webhookID(name string) string { return strings.TrimPrefix(name, "webhooks/") }

// deliveryIDs takes the ids out of "webhooks/{webhook}/deliveries/{delivery}".
func deliveryIDs(name string) (webhook, id string) {
	webhook, id, _ = strings.Cut(webhookID(name), "/deliveries/")
	return webhook, id
}

// wants tells whether an event is for the subscription.
func (w *Webhook) wants(e *eventv1.Event, standing Standing) bool {
	return !e.GetRecordTime().AsTime().Before(w.CreateTime.Add(-clockSlack)) &&
		(len(w.Types) == 0 || slices.Contains(w.Types, e.GetType())) &&
		(len(w.Departments) == 0 || slices.Contains(w.Departments, standing.Department)) &&
		(len(w.Severities) == 0 || slices.Contains(w.Severities, standing.Severity))
}

// put sets the state.
func (w *Webhook) put(state followupv1.Webhook_State, reason string, now time.Time) {
	w.State, w.Reason, w.StateTime = state, reason, now
	w.FailingSince = time.Time{}
}

// failing tells whether the subscription has taken nothing for so long.
func (w *Webhook) failing(now time.Time, patience time.Duration) bool {
	return !w.FailingSince.IsZero() && now.Sub(w.FailingSince) >= patience
}

// Tellable tells whether events of a type are told to outside systems: all of complaints are, but what concerns the pay of people.
func Tellable(eventType string) bool {
	kinds := (&eventv1.Payload{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	for i := range kinds.Len() {
		if name := string(kinds.Get(i).Name()); name == eventType {
			return !strings.HasPrefix(name, "deduction_") && !slices.Contains(ofNoComplaint(), name)
		}
	}
	return false
}

// ofNoComplaint are the types of events that are about something else.
func ofNoComplaint() []string {
	return []string{
		"directory_changed", "rule_set_activated", "review_done", "improvement_opened", "improvement_assigned", "improvement_overdue",
		"improvement_completed", "improvement_checked", "improvement_abandoned", "webhook_changed",
	}
}

// standing is what an event says of a complaint that subscriptions are filtered by.
func standing(p *eventv1.Payload) Standing {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		return Standing{Severity: k.ComplaintReceived.GetSeverity()}
	case *eventv1.Payload_ComplaintReopened:
		return Standing{Severity: k.ComplaintReopened.GetSeverity()}
	case *eventv1.Payload_ComplaintImported:
		return Standing{Severity: k.ComplaintImported.GetSeverity()}
	case *eventv1.Payload_SeverityChanged:
		return Standing{Severity: k.SeverityChanged.GetSeverity()}
	case *eventv1.Payload_ComplaintAssigned:
		return Standing{Department: k.ComplaintAssigned.GetDepartment()}
	default:
		return Standing{}
	}
}
