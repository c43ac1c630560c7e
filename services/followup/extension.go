package followup

import (
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// Extension is more time for what is owed by law (CLK-3): asked for by one person, and granted or refused by another.
type Extension struct {
	// State says where it stands.
	State followupv1.Extension_State
	// Requester asked for it at RequestTime, for the sealed Reason.
	Requester   string
	RequestTime time.Time
	Reason      []byte
	// ReasonPlace is what Reason is bound to, when it was said of another complaint, which went on in this one; empty for the duty itself.
	ReasonPlace string
	// Decider decided at DecideTime; empty before.
	Decider    string
	DecideTime time.Time
	// PreviousDueTime is by when it was owed, DueTime by when it would be owed or is.
	PreviousDueTime, DueTime time.Time
	// Told counts the times that somebody was told to decide, TellTime is when somebody is next; zero for never.
	Told     int32
	TellTime time.Time
}

// TellTime is when somebody is told next that more time is asked for; zero when nobody waits for a decision.
func (d *Duty) TellTime() time.Time {
	if asked := d.asked(); asked != nil {
		return asked.TellTime
	}
	return time.Time{}
}

// Extended is how often the duty was extended.
func (d *Duty) Extended() int32 {
	var granted int32
	for i := range d.Extensions {
		if d.Extensions[i].State == followupv1.Extension_GRANTED {
			granted++
		}
	}
	return granted
}

// asked is the extension that waits for a decision; nil when none does.
func (d *Duty) asked() *Extension {
	if n := len(d.Extensions); n > 0 && d.Extensions[n-1].State == followupv1.Extension_REQUESTED {
		return &d.Extensions[n-1]
	}
	return nil
}
