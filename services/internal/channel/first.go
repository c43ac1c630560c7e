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

// First hands a message over by the first of ways that takes it, and answers which did, by its place, and with what receipt. Each has its
// share of the time, so that one that hangs leaves some for the next. It is refused when every one refuses it.
func First(ctx context.Context, within time.Duration, ways []Way) (taken int, receipt string, err error) {
	var problems []string
	refused := true
	for i, w := range ways {
		err := errors.New("is not set up")
		if w.Channel != nil {
			receipt, err = sendWithin(ctx, within/time.Duration(len(ways)), w)
		}
		if err == nil {
			return i, receipt, nil
		}
		refused = refused && Refused(err)
		problems = append(problems, w.Name+": "+err.Error())
	}
	problem := strings.Join(problems, "; ")
	if refused {
		return 0, "", &RefusalError{Problem: problem}
	}
	return 0, "", errors.New(problem)
}

// sendWithin sends within a share of the time that an attempt has.
func sendWithin(ctx context.Context, share time.Duration, w Way) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	return w.Channel.Send(ctx, w.Message)
}

// Backoff says when something that failed is tried again.
type Backoff struct {
	// After is the first pause.
	After time.Duration
	// AtMost is the longest pause. One that is shorter than After does not count.
	AtMost time.Duration
}

// longestAttempt is a technical limit: a channel has its time to answer, however rarely somebody is tried.
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
