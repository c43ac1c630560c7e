package letter

import (
	"fmt"
	"time"
)

// When writes a time in a language and a time zone, as a person reads it. It
// rounds up to the whole minute: the customer is never told an earlier time
// than the one that Redress keeps itself to.
func When(language string, t time.Time, zone *time.Location) string {
	if whole := t.Truncate(time.Minute); whole.Before(t) {
		t = whole.Add(time.Minute)
	}
	return minute(language, t.In(zone))
}

// Until is When for a time that the customer has to keep. It rounds down: nobody is told a later time than the one that holds.
func Until(language string, t time.Time, zone *time.Location) string {
	return minute(language, t.Truncate(time.Minute).In(zone))
}

// minute writes a time that is a whole minute.
func minute(language string, t time.Time) string {
	if language == "en" {
		return t.Format("Monday, 2 January 2006, 15:04") + " (" + offset(t) + ")"
	}
	return fmt.Sprintf("%d年%d月%d日（星期%s）%s（%s）",
		t.Year(), int(t.Month()), t.Day(), weekday(t.Weekday()), t.Format("15:04"), offset(t))
}

// Zone is a customer's time zone, as the Zone of Facts; nil for none, and for one that there is not.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return nil
	}
	return zone
}

// weekday is the same character in both scripts.
func weekday(day time.Weekday) string {
	return string([]rune("日一二三四五六")[day])
}

// offset names the zone so that nobody has to know its abbreviation: "UTC+8".
func offset(t time.Time) string {
	_, seconds := t.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	hours, minutes := seconds/3600, seconds%3600/60
	if minutes == 0 {
		return fmt.Sprintf("UTC%s%d", sign, hours)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, hours, minutes)
}
