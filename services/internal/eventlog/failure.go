package eventlog

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// firstBackoff is the wait after the first failure; it doubles from there.
	firstBackoff = 50 * time.Millisecond
	// permanentTries is how often a delivery that will never succeed is tried
	// before it is parked: sinks may be wrong about themselves for a moment.
	permanentTries = 5
	// A subscriber that failed outageFailures times without any success in
	// between, for outageSubjects subjects, is taken to be out altogether.
	outageFailures = 5
	outageSubjects = 3
	// maxProbe is the longest wait between two tries during an outage.
	maxProbe = 500 * time.Millisecond
	// problemLength bounds the recorded text of an error.
	problemLength = 1000
)

// failure says what may be done about a delivery that failed.
type failure int

const (
	// failurePermanent parks after a few tries.
	failurePermanent failure = iota
	// failureUncertain is retried, and parked after Config.ParkAfter.
	failureUncertain
	// failureUnavailable is retried for ever: the subscriber was not reached, so
	// nothing is known about the event.
	failureUnavailable
)

// Permanent marks the error of a delivery that will never succeed. Its event is
// parked after a few tries, with the subject's later ones behind it. Other
// errors are retried with backoff. A nil error stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ error }

// Unwrap gives the error that will not go away.
func (e *permanentError) Unwrap() error { return e.error }

// classify reads the subscriber's error. INTERNAL and UNKNOWN are uncertain,
// since a receiver with a full disk answers so as well as one with a defect;
// UNIMPLEMENTED is uncertain, since a receiver of an older release is often
// replaced within minutes.
func classify(err error) failure {
	if p, ok := errors.AsType[*permanentError](err); ok && p != nil {
		return failurePermanent
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return failureUnavailable
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return failureUnavailable
	default:
		return failureUncertain
	}
}

// backoff is the wait after so many failed attempts: doubling, never above
// limit, and spread by a fifth so that subjects do not retry in step.
func backoff(attempts int, limit time.Duration) time.Duration {
	wait := limit
	if shift := attempts - 1; shift < 20 {
		wait = min(limit, firstBackoff<<shift)
	}
	return wait - rand.N(wait/5+1) //nolint:gosec // Nothing secret hangs on the length of a pause.
}

// problemOf is the error's text as it is recorded.
func problemOf(err error) string {
	// PostgreSQL has no place for U+0000.
	text := []rune(strings.ReplaceAll(err.Error(), "\x00", "\uFFFD"))
	return string(text[:min(len(text), problemLength)])
}

// outage notices that a subscriber fails altogether. As long as it does, one
// delivery at a time is tried and nothing is set aside: the events wait in the
// log, where they are, and not in thousands of rows. One subject alone is no
// outage, however often it fails, or it would hold up the others for ever.
type outage struct {
	failures int
	subjects map[string]struct{}
}

func (o *outage) open() bool {
	return o.failures >= outageFailures && len(o.subjects) >= outageSubjects
}

// failed reports whether this failure began an outage.
func (o *outage) failed(subject string) bool {
	was := o.open()
	o.failures++
	if len(o.subjects) < outageSubjects {
		if o.subjects == nil {
			o.subjects = map[string]struct{}{}
		}
		o.subjects[subject] = struct{}{}
	}
	return !was && o.open()
}

// succeeded reports whether this success ended an outage.
func (o *outage) succeeded() bool {
	was := o.open()
	o.failures, o.subjects = 0, nil
	return was
}

// probe is the wait before the next try.
func (o *outage) probe(limit time.Duration) time.Duration {
	return backoff(o.failures-outageFailures+1, min(limit, maxProbe))
}
