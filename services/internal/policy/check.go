package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"github.com/nyaruka/phonenumbers"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// longest bounds every duration, so that due times stay within the calendar.
const longest = 10 * 366 * 24 * time.Hour

// checker collects what is wrong with a policy beyond what the contract can say.
type checker struct {
	violations []*protovalidate.Violation
	// broken are the fields of which the contract has complained.
	broken map[string]bool
}

// path is a place in the policy, such as clocks[2].callback.warnings[0].
type path []*validate.FieldPathElement

func (p path) field(name string) path {
	return append(slices.Clip(p), validate.FieldPathElement_builder{FieldName: proto.String(name)}.Build())
}

func (p path) item(name string, i int) path {
	return append(slices.Clip(p), validate.FieldPathElement_builder{
		FieldName: proto.String(name), Index: proto.Uint64(uint64(i)),
	}.Build())
}

func (p path) entry(name, key string) path {
	return append(slices.Clip(p), validate.FieldPathElement_builder{
		FieldName: proto.String(name), StringKey: proto.String(key),
	}.Build())
}

// within tells whether the contract has complained of a place, or of something in it.
func (c *checker) within(at path) bool {
	name := protovalidate.FieldPathString(validate.FieldPath_builder{Elements: at}.Build())
	for field := range c.broken {
		rest, ok := strings.CutPrefix(field, name)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// add notes a problem; the rule is a short name for it. One that the contract has with the same field comes before it.
func (c *checker) add(at path, rule, format string, args ...any) {
	if c.broken[protovalidate.FieldPathString(validate.FieldPath_builder{Elements: at}.Build())] {
		return
	}
	c.violations = append(c.violations, &protovalidate.Violation{Proto: validate.Violation_builder{
		Field:   validate.FieldPath_builder{Elements: at}.Build(),
		RuleId:  proto.String(rule),
		Message: proto.String(fmt.Sprintf(format, args...)),
	}.Build()})
}

// check finds what the contract cannot express: references that lead nowhere,
// values that contradict each other. The broken fields are those that break the contract.
func check(message *policyv1.Policy, broken map[string]bool) []*protovalidate.Violation {
	c := &checker{broken: broken}
	c.clocks(message.GetClocks(), message.GetCalendars())
	c.hours(path{}.field("staffed_hours"), message.GetStaffedHours().GetTimeZone(), message.GetStaffedHours().GetOpenings())
	c.calendars(message.GetCalendars())
	c.timekeeping(message.GetTimekeeping(), message.GetCalendars(), message.GetWording().GetTemplates())
	c.given(path{}.field("attempts").field("back_dating"), message.GetAttempts().GetBackDating())
	c.attempts(message)
	c.ladder(message.GetLadder())
	c.rungs(message.GetLadder())
	c.directory(message.GetDirectory())
	c.markers(message.GetLanguages().GetTraditionalMarkers())
	c.limits(message.GetLimits())
	fallback := message.GetLanguages().GetFallback()
	if broken["languages.fallback"] {
		fallback = "" // Which one is meant is not known.
	}
	c.guide(message.GetGuide(), fallback)
	c.wording(message.GetWording())
	c.risk(message.GetRisk(), message.GetLanguages().GetTraditionalMarkers())
	c.attention(message.GetAttention())
	c.remedies(message.GetRemedies())
	c.reviews(message.GetReviews(), message.GetCalendars())
	c.identity(message.GetIdentity())
	c.followUps(message.GetFollowups(), message.GetWording().GetTemplates())
	c.messages(message.GetMessages(), message.GetStaffedHours().GetTimeZone())
	c.webhooks(message.GetWebhooks())
	c.playbooks(message.GetPlaybooks(), message.GetRemedies().GetCurrencyDigits(), message.GetWording().GetWords())
	return c.violations
}

// clocks wants each severity once. The contract wants four, so none is missing.
func (c *checker) clocks(all []*policyv1.SeverityClocks, calendars *policyv1.Calendars) {
	seen := make(map[policyv1.Severity]bool)
	for i, clocks := range all {
		at := path{}.item("clocks", i)
		if seen[clocks.GetSeverity()] {
			c.add(at.field("severity"), "unique", "%s has clocks already, so another severity has none", clocks.GetSeverity())
		}
		seen[clocks.GetSeverity()] = true
		c.clock(at.field("acknowledge"), clocks.GetAcknowledge(), calendars)
		c.clock(at.field("contact"), clocks.GetContact(), calendars)
		c.clock(at.field("first_response"), clocks.GetFirstResponse(), calendars)
		c.clock(at.field("callback"), clocks.GetCallback(), calendars)
		c.clock(at.field("resolution"), clocks.GetResolution(), calendars)
	}
}

// given wants a duration to be stated: the contract's rules for durations hold
// only for those that are.
func (c *checker) given(at path, d *durationpb.Duration) {
	if d == nil {
		c.add(at, "required", "is missing")
	}
	c.duration(at, d)
}

// duration keeps to what times of record can express.
func (c *checker) duration(at path, d *durationpb.Duration) {
	switch {
	case d.AsDuration() > longest:
		c.add(at, "duration", "is longer than ten years")
	case d.AsDuration()%time.Microsecond != 0:
		c.add(at, "duration", "is finer than a microsecond")
	}
}

// hours finds the openings that spoil the table by adding one after the other.
func (c *checker) hours(at path, zone string, openings []*policyv1.Opening) {
	trial := &policyv1.StaffedHours{TimeZone: zone}
	if _, err := Weekly(trial); err != nil {
		c.add(at.field("time_zone"), "time_zone", "%v", err)
		trial.TimeZone = "UTC"
	}
	for i, opening := range openings {
		here := at.item("openings", i)
		if c.within(here) {
			continue
		}
		before := trial.GetOpenings()
		trial.Openings = append(slices.Clip(before), opening)
		if _, err := Weekly(trial); err != nil {
			c.add(here, "opening", "%v", err)
			trial.Openings = before
		}
	}
}

// ladder wants each level to be above the one before.
func (c *checker) ladder(ladder *policyv1.Ladder) {
	at := path{}.field("ladder")
	for i, level := range ladder.GetLevels() {
		here := at.item("levels", i)
		c.given(here.field("climb"), level.GetClimb())
		if i > 0 && rank(level.GetRole()) <= rank(ladder.GetLevels()[i-1].GetRole()) {
			c.add(here.field("role"), "order", "%s is not above %s; a ladder leads up, and its last level repeats by itself",
				level.GetRole(), ladder.GetLevels()[i-1].GetRole())
		}
	}
}

// rungs wants what the ladder says of single reasons, and of quiet hours, to make sense.
func (c *checker) rungs(ladder *policyv1.Ladder) {
	at := path{}.field("ladder")
	c.given(at.field("acknowledge_within"), ladder.GetAcknowledgeWithin())
	c.given(at.field("acknowledge_urgent_within"), ladder.GetAcknowledgeUrgentWithin())
	c.given(at.field("unassigned_within"), ladder.GetUnassignedWithin())
	named := map[string]bool{}
	for i, reason := range ladder.GetReasons() {
		here := at.item("reasons", i)
		if named[reason.GetReason()] {
			c.add(here.field("reason"), "unique", "%s is named twice", reason.GetReason())
		}
		named[reason.GetReason()] = true
		if int(reason.GetFirstLevel()) > len(ladder.GetLevels()) {
			c.add(here.field("first_level"), "range", "the ladder has %d levels", len(ladder.GetLevels()))
		}
	}
	calendar, err := awake(ladder.GetQuietHours())
	switch {
	case err != nil:
		c.add(at.field("quiet_hours"), "opening", "%v", err)
	case calendar != nil && calendar.NextOpening(time.Unix(0, 0)).IsZero():
		c.add(at.field("quiet_hours"), "opening", "it is never not quiet, so nobody would ever be told")
	}
}

// markers refuses what would make English a Chinese text. Blanks come from lines
// that were folded.
func (c *checker) markers(markers string) {
	for _, r := range markers {
		if !unicode.Is(unicode.Han, r) && !unicode.IsSpace(r) {
			c.add(path{}.field("languages").field("traditional_markers"), "marker", "%q is no Chinese character", r)
		}
	}
}

func (c *checker) limits(limits *policyv1.Limits) {
	at := path{}.field("limits")
	c.given(at.field("idempotency_retention"), limits.GetIdempotencyRetention())
	c.given(at.field("clock_skew"), limits.GetClockSkew())
	if phonenumbers.GetCountryCodeForRegion(limits.GetPhoneRegion()) == 0 {
		c.add(at.field("phone_region"), "region", "%q is no region with telephone numbers", limits.GetPhoneRegion())
	}
	if limits.GetDefaultPageSize() > limits.GetMaxPageSize() && !c.within(at.field("max_page_size")) {
		c.add(at.field("default_page_size"), "page_size", "is larger than max_page_size")
	}
}

// attention keeps its durations to what times of record can express, and wants no
// warning twice.
func (c *checker) attention(attention *policyv1.Attention) {
	at := path{}.field("attention")
	c.duration(at.field("past_target"), attention.GetPastTarget())
	for i, warning := range attention.GetAuthorityWarnings() {
		here := at.item("authority_warnings", i)
		c.duration(here, warning)
		if slices.ContainsFunc(attention.GetAuthorityWarnings()[:i], func(earlier *durationpb.Duration) bool { return proto.Equal(earlier, warning) }) {
			c.add(here, "unique", "%s is listed twice", warning.AsDuration())
		}
	}
}

// guide wants every text at least in the language that is fallen back to.
func (c *checker) guide(guide *policyv1.Guide, fallback string) {
	at := path{}.field("guide")
	for i, channel := range guide.GetChannels() {
		c.texts(at.item("channels", i), "name", channel.GetName(), fallback)
	}
	c.texts(at, "above", guide.GetAbove(), fallback)
	c.texts(at, "steps", guide.GetSteps(), fallback)
}

// texts checks a text that is given by language code.
func (c *checker) texts(at path, name string, texts map[string]string, fallback string) {
	c.codes(at, name, texts)
	if fallback != "" && texts[fallback] == "" {
		c.add(at.field(name), "fallback", "has no text in %q, the language that is fallen back to", fallback)
	}
}

// codes refuses languages that nothing could be written in.
func (c *checker) codes(at path, name string, texts map[string]string) {
	for code := range texts {
		if !slices.Contains(languages(), code) {
			c.add(at.entry(name, code), "language", "%q is not a supported language; there are %q", code, languages())
		}
	}
}
