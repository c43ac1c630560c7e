package channel

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Way is a way to somebody: a channel under the name that records have for it, and the message as it goes there.
type Way struct {
	// Name is the name, in small letters.
	Name string
	// Channel is the channel; nil when it is not set up.
	Channel Channel
	// Message is the message, with the address that the channel is to use.
	Message Message
}

// Patience is how long the other side may take.
type Patience struct {
	// Begin is for all ways together, until one has the whole message.
	Begin time.Duration
	// Answer is for whoever has it to say so. Zero: no more than is left of Begin.
	Answer time.Duration
}

// First hands a message over by the first of ways that takes it, and answers which did, by its place, and with what receipt. Each has its
// share of the time to begin, so that one that hangs leaves some for the next. It is refused when every one refuses it. Whoever may have it, and
// does not say so, ends it with an *UnsureError and its place: by the next way it might arrive twice. Without patience for an answer the next way is
// tried all the same: where it is better to be told twice than not at all.
func First(ctx context.Context, patience Patience, ways []Way) (taken int, receipt string, err error) {
	var problems []string
	refused := true
	for i, w := range ways {
		err := errors.New("is not set up")
		if w.Channel != nil {
			receipt, err = sendWithin(ctx, patience.Begin/time.Duration(len(ways)), patience.Answer, w)
		}
		if err == nil {
			return i, receipt, nil
		}
		refused = refused && Refused(err)
		problems = append(problems, w.Name+": "+err.Error())
		if Unsure(err) && patience.Answer > 0 {
			return i, "", &UnsureError{Problem: strings.Join(problems, "; ")}
		}
	}
	problem := strings.Join(problems, "; ")
	if refused {
		return 0, "", &RefusalError{Problem: problem}
	}
	return 0, "", errors.New(problem)
}

// sendWithin sends within a share of the time that there is to begin, and waits for the answer for as long as that may take.
func sendWithin(ctx context.Context, share, answer time.Duration, w Way) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	over := time.AfterFunc(share, func() { cancel(context.DeadlineExceeded) })
	defer over.Stop()
	if answer > 0 {
		w.Message.Handed = func() { over.Reset(answer) }
	}
	return w.Channel.Send(ctx, w.Message)
}

// late tells whether the time of an attempt was over.
func late(ctx context.Context) bool { return errors.Is(context.Cause(ctx), context.DeadlineExceeded) }

// Backoff says when something that failed is tried again.
type Backoff struct {
	// After is the first pause.
	After time.Duration
	// AtMost is the longest pause. One that is shorter than After does not count.
	AtMost time.Duration
}

// longestAttempt is a technical limit: a channel has its time to take a message, however rarely somebody is tried.
const longestAttempt = 10 * time.Second

// Pause is how long after an attempt the next one is, when so many were made before: twice as long each time.
func (b Backoff) Pause(attempts int) time.Duration {
	pause := b.After
	for range attempts {
		if pause >= b.AtMost {
			break
		}
		pause *= 2
	}
	return min(pause, max(b.AtMost, b.After))
}

// Attempt is how long an attempt may take: no longer than half the shortest pause, so that it is over when the next may begin.
func (b Backoff) Attempt() time.Duration { return min(longestAttempt, b.After/2) }
