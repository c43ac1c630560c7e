package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Sending is from when on a message may be sent that is not owed at a time: the given instant itself, unless it lies outside of the hours in
// which the customer says to be reachable ("18:00-21:00", several separated by commas), or, where they say nothing, of the policy's. Hours
// that do not say anything, such as those that end when they begin, count as none. Both go by the customer's time zone, or where that is empty by that
// of the policy.
func (p *Policy) Sending(now time.Time, said, zone string) time.Time {
	hours := p.sending
	if theirs, err := sending(&policyv1.Messages{SendingHours: p.message.GetMessages().GetSendingHours()}, zone); zone != "" && err == nil {
		hours = theirs
	}
	if own := reachable(said, cmp.Or(zone, p.messageZone())); own != nil {
		hours = own
	}
	if hours == nil {
		return now
	}
	return hours.NextOpening(now)
}

// messageZone is the time zone of what customers and the policy say about when to write.
func (p *Policy) messageZone() string {
	return cmp.Or(p.message.GetMessages().GetTimeZone(), p.weekly.Zone().String())
}

// sending is the calendar of when messages may be sent that are not owed; nil for any time.
func sending(messages *policyv1.Messages, zone string) (*calendar.Weekly, error) {
	zone = cmp.Or(messages.GetTimeZone(), zone)
	if len(messages.GetSendingHours()) == 0 {
		_, err := calendar.New(zone, nil)
		return nil, err
	}
	return Weekly(&policyv1.StaffedHours{TimeZone: zone, Openings: messages.GetSendingHours()})
}

// reachable is the calendar of what a customer says, every day; nil for nothing. Hours may overlap, and go on after midnight.
func reachable(said, zone string) *calendar.Weekly {
	var minutes [dayMinutes]bool
	some := false
	for hours := range strings.SplitSeq(said, ",") {
		from, to, ok := strings.Cut(hours, "-")
		if !ok || len(from) != len("00:00") || len(to) != len("00:00") {
			continue
		}
		begin, end := minuteOf(from), minuteOf(to)
		if begin > end {
			end += dayMinutes
		}
		for minute := begin; minute < end; minute++ {
			minutes[minute%dayMinutes], some = true, true
		}
	}
	if !some {
		return nil
	}
	var open []calendar.Interval
	for minute, reachable := range minutes {
		switch last := len(open) - 1; {
		case !reachable:
		case last >= 0 && open[last].Close == minute:
			open[last].Close++
		default:
			open = append(open, calendar.Interval{Open: minute, Close: minute + 1})
		}
	}
	days := make(map[time.Weekday][]calendar.Interval)
	for day := time.Sunday; day <= time.Saturday; day++ {
		days[day] = open
	}
	weekly, err := calendar.New(zone, days)
	if err != nil {
		return nil // A time zone that there is not; the policy was checked for it.
	}
	return weekly
}

// messages wants channels that reach customers, or the log alone, and hours in which something can be sent.
func (c *checker) messages(messages *policyv1.Messages, zone string) {
	at := path{}.field("messages")
	c.given(at.field("retry_after"), messages.GetRetryAfter())
	c.given(at.field("retry_at_most"), messages.GetRetryAtMost())
	c.given(at.field("give_up_after"), messages.GetGiveUpAfter())
	c.given(at.field("answer_within"), messages.GetAnswerWithin())
	c.given(at.field("unsure_after"), messages.GetUnsureAfter())
	// The log takes every message, and its line proves the sending: what the others refuse would count as sent, and nobody would hear of it.
	if i := slices.Index(messages.GetChannels(), policyv1.NoticeChannel_LOG); i >= 0 && len(messages.GetChannels()) > 1 {
		c.add(at.item("channels", i), "log", "LOG writes to nobody and takes every message, so it stands alone, for development")
	}
	if _, err := calendar.New(zone, nil); err != nil && messages.GetTimeZone() == "" {
		return // That of the staffed hours is told there.
	}
	hours, err := sending(messages, zone)
	switch {
	case err != nil:
		c.add(at.field("sending_hours"), "opening", "%v", err)
	case hours != nil && hours.NextOpening(time.Unix(0, 0)).IsZero():
		c.add(at.field("sending_hours"), "opening", "nothing could ever be sent")
	}
}
