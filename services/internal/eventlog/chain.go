package eventlog

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// CheckChain says what does not fit among the events of one subject, all of them in order from the first on: those that were altered, removed, put
// in or reordered. It needs nothing but the events. Not found is an end that was cut off; a signed checkpoint shows that.
func CheckChain(events []*eventv1.Event) []*eventv1.Finding {
	var found []*eventv1.Finding
	previous := &eventv1.Event{}
	for _, e := range events {
		if previous.GetSubject() == "" {
			previous.Subject = e.GetSubject()
		}
		if e.GetSubject() != previous.GetSubject() {
			found = append(found, &eventv1.Finding{Sequence: e.GetSequence(), Subject: e.GetSubject(), Problem: "the event is another subject's"})
		}
		for _, problem := range misfits(previous, e) {
			found = append(found, &eventv1.Finding{Sequence: e.GetSequence(), Subject: e.GetSubject(), Problem: problem})
		}
		previous = e
	}
	return found
}

// misfits says what is wrong with an event and with how it follows the previous one of its subject, which is empty before the first.
func misfits(previous, e *eventv1.Event) (problems []string) {
	switch missing := e.GetPosition() - previous.GetPosition() - 1; {
	case missing > 0:
		problems = append(problems, fmt.Sprintf("%d events of the subject are missing before this one", missing))
	case !bytes.Equal(e.GetPreviousHash(), previous.GetHash()):
		problems = append(problems, "the event does not continue the one before it")
	}
	if !bytes.Equal(e.GetHash(), hashOf(e)) {
		problems = append(problems, "the event was altered: its hash does not fit")
	}
	return problems
}

// CheckpointSigned tells whether a checkpoint stands as it was signed with the key of a log.
func CheckpointSigned(c *eventv1.Checkpoint, public ed25519.PublicKey) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, signedBytes(c), c.GetSignature())
}
