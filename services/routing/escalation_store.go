package routing

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/internal/eventlog"
)

// LadderStore keeps what people do about escalations.
type LadderStore interface {
	// Command is Store.Change for somebody's command. When it was carried out before, decide is not called, repeated is true and result is
	// that of the first time.
	Command(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*Case) error) (result string, repeated bool, err error)
	// Adrift takes escalations that no workflow keeps and whose time to climb has come, the longest overdue first, so that nobody else
	// takes them before again.
	Adrift(ctx context.Context, now, again time.Time, most int) ([]Drifting, error)
	// OpenEscalations lists what is before the ladder and not resolved, the oldest first. FILTER_INVALID for a filter that makes no sense.
	OpenEscalations(ctx context.Context, query OpenQuery) ([]OpenEscalation, error)
}

// OpenQuery says which escalations are wanted.
type OpenQuery struct {
	// Recipient is the agent's id who was told last; empty for anybody.
	Recipient string
	// Filter is the caller's.
	Filter string
	// After is the last one of the page before; nil for the first page.
	After *Place
	// Limit is how many at most.
	Limit int
}

// Place is where an escalation stands in a list.
type Place struct {
	// CreateTime is when it was raised first.
	CreateTime time.Time
	// Complaint and ID tell it from others of that time.
	Complaint, ID string
}

// OpenEscalation is an escalation with what its complaint says of it.
type OpenEscalation struct {
	// Complaint has its id and who is in charge.
	Complaint Complaint
	// Escalation is the escalation.
	Escalation Escalation
}

// Drifting is an escalation that no workflow keeps.
type Drifting struct {
	// Complaint is the complaint's id.
	Complaint string
	// ID is the escalation's.
	ID string
	// NoticeNumber is how many notices were sent.
	NoticeNumber int32
}
