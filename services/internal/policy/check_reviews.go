package policy

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// reviews wants a time zone and a calendar that there are, and times that rise, since each bounds the one before.
func (c *checker) reviews(reviews *policyv1.Reviews, calendars *policyv1.Calendars) {
	at := path{}.field("reviews")
	if zone := reviews.GetTimeZone(); zone != "" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			c.add(at.field("time_zone"), "time_zone", "%q is no time zone", zone)
		}
	}
	if id := reviews.GetCalendar(); id != staffedHours {
		c.reference(at.field("calendar"), id, calendars)
	}
	c.rising(at, "handling_bands", reviews.GetHandlingBands())
	c.rising(at, "contact_bands", reviews.GetContactBands())
}

// rising wants each duration to be longer than the one before, and the first longer than nothing.
func (c *checker) rising(at path, name string, list []*durationpb.Duration) {
	before := time.Duration(0)
	for i, d := range list {
		here := at.item(name, i)
		c.duration(here, d)
		if d.AsDuration() <= before {
			c.add(here, "order", "is not longer than the one before")
		}
		before = d.AsDuration()
	}
}
