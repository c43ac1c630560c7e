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
