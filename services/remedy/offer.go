package remedy

import (
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Offer is what the customer was told of a revision (REM-4).
type Offer struct {
	// Teller is "agents/{agent}"; empty when nothing was told.
	Teller string
	// Way is the way.
	Way policyv1.ContactWay
	// Time is when the customer was told.
	Time time.Time
	// Words are what was said, sealed; empty where it was the words of the options.
	Words []byte
	// AnswerTime is by when an answer is waited for; zero while somebody has to get in touch with the customer again, from when the last time
	// counts.
	AnswerTime time.Time
	// Reminded is true once the first time was over.
	Reminded bool
	// Again is how often the revision was offered again after the first time.
	Again int32
}

// contactOwed is true while somebody has to get in touch with the customer again: nothing lapses before (REM-4).
func (o Offer) contactOwed() bool { return o.Reminded && o.AnswerTime.IsZero() }

// Answer is what the customer answered.
type Answer struct {
	// State is ACCEPTED, DECLINED, COUNTERED or LAPSED; unspecified before.
	State remedyv1.Remedy_State
	// Option is which was accepted, from 1; 0 for none, and for the fallback.
	Option int32
	// Words are why it was declined, or what is wanted instead, sealed.
	Words []byte
	// Wanted is how much is wanted instead.
	Wanted Money
	// Time is when the customer answered.
	Time time.Time
	// Actor is who recorded it.
	Actor string
	// Owed are the parts of the option, or of the fallback, that was accepted, in their order, each a promise.
	Owed []Owed
}

// Owed is a part that was accepted.
type Owed struct {
	// Promise is "complaints/{complaint}/promises/{promise}"; empty until followup has told of it.
	Promise string
	// State is 0 while it is owed.
	State OwedState
}

// OwedState is what became of a part that was accepted.
type OwedState int32

// What may become of it.
const (
	// StillOwed is a promise that is open.
	StillOwed OwedState = iota
	// Kept is a promise that was kept.
	Kept
	// Let is a promise that the customer gave up.
	Let
	// Dropped is a promise that was owed no more since the complaint was withdrawn or closed.
	Dropped
)
