package followup

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Touch is one contact of the series that follows a resolution (FUP-1). While it goes with the contact about another complaint it has no duty
// of its own.
type Touch struct {
	// Complaint is the complaint's id.
	Complaint string
	// Cycle is the cycle that was resolved.
	Cycle int32
	// Number is the place in the policy's series, from 1.
	Number int32
	// Customer is "customers/{customer}", by whom touches are merged and with whose data key words are sealed.
	Customer string
	// State is where it stands.
	State followupv1.FollowUp_State
	// Mode is who asks; unset before it was asked.
	Mode followupv1.FollowUp_Mode
	// By is who asks as the policy had it when it was planned.
	By policyv1.FollowUpTouch_By
	// PlanTime is the resolution that it follows.
	PlanTime time.Time
	// BeginTime is when it begins.
	BeginTime time.Time
	// DueTime is by when the customer is asked.
	DueTime time.Time
	// AskTime is when the customer was sent the survey, or a person had the task.
	AskTime time.Time
	// ExpireTime is until when a survey can be answered.
	ExpireTime time.Time
	// RemindTimes are when the customer is reminded, in order.
	RemindTimes []time.Time
	// Reminders counts those that were sent.
	Reminders int32
	// Calls counts those that reached nobody.
	Calls int32
	// MergedInto is the name of the touch of another complaint that it goes with.
	MergedInto string
	// Named are the touches of other complaints that the customer is asked about with this one, once that is known: what the message names, or
	// what went with it when a person was told the answer.
	Named []string
	// StopReason says why nobody asks any more.
	StopReason string
	// Improvements are what was improved, of which the customer is told when asked (REV-2).
	Improvements []Improvement
	// Answer is what the customer said; its time is zero before.
	Answer TouchAnswer
}

// Improvement is something that was improved, as customers are told of it.
type Improvement struct {
	// Name is "improvements/{improvement}".
	Name string
	// Text is in the customer's language; nothing about a customer is in it.
	Text string
}

// TouchAnswer is what a customer said at follow-up.
type TouchAnswer struct {
	// Done is true when it was really done.
	Done bool
	// Satisfaction is from 1 to 5; 0 when it was not said.
	Satisfaction int32
	// Retention tells whether the customer stays one, if that was said.
	Retention followupv1.FollowUp_Retention
	// Comment and Told are sealed words; empty for none.
	Comment, Told []byte
	// Way is how, in a conversation.
	Way policyv1.ContactWay
	// Time is when it was.
	Time time.Time
	// Agent is who spoke with the customer; empty for a survey.
	Agent string
	// Stop is true when the customer does not wish to be asked any more.
	Stop bool
	// Reopened is true when the complaint is dealt with again for it.
	Reopened bool
}

// Survey is the token of one message, by its keyed hash: the token itself is in the message alone.
type Survey struct {
	// Hash is the keyed hash.
	Hash string
	// Complaint is the complaint's id.
	Complaint string
	// Cycle and Number are the touch's.
	Cycle, Number int32
}

// ID is the touch's id within its complaint: "1-2".
func (t *Touch) ID() string { return touchID(t.Cycle, t.Number) }

// Name is the touch's resource name.
func (t *Touch) Name() string { return touchName(t.Complaint, t.ID()) }

// DutyID is the id of the duty that it is owed as: "1-follow-up-2".
func (t *Touch) DutyID() string {
	return DutyID(t.Cycle, policyv1.DutyKind_FOLLOW_UP) + "-" + number(t.Number)
}

// Over is true when nothing is to be done any more.
func (t *Touch) Over() bool {
	return t.State != followupv1.FollowUp_PLANNED && t.State != followupv1.FollowUp_ASKED
}

// unwished is true when the customer does not wish to be asked about the complaint any more: it was said with the answer, or stopped the series.
func (t *Touch) unwished() bool { return t.Answer.Stop || t.StopReason == stoppedByWish }

// waits is true while it goes with another touch of which nobody knows yet whether it is made.
func (t *Touch) waits() bool { return t.State == followupv1.FollowUp_PLANNED && t.MergedInto != "" }

// Satisfied is true when the customer said to be, and that it was done. What was not said is no satisfaction (FUP-3).
func (a TouchAnswer) Satisfied(from int32) bool { return a.Done && a.Satisfaction >= from }

// Reopens is true when the complaint is to be dealt with again (FUP-2).
func (a TouchAnswer) Reopens(from int32) bool {
	return !a.Done || a.Satisfaction > 0 && a.Satisfaction < from
}

// meeting is the touch of another complaint that a touch goes with, of those that are there: one that will be asked no later than this one is
// due, and at most the gap before, and so still about a customer who knows both resolutions. Nil when there is none.
func (t *Touch) meeting(others []*Touch, gap time.Duration) (best *Touch) {
	for _, o := range others {
		if o.State != followupv1.FollowUp_PLANNED || o.MergedInto != "" || o.Complaint == t.Complaint {
			continue
		}
		if o.DueTime.After(t.DueTime) || t.DueTime.Sub(o.DueTime) > gap || !o.DueTime.After(t.PlanTime) {
			continue
		}
		if best == nil || o.DueTime.After(best.DueTime) {
			best = o
		}
	}
	return best
}

// justAsked is the touch of another complaint at which the customer was asked since this complaint was resolved, and at most the gap ago; nil
// when there is none.
func (t *Touch) justAsked(others []*Touch, gap time.Duration, now time.Time) *Touch {
	for _, o := range others {
		asked := o.State == followupv1.FollowUp_ASKED || o.State == followupv1.FollowUp_ANSWERED || o.State == followupv1.FollowUp_UNANSWERED
		if asked && o.Complaint != t.Complaint && o.AskTime.After(t.PlanTime) && now.Sub(o.AskTime) <= gap {
			return o
		}
	}
	return nil
}

// drawn tells whether a complaint has the touch of a number that a part of complaints has. It is drawn from names alone, so that a repetition
// draws the same.
func drawn(complaint string, cycle, touch int32, share float64) bool {
	sum := sha256.Sum256([]byte("follow-up\x00" + complaint + "\x00" + touchID(cycle, touch)))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11)/(math.MaxUint64>>11) < share || share >= 1
}

func touchID(cycle, touch int32) string { return number(cycle) + "-" + number(touch) }

func touchName(complaint, id string) string { return complaintName(complaint) + "/followUps/" + id }

// touchIDs takes complaint, cycle and number out of a touch's name.
func touchIDs(name string) (complaint string, cycle, touch int32, ok bool) {
	complaint, id, ok := child(name, "followUps")
	if !ok {
		return "", 0, 0, false
	}
	cycle, touch, ok = touchParts(id)
	return complaint, cycle, touch, ok
}

// touchParts takes cycle and number out of a touch's id.
func touchParts(id string) (cycle, touch int32, ok bool) {
	first, second, _ := strings.Cut(id, "-")
	a, errA := strconv.ParseInt(first, 10, 32)
	b, errB := strconv.ParseInt(second, 10, 32)
	cycle, touch = int32(a), int32(b)
	return cycle, touch, errA == nil && errB == nil && touchID(cycle, touch) == id
}
